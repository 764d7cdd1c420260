// What can go wrong: one class for each status of the library.
//
// Written from include/signet.h by `npm run generate`; do not edit. A test compares
// the two.

import { SignetError } from "./failure.js";

export { SignetError } from "./failure.js";

/** A pointer that must not be NULL was NULL. */
export class NullArgumentError extends SignetError {
  static override readonly status: number = 1;
}

/** An argument has a value that the function cannot use. */
export class InvalidArgumentError extends SignetError {
  static override readonly status: number = 2;
}

/** A buffer of the caller is too small for the result. */
export class BufferTooSmallError extends SignetError {
  static override readonly status: number = 3;
}

/** What was asked for is well-formed but not in this version of the library. */
export class UnsupportedError extends SignetError {
  static override readonly status: number = 4;
}

/** A callback of the caller asked to stop. */
export class StoppedError extends SignetError {
  static override readonly status: number = 5;
}

/** The function was called from inside its own callback. */
export class ReenteredError extends SignetError {
  static override readonly status: number = 6;
}

/** The operating system refused a file operation. */
export class IoError extends SignetError {
  static override readonly status: number = 7;
}

/** The system's random number generator failed. */
export class RandomnessError extends SignetError {
  static override readonly status: number = 8;
}

/** The input is larger than the limit in force. */
export class TooLargeError extends SignetError {
  static override readonly status: number = 9;
}

/** A bug in the library. The call had no effect; other handles still work. */
export class InternalError extends SignetError {
  static override readonly status: number = 10;
}

/** The text is not JSON (RFC 8259). */
export class JsonSyntaxError extends SignetError {
  static override readonly status: number = 20;
}

/** The text is not UTF-8, or starts with a byte order mark. */
export class JsonEncodingError extends SignetError {
  static override readonly status: number = 21;
}

/** An object has two members of one name. */
export class JsonDuplicateMemberError extends SignetError {
  static override readonly status: number = 22;
}

/** A string escapes half of a surrogate pair. */
export class JsonLoneSurrogateError extends SignetError {
  static override readonly status: number = 23;
}

/** A number is NaN, infinite, or overflows a double. */
export class JsonNumberError extends SignetError {
  static override readonly status: number = 24;
}

/** Arrays and objects are nested deeper than the limit. */
export class JsonTooDeepError extends SignetError {
  static override readonly status: number = 25;
}

/** A number in a signed text denotes another value than its canonical form. */
export class JsonInexactNumberError extends SignetError {
  static override readonly status: number = 26;
}

/** Bytes or a text that do not encode an Ed25519 key. */
export class KeyInvalidError extends SignetError {
  static override readonly status: number = 40;
}

/** A public key of small order, under which anybody can forge. */
export class KeyWeakError extends SignetError {
  static override readonly status: number = 41;
}

/** No key of that name is in the keystore. */
export class KeyNotFoundError extends SignetError {
  static override readonly status: number = 42;
}

/** A key of that name is already in the keystore. */
export class KeyExistsError extends SignetError {
  static override readonly status: number = 43;
}

/** A key name that is empty, too long, or not of letters, digits, '-' and '_'. */
export class KeyNameInvalidError extends SignetError {
  static override readonly status: number = 44;
}

/** The passphrase does not open the key file, or its sealed part was altered. */
export class WrongPassphraseError extends SignetError {
  static override readonly status: number = 45;
}

/** The key file is encrypted and no passphrase was given. */
export class PassphraseRequiredError extends SignetError {
  static override readonly status: number = 46;
}

/** The key file is damaged or contradicts itself. */
export class KeyFileCorruptError extends SignetError {
  static override readonly status: number = 47;
}

/** The key file asks for more key-derivation work than is allowed. */
export class KdfLimitError extends SignetError {
  static override readonly status: number = 48;
}

/** A signer callback failed, or its signature does not verify. */
export class SignerFailedError extends SignetError {
  static override readonly status: number = 49;
}

/** An unencrypted key file can be read or replaced by other users. */
export class KeyExposedError extends SignetError {
  static override readonly status: number = 50;
}

/** A member of a signed object is missing or has the wrong form. */
export class ReceiptInvalidError extends SignetError {
  static override readonly status: number = 60;
}

/** A receipt of a version that this library does not know. */
export class ReceiptVersionError extends SignetError {
  static override readonly status: number = 61;
}

/** A signed object has a member that the signature does not cover. */
export class UnknownMemberError extends SignetError {
  static override readonly status: number = 62;
}

/** The signature does not verify under the key. */
export class SignatureInvalidError extends SignetError {
  static override readonly status: number = 63;
}

/** The object names another key than the one it was checked against. */
export class KeyMismatchError extends SignetError {
  static override readonly status: number = 64;
}

/** An id does not derive from its signature. */
export class IdMismatchError extends SignetError {
  static override readonly status: number = 65;
}

/** params_hash is not the hash of the params. */
export class ParamsHashMismatchError extends SignetError {
  static override readonly status: number = 66;
}

/** The evidence has passed its expiry time. */
export class ExpiredError extends SignetError {
  static override readonly status: number = 67;
}

/** A timestamp is not an RFC 3339 date-time. */
export class TimestampInvalidError extends SignetError {
  static override readonly status: number = 68;
}

/** The signer is not among the trusted keys. */
export class SignerUntrustedError extends SignetError {
  static override readonly status: number = 69;
}

/** A timestamp lies outside the window that was allowed. */
export class TimeOutOfWindowError extends SignetError {
  static override readonly status: number = 70;
}

/** A session or call is not the expected one. */
export class BindingMismatchError extends SignetError {
  static override readonly status: number = 71;
}

/** Agent and server have the same key, so nobody else has seen the call. */
export class SameSignerError extends SignetError {
  static override readonly status: number = 72;
}

/** content_hash is not the hash of the response. */
export class ContentHashMismatchError extends SignetError {
  static override readonly status: number = 73;
}

/** A proof does not lead from the leaf to the root. */
export class ProofInvalidError extends SignetError {
  static override readonly status: number = 80;
}

/** A signed note, checkpoint or proof file has the wrong form. */
export class NoteInvalidError extends SignetError {
  static override readonly status: number = 81;
}

/** No signature on a note is by a trusted key. */
export class NoteUnsignedError extends SignetError {
  static override readonly status: number = 82;
}

/** A stored tile is missing, cut short or not part of the tree: rebuild it. */
export class TileInvalidError extends SignetError {
  static override readonly status: number = 83;
}

/** The bytes are not a record that a log can hold or read back. */
export class RecordInvalidError extends SignetError {
  static override readonly status: number = 90;
}

/** The log has no record of that index. */
export class RecordNotFoundError extends SignetError {
  static override readonly status: number = 91;
}

/** Another writer has held a lock of the log for too long. */
export class LogBusyError extends SignetError {
  static override readonly status: number = 92;
}

/** The log is damaged where it would have to be changed, and that was not allowed. */
export class LogDamagedError extends SignetError {
  static override readonly status: number = 93;
}

/** The disk did not confirm the records: they may be in the log or not. */
export class SyncFailedError extends SignetError {
  static override readonly status: number = 94;
}

/** The log is closed, or was opened by another process before a fork. */
export class LogClosedError extends SignetError {
  static override readonly status: number = 95;
}

/** The folder of the log lies on a file system of another machine, such as NFS or SMB. */
export class NetworkFileSystemError extends SignetError {
  static override readonly status: number = 96;
}

/** A policy document that is not YAML or JSON, or says what the format does not define. */
export class PolicyInvalidError extends SignetError {
  static override readonly status: number = 100;
}

/** The policy denies the action. */
export class PolicyDeniedError extends SignetError {
  static override readonly status: number = 101;
}

/** The policy lets the action through only with a human's approval. */
export class ApprovalRequiredError extends SignetError {
  static override readonly status: number = 102;
}

/** A trust bundle that is not YAML or JSON, or breaks a rule of the format. */
export class TrustBundleInvalidError extends SignetError {
  static override readonly status: number = 110;
}

/** The key was disabled at the time in question. */
export class KeyDisabledError extends SignetError {
  static override readonly status: number = 111;
}

/** The key was revoked at the time in question. */
export class KeyRevokedError extends SignetError {
  static override readonly status: number = 112;
}

/** The key had expired at the time in question. */
export class KeyExpiredError extends SignetError {
  static override readonly status: number = 113;
}

/** A delegation token or scope has the wrong shape, or grants nothing that could be meant. */
export class DelegationInvalidError extends SignetError {
  static override readonly status: number = 120;
}

/** A principal is not of the form `scheme://domain/path`. */
export class PrincipalInvalidError extends SignetError {
  static override readonly status: number = 121;
}

/** A delegation had expired at the time in question. */
export class DelegationExpiredError extends SignetError {
  static override readonly status: number = 122;
}

/** A delegation had not been issued yet at the time in question. */
export class DelegationNotYetValidError extends SignetError {
  static override readonly status: number = 123;
}

/** A delegation grants more than the one it rests on. */
export class ScopeWidenedError extends SignetError {
  static override readonly status: number = 124;
}

/** More delegations follow than the delegation's depth allows. */
export class DelegationDepthExceededError extends SignetError {
  static override readonly status: number = 125;
}

/** A delegation chain without a link. */
export class ChainEmptyError extends SignetError {
  static override readonly status: number = 126;
}

/** A delegation chain with more links than the limit in force. */
export class ChainTooLongError extends SignetError {
  static override readonly status: number = 127;
}

/** The first delegator of a chain is not a trusted root. */
export class ChainRootUntrustedError extends SignetError {
  static override readonly status: number = 128;
}

/** A link of a chain is not by the key that the link before it names. */
export class ChainBrokenError extends SignetError {
  static override readonly status: number = 129;
}

/** The last delegate of a chain is not the key that acts. */
export class ChainDelegateMismatchError extends SignetError {
  static override readonly status: number = 130;
}

/** The action's tool or target is outside the delegated scope. */
export class ScopeViolationError extends SignetError {
  static override readonly status: number = 131;
}

/** The chain_hash of a receipt is not the hash of the chain it carries. */
export class ChainHashMismatchError extends SignetError {
  static override readonly status: number = 132;
}

/** The root that a receipt names is not the first delegator of its chain. */
export class ChainRootMismatchError extends SignetError {
  static override readonly status: number = 133;
}

/** Verdict: the end of the log was cut by a crash. */
export class LogTornError extends SignetError {
  static override readonly status: number = 150;
}

/** Verdict: a record that was durable is another one now, or is no record. */
export class LogTamperedError extends SignetError {
  static override readonly status: number = 151;
}

/** Verdict: records that were durable are missing from the end of the log. */
export class LogTruncatedError extends SignetError {
  static override readonly status: number = 152;
}

/** Verdict: two records of the log name the same predecessor. */
export class LogForkedError extends SignetError {
  static override readonly status: number = 153;
}

/** Verdict: something in the log cannot be judged. */
export class LogUnverifiableError extends SignetError {
  static override readonly status: number = 154;
}

/** Verdict: the log has no checkpoint within the promised time. */
export class LogStaleError extends SignetError {
  static override readonly status: number = 155;
}

/** Encrypted params of a log record have the wrong form, name another key than the signer's, or stand beside params in clear. */
export class SealedParamsInvalidError extends SignetError {
  static override readonly status: number = 160;
}

/** Encrypted params, or the receipt they belong to, are not what was sealed. */
export class SealedParamsAlteredError extends SignetError {
  static override readonly status: number = 161;
}

/** An evidence bundle lacks a file, or a file of it cannot be read. */
export class BundleInvalidError extends SignetError {
  static override readonly status: number = 162;
}

/** Verdict: an evidence bundle is not what its manifest says. */
export class BundleTamperedError extends SignetError {
  static override readonly status: number = 163;
}

/** Verdict: something in an evidence bundle cannot be judged: no signature of a trusted exporter, no trusted keys, or params that nobody here can open. */
export class BundleUnverifiableError extends SignetError {
  static override readonly status: number = 164;
}

/** A call carries no receipt where one is required. */
export class UnsignedError extends SignetError {
  static override readonly status: number = 170;
}

/** The nonce was used before: somebody presents a receipt again. */
export class ReplayedError extends SignetError {
  static override readonly status: number = 171;
}

/** There is no room to remember another nonce, and none may be forgotten yet. */
export class ReplayStoreFullError extends SignetError {
  static override readonly status: number = 172;
}

/** The replay store cannot be read, written or relied on. */
export class ReplayStoreFailedError extends SignetError {
  static override readonly status: number = 173;
}

/** A receipt was signed too long ago to be acted on. */
export class TooOldError extends SignetError {
  static override readonly status: number = 174;
}

/** A receipt is dated after the verifier's time. */
export class FromFutureError extends SignetError {
  static override readonly status: number = 175;
}

/** A receipt was signed for another target than the one it was presented to. */
export class TargetMismatchError extends SignetError {
  static override readonly status: number = 176;
}

/** A receipt was signed for another tool than the one that is called. */
export class ToolMismatchError extends SignetError {
  static override readonly status: number = 177;
}

/** A receipt was signed for other arguments than those of the call. */
export class ArgumentsMismatchError extends SignetError {
  static override readonly status: number = 178;
}

/** A receipt holds only the hash of its params, which was not allowed. */
export class ArgumentsHiddenError extends SignetError {
  static override readonly status: number = 179;
}

/** A receipt rests on no delegation where one is required. */
export class DelegationRequiredError extends SignetError {
  static override readonly status: number = 180;
}

/** An authority's decision has the wrong form or contradicts itself. */
export class DecisionInvalidError extends SignetError {
  static override readonly status: number = 181;
}

/** An authority's decision is about another action or another agent. */
export class DecisionMismatchError extends SignetError {
  static override readonly status: number = 182;
}

/** A receipt carries no decision of a trusted authority where one is required. */
export class DecisionRequiredError extends SignetError {
  static override readonly status: number = 183;
}

/** An authority's decision has been used as often as it may be. */
export class DecisionUsedUpError extends SignetError {
  static override readonly status: number = 184;
}

/** A delegation or a decision was revoked at the time in question. */
export class RevokedError extends SignetError {
  static override readonly status: number = 185;
}

/** No JSON-RPC 2.0 message, or one that two readers could take for different ones. */
export class MessageInvalidError extends SignetError {
  static override readonly status: number = 190;
}

/** A message carries a receipt already, which signing would replace. */
export class AlreadySignedError extends SignetError {
  static override readonly status: number = 191;
}

/** The evidence of a call could not be stored, so the call was not let through. */
export class EvidenceNotStoredError extends SignetError {
  static override readonly status: number = 192;
}

/** The class of each status. */
export const ERRORS: ReadonlyMap<number, typeof SignetError> = new Map<number, typeof SignetError>([
  [1, NullArgumentError],
  [2, InvalidArgumentError],
  [3, BufferTooSmallError],
  [4, UnsupportedError],
  [5, StoppedError],
  [6, ReenteredError],
  [7, IoError],
  [8, RandomnessError],
  [9, TooLargeError],
  [10, InternalError],
  [20, JsonSyntaxError],
  [21, JsonEncodingError],
  [22, JsonDuplicateMemberError],
  [23, JsonLoneSurrogateError],
  [24, JsonNumberError],
  [25, JsonTooDeepError],
  [26, JsonInexactNumberError],
  [40, KeyInvalidError],
  [41, KeyWeakError],
  [42, KeyNotFoundError],
  [43, KeyExistsError],
  [44, KeyNameInvalidError],
  [45, WrongPassphraseError],
  [46, PassphraseRequiredError],
  [47, KeyFileCorruptError],
  [48, KdfLimitError],
  [49, SignerFailedError],
  [50, KeyExposedError],
  [60, ReceiptInvalidError],
  [61, ReceiptVersionError],
  [62, UnknownMemberError],
  [63, SignatureInvalidError],
  [64, KeyMismatchError],
  [65, IdMismatchError],
  [66, ParamsHashMismatchError],
  [67, ExpiredError],
  [68, TimestampInvalidError],
  [69, SignerUntrustedError],
  [70, TimeOutOfWindowError],
  [71, BindingMismatchError],
  [72, SameSignerError],
  [73, ContentHashMismatchError],
  [80, ProofInvalidError],
  [81, NoteInvalidError],
  [82, NoteUnsignedError],
  [83, TileInvalidError],
  [90, RecordInvalidError],
  [91, RecordNotFoundError],
  [92, LogBusyError],
  [93, LogDamagedError],
  [94, SyncFailedError],
  [95, LogClosedError],
  [96, NetworkFileSystemError],
  [100, PolicyInvalidError],
  [101, PolicyDeniedError],
  [102, ApprovalRequiredError],
  [110, TrustBundleInvalidError],
  [111, KeyDisabledError],
  [112, KeyRevokedError],
  [113, KeyExpiredError],
  [120, DelegationInvalidError],
  [121, PrincipalInvalidError],
  [122, DelegationExpiredError],
  [123, DelegationNotYetValidError],
  [124, ScopeWidenedError],
  [125, DelegationDepthExceededError],
  [126, ChainEmptyError],
  [127, ChainTooLongError],
  [128, ChainRootUntrustedError],
  [129, ChainBrokenError],
  [130, ChainDelegateMismatchError],
  [131, ScopeViolationError],
  [132, ChainHashMismatchError],
  [133, ChainRootMismatchError],
  [150, LogTornError],
  [151, LogTamperedError],
  [152, LogTruncatedError],
  [153, LogForkedError],
  [154, LogUnverifiableError],
  [155, LogStaleError],
  [160, SealedParamsInvalidError],
  [161, SealedParamsAlteredError],
  [162, BundleInvalidError],
  [163, BundleTamperedError],
  [164, BundleUnverifiableError],
  [170, UnsignedError],
  [171, ReplayedError],
  [172, ReplayStoreFullError],
  [173, ReplayStoreFailedError],
  [174, TooOldError],
  [175, FromFutureError],
  [176, TargetMismatchError],
  [177, ToolMismatchError],
  [178, ArgumentsMismatchError],
  [179, ArgumentsHiddenError],
  [180, DelegationRequiredError],
  [181, DecisionInvalidError],
  [182, DecisionMismatchError],
  [183, DecisionRequiredError],
  [184, DecisionUsedUpError],
  [185, RevokedError],
  [190, MessageInvalidError],
  [191, AlreadySignedError],
  [192, EvidenceNotStoredError],
]);
