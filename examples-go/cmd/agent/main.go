// Command agent signs the tool calls that it is given, keeps them in a log, and proves
// the last one.
//
//	agent -home ~/.signet [-name deploy-bot] [-target mcp://files] < calls.jsonl > signed.jsonl
//
// The input is MCP messages, one in a line; the output is the same messages with their
// receipts, ready to be sent. A message is written only once its receipt is on the disk.
// At the end there is <home>/last.tlog-proof, which anybody can verify who knows the
// log's key.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"signet"
)

func main() {
	log.SetFlags(0)
	home := flag.String("home", "", "the folder with the keys and the log")
	name := flag.String("name", "agent", "the name that the agent signs with")
	target := flag.String("target", "mcp://files", "the server that the calls go to")
	flag.Parse()
	if *home == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*home, *name, *target, os.Stdin, os.Stdout); err != nil {
		log.Fatal("agent: ", err)
	}
}

func run(home, name, target string, in io.Reader, out io.Writer) (err error) {
	store, err := signet.OpenKeystore(home)
	if err != nil {
		return err
	}
	defer store.Close()
	agent, err := identity(store, name)
	if err != nil {
		return err
	}
	defer agent.Close()
	// Who signs records must not vouch for what was recorded: the log has its own key.
	logKey, err := identity(store, name+"-log")
	if err != nil {
		return err
	}
	defer logKey.Close()
	audit, err := signet.OpenLog(home, signet.LogOptions{LogKey: logKey, ControlKey: logKey})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, audit.Close()) }()

	var last *signet.Entry
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		entry, err := forward(agent, name, target, audit, lines.Bytes(), out)
		if err != nil {
			return err
		}
		if entry != nil {
			last = entry
		}
	}
	if err := lines.Err(); err != nil || last == nil {
		return err
	}
	return prove(audit, *last, filepath.Join(home, "last.tlog-proof"))
}

// identity loads a key, or makes it. An agent that starts by itself has nobody to ask for
// a passphrase, so the keys are as safe as their folder; see KeystoreOptions for others.
func identity(store *signet.Keystore, name string) (*signet.KeyPair, error) {
	pair, err := store.Load(name, nil)
	if errors.Is(err, signet.ErrKeyNotFound) {
		return store.Create(name, "", signet.Unencrypted)
	}
	return pair, err
}

// forward signs the calls in a message, records them, and only then sends it.
func forward(agent *signet.KeyPair, name, target string, audit *signet.Log, message []byte, out io.Writer) (*signet.Entry, error) {
	signed, err := agent.SignRequest(message, name, "", signet.RequestOptions{Target: target})
	if err != nil {
		return nil, err
	}
	var last *signet.Entry
	for _, call := range signed.Calls {
		defer call.Close()
		receipt, err := call.Receipt()
		if err != nil {
			return nil, err
		}
		defer receipt.Close()
		entry, err := audit.Append(receipt)
		if err != nil {
			return nil, err
		}
		log.Printf("record %d: %s %s", entry.Index, receipt.Tool(), receipt.ID())
		last = &entry
	}
	_, err = fmt.Fprintf(out, "%s\n", signed.Message)
	return last, err
}

// prove writes the proof of a record, and verifies it as a stranger would.
func prove(audit *signet.Log, entry signet.Entry, file string) error {
	proof, err := audit.Prove(entry.Index)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, proof, 0o644); err != nil {
		return err
	}
	key, err := audit.VerifierKey()
	if err != nil {
		return err
	}
	index, size, err := signet.VerifyProof(proof, entry.RecordHash, key)
	if err != nil {
		return err
	}
	log.Printf("record %d of %d, %s, is proved by %s under %s", index, size, entry.RecordHash, file, key)
	return nil
}
