package signet

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

func TestAServerCoSignsWhatItAnswered(t *testing.T) {
	agent, server := newPair(t), newPair(t)
	call := must[*Receipt](t)(agent.SignCall(Action{Tool: "search", CallID: "n:1"}, "bot", ""))
	response := []byte(`{"content":[{"type":"text","text":"found"}]}`)
	both := must[*Receipt](t)(server.CoSign(call, response, "files", CoSignOptions{Outcome: &Outcome{Status: OutcomeExecuted}}))
	if both.Version() != 3 || both.Text(FieldOutcomeStatus) != "executed" || both.Text(FieldServerName) != "files" {
		t.Errorf("the receipt is %s", both.JSON())
	}
	if key := must[[PublicKeyLen]byte](t)(both.ServerKey()); key != must[[PublicKeyLen]byte](t)(server.PublicKey().Bytes()) {
		t.Error("the server's key is another one")
	}
	if inside := must[*Receipt](t)(both.AgentReceipt()); string(inside.JSON()) != string(call.JSON()) {
		t.Error("the agent's receipt is another one")
	}
	trusted := []*PublicKey{agent.PublicKey()}
	options := VerifyOptions{Servers: []*PublicKey{server.PublicKey()}, Response: response, CallID: "n:1"}
	signers, err := both.VerifySigners(trusted, options)
	if err != nil || !signers.AgentTrusted || signers.Server != server.PublicKey().String() {
		t.Errorf("%+v: %v", signers, err)
	}
	if err := both.Verify(trusted); !errors.Is(err, ErrSignerUntrusted) && !errors.Is(err, ErrKeyMismatch) {
		t.Errorf("an unknown server gives %v", err)
	}
	options.Response = []byte(`{"content":[]}`)
	if err := both.Verify(trusted, options); !errors.Is(err, ErrContentHashMismatch) {
		t.Errorf("another response gives %v", err)
	}
	if err := both.CheckResponse(response); err != nil {
		t.Error(err)
	}
}

func TestACompoundReceiptHoldsBothTimes(t *testing.T) {
	agent := newPair(t)
	asked := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	receipt := must[*Receipt](t)(agent.SignCompound([]byte(`{"tool":"t"}`), Exchange{
		Response: []byte(`"yes"`), Outcome: &Outcome{Status: OutcomeFailed, Error: "no"},
		RequestedAt: asked, RespondedAt: asked.Add(time.Second),
	}, "bot", "ops"))
	if answered := must[time.Time](t)(receipt.ResponseTime()); !answered.Equal(asked.Add(time.Second)) {
		t.Errorf("answered at %v", answered)
	}
	if hash := must[Hash](t)(ContentHashOfText("yes")); receipt.Text(FieldContentHash) != hash.String() {
		t.Error("the content is another one")
	}
	if err := receipt.Verify([]*PublicKey{agent.PublicKey()}, VerifyOptions{At: asked.Add(time.Minute)}); err != nil {
		t.Error(err)
	}
}

func TestADelegatedCallRestsOnItsRoot(t *testing.T) {
	root, team, agent := newPair(t), newPair(t), newPair(t)
	first := must[*Delegation](t)(root.Delegate("org", team.PublicKey(), "team",
		Scope{Tools: []string{"read", "write"}, Targets: []string{"*"}, MaxDepth: 1, Expires: time.Now().Add(time.Hour)}))
	second := must[*Delegation](t)(team.Delegate("team", agent.PublicKey(), "bot", Scope{
		Tools: []string{"read"}, Targets: []string{"mcp://files"}, Expires: time.Now().Add(time.Minute),
	}, DelegationOptions{ParentScope: []byte(first.Text(DelegationScope)), UnsignedCorrelationID: "c-1"}))
	if second.Text(DelegationUnsignedCorrelationID) != `"c-1"` || second.Text(DelegationDelegateName) != "bot" {
		t.Errorf("the delegation is %s", second.JSON())
	}
	roots := []*PublicKey{root.PublicKey()}
	if err := first.Verify(VerifyOptions{Roots: roots}); err != nil {
		t.Error(err)
	}
	chain := must[Chain](t)(JoinChain(first, second))
	scope, err := chain.Verify(roots)
	if err != nil || len(scope.Tools) != 1 || scope.Expires.IsZero() {
		t.Errorf("%+v: %v", scope, err)
	}
	if _, err := chain.Verify([]*PublicKey{team.PublicKey()}); !errors.Is(err, ErrChainRootUntrusted) {
		t.Errorf("another root gives %v", err)
	}
	receipt := must[*Receipt](t)(agent.SignAuthorized([]byte(`{"tool":"read","target":"mcp://files"}`), "bot", chain))
	signers, err := receipt.VerifySigners(nil, VerifyOptions{Roots: roots})
	if err != nil || signers.Root != root.PublicKey().String() || len(signers.Delegations) != 2 {
		t.Errorf("%+v: %v", signers, err)
	}
	if _, err := agent.SignAuthorized([]byte(`{"tool":"write","target":"mcp://files"}`), "bot", chain); !errors.Is(err, ErrScopeViolation) {
		t.Errorf("a tool outside gives %v", err)
	}
	wider := Scope{Tools: []string{"delete"}, Targets: []string{"*"}}
	_, err = team.Delegate("team", agent.PublicKey(), "bot", wider, DelegationOptions{ParentScope: []byte(first.Text(DelegationScope))})
	if !errors.Is(err, ErrScopeWidened) {
		t.Errorf("a wider scope gives %v", err)
	}
}

const rules = `
version: 1
name: guard
default_action: deny
rules:
  - id: reads
    action: allow
    match: {tool: read}
  - id: payments
    action: require_approval
    match: {tool: pay}
  - id: searches
    action: allow
    match: {tool: search}
  - id: few
    action: deny
    reason: too many searches
    match: {tool: search}
    rate_limit: {max_calls: 1, window_seconds: 60}
`

func TestAPolicyDecidesBeforeAnythingIsSigned(t *testing.T) {
	policy := must[*Policy](t)(ParsePolicy([]byte(rules)))
	agent := newPair(t)
	log := must[*Log](t)(OpenLog(t.TempDir()))
	defer log.Close()
	receipt, decision, err := agent.SignWithPolicy([]byte(`{"tool":"read"}`), "bot", "", policy)
	if err != nil || decision.Verdict != VerdictAllow || receipt.Text(FieldPolicyDecision) != "allow" || decision.PolicyHash != policy.Hash() {
		t.Errorf("%+v: %v", decision, err)
	}
	receipt, decision, err = agent.SignWithPolicy([]byte(`{"tool":"pay"}`), "bot", "", policy)
	if receipt != nil || !errors.Is(err, ErrApprovalRequired) || !errors.Is(decision.Err(), ErrApprovalRequired) {
		t.Errorf("%+v: %v", decision, err)
	}
	must[Entry](t)(log.AppendJSON(decision.Violation))
	decision = must[*Decision](t)(policy.Evaluate([]byte(`{"tool":"rm"}`), "bot"))
	if decision.Verdict != VerdictDeny || decision.WinningRule != "" || !errors.Is(decision.Err(), ErrPolicyDenied) {
		t.Errorf("%+v", decision)
	}
	for range 3 {
		looked := must[*Decision](t)(policy.Evaluate([]byte(`{"tool":"search"}`), "bot", EvaluateOptions{DryRun: true}))
		if looked.Err() != nil {
			t.Errorf("looking has used the rule up: %+v", looked)
		}
	}
	must[*Decision](t)(policy.Evaluate([]byte(`{"tool":"search"}`), "bot"))
	next := must[*Policy](t)(ParsePolicy([]byte(rules), PolicyOptions{Format: FormatYAML, Previous: policy}))
	if decision := must[*Decision](t)(next.Evaluate([]byte(`{"tool":"search"}`), "bot")); decision.Err() == nil {
		t.Errorf("the count did not go on: %+v", decision)
	}
	_, err = ParsePolicy([]byte("version: 1\nname: x\nrulez: []\n"))
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != ErrPolicyInvalid || failure.Line == 0 {
		t.Errorf("a misspelt member gives %v", err)
	}
}

func bundleOf(t *testing.T, agent *PublicKey) *TrustBundle {
	text := must[[]byte](t)(json.Marshal(map[string]any{
		"version": 1, "bundle_id": "b-1", "org": "acme", "env": "test", "generated_at": "2026-01-01T00:00:00Z",
		"roots": []any{}, "servers": []any{},
		"agents": []any{map[string]any{
			"id": "a-1", "name": "bot", "owner": "ops", "pubkey": agent.String(), "status": "active",
			"created_at": "2026-01-01T00:00:00Z", "expires_at": "2036-01-01T00:00:00Z",
		}},
	}))
	return must[*TrustBundle](t)(ParseTrustBundle(text))
}

func TestATrustBundleNamesKeysWithinTheirTime(t *testing.T) {
	agent := newPair(t)
	bundle := bundleOf(t, agent.PublicKey())
	if bundle.Text(TrustBundleOrg) != "acme" || len(bundle.JSON()) == 0 {
		t.Error("the texts are not those of the bundle")
	}
	if err := bundle.Check(SectionAgents, agent.PublicKey(), time.Time{}); err != nil {
		t.Error(err)
	}
	if err := bundle.Check(SectionAgents, agent.PublicKey(), time.Date(2037, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, ErrKeyExpired) {
		t.Errorf("later it is %v", err)
	}
	keys := must[[]TrustedKey](t)(bundle.List(SectionAll, time.Time{}))
	if len(keys) != 1 || keys[0].Name != "bot" || keys[0].Status != "active" || keys[0].ExpiresAt.Year() != 2036 {
		t.Errorf("the keys are %+v", keys)
	}
	receipt := must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", ""))
	if err := receipt.Verify(nil, VerifyOptions{Bundle: bundle}); err != nil {
		t.Error(err)
	}
	bundle.Close()
	if err := receipt.Verify(nil, VerifyOptions{Bundle: bundle}); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed bundle gives %v", err)
	}
}

func TestSealedParamsOpenForWhoHasTheKey(t *testing.T) {
	agent, exporter := newPair(t), newPair(t)
	home := t.TempDir()
	log := must[*Log](t)(OpenLog(home))
	defer log.Close()
	receipt := must[*Receipt](t)(agent.SignCall(Action{Tool: "pay", Params: json.RawMessage(`{"iban":"DE89"}`)}, "bot", ""))
	key := must[*ParamsKey](t)(agent.ParamsKey())
	sealed := must[[]byte](t)(key.Seal(receipt.JSON()))
	must[Entry](t)(log.AppendJSON(sealed))
	lent := must[*ParamsKey](t)(NewParamsKey(agent.PublicKey(), must[[ParamsKeyLen]byte](t)(key.Export())))
	if opened := must[[]byte](t)(lent.Open(sealed)); string(opened) != string(receipt.JSON()) {
		t.Errorf("opened %s", opened)
	}
	options := LogVerifyOptions{Signatures: true, Bundle: bundleOf(t, agent.PublicKey())}
	if report, err := log.Verify(context.Background(), options); !errors.Is(err, ErrLogUnverifiable) || report.Unverifiable != 1 {
		t.Errorf("without the key: %+v, %v", report, err)
	}
	options.ParamsKeys = []*ParamsKey{lent}
	if report, err := log.Verify(context.Background(), options); err != nil || report.SignaturesValid != 1 {
		t.Errorf("with the key: %+v, %v", report, err)
	}

	folder := filepath.Join(t.TempDir(), "bundle")
	manifest := must[json.RawMessage](t)(log.WriteBundle(folder, Query{}, exporter, "auditor",
		BundleOptions{Host: "here", Bundle: bundleOf(t, agent.PublicKey()), At: time.Now()}))
	if !json.Valid(manifest) {
		t.Errorf("the manifest is %s", manifest)
	}
	found, err := VerifyBundle(folder, []*PublicKey{exporter.PublicKey()}, BundleVerifyOptions{ParamsKeys: options.ParamsKeys})
	if err != nil || found.Verdict != "OK" || !found.WholeLog || found.SignaturesValid != 1 || found.Trust != "embedded" {
		t.Errorf("%+v: %v", found, err)
	}
	if found, err := VerifyBundle(folder, nil); !errors.Is(err, ErrBundleUnverifiable) || found.Verdict != "UNVERIFIABLE" {
		t.Errorf("of an unknown exporter: %+v, %v", found, err)
	}
	if plan := must[RepairPlan](t)(PlanRepair(filepath.Join(home, "audit"))); plan.Verdict != "OK" || plan.SetAside != 0 {
		t.Errorf("the plan is %+v", plan)
	}
}

func TestALogOfItsOwnRotatesAndIsPruned(t *testing.T) {
	agent := newPair(t)
	log := must[*Log](t)(OpenLog(t.TempDir(), LogOptions{Alone: true, ControlKey: newPair(t), LogKey: newPair(t), CheckpointInterval: Forever}))
	defer log.Close()
	must[Entry](t)(log.Append(must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", ""))))
	if !must[bool](t)(log.Rotate()) {
		t.Error("the segment was not left")
	}
	must[Entry](t)(log.Append(must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", ""))))
	plan := must[*PrunePlan](t)(log.PlanPrune(time.Now().Add(48 * time.Hour)))
	if plan.Len() != 1 || !json.Valid(plan.JSON()) {
		t.Fatalf("the plan is %s", plan.JSON())
	}
	if before, entry := log.Len(), must[Entry](t)(log.Prune(plan)); entry.Index != before {
		t.Errorf("the record about it is number %d", entry.Index)
	}
	var kinds []FindingKind
	_, err := log.Verify(context.Background(), LogVerifyOptions{
		Signatures: true, Batch: true, Trusted: []*PublicKey{agent.PublicKey()},
		Cutoffs:   []KeyCutoff{{Key: agent.PublicKey(), FromIndex: 1}},
		OnFinding: func(finding Finding) { kinds = append(kinds, finding.Kind) },
	})
	if err == nil || len(kinds) == 0 {
		t.Errorf("a cut-off key still counts: %v, %v", kinds, err)
	}
}
