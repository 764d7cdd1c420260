// Command cross makes and verifies what every language reads: see
// ffi-tests/cross/README.md.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"signet"
)

const (
	action = `{"tool":"echo","target":"mcp://cross","params":{"n":1,"text":"grüße"}}`
	scope  = `{"tools":["echo"],"targets":["mcp://cross"],"max_depth":0}`
)

// must ends the program with what went wrong.
func must[T any](value T, err error) T {
	end(err)
	return value
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type home string

func (h home) get(name string) []byte {
	return must(os.ReadFile(filepath.Join(string(h), name)))
}

func (h home) put(name string, text []byte) {
	end(os.WriteFile(filepath.Join(string(h), name), text, 0o600))
}

func (h home) keystore() *signet.Keystore { return must(signet.OpenKeystore(string(h))) }

func (h home) agentKey() *signet.PublicKey { return must(h.keystore().PublicKey("agent")) }

func (h home) make() {
	end(os.MkdirAll(string(h), 0o700))
	agent := must(h.keystore().Create("agent", "go", []byte("cross")))
	helper := must(h.keystore().Create("helper", "go", signet.Unencrypted))
	sign := func() *signet.Receipt { return must(agent.SignAction([]byte(action), "agent", "go")) }
	h.put("receipt.json", sign().JSON())

	delegation := must(agent.DelegateJSON("agent", helper.PublicKey(), "helper", []byte(scope)))
	chain := must(signet.JoinChain(delegation))
	h.put("chain.json", chain)
	h.put("authorized.json", must(helper.SignAuthorized([]byte(action), "helper", chain)).JSON())

	log := must(signet.OpenLog(string(h), signet.LogOptions{LogKey: must(signet.GenerateKeyPair())}))
	for range 3 {
		must(log.Append(sign()))
	}
	h.put("proof", must(log.Prove(1)))
	h.put("vkey", []byte(must(log.VerifierKey())))
	h.put("record", []byte(must(log.Read(1)).Line))
	end(log.Close())
}

func (h home) verifyKey() error {
	if _, err := h.keystore().Load("agent", []byte("cross")); err != nil {
		return err
	}
	_, err := h.keystore().Load("helper", nil)
	return err
}

func (h home) verifyReceipt() error {
	receipt, err := signet.ParseReceipt(h.get("receipt.json"))
	if err != nil {
		return err
	}
	return receipt.Verify([]*signet.PublicKey{h.agentKey()})
}

func (h home) verifyDelegation() error {
	roots := []*signet.PublicKey{h.agentKey()}
	if _, err := signet.Chain(h.get("chain.json")).Verify(roots); err != nil {
		return err
	}
	receipt, err := signet.ParseReceipt(h.get("authorized.json"))
	if err != nil {
		return err
	}
	return receipt.Verify(nil, signet.VerifyOptions{Roots: roots})
}

func (h home) verifyLog() error {
	options := signet.LogVerifyOptions{Signatures: true, Trusted: []*signet.PublicKey{h.agentKey()}}
	report, err := signet.VerifyLogFolder(context.Background(), filepath.Join(string(h), "audit"), options)
	if err == nil && report.SignaturesValid != 3 {
		return errors.New("not three signatures")
	}
	return err
}

func (h home) verifyProof() error {
	hash, err := signet.RecordHash(h.get("record"))
	if err != nil {
		return err
	}
	index, _, err := signet.VerifyProof(h.get("proof"), hash, string(h.get("vkey")))
	if err == nil && index != 1 {
		return errors.New("another index")
	}
	return err
}

func (h home) verify() {
	kinds := []struct {
		name  string
		holds func() error
	}{
		{"key", h.verifyKey}, {"receipt", h.verifyReceipt}, {"delegation", h.verifyDelegation},
		{"log", h.verifyLog}, {"proof", h.verifyProof},
	}
	for _, kind := range kinds {
		if _, err := os.Stat(filepath.Join(string(h), "proof")); kind.name == "proof" && err != nil {
			continue
		}
		if err := kind.holds(); err != nil {
			fmt.Println(kind.name, "refused:", err)
		} else {
			fmt.Println(kind.name, "ok")
		}
	}
}

func waitForOthers() {
	fmt.Println("ready")
	must(bufio.NewReader(os.Stdin).ReadByte())
}

func (h home) append(name string, count int) {
	agent := must(signet.GenerateKeyPair())
	log := must(signet.OpenLog(string(h)))
	waitForOthers()
	for range count {
		fmt.Println(must(log.Append(must(agent.SignAction([]byte(action), name, "")))).Index)
	}
	end(log.Close())
}

func nonces(file string, count int) {
	store := must(signet.OpenReplayStore(file))
	waitForOthers()
	for i := range count {
		err := store.UseOnce(nil, "n-"+strconv.Itoa(i), time.Hour, time.Time{})
		if errors.Is(err, signet.ErrReplayed) {
			continue
		}
		end(err)
		fmt.Println(i)
	}
}

func main() {
	command, folder, rest := os.Args[1], home(os.Args[2]), os.Args[3:]
	switch command {
	case "make":
		folder.make()
	case "verify":
		folder.verify()
	case "append":
		folder.append(rest[0], must(strconv.Atoi(rest[1])))
	case "nonces":
		nonces(string(folder), must(strconv.Atoi(rest[0])))
	default:
		os.Exit(2)
	}
}
