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

pub mod evidence;
pub mod gate;
mod gate_options_json;
mod look_alike;
pub mod message;
mod open_call;
mod open_requests;
mod passage;
mod refusal;
mod request;
mod response;
mod splice;
mod tool_call;

pub use evidence::{Evidence, EvidenceStore, KeepNothing};
pub use gate::{
    Gate, GateOptions, GateParts, GateSigning, Judged, Ruling, StorageFailure, Verdict,
};
pub use message::{Addressee, Kind, Malformed, Message, MessageLimits, TOOLS_CALL, Wire};
pub use open_call::OpenCall;
pub use open_requests::{DEFAULT_MAX_OPEN, OpenRequests, Unanswered};
pub use refusal::{INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR, error_response, refusal};
pub use request::{
    Existing, MAX_ARGUMENTS_DEPTH, PolicyCheck, RequestOptions, SignedRequest, VerifiedRequest,
    sign_request, verify_message, verify_params, verify_request,
};
pub use response::{
    BILATERAL_MEMBER, ResponseOptions, SignedResponse, VerifiedResponse, sign_response,
    sign_result, verify_response, verify_result, witness_response,
};
pub use tool_call::{RECEIPT_MEMBER, ToolCall};
