//! RFC 8785 canonical JSON, from bytes to bytes in one pass.
//!
//! Everything that is signed or hashed goes through here, so this reader is
//! strict: it takes I-JSON (RFC 7493) and nothing that two parsers could read
//! differently. Duplicate members, lone surrogates, `NaN`, `1e999`, a byte
//! order mark and invalid UTF-8 are errors, depth and size are bounded, and a
//! number that a double would round is reported.
//!
//! Going from bytes to bytes without a tree costs a fraction of parsing and
//! serialising.

use crate::encoding::json_reader::{Duplicates, Mode, Reader};
use crate::error::{Error, ErrorKind, Result};

pub use crate::encoding::json_reader::{Findings, Measure, Numbers};

/// The largest input that is read unless the caller says otherwise: 16 MiB.
pub const DEFAULT_MAX_LEN: usize = 16 << 20;
/// The deepest nesting of arrays and objects that is read unless the caller
/// says otherwise: what the published Signet reads.
pub const DEFAULT_MAX_DEPTH: usize = 127;
/// The deepest nesting that a caller may ask for. Reading takes no stack, but an
/// object out of order is copied once for each such object around it.
pub const MAX_DEPTH: usize = 1000;

/// What a reader is willing to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The length of the input in bytes.
    pub max_len: usize,
    /// The nesting of arrays and objects; at most [`MAX_DEPTH`] counts.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_len: DEFAULT_MAX_LEN,
            max_depth: DEFAULT_MAX_DEPTH,
        }
    }
}

/// The canonical form of a JSON text, numbers rounded as RFC 8785 says.
pub fn canonicalize(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_canonical(&mut out, input, limits, Numbers::Rounded)?;
    Ok(out)
}

/// The canonical form of a JSON text; refuses a number that would be rounded.
pub fn canonicalize_exactly(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_exactly(&mut out, input, limits, None)?;
    Ok(out)
}

/// Appends the canonical form of a JSON text and measures one of its members;
/// refuses a number that would be rounded.
pub fn append_exactly(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    measure: Option<Measure>,
) -> Result<Findings> {
    let findings = append_measuring(out, input, limits, measure)?;
    match findings.inexact_number {
        None => Ok(findings),
        Some(offset) => Err(Error::new(
            ErrorKind::JsonInexactNumber,
            "JSON",
            "the canonical text of a number denotes another value",
        )
        .at(offset as u64)),
    }
}

/// A text that two JSON texts share exactly when they mean the same: members in
/// any order, numbers by exact value.
pub fn comparable(input: &[u8], limits: &Limits) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append_canonical(&mut out, input, limits, Numbers::Exact)?;
    Ok(out)
}

/// Appends the canonical form of one JSON text. On an error `out` is as it was.
pub fn append_canonical(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    numbers: Numbers,
) -> Result<Findings> {
    let mode = Mode {
        numbers,
        duplicates: Duplicates::Refused,
        measure: None,
    };
    append(out, input, limits, mode)
}

/// As [`append_canonical`] but for duplicate members, of which the last counts,
/// as it does for the published Signet. To read its evidence; nothing new is ever
/// signed in this form.
pub fn append_last_wins(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    numbers: Numbers,
) -> Result<Findings> {
    let mode = Mode {
        numbers,
        duplicates: Duplicates::LastWins,
        measure: None,
    };
    append(out, input, limits, mode)
}

/// As [`append_canonical`], numbers rounded, measuring one of the members.
pub fn append_measuring(
    out: &mut Vec<u8>,
    input: &[u8],
    limits: &Limits,
    measure: Option<Measure>,
) -> Result<Findings> {
    let mode = Mode {
        numbers: Numbers::Rounded,
        duplicates: Duplicates::Refused,
        measure,
    };
    append(out, input, limits, mode)
}

fn append(out: &mut Vec<u8>, input: &[u8], limits: &Limits, mode: Mode) -> Result<Findings> {
    #[cfg(signet_fault)]
    panic_on_request(input);
    if input.len() > limits.max_len {
        return Err(Error::new(
            ErrorKind::TooLarge,
            "JSON",
            format!(
                "{} bytes given where the limit is {}",
                input.len(),
                limits.max_len
            ),
        ));
    }
    if input.starts_with(b"\xef\xbb\xbf") {
        return Err(Error::new(
            ErrorKind::JsonEncoding,
            "JSON",
            "a byte order mark stands before the text",
        )
        .at(0));
    }
    if let Err(invalid) = std::str::from_utf8(input) {
        return Err(
            Error::new(ErrorKind::JsonEncoding, "JSON", "not valid UTF-8")
                .at(invalid.valid_up_to() as u64),
        );
    }
    let start = out.len();
    out.reserve(input.len());
    let reader = Reader::new(input, out, mode);
    reader
        .document(limits.max_depth.min(MAX_DEPTH))
        .map_err(|error| {
            out.truncate(start);
            *error
        })
}

/// Stands for a bug in the core, so that a test can see what the C ABI makes of
/// one. Only in builds with `--cfg signet_fault`.
#[cfg(signet_fault)]
fn panic_on_request(input: &[u8]) {
    if input == b"\"signet-fault: panic\"" {
        panic!("signet-fault: a bug\nin two lines");
    }
}
