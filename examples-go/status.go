// Code generated from include/signet.h by internal/header. DO NOT EDIT.

package signet

// #include <signet.h>
import "C"

// What a call can fail with.
const (
	// ErrNullArgument: A pointer that must not be NULL was NULL
	ErrNullArgument Status = C.SIGNET_ERR_NULL_ARGUMENT
	// ErrInvalidArgument: An argument has a value that the function cannot use
	ErrInvalidArgument Status = C.SIGNET_ERR_INVALID_ARGUMENT
	// ErrBufferTooSmall: A buffer of the caller is too small for the result
	ErrBufferTooSmall Status = C.SIGNET_ERR_BUFFER_TOO_SMALL
	// ErrUnsupported: What was asked for is well-formed but not in this version of the library
	ErrUnsupported Status = C.SIGNET_ERR_UNSUPPORTED
	// ErrStopped: A callback of the caller asked to stop
	ErrStopped Status = C.SIGNET_ERR_STOPPED
	// ErrReentered: The function was called from inside its own callback
	ErrReentered Status = C.SIGNET_ERR_REENTERED
	// ErrIO: The operating system refused a file operation
	ErrIO Status = C.SIGNET_ERR_IO
	// ErrRandomness: The system's random number generator failed
	ErrRandomness Status = C.SIGNET_ERR_RANDOMNESS
	// ErrTooLarge: The input is larger than the limit in force
	ErrTooLarge Status = C.SIGNET_ERR_TOO_LARGE
	// ErrInternal: A bug in the library. The call had no effect; other handles still work
	ErrInternal Status = C.SIGNET_ERR_INTERNAL
	// ErrJSONSyntax: The text is not JSON (RFC 8259)
	ErrJSONSyntax Status = C.SIGNET_ERR_JSON_SYNTAX
	// ErrJSONEncoding: The text is not UTF-8, or starts with a byte order mark
	ErrJSONEncoding Status = C.SIGNET_ERR_JSON_ENCODING
	// ErrJSONDuplicateMember: An object has two members of one name
	ErrJSONDuplicateMember Status = C.SIGNET_ERR_JSON_DUPLICATE_MEMBER
	// ErrJSONLoneSurrogate: A string escapes half of a surrogate pair
	ErrJSONLoneSurrogate Status = C.SIGNET_ERR_JSON_LONE_SURROGATE
	// ErrJSONNumber: A number is NaN, infinite, or overflows a double
	ErrJSONNumber Status = C.SIGNET_ERR_JSON_NUMBER
	// ErrJSONTooDeep: Arrays and objects are nested deeper than the limit
	ErrJSONTooDeep Status = C.SIGNET_ERR_JSON_TOO_DEEP
	// ErrJSONInexactNumber: A number in a signed text denotes another value than its canonical form
	ErrJSONInexactNumber Status = C.SIGNET_ERR_JSON_INEXACT_NUMBER
	// ErrKeyInvalid: Bytes or a text that do not encode an Ed25519 key
	ErrKeyInvalid Status = C.SIGNET_ERR_KEY_INVALID
	// ErrKeyWeak: A public key of small order, under which anybody can forge
	ErrKeyWeak Status = C.SIGNET_ERR_KEY_WEAK
	// ErrKeyNotFound: No key of that name is in the keystore
	ErrKeyNotFound Status = C.SIGNET_ERR_KEY_NOT_FOUND
	// ErrKeyExists: A key of that name is already in the keystore
	ErrKeyExists Status = C.SIGNET_ERR_KEY_EXISTS
	// ErrKeyNameInvalid: A key name that is empty, too long, or not of letters, digits, '-' and '_'
	ErrKeyNameInvalid Status = C.SIGNET_ERR_KEY_NAME_INVALID
	// ErrWrongPassphrase: The passphrase does not open the key file, or its sealed part was altered
	ErrWrongPassphrase Status = C.SIGNET_ERR_WRONG_PASSPHRASE
	// ErrPassphraseRequired: The key file is encrypted and no passphrase was given
	ErrPassphraseRequired Status = C.SIGNET_ERR_PASSPHRASE_REQUIRED
	// ErrKeyFileCorrupt: The key file is damaged or contradicts itself
	ErrKeyFileCorrupt Status = C.SIGNET_ERR_KEY_FILE_CORRUPT
	// ErrKDFLimit: The key file asks for more key-derivation work than is allowed
	ErrKDFLimit Status = C.SIGNET_ERR_KDF_LIMIT
	// ErrSignerFailed: A signer callback failed, or its signature does not verify
	ErrSignerFailed Status = C.SIGNET_ERR_SIGNER_FAILED
	// ErrKeyExposed: An unencrypted key file can be read or replaced by other users
	ErrKeyExposed Status = C.SIGNET_ERR_KEY_EXPOSED
	// ErrReceiptInvalid: A member of a signed object is missing or has the wrong form
	ErrReceiptInvalid Status = C.SIGNET_ERR_RECEIPT_INVALID
	// ErrReceiptVersion: A receipt of a version that this library does not know
	ErrReceiptVersion Status = C.SIGNET_ERR_RECEIPT_VERSION
	// ErrUnknownMember: A signed object has a member that the signature does not cover
	ErrUnknownMember Status = C.SIGNET_ERR_UNKNOWN_MEMBER
	// ErrSignatureInvalid: The signature does not verify under the key
	ErrSignatureInvalid Status = C.SIGNET_ERR_SIGNATURE_INVALID
	// ErrKeyMismatch: The object names another key than the one it was checked against
	ErrKeyMismatch Status = C.SIGNET_ERR_KEY_MISMATCH
	// ErrIDMismatch: An id does not derive from its signature
	ErrIDMismatch Status = C.SIGNET_ERR_ID_MISMATCH
	// ErrParamsHashMismatch: params_hash is not the hash of the params
	ErrParamsHashMismatch Status = C.SIGNET_ERR_PARAMS_HASH_MISMATCH
	// ErrExpired: The evidence has passed its expiry time
	ErrExpired Status = C.SIGNET_ERR_EXPIRED
	// ErrTimestampInvalid: A timestamp is not an RFC 3339 date-time
	ErrTimestampInvalid Status = C.SIGNET_ERR_TIMESTAMP_INVALID
	// ErrSignerUntrusted: The signer is not among the trusted keys
	ErrSignerUntrusted Status = C.SIGNET_ERR_SIGNER_UNTRUSTED
	// ErrTimeOutOfWindow: A timestamp lies outside the window that was allowed
	ErrTimeOutOfWindow Status = C.SIGNET_ERR_TIME_OUT_OF_WINDOW
	// ErrBindingMismatch: A session or call is not the expected one
	ErrBindingMismatch Status = C.SIGNET_ERR_BINDING_MISMATCH
	// ErrSameSigner: Agent and server have the same key, so nobody else has seen the call
	ErrSameSigner Status = C.SIGNET_ERR_SAME_SIGNER
	// ErrContentHashMismatch: content_hash is not the hash of the response
	ErrContentHashMismatch Status = C.SIGNET_ERR_CONTENT_HASH_MISMATCH
	// ErrProofInvalid: A proof does not lead from the leaf to the root
	ErrProofInvalid Status = C.SIGNET_ERR_PROOF_INVALID
	// ErrNoteInvalid: A signed note, checkpoint or proof file has the wrong form
	ErrNoteInvalid Status = C.SIGNET_ERR_NOTE_INVALID
	// ErrNoteUnsigned: No signature on a note is by a trusted key
	ErrNoteUnsigned Status = C.SIGNET_ERR_NOTE_UNSIGNED
	// ErrTileInvalid: A stored tile is missing, cut short or not part of the tree: rebuild it
	ErrTileInvalid Status = C.SIGNET_ERR_TILE_INVALID
	// ErrRecordInvalid: The bytes are not a record that a log can hold or read back
	ErrRecordInvalid Status = C.SIGNET_ERR_RECORD_INVALID
	// ErrRecordNotFound: The log has no record of that index
	ErrRecordNotFound Status = C.SIGNET_ERR_RECORD_NOT_FOUND
	// ErrLogBusy: Another writer has held a lock of the log for too long
	ErrLogBusy Status = C.SIGNET_ERR_LOG_BUSY
	// ErrLogDamaged: The log is damaged where it would have to be changed, and that was not allowed
	ErrLogDamaged Status = C.SIGNET_ERR_LOG_DAMAGED
	// ErrSyncFailed: The disk did not confirm the records: they may be in the log or not
	ErrSyncFailed Status = C.SIGNET_ERR_SYNC_FAILED
	// ErrLogClosed: The log is closed, or was opened by another process before a fork
	ErrLogClosed Status = C.SIGNET_ERR_LOG_CLOSED
	// ErrNetworkFileSystem: The folder of the log lies on a file system of another machine, such as NFS or SMB
	ErrNetworkFileSystem Status = C.SIGNET_ERR_NETWORK_FILE_SYSTEM
	// ErrPolicyInvalid: A policy document that is not YAML or JSON, or says what the format does not define
	ErrPolicyInvalid Status = C.SIGNET_ERR_POLICY_INVALID
	// ErrPolicyDenied: The policy denies the action
	ErrPolicyDenied Status = C.SIGNET_ERR_POLICY_DENIED
	// ErrApprovalRequired: The policy lets the action through only with a human's approval
	ErrApprovalRequired Status = C.SIGNET_ERR_APPROVAL_REQUIRED
	// ErrTrustBundleInvalid: A trust bundle that is not YAML or JSON, or breaks a rule of the format
	ErrTrustBundleInvalid Status = C.SIGNET_ERR_TRUST_BUNDLE_INVALID
	// ErrKeyDisabled: The key was disabled at the time in question
	ErrKeyDisabled Status = C.SIGNET_ERR_KEY_DISABLED
	// ErrKeyRevoked: The key was revoked at the time in question
	ErrKeyRevoked Status = C.SIGNET_ERR_KEY_REVOKED
	// ErrKeyExpired: The key had expired at the time in question
	ErrKeyExpired Status = C.SIGNET_ERR_KEY_EXPIRED
	// ErrDelegationInvalid: A delegation token or scope has the wrong shape, or grants nothing that could be meant
	ErrDelegationInvalid Status = C.SIGNET_ERR_DELEGATION_INVALID
	// ErrPrincipalInvalid: A principal is not of the form `scheme://domain/path`
	ErrPrincipalInvalid Status = C.SIGNET_ERR_PRINCIPAL_INVALID
	// ErrDelegationExpired: A delegation had expired at the time in question
	ErrDelegationExpired Status = C.SIGNET_ERR_DELEGATION_EXPIRED
	// ErrDelegationNotYetValid: A delegation had not been issued yet at the time in question
	ErrDelegationNotYetValid Status = C.SIGNET_ERR_DELEGATION_NOT_YET_VALID
	// ErrScopeWidened: A delegation grants more than the one it rests on
	ErrScopeWidened Status = C.SIGNET_ERR_SCOPE_WIDENED
	// ErrDelegationDepthExceeded: More delegations follow than the delegation's depth allows
	ErrDelegationDepthExceeded Status = C.SIGNET_ERR_DELEGATION_DEPTH_EXCEEDED
	// ErrChainEmpty: A delegation chain without a link
	ErrChainEmpty Status = C.SIGNET_ERR_CHAIN_EMPTY
	// ErrChainTooLong: A delegation chain with more links than the limit in force
	ErrChainTooLong Status = C.SIGNET_ERR_CHAIN_TOO_LONG
	// ErrChainRootUntrusted: The first delegator of a chain is not a trusted root
	ErrChainRootUntrusted Status = C.SIGNET_ERR_CHAIN_ROOT_UNTRUSTED
	// ErrChainBroken: A link of a chain is not by the key that the link before it names
	ErrChainBroken Status = C.SIGNET_ERR_CHAIN_BROKEN
	// ErrChainDelegateMismatch: The last delegate of a chain is not the key that acts
	ErrChainDelegateMismatch Status = C.SIGNET_ERR_CHAIN_DELEGATE_MISMATCH
	// ErrScopeViolation: The action's tool or target is outside the delegated scope
	ErrScopeViolation Status = C.SIGNET_ERR_SCOPE_VIOLATION
	// ErrChainHashMismatch: The chain_hash of a receipt is not the hash of the chain it carries
	ErrChainHashMismatch Status = C.SIGNET_ERR_CHAIN_HASH_MISMATCH
	// ErrChainRootMismatch: The root that a receipt names is not the first delegator of its chain
	ErrChainRootMismatch Status = C.SIGNET_ERR_CHAIN_ROOT_MISMATCH
	// ErrLogTorn: Verdict: the end of the log was cut by a crash
	ErrLogTorn Status = C.SIGNET_ERR_LOG_TORN
	// ErrLogTampered: Verdict: a record that was durable is another one now, or is no record
	ErrLogTampered Status = C.SIGNET_ERR_LOG_TAMPERED
	// ErrLogTruncated: Verdict: records that were durable are missing from the end of the log
	ErrLogTruncated Status = C.SIGNET_ERR_LOG_TRUNCATED
	// ErrLogForked: Verdict: two records of the log name the same predecessor
	ErrLogForked Status = C.SIGNET_ERR_LOG_FORKED
	// ErrLogUnverifiable: Verdict: something in the log cannot be judged
	ErrLogUnverifiable Status = C.SIGNET_ERR_LOG_UNVERIFIABLE
	// ErrLogStale: Verdict: the log has no checkpoint within the promised time
	ErrLogStale Status = C.SIGNET_ERR_LOG_STALE
	// ErrSealedParamsInvalid: Encrypted params of a log record have the wrong form, name another key than the signer's, or stand beside params in clear
	ErrSealedParamsInvalid Status = C.SIGNET_ERR_SEALED_PARAMS_INVALID
	// ErrSealedParamsAltered: Encrypted params, or the receipt they belong to, are not what was sealed
	ErrSealedParamsAltered Status = C.SIGNET_ERR_SEALED_PARAMS_ALTERED
	// ErrBundleInvalid: An evidence bundle lacks a file, or a file of it cannot be read
	ErrBundleInvalid Status = C.SIGNET_ERR_BUNDLE_INVALID
	// ErrBundleTampered: Verdict: an evidence bundle is not what its manifest says
	ErrBundleTampered Status = C.SIGNET_ERR_BUNDLE_TAMPERED
	// ErrBundleUnverifiable: Verdict: something in an evidence bundle cannot be judged: no signature of a trusted exporter, no trusted keys, or params that nobody here can open
	ErrBundleUnverifiable Status = C.SIGNET_ERR_BUNDLE_UNVERIFIABLE
	// ErrUnsigned: A call carries no receipt where one is required
	ErrUnsigned Status = C.SIGNET_ERR_UNSIGNED
	// ErrReplayed: The nonce was used before: somebody presents a receipt again
	ErrReplayed Status = C.SIGNET_ERR_REPLAYED
	// ErrReplayStoreFull: There is no room to remember another nonce, and none may be forgotten yet
	ErrReplayStoreFull Status = C.SIGNET_ERR_REPLAY_STORE_FULL
	// ErrReplayStoreFailed: The replay store cannot be read, written or relied on
	ErrReplayStoreFailed Status = C.SIGNET_ERR_REPLAY_STORE_FAILED
	// ErrTooOld: A receipt was signed too long ago to be acted on
	ErrTooOld Status = C.SIGNET_ERR_TOO_OLD
	// ErrFromFuture: A receipt is dated after the verifier's time
	ErrFromFuture Status = C.SIGNET_ERR_FROM_FUTURE
	// ErrTargetMismatch: A receipt was signed for another target than the one it was presented to
	ErrTargetMismatch Status = C.SIGNET_ERR_TARGET_MISMATCH
	// ErrToolMismatch: A receipt was signed for another tool than the one that is called
	ErrToolMismatch Status = C.SIGNET_ERR_TOOL_MISMATCH
	// ErrArgumentsMismatch: A receipt was signed for other arguments than those of the call
	ErrArgumentsMismatch Status = C.SIGNET_ERR_ARGUMENTS_MISMATCH
	// ErrArgumentsHidden: A receipt holds only the hash of its params, which was not allowed
	ErrArgumentsHidden Status = C.SIGNET_ERR_ARGUMENTS_HIDDEN
	// ErrDelegationRequired: A receipt rests on no delegation where one is required
	ErrDelegationRequired Status = C.SIGNET_ERR_DELEGATION_REQUIRED
	// ErrDecisionInvalid: An authority's decision has the wrong form or contradicts itself
	ErrDecisionInvalid Status = C.SIGNET_ERR_DECISION_INVALID
	// ErrDecisionMismatch: An authority's decision is about another action or another agent
	ErrDecisionMismatch Status = C.SIGNET_ERR_DECISION_MISMATCH
	// ErrDecisionRequired: A receipt carries no decision of a trusted authority where one is required
	ErrDecisionRequired Status = C.SIGNET_ERR_DECISION_REQUIRED
	// ErrDecisionUsedUp: An authority's decision has been used as often as it may be
	ErrDecisionUsedUp Status = C.SIGNET_ERR_DECISION_USED_UP
	// ErrRevoked: A delegation or a decision was revoked at the time in question
	ErrRevoked Status = C.SIGNET_ERR_REVOKED
	// ErrMessageInvalid: No JSON-RPC 2.0 message, or one that two readers could take for different ones
	ErrMessageInvalid Status = C.SIGNET_ERR_MESSAGE_INVALID
	// ErrAlreadySigned: A message carries a receipt already, which signing would replace
	ErrAlreadySigned Status = C.SIGNET_ERR_ALREADY_SIGNED
	// ErrEvidenceNotStored: The evidence of a call could not be stored, so the call was not let through
	ErrEvidenceNotStored Status = C.SIGNET_ERR_EVIDENCE_NOT_STORED
)

// statuses are all of them, for the test that misses none.
var statuses = []Status{ErrNullArgument, ErrInvalidArgument, ErrBufferTooSmall, ErrUnsupported, ErrStopped, ErrReentered, ErrIO, ErrRandomness, ErrTooLarge, ErrInternal, ErrJSONSyntax, ErrJSONEncoding, ErrJSONDuplicateMember, ErrJSONLoneSurrogate, ErrJSONNumber, ErrJSONTooDeep, ErrJSONInexactNumber, ErrKeyInvalid, ErrKeyWeak, ErrKeyNotFound, ErrKeyExists, ErrKeyNameInvalid, ErrWrongPassphrase, ErrPassphraseRequired, ErrKeyFileCorrupt, ErrKDFLimit, ErrSignerFailed, ErrKeyExposed, ErrReceiptInvalid, ErrReceiptVersion, ErrUnknownMember, ErrSignatureInvalid, ErrKeyMismatch, ErrIDMismatch, ErrParamsHashMismatch, ErrExpired, ErrTimestampInvalid, ErrSignerUntrusted, ErrTimeOutOfWindow, ErrBindingMismatch, ErrSameSigner, ErrContentHashMismatch, ErrProofInvalid, ErrNoteInvalid, ErrNoteUnsigned, ErrTileInvalid, ErrRecordInvalid, ErrRecordNotFound, ErrLogBusy, ErrLogDamaged, ErrSyncFailed, ErrLogClosed, ErrNetworkFileSystem, ErrPolicyInvalid, ErrPolicyDenied, ErrApprovalRequired, ErrTrustBundleInvalid, ErrKeyDisabled, ErrKeyRevoked, ErrKeyExpired, ErrDelegationInvalid, ErrPrincipalInvalid, ErrDelegationExpired, ErrDelegationNotYetValid, ErrScopeWidened, ErrDelegationDepthExceeded, ErrChainEmpty, ErrChainTooLong, ErrChainRootUntrusted, ErrChainBroken, ErrChainDelegateMismatch, ErrScopeViolation, ErrChainHashMismatch, ErrChainRootMismatch, ErrLogTorn, ErrLogTampered, ErrLogTruncated, ErrLogForked, ErrLogUnverifiable, ErrLogStale, ErrSealedParamsInvalid, ErrSealedParamsAltered, ErrBundleInvalid, ErrBundleTampered, ErrBundleUnverifiable, ErrUnsigned, ErrReplayed, ErrReplayStoreFull, ErrReplayStoreFailed, ErrTooOld, ErrFromFuture, ErrTargetMismatch, ErrToolMismatch, ErrArgumentsMismatch, ErrArgumentsHidden, ErrDelegationRequired, ErrDecisionInvalid, ErrDecisionMismatch, ErrDecisionRequired, ErrDecisionUsedUp, ErrRevoked, ErrMessageInvalid, ErrAlreadySigned, ErrEvidenceNotStored}
