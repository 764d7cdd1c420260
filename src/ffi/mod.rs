//! The C ABI: the only place that knows about pointers.
//!
//! Each function here makes four moves and nothing else: take the outputs,
//! borrow the inputs, call one core function, store the result. Panics, NULL,
//! ownership and errors are each decided once, in the five boundary modules;
//! the object modules below them stand in the order of the header.
//!
//! The doc comments of public items are the header's text and are written for
//! readers of C.

#![allow(unsafe_code)]
// C names, and contracts stated in the header's own words.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

mod boundary;
mod handle;
mod memory;
mod options;

// In the order of the header; the empty lines keep rustfmt from sorting them.

pub mod version;

pub mod status;

pub mod error;

pub mod buffer;

pub mod time;

pub mod document;

pub mod json;

pub mod public_key;

pub mod keypair;

pub mod keystore;

pub mod receipt_options;

pub mod receipt;

pub mod receipt_fields;

pub mod receipt_answer;

pub mod trust_bundle;

pub mod receipt_verify;

pub mod delegation_options;

pub mod delegation;

pub mod chain;

pub mod policy;

pub mod decision;

pub mod log_record;

pub mod log_options;

pub mod log;

pub mod params_key;

pub mod log_verify_options;

pub mod log_verify;

pub mod log_proof;

pub mod log_bundle;

pub mod log_repair;

pub mod log_prune;

pub mod replay_store;

pub mod report;

pub mod verifier;

pub mod mcp_call;

pub mod mcp_request;

pub mod mcp_response;

pub mod verdict;

pub mod gate;
