//! Any bytes as the files of an identity: read or refused, never a panic, and
//! never more key derivation than allowed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use signet::crypto::kdf::KdfLimits;
use signet::encoding::key_text;
use signet::identity::KeyName;
use signet::identity::key_file::{PublicFile, SecretFile};

fuzz_target!(|text: &[u8]| {
    let name = KeyName::new("deploy-bot").expect("a valid name");
    // Small enough to try thousands of files a second.
    let limits = KdfLimits {
        max_passes: 2,
        max_memory_kib: 64,
        max_lanes: 2,
        max_work_kib: 128,
    };
    if let Ok(file) = SecretFile::parse(text, name) {
        let opened = file.open(Some("correct horse battery staple"), &limits);
        if let (Ok(key), None) = (&opened, file.kdf()) {
            let written = SecretFile::unencrypted(name, key.seed()).to_text();
            let back = SecretFile::parse(&written, name).expect("what was written reads back");
            let again = back.open(None, &limits).expect("an unencrypted key opens");
            assert_eq!(again.public(), key.public());
        }
    }
    if let Ok(file) = PublicFile::parse(text, name) {
        let written = file.to_text(name);
        let back = PublicFile::parse(written.as_bytes(), name).expect("what was written");
        assert_eq!(back.public_key, file.public_key);
    }
    if let Ok(text) = std::str::from_utf8(text)
        && let Ok(key) = key_text::parse(text)
    {
        assert_eq!(key_text::parse(&key_text::did_key(&key)), Ok(key));
        assert_eq!(key_text::parse(&key_text::prefixed(&key)), Ok(key));
    }
});
