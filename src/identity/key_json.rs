//! JSON that holds a secret: a strict reader of small objects, all of whose
//! copies are wiped.
//!
//! General readers unescape strings into scratch buffers and trees that go
//! back to the allocator with the secret still in them. Here every string is
//! decoded once, into an allocation that never grows and is wiped when
//! dropped. Duplicate members, lone surrogates, a byte order mark and deep
//! nesting are refused.

use zeroize::Zeroizing;

/// Arrays and objects may be nested as deep as the published Signet reads.
const MAX_DEPTH: usize = 127;

/// A decoded string, wiped when dropped.
pub(super) type Text = Zeroizing<String>;

/// The members of a JSON object.
pub(super) struct Object {
    members: Vec<(Text, Value)>,
}

/// A JSON value, as far as key files need to tell them apart.
pub(super) enum Value {
    Text(Text),
    /// An integer without sign, fraction and exponent. Anything above the
    /// range is its end.
    Integer(u64),
    Object(Object),
    Null,
    /// Arrays, booleans and other numbers: well-formed, otherwise ignored.
    Other,
}

/// Why a text is not an acceptable object, and at which byte. Holds nothing
/// of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

type Parsed<T> = std::result::Result<T, Malformed>;

impl Object {
    /// Reads a text that is one JSON object and nothing else.
    pub(super) fn parse(bytes: &[u8]) -> Parsed<Object> {
        let text = std::str::from_utf8(bytes).map_err(|cause| Malformed {
            what: "not UTF-8",
            at: cause.valid_up_to(),
        })?;
        let mut reader = Reader { text, at: 0 };
        reader.skip_space();
        if reader.peek() != Some(b'{') {
            return Err(reader.malformed("expected an object"));
        }
        let object = reader.object(1)?;
        reader.skip_space();
        if reader.peek().is_some() {
            return Err(reader.malformed("unexpected text after the object"));
        }
        Ok(object)
    }

    /// The value of the member `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut members = self.members.iter();
        members.find(|(key, _)| key.as_str() == name).map(|m| &m.1)
    }

    /// The names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(key, _)| key.as_str())
    }

    fn has_duplicates(&self) -> bool {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        names
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Parsed<()> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(self.malformed(what))
        }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        if depth > MAX_DEPTH {
            return Err(self.malformed("nested too deep"));
        }
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'{') => self.object(depth).map(Value::Object),
            Some(b'[') => self.array(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Other),
            Some(b'f') => self.word("false", Value::Other),
            _ => Err(self.malformed("expected a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Object> {
        let start = self.at;
        self.expect(b'{', "expected an object")?;
        let mut members = Vec::new();
        self.skip_space();
        if !self.take(b'}') {
            loop {
                self.skip_space();
                let name = self.string()?;
                self.skip_space();
                self.expect(b':', "expected a colon")?;
                self.skip_space();
                members.push((name, self.value(depth + 1)?));
                self.skip_space();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',', "expected a comma or the end of the object")?;
            }
        }
        let object = Object { members };
        if object.has_duplicates() {
            return Err(Malformed {
                what: "two members of one name in the object",
                at: start,
            });
        }
        Ok(object)
    }

    fn array(&mut self, depth: usize) -> Parsed<Value> {
        self.expect(b'[', "expected an array")?;
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Other);
        }
        loop {
            self.skip_space();
            self.value(depth + 1)?;
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Other);
            }
            self.expect(b',', "expected a comma or the end of the array")?;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Parsed<Value> {
        if !self.rest().starts_with(word) {
            return Err(self.malformed("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Parsed<Value> {
        let negative = self.take(b'-');
        let start = self.at;
        let mut integer: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            integer = integer
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - start;
        if digits == 0 || (digits > 1 && self.text.as_bytes().get(start) == Some(&b'0')) {
            return Err(self.malformed("not a number"));
        }
        let mut plain = !negative;
        if self.take(b'.') {
            plain = false;
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            plain = false;
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(if plain {
            Value::Integer(integer)
        } else {
            Value::Other
        })
    }

    fn digits(&mut self) -> Parsed<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.malformed("expected a digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Parsed<Text> {
        self.expect(b'"', "expected a string")?;
        // Unescaping never lengthens a text, so this never grows.
        let mut text = Zeroizing::new(String::with_capacity(self.length_to_quote()));
        loop {
            let rest = self.rest();
            let run = rest
                .bytes()
                .take_while(|&byte| byte != b'"' && byte != b'\\' && byte >= 0x20)
                .count();
            text.push_str(rest.get(..run).unwrap_or_default());
            self.at += run;
            if self.take(b'"') {
                return Ok(text);
            }
            self.expect(b'\\', "unterminated string or bare control character")?;
            text.push(self.escape()?);
        }
    }

    /// The number of bytes up to the quote that ends the string begun.
    fn length_to_quote(&self) -> usize {
        let mut escaped = false;
        self.rest()
            .bytes()
            .take_while(|&byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                !ends
            })
            .count()
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Parsed<char> {
        let escaped = match self.peek() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.malformed("unknown escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// What follows `\u`.
    fn unicode_escape(&mut self) -> Parsed<char> {
        let start = self.at;
        let lone = Malformed {
            what: "half of a surrogate pair",
            at: start,
        };
        let first = self.four_hex_digits()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if first >= 0xdc00 || !self.take(b'\\') || !self.take(b'u') {
            return Err(lone);
        }
        let second = self.four_hex_digits()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(lone)
    }

    fn four_hex_digits(&mut self) -> Parsed<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value << 4 | digit.ok_or_else(|| self.malformed("expected a hex digit"))?;
            self.at += 1;
        }
        Ok(value)
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str, name: &str) -> String {
        match Object::parse(json.as_bytes()).unwrap().get(name) {
            Some(Value::Text(text)) => text.to_string(),
            _ => panic!("{json} has no text {name}"),
        }
    }

    #[test]
    fn strings_are_decoded() {
        assert_eq!(text(r#" {"a" : "plain é 😀"} "#, "a"), "plain é 😀");
        assert_eq!(
            text(r#"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\uDE00\""}"#, "a"),
            "\"\\/\u{8}\u{c}\n\r\tAé😀\""
        );
        assert_eq!(text(r#"{"":"x","\u0061":"y"}"#, "a"), "y");
    }

    #[test]
    fn decoded_strings_never_outgrow_their_first_allocation() {
        for body in [r"\u00e9\u20ac", r"\ud83d\ude00", r"\\\\", "x", r#"\""#, ""] {
            let json = format!("{{\"a\":\"{body}\"}}");
            let object = Object::parse(json.as_bytes()).unwrap();
            let Some(Value::Text(text)) = object.get("a") else {
                panic!("{json}")
            };
            assert!(text.capacity() <= body.len(), "{json}");
        }
    }

    #[test]
    fn integers_saturate_and_other_values_are_told_apart() {
        let json = br#"{"a":0,"b":18446744073709551615,"c":99999999999999999999,"d":1.0,"e":-1,
            "f":1e3,"g":null,"h":[1,{"x":[true,false]}],"i":{"t":3},"j":{}}"#;
        let object = Object::parse(json).unwrap();
        let integer = |name| match object.get(name) {
            Some(Value::Integer(value)) => Some(*value),
            _ => None,
        };
        assert_eq!(integer("a"), Some(0));
        assert_eq!(integer("b"), Some(u64::MAX));
        assert_eq!(integer("c"), Some(u64::MAX));
        for name in ["d", "e", "f", "h"] {
            assert!(matches!(object.get(name), Some(Value::Other)), "{name}");
        }
        assert!(matches!(object.get("g"), Some(Value::Null)));
        let Some(Value::Object(inner)) = object.get("i") else {
            panic!()
        };
        assert!(matches!(inner.get("t"), Some(Value::Integer(3))));
        assert!(object.get("k").is_none());
        assert_eq!(object.names().count(), 10);
    }

    #[test]
    fn what_is_not_strict_json_is_refused() {
        for json in [
            "",
            " ",
            "x",
            "[]",
            "\"a\"",
            "{",
            "{}x",
            "{} {}",
            "\u{feff}{}",
            "{a:1}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":01}"#,
            r#"{"a":-}"#,
            r#"{"a":+1}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":1e}"#,
            r#"{"a":NaN}"#,
            r#"{"a":nul}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
            r#"{"a":"x}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\ud800\u0041"}"#,
            r#"{"a":"\udc00\ud800"}"#,
            "{\"a\":\"\n\"}",
            "{'a':1}",
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"b":{"a":1,"a":2}}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
        ] {
            assert!(Object::parse(json.as_bytes()).is_err(), "{json}");
        }
        assert_eq!(
            Object::parse(b"{\"a\":\"\xff\"}").err(),
            Some(Malformed {
                what: "not UTF-8",
                at: 6
            })
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            Object::parse(format!("{{\"a\":{open}{close}}}").as_bytes()).is_ok()
        };
        assert!(nested(MAX_DEPTH - 1));
        assert!(!nested(MAX_DEPTH));
        assert!(!nested(30_000));
    }
}
