//! Any bytes as a receipt and as an action: what is read is canonical and reads
//! back the same, what is signed verifies, and nothing else does.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::receipt::{
    Action, ActionOptions, Expiry, Field, Receipt, SignOptions, Signer, VerifyOptions, sign,
};

/// The signer of the seeds.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::from_seed(&[7; 32]));
/// What it has signed; nothing else may verify.
static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/receipt");
    let files = std::fs::read_dir(seeds).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| std::fs::read(file.path()).ok());
    let receipts = texts.filter_map(|text| read(&text, Reading::Strict));
    receipts.map(|receipt| receipt.signed_body()).collect()
});

fn read(text: &[u8], reading: Reading) -> Option<Receipt> {
    Receipt::parse(text, reading, &Limits::default()).ok()
}

fuzz_target!(|text: &[u8]| {
    let trusted = [KEY.public_key()];
    let options = VerifyOptions {
        trusted: &trusted,
        expiry: Expiry::Ignored,
    };
    for reading in [Reading::Strict, Reading::Forensic] {
        let Some(receipt) = read(text, reading) else {
            continue;
        };
        let again = read(receipt.json(), reading).expect("its own text reads back");
        assert_eq!(again.json(), receipt.json());
        for &field in Field::TEXTS {
            assert_eq!(again.text(field), receipt.text(field));
        }
        let _ = (receipt.params(), receipt.time(), receipt.signer_key_bytes());
        if receipt.verify(&options).is_ok() {
            assert!(GENUINE.contains(&receipt.signed_body()), "a forgery");
        }
    }

    if let Ok(action) = Action::parse(text, &ActionOptions::default()) {
        let options_of_signing = SignOptions {
            time: Instant::from_unix_millis(0).ok(),
            nonce: Some([0; 16]),
            ..SignOptions::default()
        };
        let other = KeyPair::from_seed(&[8; 32]);
        let signer = Signer {
            name: "fuzz",
            owner: "",
        };
        let receipt = sign(&other, &action, &signer, &options_of_signing).expect("an action");
        let back = read(receipt.json(), Reading::Strict).expect("what was signed reads back");
        back.verify(&VerifyOptions {
            trusted: &[other.public_key()],
            expiry: Expiry::Ignored,
        })
        .expect("what was signed verifies");
    }
});
