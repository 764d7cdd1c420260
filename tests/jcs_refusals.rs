//! What the canonicaliser refuses, as which kind of error, at which byte.
//!
//! Two parsers may read two different calls out of a text that only one of them
//! finds strange, so nothing strange is signed or verified.

use signet::ErrorKind::{
    self, JsonDuplicateMember, JsonEncoding, JsonLoneSurrogate, JsonNumber, JsonSyntax,
};
use signet::encoding::exact;
use signet::encoding::jcs::{self, Limits, Numbers};

/// Each text must be refused as `kind` at its byte, by every way to read it,
/// and leave what was written before as it was.
fn refused(kind: ErrorKind, cases: &[(&[u8], u64)]) {
    for &(text, place) in cases {
        let shown = String::from_utf8_lossy(text);
        let mut out = b"before".to_vec();
        for numbers in [Numbers::Rounded, Numbers::Exact] {
            // A number too large for a double still compares.
            if numbers == Numbers::Exact && kind == JsonNumber && !shown.contains(['N', 'I']) {
                continue;
            }
            let error = jcs::append_canonical(&mut out, text, &Limits::default(), numbers)
                .expect_err(&shown);
            let found = (error.kind(), error.position());
            assert_eq!(found, (kind, Some(place)), "{shown}: {error}");
            assert_eq!(out, b"before", "{shown}");
        }
        let error = exact::travelling_form(text, &Limits::default()).expect_err(&shown);
        assert_eq!(error.kind(), kind, "{shown}");
        assert!(error.to_string().starts_with("JSON: "), "{error}");
    }
}

#[test]
fn repeated_names_however_they_are_spelled() {
    refused(
        JsonDuplicateMember,
        &[
            (br#"{"a":1,"a":2}"#, 7),
            (br#"{"a":1,"a":1}"#, 7),
            (br#"{"":1,"":1}"#, 6),
            (br#"{"a":1,"b":2,"a":3}"#, 13),
            (br#"{"b":1,"a":2,"b":3}"#, 13),
            (br#"{"a":1,"\u0061":2}"#, 7),
            (br#"{"\u0061":1,"a":2}"#, 12),
            (br#"{"\u004A":1,"\u004a":2}"#, 12),
            (br#"{"/":1,"\/":2}"#, 7),
            (br#"{"\n":1,"\u000a":2}"#, 8),
            (br#"{"\"":1,"\u0022":2}"#, 8),
            ("{\"😀\":1,\"\\ud83d\\ude00\":2}".as_bytes(), 10),
            ("{\"é\":1,\"\\u00e9\":2}".as_bytes(), 8),
            (br#" { "a" : 1 , "a" : 2 } "#, 13),
            (br#"{"x":{"a":1,"b":{"a":1},"a":3}}"#, 24),
            (br#"[{"a":1},{"a":1,"a":2}]"#, 16),
            // Of several repetitions, the first one.
            (br#"{"a":1,"a":2,"a":3}"#, 7),
            (br#"{"z":0,"a":1,"z":2,"a":3}"#, 13),
            (br#"{"z":0,"a":1,"a":2,"z":3}"#, 13),
        ],
    );
    // So many that no simple sort keeps their order.
    let many = format!("{{{}\"b\":0}}", "\"c\":0,\"a\":0,".repeat(500));
    refused(JsonDuplicateMember, &[(many.as_bytes(), 13)]);
    let error = jcs::canonicalize(br#"{"to":1,"\u0074o":2}"#, &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "JSON: a second member named \"to\" at byte 8"
    );
}

#[test]
fn names_that_only_look_alike_are_different() {
    for text in [
        r#"{"A":1,"a":2}"#,
        r#"{"a":1,"a\u0000":2}"#,
        r#"{"":2,"a":{"a":1}}"#,
        // Composed and decomposed: nothing is normalised.
        "{\"e\u{301}\":1,\"é\":2}",
        "{\"K\":1,\"\u{212a}\":2}",
        r#"{"\\u0061":2,"a":1}"#,
    ] {
        let found = jcs::canonicalize(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), text);
    }
}

#[test]
fn halves_of_surrogate_pairs() {
    refused(
        JsonLoneSurrogate,
        &[
            (br#""\ud800""#, 1),
            (br#""\uDBFF""#, 1),
            (br#""\udc00""#, 1),
            (br#""\uDFFF""#, 1),
            (br#""x\ud83dx""#, 2),
            (br#""\ud83d\u0041""#, 1),
            (br#""\ud83d\n""#, 1),
            (br#""\ud83d\ud83d\ude00""#, 1),
            (br#""\ude00\ud83d""#, 1),
            (br#""\ud83d\ude00\ude00""#, 13),
            (br#""\ud83d\ud83d""#, 1),
            (br#""\ud83d\u""#, 1),
            (br#""\ud83d\ude0""#, 1),
            (br#""\ud83d"#, 1),
            (br#"{"\udfff":1}"#, 2),
            (br#"["a\ud83d"]"#, 3),
            (br#"{"a":{"b":["\ud800"]}}"#, 12),
        ],
    );
}

#[test]
fn bytes_that_are_not_utf_8() {
    refused(
        JsonEncoding,
        &[
            // Byte order marks, and what they promise.
            (b"\xef\xbb\xbf{}", 0),
            (b"\xef\xbb\xbf", 0),
            (b"\xff\xfe{\0}\0", 0),
            (b"\xfe\xff\0{\0}", 0),
            // Overlong forms.
            (b"\"\xc0\x80\"", 1),
            (b"\"\xc0\xaf\"", 1),
            (b"\"\xc1\xbf\"", 1),
            (b"\"\xe0\x80\xaf\"", 1),
            (b"\"\xe0\x9f\xbf\"", 1),
            (b"\"\xf0\x80\x80\xaf\"", 1),
            (b"\"\xf0\x8f\xbf\xbf\"", 1),
            // Surrogates, alone and as a pair.
            (b"\"a\xed\xa0\x80\"", 2),
            (b"\"a\xed\xbf\xbf\"", 2),
            (b"\"\xed\xa0\xbd\xed\xb8\x80\"", 1),
            // Cut short, inside and at the end of the text.
            (b"\"\xc3\"", 1),
            (b"\"\xe2\x82\"", 1),
            (b"\"\xf0\x9f\x98\"", 1),
            (b"\"\xf0\x9f\x98", 1),
            (b"\"ab\xe2\x82", 3),
            // Beyond U+10FFFF, stray and impossible bytes.
            (b"\"\xf4\x90\x80\x80\"", 1),
            (b"\"\xf8\x88\x80\x80\x80\"", 1),
            (b"\"\x80\"", 1),
            (b"\"\xbf\"", 1),
            (b"\"\xff\"", 1),
            // Wherever they stand.
            (b"{\"\xff\":1}", 2),
            (b"{}\xff", 2),
            (b"\xff{}", 0),
            (b"[1,\xff2]", 3),
        ],
    );
}

#[test]
fn numbers_that_are_none() {
    refused(
        JsonNumber,
        &[
            (b"NaN", 0),
            (b"-NaN", 0),
            (b"Infinity", 0),
            (b"-Infinity", 0),
            (b"[1,NaN]", 3),
            (b"[ -Infinity ]", 2),
            (br#"{"a":Infinity}"#, 5),
            // Beyond the largest double.
            (b"1e309", 0),
            (b"1e400", 0),
            (b"-1e400", 0),
            (b"[-1e400]", 1),
            (b"1.7976931348623159e308", 0),
            (b"1.797693134862315808e308", 0),
            (b"17976931348623159e292", 0),
            (b"1e99999999999999999999999999999999", 0),
            (br#"{"a":1,"b":1E+999}"#, 11),
        ],
    );
    let digits = "9".repeat(310);
    refused(JsonNumber, &[(digits.as_bytes(), 0)]);
}

#[test]
fn numbers_that_json_does_not_spell_like_this() {
    refused(
        JsonSyntax,
        &[
            (b"01", 0),
            (b"-01", 0),
            (b"00", 0),
            (b"1.", 0),
            (b"1.e5", 0),
            (b".5", 0),
            (b"+1", 0),
            (b"-", 0),
            (b"--1", 0),
            (b"-a", 0),
            (b"1e", 0),
            (b"1e+", 0),
            (b"1E-", 0),
            (b"[1e]", 1),
            (b"0x10", 1),
            (b"1_000", 1),
            (b"1,000", 1),
            (b"1.5.5", 3),
            (b"1e5e5", 3),
            (b"1f", 1),
            (b"1n", 1),
            (b"nan", 0),
            (b"inf", 0),
            (b"-inf", 0),
            (b"+Infinity", 0),
            (b"Inf", 0),
            ("１".as_bytes(), 0),
            ("−1".as_bytes(), 0),
        ],
    );
}

#[test]
fn texts_that_end_too_early_or_too_late() {
    refused(
        JsonSyntax,
        &[
            (b"", 0),
            (b" ", 1),
            (b"\n\n", 2),
            (b"{", 1),
            (b"[", 1),
            (b"[1", 2),
            (b"[1,", 3),
            (br#"{"a""#, 4),
            (br#"{"a":"#, 5),
            (br#"{"a":1"#, 6),
            (br#"{"a":1,"#, 7),
            (b"\"abc", 0),
            (b"[\"abc", 1),
            (b"[\"abc]", 1),
            (br#""abc\"#, 4),
            (b"tru", 0),
            (b"{} x", 3),
            (b"{}{}", 2),
            (b"1 2", 2),
            (b"[]]", 2),
            (br#"{"a":1}}"#, 7),
            (b"truex", 4),
            (b"nullnull", 4),
            (b"\"a\" \"b\"", 4),
            (b"{}\0", 2),
            (b"{}\xef\xbb\xbf", 2),
            (b"{},", 2),
            (b"{};", 2),
        ],
    );
}

#[test]
fn punctuation_out_of_place() {
    refused(
        JsonSyntax,
        &[
            (b"]", 0),
            (b"}", 0),
            (b":", 0),
            (b",", 0),
            (b"[,1]", 1),
            (b"[1,]", 3),
            (b"[1,,2]", 3),
            (b"[1 2]", 3),
            (b"[1:2]", 2),
            (b"[1}", 2),
            (b"[}", 1),
            (b"{,}", 1),
            (b"{]", 1),
            (br#"{"a":1,}"#, 7),
            (br#"{"a":1,,"b":2}"#, 7),
            (br#"{"a" 1}"#, 5),
            (br#"{"a"}"#, 4),
            (br#"{"a":}"#, 5),
            (br#"{"a"::1}"#, 5),
            (br#"{"a":1 "b":2}"#, 7),
            (br#"{"a":1]"#, 6),
            (br#"{"a":1:2}"#, 6),
            (b"{1:2}", 1),
            (b"{null:1}", 1),
            (b"{[]:1}", 1),
        ],
    );
}

#[test]
fn what_other_notations_allow() {
    refused(
        JsonSyntax,
        &[
            (b"{a:1}", 1),
            (b"{'a':1}", 1),
            (b"'a'", 0),
            (b"`a`", 0),
            (b"True", 0),
            (b"None", 0),
            (b"NULL", 0),
            (b"undefined", 0),
            (b"// c\n1", 0),
            (b"1 // c", 2),
            (b"{/*c*/}", 1),
            (b"# c\n1", 0),
            (b"---\na: 1", 0),
            (b"{\0}\0", 1),
        ],
    );
}

#[test]
fn white_space_that_json_does_not_know() {
    refused(
        JsonSyntax,
        &[
            (b"\x0c1", 0),
            (b"\x0b1", 0),
            (b"1\x0c", 1),
            (b"\0 1", 0),
            ("\u{a0}1".as_bytes(), 0),
            ("[1\u{a0}]".as_bytes(), 2),
            ("\u{2028}1".as_bytes(), 0),
            ("\u{3000}1".as_bytes(), 0),
            ("\u{85}1".as_bytes(), 0),
        ],
    );
}

#[test]
fn characters_that_a_string_must_escape_and_escapes_that_do_not_exist() {
    refused(
        JsonSyntax,
        &[
            (b"\"a\nb\"", 2),
            (b"\"\tb\"", 1),
            (b"\"\0\"", 1),
            (b"{\"a\r\":1}", 3),
            (br#""\x41""#, 1),
            (br#""\'""#, 1),
            (br#""a\ ""#, 2),
            (br#""\0""#, 1),
            (br#""\U0041""#, 1),
            (br#""\u123""#, 1),
            (br#""\u12g4""#, 1),
            (br#""\u+123""#, 1),
            (br#""\u{41}""#, 1),
            ("\"\\u004\u{661}\"".as_bytes(), 1),
            (br#""\a""#, 1),
            (br#""\v""#, 1),
            (b"\"\\\n\"", 1),
        ],
    );
    for control in 0..0x20 {
        // At every place of the words in which strings are searched.
        for before in 0..17 {
            let mut text = vec![b'"'];
            text.extend(std::iter::repeat_n(b'x', before));
            text.push(control);
            text.extend(b"yyyyyyyyyyyyyyyyy\"");
            refused(JsonSyntax, &[(&text, 1 + before as u64)]);
        }
    }
}
