//! The one error type of the library.
//!
//! An [`Error`] answers three questions: what should the caller do
//! ([`ErrorKind`], one stable code each), which input was wrong and why (its
//! text), and where (a byte offset or record index, when there is one). It
//! never holds a secret, and building one from static texts does not allocate,
//! so that a flood of forged input stays cheap to refuse.

use std::borrow::Cow;
use std::fmt;

/// The result of every fallible operation in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, in terms of what the caller can do about it.
///
/// Kinds map one to one to the status codes of the C ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An argument has a value that the operation cannot use.
    InvalidArgument,
    /// A caller's buffer is too small for the result.
    BufferTooSmall,
    /// The input is well-formed but asks for something this version lacks.
    Unsupported,
    /// A callback of the caller asked to stop.
    Stopped,
    /// The operation may not be called from inside its own callback.
    Reentered,
    /// The operating system refused a file operation.
    Io,
    /// The system's random number generator failed.
    Randomness,
    /// The input is larger than the limit in force.
    TooLarge,

    /// The text is not JSON.
    JsonSyntax,
    /// The JSON text is not UTF-8, or starts with a byte order mark.
    JsonEncoding,
    /// A JSON object has two members of one name.
    JsonDuplicateMember,
    /// A JSON string escapes half of a surrogate pair.
    JsonLoneSurrogate,
    /// A JSON number is NaN, infinite, or overflows a double.
    JsonNumber,
    /// JSON arrays and objects are nested deeper than the limit.
    JsonTooDeep,
    /// A number in a signed text denotes another value than its canonical form.
    JsonInexactNumber,

    /// Bytes or a text that do not encode an Ed25519 key.
    KeyInvalid,
    /// A public key of small order, under which anybody can forge.
    KeyWeak,
    /// No key of that name is in the keystore.
    KeyNotFound,
    /// A key of that name is already in the keystore.
    KeyExists,
    /// A key name outside `[A-Za-z0-9_-]`.
    KeyNameInvalid,
    /// The passphrase does not open the key file, or its sealed part was altered.
    WrongPassphrase,
    /// The key file is encrypted and no passphrase was given.
    PassphraseRequired,
    /// The key file is damaged or contradicts itself.
    KeyFileCorrupt,
    /// An unencrypted key file can be read or replaced by other users.
    KeyExposed,
    /// The key file asks for more key-derivation work than is allowed.
    KdfLimit,
    /// A signer callback failed or returned a signature that does not verify.
    SignerFailed,

    /// A receipt has the wrong shape: a member missing, of the wrong type or form.
    ReceiptInvalid,
    /// A receipt of a version this library does not know.
    ReceiptVersion,
    /// A signed object has a member that the signature does not cover.
    UnknownMember,
    /// The signature does not verify under the key.
    SignatureInvalid,
    /// The key that the receipt names is not the key it was checked against.
    KeyMismatch,
    /// An id does not derive from its signature.
    IdMismatch,
    /// `params_hash` is not the hash of `params`.
    ParamsHashMismatch,
    /// The evidence has passed its expiry time.
    Expired,
    /// A timestamp is not an RFC 3339 date-time.
    TimestampInvalid,
    /// The signer is not among the trusted keys.
    SignerUntrusted,
    /// A timestamp lies outside the window that was allowed.
    TimeOutOfWindow,
    /// A session or call is not the expected one.
    BindingMismatch,
    /// Agent and server have the same key, so nobody else has seen the call.
    SameSigner,
    /// `content_hash` is not the hash of the response.
    ContentHashMismatch,

    /// The bytes are not a record that a log can hold or read back.
    RecordInvalid,
    /// The log has no record of that index.
    RecordNotFound,
    /// Another writer has held a lock of the log for too long.
    LogBusy,
    /// The log is damaged where it would have to be changed, and that was not
    /// allowed.
    LogDamaged,
    /// The disk did not confirm the records: they may be in the log or not, and
    /// must not be taken for durable.
    SyncFailed,
    /// The log is closed, or was opened by another process before a fork.
    LogClosed,
    /// The folder of the log lies on a file system of another machine, where locks
    /// and syncs do not keep what they promise.
    NetworkFileSystem,
    /// Verdict: the end of the log was cut by a crash.
    LogTorn,
    /// Verdict: a record that was durable is another one now, or is no record.
    LogTampered,
    /// Verdict: records that were durable are missing from the end of the log.
    LogTruncated,
    /// Verdict: two records of the log name the same predecessor.
    LogForked,
    /// Verdict: something in the log cannot be judged.
    LogUnverifiable,
    /// Verdict: the log has no checkpoint within the promised time.
    LogStale,

    /// Encrypted params of a log record have the wrong form, name another key
    /// than the signer's, or stand beside params in clear.
    SealedParamsInvalid,
    /// Encrypted params, or the receipt they belong to, are not what was sealed.
    SealedParamsAltered,
    /// An evidence bundle lacks a file, or a file of it cannot be read.
    BundleInvalid,
    /// Verdict: an evidence bundle is not what its manifest says.
    BundleTampered,
    /// Verdict: something in an evidence bundle cannot be judged: no signature of
    /// a trusted exporter, no trusted keys, params that nobody here can open.
    BundleUnverifiable,

    /// A proof does not lead from the leaf to the root.
    ProofInvalid,
    /// A stored tile is missing, cut short or not part of the tree: rebuild it
    /// from the records.
    TileInvalid,
    /// A signed note, checkpoint or proof file has the wrong form.
    NoteInvalid,
    /// No signature on a note is by a trusted key.
    NoteUnsigned,

    /// A policy document that is not YAML or JSON, or says what the format does
    /// not define.
    PolicyInvalid,
    /// The policy denies the action.
    PolicyDenied,
    /// The policy lets the action through only with a human's approval.
    ApprovalRequired,

    /// A trust bundle that is not YAML or JSON, or breaks a rule of the format.
    TrustBundleInvalid,
    /// The key was disabled at the time in question.
    KeyDisabled,
    /// The key was revoked at the time in question.
    KeyRevoked,
    /// The key had expired at the time in question.
    KeyExpired,

    /// A delegation token or scope has the wrong shape, or grants nothing that
    /// could be meant.
    DelegationInvalid,
    /// A principal is not of the form `scheme://domain/path`.
    PrincipalInvalid,
    /// A delegation had expired at the time in question.
    DelegationExpired,
    /// A delegation had not been issued yet at the time in question.
    DelegationNotYetValid,
    /// A delegation grants more than the one it rests on.
    ScopeWidened,
    /// More delegations follow than the delegation's depth allows.
    DelegationDepthExceeded,
    /// A delegation chain without a link.
    ChainEmpty,
    /// A delegation chain with more links than the limit in force.
    ChainTooLong,
    /// The first delegator of a chain is not a trusted root.
    ChainRootUntrusted,
    /// A link of a chain is not by the key that the link before it names.
    ChainBroken,
    /// The last delegate of a chain is not the key that acts.
    ChainDelegateMismatch,
    /// The action's tool or target is outside the delegated scope.
    ScopeViolation,
    /// The `chain_hash` of a receipt is not the hash of the chain it carries.
    ChainHashMismatch,
    /// The root that a receipt names is not the first delegator of its chain.
    ChainRootMismatch,

    /// A call carries no receipt where one is required.
    Unsigned,
    /// The nonce was used before: somebody presents a receipt again.
    Replayed,
    /// There is no room to remember another nonce, and none may be forgotten yet.
    ReplayStoreFull,
    /// The replay store cannot be read, written or relied on.
    ReplayStoreFailed,
    /// A receipt was signed too long ago to be acted on.
    TooOld,
    /// A receipt is dated after the verifier's time.
    FromFuture,
    /// A receipt was signed for another target than the one it was presented to.
    TargetMismatch,
    /// A receipt was signed for another tool than the one that is called.
    ToolMismatch,
    /// A receipt was signed for other arguments than those of the call.
    ArgumentsMismatch,
    /// A receipt holds only the hash of its params, which was not allowed.
    ArgumentsHidden,
    /// A receipt rests on no delegation where one is required.
    DelegationRequired,
    /// An authority's decision has the wrong form or contradicts itself.
    DecisionInvalid,
    /// An authority's decision is about another action or another agent.
    DecisionMismatch,
    /// A receipt carries no decision of a trusted authority where one is required.
    DecisionRequired,
    /// An authority's decision has been used as often as it may be.
    DecisionUsedUp,
    /// A delegation or a decision was revoked at the time in question.
    Revoked,

    /// A text that is no JSON-RPC 2.0 message, or one that two readers could take
    /// for different messages.
    MessageInvalid,
    /// A message carries a receipt already, which signing would replace.
    AlreadySigned,
    /// The evidence of a call could not be stored, so the call was not let
    /// through.
    EvidenceNotStored,
}

/// What was wrong with which input.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// In a box: an error is one pointer wide, so that passing on the answer of a call
/// costs the same whether it can fail or not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parts {
    kind: ErrorKind,
    subject: Cow<'static, str>,
    detail: Cow<'static, str>,
    position: Option<u64>,
    place: Option<Place>,
}

/// A place in a document that people write: line and column, both counted from
/// one, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The character within the line, from 1.
    pub column: u32,
}

impl Error {
    /// An error about `subject` (the name of an input or a member) with a
    /// `detail` in lower case, without a final period and without secrets.
    pub fn new(
        kind: ErrorKind,
        subject: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Error {
        Error::build(kind, subject.into(), detail.into())
    }

    // Once, and out of the way of what succeeds.
    #[cold]
    #[inline(never)]
    fn build(kind: ErrorKind, subject: Cow<'static, str>, detail: Cow<'static, str>) -> Error {
        Error(Box::new(Parts {
            kind,
            subject,
            detail,
            position: None,
            place: None,
        }))
    }

    /// The same error, located: a byte offset in the input, or a record index.
    #[must_use]
    pub fn at(mut self, position: u64) -> Error {
        self.0.position = Some(position);
        self
    }

    /// The same error, located in a document that people write.
    #[must_use]
    pub fn at_place(mut self, place: Place) -> Error {
        self.0.place = Some(place);
        self
    }

    /// The same error under another kind, for a format whose parts are read by
    /// the machinery of another.
    #[must_use]
    pub(crate) fn into_kind(mut self, kind: ErrorKind) -> Error {
        self.0.kind = kind;
        self
    }

    /// The same error, seen from the outside: `path` names what contains the
    /// subject.
    #[must_use]
    pub fn within(mut self, path: &str) -> Error {
        self.0.subject = Cow::Owned(format!("{path}: {}", self.0.subject));
        self
    }

    /// An I/O failure on `path`.
    pub fn io(path: &std::path::Path, cause: &std::io::Error) -> Error {
        Error::new(ErrorKind::Io, path.display().to_string(), cause.to_string())
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The byte offset or record index the error is about, when it has one.
    pub fn position(&self) -> Option<u64> {
        self.0.position
    }

    /// The line and column the error is about, when the input is a document
    /// that people write.
    pub fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// What was wrong, without the input's name and the place.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.subject, self.0.detail)?;
        if let Some(place) = self.0.place {
            return write!(f, " at line {} column {}", place.line, place.column);
        }
        match self.0.position {
            Some(position) if self.0.kind.counts_bytes() => write!(f, " at byte {position}"),
            Some(position) => write!(f, " at index {position}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("subject", &self.0.subject)
            .field("detail", &self.0.detail)
            .field("position", &self.0.position)
            .field("place", &self.0.place)
            .finish()
    }
}

impl std::error::Error for Error {}

impl ErrorKind {
    /// The stable text of the kind, for reports: `signature_invalid`. It is the
    /// name of the C status in lower case, without `SIGNET_ERR_`.
    pub fn code(self) -> String {
        let name = format!("{self:?}");
        let mut code = String::with_capacity(name.len() + 4);
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !code.is_empty() {
                code.push('_');
            }
            code.push(letter.to_ascii_lowercase());
        }
        code
    }

    /// Whether a position of this kind is a byte offset rather than an index.
    fn counts_bytes(self) -> bool {
        matches!(
            self,
            ErrorKind::JsonSyntax
                | ErrorKind::JsonEncoding
                | ErrorKind::JsonDuplicateMember
                | ErrorKind::JsonLoneSurrogate
                | ErrorKind::JsonNumber
                | ErrorKind::JsonTooDeep
                | ErrorKind::JsonInexactNumber
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_names_of_the_statuses_in_lower_case() {
        assert_eq!(ErrorKind::SignatureInvalid.code(), "signature_invalid");
        assert_eq!(ErrorKind::Io.code(), "io");
        assert_eq!(
            ErrorKind::JsonDuplicateMember.code(),
            "json_duplicate_member"
        );
    }

    #[test]
    fn the_text_names_the_input_and_the_place() {
        let error = Error::new(ErrorKind::JsonSyntax, "params", "expected a value").at(7);
        assert_eq!(error.to_string(), "params: expected a value at byte 7");
        assert_eq!(
            error.within("action").to_string(),
            "action: params: expected a value at byte 7"
        );
    }
}
