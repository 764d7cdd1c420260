package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// Receipt is a signed statement that a tool call was made. Version 1 is the agent's own;
// version 2 adds the hash of the response; version 3 is a receipt that a server co-signed;
// version 4 rests on delegations. Having one says that its shape is right; only
// [Receipt.Verify] says that its signatures are.
type Receipt struct {
	*handle[*C.signet_receipt]
}

func freeReceipt(receipt *C.signet_receipt) { C.signet_receipt_free(receipt) }

func ownReceipt(receipt *C.signet_receipt) *Receipt { return &Receipt{own(receipt, freeReceipt)} }

// ParseOptions say how to read evidence.
type ParseOptions struct {
	Limits
	// Forensic reads evidence as laxly as the published Signet does. For forensic work
	// only.
	Forensic bool
}

// parseOptions are NULL when there are none, which costs least.
func parseOptions(options []ParseOptions) *C.signet_parse_options {
	if len(options) == 0 {
		return nil
	}
	native := options[0].options()
	if options[0].Forensic {
		native.flags |= C.SIGNET_PARSE_FORENSIC
	}
	return &native
}

// ParseReceipt reads a receipt of any version from JSON. Its shape is checked, its
// signatures are not.
func ParseReceipt(text []byte, options ...ParseOptions) (*Receipt, error) {
	native := parseOptions(options)
	bytes, length := input(text)
	var receipt *C.signet_receipt
	var details *C.signet_error
	if err := failed(C.signet_receipt_parse(bytes, length, native, &receipt, &details), details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// JSON is the receipt as canonical JSON (RFC 8785): what to store and to send. It is nil
// when the receipt is closed.
func (r *Receipt) JSON() []byte {
	receipt, err := r.use()
	if err != nil {
		return nil
	}
	defer r.done()
	var length C.size_t
	text := C.signet_receipt_json(receipt, &length)
	return copied(text, length)
}

// MarshalJSON is JSON, with an error when the receipt is closed.
func (r *Receipt) MarshalJSON() ([]byte, error) {
	if text := r.JSON(); text != nil {
		return text, nil
	}
	return nil, ErrClosed
}

// Params are the params that were signed, "null" in a hash-only receipt. They have every
// digit that was signed.
func (r *Receipt) Params() json.RawMessage {
	receipt, err := r.use()
	if err != nil {
		return nil
	}
	defer r.done()
	var length C.size_t
	text := C.signet_receipt_params(receipt, &length)
	return copied(text, length)
}

// Version is the version of the receipt's format.
func (r *Receipt) Version() int {
	receipt, err := r.use()
	if err != nil {
		return 0
	}
	defer r.done()
	return int(C.signet_receipt_version(receipt))
}

// Time is when the receipt says it was signed.
func (r *Receipt) Time() (time.Time, error) {
	receipt, err := r.use()
	if err != nil {
		return time.Time{}, err
	}
	defer r.done()
	var millis C.int64_t
	var details *C.signet_error
	if err := failed(C.signet_receipt_time(receipt, &millis, &details), details); err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(int64(millis)).UTC(), nil
}

// ResponseTime is when the response came, as the agent says (version 2), or when the
// server signed, as it says (version 3).
func (r *Receipt) ResponseTime() (time.Time, error) {
	receipt, err := r.use()
	if err != nil {
		return time.Time{}, err
	}
	defer r.done()
	var millis C.int64_t
	var details *C.signet_error
	if err := failed(C.signet_receipt_response_time(receipt, &millis, &details), details); err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(int64(millis)).UTC(), nil
}

// SignerKey is the public key that the receipt names as its signer's. Until it was
// verified, nothing proves that it is.
func (r *Receipt) SignerKey() ([PublicKeyLen]byte, error) {
	var raw [PublicKeyLen]byte
	receipt, err := r.use()
	if err != nil {
		return raw, err
	}
	defer r.done()
	var details *C.signet_error
	return raw, failed(C.signet_receipt_signer_key(receipt, output(raw[:]), &details), details)
}

// ServerKey is the public key that a receipt of version 3 names as the server's.
func (r *Receipt) ServerKey() ([PublicKeyLen]byte, error) {
	var raw [PublicKeyLen]byte
	receipt, err := r.use()
	if err != nil {
		return raw, err
	}
	defer r.done()
	var details *C.signet_error
	return raw, failed(C.signet_receipt_server_key(receipt, output(raw[:]), &details), details)
}

// Signature is the signature: the server's in version 3.
func (r *Receipt) Signature() ([SignatureLen]byte, error) {
	var raw [SignatureLen]byte
	receipt, err := r.use()
	if err != nil {
		return raw, err
	}
	defer r.done()
	var details *C.signet_error
	return raw, failed(C.signet_receipt_signature(receipt, output(raw[:]), &details), details)
}

// AgentReceipt takes the agent's receipt out of one of version 3, as it was signed.
func (r *Receipt) AgentReceipt() (*Receipt, error) {
	receipt, err := r.use()
	if err != nil {
		return nil, err
	}
	defer r.done()
	var inside *C.signet_receipt
	var details *C.signet_error
	if err := failed(C.signet_receipt_agent_receipt(receipt, &inside, &details), details); err != nil {
		return nil, err
	}
	return ownReceipt(inside), nil
}

// Field names a part of a receipt. In version 3 those of action and signer are the
// agent's; the id, the nonce and the signature are the server's.
type Field int32

// Lookup is a text of the receipt, and whether it has it.
func (r *Receipt) Lookup(field Field) (string, bool) {
	receipt, err := r.use()
	if err != nil {
		return "", false
	}
	defer r.done()
	var length C.size_t
	text := C.signet_receipt_text(receipt, C.int32_t(field), &length)
	return copiedText(text, length), text != nil
}

// Text is a text of the receipt, empty when it has none.
func (r *Receipt) Text(field Field) string {
	text, _ := r.Lookup(field)
	return text
}

// Value is a part of the receipt as canonical JSON, whatever its type, nil when it has
// none.
func (r *Receipt) Value(field Field) json.RawMessage {
	receipt, err := r.use()
	if err != nil {
		return nil
	}
	defer r.done()
	var length C.size_t
	text := C.signet_receipt_value(receipt, C.int32_t(field), &length)
	return copied(text, length)
}

// ID derives from the signature: "rec_" and 32 hex digits.
func (r *Receipt) ID() string { return r.Text(FieldID) }

// Tool is the name of the tool that was called.
func (r *Receipt) Tool() string { return r.Text(FieldTool) }
