//! The text forms of public keys: `ed25519:<base64>`, bare base64, and
//! `did:key` (W3C did:key with multicodec `ed25519-pub`, base58btc); and their
//! key id.

use crate::crypto::digest;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::base64;
use crate::error::{Error, ErrorKind, Result};

/// What precedes the base64 text of keys and signatures in receipts.
pub const ED25519_PREFIX: &str = "ed25519:";
const DID_KEY_PREFIX: &str = "did:key:z";
/// The multicodec `ed25519-pub` (0xed) as an unsigned varint.
const MULTICODEC_ED25519_PUB: [u8; 2] = [0xed, 0x01];

/// `ed25519:` and the standard base64 of the 32 bytes, as in receipts.
pub fn prefixed(key: &PublicKey) -> String {
    format!("{ED25519_PREFIX}{}", bare(key))
}

/// The standard base64 of the 32 bytes, as in `.pub` files.
pub fn bare(key: &PublicKey) -> String {
    base64::encode(key.as_bytes())
}

/// The `did:key` identifier of the key.
pub fn did_key(key: &PublicKey) -> String {
    let mut bytes = MULTICODEC_ED25519_PUB.to_vec();
    bytes.extend_from_slice(key.as_bytes());
    format!("{DID_KEY_PREFIX}{}", base58_encode(&bytes))
}

/// The JWK thumbprint of the key (RFC 7638 with SHA-256, over the OKP members
/// that RFC 8037 section 2 requires): 43 characters of base64url.
///
/// This is the key id to use wherever a short name for a key is needed: the
/// `kid` of JOSE and COSE, the `keyid` of HTTP message signatures.
pub fn thumbprint(key: &PublicKey) -> String {
    let jwk = format!(
        r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
        url_safe(&bare(key))
    );
    url_safe(&base64::encode(&digest::sha256(jwk.as_bytes())))
}

/// Reads any of the three forms. A `did:key` URL may carry its own fragment
/// (`#z…`), as DID documents write key ids.
pub fn parse(text: &str) -> Result<PublicKey> {
    if let Some(encoded) = text.strip_prefix(DID_KEY_PREFIX) {
        return parse_did_key(encoded);
    }
    let encoded = text.strip_prefix(ED25519_PREFIX).unwrap_or(text);
    parse_bare(encoded)
}

/// Reads only the form that receipts use, `ed25519:<base64>`.
pub fn parse_prefixed(text: &str) -> Result<PublicKey> {
    let encoded = text
        .strip_prefix(ED25519_PREFIX)
        .ok_or_else(|| malformed("it does not start with \"ed25519:\""))?;
    parse_bare(encoded)
}

/// Reads only bare base64, the form of `.pub` files.
pub fn parse_bare(text: &str) -> Result<PublicKey> {
    let bytes = base64::decode_array::<PUBLIC_KEY_LEN>(text.as_bytes())
        .ok_or_else(|| malformed("it is not the standard base64 of 32 bytes"))?;
    PublicKey::from_bytes(&bytes)
}

/// Standard base64 as base64url without padding (RFC 4648 section 5).
fn url_safe(text: &str) -> String {
    text.trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

fn parse_did_key(encoded: &str) -> Result<PublicKey> {
    let encoded = match encoded.split_once('#') {
        Some((id, fragment)) if fragment.strip_prefix('z') == Some(id) => id,
        Some(_) => return Err(malformed("the fragment of the did:key is not its own key")),
        None => encoded,
    };
    // 34 bytes make at most 47 base58 digits; longer texts are not decoded.
    let bytes = (encoded.len() <= 48)
        .then(|| base58_decode(encoded.as_bytes()))
        .flatten()
        .ok_or_else(|| malformed("the did:key is not base58btc"))?;
    match bytes.strip_prefix(&MULTICODEC_ED25519_PUB) {
        Some(key) => PublicKey::from_slice(key),
        None => Err(malformed("the did:key is not of the type ed25519-pub")),
    }
}

fn malformed(detail: &'static str) -> Error {
    Error::new(ErrorKind::KeyInvalid, "public key", detail)
}

const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Base58 (Bitcoin alphabet) of a short byte string.
fn base58_encode(bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    // Base-58 digits, least significant first.
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    let leading = std::iter::repeat_n('1', zeros);
    let rest = digits
        .iter()
        .rev()
        .map(|&d| char::from(BASE58[usize::from(d)]));
    leading.chain(rest).collect()
}

fn base58_decode(text: &[u8]) -> Option<Vec<u8>> {
    let zeros = text.iter().take_while(|&&digit| digit == b'1').count();
    let mut bytes: Vec<u8> = Vec::new();
    for digit in text {
        let mut carry = BASE58.iter().position(|letter| letter == digit)? as u32;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(carry as u8);
            carry >>= 8;
        }
    }
    bytes.resize(bytes.len() + zeros, 0);
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;

    #[test]
    fn every_form_reads_back() {
        let key = *SecretKey::from_seed(&[3; 32]).public();
        for text in [prefixed(&key), bare(&key), did_key(&key)] {
            assert_eq!(parse(&text).unwrap(), key, "{text}");
        }
        let did = did_key(&key);
        let id = did.strip_prefix("did:key:").unwrap();
        assert_eq!(parse(&format!("{did}#{id}")).unwrap(), key);
        assert!(parse(&format!("{did}#z6Mk")).is_err());
    }

    #[test]
    fn the_did_key_specification_example() {
        // W3C CCG did:key, the first Ed25519 example and its raw key.
        let did = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp";
        let key = parse(did).unwrap();
        assert_eq!(did_key(&key), did);
        assert_eq!(
            crate::encoding::hex::encode(key.as_bytes()),
            "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
        );
    }

    #[test]
    fn the_thumbprint_of_rfc_8037() {
        // RFC 8037 appendix A.3, the key of appendix A.1.
        let key = parse("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap();
        assert_eq!(
            thumbprint(&key),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn other_key_types_and_texts_are_refused() {
        for text in [
            "",
            "ed25519:",
            "did:key:z",
            "did:key:z6Mk0",
            // X25519 key of the did:key specification.
            "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F",
            "ED25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        ] {
            assert_eq!(
                parse(text).unwrap_err().kind(),
                ErrorKind::KeyInvalid,
                "{text}"
            );
        }
    }
}
