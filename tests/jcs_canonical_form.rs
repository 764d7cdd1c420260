//! The canonical form of what is acceptable: order, numbers, strings and white
//! space, case by case, and which numbers it does not denote exactly.

use signet::ErrorKind;
use signet::encoding::jcs::{self, Limits, Numbers};

fn canonical(text: &str) -> String {
    let bytes = jcs::canonicalize(text.as_bytes(), &Limits::default())
        .unwrap_or_else(|error| panic!("{error} in {text}"));
    let again = jcs::canonicalize(&bytes, &Limits::default());
    assert_eq!(again.as_ref(), Ok(&bytes), "{text} is not stable");
    String::from_utf8(bytes).expect("canonical JSON is UTF-8")
}

/// Whether the canonical text of the number denotes what was given; the refusal
/// of a text that does not must point at the number.
fn is_exact(text: &str) -> bool {
    let inside = format!("[0, {text}]");
    match jcs::canonicalize_exactly(inside.as_bytes(), &Limits::default()) {
        Ok(_) => true,
        Err(error) => {
            let found = (error.kind(), error.position());
            assert_eq!(found, (ErrorKind::JsonInexactNumber, Some(4)), "{text}");
            false
        }
    }
}

#[test]
fn names_stand_in_the_order_of_their_utf_16_units() {
    for (text, expected) in [
        // Characters beyond U+FFFF are surrogates, and come before U+E000.
        (
            "{\"\u{e000}\":1,\"😀\":2,\"\u{d7ff}\":3,\"\u{ffff}\":4}",
            "{\"\u{d7ff}\":3,\"😀\":2,\"\u{e000}\":1,\"\u{ffff}\":4}",
        ),
        (
            "{\"\u{10ffff}\":1,\"\u{10000}\":2,\"\u{fb33}\":3}",
            "{\"\u{10000}\":2,\"\u{10ffff}\":1,\"\u{fb33}\":3}",
        ),
        (
            r#"{"\ufb33":1,"\uD83D\ude00":2}"#,
            "{\"😀\":2,\"\u{fb33}\":1}",
        ),
        // The same behind a common beginning.
        (
            "{\"key\u{fffd}\":1,\"key\u{1d11e}\":2,\"key\":3}",
            "{\"key\":3,\"key\u{1d11e}\":2,\"key\u{fffd}\":1}",
        ),
        // Characters sort, not their escapes: a quote is below a letter, a
        // backslash between the cases, a line feed below everything.
        (
            r##"{"z":1,"\\":2,"Z":3,"\"":4,"\n":5,"\u0000":6,"!":7,"#":8}"##,
            r##"{"\u0000":6,"\n":5,"!":7,"\"":4,"#":8,"Z":3,"\\":2,"z":1}"##,
        ),
        (
            r#"{"\u0062":1,"a":2,"\u0061a":3}"#,
            r#"{"a":2,"aa":3,"b":1}"#,
        ),
        // A name before what it begins; numbers as texts.
        (
            r#"{"ab":1,"a":2,"":3,"b":4,"10":5,"9":6,"1":7}"#,
            r#"{"":3,"1":7,"10":5,"9":6,"a":2,"ab":1,"b":4}"#,
        ),
        // At every level, and not in arrays.
        (
            r#"{"b":[{"d":1,"c":[2,1]}],"a":{"f":{},"e":[]}}"#,
            r#"{"a":{"e":[],"f":{}},"b":[{"c":[2,1],"d":1}]}"#,
        ),
        // What JavaScript treats specially.
        (
            r#"{"constructor":1,"__proto__":{"b":1,"a":2}}"#,
            r#"{"__proto__":{"a":2,"b":1},"constructor":1}"#,
        ),
    ] {
        assert_eq!(canonical(text), expected);
    }
}

#[test]
fn every_order_of_the_members_gives_the_same_text() {
    let members = [
        "\"\u{e000}\":[1]",
        "\"😀\":{\"b\":1,\"a\":2}",
        "\"\\u0061\":\"x\"",
        "\"\":null",
        "\"ab\":-0",
    ];
    let mut texts = vec![Vec::new()];
    for member in members {
        let grown = texts.iter().flat_map(|text: &Vec<&str>| {
            (0..=text.len()).map(|at| {
                let mut text = text.clone();
                text.insert(at, member);
                text
            })
        });
        texts = grown.collect();
    }
    assert_eq!(texts.len(), 120);
    for text in texts {
        assert_eq!(
            canonical(&format!("{{{}}}", text.join(","))),
            "{\"\":null,\"a\":\"x\",\"ab\":0,\"😀\":{\"a\":2,\"b\":1},\"\u{e000}\":[1]}"
        );
    }
}

#[test]
fn integers_around_what_doubles_and_machine_words_hold() {
    for (text, expected, exact) in [
        ("9007199254740990", "9007199254740990", true),
        ("9007199254740991", "9007199254740991", true),
        ("9007199254740992", "9007199254740992", true),
        ("9007199254740993", "9007199254740992", false),
        ("9007199254740994", "9007199254740994", true),
        ("9007199254740995", "9007199254740996", false),
        ("9007199254740996", "9007199254740996", true),
        ("9223372036854774784", "9223372036854775000", false),
        ("9223372036854775806", "9223372036854776000", false),
        ("9223372036854775807", "9223372036854776000", false),
        ("9223372036854775808", "9223372036854776000", false),
        ("9223372036854775809", "9223372036854776000", false),
        ("9223372036854776000", "9223372036854776000", true),
        ("9223372036854777856", "9223372036854778000", false),
        ("18446744073709549568", "18446744073709550000", false),
        ("18446744073709551614", "18446744073709552000", false),
        ("18446744073709551615", "18446744073709552000", false),
        ("18446744073709551616", "18446744073709552000", false),
        ("18446744073709551617", "18446744073709552000", false),
        ("18446744073709552000", "18446744073709552000", true),
        ("18446744073709555712", "18446744073709556000", false),
    ] {
        for sign in ["", "-"] {
            let (text, expected) = (format!("{sign}{text}"), format!("{sign}{expected}"));
            assert_eq!(canonical(&text), expected, "{text}");
            assert_eq!(is_exact(&text), exact, "{text}");
            // The same number in other spellings.
            for other in [format!("{text}.0"), format!("{text}0e-1")] {
                assert_eq!(canonical(&other), expected, "{other}");
                assert_eq!(is_exact(&other), exact, "{other}");
            }
        }
    }
}

#[test]
fn numbers_at_the_ends_of_what_doubles_hold() {
    for (text, expected, exact) in [
        ("5e-324", "5e-324", true),
        ("4.9406564584124654e-324", "5e-324", false),
        ("2.4703282292062328e-324", "5e-324", false),
        ("2.4703282292062327e-324", "0", false),
        ("1e-400", "0", false),
        ("0e-400", "0", true),
        ("2.2250738585072014e-308", "2.2250738585072014e-308", true),
        ("2.225073858507201e-308", "2.225073858507201e-308", true),
        ("2.2250738585072011e-308", "2.225073858507201e-308", false),
        ("1.7976931348623157e308", "1.7976931348623157e+308", true),
        ("1.7976931348623158e308", "1.7976931348623157e+308", false),
        ("1e308", "1e+308", true),
        ("10e307", "1e+308", true),
    ] {
        for sign in ["", "-"] {
            let zero = expected == "0";
            let expected = format!("{}{expected}", if zero { "" } else { sign });
            let text = format!("{sign}{text}");
            assert_eq!(canonical(&text), expected, "{text}");
            assert_eq!(is_exact(&text), exact, "{text}");
        }
    }
}

#[test]
fn numbers_where_the_notation_changes() {
    for (text, expected) in [
        ("100000000000000000000", "100000000000000000000"),
        ("1e20", "100000000000000000000"),
        ("999999999999999900000", "999999999999999900000"),
        ("1e21", "1e+21"),
        ("1000000000000000000000", "1e+21"),
        ("12e20", "1.2e+21"),
        ("0.000001", "0.000001"),
        ("1e-6", "0.000001"),
        ("0.0000001", "1e-7"),
        ("0.00000123", "0.00000123"),
        ("0.000000123", "1.23e-7"),
        ("1.50", "1.5"),
        ("1.0", "1"),
        ("100.0e-2", "1"),
        ("1E+2", "100"),
        ("0.1e1", "1"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
        assert!(is_exact(text), "{text}");
    }
}

#[test]
fn zero_has_no_sign() {
    for text in [
        "0",
        "-0",
        "0.0",
        "-0.0",
        "0e0",
        "-0e10",
        "-0E-10",
        "0.000e+99999",
    ] {
        assert_eq!(canonical(text), "0", "{text}");
        assert!(is_exact(text), "{text}");
    }
    assert_eq!(canonical("[-0,-0.0,{\"a\":-0}]"), "[0,0,{\"a\":0}]");
}

#[test]
fn what_was_found_is_about_the_whole_text() {
    for (text, inexact, unsafe_integer) in [
        ("[1,0.5,9007199254740991]", None, false),
        ("[9007199254740992]", None, true),
        ("[-1e17]", None, true),
        ("[1e21]", None, false),
        (
            "{\"b\": 9007199254740993, \"a\": 9007199254740993}",
            Some(6),
            true,
        ),
        ("[1, 0.10000000000000000001]", Some(4), false),
        ("[1e-400,9007199254740992]", Some(1), true),
        ("{\"9007199254740993\":\"9007199254740993\"}", None, false),
    ] {
        let mut out = Vec::new();
        let limits = Limits::default();
        let found =
            jcs::append_canonical(&mut out, text.as_bytes(), &limits, Numbers::Rounded).unwrap();
        assert_eq!(found.inexact_number, inexact, "{text}");
        assert_eq!(found.unsafe_integer, unsafe_integer, "{text}");
    }
}

#[test]
fn strings_escape_what_they_must_and_nothing_else() {
    for code in 0..=0xffff_u32 {
        let Some(character) = char::from_u32(code) else {
            continue;
        };
        let expected = match character {
            '"' => r#"\""#.to_owned(),
            '\\' => r"\\".to_owned(),
            '\u{8}' => r"\b".to_owned(),
            '\t' => r"\t".to_owned(),
            '\n' => r"\n".to_owned(),
            '\u{c}' => r"\f".to_owned(),
            '\r' => r"\r".to_owned(),
            '\0'..='\u{1f}' => format!("\\u{code:04x}"),
            _ => character.to_string(),
        };
        let expected = format!("\"a{expected}b\"");
        assert_eq!(canonical(&format!("\"a\\u{code:04x}b\"")), expected);
        assert_eq!(canonical(&format!("\"\\u0061\\u{code:04X}b\"")), expected);
        assert_eq!(canonical(&expected), expected);
    }
    for (text, expected) in [
        (r#""\/""#, r#""/""#),
        (r#""\ud834\udd1E""#, "\"𝄞\""),
        (r#""\udbff\udfff""#, "\"\u{10ffff}\""),
        ("\"\u{feff}\"", "\"\u{feff}\""),
        ("\"e\u{301} \u{212b}\"", "\"e\u{301} \u{212b}\""),
        ("\"<a href='&'>\u{7f}\"", "\"<a href='&'>\u{7f}\""),
        (r#""\\u0061\\n""#, r#""\\u0061\\n""#),
        ("\"\"", "\"\""),
    ] {
        assert_eq!(canonical(text), expected);
    }
}

#[test]
fn white_space_goes_wherever_it_stands() {
    let pieces = [
        "{", "\"a b\"", ":", "[", "1", ",", "true", ",", "\" \"", ",", "{", "}", ",", "[", "]",
        "]", ",", "\"c\"", ":", "null", "}",
    ];
    let expected = pieces.concat();
    for space in ["", " ", "\t", "\n", "\r", "\r\n", " \t\r\n \t\r\n"] {
        let text = format!("{space}{}{space}", pieces.join(space));
        assert_eq!(canonical(&text), expected, "{text:?}");
    }
    for scalar in ["null", "true", "false", "0", "\"\"", "[]", "{}"] {
        assert_eq!(canonical(&format!(" \n{scalar}\t\r")), scalar);
    }
    assert_eq!(canonical("[ ]"), "[]");
    assert_eq!(canonical("{\n}"), "{}");
}

#[test]
fn a_text_is_appended_to_what_is_there() {
    let limits = Limits::default();
    let mut out = b"{\"kept\":".to_vec();
    jcs::append_canonical(&mut out, b"{\"b\":1,\"a\":2}", &limits, Numbers::Rounded).unwrap();
    jcs::append_canonical(&mut out, b" [ ] ", &limits, Numbers::Rounded).unwrap();
    assert_eq!(out, b"{\"kept\":{\"a\":2,\"b\":1}[]");
}
