//! How documents that people write come in.

use crate::authority::Format;
use crate::error::{Error, ErrorKind, Result};

/// A document is JSON when it reads as JSON, otherwise YAML.
pub const SIGNET_FORMAT_ANY: i32 = 0;
/// A document is JSON.
pub const SIGNET_FORMAT_JSON: i32 = 1;
/// A document is YAML 1.2 with the core schema.
pub const SIGNET_FORMAT_YAML: i32 = 2;

/// The format that a caller names, or that the text has.
pub(super) fn format_of(text: &[u8], format: i32) -> Result<Format> {
    match format {
        SIGNET_FORMAT_ANY => Ok(Format::of_text(text)),
        SIGNET_FORMAT_JSON => Ok(Format::Json),
        SIGNET_FORMAT_YAML => Ok(Format::Yaml),
        _ => Err(Error::new(
            ErrorKind::InvalidArgument,
            "format",
            "it must be a SIGNET_FORMAT_… constant",
        )),
    }
}
