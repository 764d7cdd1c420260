package signet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func testVerifier(t testing.TB, options VerifierOptions) *Verifier {
	verifier := must[*Verifier](t)(NewVerifier(options))
	t.Cleanup(func() { verifier.Close() })
	return verifier
}

func request(id int, tool, arguments string) []byte {
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, tool, arguments)
}

func TestARequestIsBoundToItsBytesAndRunsOnce(t *testing.T) {
	agent, server, stranger := newPair(t), newPair(t), newPair(t)
	verifier := testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}, Targets: []string{"mcp://files"}})
	sign := func(pair *KeyPair, options RequestOptions) []byte {
		if options.Target == "" {
			options.Target = "mcp://files"
		}
		signed := must[*SignedRequest](t)(pair.SignRequest(request(7, "read", `{"size":9007199254740993}`), "bot", "ops", options))
		if len(signed.Calls) != 1 || string(signed.Calls[0].ID()) != "7" {
			t.Fatalf("signed %+v", signed)
		}
		return signed.Message
	}
	message := sign(agent, RequestOptions{Session: "s-1", TraceID: "t-1"})
	call, report, err := verifier.VerifyRequest(message, time.Time{})
	if err != nil || report.Err() != nil || !report.Trusted() || call == nil {
		t.Fatalf("the request is refused: %v", err)
	}
	if party, ok := report.Party(RoleAgent); !ok || party.Name != "bot" || !party.Trusted || party.Key != agent.PublicKey().String() {
		t.Errorf("signed by %+v", party)
	}
	if _, ok := report.Party(RoleServer); ok {
		t.Error("a server has signed")
	}
	if age, ok := report.Age(); !ok || age < 0 || age > time.Minute {
		t.Errorf("the age is %v", age)
	}
	if check := report.Check(AxisSignature); check.Result != CheckPassed || check.Code != "ok" {
		t.Errorf("the signature: %+v", check)
	}
	if check := report.Check(AxisDelegation); check.Result != CheckNotChecked || check.Message == "" {
		t.Errorf("the delegation: %+v", check)
	}
	if receipt := must[*Receipt](t)(report.Receipt()); receipt.Text(FieldCallID) != "n:7" || receipt.Text(FieldSession) != "s-1" {
		t.Errorf("the receipt is %s", receipt.JSON())
	}

	response := []byte(`{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"ok"}]}}`)
	answered := must[*SignedResponse](t)(server.SignResponse(call, response, "files"))
	if !answered.Embedded || answered.Receipt.Version() != 3 {
		t.Errorf("answered %s", answered.Message)
	}
	client := testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}, Servers: []*PublicKey{server.PublicKey()}})
	stripped, report, err := client.VerifyResponse(call, answered.Message, time.Time{})
	if err != nil || !bytes.Equal(stripped, response) || !report.Trusted() {
		t.Errorf("the response is refused: %s, %v", stripped, err)
	}
	if _, _, err := client.VerifyResponse(call, response, time.Time{}); !errors.Is(err, ErrUnsigned) {
		t.Errorf("a bare response gives %v", err)
	}

	other := must[*SignedRequest](t)(agent.SignRequest(request(8, "read", `{}`), "bot", "", RequestOptions{Target: "mcp://mail"})).Message
	for name, c := range map[string]struct {
		message []byte
		at      time.Time
		status  Status
		axis    Axis
	}{
		"replayed":     {message, time.Time{}, ErrReplayed, AxisReplay},
		"unsigned":     {request(7, "read", `{}`), time.Time{}, ErrUnsigned, AxisStructure},
		"tampered":     {bytes.Replace(sign(agent, RequestOptions{}), []byte(`"size":9007199254740993`), []byte(`"size":9007199254740992`), 1), time.Time{}, ErrArgumentsMismatch, AxisContent},
		"stale":        {sign(agent, RequestOptions{}), time.Now().Add(time.Hour), ErrTooOld, AxisTime},
		"mis-aimed":    {other, time.Time{}, ErrTargetMismatch, AxisTarget},
		"a stranger's": {sign(stranger, RequestOptions{}), time.Time{}, ErrSignerUntrusted, AxisTrust},
	} {
		call, report, err := verifier.VerifyRequest(c.message, c.at)
		if !errors.Is(err, c.status) || call != nil || report == nil {
			t.Errorf("%s: %v", name, err)
		} else if check := report.Check(c.axis); check.Result != CheckFailed || check.Status != c.status {
			t.Errorf("%s: %+v", name, check)
		} else if !errors.Is(report.Err(), c.status) || report.Trusted() || !json.Valid(report.JSON()) {
			t.Errorf("%s: %v, %s", name, report.Err(), report.JSON())
		}
	}
	if _, report, err := verifier.VerifyRequest([]byte(`[]`), time.Time{}); !errors.Is(err, ErrMessageInvalid) || report != nil {
		t.Errorf("an empty batch gives %v", err)
	}
}

func TestParamsAndResultsAloneWillDo(t *testing.T) {
	agent, server := newPair(t), newPair(t)
	signed := must[*SignedRequest](t)(agent.SignRequest(request(1, "t", `{}`), "bot", ""))
	var message struct {
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(signed.Message, &message); err != nil {
		t.Fatal(err)
	}
	verifier := testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}, Servers: []*PublicKey{server.PublicKey()}})
	call, _, err := verifier.VerifyParams(message.Params, time.Time{})
	if err != nil || call.ID() != nil {
		t.Fatal(err)
	}
	answered := must[*SignedResponse](t)(server.SignResult(call, []byte(`{"content":[],"isError":true}`), "files"))
	if answered.Receipt.Text(FieldOutcomeStatus) != string(OutcomeFailed) {
		t.Errorf("answered %s", answered.Message)
	}
	if result, _, err := verifier.VerifyResult(call, answered.Message, time.Time{}); err != nil || string(result) != `{"content":[],"isError":true}` {
		t.Errorf("%s: %v", result, err)
	}
}

func TestReceiptsAreJudgedByThemselves(t *testing.T) {
	agent := newPair(t)
	receipt := must[*Receipt](t)(agent.SignCall(Action{Tool: "t", Params: json.RawMessage(`{"a":1}`), Target: "x"}, "bot", "")).JSON()
	verifier := testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}})
	for range 2 {
		if _, err := verifier.CheckEvidence(receipt, CheckOptions{Target: "x", Arguments: []byte(`{"a":1.0}`)}); err != nil {
			t.Error(err)
		}
	}
	if _, err := verifier.CheckReceipt(receipt, CheckOptions{Target: "y"}); !errors.Is(err, ErrTargetMismatch) {
		t.Errorf("another target gives %v", err)
	}
	if _, err := verifier.CheckReceipt(receipt); err != nil {
		t.Error(err)
	}
	if _, err := verifier.CheckCall("t", []byte(`{"a":1}`), receipt); !errors.Is(err, ErrReplayed) {
		t.Errorf("a used receipt gives %v", err)
	}
	lax := testVerifier(t, VerifierOptions{AllowUnsigned: true})
	if report, err := lax.CheckCall("t", nil, nil); err != nil || report.Trusted() {
		t.Errorf("an unsigned call gives %v", err)
	}
	if _, err := NewVerifier(VerifierOptions{Replay: must[*ReplayStore](t)(NewReplayStore(0)), NoReplayCheck: true}); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("two kinds of replay checks give %v", err)
	}
}

func TestANonceIsUsedOnceWhoeverKeepsIt(t *testing.T) {
	agent := newPair(t)
	file := filepath.Join(t.TempDir(), "nonces.json")
	var mutex sync.Mutex
	used := map[string]bool{}
	stores := map[string]*ReplayStore{
		"memory": must[*ReplayStore](t)(NewReplayStore(100)),
		"file":   must[*ReplayStore](t)(OpenReplayStore(file, ReplayFileOptions{NoSync: true, Lifetime: time.Hour, Form: NoncesTypeScript})),
		"function": must[*ReplayStore](t)(NewReplayStoreFunc(func(use NonceUse) error {
			mutex.Lock()
			defer mutex.Unlock()
			if used[use.Nonce] {
				return ErrReplayed
			}
			used[use.Nonce] = use.MaxUses == 1 && use.KeepUntil.After(time.Now())
			return nil
		})),
	}
	for name, store := range stores {
		verifier := testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}, Replay: store})
		receipt := must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", "")).JSON()
		var accepted, replayed atomic.Int32
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				switch _, err := verifier.CheckCall("t", nil, receipt); {
				case err == nil:
					accepted.Add(1)
				case errors.Is(err, ErrReplayed):
					replayed.Add(1)
				default:
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		group.Wait()
		if accepted.Load() != 1 || replayed.Load() != 15 {
			t.Errorf("%s: %d accepted", name, accepted.Load())
		}
		if err := store.UseOnce(agent.PublicKey(), "mine", time.Hour, time.Time{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := store.UseOnce(agent.PublicKey(), "mine", time.Hour, time.Time{}); !errors.Is(err, ErrReplayed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stores["memory"].Len() != 2 || stores["function"].Len() != 0 {
		t.Error("the stores count wrong")
	}
	if err := stores["file"].Export(time.Time{}); err != nil {
		t.Error(err)
	}
	if err := stores["memory"].Export(time.Time{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("exporting a memory gives %v", err)
	}
	full := must[*ReplayStore](t)(NewReplayStoreFunc(func(NonceUse) error { return ErrReplayStoreFull }))
	broken := must[*ReplayStore](t)(NewReplayStoreFunc(func(NonceUse) error { panic("the database is gone") }))
	for store, status := range map[*ReplayStore]Status{full: ErrReplayStoreFull, broken: ErrReplayStoreFailed} {
		if err := store.UseOnce(nil, "n", time.Hour, time.Time{}); !errors.Is(err, status) {
			t.Errorf("instead of %s: %v", status, err)
		}
	}
}

func TestAGateForwardsWhatItHasEvidenceFor(t *testing.T) {
	agent := newPair(t)
	policy := must[*Policy](t)(ParsePolicy([]byte(rules)))
	log := must[*Log](t)(OpenLog(t.TempDir()))
	defer log.Close()
	gate := must[*Gate](t)(NewGate(GateOptions{KeyPair: agent, Policy: policy, Name: "proxy", Target: "mcp://files", Session: "s"}))
	defer gate.Close()
	message := request(1, "read", `{"path":"/x"}`)
	judgement := must[*Judgement](t)(gate.Judge(message, JudgeOptions{Log: log}))
	if judgement.Ruling() != RulingForward || judgement.Answer() != nil || judgement.StorageErr() != nil || log.Len() != 1 {
		t.Errorf("%v: %s", judgement.Ruling(), judgement.Answer())
	}
	judged := must[Judged](t)(judgement.Message(0))
	if judged.Err != nil || judged.Call == nil || judged.Report != nil || !json.Valid(judged.Evaluation) {
		t.Errorf("judged %+v", judged)
	}
	verifying := must[*Gate](t)(NewGate(GateOptions{Verifier: testVerifier(t, VerifierOptions{Agents: []*PublicKey{agent.PublicKey()}})}))
	passed := must[*Judgement](t)(verifying.Judge(judgement.Forward()))
	if passed.Ruling() != RulingForward || !bytes.Equal(passed.Forward(), judgement.Forward()) {
		t.Errorf("the server refuses it: %s", passed.Answer())
	}
	if judged := must[Judged](t)(passed.Message(0)); judged.Report == nil || !judged.Report.Trusted() {
		t.Error("the server has no report")
	}
	again := must[*Judgement](t)(verifying.Judge(judgement.Forward()))
	if judged := must[Judged](t)(again.Message(0)); again.Ruling() != RulingRefuse || again.Forward() != nil || !errors.Is(judged.Err, ErrReplayed) {
		t.Errorf("again: %+v", judged)
	}

	batch := append(append([]byte("["), request(2, "pay", `{}`)...), append([]byte(`,{"jsonrpc":"2.0","method":"ping","id":3},`), append(request(4, "rm", `{}`), ']')...)...)
	var kept []Evidence
	judgement = must[*Judgement](t)(gate.Judge(batch, JudgeOptions{Store: func(evidence []Evidence) error {
		kept = append(kept, evidence...)
		return nil
	}}))
	if judgement.Len() != 3 || !bytes.Contains(judgement.Forward(), []byte(`"ping"`)) || bytes.Contains(judgement.Forward(), []byte(`"pay"`)) {
		t.Errorf("forwarded %s", judgement.Forward())
	}
	if judged := must[Judged](t)(judgement.Message(0)); judged.Ruling != RulingAskHuman || !errors.Is(judged.Err, ErrApprovalRequired) {
		t.Errorf("a payment: %+v", judged)
	}
	if len(kept) != 2 || kept[0].Kind != EvidenceViolation {
		t.Errorf("kept %+v", kept)
	}
	if _, err := judgement.Message(3); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a fourth message gives %v", err)
	}

	full := errors.New("the disk is full")
	judgement = must[*Judgement](t)(gate.Judge(message, JudgeOptions{Store: func([]Evidence) error { return full }}))
	if judgement.Forward() != nil || !errors.Is(judgement.StorageErr(), full) || !errors.Is(judgement.StorageErr(), ErrEvidenceNotStored) {
		t.Errorf("without evidence: %s, %v", judgement.Forward(), judgement.StorageErr())
	}
	func() {
		defer func() {
			if recover() != "mine" {
				t.Error("the panic did not reach the caller")
			}
		}()
		gate.Judge(message, JudgeOptions{Store: func([]Evidence) error { panic("mine") }})
	}()
	if _, err := NewGate(GateOptions{}); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a gate for nothing gives %v", err)
	}
}
