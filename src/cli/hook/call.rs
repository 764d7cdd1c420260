//! The action of a receipt, from a hook's input. A call that cannot be signed as
//! it stands is signed as a text, and one that is too long as its hash: what
//! happened is never left out because of how it is written.

use signet::crypto::digest::sha256;
use signet::encoding::jcs::Limits;
use signet::encoding::{hex, text};
use signet::receipt::{self, Action, ActionOptions};

use super::input::Input;
use crate::failure::Failure;

/// The longest params that are kept as a text, in bytes.
const MAX_RAW_LEN: usize = 4 << 20;

/// A call as it can be signed.
pub struct Call {
    /// What is signed.
    pub action: Action,
    /// Why it is not the params themselves that are signed.
    pub trouble: Option<String>,
}

/// The action of a call.
pub fn action(
    input: &Input,
    target: &str,
    options: &ActionOptions,
    with_response: bool,
) -> Result<Call, Failure> {
    let response = with_response.then(|| input.response()).flatten();
    let response_hash = response.map(hash_of_response);
    let write = |params: &str| write(input, target, params, response_hash.as_deref());
    let json = write(input.params());
    let refused = match Action::parse(&json, options) {
        Ok(action) => {
            return Ok(Call {
                action,
                trouble: None,
            });
        }
        Err(error) => error,
    };
    let json = write(&stand_in(input.params()));
    Ok(Call {
        action: Action::parse(&json, options)?,
        trouble: Some(refused.to_string()),
    })
}

/// The call as a policy can judge it whose params it cannot read: they are there,
/// and nobody knows what they are.
pub fn hidden(input: &Input, target: &str) -> Result<Action, Failure> {
    let params = stand_in(input.params());
    let json = write(input, target, &params, None);
    let options = ActionOptions {
        hash_only: true,
        ..ActionOptions::default()
    };
    Ok(Action::parse(&json, &options)?)
}

/// What stands for params that cannot be signed as they are.
fn stand_in(params: &str) -> String {
    if params.len() <= MAX_RAW_LEN {
        return format!("{{\"$raw\":{}}}", text::quoted(params));
    }
    let hash = hex::encode(&sha256(params.as_bytes()));
    let len = params.len();
    format!("{{\"$raw_len\":\"{len}\",\"$raw_sha256\":\"{hash}\"}}")
}

/// The hash of the canonical answer; where it is no JSON that everybody reads
/// alike, of its text as one string.
fn hash_of_response(json: &str) -> String {
    receipt::content_hash(json.as_bytes(), &Limits::default())
        .unwrap_or_else(|_| receipt::content_hash_of_text(json))
}

fn write(input: &Input, target: &str, params: &str, response_hash: Option<&str>) -> Vec<u8> {
    let mut json = format!("{{\"tool\":{}", text::quoted(&input.tool()));
    let mut member = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            json.push_str(&format!(",\"{name}\":{}", text::quoted(value)));
        }
    };
    member("target", Some(target));
    member("session", input.session().as_deref());
    member("call_id", input.call_id().as_deref());
    member("trace_id", input.turn().as_deref());
    member("response_hash", response_hash);
    json.push_str(",\"params\":");
    json.push_str(params);
    json.push('}');
    json.into_bytes()
}
