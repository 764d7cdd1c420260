"""What can go wrong: one exception class for each status of the library.

All derive from `SignetError`. Classes that the published Signet has keep their names,
and what it does not tell apart derives from the class it uses, so that an `except`
clause written for it catches the same failures. The others are named after the
status: `SIGNET_ERR_LOG_TORN` is `LogTornError`.
"""

from __future__ import annotations

from typing import ClassVar, Dict, Iterator, Optional, Type

from . import _abi


class SignetError(Exception):
    """A call that failed. The text names the input and what was wrong with it."""

    #: The number of the status that this class stands for; None for a base class.
    STATUS: ClassVar[Optional[int]] = None

    #: The number of the status; None when the failure is not the library's.
    status: Optional[int]
    #: Byte offset in a text, or index of a record or link; None without a place.
    position: Optional[int]
    #: The line and the character in it, from 1, in a document that people write.
    line: Optional[int] = None
    column: Optional[int] = None

    def __init__(
        self, message: str = "", *, status: Optional[int] = None, position: Optional[int] = None
    ) -> None:
        super().__init__(message)
        self.status = type(self).STATUS if status is None else status
        self.position = position

    @property
    def status_name(self) -> Optional[str]:
        """The name of the status, for example "SIGNET_ERR_EXPIRED"."""
        if self.status is None:
            return None
        return _abi.STATUSES.get(self.status, "SIGNET_ERR_UNKNOWN")


# Calls


class NullArgumentError(SignetError):
    """A pointer that must not be NULL was NULL."""

    STATUS = 1


class InvalidArgumentError(SignetError, ValueError):
    """An argument has a value that the function cannot use."""

    STATUS = 2


class BufferTooSmallError(SignetError):
    """A buffer of the caller is too small for the result."""

    STATUS = 3


class UnsupportedFormatError(SignetError):
    """Well-formed, but not in this version of the library."""

    STATUS = 4


class StoppedError(SignetError):
    """A callback asked to stop."""

    STATUS = 5


class ReenteredError(SignetError):
    """The function was called from inside its own callback."""

    STATUS = 6


class SignetIOError(SignetError):
    """The operating system refused a file operation."""

    STATUS = 7


class RandomnessError(SignetError):
    """The system's random number generator failed."""

    STATUS = 8


class TooLargeError(SignetError):
    """The input is larger than the limit in force."""

    STATUS = 9


class InternalError(SignetError):
    """A bug in the library. The call had no effect."""

    STATUS = 10


# JSON


class SerializeError(SignetError):
    """A text is not the JSON that it should be."""


class CanonicalizeError(SignetError):
    """A JSON value has no canonical form."""


class JsonSyntaxError(SerializeError):
    """The text is not JSON."""

    STATUS = 20


class JsonEncodingError(SerializeError):
    """The text is not UTF-8, or starts with a byte order mark."""

    STATUS = 21


class JsonDuplicateMemberError(SerializeError):
    """An object has two members of one name."""

    STATUS = 22


class JsonLoneSurrogateError(SerializeError):
    """A string escapes half of a surrogate pair."""

    STATUS = 23


class JsonNumberError(CanonicalizeError):
    """A number is NaN, infinite, or overflows a double."""

    STATUS = 24


class JsonTooDeepError(SerializeError):
    """Arrays and objects are nested deeper than the limit."""

    STATUS = 25


class JsonInexactNumberError(CanonicalizeError):
    """A number in a signed text denotes another value than its canonical form."""

    STATUS = 26


# Keys


class InvalidKeyError(SignetError):
    """Bytes or a text that do not encode an Ed25519 key."""

    STATUS = 40


class KeyWeakError(InvalidKeyError):
    """A public key of small order, under which anybody can forge."""

    STATUS = 41


class KeyNotFoundError(SignetError):
    """No key of that name is in the keystore."""

    STATUS = 42


class KeyExistsError(SignetError):
    """A key of that name is already in the keystore."""

    STATUS = 43


class InvalidNameError(SignetError):
    """A key name that is empty, too long, or has other characters than allowed."""

    STATUS = 44


class DecryptionError(SignetError):
    """A key file could not be opened."""


class WrongPassphraseError(DecryptionError):
    """The passphrase does not open the key file, or its sealed part was altered."""

    STATUS = 45


class PassphraseRequiredError(DecryptionError):
    """The key file is encrypted and no passphrase was given."""

    STATUS = 46


class CorruptedFileError(SignetError):
    """The key file is damaged or contradicts itself."""

    STATUS = 47


class KdfLimitError(CorruptedFileError):
    """The key file asks for more key-derivation work than is allowed."""

    STATUS = 48


class SignerFailedError(SignetError):
    """A signer callback failed, or its signature does not verify."""

    STATUS = 49


class KeyExposedError(SignetError):
    """An unencrypted key file can be read or replaced by other users."""

    STATUS = 50


# Receipts


class InvalidReceiptError(SignetError):
    """A member of a signed object is missing or has the wrong form."""

    STATUS = 60


class ReceiptVersionError(InvalidReceiptError):
    """A receipt of a version that is not known, or not the one that is meant."""

    STATUS = 61


class UnknownMemberError(InvalidReceiptError):
    """A signed object has a member that the signature does not cover."""

    STATUS = 62


class SignatureMismatchError(SignetError):
    """The signature does not verify under the key."""

    STATUS = 63


class KeyMismatchError(SignatureMismatchError):
    """The object names another key than the one it was checked against."""

    STATUS = 64


class IdMismatchError(SignatureMismatchError):
    """An id does not derive from its signature."""

    STATUS = 65


class ParamsHashMismatchError(SignatureMismatchError):
    """params_hash is not the hash of the params."""

    STATUS = 66


class ExpiredError(InvalidReceiptError):
    """The evidence has passed its expiry time."""

    STATUS = 67


class TimestampInvalidError(InvalidReceiptError):
    """A timestamp is not an RFC 3339 date-time."""

    STATUS = 68


class SignerUntrustedError(SignatureMismatchError):
    """The signer is not among the trusted keys."""

    STATUS = 69


class TimeOutOfWindowError(InvalidReceiptError):
    """A timestamp lies outside the window that was allowed."""

    STATUS = 70


class BindingMismatchError(InvalidReceiptError):
    """A session or call is not the expected one."""

    STATUS = 71


class SameSignerError(InvalidReceiptError):
    """Agent and server have the same key, so nobody else has seen the call."""

    STATUS = 72


class ContentHashMismatchError(SignatureMismatchError):
    """content_hash is not the hash of the response."""

    STATUS = 73


# Proofs


class ProofInvalidError(SignetError):
    """A proof does not lead from the leaf to the root."""

    STATUS = 80


class NoteInvalidError(SignetError):
    """A signed note, checkpoint or proof file has the wrong form."""

    STATUS = 81


class NoteUnsignedError(SignetError):
    """No signature on a note is by a trusted key."""

    STATUS = 82


class TileInvalidError(SignetError):
    """A stored tile is missing, cut short or not part of the tree."""

    STATUS = 83


# The audit log


class CorruptedRecordError(SignetError):
    """The bytes are not a record that a log can hold or read back."""

    STATUS = 90


class RecordNotFoundError(SignetError):
    """The log has no record of that index."""

    STATUS = 91


class LogBusyError(SignetError):
    """Another writer has held a lock of the log for too long."""

    STATUS = 92


class LogDamagedError(CorruptedRecordError):
    """The log is damaged where it would have to be changed."""

    STATUS = 93


class SyncFailedError(SignetIOError):
    """The disk did not confirm the records: they may be in the log or not."""

    STATUS = 94


class LogClosedError(SignetError):
    """The log is closed, or was opened by another process before a fork."""

    STATUS = 95


class NetworkFileSystemError(SignetIOError):
    """The folder of the log lies on a file system of another machine."""

    STATUS = 96


# Policies


class PolicyParseError(SignetError):
    """A policy document that says what the format does not define."""

    STATUS = 100


class PolicyViolationError(SignetError):
    """The policy denies the action."""

    STATUS = 101

    #: What to append to the log, as JSON; None unless signing under a policy raised it.
    violation: Optional[str] = None


class RequiresApprovalError(SignetError):
    """The policy lets the action through only with a human's approval."""

    STATUS = 102

    #: What to append to the log, as JSON; None unless signing under a policy raised it.
    violation: Optional[str] = None


# Trust


class TrustBundleError(SignetError):
    """A trust bundle that is not YAML or JSON, or breaks a rule of the format."""

    STATUS = 110


#: The library does not tell a bundle that cannot be read from one that breaks a rule.
TrustBundleParseError = TrustBundleError


class KeyDisabledError(SignerUntrustedError):
    """The key was disabled at the time in question."""

    STATUS = 111


class KeyRevokedError(SignerUntrustedError):
    """The key was revoked at the time in question."""

    STATUS = 112


class KeyExpiredError(SignerUntrustedError):
    """The key had expired at the time in question."""

    STATUS = 113


# Delegations


class ChainError(SignetError):
    """A delegation chain does not lead from a trusted root to who acts."""


class ScopeViolationError(SignetError):
    """A delegation grants more than the one it rests on."""

    STATUS = 124


class DelegationInvalidError(ScopeViolationError, ChainError):
    """A delegation token or scope has the wrong shape, or grants nothing."""

    STATUS = 120


class InvalidPrincipalError(SignetError):
    """A principal is not of the form `scheme://domain/path`."""

    STATUS = 121


class DelegationExpiredError(SignetError):
    """A delegation had expired at the time in question."""

    STATUS = 122


class DelegationNotYetValidError(ChainError):
    """A delegation had not been issued yet at the time in question."""

    STATUS = 123


class DelegationDepthExceededError(ScopeViolationError, ChainError):
    """More delegations follow than the delegation's depth allows."""

    STATUS = 125


class ChainEmptyError(ChainError):
    """A delegation chain without a link."""

    STATUS = 126


class ChainTooLongError(ChainError):
    """A delegation chain with more links than the limit in force."""

    STATUS = 127


class ChainRootUntrustedError(ChainError):
    """The first delegator of a chain is not a trusted root."""

    STATUS = 128


class ChainBrokenError(ChainError):
    """A link of a chain is not by the key that the link before it names."""

    STATUS = 129


class ChainDelegateMismatchError(ChainError):
    """The last delegate of a chain is not the key that acts."""

    STATUS = 130


class UnauthorizedError(SignetError):
    """The action's tool or target is outside the delegated scope."""

    STATUS = 131


class ChainHashMismatchError(ChainError):
    """The chain_hash of a receipt is not the hash of the chain it carries."""

    STATUS = 132


class ChainRootMismatchError(ChainError):
    """The root that a receipt names is not the first delegator of its chain."""

    STATUS = 133


# Verdicts about logs and bundles


class LogVerdictError(SignetError):
    """The log is not what it was, or cannot be judged."""


class LogTornError(LogVerdictError):
    """The end of the log was cut by a crash."""

    STATUS = 150


class LogTamperedError(LogVerdictError):
    """A record that was durable is another one now, or is no record."""

    STATUS = 151


class LogTruncatedError(LogVerdictError):
    """Records that were durable are missing from the end of the log."""

    STATUS = 152


class LogForkedError(LogVerdictError):
    """Two records of the log name the same predecessor."""

    STATUS = 153


class LogUnverifiableError(LogVerdictError):
    """Something in the log cannot be judged."""

    STATUS = 154


class LogStaleError(LogVerdictError):
    """The log has no checkpoint within the promised time."""

    STATUS = 155


class SealedParamsInvalidError(SignetError):
    """Encrypted params of a log record have the wrong form."""

    STATUS = 160


class SealedParamsAlteredError(DecryptionError):
    """Encrypted params, or the receipt they belong to, are not what was sealed."""

    STATUS = 161


class BundleInvalidError(SignetError):
    """An evidence bundle lacks a file, or a file of it cannot be read."""

    STATUS = 162


class BundleTamperedError(SignetError):
    """An evidence bundle is not what its manifest says."""

    STATUS = 163


class BundleUnverifiableError(SignetError):
    """Something in an evidence bundle cannot be judged."""

    STATUS = 164


# Requests at the execution boundary


class RequestRefusedError(SignetError):
    """A request was not let through, for what its receipt says or lacks."""


class UnsignedError(RequestRefusedError):
    """A call carries no receipt where one is required."""

    STATUS = 170


class ReplayedError(RequestRefusedError):
    """The nonce was used before: somebody presents a receipt again."""

    STATUS = 171


class ReplayStoreFullError(SignetError):
    """There is no room to remember another nonce, and none may be forgotten yet."""

    STATUS = 172


class ReplayStoreFailedError(SignetError):
    """The replay store cannot be read, written or relied on."""

    STATUS = 173


class TooOldError(RequestRefusedError):
    """A receipt was signed too long ago to be acted on."""

    STATUS = 174


class FromFutureError(RequestRefusedError):
    """A receipt is dated after the verifier's time."""

    STATUS = 175


class TargetMismatchError(RequestRefusedError):
    """A receipt was signed for another target than the one it was presented to."""

    STATUS = 176


class ToolMismatchError(RequestRefusedError):
    """A receipt was signed for another tool than the one that is called."""

    STATUS = 177


class ArgumentsMismatchError(RequestRefusedError):
    """A receipt was signed for other arguments than those of the call."""

    STATUS = 178


class ArgumentsHiddenError(RequestRefusedError):
    """A receipt holds only the hash of its params, which was not allowed."""

    STATUS = 179


class DelegationRequiredError(RequestRefusedError):
    """A receipt rests on no delegation where one is required."""

    STATUS = 180


class DecisionInvalidError(SignetError):
    """An authority's decision has the wrong form or contradicts itself."""

    STATUS = 181


class DecisionMismatchError(SignetError):
    """An authority's decision is about another action or another agent."""

    STATUS = 182


class DecisionRequiredError(RequestRefusedError):
    """A receipt carries no decision of a trusted authority where one is required."""

    STATUS = 183


class DecisionUsedUpError(RequestRefusedError):
    """An authority's decision has been used as often as it may be."""

    STATUS = 184


class MessageInvalidError(SignetError):
    """No JSON-RPC 2.0 message, or one that two readers could take for different ones."""

    STATUS = 190


class AlreadySignedError(SignetError):
    """A message carries a receipt already, which signing would replace."""

    STATUS = 191


class EvidenceNotStoredError(SignetError):
    """The evidence of a call could not be stored, so the call was not let through."""

    STATUS = 192


class RevokedError(RequestRefusedError):
    """A delegation or a decision was revoked at the time in question."""

    STATUS = 185


def _descendants(base: Type[SignetError]) -> Iterator[Type[SignetError]]:
    for one in base.__subclasses__():
        yield one
        yield from _descendants(one)


#: The class for each status.
BY_STATUS: Dict[int, Type[SignetError]] = {
    one.__dict__["STATUS"]: one for one in _descendants(SignetError) if "STATUS" in one.__dict__
}

__all__ = [
    "AlreadySignedError",
    "ArgumentsHiddenError",
    "ArgumentsMismatchError",
    "BindingMismatchError",
    "BufferTooSmallError",
    "BundleInvalidError",
    "BundleTamperedError",
    "BundleUnverifiableError",
    "CanonicalizeError",
    "ChainBrokenError",
    "ChainDelegateMismatchError",
    "ChainEmptyError",
    "ChainError",
    "ChainHashMismatchError",
    "ChainRootMismatchError",
    "ChainRootUntrustedError",
    "ChainTooLongError",
    "ContentHashMismatchError",
    "CorruptedFileError",
    "CorruptedRecordError",
    "DecisionInvalidError",
    "DecisionMismatchError",
    "DecisionRequiredError",
    "DecisionUsedUpError",
    "DecryptionError",
    "DelegationDepthExceededError",
    "DelegationExpiredError",
    "DelegationInvalidError",
    "DelegationNotYetValidError",
    "DelegationRequiredError",
    "EvidenceNotStoredError",
    "ExpiredError",
    "FromFutureError",
    "IdMismatchError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidKeyError",
    "InvalidNameError",
    "InvalidPrincipalError",
    "InvalidReceiptError",
    "JsonDuplicateMemberError",
    "JsonEncodingError",
    "JsonInexactNumberError",
    "JsonLoneSurrogateError",
    "JsonNumberError",
    "JsonSyntaxError",
    "JsonTooDeepError",
    "KdfLimitError",
    "KeyDisabledError",
    "KeyExistsError",
    "KeyExpiredError",
    "KeyExposedError",
    "KeyMismatchError",
    "KeyNotFoundError",
    "KeyRevokedError",
    "KeyWeakError",
    "LogBusyError",
    "LogClosedError",
    "LogDamagedError",
    "LogForkedError",
    "LogStaleError",
    "LogTamperedError",
    "LogTornError",
    "LogTruncatedError",
    "LogUnverifiableError",
    "LogVerdictError",
    "MessageInvalidError",
    "NetworkFileSystemError",
    "NoteInvalidError",
    "NoteUnsignedError",
    "NullArgumentError",
    "ParamsHashMismatchError",
    "PassphraseRequiredError",
    "PolicyParseError",
    "PolicyViolationError",
    "ProofInvalidError",
    "RandomnessError",
    "ReceiptVersionError",
    "RecordNotFoundError",
    "ReenteredError",
    "ReplayStoreFailedError",
    "ReplayStoreFullError",
    "ReplayedError",
    "RequestRefusedError",
    "RequiresApprovalError",
    "RevokedError",
    "SameSignerError",
    "ScopeViolationError",
    "SealedParamsAlteredError",
    "SealedParamsInvalidError",
    "SerializeError",
    "SignatureMismatchError",
    "SignerFailedError",
    "SignerUntrustedError",
    "SignetError",
    "SignetIOError",
    "StoppedError",
    "SyncFailedError",
    "TargetMismatchError",
    "TileInvalidError",
    "TimeOutOfWindowError",
    "TimestampInvalidError",
    "TooLargeError",
    "TooOldError",
    "ToolMismatchError",
    "TrustBundleError",
    "TrustBundleParseError",
    "UnauthorizedError",
    "UnknownMemberError",
    "UnsignedError",
    "UnsupportedFormatError",
    "WrongPassphraseError",
]
