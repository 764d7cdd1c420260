//! Names of identities. They become file names, so nothing builds a path from
//! a text that has not passed through here.

use crate::error::{Error, ErrorKind, Result};

/// The longest name in bytes.
pub const MAX_KEY_NAME_LEN: usize = 128;

/// A name that is safe to build a path from: 1 to 128 characters of
/// `[A-Za-z0-9_-]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName<'a>(&'a str);

impl<'a> KeyName<'a> {
    /// Checks a name; refused with [`ErrorKind::KeyNameInvalid`].
    pub fn new(text: &'a str) -> Result<KeyName<'a>> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > MAX_KEY_NAME_LEN || !text.bytes().all(allowed) {
            return Err(Error::new(
                ErrorKind::KeyNameInvalid,
                "key name",
                "it must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -",
            ));
        }
        Ok(KeyName(text))
    }

    /// The name.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_in_the_folder() {
        for name in ["a", "A-Z_09", "-", "_", &"x".repeat(128)] {
            assert_eq!(KeyName::new(name).unwrap().as_str(), name);
        }
        for name in [
            "",
            ".",
            "..",
            "a.key",
            "../a",
            "/a",
            "a/b",
            "a\\b",
            "a\0",
            "a\n",
            " ",
            "é",
            &"x".repeat(129),
        ] {
            let kind = KeyName::new(name).unwrap_err().kind();
            assert_eq!(kind, ErrorKind::KeyNameInvalid, "{name:?}");
        }
    }
}
