package signet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"signet"
)

// must ends an example that cannot go on. Programs handle errors.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func temporary() string { return must(os.MkdirTemp("", "signet")) }

func Example() {
	agent := must(signet.GenerateKeyPair())
	defer agent.Close()
	receipt := must(agent.SignCall(signet.Action{
		Tool: "delete_file", Params: json.RawMessage(`{"path":"/tmp/x"}`), Target: "mcp://files",
	}, "deploy-bot", "ops"))
	defer receipt.Close()

	// Anybody who has the receipt and knows the key:
	trusted := []*signet.PublicKey{agent.PublicKey()}
	read := must(signet.ParseReceipt(receipt.JSON()))
	fmt.Println(read.Tool(), read.Verify(trusted))

	stranger := must(signet.GenerateKeyPair())
	err := read.Verify([]*signet.PublicKey{stranger.PublicKey()})
	fmt.Println(errors.Is(err, signet.ErrKeyMismatch))
	// Output:
	// delete_file <nil>
	// true
}

func ExampleKeystore() {
	home := temporary()
	defer os.RemoveAll(home)
	store := must(signet.OpenKeystore(home))
	defer store.Close()
	must(store.Create("deploy-bot", "ops", []byte("correct horse"))).Close()
	agent := must(store.Load("deploy-bot", []byte("correct horse")))
	defer agent.Close()
	for _, identity := range must(store.List()) {
		fmt.Println(identity.Name, identity.Owner, identity.Secret)
	}
	_, err := store.Load("deploy-bot", []byte("wrong"))
	fmt.Println(errors.Is(err, signet.ErrWrongPassphrase))
	// Output:
	// deploy-bot ops encrypted
	// true
}

func ExampleLog() {
	home := temporary()
	defer os.RemoveAll(home)
	agent, logKey := must(signet.GenerateKeyPair()), must(signet.GenerateKeyPair())
	audit := must(signet.OpenLog(home, signet.LogOptions{LogKey: logKey}))
	defer audit.Close()
	for _, tool := range []string{"read_file", "pay", "read_file"} {
		receipt := must(agent.SignCall(signet.Action{Tool: tool}, "deploy-bot", ""))
		entry := must(audit.Append(receipt))
		fmt.Println(entry.Index, entry.Durable)
	}
	for record, err := range audit.Query(signet.Query{Tool: "pay"}) {
		fmt.Println("record", record.Index, err)
	}
	report, err := audit.Verify(context.Background(), signet.LogVerifyOptions{
		Signatures: true, Trusted: []*signet.PublicKey{agent.PublicKey()},
	})
	fmt.Println(report.SignaturesValid, err)

	// A proof is for those who have neither the log nor access to it.
	proof, record := must(audit.Prove(1)), must(audit.Read(1))
	index, size, err := signet.VerifyProof(proof, record.Hash, must(audit.VerifierKey()))
	fmt.Println(index, size, err)
	// Output:
	// 0 true
	// 1 true
	// 2 true
	// record 1 <nil>
	// 3 <nil>
	// 1 3 <nil>
}

func ExampleKeyPair_CoSign() {
	agent, server := must(signet.GenerateKeyPair()), must(signet.GenerateKeyPair())
	call := must(agent.SignCall(signet.Action{Tool: "search"}, "bot", ""))
	response := []byte(`{"content":[{"type":"text","text":"found"}]}`)
	both := must(server.CoSign(call, response, "files", signet.CoSignOptions{
		Outcome: &signet.Outcome{Status: signet.OutcomeExecuted},
	}))
	err := both.Verify([]*signet.PublicKey{agent.PublicKey()}, signet.VerifyOptions{
		Servers: []*signet.PublicKey{server.PublicKey()}, Response: response,
	})
	fmt.Println(both.Version(), both.Text(signet.FieldOutcomeStatus), err)
	// Output: 3 executed <nil>
}

func ExampleKeyPair_Delegate() {
	root, agent := must(signet.GenerateKeyPair()), must(signet.GenerateKeyPair())
	delegation := must(root.Delegate("acme", agent.PublicKey(), "bot", signet.Scope{
		Tools: []string{"read_file"}, Targets: []string{"mcp://files"}, Expires: time.Now().Add(time.Hour),
	}))
	chain := must(signet.JoinChain(delegation))
	receipt := must(agent.SignAuthorized([]byte(`{"tool":"read_file","target":"mcp://files"}`), "bot", chain))
	signers := must(receipt.VerifySigners(nil, signet.VerifyOptions{Roots: []*signet.PublicKey{root.PublicKey()}}))
	fmt.Println(signers.Version, signers.Root == root.PublicKey().String(), signers.Scope.Tools)

	_, err := agent.SignAuthorized([]byte(`{"tool":"delete_file","target":"mcp://files"}`), "bot", chain)
	fmt.Println(errors.Is(err, signet.ErrScopeViolation))
	// Output:
	// 4 true [read_file]
	// true
}

func ExampleKeyPair_SignWithPolicy() {
	policy := must(signet.ParsePolicy([]byte(`
version: 1
name: guard
default_action: deny
rules:
  - id: reads
    match: {tool: read_file}
    action: allow
`)))
	agent := must(signet.GenerateKeyPair())
	receipt, decision, err := agent.SignWithPolicy([]byte(`{"tool":"read_file"}`), "bot", "", policy)
	fmt.Println(receipt.Text(signet.FieldPolicyDecision), decision.WinningRule, err)
	_, decision, err = agent.SignWithPolicy([]byte(`{"tool":"delete_file"}`), "bot", "", policy)
	fmt.Println(decision.Verdict, errors.Is(err, signet.ErrPolicyDenied))
	// Output:
	// allow reads <nil>
	// deny true
}

func ExampleParseTrustBundle() {
	bundle := must(signet.ParseTrustBundle([]byte(`
version: 1
bundle_id: b-1
org: acme
env: prod
generated_at: 2026-01-01T00:00:00Z
roots: []
servers: []
agents:
  - id: a-1
    name: deploy-bot
    owner: ops
    pubkey: ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
    status: active
    created_at: 2026-01-01T00:00:00Z
    expires_at: 2027-01-01T00:00:00Z
`)))
	key := must(signet.ParsePublicKey("ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
	then := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	fmt.Println(bundle.Check(signet.SectionAgents, key, then))
	fmt.Println(errors.Is(bundle.Check(signet.SectionAgents, key, then.AddDate(1, 0, 0)), signet.ErrKeyExpired))
	// Output:
	// <nil>
	// true
}

func ExampleVerifier_VerifyRequest() {
	agent, server := must(signet.GenerateKeyPair()), must(signet.GenerateKeyPair())
	request := []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"a":1}}}`)
	signed := must(agent.SignRequest(request, "bot", "", signet.RequestOptions{Target: "mcp://calc"}))

	// The server, before it runs anything:
	verifier := must(signet.NewVerifier(signet.VerifierOptions{
		Agents: []*signet.PublicKey{agent.PublicKey()}, Targets: []string{"mcp://calc"}, NotBefore: time.Now().Add(-time.Minute),
	}))
	defer verifier.Close()
	call, _, err := verifier.VerifyRequest(signed.Message, time.Time{})
	fmt.Println(string(call.ID()), err)
	_, report, err := verifier.VerifyRequest(signed.Message, time.Time{})
	fmt.Println(errors.Is(err, signet.ErrReplayed), report.Check(signet.AxisReplay).Code)

	// … and when it has run:
	answer := must(server.SignResponse(call, []byte(`{"jsonrpc":"2.0","id":1,"result":{"sum":1}}`), "calc"))
	client := must(signet.NewVerifier(signet.VerifierOptions{
		Agents: []*signet.PublicKey{agent.PublicKey()}, Servers: []*signet.PublicKey{server.PublicKey()},
	}))
	response, _, err := client.VerifyResponse(signed.Calls[0], answer.Message, time.Time{})
	fmt.Println(string(response), err)
	// Output:
	// 1 <nil>
	// true replayed
	// {"jsonrpc":"2.0","id":1,"result":{"sum":1}} <nil>
}

func ExampleGate_Judge() {
	home := temporary()
	defer os.RemoveAll(home)
	audit := must(signet.OpenLog(home))
	defer audit.Close()
	agent := must(signet.GenerateKeyPair())
	gate := must(signet.NewGate(signet.GateOptions{KeyPair: agent, Name: "proxy", Target: "mcp://files"}))
	defer gate.Close()
	judgement := must(gate.Judge(
		[]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_file"}}`),
		signet.JudgeOptions{Log: audit}))
	defer judgement.Close()
	fmt.Println(judgement.Ruling() == signet.RulingForward, judgement.Answer() == nil, audit.Len())

	judgement = must(gate.Judge([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"x"}`)))
	fmt.Println(judgement.Forward() == nil, judgement.Answer() != nil)
	// Output:
	// true true 1
	// true true
}

func ExampleParamsKey() {
	agent := must(signet.GenerateKeyPair())
	receipt := must(agent.SignCall(signet.Action{Tool: "pay", Params: json.RawMessage(`{"iban":"DE89"}`)}, "bot", ""))
	key := must(agent.ParamsKey())
	record := must(key.Seal(receipt.JSON())) // what to give to Log.AppendJSON

	// The auditor gets the key, and cannot sign with it.
	lent := must(signet.NewParamsKey(agent.PublicKey(), must(key.Export())))
	opened := must(signet.ParseReceipt(must(lent.Open(record))))
	fmt.Println(string(opened.Params()), opened.Verify([]*signet.PublicKey{agent.PublicKey()}))
	// Output: {"iban":"DE89"} <nil>
}
