//! Reading what a command line names: files, and texts that stand in the
//! arguments themselves.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use signet::authority::Format;
use signet::authority::policy::Policy;
use signet::authority::trust::TrustBundle;

use crate::failure::{Failure, Outcome};

/// The largest file that is read as a whole, in bytes.
const MAX_FILE_LEN: u64 = 64 << 20;

/// A whole file; `what` names it in an error, as in "receipt".
pub fn read(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(what, path, &error))?;
    let mut bytes = Vec::new();
    file.take(MAX_FILE_LEN + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file(what, path, &error))?;
    within_limit(what, path, bytes)
}

/// A whole file, or standard input for `-`.
pub fn read_or_input(what: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    if path != Path::new("-") {
        return read(what, path);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_FILE_LEN + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::file(what, path, &error))?;
    within_limit(what, path, bytes)
}

/// The JSON text of an argument: as it stands, or from a file after `@`.
pub fn inline_or_file(what: &str, text: &str) -> Result<Vec<u8>, Failure> {
    match text.strip_prefix('@') {
        Some(path) => read(what, Path::new(path)),
        None => Ok(text.as_bytes().to_vec()),
    }
}

fn within_limit(what: &str, path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if bytes.len() as u64 > MAX_FILE_LEN {
        return Err(Failure::new(
            Outcome::Failed,
            "too_large",
            format!(
                "{what} '{}': larger than {MAX_FILE_LEN} bytes",
                path.display()
            ),
        ));
    }
    Ok(bytes)
}

/// A policy file.
pub fn policy(path: &Path) -> Result<Policy, Failure> {
    let text = read("policy", path)?;
    match format_of(path) {
        Some(format) => Ok(Policy::parse(&text, format)?),
        // JSON is read more strictly, so YAML goes first, as the published
        // Signet has it; the complaint about YAML is the one to show.
        None => Policy::parse(&text, Format::Yaml)
            .or_else(|error| Policy::parse(&text, Format::Json).map_err(|_| error.into())),
    }
}

/// A trust bundle file.
pub fn trust_bundle(path: &Path) -> Result<TrustBundle, Failure> {
    let text = read("trust bundle", path)?;
    match format_of(path) {
        Some(format) => Ok(TrustBundle::parse(&text, format)?),
        None => TrustBundle::parse(&text, Format::Yaml)
            .or_else(|error| TrustBundle::parse(&text, Format::Json).map_err(|_| error.into())),
    }
}

fn format_of(path: &Path) -> Option<Format> {
    Format::of_file_name(path.file_name()?.to_str()?)
}
