//! Bytes and texts: RFC 8785 canonical JSON, prefixed base64 and hex, RFC 3339
//! time.

pub mod base64;
pub mod decimal;
pub mod hex;
pub mod key_text;
pub mod rfc3339;
