package signet

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"io"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// deepSigner needs much stack, so that the goroutine's stack moves while C waits.
type deepSigner struct {
	ed25519.PrivateKey
	calls *atomic.Int64
}

func (s deepSigner) Public() crypto.PublicKey { return s.PrivateKey.Public() }

func (s deepSigner) Sign(rand io.Reader, message []byte, options crypto.SignerOpts) ([]byte, error) {
	s.calls.Add(1)
	if deep(1000) == 0 {
		panic("deep")
	}
	return s.PrivateKey.Sign(rand, message, options)
}

//go:noinline
func deep(depth int) int {
	var room [256]byte
	room[depth%len(room)] = 1
	if depth == 0 {
		return 1
	}
	return deep(depth-1) + int(room[(depth+1)%len(room)])
}

// A call that the compiler was told not to call back would end the program here.
func TestEveryCallThatSignsCanCallASigner(t *testing.T) {
	var calls atomic.Int64
	pairOf := func() *KeyPair {
		_, secret, err := ed25519.GenerateKey(nil)
		if err != nil {
			t.Fatal(err)
		}
		return must[*KeyPair](t)(NewKeyPairFromSigner(deepSigner{secret, &calls}))
	}
	agent, server := pairOf(), pairOf()
	expect := func(what string) {
		t.Helper()
		if calls.Swap(0) == 0 {
			t.Errorf("%s has not called the signer", what)
		}
	}
	call := must[*Receipt](t)(agent.SignCall(Action{Tool: "t"}, "bot", ""))
	expect("SignCall")
	must[[]byte](t)(agent.Sign(nil, []byte("m"), nil))
	expect("Sign")
	must[*Receipt](t)(agent.SignCompound([]byte(`{"tool":"t"}`), Exchange{
		Response: []byte("1"), RequestedAt: time.Now(), RespondedAt: time.Now(),
	}, "bot", ""))
	expect("SignCompound")
	must[*Receipt](t)(server.CoSign(call, []byte("1"), "files"))
	expect("CoSign")
	delegation := must[*Delegation](t)(server.Delegate("root", agent.PublicKey(), "bot", Scope{Tools: []string{"*"}, Targets: []string{"*"}}))
	expect("Delegate")
	must[*Receipt](t)(agent.SignAuthorized([]byte(`{"tool":"t","target":"x"}`), "bot", must[Chain](t)(JoinChain(delegation))))
	expect("SignAuthorized")
	if _, _, err := agent.SignWithPolicy([]byte(`{"tool":"read"}`), "bot", "", must[*Policy](t)(ParsePolicy([]byte(rules)))); err != nil {
		t.Error(err)
	}
	expect("SignWithPolicy")
	signed := must[*SignedRequest](t)(agent.SignRequest(request(1, "t", "{}"), "bot", ""))
	expect("SignRequest")
	must[*SignedResponse](t)(server.SignResponse(signed.Calls[0], []byte(`{"jsonrpc":"2.0","id":1,"result":{}}`), "files"))
	expect("SignResponse")
	must[*SignedResponse](t)(server.SignResult(signed.Calls[0], []byte(`{}`), "files"))
	expect("SignResult")

	log := must[*Log](t)(OpenLog(t.TempDir(), LogOptions{LogKey: server, ControlKey: pairOf(), Alone: true, CheckpointRecords: 1}))
	must[Entry](t)(log.Append(call))
	expect("Append")
	must[[]Entry](t)(log.AppendMany([][]byte{call.JSON()}))
	expect("AppendMany")
	must[[]byte](t)(log.Checkpoint())
	calls.Store(0)
	must[[]byte](t)(log.Prove(0))
	must[bool](t)(log.Rotate())
	must[Entry](t)(log.Append(call))
	must[[]byte](t)(log.ProveConsistency(1))
	must[uint64](t)(log.Sync())
	must[uint64](t)(log.Refresh())
	for _, err := range log.From(0) {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := log.Verify(context.Background(), LogVerifyOptions{}); err != nil {
		t.Error(err)
	}
	must[Entry](t)(log.Prune(must[*PrunePlan](t)(log.PlanPrune(time.Now().Add(48 * time.Hour)))))
	expect("Prune")
	if _, err := log.WriteBundle(filepath.Join(t.TempDir(), "b"), Query{}, agent, "auditor"); err != nil {
		t.Error(err)
	}
	expect("WriteBundle")
	gate := must[*Gate](t)(NewGate(GateOptions{KeyPair: agent}))
	must[*Judgement](t)(gate.Judge(request(1, "t", "{}")))
	expect("Judge")
	must[*Judgement](t)(gate.Judge(request(1, "t", "{}"), JudgeOptions{Log: log}))
	expect("Judge with a log")
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	for _, closer := range []io.Closer{agent, server, gate} {
		closer.Close()
	}
}
