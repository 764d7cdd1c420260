//! Key files: every case recorded from the published Signet, files exchanged
//! with it live in both directions, and files made to do harm.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use signet::crypto::kdf::{KdfLimits, KdfParams};
use signet::encoding::rfc3339::Instant;
use signet::encoding::{base64, hex};
use signet::identity::key_file::{PublicFile, SecretFile};
use signet::identity::{KeyName, Keystore, KeystoreOptions, NewIdentity, Protection, SecretState};
use signet::{Error, ErrorKind};
use tempfile::TempDir;

/// What the published Signet accepts and this library refuses, with the error
/// and the reason.
const STRICTER: &[(&str, &str, ErrorKind, &str)] = &[
    (
        "encrypted/altered/v-2",
        "load_signing_key",
        ErrorKind::Unsupported,
        "a file of another version may mean something else",
    ),
    (
        "encrypted/altered/algorithm-changed",
        "load_signing_key",
        ErrorKind::Unsupported,
        "the file says that it is no Ed25519 key",
    ),
    (
        "encrypted/altered/cipher-changed",
        "load_signing_key",
        ErrorKind::Unsupported,
        "the file says that another cipher sealed it",
    ),
    (
        "encrypted/altered/kdf-name-changed",
        "load_signing_key",
        ErrorKind::Unsupported,
        "the file says that another function derived its key",
    ),
    (
        "encrypted/altered/kdf-extra-param",
        "load_signing_key",
        ErrorKind::Unsupported,
        "ignoring a parameter would derive another key",
    ),
    (
        "unencrypted/altered/name-changed",
        "load_signing_key",
        ErrorKind::KeyFileCorrupt,
        "the file belongs to another identity",
    ),
    (
        "unencrypted/altered/v-9",
        "load_signing_key",
        ErrorKind::Unsupported,
        "a file of another version may mean something else",
    ),
    (
        "unencrypted/altered/algorithm-changed",
        "load_signing_key",
        ErrorKind::Unsupported,
        "the file says that it is no Ed25519 key",
    ),
    (
        "pub/prefixed-pubkey",
        "load_key_info",
        ErrorKind::KeyFileCorrupt,
        "one form of key per format; the published loader of the key refuses it too",
    ),
    (
        "pub/name-mismatch",
        "load_verifying_key",
        ErrorKind::KeyFileCorrupt,
        "the file belongs to another identity",
    ),
    (
        "pub/v-7",
        "load_key_info",
        ErrorKind::Unsupported,
        "a file of another version may mean something else",
    ),
    (
        "pub/v-7",
        "load_verifying_key",
        ErrorKind::Unsupported,
        "a file of another version may mean something else",
    ),
    (
        "pub/pubkey-short",
        "load_key_info",
        ErrorKind::KeyFileCorrupt,
        "three bytes are no key; the published loader of the key refuses it too",
    ),
    (
        "pub/weak-key",
        "load_key_info",
        ErrorKind::KeyWeak,
        "anybody can sign for a key of small order",
    ),
    (
        "pub/weak-key",
        "load_verifying_key",
        ErrorKind::KeyWeak,
        "anybody can sign for a key of small order",
    ),
    (
        "pub-and-key-disagree",
        "load_signing_key",
        ErrorKind::KeyFileCorrupt,
        "signatures would carry another key than the identity publishes",
    ),
    (
        "pub-and-key-disagree",
        "load_key_info",
        ErrorKind::KeyFileCorrupt,
        "signatures would carry another key than the identity publishes",
    ),
    (
        LONG_NAME,
        "validate_key_name",
        ErrorKind::KeyNameInvalid,
        "names have at most 128 characters; no file name is as long as this one",
    ),
];

/// The recorded case of a name with 300 characters (the case is named after
/// its beginning).
const LONG_NAME: &str = "key-name/'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

/// The least cost that keys are written with.
const CHEAP: KdfParams = KdfParams {
    passes: 5,
    memory_kib: 7 * 1024,
    lanes: 1,
};

fn recorded(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/prismer")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["cases"].as_array().unwrap().clone()
}

fn now() -> Instant {
    Instant::parse("2026-06-15T12:00:00.000Z").unwrap()
}

fn cheap_store(home: &Path) -> Keystore {
    let options = KeystoreOptions {
        kdf: CHEAP,
        ..KeystoreOptions::default()
    };
    Keystore::open_with(home, options).unwrap()
}

/// Writes a file into the keys of a home folder.
fn put(home: &Path, file_name: &str, content: &[u8]) {
    let folder = home.join("keys");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(file_name);
    let _ = fs::remove_file(&path);
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    std::io::Write::write_all(&mut file, content).unwrap();
}

fn seed_hex(store: &Keystore, name: &str, passphrase: Option<&str>) -> Result<String, Error> {
    let pair = store.load(name, passphrase)?;
    let signature = pair.sign(b"message").unwrap();
    pair.public_key().verify(b"message", &signature).unwrap();
    Ok(hex::encode(pair.seed().unwrap()))
}

/// What our counterpart of a published function returns, in the recorded form.
fn ours(
    store: &Keystore,
    function: &str,
    name: &str,
    passphrase: Option<&str>,
) -> Result<Value, Error> {
    match function {
        "load_signing_key" => seed_hex(store, name, passphrase).map(Value::from),
        "load_verifying_key" => {
            let key = store.public_key(name)?;
            Ok(Value::from(base64::encode(key.as_bytes())))
        }
        "load_key_info" => {
            let info = store.info(name)?;
            Ok(serde_json::json!({
                "name": info.name,
                "owner": info.owner,
                "pubkey": base64::encode(info.public_key.unwrap().as_bytes()),
                "created_at": info.created_at,
            }))
        }
        "validate_key_name" => match store.info(name) {
            Err(error) if error.kind() == ErrorKind::KeyNotFound => Ok(Value::Null),
            Err(error) => Err(error),
            Ok(_) => panic!("nothing was stored"),
        },
        other => panic!("unknown function {other}"),
    }
}

/// The kinds of error that stand for a published error class.
fn kinds_of(class: &str) -> &'static [ErrorKind] {
    match class {
        "KeyNotFound" => &[ErrorKind::KeyNotFound],
        "InvalidName" => &[ErrorKind::KeyNameInvalid],
        "CorruptedFile" => &[ErrorKind::KeyFileCorrupt],
        "DecryptionError" => &[
            ErrorKind::WrongPassphrase,
            ErrorKind::PassphraseRequired,
            ErrorKind::KeyFileCorrupt,
        ],
        other => panic!("unknown class {other}"),
    }
}

#[test]
fn every_recorded_verdict_is_reproduced_or_stricter_for_a_reason() {
    let mut verdicts = 0;
    let mut used = vec![false; STRICTER.len()];
    for case in recorded("keyfiles.json") {
        let case_name = case["name"].as_str().unwrap();
        let home = TempDir::new().unwrap();
        for (file, text) in case["files"].as_object().into_iter().flatten() {
            put(home.path(), file, text.as_str().unwrap().as_bytes());
        }
        let store = Keystore::open(home.path()).unwrap();
        let name = case["key_name"].as_str().unwrap();
        let passphrase = case["passphrase"].as_str();
        for (function, expected) in case["expect"].as_object().unwrap() {
            verdicts += 1;
            let got = ours(&store, function, name, passphrase);
            let stricter = STRICTER
                .iter()
                .position(|row| row.0 == case_name && row.1 == function);
            if let Some(row) = stricter {
                used[row] = true;
                assert_eq!(
                    expected["result"], "accept",
                    "{case_name}: no row is needed"
                );
                let kind = got.unwrap_err().kind();
                assert_eq!(kind, STRICTER[row].2, "{case_name} {function}");
            } else if expected["result"] == "accept" {
                let value = got.unwrap_or_else(|e| panic!("{case_name} {function}: {e}"));
                assert_eq!(value, expected["value"], "{case_name} {function}");
            } else {
                let kind = got.expect_err(case_name).kind();
                let allowed = kinds_of(expected["class"].as_str().unwrap());
                assert!(allowed.contains(&kind), "{case_name} {function}: {kind:?}");
            }
        }
    }
    assert_eq!(verdicts, 98);
    assert!(
        used.iter().all(|&used| used),
        "rows without a case: {used:?}"
    );
}

#[test]
fn wrong_missing_and_corrupt_are_told_apart() {
    let expected = [
        ("encrypted/wrong-passphrase", ErrorKind::WrongPassphrase),
        ("encrypted/nfc-nfd-differ", ErrorKind::WrongPassphrase),
        (
            "encrypted/altered/kdf-t-changed",
            ErrorKind::WrongPassphrase,
        ),
        ("encrypted/altered/salt-flipped", ErrorKind::WrongPassphrase),
        (
            "encrypted/altered/ciphertext-flipped",
            ErrorKind::WrongPassphrase,
        ),
        ("encrypted/no-passphrase", ErrorKind::PassphraseRequired),
        ("encrypted/altered/name-changed", ErrorKind::KeyFileCorrupt),
        (
            "encrypted/altered/ciphertext-truncated",
            ErrorKind::KeyFileCorrupt,
        ),
        ("encrypted/altered/bad-base64", ErrorKind::KeyFileCorrupt),
        ("encrypted/altered/missing-salt", ErrorKind::KeyFileCorrupt),
        ("unencrypted/altered/bom", ErrorKind::KeyFileCorrupt),
    ];
    let cases = recorded("keyfiles.json");
    for (case_name, kind) in expected {
        let case = cases.iter().find(|case| case["name"] == case_name).unwrap();
        let text = case["files"]["deploy-bot.key"].as_str().unwrap();
        let error = SecretFile::parse(text.as_bytes(), KeyName::new("deploy-bot").unwrap())
            .and_then(|file| file.open(case["passphrase"].as_str(), &KdfLimits::default()))
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{case_name}: {error}");
        assert!(error.to_string().starts_with("deploy-bot.key: "), "{error}");
    }
}

#[test]
fn the_recorded_identities_have_their_recorded_keys() {
    for case in recorded("keys.json") {
        let seed = hex::decode::<32>(case["seed_hex"].as_str().unwrap().as_bytes()).unwrap();
        let pair = signet::identity::KeyPair::from_seed(&seed);
        let text = signet::encoding::key_text::prefixed(pair.public_key());
        assert_eq!(text, case["pubkey"].as_str().unwrap());
    }
}

#[test]
fn files_of_the_published_command_are_written_back_byte_for_byte() {
    let mut compared = 0;
    for case in recorded("keyfiles.json") {
        let case_name = case["name"].as_str().unwrap();
        let pristine = case_name == "unencrypted"
            || case_name == "pub/plain"
            || case_name == "pub/no-owner"
            || case_name.starts_with("cli-generated/")
            || case_name.starts_with("encrypted/0")
            || case_name.starts_with("encrypted/3");
        for (file, text) in case["files"].as_object().into_iter().flatten() {
            let text = text.as_str().unwrap();
            let (name, suffix) = file.split_once('.').unwrap();
            let name = KeyName::new(name).unwrap();
            if !pristine {
                continue;
            }
            compared += 1;
            if suffix == "key" {
                let file = SecretFile::parse(text.as_bytes(), name).unwrap();
                assert_eq!(file.to_text().as_slice(), text.as_bytes(), "{case_name}");
            } else {
                let file = PublicFile::parse(text.as_bytes(), name).unwrap();
                assert_eq!(file.to_text(name), text, "{case_name}");
            }
        }
    }
    assert_eq!(compared, 9);
}

#[test]
fn the_published_signet_reads_what_we_write() {
    let home = TempDir::new().unwrap();
    let store = Keystore::open(home.path()).unwrap();
    let plain = store
        .create(
            "plain",
            &NewIdentity::new(Protection::Unencrypted, now())
                .with_owner("a \"b\"\n\u{1}\u{7f}é\u{2028}😀"),
        )
        .unwrap();
    let sealed = store
        .create(
            "sealed",
            &NewIdentity::new(Protection::Passphrase("pässword"), now()),
        )
        .unwrap();

    for (name, passphrase, pair) in [
        ("plain", None, &plain),
        ("sealed", Some("pässword"), &sealed),
    ] {
        let theirs = signet_core::load_signing_key(home.path(), name, passphrase).unwrap();
        assert_eq!(&theirs.to_bytes(), pair.seed().unwrap());
        let public = signet_core::load_verifying_key(home.path(), name).unwrap();
        assert_eq!(public.as_bytes(), pair.public_key().as_bytes());
        let text =
            fs::read_to_string(home.path().join("keys").join(format!("{name}.pub"))).unwrap();
        assert_eq!(store.export_public(name).unwrap(), text);
        let exported = signet_core::export_public_key(home.path(), name).unwrap();
        assert_eq!(serde_json::to_string_pretty(&exported).unwrap(), text);
    }
    assert!(signet_core::load_signing_key(home.path(), "sealed", Some("x")).is_err());
    assert!(signet_core::load_signing_key(home.path(), "sealed", None).is_err());

    let infos = signet_core::list_keys(home.path()).unwrap();
    let names: Vec<_> = infos.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["plain", "sealed"]);
    assert_eq!(
        infos[0].owner.as_deref(),
        Some("a \"b\"\n\u{1}\u{7f}é\u{2028}😀")
    );
    assert_eq!(infos[0].created_at, "2026-06-15T12:00:00+00:00");
    assert_eq!(infos[1].owner, None);

    // Neither overwrites the other's.
    assert!(signet_core::generate_and_save(home.path(), "plain", None, None, None).is_err());
    store
        .change_passphrase("sealed", Some("pässword"), Protection::Unencrypted)
        .unwrap();
    let theirs = signet_core::load_signing_key(home.path(), "sealed", None).unwrap();
    assert_eq!(&theirs.to_bytes(), sealed.seed().unwrap());
    store.delete("sealed").unwrap();
    assert!(signet_core::load_key_info(home.path(), "sealed").is_err());
    assert_eq!(signet_core::list_keys(home.path()).unwrap().len(), 1);
}

#[test]
fn we_read_and_change_what_the_published_signet_writes() {
    let home = TempDir::new().unwrap();
    let theirs = |name, owner, principal, passphrase, t| {
        let kdf = signet_core::keystore::KdfParams { t, m: 64, p: 1 };
        signet_core::identity::fs_ops::generate_and_save_with_principal(
            home.path(),
            name,
            owner,
            principal,
            passphrase,
            Some(kdf),
        )
        .unwrap()
    };
    theirs("plain", Some("alice"), None, None, 1);
    theirs("sealed", None, None, Some("correct horse"), 2);
    theirs(
        "agent",
        Some(""),
        Some("agent://acme.example/deploy"),
        None,
        1,
    );
    signet_core::generate_and_save(home.path(), "default", None, Some("x"), None).unwrap();
    assert!(!home.path().join("keys/.lock").exists());

    let store = cheap_store(home.path());
    for (name, passphrase) in [
        ("plain", None),
        ("sealed", Some("correct horse")),
        ("agent", None),
        ("default", Some("x")),
    ] {
        let theirs = signet_core::load_signing_key(home.path(), name, passphrase).unwrap();
        let pair = store.load(name, passphrase).unwrap();
        assert_eq!(pair.seed().unwrap(), &theirs.to_bytes());
    }
    let infos: Vec<_> = store
        .list()
        .unwrap()
        .into_iter()
        .map(|listed| listed.info.unwrap())
        .collect();
    let names: Vec<_> = infos.iter().map(|info| info.name.as_str()).collect();
    assert_eq!(names, ["agent", "default", "plain", "sealed"]);
    assert_eq!(infos[0].owner.as_deref(), Some(""));
    assert_eq!(
        infos[0].principal.as_deref(),
        Some("agent://acme.example/deploy")
    );
    assert_eq!(
        infos[1].secret,
        SecretState::Encrypted(KdfParams::default())
    );
    assert_eq!(infos[2].owner.as_deref(), Some("alice"));
    let Some(created) = infos[2].created_at.as_deref() else {
        panic!("no created_at")
    };
    Instant::parse(created).unwrap();
    let SecretState::Encrypted(kdf) = infos[3].secret else {
        panic!("not encrypted")
    };
    assert_eq!((kdf.passes, kdf.memory_kib, kdf.lanes), (2, 64, 1));
    assert!(!kdf.is_strong_enough());
    assert!(infos.iter().all(|info| !info.exposed));

    // Their files under our passphrase, and their names in our way.
    store
        .change_passphrase("plain", None, Protection::Passphrase("new"))
        .unwrap();
    store
        .change_passphrase(
            "sealed",
            Some("correct horse"),
            Protection::Passphrase("new"),
        )
        .unwrap();
    for name in ["plain", "sealed"] {
        signet_core::load_signing_key(home.path(), name, Some("new")).unwrap();
        assert!(signet_core::load_signing_key(home.path(), name, None).is_err());
    }
    let identity = NewIdentity::new(Protection::Unencrypted, now());
    let error = store.create("agent", &identity).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyExists);
    store.delete("agent").unwrap();
    store.create("agent", &identity).unwrap();
    signet_core::load_signing_key(home.path(), "agent", None).unwrap();
}

#[test]
fn times_are_written_as_the_published_signet_does() {
    let key = *signet::identity::KeyPair::from_seed(&[1; 32]).public_key();
    for (at, written) in [
        ("2026-06-15T12:00:00Z", "2026-06-15T12:00:00+00:00"),
        ("2026-06-15T12:00:00.120Z", "2026-06-15T12:00:00.120+00:00"),
        (
            "2026-06-15T14:00:00.001+02:00",
            "2026-06-15T12:00:00.001+00:00",
        ),
    ] {
        let file = PublicFile::new(key, None, Instant::parse(at).unwrap()).unwrap();
        assert_eq!(file.created_at, written);
    }
}

#[test]
fn ambiguous_and_oversized_files_are_refused() {
    let name = KeyName::new("a").unwrap();
    let seed = base64::encode(&[1; 32]);
    let with = |members: &str| format!(r#"{{"v":1,"algorithm":"ed25519","name":"a"{members}}}"#);
    let parse = |text: &str| SecretFile::parse(text.as_bytes(), name).map(|_| ());

    let escaped = seed.replace('A', "\\u0041").replace('Q', "\\u0051");
    for fine in [
        format!(r#","seed":"{seed}""#),
        format!(r#","seed":"{escaped}""#),
        format!(r#","seed":"{seed}","note":{{"x":[1,null,"y"]}}"#),
    ] {
        parse(&with(&fine)).unwrap();
    }
    let padding = " ".repeat(64 * 1024);
    for refused in [
        String::new(),
        format!(r#","seed":"{seed}","seed":"{seed}""#),
        format!(r#","seed":"{seed}","\u0073eed":"{seed}""#),
        format!(r#","seed":"{seed}","name":"a""#),
        format!(r#","seed":"{seed}","note":{{"x":1,"x":1}}"#),
        format!(r#","seed":"{seed}","salt":"AAAAAAAAAAAAAAAAAAAAAA==""#),
        format!(r#","seed":"{seed}","ciphertext":null"#),
        format!(r#","seed":"{seed}","kdf":"argon2id""#),
        format!(r#","seed":"{seed}"{padding}"#),
        format!(r#","seed":"{}""#, seed.trim_end_matches('=')),
        format!(r#","seed":["{seed}"]"#),
        r#","seed":null"#.to_owned(),
    ] {
        let kind = parse(&with(&refused)).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::KeyFileCorrupt, "{:.200}", refused);
    }
    let positional = format!(r#"[1,"ed25519","a","{seed}"]"#);
    assert_eq!(
        parse(&positional).unwrap_err().kind(),
        ErrorKind::KeyFileCorrupt
    );
}

#[test]
fn hostile_kdf_parameters_are_refused_before_any_work_k6() {
    let home = TempDir::new().unwrap();
    let store = Keystore::open(home.path()).unwrap();
    let cases = recorded("keyfiles.json");
    let fine = cases[2]["files"]["deploy-bot.key"].as_str().unwrap();
    let passphrase = cases[2]["passphrase"].as_str();
    let params = "\"t\": 1,\n    \"m\": 64,\n    \"p\": 1";
    let load = |t: &str, m: &str, p: &str| {
        let altered = fine.replace(params, &format!("\"t\": {t}, \"m\": {m}, \"p\": {p}"));
        assert_ne!(altered, fine);
        put(home.path(), "deploy-bot.key", altered.as_bytes());
        store.load("deploy-bot", passphrase).unwrap_err().kind()
    };
    for (t, m, p) in [
        ("1", "16777216", "1"),             // 16 GiB
        ("1", "4294967295", "1"),           // 4 TiB less 1 KiB
        ("1", "4294967296", "1"),           // 4 TiB
        ("1", "18446744073709551616", "1"), // beyond 64 bits
        ("4294967295", "64", "1"),
        ("4294967296", "64", "1"),
        ("65", "64", "1"),
        ("64", "1048576", "1"), // each within its limit, together 64 GiB
        ("1", "1048577", "1"),
        ("1", "1048576", "17"),
        ("1", "1048576", "131072"),
        ("1", "4294967295", "16777215"),
        (
            "99999999999999999999999999",
            "99999999999999999999999999",
            "1",
        ),
    ] {
        assert_eq!(load(t, m, p), ErrorKind::KdfLimit, "t={t} m={m} p={p}");
    }
    for (t, m, p) in [
        ("0", "64", "1"),
        ("1", "7", "1"),
        ("1", "64", "0"),
        ("1", "64", "9"),
        ("1", "64", "4294967295"),
        ("-1", "64", "1"),
        ("1.0", "64", "1"),
        ("1e2", "64", "1"),
        ("\"1\"", "64", "1"),
        ("null", "64", "1"),
    ] {
        assert_eq!(
            load(t, m, p),
            ErrorKind::KeyFileCorrupt,
            "t={t} m={m} p={p}"
        );
    }
    // The limits are the caller's to choose.
    put(home.path(), "deploy-bot.key", fine.as_bytes());
    let kdf_limits = KdfLimits {
        max_memory_kib: 63,
        ..KdfLimits::default()
    };
    let options = KeystoreOptions {
        kdf_limits,
        ..KeystoreOptions::default()
    };
    let careful = Keystore::open_with(home.path(), options).unwrap();
    let error = careful.load("deploy-bot", passphrase).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KdfLimit);
    store.load("deploy-bot", passphrase).unwrap();
}

/// The process has less memory than a file within the limits asks for: an
/// error, where a plain allocation would end the process.
#[test]
fn memory_that_is_not_there_is_an_error_k6() {
    const HOME: &str = "SIGNET_TEST_HOME";
    if let Some(home) = std::env::var_os(HOME) {
        let store = Keystore::open(home).unwrap();
        let error = store.load("deploy-bot", Some("x")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KdfLimit, "{error}");
        assert!(error.to_string().contains("1048576 KiB"), "{error}");
        println!("survived");
        return;
    }
    let home = TempDir::new().unwrap();
    let cases = recorded("keyfiles.json");
    let fine = cases[2]["files"]["deploy-bot.key"].as_str().unwrap();
    put(
        home.path(),
        "deploy-bot.key",
        fine.replace("\"m\": 64", "\"m\": 1048576").as_bytes(),
    );
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 600000 && exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "memory_that_is_not_there_is_an_error_k6",
            "--exact",
            "--nocapture",
        ])
        .env(HOME, home.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("survived"),
        "{stdout}"
    );
}

#[test]
fn weak_protection_is_never_written_k7() {
    let home = TempDir::new().unwrap();
    let create = |kdf, protection| {
        let options = KeystoreOptions {
            kdf,
            ..KeystoreOptions::default()
        };
        let store = Keystore::open_with(home.path(), options).unwrap();
        store
            .create("a", &NewIdentity::new(protection, now()))
            .map(|_| ())
    };
    let kind = |result: Result<(), Error>| result.unwrap_err().kind();
    assert_eq!(
        kind(create(CHEAP, Protection::Passphrase(""))),
        ErrorKind::InvalidArgument
    );
    for (passes, memory_kib) in [(1, 8), (3, 8), (1, 64), (100, 1024), (4, 7 * 1024)] {
        let kdf = KdfParams {
            passes,
            memory_kib,
            lanes: 1,
        };
        let result = create(kdf, Protection::Passphrase("long and random"));
        assert_eq!(kind(result), ErrorKind::InvalidArgument, "{kdf:?}");
    }
    // What could not be read again is not written either.
    let beyond = KdfParams {
        memory_kib: 2 << 20,
        ..KdfParams::default()
    };
    assert_eq!(
        kind(create(beyond, Protection::Passphrase("x"))),
        ErrorKind::KdfLimit
    );
    assert!(!home.path().join("keys").exists());

    create(CHEAP, Protection::Passphrase("x")).unwrap();
    let store = cheap_store(home.path());
    let to_empty = store.change_passphrase("a", Some("x"), Protection::Passphrase(""));
    assert_eq!(kind(to_empty), ErrorKind::InvalidArgument);
    store.load("a", Some("x")).unwrap();
}

#[test]
fn an_exposed_secret_is_refused_or_flagged_k7() {
    let home = TempDir::new().unwrap();
    let store = cheap_store(home.path());
    store
        .create("plain", &NewIdentity::new(Protection::Unencrypted, now()))
        .unwrap();
    store
        .create(
            "sealed",
            &NewIdentity::new(Protection::Passphrase("x"), now()),
        )
        .unwrap();
    let set = |path: &str, mode| {
        fs::set_permissions(home.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    let tolerant = Keystore::open_with(
        home.path(),
        KeystoreOptions {
            allow_exposed: true,
            ..KeystoreOptions::default()
        },
    )
    .unwrap();
    let check = |exposed: bool| {
        for name in ["plain", "sealed"] {
            assert_eq!(store.info(name).unwrap().exposed, exposed, "{name}");
        }
        match store.load("plain", None) {
            Ok(_) => assert!(!exposed),
            Err(error) => {
                assert!(exposed);
                assert_eq!(error.kind(), ErrorKind::KeyExposed);
            }
        }
        tolerant.load("plain", None).unwrap();
        // Encryption protects the other one.
        store.load("sealed", Some("x")).unwrap();
    };
    check(false);
    for mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        set("keys/plain.key", mode);
        set("keys/sealed.key", mode);
        check(true);
    }
    set("keys/plain.key", 0o600);
    set("keys/sealed.key", 0o400);
    check(false);
    set("keys", 0o777);
    check(true);
    // Other users' folders with the sticky bit, and the group's.
    for mode in [0o1777, 0o775, 0o755] {
        set("keys", mode);
        check(false);
    }
    // Encrypting an exposed key is how to protect it, and restores the mode.
    set("keys/plain.key", 0o666);
    store
        .change_passphrase("plain", None, Protection::Passphrase("y"))
        .unwrap();
    assert!(!store.info("plain").unwrap().exposed);
    store.load("plain", Some("y")).unwrap();
}

/// Changes a text at random places.
fn mutated(text: &[u8], edits: &[(u8, usize, u8)]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for &(how, place, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = place % bytes.len();
        match how {
            0 => bytes[at] ^= 1 << (byte % 8),
            1 => bytes[at] = byte,
            2 => bytes.insert(at, byte),
            3 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            _ => {
                let copy = bytes[at..].to_vec();
                bytes.extend_from_slice(&copy);
            }
        }
    }
    bytes
}

fn edits() -> impl Strategy<Value = Vec<(u8, usize, u8)>> {
    prop::collection::vec((0..6u8, any::<usize>(), any::<u8>()), 1..4)
}

fn cases(usual: u32) -> ProptestConfig {
    let factor = std::env::var("SIGNET_TORTURE")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: usual * factor.unwrap_or(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn random_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let name = KeyName::new("a").unwrap();
        prop_assert!(SecretFile::parse(&bytes, name).is_err());
        prop_assert!(PublicFile::parse(&bytes, name).is_err());
    }

    #[test]
    fn a_damaged_encrypted_file_opens_to_the_same_key_or_not_at_all(edits in edits()) {
        static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| recorded("keyfiles.json"));
        let case = &CASES[3];
        let text = case["files"]["deploy-bot.key"].as_str().unwrap();
        let limits = KdfLimits { max_memory_kib: 1024, max_passes: 16, ..KdfLimits::default() };
        let opened = SecretFile::parse(&mutated(text.as_bytes(), &edits), KeyName::new("deploy-bot").unwrap())
            .and_then(|file| file.open(case["passphrase"].as_str(), &limits));
        if let Ok(secret) = opened {
            prop_assert_eq!(hex::encode(secret.seed()), case["seed_hex"].as_str().unwrap());
        }
    }

    #[test]
    fn a_damaged_store_loads_the_same_key_or_none(key in edits(), public in edits(), which in 0..3u8) {
        let home = TempDir::new().unwrap();
        let name = KeyName::new("a").unwrap();
        let pair = signet::identity::KeyPair::from_seed(&[9; 32]);
        let key_text = SecretFile::unencrypted(name, &[9; 32]).to_text();
        let public_text = PublicFile::new(*pair.public_key(), Some("me"), now()).unwrap().to_text(name);
        let damage = |hit: bool, text: &[u8], edits: &[(u8, usize, u8)]| {
            if hit { mutated(text, edits) } else { text.to_vec() }
        };
        put(home.path(), "a.key", &damage(which != 0, &key_text, &key));
        put(home.path(), "a.pub", &damage(which != 1, public_text.as_bytes(), &public));
        let store = Keystore::open(home.path()).unwrap();
        if let Ok(loaded) = store.load("a", None) {
            prop_assert_eq!(loaded.public_key(), pair.public_key());
        }
        prop_assert_eq!(store.list().unwrap().len(), 1);
    }
}
