//! How a public key is named on the command line: by the name of an identity, as a
//! `.pub` file, or as the key itself.
//!
//! What looks like a name is looked up in the keystore first: with the published
//! Signet a file of that name in the current folder would stand in for the key.

use std::path::Path;

use signet::ErrorKind;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::identity::KeyName;
use signet::identity::key_file::PublicFile;

use crate::context::Context;
use crate::documents;
use crate::failure::Failure;

/// The key that `text` names.
pub fn resolve(text: &str, context: &Context) -> Result<PublicKey, Failure> {
    if KeyName::new(text).is_ok() {
        match context.keystore()?.public_key(text) {
            Err(error) if error.kind() == ErrorKind::KeyNotFound => {}
            found => return Ok(found?),
        }
    }
    let path = Path::new(text);
    if path.extension().is_some_and(|extension| extension == "pub") || path.is_file() {
        return of_file(path);
    }
    key_text::parse(text).map_err(|error| match error.kind() {
        ErrorKind::KeyWeak => Failure::from(error),
        _ => Failure::from(signet::Error::new(
            ErrorKind::KeyNotFound,
            "key",
            format!("'{text}' is neither the name of an identity nor a .pub file nor an Ed25519 key in base64"),
        )),
    })
}

/// The keys that `texts` name; empty ones name none.
pub fn resolve_all(texts: &[String], context: &Context) -> Result<Vec<PublicKey>, Failure> {
    let texts = texts.iter().map(|text| text.trim());
    texts
        .filter(|text| !text.is_empty())
        .map(|text| resolve(text, context))
        .collect()
}

fn of_file(path: &Path) -> Result<PublicKey, Failure> {
    let text = documents::read("public key", path)?;
    // The file may have been given any name; what counts is the one it says.
    let name = serde_json::from_slice::<serde_json::Value>(&text)
        .ok()
        .and_then(|file| Some(file.get("name")?.as_str()?.to_owned()));
    let Some(name) = name else {
        return Err(Failure::usage(format!(
            "public key '{}': not a .pub file of a keystore",
            path.display()
        )));
    };
    Ok(PublicFile::parse(&text, KeyName::new(&name)?)?.public_key)
}
