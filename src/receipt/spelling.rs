//! Integers must be spelled as integers.
//!
//! `1.0` and `1e0` are the number 1 to a canonicaliser and no integers to the
//! typed readers of other software. The canonical form no longer shows the
//! difference, so the text is looked at as it was given.

use crate::encoding::members;
use crate::error::{Error, ErrorKind, Result};

/// Refuses integers of a receipt's records that are written as other numbers.
/// What is no number at all is left to the record reader.
pub(super) fn check_integers(json: &[u8]) -> Result<()> {
    let root = members::root(json);
    check_receipt(json, root)?;
    match last(json, root, "agent_receipt") {
        Some(agent_receipt) => check_receipt(json, agent_receipt),
        None => Ok(()),
    }
}

pub(super) fn unclear_version() -> Error {
    not_an_integer("v")
}

fn check_receipt(json: &[u8], start: usize) -> Result<()> {
    check(json, start, "v")?;
    if let Some(decision) = last(json, start, "authz_decision") {
        check(json, decision, "v")?;
    }
    let authorization = last(json, start, "authorization");
    let Some(chain) = authorization.and_then(|start| last(json, start, "chain")) else {
        return Ok(());
    };
    for token in members::elements(json, chain) {
        check(json, token.start, "v")?;
        if let Some(scope) = last(json, token.start, "scope") {
            check(json, scope, "max_depth")?;
        }
    }
    Ok(())
}

fn check(json: &[u8], start: usize, name: &'static str) -> Result<()> {
    let value = last(json, start, name).and_then(|start| json.get(start..));
    let number = value.unwrap_or_default().split(|byte| ends(*byte)).next();
    match number {
        Some([b'0'..=b'9', rest @ ..]) if !rest.iter().all(u8::is_ascii_digit) => {
            Err(not_an_integer(name))
        }
        _ => Ok(()),
    }
}

/// Where the value of a member starts; of the last one, where the forensic
/// reading has let several through.
fn last(json: &[u8], start: usize, name: &str) -> Option<usize> {
    let members = members::members(json, start);
    let last = members.filter(|member| member.is_named(name)).last();
    last.map(|member| member.value.start)
}

fn ends(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r')
}

fn not_an_integer(name: &'static str) -> Error {
    Error::new(
        ErrorKind::ReceiptInvalid,
        "receipt",
        match name {
            "v" => "member \"v\" must be an integer that names the version",
            _ => "member \"max_depth\" must be written as an integer",
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_looked_at_wherever_they_stand() {
        for text in [
            r#"{"v":1}"#,
            r#"{ "v" : 3 , "agent_receipt" : { "v" : 1 } }"#,
            r#"{"authorization":{"chain":[{"v":1,"scope":{"max_depth":0}}]}}"#,
            r#"{"v":"1.0","agent_receipt":[1.0],"authorization":{"chain":1.0}}"#,
            r#"{"v":1.0,"v":1}"#,
            "[]",
            "1.0",
        ] {
            assert!(check_integers(text.as_bytes()).is_ok(), "{text}");
        }
        for text in [
            r#"{"v":1.0}"#,
            r#"{"v" : 1e0 }"#,
            r#"{"v":1,"\u0076":1.0}"#,
            r#"{"v":3,"agent_receipt":{"v":1.0}}"#,
            r#"{"authz_decision":{"v":1E0}}"#,
            r#"{"authorization":{"chain":[{"v":1},{"v":1.0}]}}"#,
            r#"{"authorization":{"chain":[{"scope":{"max_depth":1e1}}]}}"#,
            r#"{"agent_receipt":{"authorization":{"chain":[{"scope":{"max_depth":0.0}}]}}}"#,
        ] {
            let refused = check_integers(text.as_bytes()).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ReceiptInvalid, "{text}");
        }
    }
}
