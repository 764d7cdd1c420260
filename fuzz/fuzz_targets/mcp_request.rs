//! Any bytes in front of two gates: whatever the signing one forwards reads
//! strictly, carries a receipt that the verifying one accepts, and is otherwise
//! what came in. The same bytes as a response: what is co-signed verifies.

#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::mcp::{
    Evidence, Existing, Gate, GateOptions, GateSigning, KeepNothing, MessageLimits, OpenCall,
    RequestOptions, ResponseOptions, Ruling, Wire, sign_request, sign_response, verify_response,
};
use signet::receipt::Signer;
use signet::verifier::{ReplayStore, Verifier, VerifierOptions};

static NOW: LazyLock<Instant> =
    LazyLock::new(|| Instant::parse("2026-06-15T12:00:00Z").expect("a date-time"));
static SIGNING: LazyLock<Gate> = LazyLock::new(|| {
    Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(KeyPair::from_seed(&[7; 32])),
            name: "fuzz".into(),
            owner: String::new(),
            target: "mcp://fuzz".into(),
            transport: "stdio".into(),
            session: None,
            policy: None,
            hash_only: false,
            existing: Existing::Replace,
        }),
        ..GateOptions::default()
    })
    .expect("a gate")
});
static VERIFIER: LazyLock<Arc<Verifier>> = LazyLock::new(|| {
    let trusted = |seed: u8| vec![*KeyPair::from_seed(&[seed; 32]).public_key()];
    Arc::new(
        Verifier::new(VerifierOptions {
            trusted_keys: trusted(7),
            trusted_servers: trusted(8),
            targets: vec!["mcp://fuzz".into()],
            replay: ReplayStore::Off,
            ..VerifierOptions::default()
        })
        .expect("a verifier"),
    )
});
static VERIFYING: LazyLock<Gate> = LazyLock::new(|| {
    Gate::new(GateOptions {
        verifier: Some(Arc::clone(&VERIFIER)),
        ..GateOptions::default()
    })
    .expect("a gate")
});
/// A call with the id 1 that waits for its response.
static OPEN: LazyLock<OpenCall> = LazyLock::new(|| {
    let text = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}}"#;
    let options = RequestOptions {
        signer: Signer::default(),
        target: "mcp://fuzz",
        time: Some(*NOW),
        ..RequestOptions::default()
    };
    let mut signed = sign_request(&KeyPair::from_seed(&[7; 32]), text, &options).expect("signed");
    signed.calls.remove(0)
});

fuzz_target!(|text: &[u8]| {
    request(text);
    response(text);
});

fn request(text: &[u8]) {
    let stored = std::cell::Cell::new(0);
    let verdict = SIGNING.judge(text, *NOW, &|evidence: &[Evidence<'_>]| {
        stored.set(stored.get() + evidence.len());
        Ok(())
    });
    if let Some(answer) = &verdict.answer {
        serde_json::from_slice::<Value>(answer).expect("an answer is JSON");
    }
    let Some(sent) = &verdict.forward else {
        assert_ne!(verdict.ruling(), Ruling::Forward);
        return;
    };
    serde_json::from_slice::<Value>(sent).expect("what is forwarded is JSON");
    let wire = Wire::read(sent, &MessageLimits::default()).expect("it reads strictly");
    let mut calls = 0;
    for message in wire.messages() {
        let message = message.expect("every message forwarded is one");
        if let Some(call) = message.tool_call() {
            assert!(call.receipt().is_some(), "a call without a receipt");
            calls += 1;
        }
    }
    assert_eq!(calls, stored.get(), "a call that was not recorded");
    let again = VERIFYING.judge(sent, *NOW, &KeepNothing);
    let errors: Vec<_> = again
        .messages
        .iter()
        .filter_map(|one| one.error.as_ref())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(
        again.forward.as_ref(),
        Some(sent),
        "verifying changes nothing"
    );
    if verdict.ruling() == Ruling::Forward && calls == 0 {
        assert_eq!(sent, text);
    }
}

fn response(text: &[u8]) {
    let options = ResponseOptions {
        time: Some(*NOW),
        ..ResponseOptions::default()
    };
    let server = KeyPair::from_seed(&[8; 32]);
    let Ok(signed) = sign_response(&server, &OPEN, text, &options) else {
        return;
    };
    if !signed.is_embedded {
        assert_eq!(signed.bytes, text);
        return;
    }
    let verified = verify_response(&signed.bytes, &OPEN, &VERIFIER, *NOW).expect("it reads");
    verified
        .report
        .require_ok()
        .expect("what was co-signed verifies");
    // Without the receipt it can be co-signed again, and means the same.
    let again = sign_response(&server, &OPEN, &verified.bytes, &options).expect("signed");
    let hash = |receipt: &signet::receipt::Receipt| {
        let field = signet::receipt::Field::ContentHash;
        receipt.text(field).map(str::to_owned)
    };
    assert_eq!(hash(&again.receipt), hash(&signed.receipt));
}
