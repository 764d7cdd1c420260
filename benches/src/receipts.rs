//! Signing, reading, verifying and canonicalising, in Rust: against the raw
//! primitive on the same bytes and against the published Signet on the same
//! text.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use dalek2::Verifier;
use ed25519_dalek::hazmat::{ExpandedSecretKey, raw_sign};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256, Sha512};
use signet::encoding::jcs::{self, Limits};
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::sign;
use signet::receipt::{Action, ActionOptions, Expiry, Receipt, SignOptions, Signer, VerifyOptions};

use crate::inputs;
use crate::race::{Race, each};
use crate::table::Row;

const PEER: &str = "signet-core 0.11";
const SIGNER: Signer<'_> = Signer {
    name: "deploy-bot",
    owner: "ops",
};

/// One key in every library's form.
pub struct Keys {
    /// The seed of all of them.
    pub seed: [u8; 32],
    pair: KeyPair,
    expanded: ExpandedSecretKey,
    verifying: VerifyingKey,
    aws: Ed25519KeyPair,
    dalek2: dalek2::VerifyingKey,
    peer: PeerKey,
    /// Whether the processor has what the release flags add code for.
    pub has_ifma: bool,
}

/// The published Signet's key and how it signs with it: its key types are of
/// another version of ed25519-dalek, so a closure hides them.
struct PeerKey {
    sign: Box<dyn Fn(&signet_core::Action) -> signet_core::Receipt>,
    verify: Box<dyn Fn(&str)>,
}

impl Keys {
    /// Makes a key.
    pub fn new() -> Keys {
        let (secret, public) = signet_core::generate_keypair();
        let seed = secret.to_bytes();
        let signing = SigningKey::from_bytes(&seed);
        let aws = Ed25519KeyPair::from_seed_unchecked(&seed).expect("a seed of 32 bytes");
        assert_eq!(
            aws.public_key().as_ref(),
            signing.verifying_key().as_bytes()
        );
        Keys {
            seed,
            pair: KeyPair::from_seed(&seed),
            expanded: ExpandedSecretKey::from(signing.as_bytes()),
            verifying: signing.verifying_key(),
            aws,
            dalek2: public,
            peer: PeerKey {
                sign: Box::new(move |action| {
                    signet_core::sign(&secret, action, SIGNER.name, SIGNER.owner).expect("signed")
                }),
                verify: Box::new(move |text| {
                    signet_core::verify_any(text, &public).expect("verified");
                }),
            },
            has_ifma: has_ifma(),
        }
    }

    /// Signs an action text: text in, receipt text out.
    pub fn sign(&self, action: &str) -> Receipt {
        let action = Action::parse(action.as_bytes(), &ActionOptions::default()).expect("action");
        sign(&self.pair, &action, &SIGNER, &SignOptions::default()).expect("signed")
    }

    /// Reads and verifies a receipt text.
    pub fn verify(&self, text: &[u8]) {
        let receipt = read(text);
        let trusted = [self.pair.public_key()];
        let options = VerifyOptions {
            trusted: &trusted,
            expiry: Expiry::JudgedAt(Instant::now()),
        };
        receipt.verify(&options).expect("verified");
    }

    fn raw_sign(&self, body: &[u8]) -> Signature {
        raw_sign::<Sha512>(&self.expanded, body, &self.verifying)
    }

    fn peer_sign(&self, action: &str) -> String {
        let action: signet_core::Action = serde_json::from_str(action).expect("action");
        serde_json::to_string(&(self.peer.sign)(&action)).expect("text")
    }
}

fn read(text: &[u8]) -> Receipt {
    Receipt::parse(text, Reading::Strict, &Limits::default()).expect("receipt")
}

/// One kind and size of params, and what its operations may cost.
struct Case {
    name: &'static str,
    params: String,
    sign: [f64; 2],
    verify: Option<[f64; 2]>,
}

/// The rows of every size and kind.
pub fn rows(keys: &Keys) -> Vec<Row> {
    let small = |name, params| Case {
        name,
        params,
        sign: [1.15, 0.75],
        verify: Some([1.0, if keys.has_ifma { 0.70 } else { 0.95 }]),
    };
    let case = |name, params, sign, verify| Case {
        name,
        params,
        sign,
        verify,
    };
    let cases = [
        small("250 B", inputs::prose(250)),
        small("250 B structured", inputs::structured(200)),
        // Sizes between two bars are held to the one that follows.
        case("1 KiB", inputs::prose(1 << 10), [1.25, 0.65], None),
        case("2 KiB", inputs::prose(2 << 10), [1.25, 0.65], None),
        case(
            "2 KiB structured",
            inputs::structured(2 << 10),
            [1.5, 0.30],
            Some([1.15, 0.50]),
        ),
        case("16 KiB", inputs::prose(16 << 10), [1.4, 0.65], None),
        case(
            "16 KiB structured",
            inputs::structured(16 << 10),
            [2.2, 0.20],
            None,
        ),
        case("20 KiB", inputs::prose(20 << 10), [1.4, 0.65], None),
        case(
            "20 KiB structured",
            inputs::structured(20 << 10),
            [2.2, 0.20],
            None,
        ),
    ];
    let mut rows = Vec::new();
    for case in &cases {
        sign_rows(keys, case, &mut rows);
    }
    for case in &cases {
        verify_rows(keys, case, &mut rows);
    }
    for case in &cases {
        parse_rows(keys, case, &mut rows);
    }
    for case in &cases {
        canonicalise_rows(case, &mut rows);
    }
    primitive_rows(keys, &mut rows);
    rows
}

fn sign_rows(keys: &Keys, case: &Case, rows: &mut Vec<Row>) {
    let action = inputs::action(&case.params);
    let body = keys.sign(&action).signed_body();
    // Both libraries make receipts that both of them accept.
    (keys.peer.verify)(&String::from_utf8_lossy(keys.sign(&action).json()));
    keys.verify(keys.peer_sign(&action).as_bytes());

    let race = Race::run(vec![
        each(|| keys.sign(&action)),
        each(|| keys.raw_sign(&body)),
        each(|| keys.peer_sign(&action)),
        each(|| keys.aws.sign(&body)),
    ]);
    let name = format!("sign, {}", case.name);
    let [raw, peer] = case.sign;
    rows.push(Row::of(&race, &name, 1, "dalek sign", Some(raw)));
    rows.push(Row::of(&race, &name, 2, PEER, Some(peer)));
    if case.params.len() <= 300 {
        rows.push(Row::of(&race, &name, 3, "aws-lc-rs sign", Some(1.9)));
    }
}

fn verify_rows(keys: &Keys, case: &Case, rows: &mut Vec<Row>) {
    let receipt = keys.sign(&inputs::action(&case.params));
    let text = String::from_utf8_lossy(receipt.json()).into_owned();
    let body = receipt.signed_body();
    let signature = Signature::from_bytes(&receipt.signature().expect("signature"));
    let race = Race::run(vec![
        each(|| keys.verify(text.as_bytes())),
        each(|| {
            keys.verifying
                .verify_strict(&body, &signature)
                .expect("verified")
        }),
        each(|| (keys.peer.verify)(&text)),
    ]);
    let name = format!("verify, {}", case.name);
    let [strict, peer] = case.verify.map_or([None; 2], |bars| bars.map(Some));
    rows.push(Row::of(&race, &name, 1, "dalek verify_strict", strict));
    rows.push(Row::of(&race, &name, 2, PEER, peer));
}

fn parse_rows(keys: &Keys, case: &Case, rows: &mut Vec<Row>) {
    let receipt = keys.sign(&inputs::action(&case.params));
    let text = String::from_utf8_lossy(receipt.json()).into_owned();
    let race = Race::run(vec![
        each(|| read(text.as_bytes())),
        each(|| serde_json::from_str::<signet_core::Receipt>(&text).expect("receipt")),
    ]);
    let name = format!("parse, {}", case.name);
    rows.push(Row::of(&race, &name, 1, PEER, None));
}

fn canonicalise_rows(case: &Case, rows: &mut Vec<Row>) {
    let text = case.params.as_str();
    let limits = Limits::default();
    let ours = || jcs::canonicalize(text.as_bytes(), &limits).expect("canonical");
    let tree = || serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let canonical = ours();
    let jcs = || serde_jcs::to_vec(&tree()).expect("canonical");
    let peer = || signet_core::canonical::canonicalize(&tree()).expect("canonical");
    assert_eq!(jcs(), canonical);
    assert_eq!(peer().as_bytes(), canonical);

    let race = Race::run(vec![
        each(ours),
        each(jcs),
        each(peer),
        each(|| Sha256::digest(&canonical)),
    ]);
    let name = format!("canonicalise, {}", case.name);
    rows.push(Row::of(
        &race,
        &name,
        1,
        "serde_json + serde_jcs",
        Some(0.30),
    ));
    rows.push(Row::of(&race, &name, 2, PEER, Some(0.40)));
    rows.push(Row::of(&race, &name, 3, "SHA-256", None));
}

/// Our verification of a bare signature, and the guards of the compiler flags:
/// where the processor has IFMA instructions and they were not inlined, a
/// verification costs as much as ed25519-dalek 2, which has no such code.
fn primitive_rows(keys: &Keys, rows: &mut Vec<Row>) {
    let message = inputs::prose(300).into_bytes();
    let signature = keys.raw_sign(&message);
    let dalek2_signature = dalek2::Signature::from_bytes(&signature.to_bytes());
    let race = Race::run(vec![
        each(|| {
            let key = keys.pair.public_key();
            key.verify(&message, &signature.to_bytes())
                .expect("verified");
        }),
        each(|| {
            keys.verifying
                .verify_strict(&message, &signature)
                .expect("verified")
        }),
        each(|| keys.raw_sign(&message)),
        each(|| {
            keys.dalek2
                .verify(&message, &dalek2_signature)
                .expect("verified")
        }),
    ]);
    rows.push(Row::of(
        &race,
        "verify 300 bare bytes",
        1,
        "dalek verify_strict",
        Some(1.0),
    ));
    let guards = keys.has_ifma.then_some([1.75, 0.75]);
    let [sign, avx2] = guards.map_or([None; 2], |guards| guards.map(Some));
    let name = "verify 300 bare bytes (IFMA guard)";
    rows.push(Row::of(&race, name, 2, "dalek sign", sign));
    rows.push(Row::of(&race, name, 3, "dalek 2 verify", avx2));
}

fn has_ifma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512ifma")
        && std::arch::is_x86_feature_detected!("avx512vl");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}
