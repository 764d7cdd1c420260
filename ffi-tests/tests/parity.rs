//! One table of behaviour, asked of the Rust API and of the C API: the same
//! bytes, the same status, the same message, the same position.

use std::ptr;

use signet::crypto::digest;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{exact, key_text};
use signet::ffi::buffer::{signet_buffer, signet_buffer_data, signet_buffer_free};
use signet::ffi::error::*;
use signet::ffi::json::*;
use signet::ffi::keypair::*;
use signet::ffi::public_key::*;
use signet::ffi::receipt::*;
use signet::ffi::receipt_fields::*;
use signet::ffi::receipt_options::*;
use signet::ffi::receipt_verify::*;
use signet::ffi::status::signet_status;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, Expiry, Field, Receipt, SignOptions, Signer, VerifyOptions,
    action_from_tools_call, sign,
};

/// How either API refuses.
#[derive(Debug, PartialEq)]
struct Refusal {
    status: i32,
    message: String,
    position: Option<u64>,
}

type Answer<T> = Result<T, Refusal>;

/// What is said about a signature.
#[derive(Clone, Copy)]
struct Saying<'a> {
    name: &'a str,
    owner: &'a str,
    expires_at: Option<&'a str>,
    hash_only: bool,
}

/// The library, whichever language asks.
trait Api {
    fn canonicalize(&self, json: &[u8], limits: Limits) -> Answer<Vec<u8>>;
    fn hash(&self, json: &[u8]) -> Answer<[u8; 32]>;
    fn key(&self, text: &str) -> Answer<Vec<String>>;
    fn key_from_bytes(&self, bytes: &[u8; 32]) -> Answer<Vec<String>>;
    fn public_of(&self, secret: &[u8]) -> Answer<[u8; 32]>;
    fn action(&self, request: &[u8]) -> Answer<Vec<u8>>;
    fn sign(&self, action: &[u8], saying: Saying<'_>) -> Answer<Vec<u8>>;
    fn read(&self, json: &[u8], forensic: bool) -> Answer<Vec<Option<String>>>;
    fn verify(&self, json: &[u8], forensic: bool, at: Option<i64>) -> Answer<()>;
}

const SEED: [u8; 32] = [7; 32];
const NOW: i64 = 1_767_225_600_000;
const NONCE: [u8; 16] = [9; 16];

const FIELDS: &[(i32, Field)] = &[
    (SIGNET_FIELD_ID, Field::Id),
    (SIGNET_FIELD_TOOL, Field::Tool),
    (SIGNET_FIELD_PARAMS_HASH, Field::ParamsHash),
    (SIGNET_FIELD_TARGET, Field::Target),
    (SIGNET_FIELD_TRANSPORT, Field::Transport),
    (SIGNET_FIELD_SESSION, Field::Session),
    (SIGNET_FIELD_CALL_ID, Field::CallId),
    (SIGNET_FIELD_RESPONSE_HASH, Field::ResponseHash),
    (SIGNET_FIELD_TRACE_ID, Field::TraceId),
    (SIGNET_FIELD_PARENT_RECEIPT_ID, Field::ParentReceiptId),
    (SIGNET_FIELD_SIGNER_NAME, Field::SignerName),
    (SIGNET_FIELD_SIGNER_OWNER, Field::SignerOwner),
    (SIGNET_FIELD_SIGNER_PUBLIC_KEY, Field::SignerPublicKey),
    (SIGNET_FIELD_TIME, Field::Time),
    (SIGNET_FIELD_EXPIRY, Field::Expiry),
    (SIGNET_FIELD_NONCE, Field::Nonce),
    (SIGNET_FIELD_SIGNATURE, Field::Signature),
];

struct Rust;

impl From<signet::Error> for Refusal {
    fn from(error: signet::Error) -> Refusal {
        Refusal {
            status: signet_status::from(error.kind()) as i32,
            message: error.to_string(),
            position: error.position(),
        }
    }
}

fn reading(forensic: bool) -> Reading {
    if forensic {
        Reading::Forensic
    } else {
        Reading::Strict
    }
}

fn texts_of(key: &PublicKey) -> Vec<String> {
    vec![
        key_text::prefixed(key),
        key_text::bare(key),
        key_text::did_key(key),
        key_text::thumbprint(key),
    ]
}

impl Api for Rust {
    fn canonicalize(&self, json: &[u8], limits: Limits) -> Answer<Vec<u8>> {
        Ok(jcs::canonicalize(json, &limits)?)
    }

    fn hash(&self, json: &[u8]) -> Answer<[u8; 32]> {
        Ok(digest::sha256(&exact::travelling_form(
            json,
            &Limits::default(),
        )?))
    }

    fn key(&self, text: &str) -> Answer<Vec<String>> {
        Ok(texts_of(&key_text::parse(text)?))
    }

    fn key_from_bytes(&self, bytes: &[u8; 32]) -> Answer<Vec<String>> {
        Ok(texts_of(&PublicKey::from_bytes(bytes)?))
    }

    fn public_of(&self, secret: &[u8]) -> Answer<[u8; 32]> {
        Ok(*KeyPair::from_secret_bytes(secret)?.public_key().as_bytes())
    }

    fn action(&self, request: &[u8]) -> Answer<Vec<u8>> {
        let limits = Limits::default();
        Ok(action_from_tools_call(
            request, "mcp://x", "stdio", &limits,
        )?)
    }

    fn sign(&self, action: &[u8], saying: Saying<'_>) -> Answer<Vec<u8>> {
        let reading = ActionOptions {
            hash_only: saying.hash_only,
            ..ActionOptions::default()
        };
        let options = SignOptions {
            expires_at: saying.expires_at,
            time: Some(Instant::from_unix_millis(NOW)?),
            nonce: Some(NONCE),
            ..SignOptions::default()
        };
        let signer = Signer {
            name: saying.name,
            owner: saying.owner,
        };
        let action = Action::parse(action, &reading)?;
        let receipt = sign(&KeyPair::from_seed(&SEED), &action, &signer, &options)?;
        Ok(receipt.json().to_vec())
    }

    fn read(&self, json: &[u8], forensic: bool) -> Answer<Vec<Option<String>>> {
        let receipt = Receipt::parse(json, reading(forensic), &Limits::default())?;
        let mut seen: Vec<_> = FIELDS
            .iter()
            .map(|(_, field)| receipt.text(*field).map(str::to_owned))
            .collect();
        seen.push(Some(
            String::from_utf8(receipt.params().into_owned()).unwrap(),
        ));
        seen.push(Some(receipt.version().to_string()));
        seen.push(Some(String::from_utf8(receipt.json().to_vec()).unwrap()));
        seen.push(
            receipt
                .time()
                .ok()
                .map(|time| time.unix_millis().to_string()),
        );
        seen.push(receipt.signature().ok().map(|bytes| format!("{bytes:?}")));
        seen.push(
            receipt
                .signer_key_bytes()
                .ok()
                .map(|bytes| format!("{bytes:?}")),
        );
        Ok(seen)
    }

    fn verify(&self, json: &[u8], forensic: bool, at: Option<i64>) -> Answer<()> {
        let receipt = Receipt::parse(json, reading(forensic), &Limits::default())?;
        let expiry = match at {
            Some(at) => Expiry::JudgedAt(Instant::from_unix_millis(at)?),
            None => Expiry::Ignored,
        };
        let key = *KeyPair::from_seed(&SEED).public_key();
        receipt.verify(&VerifyOptions {
            trusted: &[&key],
            expiry,
        })?;
        Ok(())
    }
}

struct C;

/// Turns a call's outcome into an answer and frees the error.
fn answer(call: impl FnOnce(*mut *mut signet_error) -> signet_status) -> Answer<()> {
    let mut error = ptr::dangling_mut();
    let status = call(&mut error);
    if status == signet_status::SIGNET_OK {
        assert!(error.is_null());
        return Ok(());
    }
    // SAFETY: a failed call has set the error, and it is freed once.
    unsafe {
        assert_eq!(signet_error_status(error), status);
        let mut len = 0;
        let message = copy(signet_error_message(error, &mut len), len);
        let position = signet_error_position(error);
        signet_error_free(error);
        Err(Refusal {
            status: status as i32,
            message: String::from_utf8(message).unwrap(),
            position: (position != SIGNET_NO_POSITION).then_some(position),
        })
    }
}

/// # Safety
///
/// `text` is NULL or points to `len` bytes.
unsafe fn copy(text: *const u8, len: usize) -> Vec<u8> {
    if text.is_null() {
        return Vec::new();
    }
    // SAFETY: the same contract.
    unsafe { std::slice::from_raw_parts(text, len) }.to_vec()
}

/// # Safety
///
/// `buffer` is live and not used afterwards.
unsafe fn take(buffer: *mut signet_buffer) -> Vec<u8> {
    let mut len = 0;
    // SAFETY: the same contract.
    unsafe {
        let bytes = copy(signet_buffer_data(buffer, &mut len), len);
        signet_buffer_free(buffer);
        bytes
    }
}

/// # Safety
///
/// `key` is live and not used afterwards.
unsafe fn take_texts(key: *mut signet_public_key) -> Vec<String> {
    let forms = [
        SIGNET_KEY_TEXT_PREFIXED,
        SIGNET_KEY_TEXT_BARE,
        SIGNET_KEY_TEXT_DID,
        SIGNET_KEY_TEXT_ID,
    ];
    // SAFETY: the same contract.
    unsafe {
        let texts = forms.map(|form| {
            let mut len = 0;
            String::from_utf8(copy(signet_public_key_text(key, form, &mut len), len)).unwrap()
        });
        signet_public_key_free(key);
        texts.to_vec()
    }
}

fn parse_options(forensic: bool) -> signet_parse_options {
    signet_parse_options {
        struct_size: size_of::<signet_parse_options>() as u32,
        flags: if forensic { SIGNET_PARSE_FORENSIC } else { 0 },
        max_depth: 0,
        reserved: 0,
        max_len: 0,
    }
}

// SAFETY (all of it): live handles, writable outputs, and lengths of slices.
#[allow(clippy::undocumented_unsafe_blocks)]
impl Api for C {
    fn canonicalize(&self, json: &[u8], limits: Limits) -> Answer<Vec<u8>> {
        let mut out = ptr::dangling_mut();
        let options = signet_parse_options {
            max_depth: limits.max_depth as u32,
            max_len: limits.max_len as u64,
            ..parse_options(false)
        };
        answer(|error| unsafe {
            signet_json_canonicalize(json.as_ptr(), json.len(), &options, &mut out, error)
        })?;
        Ok(unsafe { take(out) })
    }

    fn hash(&self, json: &[u8]) -> Answer<[u8; 32]> {
        let mut hash = [0; 32];
        answer(|error| unsafe {
            signet_json_hash(
                json.as_ptr(),
                json.len(),
                ptr::null(),
                hash.as_mut_ptr(),
                error,
            )
        })?;
        Ok(hash)
    }

    fn key(&self, text: &str) -> Answer<Vec<String>> {
        let mut out = ptr::dangling_mut();
        answer(|error| unsafe {
            signet_public_key_parse(text.as_ptr(), text.len(), &mut out, error)
        })?;
        Ok(unsafe { take_texts(out) })
    }

    fn key_from_bytes(&self, bytes: &[u8; 32]) -> Answer<Vec<String>> {
        let mut out = ptr::dangling_mut();
        answer(|error| unsafe { signet_public_key_from_bytes(bytes.as_ptr(), &mut out, error) })?;
        Ok(unsafe { take_texts(out) })
    }

    fn public_of(&self, secret: &[u8]) -> Answer<[u8; 32]> {
        let mut pair = ptr::dangling_mut();
        let mut bytes = [0; 32];
        answer(|error| unsafe {
            signet_keypair_from_secret(secret.as_ptr(), secret.len(), &mut pair, error)
        })?;
        answer(|error| unsafe { signet_keypair_public_bytes(pair, bytes.as_mut_ptr(), error) })?;
        unsafe { signet_keypair_free(pair) };
        Ok(bytes)
    }

    fn action(&self, request: &[u8]) -> Answer<Vec<u8>> {
        let mut out = ptr::dangling_mut();
        let (target, transport) = ("mcp://x", "stdio");
        answer(|error| unsafe {
            signet_action_from_tools_call(
                request.as_ptr(),
                request.len(),
                target.as_ptr(),
                target.len(),
                transport.as_ptr(),
                transport.len(),
                ptr::null(),
                &mut out,
                error,
            )
        })?;
        Ok(unsafe { take(out) })
    }

    fn sign(&self, action: &[u8], saying: Saying<'_>) -> Answer<Vec<u8>> {
        let mut pair = ptr::null_mut();
        let mut receipt = ptr::dangling_mut();
        let hash_only = if saying.hash_only {
            SIGNET_SIGN_HASH_ONLY
        } else {
            0
        };
        let options = signet_sign_options {
            struct_size: size_of::<signet_sign_options>() as u32,
            flags: SIGNET_SIGN_AT | SIGNET_SIGN_FIXED_NONCE | hash_only,
            now_unix_ms: NOW,
            expires_at: saying.expires_at.map_or(ptr::null(), str::as_ptr),
            expires_at_len: saying.expires_at.map_or(0, str::len),
            nonce: NONCE,
            max_len: 0,
        };
        answer(|error| unsafe {
            signet_keypair_from_secret(SEED.as_ptr(), SEED.len(), &mut pair, error)
        })?;
        let outcome = answer(|error| unsafe {
            signet_receipt_sign(
                pair,
                action.as_ptr(),
                action.len(),
                saying.name.as_ptr(),
                saying.name.len(),
                saying.owner.as_ptr(),
                saying.owner.len(),
                &options,
                &mut receipt,
                error,
            )
        });
        unsafe { signet_keypair_free(pair) };
        outcome?;
        let mut len = 0;
        let json = unsafe { copy(signet_receipt_json(receipt, &mut len), len) };
        unsafe { signet_receipt_free(receipt) };
        Ok(json)
    }

    fn read(&self, json: &[u8], forensic: bool) -> Answer<Vec<Option<String>>> {
        let mut receipt = ptr::dangling_mut();
        let options = parse_options(forensic);
        answer(|error| unsafe {
            signet_receipt_parse(json.as_ptr(), json.len(), &options, &mut receipt, error)
        })?;
        let text = |bytes: *const u8, len: usize| {
            let text = unsafe { copy(bytes, len) };
            (!bytes.is_null()).then(|| String::from_utf8(text).unwrap())
        };
        let mut len = 0;
        let mut seen: Vec<_> = FIELDS
            .iter()
            .map(|(field, _)| {
                let start = unsafe { signet_receipt_text(receipt, *field, &mut len) };
                text(start, len)
            })
            .collect();
        let start = unsafe { signet_receipt_params(receipt, &mut len) };
        seen.push(text(start, len));
        seen.push(Some(unsafe { signet_receipt_version(receipt) }.to_string()));
        let start = unsafe { signet_receipt_json(receipt, &mut len) };
        seen.push(text(start, len));
        let (mut time, mut signature, mut key) = (0, [0; 64], [0; 32]);
        let outcome = answer(|error| unsafe { signet_receipt_time(receipt, &mut time, error) });
        seen.push(outcome.ok().map(|()| time.to_string()));
        let outcome = answer(|error| unsafe {
            signet_receipt_signature(receipt, signature.as_mut_ptr(), error)
        });
        seen.push(outcome.ok().map(|()| format!("{signature:?}")));
        let outcome =
            answer(|error| unsafe { signet_receipt_signer_key(receipt, key.as_mut_ptr(), error) });
        seen.push(outcome.ok().map(|()| format!("{key:?}")));
        unsafe { signet_receipt_free(receipt) };
        Ok(seen)
    }

    fn verify(&self, json: &[u8], forensic: bool, at: Option<i64>) -> Answer<()> {
        let mut receipt = ptr::dangling_mut();
        let mut key = ptr::null_mut();
        let options = parse_options(forensic);
        answer(|error| unsafe {
            signet_receipt_parse(json.as_ptr(), json.len(), &options, &mut receipt, error)
        })?;
        let bytes = *KeyPair::from_seed(&SEED).public_key().as_bytes();
        answer(|error| unsafe { signet_public_key_from_bytes(bytes.as_ptr(), &mut key, error) })?;
        let judging = signet_verify_options {
            struct_size: size_of::<signet_verify_options>() as u32,
            flags: if at.is_some() {
                SIGNET_VERIFY_AT
            } else {
                SIGNET_VERIFY_IGNORE_EXPIRY
            },
            now_unix_ms: at.unwrap_or_default(),
            window_seconds: 0,
            max_age_seconds: 0,
            skew_seconds: 0,
            servers: ptr::null(),
            servers_len: 0,
            roots: ptr::null(),
            roots_len: 0,
            bundle: ptr::null(),
            max_links: 0,
            session: ptr::null(),
            session_len: 0,
            call_id: ptr::null(),
            call_id_len: 0,
            response: ptr::null(),
            response_len: 0,
        };
        let trusted = [key.cast_const()];
        let outcome = answer(|error| unsafe {
            signet_receipt_verify(receipt, trusted.as_ptr(), 1, &judging, error)
        });
        unsafe { signet_receipt_free(receipt) };
        unsafe { signet_public_key_free(key) };
        outcome
    }
}

/// Asks both and answers what they agree on.
fn both<T: PartialEq + std::fmt::Debug>(ask: impl Fn(&dyn Api) -> Answer<T>) -> Answer<T> {
    let (in_rust, in_c) = (ask(&Rust), ask(&C));
    assert_eq!(in_rust, in_c);
    in_rust
}

const JSON: &[&str] = &[
    "",
    "{}",
    "[]",
    "null",
    " { \"b\" : 1.0 , \"a\" : [ 1e2, -0, true ] } ",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,}",
    "\"\\ud800\"",
    "\"\\u20ac\"",
    "9007199254740993",
    "1e999",
    "NaN",
    "[[[[[[[[[[]]]]]]]]]]",
    "[1, 2",
    "tru",
    "\"\u{feff}\"",
    "\u{feff}1",
];

#[test]
fn canonical_json() {
    let default = Limits::default();
    let mut refused = 0;
    for json in JSON {
        for limits in [
            default,
            Limits {
                max_depth: 3,
                ..default
            },
            Limits {
                max_len: 7,
                ..default
            },
        ] {
            refused += usize::from(both(|api| api.canonicalize(json.as_bytes(), limits)).is_err());
        }
        let _ = both(|api| api.hash(json.as_bytes()));
    }
    for bytes in [&b"\"\xff\""[..], b"\xc0\xaf", b"\"\x00\""] {
        refused += usize::from(both(|api| api.canonicalize(bytes, default)).is_err());
    }
    assert!(refused > 20, "{refused}");
    assert_eq!(
        both(|api| api.canonicalize(b"[1.0 ]", default)).unwrap(),
        b"[1]"
    );
}

#[test]
fn keys() {
    let seed = both(|api| api.public_of(&SEED)).unwrap();
    let texts = both(|api| api.key_from_bytes(&seed)).unwrap();
    for text in &texts[..3] {
        assert_eq!(both(|api| api.key(text)).unwrap(), texts);
        for end in [0, 1, text.len() / 2, text.len() - 1] {
            both(|api| api.key(&text[..end])).unwrap_err();
        }
        both(|api| api.key(&format!("{text}x"))).unwrap_err();
    }
    for bytes in [[0; 32], [1; 32], [0xff; 32], [0xec; 32]] {
        let _ = both(|api| api.key_from_bytes(&bytes));
    }
    for len in [0, 1, 31, 33, 63, 64, 65] {
        both(|api| api.public_of(&vec![7; len])).unwrap_err();
    }
}

#[test]
fn actions_of_requests() {
    for request in [
        "{\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"rm\",\"arguments\":{\"n\":1.0}}}",
        "{\"id\":\"7\\n\",\"method\":\"tools/call\",\"params\":{\"name\":\"rm\"}}",
        "{\"method\":\"tools/list\"}",
        "{\"method\":\"tools/call\",\"params\":{\"name\":1}}",
        "[]",
        "{",
    ] {
        let _ = both(|api| api.action(request.as_bytes()));
    }
}

#[test]
fn receipts() {
    let plain = Saying {
        name: "bot",
        owner: "ops",
        expires_at: None,
        hash_only: false,
    };
    let sayings = [
        plain,
        Saying {
            name: "b\u{0}\u{e9}\"",
            owner: "",
            ..plain
        },
        Saying {
            expires_at: Some("2026-01-01T00:00:10.000Z"),
            ..plain
        },
        Saying {
            expires_at: Some("soon"),
            ..plain
        },
        Saying {
            expires_at: Some(""),
            ..plain
        },
        Saying {
            hash_only: true,
            ..plain
        },
    ];
    let actions = [
        "{\"tool\":\"t\"}",
        "{\"tool\":\"t\",\"params\":{\"id\":9007199254740993,\"a\":[1.0]}}",
        "{\"tool\":\"a\\nb\",\"target\":\"x\",\"session\":\"s\",\"call_id\":\"c\",\"trace_id\":\"t\",\
         \"parent_receipt_id\":\"p\",\"response_hash\":\"h\",\"transport\":\"http\",\"params\":null}",
        "{\"tool\":\"t\",\"params_hash\":\"md5:0\"}",
        "{\"tool\":\"t\",\"unknown\":1}",
        "{\"tool\":1}",
        "{}",
        "[]",
        "{",
    ];
    let mut signed = 0;
    for action in actions {
        for saying in sayings {
            let Ok(json) = both(|api| api.sign(action.as_bytes(), saying)) else {
                continue;
            };
            signed += 1;
            for forensic in [false, true] {
                both(|api| api.read(&json, forensic)).unwrap();
                both(|api| api.verify(&json, forensic, None)).unwrap();
                both(|api| api.verify(&json, forensic, Some(NOW))).unwrap();
                let late = both(|api| api.verify(&json, forensic, Some(NOW + 20_000)));
                assert_eq!(late.is_err(), saying.expires_at.is_some());
            }
        }
    }
    assert_eq!(signed, 3 * 4);
}

/// Whatever byte of a receipt is changed or cut, both APIs say the same.
#[test]
fn damaged_receipts() {
    let saying = Saying {
        name: "bot",
        owner: "ops",
        expires_at: None,
        hash_only: false,
    };
    let action = "{\"tool\":\"t\",\"params\":{\"a\":[1,\"\\u0007\"]}}";
    let sound = both(|api| api.sign(action.as_bytes(), saying)).unwrap();
    for at in 0..sound.len() {
        for forensic in [false, true] {
            let mut damaged = sound.clone();
            damaged[at] ^= 1 << (at % 7);
            let _ = both(|api| api.read(&damaged, forensic));
            let verdict = both(|api| api.verify(&damaged, forensic, None));
            assert!(verdict.is_err() || forensic, "byte {at}");
        }
        both(|api| api.read(&sound[..at], false)).unwrap_err();
    }
    let odd = String::from_utf8(sound).unwrap();
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":1,\"x\":0"),
        ("\"ts\":\"2026", "\"ts\":\"20x6"),
        ("\"sig\":\"ed25519:", "\"sig\":\""),
        ("\"pubkey\":\"ed25519:", "\"pubkey\":\""),
        ("\"tool\"", "\"to\\u006fl\""),
    ] {
        assert!(odd.contains(from), "{from}");
        for forensic in [false, true] {
            let _ = both(|api| api.read(odd.replace(from, to).as_bytes(), forensic));
            let _ = both(|api| api.verify(odd.replace(from, to).as_bytes(), forensic, None));
        }
    }
}
