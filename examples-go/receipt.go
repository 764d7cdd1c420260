package signet

// #include <signet.h>
// #cgo noescape signet_receipt_parse
// #cgo nocallback signet_receipt_parse
// #cgo noescape signet_receipt_verify
// #cgo nocallback signet_receipt_verify
// #cgo noescape signet_receipt_text
// #cgo nocallback signet_receipt_text
import "C"

import (
	"encoding/json"
	"runtime"
	"time"
)

// Receipt is a signed statement that a tool call was made. Having one says that its
// shape is right; only verification says that its signature is.
type Receipt struct {
	*handle[*C.signet_receipt]
}

func freeReceipt(receipt *C.signet_receipt) { C.signet_receipt_free(receipt) }

func ownReceipt(receipt *C.signet_receipt) *Receipt { return &Receipt{own(receipt, freeReceipt)} }

// Action is a tool call to be signed. [KeyPair.SignAction] takes the JSON of any other
// origin.
type Action struct {
	Tool string `json:"tool"`
	// Params is any JSON value; absent when nil.
	Params json.RawMessage `json:"params,omitempty"`
	// ParamsHash stands alone for params that are not disclosed.
	ParamsHash      string `json:"params_hash,omitempty"`
	Target          string `json:"target,omitempty"`
	Transport       string `json:"transport,omitempty"`
	Session         string `json:"session,omitempty"`
	CallID          string `json:"call_id,omitempty"`
	ResponseHash    string `json:"response_hash,omitempty"`
	TraceID         string `json:"trace_id,omitempty"`
	ParentReceiptID string `json:"parent_receipt_id,omitempty"`
}

// SignOptions are what may be said about a signature besides the action.
type SignOptions struct {
	// HashOnly keeps only the hash of the params in the receipt.
	HashOnly bool
	// ExpiresAt is when the receipt expires; never when zero.
	ExpiresAt time.Time
	// expiresAt is the same as text, for tests that try what is no time.
	expiresAt string
	// At signs as of this time instead of the system clock, when not zero.
	At time.Time
	// Nonce is used instead of random bytes when not nil: for reproducible tests only,
	// because a nonce that is used twice hides replays.
	Nonce *[C.SIGNET_NONCE_LEN]byte
	// MaxLen is the largest action text in bytes; 0 means 16 MiB.
	MaxLen uint64
}

// native fills in the C struct; what it points to is pinned.
func (o SignOptions) native(pinner *runtime.Pinner) C.signet_sign_options {
	var options C.signet_sign_options
	C.signet_sign_options_init(&options)
	if o.HashOnly {
		options.flags |= C.SIGNET_SIGN_HASH_ONLY
	}
	if !o.At.IsZero() {
		options.flags |= C.SIGNET_SIGN_AT
		options.now_unix_ms = C.int64_t(o.At.UnixMilli())
	}
	if o.Nonce != nil {
		options.flags |= C.SIGNET_SIGN_FIXED_NONCE
		for i, b := range o.Nonce {
			options.nonce[i] = C.uint8_t(b)
		}
	}
	if !o.ExpiresAt.IsZero() {
		o.expiresAt = o.ExpiresAt.Format(time.RFC3339Nano)
	}
	if o.expiresAt != "" {
		text := []byte(o.expiresAt)
		pinner.Pin(&text[0])
		options.expires_at, options.expires_at_len = input(text)
	}
	options.max_len = C.uint64_t(o.MaxLen)
	return options
}

// ActionFromToolsCall makes the action of an MCP "tools/call" request (JSON-RPC 2.0),
// ready for [KeyPair.SignAction]. The params are the request's arguments byte for byte.
func ActionFromToolsCall(request []byte, target, transport string) ([]byte, error) {
	requestBytes, requestLen := input(request)
	targetBytes, targetLen := inputText(target)
	transportBytes, transportLen := inputText(transport)
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_action_from_tools_call(requestBytes, requestLen, targetBytes, targetLen,
		transportBytes, transportLen, nil, &buffer, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// SignCall signs a tool call in the name of the agent.
func (p *KeyPair) SignCall(action Action, name, owner string, options ...SignOptions) (*Receipt, error) {
	text, err := json.Marshal(action)
	if err != nil {
		return nil, err
	}
	return p.SignAction(text, name, owner, options...)
}

// SignAction signs a tool call that is given as a JSON object with the members of
// [Action]. Numbers that a float64 would round are kept whole.
func (p *KeyPair) SignAction(action []byte, name, owner string, options ...SignOptions) (*Receipt, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	var pinner runtime.Pinner
	defer pinner.Unpin()
	native := firstOf(options).native(&pinner)
	actionBytes, actionLen := input(action)
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	var receipt *C.signet_receipt
	var details *C.signet_error
	status := C.signet_receipt_sign(pair, actionBytes, actionLen, nameBytes, nameLen, ownerBytes, ownerLen,
		&native, &receipt, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// ParseOptions say how to read a receipt.
type ParseOptions struct {
	Limits
	// Forensic reads evidence as laxly as the published Signet does. For forensic work
	// only.
	Forensic bool
}

// ParseReceipt reads a receipt from JSON. Its shape is checked, its signature is not.
func ParseReceipt(text []byte, options ...ParseOptions) (*Receipt, error) {
	wanted := firstOf(options)
	native := wanted.options()
	if wanted.Forensic {
		native.flags |= C.SIGNET_PARSE_FORENSIC
	}
	bytes, length := input(text)
	var receipt *C.signet_receipt
	var details *C.signet_error
	if err := failed(C.signet_receipt_parse(bytes, length, &native, &receipt, &details), details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// VerifyOptions are what to hold a receipt to besides its signature.
type VerifyOptions struct {
	// IgnoreExpiry does not judge the expiry: evidence keeps its worth after it.
	IgnoreExpiry bool
	// At judges as of this time instead of the system clock, when not zero.
	At time.Time
}

// Verify verifies a receipt: nil, or do not believe it. The signature must verify
// strictly under the key that the receipt names, and that key must be a trusted one.
func (r *Receipt) Verify(trusted []*PublicKey, options ...VerifyOptions) error {
	receipt, err := r.use()
	if err != nil {
		return err
	}
	defer r.done()
	wanted := firstOf(options)
	var native C.signet_verify_options
	C.signet_verify_options_init(&native)
	if wanted.IgnoreExpiry {
		native.flags |= C.SIGNET_VERIFY_IGNORE_EXPIRY
	}
	if !wanted.At.IsZero() {
		native.flags |= C.SIGNET_VERIFY_AT
		native.now_unix_ms = C.int64_t(wanted.At.UnixMilli())
	}
	keys, done, err := borrowKeys(trusted)
	if err != nil {
		return err
	}
	defer done()
	list, length := keyList(keys)
	var details *C.signet_error
	return failed(C.signet_receipt_verify(receipt, list, length, &native, &details), details)
}

// borrowKeys lends the objects of keys until done is called.
func borrowKeys(keys []*PublicKey) (borrowed []*C.signet_public_key, done func(), err error) {
	release := func(used []*PublicKey) {
		for _, key := range used {
			key.done()
		}
	}
	for i, key := range keys {
		object, err := key.use()
		if err != nil {
			release(keys[:i])
			return nil, nil, err
		}
		borrowed = append(borrowed, object)
	}
	return borrowed, func() { release(keys) }, nil
}

func keyList(keys []*C.signet_public_key) (**C.signet_public_key, C.size_t) {
	if len(keys) == 0 {
		return nil, 0
	}
	return &keys[0], C.size_t(len(keys))
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

// Field names a text of a receipt.
type Field int32

// The texts of a receipt.
const (
	FieldID              Field = C.SIGNET_FIELD_ID
	FieldTool            Field = C.SIGNET_FIELD_TOOL
	FieldParamsHash      Field = C.SIGNET_FIELD_PARAMS_HASH
	FieldTarget          Field = C.SIGNET_FIELD_TARGET
	FieldTransport       Field = C.SIGNET_FIELD_TRANSPORT
	FieldSession         Field = C.SIGNET_FIELD_SESSION
	FieldCallID          Field = C.SIGNET_FIELD_CALL_ID
	FieldResponseHash    Field = C.SIGNET_FIELD_RESPONSE_HASH
	FieldTraceID         Field = C.SIGNET_FIELD_TRACE_ID
	FieldParentReceiptID Field = C.SIGNET_FIELD_PARENT_RECEIPT_ID
	FieldSignerName      Field = C.SIGNET_FIELD_SIGNER_NAME
	FieldSignerOwner     Field = C.SIGNET_FIELD_SIGNER_OWNER
	FieldSignerPublicKey Field = C.SIGNET_FIELD_SIGNER_PUBLIC_KEY
	FieldTime            Field = C.SIGNET_FIELD_TIME
	FieldExpiry          Field = C.SIGNET_FIELD_EXPIRY
	FieldNonce           Field = C.SIGNET_FIELD_NONCE
	FieldSignature       Field = C.SIGNET_FIELD_SIGNATURE
)

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

// ID derives from the signature: "rec_" and 32 hex digits.
func (r *Receipt) ID() string { return r.Text(FieldID) }

// Tool is the name of the tool that was called.
func (r *Receipt) Tool() string { return r.Text(FieldTool) }
