package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

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

// Nonce is what makes two signatures over the same call different.
type Nonce [C.SIGNET_NONCE_LEN]byte

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
	Nonce *Nonce
	// MaxLen is the largest action text in bytes; 0 means 16 MiB.
	MaxLen uint64
}

// signOptions are NULL when there are none, which costs least.
func signOptions(l *lent, options []SignOptions) *C.signet_sign_options {
	if len(options) == 0 {
		return nil
	}
	o, native := options[0], new(C.signet_sign_options)
	C.signet_sign_options_init(native)
	if o.HashOnly {
		native.flags |= C.SIGNET_SIGN_HASH_ONLY
	}
	signAs(&native.flags, &native.now_unix_ms, &native.nonce, o.At, o.Nonce)
	if !o.ExpiresAt.IsZero() {
		o.expiresAt = o.ExpiresAt.Format(time.RFC3339Nano)
	}
	native.expires_at, native.expires_at_len = l.text(o.expiresAt)
	native.max_len = C.uint64_t(o.MaxLen)
	return native
}

// signAs fills in what every kind of signature can be told.
func signAs(flags *C.uint32_t, now *C.int64_t, nonce *[C.SIGNET_NONCE_LEN]C.uint8_t, at time.Time, fixed *Nonce) {
	if !at.IsZero() {
		*flags |= C.SIGNET_SIGN_AT
		*now = C.int64_t(at.UnixMilli())
	}
	if fixed != nil {
		*flags |= C.SIGNET_SIGN_FIXED_NONCE
		for i, b := range fixed {
			nonce[i] = C.uint8_t(b)
		}
	}
}

// ActionFromToolsCall makes the action of an MCP "tools/call" request (JSON-RPC 2.0),
// ready for [KeyPair.SignAction]. The params are the request's arguments byte for byte.
func ActionFromToolsCall(request []byte, target, transport string, limits ...Limits) ([]byte, error) {
	native := firstOf(limits).options()
	requestBytes, requestLen := input(request)
	targetBytes, targetLen := inputText(target)
	transportBytes, transportLen := inputText(transport)
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_action_from_tools_call(requestBytes, requestLen, targetBytes, targetLen,
		transportBytes, transportLen, &native, &buffer, &details)
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
	var l lent
	defer l.done()
	native := signOptions(&l, options)
	actionBytes, actionLen := input(action)
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	var receipt *C.signet_receipt
	var details *C.signet_error
	status := C.signet_receipt_sign(pair, actionBytes, actionLen, nameBytes, nameLen, ownerBytes, ownerLen,
		native, &receipt, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// OutcomeStatus says what became of a call.
type OutcomeStatus string

// What can become of a call.
const (
	OutcomeVerified         OutcomeStatus = "verified"
	OutcomeRejected         OutcomeStatus = "rejected"
	OutcomeRequiresApproval OutcomeStatus = "requires_approval"
	OutcomeExecuted         OutcomeStatus = "executed"
	OutcomeFailed           OutcomeStatus = "failed"
)

// Outcome is what became of a call, in receipts that speak of a response.
type Outcome struct {
	Status OutcomeStatus `json:"status"`
	// Reason is why it was rejected or needs approval.
	Reason string `json:"reason,omitempty"`
	// Error is how it failed.
	Error string `json:"error,omitempty"`
}

// text is the outcome as the library reads it, nil for none.
func (o *Outcome) text() ([]byte, error) {
	if o == nil {
		return nil, nil
	}
	return json.Marshal(o)
}

// Exchange is a response, when it was asked for and when it came.
type Exchange struct {
	// Response is the response, any JSON text. Only its hash is kept.
	Response []byte
	// Outcome is what became of the call; unsaid when nil.
	Outcome *Outcome
	// RequestedAt and RespondedAt are when the request went out and the response came.
	RequestedAt, RespondedAt time.Time
	// The same as texts, for tests that fix every byte.
	outcome                  []byte
	requestedAt, respondedAt string
}

// SignCompound signs a tool call and its response in one: a receipt of version 2. The
// times are those of the exchange, so the options must not say At, nor ExpiresAt.
func (p *KeyPair) SignCompound(action []byte, exchange Exchange, name, owner string, options ...SignOptions) (*Receipt, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	if exchange.Outcome != nil {
		if exchange.outcome, err = exchange.Outcome.text(); err != nil {
			return nil, err
		}
	}
	if !exchange.RequestedAt.IsZero() {
		exchange.requestedAt = exchange.RequestedAt.Format(time.RFC3339Nano)
	}
	if !exchange.RespondedAt.IsZero() {
		exchange.respondedAt = exchange.RespondedAt.Format(time.RFC3339Nano)
	}
	var l lent
	defer l.done()
	native := signOptions(&l, options)
	actionBytes, actionLen := input(action)
	responseBytes, responseLen := input(exchange.Response)
	outcomeBytes, outcomeLen := input(exchange.outcome)
	requestedBytes, requestedLen := inputText(exchange.requestedAt)
	respondedBytes, respondedLen := inputText(exchange.respondedAt)
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	var receipt *C.signet_receipt
	var details *C.signet_error
	status := C.signet_receipt_sign_compound(pair, actionBytes, actionLen, responseBytes, responseLen,
		outcomeBytes, outcomeLen, requestedBytes, requestedLen, respondedBytes, respondedLen,
		nameBytes, nameLen, ownerBytes, ownerLen, native, &receipt, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// CoSignOptions are what a server may say besides.
type CoSignOptions struct {
	// Outcome is what became of the call; unsaid when nil.
	Outcome *Outcome
	// outcome is the same as JSON, for tests that try what is none.
	outcome []byte
	// At signs as of this time instead of the system clock, when not zero.
	At time.Time
	// Nonce is used instead of random bytes when not nil: for reproducible tests only.
	Nonce *Nonce
	// MaxLen is the largest response text in bytes; 0 means 16 MiB.
	MaxLen uint64
	// UnsignedExtensions are added as "extensions", any JSON text. NO SIGNATURE COVERS
	// THEM.
	UnsignedExtensions []byte
}

// CoSign co-signs an agent's receipt (version 1 or 4) with the response, any JSON text of
// which only the hash is kept: a receipt of version 3. The agent's receipt must be sound;
// whether the agent is to be trusted is for the server to have decided before. A refusal
// is co-signed too.
func (p *KeyPair) CoSign(agentReceipt *Receipt, response []byte, name string, options ...CoSignOptions) (*Receipt, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	agent, err := agentReceipt.use()
	if err != nil {
		return nil, err
	}
	defer agentReceipt.done()
	wanted := firstOf(options)
	if wanted.Outcome != nil {
		if wanted.outcome, err = wanted.Outcome.text(); err != nil {
			return nil, err
		}
	}
	var l lent
	defer l.done()
	var native C.signet_co_sign_options
	C.signet_co_sign_options_init(&native)
	signAs(&native.flags, &native.now_unix_ms, &native.nonce, wanted.At, wanted.Nonce)
	native.max_len = C.uint64_t(wanted.MaxLen)
	native.unsigned_extensions, native.unsigned_extensions_len = l.bytes(wanted.UnsignedExtensions)
	responseBytes, responseLen := input(response)
	outcomeBytes, outcomeLen := input(wanted.outcome)
	nameBytes, nameLen := inputText(name)
	var receipt *C.signet_receipt
	var details *C.signet_error
	status := C.signet_receipt_co_sign(pair, agent, responseBytes, responseLen, outcomeBytes, outcomeLen,
		nameBytes, nameLen, &native, &receipt, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// SignAuthorized signs a tool call on the authority of a chain, whose last delegate this
// key pair is: a receipt of version 4. What the chain does not allow is not signed.
func (p *KeyPair) SignAuthorized(action []byte, name string, chain Chain, options ...SignOptions) (*Receipt, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	var l lent
	defer l.done()
	native := signOptions(&l, options)
	actionBytes, actionLen := input(action)
	nameBytes, nameLen := inputText(name)
	chainBytes, chainLen := input(chain)
	var receipt *C.signet_receipt
	var details *C.signet_error
	status := C.signet_receipt_sign_authorized(pair, actionBytes, actionLen, nameBytes, nameLen,
		chainBytes, chainLen, native, &receipt, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return ownReceipt(receipt), nil
}

// SignWithPolicy decides about a call and, if it is allowed, signs it: a receipt of
// version 1 with the attestation of the decision. The decision is there whenever the
// policy has decided, also with [ErrPolicyDenied] and [ErrApprovalRequired]: append its
// Violation to the log then.
func (p *KeyPair) SignWithPolicy(action []byte, name, owner string, policy *Policy, options ...SignOptions) (*Receipt, *Decision, error) {
	pair, err := p.use()
	if err != nil {
		return nil, nil, err
	}
	defer p.done()
	rules, err := policy.use()
	if err != nil {
		return nil, nil, err
	}
	defer policy.done()
	var l lent
	defer l.done()
	native := signOptions(&l, options)
	actionBytes, actionLen := input(action)
	nameBytes, nameLen := inputText(name)
	ownerBytes, ownerLen := inputText(owner)
	var receipt *C.signet_receipt
	var decided *C.signet_decision
	var details *C.signet_error
	status := C.signet_receipt_sign_with_policy(pair, actionBytes, actionLen, nameBytes, nameLen,
		ownerBytes, ownerLen, rules, native, &receipt, &decided, &details)
	err = failed(status, details)
	var decision *Decision
	if decided != nil {
		var unread error
		if decision, unread = takeDecision(decided); unread != nil && err == nil {
			err = unread
		}
	}
	if err != nil {
		C.signet_receipt_free(receipt)
		return nil, decision, err
	}
	return ownReceipt(receipt), decision, nil
}
