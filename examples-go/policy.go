package signet

// #include <signet.h>
import "C"

import (
	"encoding/json"
	"time"
)

// Policy decides about calls, and counts how often its rules with a rate limit were used.
type Policy struct {
	*handle[*C.signet_policy]
}

func freePolicy(policy *C.signet_policy) { C.signet_policy_free(policy) }

// PolicyOptions say how to read a policy.
type PolicyOptions struct {
	// Format is what the document is; whatever it reads as when zero.
	Format Format
	// Previous is a policy that this one replaces: its counts go on for rules of the same
	// id.
	Previous *Policy
}

// ParsePolicy reads a policy from JSON or YAML. What the format does not define is
// refused; the Line and Column of the error say where.
func ParsePolicy(text []byte, options ...PolicyOptions) (*Policy, error) {
	wanted := firstOf(options)
	var l lent
	defer l.done()
	previous, err := wanted.Previous.lend(&l)
	if err != nil {
		return nil, err
	}
	bytes, length := input(text)
	var policy *C.signet_policy
	var details *C.signet_error
	status := C.signet_policy_parse(bytes, length, C.int32_t(wanted.Format), previous, &policy, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return &Policy{own(policy, freePolicy)}, nil
}

// lend lends the object for one call, nothing for nil.
func (p *Policy) lend(l *lent) (*C.signet_policy, error) {
	if p == nil {
		return nil, nil
	}
	return object(l, p.handle)
}

// JSON is the policy as canonical JSON, nil when it is closed.
func (p *Policy) JSON() []byte {
	policy, err := p.use()
	if err != nil {
		return nil
	}
	defer p.done()
	var length C.size_t
	text := C.signet_policy_json(policy, &length)
	return copied(text, length)
}

// Hash is "sha256:" and the hash of the policy, which receipts attest.
func (p *Policy) Hash() string {
	policy, err := p.use()
	if err != nil {
		return ""
	}
	defer p.done()
	var length C.size_t
	text := C.signet_policy_hash(policy, &length)
	return copiedText(text, length)
}

// Verdict is what a policy says about a call.
type Verdict int32

// String is the verdict as decisions write it.
func (v Verdict) String() string {
	switch v {
	case VerdictAllow:
		return "allow"
	case VerdictRequireApproval:
		return "require_approval"
	default:
		return "deny"
	}
}

// Decision is what a policy says about one call, and why.
type Decision struct {
	Verdict Verdict
	// MatchedRules are the ids of the rules that are about the call, WinningRule that of
	// the one that counts; empty for the default action.
	MatchedRules []string
	WinningRule  string
	// Obligations are what an allowed call is tied to, as the policy writes them.
	Obligations []json.RawMessage
	// Reason is why, for people.
	Reason                 string
	PolicyName, PolicyHash string
	// JSON is the whole decision as canonical JSON.
	JSON json.RawMessage
	// Attestation stands in the "policy" member of a receipt; nil unless allowed.
	Attestation json.RawMessage
	// Violation is the record of a call that was not allowed, to be appended to the log;
	// nil if it is allowed. No signature covers it.
	Violation json.RawMessage

	refusal error
}

// Err is nil if the call is allowed, otherwise [ErrPolicyDenied] or [ErrApprovalRequired]
// with the reason.
func (d *Decision) Err() error { return d.refusal }

// takeDecision copies a decision and frees it.
func takeDecision(decision *C.signet_decision) (*Decision, error) {
	defer C.signet_decision_free(decision)
	var length C.size_t
	taken := &Decision{Verdict: Verdict(C.signet_decision_verdict(decision))}
	text := C.signet_decision_json(decision, &length)
	taken.JSON = copied(text, length)
	text = C.signet_decision_reason(decision, &length)
	taken.Reason = copiedText(text, length)
	text = C.signet_decision_attestation(decision, &length)
	taken.Attestation = copied(text, length)
	text = C.signet_decision_violation(decision, &length)
	taken.Violation = copied(text, length)
	var details *C.signet_error
	taken.refusal = failed(C.signet_decision_require_allowed(decision, &details), details)
	var members struct {
		MatchedRules []string          `json:"matched_rules"`
		WinningRule  string            `json:"winning_rule"`
		Obligations  []json.RawMessage `json:"obligations"`
		PolicyName   string            `json:"policy_name"`
		PolicyHash   string            `json:"policy_hash"`
	}
	err := json.Unmarshal(taken.JSON, &members)
	taken.MatchedRules, taken.WinningRule, taken.Obligations = members.MatchedRules, members.WinningRule, members.Obligations
	taken.PolicyName, taken.PolicyHash = members.PolicyName, members.PolicyHash
	return taken, err
}

// EvaluateOptions say how to decide.
type EvaluateOptions struct {
	// At is the time of the call; now when zero.
	At time.Time
	// DryRun looks without counting: no rate limit is used up.
	DryRun bool
}

// Evaluate decides about a call, a JSON object with the members of [Action], by an agent.
// A nil error means that there is a decision, not that the call is allowed: see
// [Decision.Err].
func (p *Policy) Evaluate(action []byte, agent string, options ...EvaluateOptions) (*Decision, error) {
	policy, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.done()
	wanted := firstOf(options)
	var flags C.uint32_t
	if wanted.DryRun {
		flags |= C.SIGNET_EVALUATE_DRY_RUN
	}
	actionBytes, actionLen := input(action)
	agentBytes, agentLen := inputText(agent)
	var decision *C.signet_decision
	var details *C.signet_error
	status := C.signet_policy_evaluate(policy, actionBytes, actionLen, agentBytes, agentLen,
		millis(wanted.At), flags, &decision, &details)
	if err := failed(status, details); err != nil {
		return nil, err
	}
	return takeDecision(decision)
}
