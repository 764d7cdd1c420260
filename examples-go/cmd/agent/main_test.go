package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet"
)

const calls = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"read_file","arguments":{"path":"/x","size":9007199254740993}}}
{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"delete_file","arguments":{"path":"/x"}}}
`

func TestTheAgentSignsItsCallsAndProvesTheLast(t *testing.T) {
	folder := t.TempDir()
	home, program := filepath.Join(folder, "home"), filepath.Join(folder, "agent")
	if said, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	var messages, said []byte
	for range 2 {
		run := exec.Command(program, "-home", home, "-name", "bot")
		run.Stdin = strings.NewReader(calls)
		var out, errors bytes.Buffer
		run.Stdout, run.Stderr = &out, &errors
		if err := run.Run(); err != nil {
			t.Fatalf("%s: %v", errors.String(), err)
		}
		messages, said = out.Bytes(), errors.Bytes()
	}

	store, err := signet.OpenKeystore(home)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := store.PublicKey("bot")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(messages)), "\n")
	if len(lines) != 3 || lines[0] != strings.SplitN(calls, "\n", 2)[0] {
		t.Fatalf("the messages are %s", messages)
	}
	verifier, err := signet.NewVerifier(signet.VerifierOptions{Agents: []*signet.PublicKey{agent}, Targets: []string{"mcp://files"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[1:] {
		if _, _, err := verifier.VerifyRequest([]byte(line), time.Time{}); err != nil {
			t.Error(err)
		}
	}
	report, err := signet.VerifyLogFolder(context.Background(), filepath.Join(home, "audit"),
		signet.LogVerifyOptions{Signatures: true, Trusted: []*signet.PublicKey{agent}})
	if err != nil || report.Records != 4 || report.SignaturesValid != 4 {
		t.Errorf("%+v: %v", report, err)
	}

	words := regexp.MustCompile(`record 3 of 4, (\S+), is proved by (\S+) under (\S+)`).FindSubmatch(said)
	if words == nil {
		t.Fatalf("it said %s", said)
	}
	var hash signet.Hash
	if err := hash.UnmarshalText(words[1]); err != nil || hash != report.LastHash {
		t.Errorf("%s is not the last record", words[1])
	}
	proof, err := os.ReadFile(string(words[2]))
	if err != nil {
		t.Fatal(err)
	}
	if index, size, err := signet.VerifyProof(proof, hash, string(words[3])); err != nil || index != 3 || size != 4 {
		t.Errorf("record %d of %d: %v", index, size, err)
	}
	hash[0] ^= 1
	if _, _, err := signet.VerifyProof(proof, hash, string(words[3])); err == nil {
		t.Error("the proof is of any record")
	}
}
