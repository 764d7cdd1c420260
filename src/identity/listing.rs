//! The identities of a store as JSON text, for callers in other languages.

use crate::encoding::key_text;
use crate::encoding::object::ObjectWriter;
use crate::error::Result;
use crate::identity::{IdentityInfo, Keystore, ListedIdentity, SecretState};

/// The identities of a store as a JSON array, sorted by name.
///
/// Each element has `name`, `secret` (`"missing"`, `"unencrypted"` or
/// `"encrypted"`), `exposed` (whether others can read or replace the secret),
/// and, where known, `public_key`, `owner`, `principal` and `created_at`; or
/// `name` and `error` when its files are damaged.
pub fn to_json(store: &Keystore) -> Result<Vec<u8>> {
    let mut out = vec![b'['];
    for (place, identity) in store.list()?.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        append_identity(&mut out, identity);
    }
    out.push(b']');
    Ok(out)
}

fn append_identity(out: &mut Vec<u8>, identity: &ListedIdentity) {
    let mut object = ObjectWriter::new(out);
    match &identity.info {
        Ok(info) => append_known(&mut object, info),
        Err(error) => {
            object.text("error", &error.to_string());
            object.text("name", &identity.name);
        }
    }
    object.end();
}

fn append_known(object: &mut ObjectWriter<'_>, info: &IdentityInfo) {
    let key = info.public_key.as_ref().map(key_text::prefixed);
    let secret = match info.secret {
        SecretState::Missing => "missing",
        SecretState::Unencrypted => "unencrypted",
        SecretState::Encrypted(_) => "encrypted",
    };
    append_text(object, "created_at", info.created_at.as_deref());
    object.member(
        "exposed",
        Some(if info.exposed { b"true" } else { b"false" }),
    );
    object.text("name", &info.name);
    append_text(object, "owner", info.owner.as_deref());
    append_text(object, "principal", info.principal.as_deref());
    append_text(object, "public_key", key.as_deref());
    object.text("secret", secret);
}

fn append_text(object: &mut ObjectWriter<'_>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        object.text(name, value);
    }
}
