//! Random JSON texts that are hard on a canonicaliser: unsorted and look-alike
//! names, every way to spell a character, every way to spell a number, white
//! space wherever it may stand.
//!
//! A text depends on its seed alone, so a failure is reproduced from the seed
//! that it prints.

#![allow(dead_code, reason = "every test uses its own part")]

use std::fmt::Write;

/// How often heavy loops run: the environment variable `SIGNET_TORTURE`, 1
/// unless set.
pub fn torture() -> u64 {
    let given = std::env::var("SIGNET_TORTURE").ok();
    given.map_or(1, |text| {
        text.parse().expect("SIGNET_TORTURE is a whole number")
    })
}

/// The seed of the first text: `SIGNET_SEED` when set; the clock when
/// `SIGNET_TORTURE` asks for more than usual; otherwise always the same.
pub fn first_seed() -> u64 {
    if let Ok(text) = std::env::var("SIGNET_SEED") {
        return text.parse().expect("SIGNET_SEED is a whole number");
    }
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    match torture() {
        1 => 8785,
        _ => clock.map_or(0, |time| time.as_nanos() as u64),
    }
}

/// A source of random texts.
pub struct Documents {
    state: u64,
    /// In how many of 16 places white space stands.
    noise: u64,
}

const CHARACTERS: &[char] = &[
    '"',
    '\\',
    '/',
    '\u{0}',
    '\u{1}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{1f}',
    ' ',
    '\u{7f}',
    '\u{80}',
    '\u{9f}',
    'é',
    'ÿ',
    'Ā',
    '€',
    '\u{2028}',
    '\u{2029}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fb33}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10000}',
    '😀',
    '\u{10ffff}',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '$',
];

const NAMES: &[&str] = &[
    "",
    "a",
    "aa",
    "ab",
    "b",
    "A",
    "Z",
    "_",
    "0",
    "1",
    "10",
    "9",
    "$exact",
    "__proto__",
    "id",
    "params",
    "\n",
    "\r",
    "\"",
    "\\",
    "/",
    "a\u{0}",
    "a\u{1f}",
    "a ",
    "é",
    "€",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fb33}",
    "\u{ffff}",
    "\u{10000}",
    "😀",
    "\u{10ffff}",
    "a\u{e000}",
    "a\u{10000}",
    "eightlet",
    "eightlets",
    "eightlet\n",
    "eightlet\u{e000}",
    "eightlet\u{10000}",
    "eightles",
];

impl Documents {
    /// The texts of a seed.
    pub fn new(seed: u64) -> Documents {
        let mut documents = Documents {
            state: seed,
            noise: 0,
        };
        documents.noise = [0, 0, 1, 8][documents.below(4) as usize];
        documents
    }

    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A JSON text. It may hold a number that overflows a double, and is
    /// acceptable in every other way.
    pub fn document(&mut self) -> String {
        let mut text = String::new();
        self.space(&mut text);
        match self.below(256) {
            0 => self.tower(&mut text),
            1..=80 => self.scalar(&mut text),
            81..=128 => self.array(&mut text, 4),
            _ => self.object(&mut text, 4),
        }
        self.space(&mut text);
        text
    }

    /// A JSON text with a name repeated in one object, however spelled, and the
    /// place of the repetition.
    pub fn with_repeated_name(&mut self) -> (String, usize) {
        let mut text = String::new();
        let nested = self.below(4);
        match nested {
            0 => {}
            1 => text.push_str("[[],"),
            2 => text.push_str("{\"before\":{},\"here\":"),
            _ => text.push_str("[{\"here\":"),
        }
        let mut names: Vec<String> = Vec::new();
        let count = 1 + self.below(6) as usize;
        let last = count + self.below(4) as usize;
        let mut place = 0;
        text.push('{');
        for member in 0..=last {
            self.space(&mut text);
            let name = if member == count {
                place = text.len();
                names[self.below(count as u64) as usize].clone()
            } else {
                self.new_name(&names)
            };
            self.string_of(&mut text, &name);
            names.push(name);
            self.space(&mut text);
            text.push(':');
            self.space(&mut text);
            text.push_str(["1", "[]", "\"x\"", "{\"a\":1}"][self.below(4) as usize]);
            if member < last {
                text.push(',');
            }
        }
        text.push('}');
        text.push_str(["", "]", "}", "}]"][nested as usize]);
        (text, place)
    }

    /// A JSON text with a few bytes changed, so that it mostly is none any more.
    pub fn damaged(&mut self) -> Vec<u8> {
        const BYTES: &[u8] = b"\"\\{}[],:0123456789-+.eEtfnu \t\n/'\x00\x1f\x7f\x80\xbf\xc0\xc3\xe0\xed\xef\xf0\xf4\xf8\xff";
        let mut bytes = self.document().into_bytes();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len() as u64 + 1) as usize;
            let end = (at + self.below(6) as usize).min(bytes.len());
            let byte = self.pick(BYTES);
            match self.below(5) {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let copied = bytes[at..end].to_vec();
                    bytes.splice(at..at, copied);
                }
                _ if self.one_in(4) => bytes.truncate(at),
                _ if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => {}
            }
        }
        bytes
    }

    /// A number, in one of its many spellings.
    pub fn number(&mut self) -> String {
        let sign = self.pick(&["", "", "-"]);
        match self.below(16) {
            0..=2 => format!("{sign}{}", self.below(100)),
            3 => format!("{sign}{}", self.whole(1, 20)),
            4 => format!("{sign}{}", self.whole(16, 40)),
            5 => {
                let near = (1_i128 << (50 + self.below(20))) + i128::from(self.below(9)) - 4;
                let tail = self.pick(&["", "", ".0", ".5", "e0", "E-1", "e1"]);
                format!("{sign}{near}{tail}")
            }
            6 => {
                let double = self.double();
                self.respelled(format!("{double:e}"))
            }
            7 => {
                let double = self.double();
                let digits = 14 + self.below(26) as usize;
                self.respelled(format!("{double:.digits$e}"))
            }
            8 => {
                let double = f64::from_bits(self.next() >> 12);
                let digits = self.below(40) as usize;
                self.respelled(format!("{sign}{double:.digits$e}"))
            }
            9 => format!("{sign}{}.{}", self.below(10_000), self.digits(1, 4)),
            10 => format!("{sign}{}.{}", self.whole(1, 25), self.digits(1, 25)),
            11 => {
                let fraction = match self.below(2) {
                    0 => String::new(),
                    _ => format!(".{}", self.digits(1, 20)),
                };
                let power = self.pick(&["e", "E", "e+", "E-", "e-", "e-00", "e00"]);
                let exponent = match self.below(16) {
                    0 => self.below(400),
                    1 => 290 + self.below(40),
                    _ => self.below(30),
                };
                format!("{sign}{}{fraction}{power}{exponent}", self.whole(1, 3))
            }
            12 => {
                // Half-way between two doubles, or just beside it.
                let low = (1_u64 << 53) + 2 * self.below(1 << 20);
                let tail = self.pick(&["", ".0", ".5", ".00000000000000000001", "e0"]);
                format!("{sign}{}{tail}", low + 1)
            }
            13 => {
                let zero = [
                    "0",
                    "0.0",
                    "0e7",
                    "0E-9",
                    "0.000e+3",
                    "0.0e99999999999999999999",
                ];
                format!("{sign}{}", self.pick(&zero))
            }
            14 => {
                let power: f64 = format!("1e{}", self.below(600) as i64 - 300)
                    .parse()
                    .expect("a number");
                let near = f64::from_bits(power.to_bits() + self.below(5) - 2);
                self.respelled(format!("{sign}{near:.16e}"))
            }
            _ => {
                let zeros = match self.below(64) {
                    // serde_json misreads ties behind more than 768 digits.
                    0 => self.below(700) as usize,
                    _ => self.below(40) as usize,
                };
                let (run, digits) = ("0".repeat(zeros), self.whole(1, 20));
                let exponent = zeros as i64 + self.below(40) as i64 - 20;
                match self.below(2) {
                    0 => format!("{sign}0.{run}{digits}e{exponent}"),
                    _ => format!("{sign}{digits}{run}E-{}", exponent.max(0)),
                }
            }
        }
    }

    /// A finite double, any bits.
    pub fn double(&mut self) -> f64 {
        loop {
            let double = f64::from_bits(self.next());
            if double.is_finite() {
                return double;
            }
        }
    }

    /// `text`, which has an exponent, perhaps as a plain decimal or with the
    /// exponent spelled in another way.
    fn respelled(&mut self, text: String) -> String {
        let Some((digits, exponent)) = text.split_once('e') else {
            return text;
        };
        let plus = if exponent.starts_with('-') { "" } else { "+" };
        match self.below(5) {
            0 => format!("{digits}E{exponent}"),
            1 => format!("{digits}e{plus}{exponent}"),
            2 if exponent.len() < 3 => {
                let double: f64 = text.parse().expect("a number");
                format!("{double}")
            }
            _ => text,
        }
    }

    fn digits(&mut self, fewest: u64, most: u64) -> String {
        let count = fewest + self.below(most - fewest + 1);
        let zeros = self.one_in(4);
        (0..count)
            .map(|_| match zeros && self.one_in(2) {
                true => '0',
                false => char::from(b'0' + self.below(10) as u8),
            })
            .collect()
    }

    /// Digits that do not start with a zero.
    fn whole(&mut self, fewest: u64, most: u64) -> String {
        let mut digits = self.digits(fewest, most);
        if digits.starts_with('0') {
            digits.replace_range(..1, "1");
        }
        digits
    }

    fn value(&mut self, text: &mut String, levels: u64) {
        match self.below(12) {
            0..=1 if levels > 0 => self.object(text, levels - 1),
            2 if levels > 0 => self.array(text, levels - 1),
            _ => self.scalar(text),
        }
    }

    fn scalar(&mut self, text: &mut String) {
        match self.below(12) {
            0..=5 => text.push_str(&self.number()),
            6..=9 => {
                let content = self.content();
                self.string_of(text, &content);
            }
            _ => text.push_str(self.pick(&["true", "false", "null"])),
        }
    }

    fn array(&mut self, text: &mut String, levels: u64) {
        text.push('[');
        self.space(text);
        let count = self.below(5);
        for place in 0..count {
            self.value(text, levels);
            self.space(text);
            if place + 1 < count {
                text.push(',');
                self.space(text);
            }
        }
        text.push(']');
    }

    fn object(&mut self, text: &mut String, levels: u64) {
        text.push('{');
        self.space(text);
        let count = match self.below(64) {
            0 => 40,
            _ => self.below(6),
        };
        let mut names: Vec<String> = Vec::new();
        for place in 0..count {
            let name = self.new_name(&names);
            self.string_of(text, &name);
            names.push(name);
            self.space(text);
            text.push(':');
            self.space(text);
            self.value(text, levels);
            self.space(text);
            if place + 1 < count {
                text.push(',');
                self.space(text);
            }
        }
        text.push('}');
    }

    /// As many levels as are read, or nearly.
    fn tower(&mut self, text: &mut String) {
        let levels = 120 + self.below(8);
        let mut close = String::new();
        for _ in 0..levels {
            match self.one_in(2) {
                true => {
                    text.push('[');
                    close.push(']');
                }
                false => {
                    text.push_str("{\"b\":");
                    close.push_str(self.pick(&["}", "}1:\"a\","]));
                }
            }
        }
        self.scalar(text);
        text.extend(close.chars().rev());
    }

    fn new_name<T: AsRef<str>>(&mut self, taken: &[T]) -> String {
        loop {
            let name = match self.below(3) {
                0 => self.content(),
                _ => self.pick(NAMES).to_owned(),
            };
            if taken.iter().all(|other| other.as_ref() != name) {
                return name;
            }
        }
    }

    /// What a string says.
    fn content(&mut self) -> String {
        let length = match self.below(64) {
            0 => self.below(200),
            _ => self.below(9),
        };
        let plain = self.one_in(2);
        (0..length)
            .map(|_| match self.below(8) {
                0 if !plain => self.pick(CHARACTERS),
                1 if !plain => loop {
                    let code = self.below(0x11_0000) as u32;
                    if let Some(character) = char::from_u32(code) {
                        break character;
                    }
                },
                _ => char::from(b'a' + self.below(26) as u8),
            })
            .collect()
    }

    /// Writes a string that says `content`.
    fn string_of(&mut self, text: &mut String, content: &str) {
        let escaped = self.pick(&[0, 0, 1, 4]);
        text.push('"');
        for character in content.chars() {
            let must = matches!(character, '"' | '\\' | '\0'..='\u{1f}');
            if !must && self.below(8) >= escaped {
                text.push(character);
                continue;
            }
            let short = match character {
                '"' | '\\' | '/' => Some(character),
                '\u{8}' => Some('b'),
                '\u{c}' => Some('f'),
                '\n' => Some('n'),
                '\r' => Some('r'),
                '\t' => Some('t'),
                _ => None,
            };
            match short {
                Some(letter) if self.below(4) > 0 => text.extend(['\\', letter]),
                _ => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        let written = match self.one_in(2) {
                            true => write!(text, "\\u{unit:04x}"),
                            false => write!(text, "\\u{unit:04X}"),
                        };
                        written.expect("a string takes everything");
                    }
                }
            }
        }
        text.push('"');
    }

    fn space(&mut self, text: &mut String) {
        while self.below(16) < self.noise {
            text.push(self.pick(&[' ', '\t', '\n', '\r']));
        }
    }
}
