//! Any bytes as the journal of used nonces, or as a nonce file of the published
//! Signet: read or refused, never a panic; and what was once accepted is never
//! accepted again, by this process or the next.

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use signet::ErrorKind;
use signet::encoding::rfc3339::Instant;
use signet::verifier::{FileNonces, FileNoncesOptions, NonceStore};

const OPTIONS: FileNoncesOptions = FileNoncesOptions {
    capacity: 1000,
    lifetime_seconds: 0,
    sync: false,
    share_at_once: false,
    form: signet::verifier::PublishedForm::RustPython,
};

/// A folder in memory, where there is one.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        };
        let folder = parent.join(format!("signet-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((kind, text)) = input.split_first() else {
        return;
    };
    let path = folder().join("nonces.json");
    let journal = folder().join("nonces.json.journal");
    let _ = std::fs::remove_file(&path);
    let _ = std::fs::remove_file(&journal);
    let now = Instant::parse("2026-06-15T12:00:00Z").expect("a time");
    match kind % 3 {
        0 => std::fs::write(&path, text),
        1 => std::fs::write(&journal, text),
        _ => std::fs::write(&journal, [b"signet-nonces 1\n", text].concat()),
    }
    .expect("written");

    let use_once = |store: &FileNonces, nonce: &str| {
        store.use_once(None, nonce, now.plus_millis(300_000), now)
    };
    let Ok(store) = FileNonces::open(&path, OPTIONS) else {
        return;
    };
    let first = use_once(&store, "rnd_1");
    let again = use_once(&store, "rnd_1");
    if first.is_ok() {
        assert_eq!(
            again.map_err(|error| error.kind()),
            Err(ErrorKind::Replayed)
        );
        let store = FileNonces::open(&path, OPTIONS).expect("what was just written");
        let again = use_once(&store, "rnd_1");
        assert_eq!(
            again.map_err(|error| error.kind()),
            Err(ErrorKind::Replayed)
        );
        store.export(now).expect("exported");
        std::fs::remove_file(&journal).expect("a journal");
        // The published form alone says so, too.
        let store = FileNonces::open(&path, OPTIONS).expect("what was just exported");
        let again = use_once(&store, "rnd_1");
        assert_eq!(
            again.map_err(|error| error.kind()),
            Err(ErrorKind::Replayed)
        );
    }
});
