//! Attacks at the execution boundary, one a test: what somebody would try who
//! wants a call to be made that nobody signed, allowed or would record.
//!
//! Every attack has its control: the same message without the attack passes,
//! so that a refusal says something. Each is refused for its own reason.

#[path = "../support/signing.rs"]
mod signing;

mod ground;

mod delegations;
mod extremes;
mod forgeries;
mod limits_of_use;
mod messages;
mod moved;
mod policies;
mod replays;
mod responses;
mod riders;
mod scopes;
mod times;
mod trust;
