package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// VerifierOptions are whom a verifier trusts, and what it holds every call to. Nobody is
// trusted unless named; other zero members mean the library's defaults.
type VerifierOptions struct {
	// Agents may sign, Servers co-sign (version 3), Roots delegate (version 4), and the
	// decisions of Authorities are believed.
	Agents, Servers, Roots, Authorities []*PublicKey
	// Bundle is agents, servers and roots that are trusted, each within its time.
	Bundle *TrustBundle
	// Revoked is since when delegations and decisions are revoked, by their ids.
	Revoked map[string]time.Time
	// Policy decides about every call, with the counters of this value.
	Policy *Policy
	// Replay is where used nonces are remembered; in memory when nil. NoReplayCheck
	// remembers none: every receipt can be used again.
	Replay        *ReplayStore
	NoReplayCheck bool
	// MaxAge is how old a receipt may be; 0 means 5 minutes.
	MaxAge time.Duration
	// Skew is by how much clocks may differ; 0 means 30 seconds, unless NoSkew is set.
	Skew   time.Duration
	NoSkew bool
	// Window is how long after the agent a server may have signed; 0 means 5 minutes,
	// Forever any time.
	Window time.Duration
	// NotBefore refuses what was signed earlier: with a store in memory, the time of the
	// program's start.
	NotBefore time.Time
	// Targets are those that a receipt may be for; any when empty. Session and CallID are
	// what it must belong to.
	Targets         []string
	Session, CallID string
	// AllowUnsigned lets calls without a receipt through, AllowUntrusted those of any
	// signer, AllowHashOnly those whose receipt does not show the arguments.
	AllowUnsigned, AllowUntrusted, AllowHashOnly bool
	// RequireDelegation and RequireDecision refuse a receipt that rests on none.
	RequireDelegation, RequireDecision bool
	// MaxLinks is how many delegations may stand between root and agent; 0 means 16.
	MaxLinks int
	// Limits bound what is read.
	Limits Limits
}

// members is an object of JSON options without what is a default.
type members map[string]any

func set[T comparable](m members, name string, value T) {
	var none T
	if value != none {
		m[name] = value
	}
}

func (m members) duration(name string, d time.Duration) error {
	whole, err := seconds(d)
	set(m, name, uint64(whole))
	return err
}

func (o VerifierOptions) json() ([]byte, error) {
	m := members{}
	if err := m.duration("max_age_seconds", o.MaxAge); err != nil {
		return nil, err
	}
	if err := m.duration("clock_skew_seconds", o.Skew); err != nil {
		return nil, err
	}
	if o.NoSkew {
		m["clock_skew_seconds"] = 0
	}
	if err := m.duration("response_window_seconds", o.Window); err != nil {
		return nil, err
	}
	if o.Window == Forever {
		m["response_window_seconds"] = 0
	}
	if !o.NotBefore.IsZero() {
		m["not_before"] = o.NotBefore.Format(time.RFC3339Nano)
	}
	if len(o.Revoked) > 0 {
		m["revoked"] = o.Revoked
	}
	if len(o.Targets) > 0 {
		m["targets"] = o.Targets
	}
	set(m, "session", o.Session)
	set(m, "call_id", o.CallID)
	for name, choice := range map[string]struct{ chosen, value bool }{
		"require_signature":      {o.AllowUnsigned, false},
		"require_trusted_signer": {o.AllowUntrusted, false},
		"allow_hash_only":        {o.AllowHashOnly, true},
		"require_delegation":     {o.RequireDelegation, true},
		"require_decision":       {o.RequireDecision, true},
	} {
		if choice.chosen {
			m[name] = choice.value
		}
	}
	if o.NoReplayCheck {
		m["replay"] = "off"
	}
	set(m, "max_chain_links", o.MaxLinks)
	limits := members{}
	set(limits, "max_len", o.Limits.MaxLen)
	set(limits, "max_depth", o.Limits.MaxDepth)
	if len(limits) > 0 {
		m["limits"] = limits
	}
	return json.Marshal(m)
}

// Verifier stands in front of tools: it judges whether a call may be made, and whether a
// receipt can be relied on. It remembers what was used, so that a receipt passes once.
type Verifier struct {
	*handle[*C.signet_verifier]
}

func freeVerifier(verifier *C.signet_verifier) { C.signet_verifier_free(verifier) }

// NewVerifier makes a verifier.
func NewVerifier(options VerifierOptions) (*Verifier, error) {
	text, err := options.json()
	if err != nil {
		return nil, err
	}
	return newVerifier(text, options)
}

// NewVerifierFromJSON makes a verifier from options in JSON, as they stand in a file of
// settings: the header says what may stand there, at signet_verifier_new.
func NewVerifierFromJSON(options []byte) (*Verifier, error) {
	return newVerifier(options, VerifierOptions{})
}

// newVerifier takes what is JSON from the text, and values from the options.
func newVerifier(text []byte, options VerifierOptions) (_ *Verifier, err error) {
	var l lent
	defer l.done()
	var native C.signet_verifier_options
	C.signet_verifier_options_init(&native)
	if native.trusted_keys, native.trusted_keys_len, err = l.keys(options.Agents); err != nil {
		return nil, err
	}
	if native.trusted_servers, native.trusted_servers_len, err = l.keys(options.Servers); err != nil {
		return nil, err
	}
	if native.trusted_roots, native.trusted_roots_len, err = l.keys(options.Roots); err != nil {
		return nil, err
	}
	if native.trusted_authorities, native.trusted_authorities_len, err = l.keys(options.Authorities); err != nil {
		return nil, err
	}
	if native.bundle, err = options.Bundle.lend(&l); err != nil {
		return nil, err
	}
	if native.policy, err = options.Policy.lend(&l); err != nil {
		return nil, err
	}
	if options.Replay != nil {
		if native.replay_store, err = object(&l, options.Replay.handle); err != nil {
			return nil, err
		}
	}
	bytes, length := input(text)
	var verifier *C.signet_verifier
	var details *C.signet_error
	if err := failed(C.signet_verifier_new(bytes, length, &native, &verifier, &details), details); err != nil {
		return nil, err
	}
	return &Verifier{own(verifier, freeVerifier)}, nil
}

// CheckOptions are what one call or receipt is held to, besides what the verifier holds
// everything to. Zero members mean anything.
type CheckOptions struct {
	// Target is what it was presented to.
	Target string
	// Session and CallID are what it must belong to, the id as receipts write it: "n:7",
	// "s:abc".
	Session, CallID string
	// Arguments are for receipts alone: those that were called with, as JSON text.
	Arguments []byte
	// Response is for receipts of version 2 and 3: the response, as JSON text.
	Response []byte
	// At judges as of this time instead of the system clock, when not zero.
	At time.Time
}

func (o CheckOptions) native(l *lent) (native C.signet_check_options) {
	C.signet_check_options_init(&native)
	native.target, native.target_len = l.text(o.Target)
	native.session, native.session_len = l.text(o.Session)
	native.call_id, native.call_id_len = l.text(o.CallID)
	native.arguments, native.arguments_len = l.bytes(o.Arguments)
	native.response, native.response_len = l.bytes(o.Response)
	return native
}

// CheckCall judges a call of a tool that is about to be made. Make it only when the error
// is nil: then the receipt's nonce is used up. The arguments are a JSON text, byte for
// byte what the tool will read, nil when there are none; the receipt is nil when none
// came. The report is there whenever the call was judged, also when it is refused.
func (v *Verifier) CheckCall(tool string, arguments, receipt []byte, options ...CheckOptions) (*Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, err
	}
	defer v.done()
	wanted := firstOf(options)
	var l lent
	defer l.done()
	native := wanted.native(&l)
	toolBytes, toolLen := inputText(tool)
	argumentBytes, argumentLen := input(arguments)
	receiptBytes, receiptLen := input(receipt)
	var report *C.signet_report
	var details *C.signet_error
	status := C.signet_verifier_check_call(verifier, toolBytes, toolLen, argumentBytes, argumentLen,
		receiptBytes, receiptLen, millis(wanted.At), &native, &report, &details)
	return ownReport(report), failed(status, details)
}

// CheckReceipt judges a receipt that was just received, of any version and without a call,
// such as a server's co-signature, with freshness and replay. A policy is not asked.
func (v *Verifier) CheckReceipt(receipt []byte, options ...CheckOptions) (*Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, err
	}
	defer v.done()
	wanted := firstOf(options)
	var l lent
	defer l.done()
	native := wanted.native(&l)
	bytes, length := input(receipt)
	var report *C.signet_report
	var details *C.signet_error
	status := C.signet_verifier_check_receipt(verifier, bytes, length, millis(wanted.At), &native, &report, &details)
	return ownReport(report), failed(status, details)
}

// CheckEvidence judges a receipt as evidence of the past: as of a time at which it is
// known to have existed, such as that of its log record. Neither age nor replay is looked
// at, and nothing is recorded.
func (v *Verifier) CheckEvidence(receipt []byte, options ...CheckOptions) (*Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, err
	}
	defer v.done()
	wanted := firstOf(options)
	var l lent
	defer l.done()
	native := wanted.native(&l)
	bytes, length := input(receipt)
	var report *C.signet_report
	var details *C.signet_error
	status := C.signet_verifier_check_evidence(verifier, bytes, length, millis(wanted.At), &native, &report, &details)
	return ownReport(report), failed(status, details)
}
