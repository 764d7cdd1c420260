//! Checkpoints (C2SP tlog-checkpoint): a tree head as the text of a signed note.
//!
//! ```text
//! example.com/log
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use crate::crypto::ed25519::SignatureBytes;
use crate::encoding::{base64, decimal};
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::note::Note;
use crate::tlog::tree::{EMPTY_ROOT, HASH_LEN, TreeHead};
use crate::tlog::verifier_key::{MAX_NAME_LEN, VerifierKey};

/// The longest origin, in bytes.
pub const MAX_ORIGIN_LEN: usize = MAX_NAME_LEN;

/// Which log, how long it is, and its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of the log `origin`, commonly a URL without scheme, as
    /// `example.com/log`.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`] when the origin is empty, longer
    /// than [`MAX_ORIGIN_LEN`] bytes or has control characters, or when a tree
    /// without leaves has a root that is not the empty one.
    pub fn new(origin: &str, head: TreeHead) -> Result<Checkpoint> {
        if origin.len() > MAX_ORIGIN_LEN || !is_line(origin) {
            return Err(invalid(
                "the origin must have 1 to 255 bytes without control characters",
            ));
        }
        if head.size == 0 && head.root != EMPTY_ROOT {
            return Err(invalid("the root is not that of the empty tree"));
        }
        Ok(Checkpoint {
            origin: origin.to_owned(),
            head,
            extensions: Vec::new(),
        })
    }

    /// The same checkpoint with one more extension line.
    ///
    /// C2SP advises against these: nobody who follows the log can check what
    /// they say.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`] when the line is empty or has
    /// control characters.
    pub fn with_extension(mut self, line: &str) -> Result<Checkpoint> {
        if !is_line(line) {
            return Err(invalid(
                "an extension line is empty or has control characters",
            ));
        }
        self.extensions.push(line.to_owned());
        Ok(self)
    }

    /// Reads the text of a note.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`].
    pub fn parse(text: &str) -> Result<Checkpoint> {
        let lines = text
            .strip_suffix('\n')
            .ok_or_else(|| invalid("it does not end in a newline"))?;
        let mut lines = lines.split('\n');
        let mut next = || {
            lines
                .next()
                .ok_or_else(|| invalid("it has fewer than three lines"))
        };
        let origin = next()?;
        let size = decimal::parse_u64(next()?)
            .ok_or_else(|| invalid("the tree size is not a plain decimal number"))?;
        let root = base64::decode_array::<HASH_LEN>(next()?.as_bytes())
            .ok_or_else(|| invalid("the root is not the base64 of 32 bytes"))?;
        let head = TreeHead { size, root: *root };
        lines.try_fold(Checkpoint::new(origin, head)?, Checkpoint::with_extension)
    }

    /// The text that [`Checkpoint::parse`] reads.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.head.size,
            base64::encode(&self.head.root)
        );
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// The checkpoint as a signed note. `key` is the log's, and has the origin
    /// for its name, as those who verify expect.
    ///
    /// The caller must never sign two checkpoints of which neither tree is the
    /// beginning of the other.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when the name of the key is
    /// not the origin, or as [`Note::sign`] does.
    pub fn sign(
        &self,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<SignatureBytes>,
    ) -> Result<Note> {
        if key.name() != self.origin {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "log key",
                format!("its name is not the origin {}", self.origin),
            ));
        }
        Note::sign(&self.text(), key, sign)
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root of its tree.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The extension lines, without their newlines.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

/// Whether a text can be a line: not empty, no control characters.
fn is_line(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte >= 0x20)
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::NoteInvalid, "checkpoint", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;
    use crate::tlog::verifier_key::SignatureType;

    const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\n\
                           CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn the_example_of_the_specification_reads_and_writes() {
        let checkpoint = Checkpoint::parse(EXAMPLE).unwrap();
        assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
        assert_eq!(checkpoint.head().size, 20_852_163);
        assert_eq!(checkpoint.extensions(), [""; 0]);
        assert_eq!(checkpoint.text(), EXAMPLE);

        let extended = format!("{EXAMPLE}one\ntwo words\n");
        let checkpoint = Checkpoint::parse(&extended).unwrap();
        assert_eq!(checkpoint.extensions(), ["one", "two words"]);
        assert_eq!(checkpoint.text(), extended);
    }

    #[test]
    fn other_texts_are_refused() {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for text in [
            "".into(),
            "\n".into(),
            "log\n".into(),
            "log\n1\n".into(),
            format!("log\n1\n{root}"),
            format!("log\n1\n{root}\n\n"),
            format!("log\n1\n{root}\nx\n\n"),
            format!("log\n1\n{root}\n\nx\n"),
            format!("log\n1\n{root}\nx"),
            format!("\nlog\n1\n{root}\n"),
            format!("\n1\n{root}\n"),
            format!("log\n\n{root}\n"),
            format!("log\n01\n{root}\n"),
            format!("log\n+1\n{root}\n"),
            format!("log\n-1\n{root}\n"),
            format!("log\n 1\n{root}\n"),
            format!("log\n1 \n{root}\n"),
            format!("log\n0x1\n{root}\n"),
            format!("log\n18446744073709551616\n{root}\n"),
            format!("log\n1\n{}\n", &root[..43]),
            format!("log\n1\n{root}=\n"),
            format!("log\n1\n {root}\n"),
            "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n".into(),
            "log\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n".into(),
            "log\n1\nAAAA\n".into(),
            format!("log\n0\n{root}\n"),
            format!("l\tog\n1\n{root}\n"),
            format!("log\r\n1\r\n{root}\r\n"),
            format!("log\n1\n{root}\nx\u{1}\n"),
            format!("{}\n1\n{root}\n", "l".repeat(256)),
        ] {
            let error = Checkpoint::parse(&text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteInvalid, "{text:?}");
        }
        assert!(Checkpoint::parse(&format!("log\n{}\n{root}\n", u64::MAX)).is_ok());
        assert!(Checkpoint::parse(&format!("a log\n1\n{root}\n")).is_ok());
        for at in 0..EXAMPLE.len() {
            assert!(Checkpoint::parse(&EXAMPLE[..at]).is_err());
        }
    }

    #[test]
    fn what_cannot_be_read_cannot_be_made() {
        let head = TreeHead::EMPTY;
        for origin in ["", "a\nb", "a\u{0}", &"o".repeat(256)] {
            assert!(Checkpoint::new(origin, head).is_err());
        }
        let rootless = TreeHead {
            size: 0,
            root: [1; 32],
        };
        assert!(Checkpoint::new("log", rootless).is_err());
        for line in ["", "a\nb", "\u{1f}"] {
            let checkpoint = Checkpoint::new("log", head).unwrap();
            assert!(checkpoint.with_extension(line).is_err());
        }
    }

    #[test]
    fn only_the_key_of_the_origin_signs() {
        let secret = SecretKey::from_seed(&[1; 32]);
        let key = |name| VerifierKey::new(name, SignatureType::Ed25519, *secret.public()).unwrap();
        let checkpoint = Checkpoint::new("log", TreeHead::EMPTY).unwrap();
        let note = checkpoint
            .sign(&key("log"), |m| Ok(secret.sign(m)))
            .unwrap();
        note.verify([&key("log")]).unwrap();
        assert_eq!(Checkpoint::parse(note.text()).unwrap(), checkpoint);
        let error = checkpoint.sign(&key("other"), |m| Ok(secret.sign(m)));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
