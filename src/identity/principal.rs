//! Principals: URI texts such as `agent://example/deploy-bot` that name who acts
//! or for whom.
//!
//! A principal is a claim. Nothing ties it to a key; only its syntax is checked.

use crate::error::{Error, ErrorKind, Result};

const SCHEMES: &[&str] = &["user", "agent", "agent-instance", "service", "org"];

/// Checks the syntax: `scheme://domain/segment…`. The scheme is `user`, `agent`,
/// `agent-instance`, `service`, `org`, or a private one that starts with `x-`;
/// only an `org` may do without a path.
pub fn check(text: &str) -> Result<()> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(refuse("it must be of the form scheme://domain/path"));
    };
    let private = scheme.strip_prefix("x-").is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| is_lower(byte) || byte == b'-')
    });
    if !private && !SCHEMES.contains(&scheme) {
        return Err(refuse(
            "the scheme must be user, agent, agent-instance, service, org or x-…",
        ));
    }
    let mut parts = rest.split('/');
    let domain = parts.next().unwrap_or_default();
    if !is_name(domain, 254, b".-") {
        return Err(refuse(
            "the domain must be lower-case letters, digits, . and -",
        ));
    }
    let mut has_path = false;
    for segment in parts {
        has_path = true;
        if !is_name(segment, 128, b"._-") {
            return Err(refuse(
                "a path segment must be lower-case letters, digits, . _ and -",
            ));
        }
    }
    if !has_path && scheme != "org" {
        return Err(refuse("a path must follow the domain"));
    }
    Ok(())
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Starts with a letter or digit, goes on with those and `others`.
fn is_name(text: &str, max_len: usize, others: &[u8]) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= max_len
        && bytes.first().is_some_and(|&byte| is_lower(byte))
        && bytes
            .iter()
            .all(|&byte| is_lower(byte) || others.contains(&byte))
}

fn refuse(detail: &'static str) -> Error {
    Error::new(ErrorKind::PrincipalInvalid, "principal", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_principals_pass() {
        for text in [
            "user://example/alice",
            "agent://example.com/a/b_c.d-e",
            "agent-instance://e/x",
            "service://1/2",
            "org://example",
            "org://example/unit",
            "x-local://keys/root",
        ] {
            assert!(check(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "alice",
            "user://example",
            "user:///alice",
            "user://example/",
            "user://example//a",
            "User://example/alice",
            "user://Example/alice",
            "user://example/Alice",
            "user://example/al ice",
            "robot://example/r2",
            "x-://example/a",
            "x-local://keys",
            "user://-e/a",
            "user://example/\u{430}lice",
        ] {
            let refused = check(text).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::PrincipalInvalid, "{text}");
        }
        assert!(check(&format!("user://{}/a", "e".repeat(255))).is_err());
        assert!(check(&format!("user://e/{}", "a".repeat(129))).is_err());
    }
}
