package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"math"
	"time"
)

// Forever is a time without an end.
const Forever time.Duration = math.MaxInt64

// VerifyOptions are what is trusted and expected besides the agents' keys. Zero members
// mean: no servers, no roots, not expired by the system clock.
type VerifyOptions struct {
	// Servers may co-sign (version 3).
	Servers []*PublicKey
	// Roots may delegate in the first place (version 4).
	Roots []*PublicKey
	// Bundle is agents, servers and roots that are trusted besides, each as of the time
	// at which is judged.
	Bundle *TrustBundle
	// At judges as of this time instead of the system clock, when not zero. For old
	// evidence: a time at which it is known to have existed, such as that of its log
	// record.
	At time.Time
	// IgnoreExpiry does not judge the expiry of receipts: evidence keeps its worth after
	// it. That of keys and delegations is always judged.
	IgnoreExpiry bool
	// AnyAgent takes any agent in a receipt that a trusted server co-signed.
	AnyAgent bool
	// MaxAge is how old the evidence may be; 0 means any age.
	MaxAge time.Duration
	// Window is how long after the agent a server may have signed; 0 means 5 minutes,
	// Forever any time.
	Window time.Duration
	// Skew is by how much the clocks of signers and verifier may differ; 0 means a
	// minute, unless NoSkew is set.
	Skew   time.Duration
	NoSkew bool
	// MaxLinks is how many delegations may stand between root and agent; 0 means 16.
	MaxLinks int
	// Session and CallID are what the call must belong to; any when empty.
	Session, CallID string
	// Response is the response that the receipt must speak of, as JSON text; not looked
	// at when nil.
	Response []byte
}

// verifyOptions are NULL when there are none, which costs least.
func verifyOptions(l *lent, options []VerifyOptions) (native *C.signet_verify_options, err error) {
	if len(options) == 0 {
		return nil, nil
	}
	o, native := options[0], new(C.signet_verify_options)
	C.signet_verify_options_init(native)
	for _, choice := range []struct {
		chosen bool
		flag   C.uint32_t
	}{
		{o.IgnoreExpiry, C.SIGNET_VERIFY_IGNORE_EXPIRY}, {o.AnyAgent, C.SIGNET_VERIFY_ANY_AGENT},
		{o.NoSkew, C.SIGNET_VERIFY_NO_SKEW}, {!o.At.IsZero(), C.SIGNET_VERIFY_AT},
	} {
		if choice.chosen {
			native.flags |= choice.flag
		}
	}
	if !o.At.IsZero() {
		native.now_unix_ms = C.int64_t(o.At.UnixMilli())
	}
	if native.max_age_seconds, err = seconds(o.MaxAge); err != nil {
		return native, err
	}
	if native.skew_seconds, err = seconds(o.Skew); err != nil {
		return native, err
	}
	if native.window_seconds, err = seconds(o.Window); err != nil {
		return native, err
	}
	if o.Window == Forever {
		native.window_seconds = C.SIGNET_ANY_WINDOW
	}
	if native.servers, native.servers_len, err = l.keys(o.Servers); err != nil {
		return native, err
	}
	if native.roots, native.roots_len, err = l.keys(o.Roots); err != nil {
		return native, err
	}
	if native.bundle, err = o.Bundle.lend(l); err != nil {
		return native, err
	}
	if o.MaxLinks < 0 {
		return native, invalid("MaxLinks is negative")
	}
	native.max_links = C.size_t(o.MaxLinks)
	native.session, native.session_len = l.text(o.Session)
	native.call_id, native.call_id_len = l.text(o.CallID)
	native.response, native.response_len = l.bytes(o.Response)
	return native, nil
}

// Verify verifies a receipt of any version: nil, or do not believe it. Every signature
// must verify strictly under the key that the receipt names, and these keys must be
// trusted ones.
func (r *Receipt) Verify(trusted []*PublicKey, options ...VerifyOptions) error {
	receipt, err := r.use()
	if err != nil {
		return err
	}
	defer r.done()
	var l lent
	defer l.done()
	native, err := verifyOptions(&l, options)
	if err != nil {
		return err
	}
	list, length, err := l.keys(trusted)
	if err != nil {
		return err
	}
	var details *C.signet_error
	return failed(C.signet_receipt_verify(receipt, list, length, native, &details), details)
}

// Signers are who signed a receipt that verified. Keys are "ed25519:" texts.
type Signers struct {
	Version int    `json:"version"`
	Agent   string `json:"agent"`
	// AgentTrusted says whether the agent is a trusted one: see VerifyOptions.AnyAgent.
	AgentTrusted bool `json:"agent_trusted"`
	// Server co-signed (version 3).
	Server string `json:"server,omitempty"`
	// Root is where the delegations start, Delegations are their ids, and Scope is what
	// the agent was allowed to do (version 4).
	Root        string   `json:"root,omitempty"`
	Delegations []string `json:"delegations,omitempty"`
	Scope       *Scope   `json:"scope,omitempty"`
}

// VerifySigners verifies a receipt as Verify does, and answers who signed it.
func (r *Receipt) VerifySigners(trusted []*PublicKey, options ...VerifyOptions) (Signers, error) {
	var signers Signers
	text, err := r.verifySigners(trusted, options)
	if err == nil {
		err = json.Unmarshal(text, &signers)
	}
	return signers, err
}

func (r *Receipt) verifySigners(trusted []*PublicKey, options []VerifyOptions) ([]byte, error) {
	receipt, err := r.use()
	if err != nil {
		return nil, err
	}
	defer r.done()
	var l lent
	defer l.done()
	native, err := verifyOptions(&l, options)
	if err != nil {
		return nil, err
	}
	list, length, err := l.keys(trusted)
	if err != nil {
		return nil, err
	}
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_receipt_verify_signers(receipt, list, length, native, &buffer, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// CheckResponse asks whether a response, as JSON text, is the one that a receipt of
// version 2 or 3 speaks of. It says nothing about signatures: see VerifyOptions.Response
// for both.
func (r *Receipt) CheckResponse(response []byte, limits ...Limits) error {
	receipt, err := r.use()
	if err != nil {
		return err
	}
	defer r.done()
	native := firstOf(limits).options()
	bytes, length := input(response)
	var details *C.signet_error
	return failed(C.signet_receipt_check_response(receipt, bytes, length, &native, &details), details)
}
