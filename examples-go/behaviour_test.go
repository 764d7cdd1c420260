package signet

// The cases of ffi-tests/behaviour, which every language runs: its README says what the
// operations and their members mean.

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	for name, read := range known {
		if !read {
			t.Errorf("no case has read the input %s", name)
		}
	}
}

// known is the inputs of operations, and whether any case got as far as reading them.
var known = map[string]bool{}

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
		known[c.Operation+"."+name] = known[c.Operation+"."+name] || in.read[name]
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

// optional is nil when the member is absent, and not when it is empty.
func (in *caseInput) optional(name string) []byte {
	if _, ok := in.members[name]; !ok {
		return nil
	}
	return append([]byte{}, in.bytes(name)...)
}

// list is an array of objects.
func (in *caseInput) list(name string) []*caseInput {
	var list []*caseInput
	for _, members := range member[[]map[string]json.RawMessage](in, name) {
		list = append(list, &caseInput{t: in.t, members: members, read: map[string]bool{}})
	}
	return list
}

// allRead fails when there is a member that the runner does not know.
func (in *caseInput) allRead() {
	for name := range in.members {
		if !in.read[name] {
			in.t.Errorf("the runner does not know the input %s", name)
		}
	}
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
		hash, err := HashJSON(in.bytes("json"))
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
		return signed(in, func(pair *KeyPair) (*Receipt, error) {
			return pair.SignAction(in.bytes("action"), in.text("name"), in.text("owner"), in.signOptions())
		})
	},
	"receipt_sign_compound": func(in *caseInput) (values, error) {
		return signed(in, func(pair *KeyPair) (*Receipt, error) {
			return pair.SignCompound(in.bytes("action"), Exchange{
				Response: in.bytes("response"), outcome: in.bytes("outcome"),
				requestedAt: in.text("requested_at"), respondedAt: in.text("responded_at"),
			}, in.text("name"), in.text("owner"), in.signOptions())
		})
	},
	"receipt_co_sign": func(in *caseInput) (values, error) {
		return signed(in, func(pair *KeyPair) (*Receipt, error) {
			agent, err := ParseReceipt(in.bytes("agent_receipt"))
			if err != nil {
				return nil, err
			}
			options := in.signOptions()
			return pair.CoSign(agent, in.bytes("response"), in.text("name"), CoSignOptions{
				outcome: in.bytes("outcome"), At: options.At, Nonce: options.Nonce,
			})
		})
	},
	"receipt_sign_authorized": func(in *caseInput) (values, error) {
		return signed(in, func(pair *KeyPair) (*Receipt, error) {
			return pair.SignAuthorized(in.bytes("action"), in.text("name"), in.bytes("chain"), in.signOptions())
		})
	},
	"receipt_sign_with_policy": func(in *caseInput) (values, error) {
		var decision *Decision
		output, err := signed(in, func(pair *KeyPair) (*Receipt, error) {
			policy, err := ParsePolicy(in.bytes("policy"))
			if err != nil {
				return nil, err
			}
			var receipt *Receipt
			receipt, decision, err = pair.SignWithPolicy(in.bytes("action"), in.text("name"), in.text("owner"), policy, in.signOptions())
			return receipt, err
		})
		if decision != nil {
			if output == nil {
				output = values{}
			}
			output["verdict"] = decision.Verdict.String()
			if decision.Violation != nil {
				output["violation"] = string(decision.Violation)
			}
		}
		return output, err
	},
	"receipt_parse": func(in *caseInput) (values, error) {
		receipt, err := ParseReceipt(in.bytes("json"), ParseOptions{Forensic: in.flag("forensic")})
		if err != nil {
			return nil, err
		}
		output := values{"receipt": string(receipt.JSON()), "version": receipt.Version(), "params": string(receipt.Params())}
		for field := FieldID; field <= FieldRootPublicKey; field++ {
			if text, ok := receipt.Lookup(field); ok {
				output[fieldNames[field-1]] = text
			}
		}
		if signed, err := receipt.Time(); err == nil {
			output["unix_ms"] = signed.UnixMilli()
		}
		if responded, err := receipt.ResponseTime(); err == nil {
			output["response_unix_ms"] = responded.UnixMilli()
		}
		return output, nil
	},
	"receipt_agent_receipt": func(in *caseInput) (values, error) {
		receipt, err := ParseReceipt(in.bytes("json"))
		if err != nil {
			return nil, err
		}
		agent, err := receipt.AgentReceipt()
		if err != nil {
			return nil, err
		}
		return values{"receipt": string(agent.JSON())}, nil
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
		options, err := in.verifyOptions()
		if err != nil {
			return nil, err
		}
		signers, err := receipt.verifySigners(trusted, []VerifyOptions{options})
		if again := receipt.Verify(trusted, options); StatusOf(again) != StatusOf(err) {
			in.t.Errorf("Verify says %v, VerifySigners %v", again, err)
		}
		return values{"signers": string(signers)}, err
	},
	"receipt_check_response": func(in *caseInput) (values, error) {
		receipt, err := ParseReceipt(in.bytes("receipt"))
		if err != nil {
			return nil, err
		}
		return nil, receipt.CheckResponse(in.bytes("response"))
	},
	"content_hash": func(in *caseInput) (values, error) {
		if _, ok := in.members["text"]; ok {
			hash, err := ContentHashOfText(string(in.bytes("text")))
			return values{"hash": hash.String()}, err
		}
		hash, err := ContentHash(in.bytes("json"))
		return values{"hash": hash.String()}, err
	},
	"delegation_sign": func(in *caseInput) (values, error) {
		pair, err := NewKeyPair(in.hex("secret"))
		if err != nil {
			return nil, err
		}
		delegate, err := ParsePublicKey(in.text("delegate"))
		if err != nil {
			return nil, err
		}
		parent := in.optional("parent_scope")
		options := in.signOptions()
		delegation, err := pair.DelegateJSON(in.text("name"), delegate, in.text("delegate_name"), in.bytes("scope"),
			DelegationOptions{ParentScope: parent, At: options.At, Nonce: options.Nonce})
		if err != nil {
			return nil, err
		}
		return values{"delegation": string(delegation.JSON())}, nil
	},
	"delegation_verify": func(in *caseInput) (values, error) {
		delegation, err := ParseDelegation(in.bytes("delegation"))
		if err != nil {
			return nil, err
		}
		options, err := in.verifyOptions()
		if err != nil {
			return nil, err
		}
		return nil, delegation.Verify(options)
	},
	"chain_verify": func(in *caseInput) (values, error) {
		options, err := in.verifyOptions()
		if err != nil {
			return nil, err
		}
		roots := options.Roots
		options.Roots = nil
		scope, err := Chain(in.bytes("chain")).verify(roots, []VerifyOptions{options})
		return values{"scope": string(scope)}, err
	},
	"policy_parse": func(in *caseInput) (values, error) {
		policy, err := ParsePolicy(in.bytes("text"), PolicyOptions{Format: formats[in.text("format")]})
		if failure := new(Error); errors.As(err, &failure) {
			return values{"line": failure.Line, "column": failure.Column}, err
		}
		return values{"policy": string(policy.JSON()), "hash": policy.Hash()}, nil
	},
	"policy_evaluate": func(in *caseInput) (values, error) {
		policy, err := ParsePolicy(in.bytes("policy"))
		if err != nil {
			return nil, err
		}
		var verdicts, reasons []string
		var matched [][]string
		for _, call := range in.list("calls") {
			decision, err := policy.Evaluate(call.bytes("action"), call.text("agent"), EvaluateOptions{At: call.time("at")})
			if err != nil {
				return nil, err
			}
			call.allRead()
			if (decision.Err() == nil) != (decision.Verdict == VerdictAllow) {
				in.t.Errorf("%s with the error %v", decision.Verdict, decision.Err())
			}
			verdicts = append(verdicts, decision.Verdict.String())
			reasons = append(reasons, decision.Reason)
			matched = append(matched, decision.MatchedRules)
		}
		return values{"verdicts": verdicts, "matched": matched, "reasons": reasons}, nil
	},
	"trust_bundle_check": func(in *caseInput) (values, error) {
		bundle, err := ParseTrustBundle(in.bytes("bundle"))
		if err != nil {
			return nil, err
		}
		key, err := ParsePublicKey(in.text("key"))
		if err != nil {
			return nil, err
		}
		return nil, bundle.Check(sections[in.text("section")], key, in.time("at"))
	},
	"trust_bundle_list": func(in *caseInput) (values, error) {
		bundle, err := ParseTrustBundle(in.bytes("bundle"))
		if err != nil {
			return nil, err
		}
		listed, err := bundle.List(SectionAll, in.time("at"))
		keys := [][]string{}
		for _, key := range listed {
			keys = append(keys, []string{key.Section, key.ID, key.Status})
		}
		return values{"keys": keys}, err
	},
	"verifier_check_call": func(in *caseInput) (values, error) {
		verifier, err := NewVerifierFromJSON(in.bytes("options"))
		if err != nil {
			return nil, err
		}
		var statuses []string
		var trusted []bool
		var signers, axes []any
		for _, call := range in.list("calls") {
			report, err := verifier.CheckCall(call.text("tool"), call.optional("arguments"), call.optional("receipt"), CheckOptions{
				At: call.time("at"), Target: call.text("target"), Session: call.text("session"), CallID: call.text("call_id"),
			})
			call.allRead()
			if report == nil {
				return nil, err
			}
			if StatusOf(report.Err()) != StatusOf(err) {
				in.t.Errorf("the report says %v, the call %v", report.Err(), err)
			}
			statuses = append(statuses, StatusOf(err).String())
			trusted = append(trusted, report.Trusted())
			party, signed := report.Party(RoleAgent)
			signers = append(signers, orNull(party.Name, signed))
			axes = append(axes, firstFailed(report))
		}
		return values{"statuses": statuses, "trusted": trusted, "signers": signers, "failed": axes}, nil
	},
	"verifier_check_receipt":  checkReceipt((*Verifier).CheckReceipt),
	"verifier_check_evidence": checkReceipt((*Verifier).CheckEvidence),
	"replay_store_use_once": func(in *caseInput) (values, error) {
		store, err := NewReplayStore(member[uint64](in, "capacity"))
		if err != nil {
			return nil, err
		}
		var statuses []string
		for _, use := range in.list("uses") {
			var signer *PublicKey
			if text := use.text("signer"); text != "" {
				if signer, err = ParsePublicKey(text); err != nil {
					return nil, err
				}
			}
			err := store.UseOnce(signer, use.text("nonce"), time.Duration(member[int64](use, "lifetime_ms"))*time.Millisecond, use.time("at"))
			use.allRead()
			statuses = append(statuses, StatusOf(err).String())
		}
		return values{"statuses": statuses}, nil
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

func checkReceipt(check func(*Verifier, []byte, ...CheckOptions) (*Report, error)) func(*caseInput) (values, error) {
	return func(in *caseInput) (values, error) {
		verifier, err := NewVerifierFromJSON(in.bytes("options"))
		if err != nil {
			return nil, err
		}
		report, err := check(verifier, in.bytes("receipt"), CheckOptions{
			At: in.time("at"), Target: in.text("target"), Session: in.text("session"), CallID: in.text("call_id"),
			Arguments: in.optional("arguments"), Response: in.optional("response"),
		})
		if report == nil {
			return nil, err
		}
		return values{"trusted": report.Trusted()}, err
	}
}

func orNull(text string, there bool) any {
	if there {
		return text
	}
	return nil
}

// firstFailed is the name of the first axis that failed.
func firstFailed(report *Report) any {
	for axis := AxisStructure; axis <= AxisReplay; axis++ {
		if report.Check(axis).Result == CheckFailed {
			return axis.String()
		}
	}
	return nil
}

// signed signs with the secret of a case.
func signed(in *caseInput, sign func(*KeyPair) (*Receipt, error)) (values, error) {
	pair, err := NewKeyPair(in.hex("secret"))
	if err != nil {
		return nil, err
	}
	receipt, err := sign(pair)
	if err != nil {
		return nil, err
	}
	return values{"receipt": string(receipt.JSON())}, nil
}

func (in *caseInput) signOptions() SignOptions {
	options := SignOptions{At: in.time("at"), HashOnly: in.flag("hash_only"), expiresAt: in.text("expires_at")}
	if text := in.hex("nonce"); len(text) > 0 {
		nonce := Nonce(text)
		options.Nonce = &nonce
	}
	return options
}

func (in *caseInput) verifyOptions() (options VerifyOptions, err error) {
	duration := func(name string) time.Duration { return time.Duration(member[int64](in, name)) * time.Second }
	options = VerifyOptions{
		At: in.time("at"), IgnoreExpiry: in.flag("ignore_expiry"), AnyAgent: in.flag("any_agent"),
		MaxAge: duration("max_age_seconds"), Window: duration("window_seconds"), Skew: duration("skew_seconds"),
		NoSkew: in.flag("no_skew"), MaxLinks: member[int](in, "max_links"),
		Session: in.text("session"), CallID: in.text("call_id"),
	}
	if in.flag("any_window") {
		options.Window = Forever
	}
	options.Response = in.optional("response")
	if options.Servers, err = in.keys("servers"); err != nil {
		return options, err
	}
	if options.Roots, err = in.keys("roots"); err != nil {
		return options, err
	}
	if _, ok := in.members["bundle"]; ok {
		options.Bundle, err = ParseTrustBundle(in.bytes("bundle"))
	}
	return options, err
}

var formats = map[string]Format{"": FormatAny, "json": FormatJSON, "yaml": FormatYAML}

var sections = map[string]Section{"roots": SectionRoots, "agents": SectionAgents, "servers": SectionServers}

var fieldNames = []string{"id", "tool", "params_hash", "target", "transport", "session", "call_id", "response_hash",
	"trace_id", "parent_receipt_id", "signer_name", "signer_owner", "signer_public_key", "time", "expiry", "nonce", "signature",
	"response_time", "content_hash", "outcome_status", "outcome_reason", "outcome_error", "server_name", "server_public_key",
	"policy_decision", "chain_hash", "root_public_key"}

func init() {
	if len(fieldNames) != int(FieldRootPublicKey) {
		panic(fmt.Sprint("a field has no name: ", len(fieldNames)))
	}
}
