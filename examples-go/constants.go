// Code generated from include/signet.h by internal/header. DO NOT EDIT.

package signet

// #include <signet.h>
import "C"

// What a [Format] can be.
const (
	// FormatAny: A document is JSON when it reads as JSON, otherwise YAML
	FormatAny Format = C.SIGNET_FORMAT_ANY
	// FormatJSON: A document is JSON
	FormatJSON Format = C.SIGNET_FORMAT_JSON
	// FormatYAML: A document is YAML 1.2 with the core schema
	FormatYAML Format = C.SIGNET_FORMAT_YAML
)

// What a [Field] can be.
const (
	// FieldID: "id": "rec_" and 32 hex digits derived from the signature
	FieldID Field = C.SIGNET_FIELD_ID
	// FieldTool: "action.tool": the name of the tool that was called
	FieldTool Field = C.SIGNET_FIELD_TOOL
	// FieldParamsHash: "action.params_hash": "sha256:" and the hash of the canonical params
	FieldParamsHash Field = C.SIGNET_FIELD_PARAMS_HASH
	// FieldTarget: "action.target": the server or resource that the call went to
	FieldTarget Field = C.SIGNET_FIELD_TARGET
	// FieldTransport: "action.transport": how it went there, for example "stdio"
	FieldTransport Field = C.SIGNET_FIELD_TRANSPORT
	// FieldSession: "action.session": the session that the call belongs to
	FieldSession Field = C.SIGNET_FIELD_SESSION
	// FieldCallID: "action.call_id": the call's id within its session
	FieldCallID Field = C.SIGNET_FIELD_CALL_ID
	// FieldResponseHash: "action.response_hash": the hash of the response
	FieldResponseHash Field = C.SIGNET_FIELD_RESPONSE_HASH
	// FieldTraceID: "action.trace_id": the trace that the call belongs to
	FieldTraceID Field = C.SIGNET_FIELD_TRACE_ID
	// FieldParentReceiptID: "action.parent_receipt_id": the receipt of the call that caused this one
	FieldParentReceiptID Field = C.SIGNET_FIELD_PARENT_RECEIPT_ID
	// FieldSignerName: "signer.name": the name that the signer gives itself
	FieldSignerName Field = C.SIGNET_FIELD_SIGNER_NAME
	// FieldSignerOwner: "signer.owner": whom the signer says it works for
	FieldSignerOwner Field = C.SIGNET_FIELD_SIGNER_OWNER
	// FieldSignerPublicKey: "signer.pubkey": "ed25519:" and the base64 of the signer's public key
	FieldSignerPublicKey Field = C.SIGNET_FIELD_SIGNER_PUBLIC_KEY
	// FieldTime: "ts": when it was signed, an RFC 3339 date-time
	FieldTime Field = C.SIGNET_FIELD_TIME
	// FieldExpiry: "exp": when it expires, an RFC 3339 date-time
	FieldExpiry Field = C.SIGNET_FIELD_EXPIRY
	// FieldNonce: "nonce": "rnd_" and 32 hex digits
	FieldNonce Field = C.SIGNET_FIELD_NONCE
	// FieldSignature: "sig": "ed25519:" and the base64 of the signature
	FieldSignature Field = C.SIGNET_FIELD_SIGNATURE
	// FieldResponseTime: "ts_response": when the response came (version 2), or when the server signed (version 3), an RFC 3339 date-time
	FieldResponseTime Field = C.SIGNET_FIELD_RESPONSE_TIME
	// FieldContentHash: "response.content_hash": "sha256:" and the hash of the canonical response
	FieldContentHash Field = C.SIGNET_FIELD_CONTENT_HASH
	// FieldOutcomeStatus: "response.outcome.status": "verified", "rejected", "requires_approval", "executed" or "failed"
	FieldOutcomeStatus Field = C.SIGNET_FIELD_OUTCOME_STATUS
	// FieldOutcomeReason: "response.outcome.reason": why it was rejected or needs approval
	FieldOutcomeReason Field = C.SIGNET_FIELD_OUTCOME_REASON
	// FieldOutcomeError: "response.outcome.error": how it failed
	FieldOutcomeError Field = C.SIGNET_FIELD_OUTCOME_ERROR
	// FieldServerName: "server.name": the name that the co-signing server gives itself
	FieldServerName Field = C.SIGNET_FIELD_SERVER_NAME
	// FieldServerPublicKey: "server.pubkey": "ed25519:" and the base64 of the server's public key
	FieldServerPublicKey Field = C.SIGNET_FIELD_SERVER_PUBLIC_KEY
	// FieldPolicyDecision: "policy.decision": what the attested policy decided
	FieldPolicyDecision Field = C.SIGNET_FIELD_POLICY_DECISION
	// FieldChainHash: "authorization.chain_hash": "sha256:" and the hash of the delegations
	FieldChainHash Field = C.SIGNET_FIELD_CHAIN_HASH
	// FieldRootPublicKey: "authorization.root_pubkey": the key that the delegations start from
	FieldRootPublicKey Field = C.SIGNET_FIELD_ROOT_PUBLIC_KEY
	// FieldParams: "action.params" as they travel; no text. See signet_receipt_params()
	FieldParams Field = C.SIGNET_FIELD_PARAMS
	// FieldPolicy: "policy": the attestation of a policy's decision, an object; no text
	FieldPolicy Field = C.SIGNET_FIELD_POLICY
	// FieldAuthorizationDecision: "authz_decision": the decision of an authority, an object; no text
	FieldAuthorizationDecision Field = C.SIGNET_FIELD_AUTHORIZATION_DECISION
	// FieldChain: "authorization.chain": the delegations, an array; no text
	FieldChain Field = C.SIGNET_FIELD_CHAIN
	// FieldAgentReceipt: "agent_receipt": the receipt that a server co-signed, an object; no text
	FieldAgentReceipt Field = C.SIGNET_FIELD_AGENT_RECEIPT
	// FieldUnsignedExtensions: "extensions": what the server added, any value; no text. NO SIGNATURE COVERS IT: anybody on the way may have written it
	FieldUnsignedExtensions Field = C.SIGNET_FIELD_UNSIGNED_EXTENSIONS
)

// What a [Section] can be.
const (
	// SectionAll: Every section
	SectionAll Section = C.SIGNET_SECTION_ALL
	// SectionRoots: The keys that may delegate: the start of a chain
	SectionRoots Section = C.SIGNET_SECTION_ROOTS
	// SectionAgents: The keys that may sign receipts
	SectionAgents Section = C.SIGNET_SECTION_AGENTS
	// SectionServers: The keys that may co-sign receipts
	SectionServers Section = C.SIGNET_SECTION_SERVERS
)

// What a [TrustBundleField] can be.
const (
	// TrustBundleID: "bundle_id": what the bundle calls itself
	TrustBundleID TrustBundleField = C.SIGNET_TRUST_BUNDLE_ID
	// TrustBundleOrg: "org": the organisation
	TrustBundleOrg TrustBundleField = C.SIGNET_TRUST_BUNDLE_ORG
	// TrustBundleEnv: "env": the environment, for example "prod"
	TrustBundleEnv TrustBundleField = C.SIGNET_TRUST_BUNDLE_ENV
	// TrustBundleGeneratedAt: "generated_at": when it was made, in UTC with milliseconds
	TrustBundleGeneratedAt TrustBundleField = C.SIGNET_TRUST_BUNDLE_GENERATED_AT
	// TrustBundleDescription: "description", where there is one
	TrustBundleDescription TrustBundleField = C.SIGNET_TRUST_BUNDLE_DESCRIPTION
	// TrustBundleSource: "source": where it comes from, where it says so
	TrustBundleSource TrustBundleField = C.SIGNET_TRUST_BUNDLE_SOURCE
	// TrustBundleHash: "sha256:" and the hash of signet_trust_bundle_json(): the same for every spelling of one document, in JSON or YAML
	TrustBundleHash TrustBundleField = C.SIGNET_TRUST_BUNDLE_HASH
)

// What a [DelegationField] can be.
const (
	// DelegationID: "id": "del_" and 32 hex digits derived from the signature
	DelegationID DelegationField = C.SIGNET_DELEGATION_ID
	// DelegationDelegatorKey: "delegator.pubkey": "ed25519:" and the base64 of the key that delegates
	DelegationDelegatorKey DelegationField = C.SIGNET_DELEGATION_DELEGATOR_KEY
	// DelegationDelegatorName: "delegator.name": the name that it gives itself
	DelegationDelegatorName DelegationField = C.SIGNET_DELEGATION_DELEGATOR_NAME
	// DelegationDelegatorPrincipal: "delegator.principal": whom it claims to speak for
	DelegationDelegatorPrincipal DelegationField = C.SIGNET_DELEGATION_DELEGATOR_PRINCIPAL
	// DelegationDelegateKey: "delegate.pubkey": "ed25519:" and the base64 of the key delegated to
	DelegationDelegateKey DelegationField = C.SIGNET_DELEGATION_DELEGATE_KEY
	// DelegationDelegateName: "delegate.name": the name that the delegator gives it
	DelegationDelegateName DelegationField = C.SIGNET_DELEGATION_DELEGATE_NAME
	// DelegationDelegatePrincipal: "delegate.principal": whom the delegator takes it for
	DelegationDelegatePrincipal DelegationField = C.SIGNET_DELEGATION_DELEGATE_PRINCIPAL
	// DelegationIssuedAt: "issued_at": when it was issued, an RFC 3339 date-time
	DelegationIssuedAt DelegationField = C.SIGNET_DELEGATION_ISSUED_AT
	// DelegationExpires: "scope.expires": its last instant, an RFC 3339 date-time
	DelegationExpires DelegationField = C.SIGNET_DELEGATION_EXPIRES
	// DelegationNonce: "nonce": "rnd_" and 32 hex digits
	DelegationNonce DelegationField = C.SIGNET_DELEGATION_NONCE
	// DelegationScope: "scope", as far as it is signed, as JSON: {"tools", "targets", "max_depth", "expires"?}
	DelegationScope DelegationField = C.SIGNET_DELEGATION_SCOPE
	// DelegationUnsignedBudget: "scope.budget", as JSON. NO SIGNATURE COVERS IT: it limits nobody
	DelegationUnsignedBudget DelegationField = C.SIGNET_DELEGATION_UNSIGNED_BUDGET
	// DelegationUnsignedConstraints: "scope.constraints", as JSON. NO SIGNATURE COVERS IT: it limits nobody
	DelegationUnsignedConstraints DelegationField = C.SIGNET_DELEGATION_UNSIGNED_CONSTRAINTS
	// DelegationUnsignedCorrelationID: "correlation_id", as JSON with its quotes. NO SIGNATURE COVERS IT
	DelegationUnsignedCorrelationID DelegationField = C.SIGNET_DELEGATION_UNSIGNED_CORRELATION_ID
)

// What a [Verdict] can be.
const (
	// VerdictAllow: The call may be signed
	VerdictAllow Verdict = C.SIGNET_VERDICT_ALLOW
	// VerdictRequireApproval: A human must approve it first
	VerdictRequireApproval Verdict = C.SIGNET_VERDICT_REQUIRE_APPROVAL
	// VerdictDeny: It must not happen
	VerdictDeny Verdict = C.SIGNET_VERDICT_DENY
)

// What a [FindingKind] can be.
const (
	// FindingLinkBroken: The record names another predecessor than the one before it
	FindingLinkBroken FindingKind = C.SIGNET_FINDING_LINK_BROKEN
	// FindingForked: The record names the predecessor of an earlier record
	FindingForked FindingKind = C.SIGNET_FINDING_FORKED
	// FindingHashMismatch: The record does not have the hash that it states
	FindingHashMismatch FindingKind = C.SIGNET_FINDING_HASH_MISMATCH
	// FindingUnparsable: The line is no record
	FindingUnparsable FindingKind = C.SIGNET_FINDING_UNPARSABLE
	// FindingTorn: The last line has no line feed
	FindingTorn FindingKind = C.SIGNET_FINDING_TORN
	// FindingTruncated: Records are missing from the end
	FindingTruncated FindingKind = C.SIGNET_FINDING_TRUNCATED
	// FindingReplaced: The last record is not the one that is remembered
	FindingReplaced FindingKind = C.SIGNET_FINDING_REPLACED
	// FindingUnauthenticated: The line has members that no hash covers; the record itself is sound
	FindingUnauthenticated FindingKind = C.SIGNET_FINDING_UNAUTHENTICATED
	// FindingAmbiguous: An object in the line has two members of one name
	FindingAmbiguous FindingKind = C.SIGNET_FINDING_AMBIGUOUS
	// FindingSignatureInvalid: The signature, or something that derives from it, is wrong
	FindingSignatureInvalid FindingKind = C.SIGNET_FINDING_SIGNATURE_INVALID
	// FindingSignerUntrusted: The signature is by a key that is not trusted
	FindingSignerUntrusted FindingKind = C.SIGNET_FINDING_SIGNER_UNTRUSTED
	// FindingSignatureUnverifiable: The signature cannot be judged: an unknown version
	FindingSignatureUnverifiable FindingKind = C.SIGNET_FINDING_SIGNATURE_UNVERIFIABLE
	// FindingIncident: Something that was found and noted when the log was open
	FindingIncident FindingKind = C.SIGNET_FINDING_INCIDENT
	// FindingParamsSealed: The params are encrypted and no key opens them, so the signature cannot be judged
	FindingParamsSealed FindingKind = C.SIGNET_FINDING_PARAMS_SEALED
	// FindingDelegationInvalid: The delegation that the record rests on does not hold, or does not allow the action
	FindingDelegationInvalid FindingKind = C.SIGNET_FINDING_DELEGATION_INVALID
	// FindingDelegationUnverifiable: The delegation holds, but no roots are trusted that it could lead from
	FindingDelegationUnverifiable FindingKind = C.SIGNET_FINDING_DELEGATION_UNVERIFIABLE
	// FindingPruned: Records before the first one were removed, and a signed record of the log says so. The log is fine
	FindingPruned FindingKind = C.SIGNET_FINDING_PRUNED
	// FindingBeginningMissing: Whole segments are missing from the beginning, and no record explains it
	FindingBeginningMissing FindingKind = C.SIGNET_FINDING_BEGINNING_MISSING
	// FindingStale: The newest checkpoint is older than was promised
	FindingStale FindingKind = C.SIGNET_FINDING_STALE
	// FindingRemovalUntrusted: Records before the first one are missing, and the record that says that they were removed is signed by a key that may not speak for the log
	FindingRemovalUntrusted FindingKind = C.SIGNET_FINDING_REMOVAL_UNTRUSTED
)

// What a [NonceForm] can be.
const (
	// NoncesRustPython: A nonce file of the published Rust and Python packages
	NoncesRustPython NonceForm = C.SIGNET_NONCES_RUST_PYTHON
	// NoncesTypeScript: A nonce file of the published TypeScript packages
	NoncesTypeScript NonceForm = C.SIGNET_NONCES_TYPESCRIPT
)

// What a [Axis] can be.
const (
	// AxisStructure: There is a receipt, it has the right form, and does not contradict itself
	AxisStructure Axis = C.SIGNET_AXIS_STRUCTURE
	// AxisSignature: Every signature holds under the key that the receipt names
	AxisSignature Axis = C.SIGNET_AXIS_SIGNATURE
	// AxisTrust: The signers are trusted, at the time in question
	AxisTrust Axis = C.SIGNET_AXIS_TRUST
	// AxisTime: The receipt was signed within the time allowed and has not expired
	AxisTime Axis = C.SIGNET_AXIS_TIME
	// AxisDelegation: The delegations lead from a trusted root to the signer and cover the action
	AxisDelegation Axis = C.SIGNET_AXIS_DELEGATION
	// AxisTarget: The receipt is for this target, session and call
	AxisTarget Axis = C.SIGNET_AXIS_TARGET
	// AxisContent: The tool and the arguments, or the response, are those that were signed
	AxisContent Axis = C.SIGNET_AXIS_CONTENT
	// AxisDecision: An authority has decided for the action
	AxisDecision Axis = C.SIGNET_AXIS_DECISION
	// AxisPolicy: The policy allows the action
	AxisPolicy Axis = C.SIGNET_AXIS_POLICY
	// AxisReplay: The receipt has not been presented before
	AxisReplay Axis = C.SIGNET_AXIS_REPLAY
)

// What a [CheckResult] can be.
const (
	// CheckPassed: It was checked and holds
	CheckPassed CheckResult = C.SIGNET_CHECK_PASSED
	// CheckFailed: It was checked and does not hold
	CheckFailed CheckResult = C.SIGNET_CHECK_FAILED
	// CheckNotChecked: It was not checked: never take it for fine
	CheckNotChecked CheckResult = C.SIGNET_CHECK_NOT_CHECKED
)

// What a [Ruling] can be.
const (
	// RulingForward: It goes on
	RulingForward Ruling = C.SIGNET_RULING_FORWARD
	// RulingAskHuman: It stays until a human approves it
	RulingAskHuman Ruling = C.SIGNET_RULING_ASK_HUMAN
	// RulingRefuse: It stays
	RulingRefuse Ruling = C.SIGNET_RULING_REFUSE
)

// What a [EvidenceKind] can be.
const (
	// EvidenceReceipt: The receipt of a call that goes on once it is stored
	EvidenceReceipt EvidenceKind = C.SIGNET_EVIDENCE_RECEIPT
	// EvidenceViolation: The record of a call that a policy did not allow. No signature covers it
	EvidenceViolation EvidenceKind = C.SIGNET_EVIDENCE_VIOLATION
)
