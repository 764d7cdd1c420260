package signet

// The cases of ffi-tests/behaviour, which every language runs: its README says what the
// operations and their members mean.

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type behaviourCase struct {
	Name      string                     `json:"name"`
	Operation string                     `json:"operation"`
	Input     map[string]json.RawMessage `json:"input"`
	Status    string                     `json:"status"`
	Output    map[string]any             `json:"output"`
}

func TestTheBehaviourIsThatOfEveryLanguage(t *testing.T) {
	files := must[[]string](t)(filepath.Glob("../ffi-tests/behaviour/*.json"))
	if len(files) == 0 {
		t.Fatal("there are no cases")
	}
	for _, file := range files {
		var table struct {
			Cases []behaviourCase `json:"cases"`
		}
		decoder := json.NewDecoder(bytes.NewReader(must[[]byte](t)(os.ReadFile(file))))
		decoder.UseNumber()
		if err := decoder.Decode(&table); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, c := range table.Cases {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+c.Name, func(t *testing.T) { runCase(t, c) })
		}
	}
}

func runCase(t *testing.T, c behaviourCase) {
	operation, ok := operations[c.Operation]
	if !ok {
		t.Fatalf("no runner for the operation %s", c.Operation)
	}
	in := &caseInput{t: t, members: c.Input, read: map[string]bool{}}
	output, err := operation(in)
	status := "SIGNET_OK"
	if err != nil {
		status = StatusOf(err).String()
	}
	if status != c.Status {
		t.Fatalf("%s instead of %s: %v", status, c.Status, err)
	}
	for name := range c.Input {
		if err == nil && !in.read[name] {
			t.Errorf("the runner does not know the input %s", name)
		}
	}
	for name, wanted := range c.Output {
		if found := plain(t, output[name]); !reflect.DeepEqual(found, wanted) {
			t.Errorf("%s is %v instead of %v", name, found, wanted)
		}
	}
}

// plain is a value as a JSON reader sees it.
func plain(t *testing.T, value any) any {
	decoder := json.NewDecoder(bytes.NewReader(must[[]byte](t)(json.Marshal(value))))
	decoder.UseNumber()
	var read any
	if err := decoder.Decode(&read); err != nil {
		t.Fatal(err)
	}
	return read
}

// caseInput reads the members of an input and remembers which were read.
type caseInput struct {
	t       *testing.T
	members map[string]json.RawMessage
	read    map[string]bool
}

func (in *caseInput) into(name string, value any) bool {
	in.read[name] = true
	member, ok := in.members[name]
	if ok {
		if err := json.Unmarshal(member, value); err != nil {
			in.t.Fatalf("%s: %v", name, err)
		}
	}
	return ok
}

func member[T any](in *caseInput, name string) T {
	var value T
	in.into(name, &value)
	return value
}

func (in *caseInput) text(name string) string { return member[string](in, name) }
func (in *caseInput) flag(name string) bool   { return member[bool](in, name) }
func (in *caseInput) bytes(name string) []byte {
	return []byte(member[caseBytes](in, name))
}

func (in *caseInput) hex(name string) []byte {
	return must[[]byte](in.t)(hex.DecodeString(in.text(name)))
}

func (in *caseInput) hash(name string) Hash {
	return Hash(must[[]byte](in.t)(hex.DecodeString(strings.TrimPrefix(in.text(name), "sha256:"))))
}

func (in *caseInput) time(name string) time.Time {
	var millis int64
	if !in.into(name, &millis) {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

func (in *caseInput) keys(name string) ([]*PublicKey, error) {
	var keys []*PublicKey
	for _, text := range member[[]string](in, name) {
		key, err := ParsePublicKey(text)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// caseBytes is a text, or {"hex": …}.
type caseBytes []byte

func (b *caseBytes) UnmarshalJSON(text []byte) error {
	var plain string
	if err := json.Unmarshal(text, &plain); err == nil {
		*b = []byte(plain)
		return nil
	}
	var wrapped struct {
		Hex string `json:"hex"`
	}
	if err := json.Unmarshal(text, &wrapped); err != nil {
		return err
	}
	bytes, err := hex.DecodeString(wrapped.Hex)
	*b = bytes
	return err
}

type values = map[string]any

var operations = map[string]func(*caseInput) (values, error){
	"json_canonicalize": func(in *caseInput) (values, error) {
		canonical, err := Canonicalize(in.bytes("json"), Limits{MaxDepth: member[uint32](in, "max_depth"), MaxLen: member[uint64](in, "max_len")})
		return values{"canonical": string(canonical)}, err
	},
	"json_hash": func(in *caseInput) (values, error) {
		hash, err := ContentHash(in.bytes("json"))
		return values{"hash": hash.String()}, err
	},
	"public_key_parse": func(in *caseInput) (values, error) {
		key, err := ParsePublicKey(string(in.bytes("text")))
		if err != nil {
			return nil, err
		}
		return values{"prefixed": key.String(), "bare": key.Bare(), "did": key.DID(), "id": key.ID()}, nil
	},
	"public_key_from_bytes": func(in *caseInput) (values, error) {
		key, err := NewPublicKey([PublicKeyLen]byte(in.hex("bytes")))
		if err != nil {
			return nil, err
		}
		return values{"prefixed": key.String()}, nil
	},
	"public_key_verify": func(in *caseInput) (values, error) {
		key, err := ParsePublicKey(in.text("key"))
		if err != nil {
			return nil, err
		}
		return nil, key.Verify(in.bytes("message"), in.hex("signature"))
	},
	"keypair_from_secret": func(in *caseInput) (values, error) {
		pair, err := NewKeyPair(in.hex("secret"))
		if err != nil {
			return nil, err
		}
		return values{"public_key": pair.PublicKey().String()}, nil
	},
	"keypair_sign": func(in *caseInput) (values, error) {
		pair, err := NewKeyPair(in.hex("secret"))
		if err != nil {
			return nil, err
		}
		signature, err := pair.Sign(nil, in.bytes("message"), nil)
		return values{"signature": hex.EncodeToString(signature)}, err
	},
	"action_from_tools_call": func(in *caseInput) (values, error) {
		action, err := ActionFromToolsCall(in.bytes("request"), in.text("target"), in.text("transport"))
		return values{"action": string(action)}, err
	},
	"receipt_sign": func(in *caseInput) (values, error) {
		pair, err := NewKeyPair(in.hex("secret"))
		if err != nil {
			return nil, err
		}
		nonce := [16]byte(in.hex("nonce"))
		receipt, err := pair.SignAction(in.bytes("action"), in.text("name"), in.text("owner"), SignOptions{
			At: in.time("at"), Nonce: &nonce, HashOnly: in.flag("hash_only"), expiresAt: in.text("expires_at"),
		})
		if err != nil {
			return nil, err
		}
		return values{"receipt": string(receipt.JSON())}, nil
	},
	"receipt_parse": func(in *caseInput) (values, error) {
		receipt, err := ParseReceipt(in.bytes("json"), ParseOptions{Forensic: in.flag("forensic")})
		if err != nil {
			return nil, err
		}
		output := values{"receipt": string(receipt.JSON()), "version": receipt.Version(), "params": string(receipt.Params())}
		for field := FieldID; field <= FieldSignature; field++ {
			if text, ok := receipt.Lookup(field); ok {
				output[fieldNames[field-1]] = text
			}
		}
		if signed, err := receipt.Time(); err == nil {
			output["unix_ms"] = signed.UnixMilli()
		}
		return output, nil
	},
	"receipt_verify": func(in *caseInput) (values, error) {
		receipt, err := ParseReceipt(in.bytes("receipt"), ParseOptions{Forensic: in.flag("forensic")})
		if err != nil {
			return nil, err
		}
		trusted, err := in.keys("trusted")
		if err != nil {
			return nil, err
		}
		return nil, receipt.Verify(trusted, VerifyOptions{At: in.time("at"), IgnoreExpiry: in.flag("ignore_expiry")})
	},
	"record_hash": func(in *caseInput) (values, error) {
		hash, err := RecordHash(in.bytes("line"))
		return values{"hash": hash.String()}, err
	},
	"log_append": func(in *caseInput) (values, error) {
		log, err := OpenLog(in.t.TempDir())
		if err != nil {
			return nil, err
		}
		defer log.Close()
		var hashes []string
		var indexes []uint64
		for _, record := range member[[]caseBytes](in, "records") {
			entry, err := log.AppendJSON(record)
			if err != nil {
				return nil, err
			}
			hashes = append(hashes, entry.RecordHash.String())
			indexes = append(indexes, entry.Index)
		}
		return values{"hashes": hashes, "indexes": indexes}, nil
	},
	"log_verify_folder": func(in *caseInput) (values, error) {
		folder := in.t.TempDir()
		for name, content := range member[map[string]caseBytes](in, "files") {
			path := filepath.Join(folder, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return nil, err
			}
			if err := os.WriteFile(path, content, 0o600); err != nil {
				return nil, err
			}
		}
		trusted, err := in.keys("trusted")
		if err != nil {
			return nil, err
		}
		report, err := VerifyLogFolder(context.Background(), folder, LogVerifyOptions{
			Trusted: trusted, Signatures: in.flag("signatures"), AnySigner: in.flag("any_signer"),
		})
		output := values{
			"records": report.Records, "findings": report.Findings, "signatures_valid": report.SignaturesValid,
			"signatures_failed": report.SignaturesFailed, "unverifiable": report.Unverifiable,
			"unsigned_records": report.Unsigned, "last_hash": report.LastHash.String(),
		}
		if report.FirstBad != NoPosition {
			output["first_bad"] = report.FirstBad
		}
		return output, err
	},
	"proof_verify": func(in *caseInput) (values, error) {
		index, size, err := VerifyProof(in.bytes("proof"), in.hash("record_hash"), in.text("vkey"))
		return values{"index": index, "size": size}, err
	},
	"consistency_verify": func(in *caseInput) (values, error) {
		return nil, VerifyConsistency(in.bytes("old_note"), in.bytes("new_note"), in.bytes("proof"), in.text("vkey"))
	},
}

var fieldNames = []string{"id", "tool", "params_hash", "target", "transport", "session", "call_id", "response_hash",
	"trace_id", "parent_receipt_id", "signer_name", "signer_owner", "signer_public_key", "time", "expiry", "nonce", "signature"}

func init() {
	if len(fieldNames) != int(FieldSignature) {
		panic(fmt.Sprint("a field has no name: ", len(fieldNames)))
	}
}
