//! Names that some readers take for one another.
//!
//! The JSON readers of several languages match the names of members without
//! regard to case (Go, C# and C among them), and those of C stop at a zero byte.
//! To them `Params` is `params`, whatever stands beside it. A message with such
//! a name says one thing here and another there, so it is refused.

use crate::encoding::text;
use crate::error::{Error, ErrorKind, Result};
use crate::mcp::message::TOOLS_CALL;

/// Which of the names, which are ASCII, a member has: the inside of its quoted
/// name is given as it stands. [`ErrorKind::MessageInvalid`] when some reader
/// would take it for one that it is not.
pub(super) fn known(inside: &[u8], names: &[&'static str]) -> Result<Option<&'static str>> {
    if let Some(name) = names.iter().find(|name| name.as_bytes() == inside) {
        return Ok(Some(name));
    }
    // Most names are neither, and told by their bytes.
    if inside.is_ascii() && !inside.contains(&b'\\') {
        return match names
            .iter()
            .find(|name| name.as_bytes().eq_ignore_ascii_case(inside))
        {
            Some(name) => Err(taken_for(name)),
            None => Ok(None),
        };
    }
    let name = text::unescape(inside);
    for known in names {
        if *known == name {
            return Ok(Some(known));
        }
        if folds_to(&name, known) {
            return Err(taken_for(known));
        }
    }
    Ok(None)
}

/// Refuses a method that some server might take for `tools/call`.
pub(super) fn check_method(method: &str) -> Result<()> {
    if method == TOOLS_CALL {
        return Ok(());
    }
    // What a server may pass over comes in any number, so it is the letters that are
    // bounded: with one more than there are it is another method.
    let letters = |method: &str| -> String {
        let method = method.split('\0').next().unwrap_or_default();
        let letters = method.chars().filter(|c| c.is_alphanumeric());
        letters.take(TOOLS_CALL.len()).collect()
    };
    if folds_to(&letters(method), &letters(TOOLS_CALL)) || letters(method) == letters(TOOLS_CALL) {
        return Err(Error::new(
            ErrorKind::MessageInvalid,
            "message",
            "a method that is not \"tools/call\" and may be taken for it",
        ));
    }
    Ok(())
}

/// Whether a name equals an ASCII one up to a zero byte without regard to case.
fn folds_to(name: &str, known: &str) -> bool {
    let name = name.split('\0').next().unwrap_or_default();
    // Upper case finds the long s and the dotless i, lower case the Kelvin sign.
    name.len() <= 3 * known.len()
        && (name.to_lowercase() == known.to_lowercase()
            || name.to_uppercase() == known.to_uppercase())
}

fn taken_for(known: &str) -> Error {
    Error::new(
        ErrorKind::MessageInvalid,
        "message",
        format!("a member that is not \"{known}\" and may be taken for it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_escaped() {
        let names = &["params", "id"];
        assert_eq!(known(b"params", names).unwrap(), Some("params"));
        assert_eq!(known(br"par\u0061ms", names).unwrap(), Some("params"));
        for other in [
            "",
            "param",
            "paramss",
            "\u{43f}arams",
            "parameters",
            r"par\u0062ms",
            "_params",
        ] {
            assert_eq!(known(other.as_bytes(), names).unwrap(), None, "{other}");
        }
    }

    #[test]
    fn look_alikes_are_refused() {
        let names = &["params", "id", "_meta", "task"];
        for other in [
            "Params",
            "PARAMS",
            r"Par\u0061ms",
            "param\u{17f}",
            r"params\u0000",
            r"params\u0000x",
            "ID",
            "\u{131}d",
            "_META",
            "tas\u{212a}",
        ] {
            assert!(known(other.as_bytes(), names).is_err(), "{other}");
        }
    }

    #[test]
    fn methods_that_pass_for_a_tool_call_are_refused() {
        for method in [
            "Tools/Call",
            "tools/call ",
            " tools/call",
            "tools/call\0",
            "tools/call/",
            "tools//call",
            "tools.call",
            "tools_call",
            "toolscall",
            "/tools/call",
            "too\u{17f}/call"
                .replace("too\u{17f}", "tool\u{17f}")
                .as_str(),
        ] {
            assert!(check_method(method).is_err(), "{method:?}");
        }
        for method in [
            format!("tools/call\0{}", "x".repeat(100)),
            format!("tools/call{}", " ".repeat(100)),
            format!("{}tools/call", "\u{200b}".repeat(100)),
            format!("tools{}call", "/".repeat(100)),
        ] {
            assert!(check_method(&method).is_err(), "{method:?}");
        }
        for method in [
            "tools/call",
            "tools/list",
            "call",
            "tools/calls",
            "x/tools/call",
            "tools/call/back",
            "",
        ] {
            assert!(check_method(method).is_ok(), "{method:?}");
        }
    }
}
