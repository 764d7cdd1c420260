package signet

// Messages of the Model Context Protocol: what is signed and verified is the raw text, so
// that no parser stands between what was signed and what is run.

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// Call is a tool call that was signed or verified, to be held together with its response.
type Call struct {
	*handle[*C.signet_mcp_call]
}

func freeCall(call *C.signet_mcp_call) { C.signet_mcp_call_free(call) }

// ownCall is nil for none.
func ownCall(call *C.signet_mcp_call) *Call {
	if call == nil {
		return nil
	}
	return &Call{own(call, freeCall)}
}

// Close releases the call; nothing when there is none.
func (c *Call) Close() error {
	if c == nil {
		return nil
	}
	return c.handle.Close()
}

// ID is the id of the request, byte for byte as it came: a JSON string, number or null. It
// is nil in a notification, and in params that were verified by themselves.
func (c *Call) ID() json.RawMessage {
	call, err := c.use()
	if err != nil {
		return nil
	}
	defer c.done()
	var length C.size_t
	text := C.signet_mcp_call_id(call, &length)
	return copied(text, length)
}

// Receipt is the receipt of the call.
func (c *Call) Receipt() (*Receipt, error) {
	call, err := c.use()
	if err != nil {
		return nil, err
	}
	defer c.done()
	var receipt *C.signet_receipt
	var details *C.signet_error
	if err := failed(C.signet_mcp_call_receipt(call, &receipt, &details), details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// MessageLimits bound what is read and written. Zero members mean the library's defaults.
type MessageLimits struct {
	Limits
	// MaxBatch is how many messages a batch may hold; 0 means 1000.
	MaxBatch uint32
}

// RequestOptions are what a receipt says about a call besides the call itself.
type RequestOptions struct {
	// Target is the server that the call goes to, for example "mcp://files"; Transport is
	// how it goes there, "stdio" when empty.
	Target, Transport string
	// Session, TraceID and ParentReceiptID are what the call belongs to.
	Session, TraceID, ParentReceiptID string
	// HashOnly keeps only the hash of the arguments in the receipt.
	HashOnly bool
	// Replace replaces the receipt that a call carries already, instead of refusing it.
	Replace bool
	// ExpiresAt is when the receipts expire; never when zero.
	ExpiresAt time.Time
	// Policy must allow each call, which its receipt then says. Fulfils are the types of
	// obligations that the caller fulfils: a call that is allowed under another one only
	// is not signed.
	Policy  *Policy
	Fulfils []string
	// At signs as of this time instead of the system clock, when not zero.
	At     time.Time
	Limits MessageLimits
}

func (o RequestOptions) native(l *lent) (native C.signet_mcp_request_options, err error) {
	C.signet_mcp_request_options_init(&native)
	for _, choice := range []struct {
		chosen bool
		flag   C.uint32_t
	}{{o.HashOnly, C.SIGNET_SIGN_HASH_ONLY}, {o.Replace, C.SIGNET_SIGN_REPLACE}, {!o.At.IsZero(), C.SIGNET_SIGN_AT}} {
		if choice.chosen {
			native.flags |= choice.flag
		}
	}
	if !o.At.IsZero() {
		native.now_unix_ms = C.int64_t(o.At.UnixMilli())
	}
	native.max_len, native.max_depth = C.uint64_t(o.Limits.MaxLen), C.uint32_t(o.Limits.MaxDepth)
	native.max_batch = C.uint32_t(o.Limits.MaxBatch)
	native.target, native.target_len = l.text(o.Target)
	native.transport, native.transport_len = l.text(o.Transport)
	native.session, native.session_len = l.text(o.Session)
	native.trace_id, native.trace_id_len = l.text(o.TraceID)
	native.parent_receipt_id, native.parent_receipt_id_len = l.text(o.ParentReceiptID)
	if !o.ExpiresAt.IsZero() {
		native.expires_at, native.expires_at_len = l.text(o.ExpiresAt.Format(time.RFC3339Nano))
	}
	if len(o.Fulfils) > 0 {
		text, err := json.Marshal(o.Fulfils)
		if err != nil {
			return native, err
		}
		native.fulfils, native.fulfils_len = l.bytes(text)
	}
	native.policy, err = o.Policy.lend(l)
	return native, err
}

// SignedRequest is a message with its receipts.
type SignedRequest struct {
	// Message is what to send, exactly: what was given, receipts let in.
	Message []byte
	// Calls are those that were signed, in order.
	Calls []*Call
}

// SignRequest signs the tool calls in a JSON-RPC message, or in a batch of messages: each
// gets a receipt of version 1 at params._meta._signet. No other byte changes, and what is
// no tool call comes back as it was given. When one call of a batch cannot be signed, none
// is.
func (p *KeyPair) SignRequest(message []byte, name, owner string, options ...RequestOptions) (*SignedRequest, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	var l lent
	defer l.done()
	native, err := firstOf(options).native(&l)
	if err != nil {
		return nil, err
	}
	messageBytes, messageLen := input(message)
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	var result *C.signet_mcp_signed
	var details *C.signet_error
	status := C.signet_mcp_sign_request(pair, messageBytes, messageLen, nameBytes, nameLen, ownerBytes, ownerLen,
		&native, &result, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	defer C.signet_mcp_signed_free(result)
	var length C.size_t
	text := C.signet_mcp_signed_message(result, &length)
	signed := &SignedRequest{Message: copied(text, length)}
	for index := range C.signet_mcp_signed_len(result) {
		var call *C.signet_mcp_call
		if err := failed(C.signet_mcp_signed_call(result, index, &call, &details), details); err != nil {
			return nil, err
		}
		signed.Calls = append(signed.Calls, ownCall(call))
	}
	return signed, nil
}

// VerifyRequest verifies one "tools/call" message as it came off the wire, at a time,
// which is now when zero: its tool and its arguments must be those that were signed. Run
// the tool only when the error is nil. The report is there whenever the call was judged;
// the call is nil when it is refused or carries no receipt. For batches there is [Gate].
func (v *Verifier) VerifyRequest(message []byte, at time.Time) (*Call, *Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, nil, err
	}
	defer v.done()
	bytes, length := input(message)
	var report *C.signet_report
	var call *C.signet_mcp_call
	var details *C.signet_error
	status := C.signet_mcp_verify_request(verifier, bytes, length, millis(at), &report, &call, &details)
	return ownCall(call), ownReport(report), failed(status, details)
}

// VerifyParams verifies the params of a "tools/call" request by themselves, for servers
// that get no more than those from their framework. They must be the bytes that came.
func (v *Verifier) VerifyParams(params []byte, at time.Time) (*Call, *Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, nil, err
	}
	defer v.done()
	bytes, length := input(params)
	var report *C.signet_report
	var call *C.signet_mcp_call
	var details *C.signet_error
	status := C.signet_mcp_verify_params(verifier, bytes, length, millis(at), &report, &call, &details)
	return ownCall(call), ownReport(report), failed(status, details)
}

// ResponseOptions are what a server says about a response besides the response itself.
type ResponseOptions struct {
	// Outcome is what became of the call; as the response says itself when nil.
	Outcome *Outcome
	// At signs as of this time instead of the system clock, when not zero.
	At     time.Time
	Limits Limits
}

// SignedResponse is a response with its receipt.
type SignedResponse struct {
	// Message is what to send, exactly.
	Message []byte
	// Receipt is the co-signed receipt (version 3).
	Receipt *Receipt
	// Embedded says whether the receipt is in the message: an error response has no place
	// for one.
	Embedded bool
}

// SignResponse co-signs the response to a call, one JSON-RPC message: a receipt of version
// 3 at result._meta._signet_bilateral. No other byte changes.
func (p *KeyPair) SignResponse(call *Call, response []byte, name string, options ...ResponseOptions) (*SignedResponse, error) {
	return p.signAnswer(call, response, name, firstOf(options), false)
}

// SignResult co-signs what a response carries, where a framework hands out no more than
// that: the receipt stands at _meta._signet_bilateral of the result.
func (p *KeyPair) SignResult(call *Call, result []byte, name string, options ...ResponseOptions) (*SignedResponse, error) {
	return p.signAnswer(call, result, name, firstOf(options), true)
}

func (p *KeyPair) signAnswer(call *Call, answer []byte, name string, options ResponseOptions, bare bool) (*SignedResponse, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	about, err := call.use()
	if err != nil {
		return nil, err
	}
	defer call.done()
	outcome, err := options.Outcome.text()
	if err != nil {
		return nil, err
	}
	var l lent
	defer l.done()
	var native C.signet_mcp_response_options
	C.signet_mcp_response_options_init(&native)
	if !options.At.IsZero() {
		native.flags |= C.SIGNET_SIGN_AT
		native.now_unix_ms = C.int64_t(options.At.UnixMilli())
	}
	native.max_len, native.max_depth = C.uint64_t(options.Limits.MaxLen), C.uint32_t(options.Limits.MaxDepth)
	native.outcome, native.outcome_len = l.bytes(outcome)
	bytes, length := input(answer)
	nameBytes, nameLen := inputText(name)
	var message *C.signet_buffer
	var receipt *C.signet_receipt
	var embedded C.int32_t
	var details *C.signet_error
	var status C.signet_status
	if bare {
		status = C.signet_mcp_sign_result(pair, about, bytes, length, nameBytes, nameLen, &native,
			&message, &receipt, &embedded, &details)
	} else {
		status = C.signet_mcp_sign_response(pair, about, bytes, length, nameBytes, nameLen, &native,
			&message, &receipt, &embedded, &details)
	}
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &SignedResponse{Message: taken(message), Receipt: ownReceipt(receipt), Embedded: embedded != 0}, nil
}

// VerifyResponse verifies the response to a call, at a time, which is now when zero: it
// must carry the id of the call, and a receipt of version 3 over that very call and over
// the response. It answers the response without the receipt, which is what was signed;
// rely on it only when the error is nil. The report is there whenever the receipt was
// judged.
func (v *Verifier) VerifyResponse(call *Call, response []byte, at time.Time) ([]byte, *Report, error) {
	return v.verifyAnswer(call, response, at, false)
}

// VerifyResult verifies what a response carries, where a framework hands out no more than
// that.
func (v *Verifier) VerifyResult(call *Call, result []byte, at time.Time) ([]byte, *Report, error) {
	return v.verifyAnswer(call, result, at, true)
}

func (v *Verifier) verifyAnswer(call *Call, answer []byte, at time.Time, bare bool) ([]byte, *Report, error) {
	verifier, err := v.use()
	if err != nil {
		return nil, nil, err
	}
	defer v.done()
	about, err := call.use()
	if err != nil {
		return nil, nil, err
	}
	defer call.done()
	bytes, length := input(answer)
	var report *C.signet_report
	var signed *C.signet_buffer
	var details *C.signet_error
	var status C.signet_status
	if bare {
		status = C.signet_mcp_verify_result(verifier, about, bytes, length, millis(at), &report, &signed, &details)
	} else {
		status = C.signet_mcp_verify_response(verifier, about, bytes, length, millis(at), &report, &signed, &details)
	}
	return taken(signed), ownReport(report), failed(status, details)
}
