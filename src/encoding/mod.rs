//! Bytes and texts: RFC 8785 canonical JSON, prefixed base64 and hex, RFC 3339
//! time.

pub mod base64;
pub mod decimal;
pub mod exact;
pub mod hex;
pub mod jcs;
mod json_reader;
pub mod key_text;
pub mod members;
pub mod number;
pub mod object;
pub(crate) mod option_text;
pub mod record;
pub mod rfc3339;
pub mod text;
mod written_members;
