//! Model Context Protocol messages: raw bytes in, a verdict and exact bytes out.
//!
//! A tool call travels as a JSON-RPC 2.0 request with the method `tools/call`.
//! Its receipt stands in `params._meta._signet`, and what the server signs about
//! its response in `result._meta._signet_bilateral`. Here messages are read
//! strictly ([`message`]) and signed or verified in one call; receipts are let
//! into the text as it came, so that nothing else of it ever changes.
//!
//! This layer stores nothing itself: the gate hands what is to be kept to its
//! caller.

mod look_alike;
pub mod message;
mod splice;
mod tool_call;

pub use message::{Addressee, Kind, Malformed, Message, MessageLimits, TOOLS_CALL, Wire};
pub use tool_call::{RECEIPT_MEMBER, ToolCall};
