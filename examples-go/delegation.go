package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// Scope is what a delegation allows. Names are compared byte for byte; "*" alone means
// all.
type Scope struct {
	Tools   []string `json:"tools"`
	Targets []string `json:"targets"`
	// MaxDepth is how many further delegations may follow.
	MaxDepth uint32 `json:"max_depth"`
	// Expires is its last instant; it never ends when zero.
	Expires time.Time `json:"expires,omitzero"`
}

// Delegation is a signed statement that one key lets another act within a scope. Having
// one says that its shape is right; only [Delegation.Verify] says that its signature is,
// and only [Chain.Verify] that there was anything to delegate.
type Delegation struct {
	*handle[*C.signet_delegation]
}

func freeDelegation(delegation *C.signet_delegation) { C.signet_delegation_free(delegation) }

// DelegationOptions are what else may be said when delegating.
type DelegationOptions struct {
	// ParentScope is the scope that the delegator holds itself, as JSON: the new one must
	// narrow it. Left to whoever verifies when nil.
	ParentScope []byte
	// DelegatorPrincipal and DelegatePrincipal are whom the two speak for, as
	// "user://domain/path".
	DelegatorPrincipal, DelegatePrincipal string
	// NO SIGNATURE COVERS these: the budget, any JSON text; the constraints, a JSON
	// array; the correlation id.
	UnsignedBudget, UnsignedConstraints []byte
	UnsignedCorrelationID               string
	// At signs as of this time instead of the system clock, when not zero.
	At time.Time
	// Nonce is used instead of random bytes when not nil: for reproducible tests only.
	Nonce *Nonce
}

func (o DelegationOptions) native(l *lent) (native C.signet_delegation_options) {
	C.signet_delegation_options_init(&native)
	signAs(&native.flags, &native.now_unix_ms, &native.nonce, o.At, o.Nonce)
	native.parent_scope, native.parent_scope_len = l.bytes(o.ParentScope)
	native.delegator_principal, native.delegator_principal_len = l.text(o.DelegatorPrincipal)
	native.delegate_principal, native.delegate_principal_len = l.text(o.DelegatePrincipal)
	native.unsigned_budget, native.unsigned_budget_len = l.bytes(o.UnsignedBudget)
	native.unsigned_constraints, native.unsigned_constraints_len = l.bytes(o.UnsignedConstraints)
	native.unsigned_correlation_id, native.unsigned_correlation_id_len = l.text(o.UnsignedCorrelationID)
	return native
}

// Delegate signs that another key may act within a scope.
func (p *KeyPair) Delegate(name string, delegate *PublicKey, delegateName string, scope Scope, options ...DelegationOptions) (*Delegation, error) {
	text, err := json.Marshal(scope)
	if err != nil {
		return nil, err
	}
	return p.DelegateJSON(name, delegate, delegateName, text, options...)
}

// DelegateJSON is Delegate with the scope as a JSON object.
func (p *KeyPair) DelegateJSON(name string, delegate *PublicKey, delegateName string, scope []byte, options ...DelegationOptions) (*Delegation, error) {
	pair, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	key, err := delegate.use()
	if err != nil {
		return nil, err
	}
	defer delegate.done()
	var l lent
	defer l.done()
	native := firstOf(options).native(&l)
	nameBytes, nameLen := inputText(name)
	delegateBytes, delegateLen := inputText(delegateName)
	scopeBytes, scopeLen := input(scope)
	var delegation *C.signet_delegation
	var details *C.signet_error
	status := C.signet_delegation_sign(pair, nameBytes, nameLen, key, delegateBytes, delegateLen,
		scopeBytes, scopeLen, &native, &delegation, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &Delegation{own(delegation, freeDelegation)}, nil
}

// ParseDelegation reads a delegation from JSON. Its signature is not verified.
func ParseDelegation(text []byte, options ...ParseOptions) (*Delegation, error) {
	native := parseOptions(options)
	bytes, length := input(text)
	var delegation *C.signet_delegation
	var details *C.signet_error
	if err := failed(C.signet_delegation_parse(bytes, length, native, &delegation, &details), details); err != nil {
		return nil, err
	}
	return &Delegation{own(delegation, freeDelegation)}, nil
}

// Verify verifies a delegation at a time: its signature, its id, and that it has been
// issued and has not expired. Where the options name roots or a bundle, its delegator
// must be a trusted root; otherwise nothing says that there was anything to delegate.
func (d *Delegation) Verify(options ...VerifyOptions) error {
	delegation, err := d.use()
	if err != nil {
		return err
	}
	defer d.done()
	var l lent
	defer l.done()
	native, err := verifyOptions(&l, options)
	if err != nil {
		return err
	}
	var details *C.signet_error
	return failed(C.signet_delegation_verify(delegation, native, &details), details)
}

// JSON is the delegation as canonical JSON, nil when it is closed.
func (d *Delegation) JSON() []byte {
	delegation, err := d.use()
	if err != nil {
		return nil
	}
	defer d.done()
	var length C.size_t
	text := C.signet_delegation_json(delegation, &length)
	return copied(text, length)
}

// MarshalJSON is JSON, with an error when the delegation is closed.
func (d *Delegation) MarshalJSON() ([]byte, error) {
	if text := d.JSON(); text != nil {
		return text, nil
	}
	return nil, ErrClosed
}

// DelegationField names a part of a delegation: a text, or JSON where the constant says
// so.
type DelegationField int32

// Text is a part of the delegation, empty when it has none.
func (d *Delegation) Text(field DelegationField) string {
	delegation, err := d.use()
	if err != nil {
		return ""
	}
	defer d.done()
	var length C.size_t
	text := C.signet_delegation_text(delegation, C.int32_t(field), &length)
	return copiedText(text, length)
}

// Chain is the delegations from a root to an agent, as a JSON array.
type Chain json.RawMessage

// JoinChain makes a chain out of its links, root first.
func JoinChain(links ...*Delegation) (Chain, error) {
	var l lent
	defer l.done()
	handles := make([]*handle[*C.signet_delegation], len(links))
	for i, link := range links {
		if link != nil {
			handles[i] = link.handle
		}
	}
	list, length, err := objects(&l, handles)
	if err != nil {
		return nil, err
	}
	var buffer *C.signet_buffer
	var details *C.signet_error
	if err := failed(C.signet_chain_join(list, length, &buffer, &details), details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}

// Verify verifies a chain from a trusted root to its end, at a time, and answers what the
// key at the end may do. The Position of an error is the index of the link, from the root.
func (c Chain) Verify(roots []*PublicKey, options ...VerifyOptions) (Scope, error) {
	var scope Scope
	text, err := c.verify(roots, options)
	if err == nil {
		err = json.Unmarshal(text, &scope)
	}
	return scope, err
}

func (c Chain) verify(roots []*PublicKey, options []VerifyOptions) ([]byte, error) {
	var l lent
	defer l.done()
	native, err := verifyOptions(&l, options)
	if err != nil {
		return nil, err
	}
	list, length, err := l.keys(roots)
	if err != nil {
		return nil, err
	}
	chainBytes, chainLen := input(c)
	var buffer *C.signet_buffer
	var details *C.signet_error
	status := C.signet_chain_verify(chainBytes, chainLen, list, length, native, &buffer, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return taken(buffer), nil
}
