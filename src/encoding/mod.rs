//! Bytes and texts: RFC 8785 canonical JSON, prefixed base64 and hex, RFC 3339
//! time.

pub mod base64;
pub mod exact;
pub mod hex;
pub mod jcs;
pub mod key_text;
pub mod members;
pub mod number;
pub mod record;
pub mod rfc3339;
pub mod text;
mod written_members;
