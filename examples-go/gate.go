package signet

/*
#include <stdint.h>
#include <signet.h>

extern int32_t signetGoStore(signet_evidence *evidence, size_t count, void *user_data);

static int32_t go_store(const signet_evidence *evidence, size_t count, void *user_data) {
	return signetGoStore((signet_evidence *)evidence, count, user_data);
}

static signet_status go_gate_judge(const signet_gate *gate, const uint8_t *message, size_t message_len,
                                   int64_t at, uintptr_t store, signet_verdict **verdict, signet_error **error) {
	return signet_gate_judge(gate, message, message_len, at, store ? go_store : NULL, (void *)store, verdict, error);
}
*/
import "C"

import (
	"encoding/json"
	"fmt"
	"runtime/cgo"
	"time"
	"unsafe"
)

// GateOptions say how a gate decides. It needs a verifier, a key pair, or both.
type GateOptions struct {
	// Verifier verifies the receipts of calls that come in; its policy decides too.
	Verifier *Verifier
	// KeyPair signs the calls that go out. Where the gate verifies too, it replaces the
	// receipt by one that names it as its parent.
	KeyPair *KeyPair
	// Policy must allow each call before it is signed.
	Policy *Policy
	// Name and Owner are the signer's; Target is the server behind the gate, Transport how
	// calls go there ("stdio" when empty), Session what they belong to.
	Name, Owner, Target, Transport, Session string
	// HashOnly keeps only the hash of the arguments in receipts.
	HashOnly bool
	// Replace replaces the receipt of a call that is not verified, instead of refusing it.
	Replace bool
	// Fulfils are the types of obligations that the caller fulfils: calls that a policy
	// allows under others only are refused.
	Fulfils []string
	// AllowLineBreaks lets messages have line breaks between their values. Not for a
	// transport with a message a line, such as stdio.
	AllowLineBreaks bool
	// ForwardUnstored lets calls through whose evidence cannot be stored.
	ForwardUnstored bool
	Limits          MessageLimits
}

// Gate decides about texts off the wire: raw bytes in, a judgement and the exact bytes to
// forward out.
type Gate struct {
	*handle[*C.signet_gate]
}

func freeGate(gate *C.signet_gate) { C.signet_gate_free(gate) }

// NewGate makes a gate.
func NewGate(options GateOptions) (*Gate, error) {
	m := members{}
	for name, text := range map[string]string{
		"name": options.Name, "owner": options.Owner, "target": options.Target,
		"transport": options.Transport, "session": options.Session,
	} {
		set(m, name, text)
	}
	set(m, "hash_only", options.HashOnly)
	set(m, "allow_line_breaks", options.AllowLineBreaks)
	if options.Replace {
		m["existing"] = "replace"
	}
	if options.ForwardUnstored {
		m["storage_failure"] = "forward"
	}
	if len(options.Fulfils) > 0 {
		m["fulfils"] = options.Fulfils
	}
	limits := members{}
	set(limits, "max_len", options.Limits.MaxLen)
	set(limits, "max_depth", options.Limits.MaxDepth)
	set(limits, "max_batch", options.Limits.MaxBatch)
	if len(limits) > 0 {
		m["limits"] = limits
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	var l lent
	defer l.done()
	var verifier *C.signet_verifier
	if options.Verifier != nil {
		if verifier, err = object(&l, options.Verifier.handle); err != nil {
			return nil, err
		}
	}
	var pair *C.signet_keypair
	if options.KeyPair != nil {
		if pair, err = object(&l, options.KeyPair.handle); err != nil {
			return nil, err
		}
	}
	policy, err := options.Policy.lend(&l)
	if err != nil {
		return nil, err
	}
	bytes, length := input(text)
	var gate *C.signet_gate
	var details *C.signet_error
	if err := failed(C.signet_gate_new(bytes, length, verifier, pair, policy, &gate, &details), details); err != nil {
		return nil, err
	}
	return &Gate{own(gate, freeGate)}, nil
}

// EvidenceKind says what evidence is.
type EvidenceKind int32

// Evidence is one thing to be kept.
type Evidence struct {
	Kind EvidenceKind
	// JSON is what [Log.AppendJSON] takes.
	JSON []byte
}

// JudgeOptions say who keeps the evidence, and when it is. No evidence is kept without
// Log and Store; there cannot be both.
type JudgeOptions struct {
	// Log keeps the evidence, as durably as it was opened for.
	Log *Log
	// Store keeps the evidence: all of it, or none and an error. It is called at most
	// once, before there is a judgement.
	Store func([]Evidence) error
	// At judges as of this time instead of the system clock, when not zero.
	At time.Time
}

// Judge decides about a text: a JSON-RPC message, or a batch of them. What is no tool call
// goes on as it came. A tool call goes on when its receipt holds, the policies allow it,
// it could be signed, and its evidence is stored; of a batch every message is decided
// about by itself. Whatever fails is a refusal in the judgement: send on what
// [Judgement.Forward] says, send back what [Judgement.Answer] says, and nothing else.
func (g *Gate) Judge(message []byte, options ...JudgeOptions) (*Judgement, error) {
	gate, err := g.use()
	if err != nil {
		return nil, err
	}
	defer g.done()
	wanted := firstOf(options)
	bytes, length := input(message)
	var verdict *C.signet_verdict
	var details *C.signet_error
	switch {
	case wanted.Log != nil && wanted.Store != nil:
		return nil, invalid("either Log or Store keeps the evidence")
	case wanted.Log != nil:
		log, err := wanted.Log.use()
		if err != nil {
			return nil, err
		}
		defer wanted.Log.done()
		status := C.signet_gate_judge_with_log(gate, bytes, length, millis(wanted.At), log, &verdict, &details)
		if err := failed(status, details); err != nil {
			return nil, err
		}
		return &Judgement{handle: own(verdict, freeJudgement)}, nil
	}
	var storing *storage
	var handle cgo.Handle
	if wanted.Store != nil {
		storing = &storage{store: wanted.Store}
		handle = cgo.NewHandle(storing)
		defer handle.Delete()
	}
	status := C.go_gate_judge(gate, bytes, length, millis(wanted.At), C.uintptr_t(handle), &verdict, &details)
	err = failed(status, details)
	if storing != nil && storing.panicked != nil {
		C.signet_verdict_free(verdict)
		panic(storing.panicked)
	}
	if err != nil {
		return nil, err
	}
	judgement := &Judgement{handle: own(verdict, freeJudgement)}
	if storing != nil {
		judgement.storeErr = storing.err
	}
	return judgement, nil
}

// storage is one call of a function that keeps evidence.
type storage struct {
	store    func([]Evidence) error
	err      error
	panicked any
}

//export signetGoStore
func signetGoStore(evidence *C.signet_evidence, count C.size_t, userData unsafe.Pointer) (answer C.int32_t) {
	storing := cgo.Handle(uintptr(userData)).Value().(*storage)
	// A panic must not unwind through C: it goes on where the judgement was asked for.
	defer func() {
		if panicked := recover(); panicked != nil {
			storing.panicked, answer = panicked, 2
		}
	}()
	var kept []Evidence
	for _, one := range unsafe.Slice(evidence, int(count)) {
		kept = append(kept, Evidence{Kind: EvidenceKind(one.kind), JSON: copied(one.json, one.json_len)})
	}
	if storing.err = storing.store(kept); storing.err != nil {
		return 1
	}
	return 0
}

// Ruling is what becomes of a message.
type Ruling int32

// Judgement is what a gate decided about a text.
type Judgement struct {
	*handle[*C.signet_verdict]
	storeErr error
}

func freeJudgement(verdict *C.signet_verdict) { C.signet_verdict_free(verdict) }

// Ruling is the most severe ruling on any of the messages.
func (j *Judgement) Ruling() Ruling {
	verdict, err := j.use()
	if err != nil {
		return RulingRefuse
	}
	defer j.done()
	return Ruling(C.signet_verdict_ruling(verdict))
}

// Forward is what to send on, exactly; nil when nothing is.
func (j *Judgement) Forward() []byte {
	verdict, err := j.use()
	if err != nil {
		return nil
	}
	defer j.done()
	var length C.size_t
	text := C.signet_verdict_forward(verdict, &length)
	return copied(text, length)
}

// Answer is what to send back, exactly: the error responses to what was refused; nil when
// there is nothing to say, as to a notification.
func (j *Judgement) Answer() []byte {
	verdict, err := j.use()
	if err != nil {
		return nil
	}
	defer j.done()
	var length C.size_t
	text := C.signet_verdict_answer(verdict, &length)
	return copied(text, length)
}

// StorageErr is why the evidence could not be stored, whether that was to be forgiven or
// not; nil when it was stored. It wraps what the Store function answered.
func (j *Judgement) StorageErr() error {
	verdict, err := j.use()
	if err != nil {
		return err
	}
	defer j.done()
	status := C.signet_verdict_storage_status(verdict)
	if status == C.SIGNET_OK {
		return nil
	}
	var length C.size_t
	text := C.signet_verdict_storage_message(verdict, &length)
	failure := &Error{Status: Status(status), Message: copiedText(text, length), Position: NoPosition}
	if j.storeErr != nil {
		return fmt.Errorf("%w: %w", failure, j.storeErr)
	}
	return failure
}

// Len is how many messages the text has: one that could not be read counts as one.
func (j *Judgement) Len() int {
	verdict, err := j.use()
	if err != nil {
		return 0
	}
	defer j.done()
	return int(C.signet_verdict_len(verdict))
}

// Judged is what a gate decided about one message.
type Judged struct {
	Ruling Ruling
	// Err is why it does not go on: for the operator, not for the other side.
	Err error
	// Evaluation is what the policy of the signing side said, as JSON; nil when none was
	// asked. What the verifier's policy said is in the report.
	Evaluation json.RawMessage
	// Call is a tool call with a receipt that goes on, to be held together with its
	// response; nil otherwise.
	Call *Call
	// Report is what the verifier found; nil when the message is no tool call, or the gate
	// does not verify.
	Report *Report
}

// Message is what was decided about one message, by its number from 0.
func (j *Judgement) Message(index int) (Judged, error) {
	verdict, err := j.use()
	if err != nil {
		return Judged{}, err
	}
	defer j.done()
	if index < 0 || C.size_t(index) >= C.signet_verdict_len(verdict) {
		return Judged{}, invalid(fmt.Sprintf("there is no message %d", index))
	}
	number := C.size_t(index)
	judged := Judged{Ruling: Ruling(C.signet_verdict_message_ruling(verdict, number))}
	var length C.size_t
	if status := C.signet_verdict_message_status(verdict, number); status != C.SIGNET_OK {
		text := C.signet_verdict_message_text(verdict, number, &length)
		judged.Err = &Error{Status: Status(status), Message: copiedText(text, length), Position: NoPosition}
	}
	text := C.signet_verdict_message_evaluation(verdict, number, &length)
	judged.Evaluation = copied(text, length)
	var call *C.signet_mcp_call
	var report *C.signet_report
	var details *C.signet_error
	if err := failed(C.signet_verdict_message_call(verdict, number, &call, &details), details); err != nil {
		return judged, err
	}
	judged.Call = ownCall(call)
	if err := failed(C.signet_verdict_message_report(verdict, number, &report, &details), details); err != nil {
		return judged, err
	}
	judged.Report = ownReport(report)
	return judged, nil
}
