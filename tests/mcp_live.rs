//! The published Signet's Python package and ours at the two ends of one wire:
//! its `verify_request` takes what we sign, we verify what it signs.

#[path = "support/published.rs"]
mod published;
#[path = "support/vectors.rs"]
mod vectors;

use serde_json::{Value, json};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::rfc3339::Instant;
use signet::encoding::{base64, key_text};
use signet::identity::KeyPair;
use signet::mcp::{
    RequestOptions, ResponseOptions, sign_request, sign_response, verify_params, verify_request,
    verify_response,
};
use signet::receipt::Signer;
use signet::verifier::{Verifier, VerifierOptions};

const SEED: [u8; 32] = [7; 32];

fn agent() -> KeyPair {
    KeyPair::from_seed(&SEED)
}

fn server() -> KeyPair {
    KeyPair::from_seed(&[8; 32])
}

fn options() -> RequestOptions<'static> {
    RequestOptions {
        signer: Signer {
            name: "bot",
            owner: "own",
        },
        target: "mcp://echo.local",
        ..RequestOptions::default()
    }
}

fn verifier() -> Verifier {
    Verifier::new(VerifierOptions {
        trusted_keys: vec![*agent().public_key()],
        trusted_servers: vec![*server().public_key()],
        targets: vec!["mcp://echo.local".into()],
        ..VerifierOptions::default()
    })
    .unwrap()
}

/// Arguments in the order that the Python package compares: sorted.
const ARGUMENTS: &[&str] = &[
    "{}",
    r#"{"message":"hi","n":1}"#,
    r#"{"a":[1,2.5,-3,true,null,"é😀\u0001"],"b":{"c":{"d":[]}}}"#,
    r#"{"big":9007199254740991,"small":0.000001}"#,
    r#"{"text":"line\nbreak \"quoted\" \u2028"}"#,
];

fn call(arguments: Option<&str>) -> String {
    let arguments = arguments.map_or_else(String::new, |text| format!(r#","arguments":{text}"#));
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"echo"{arguments}}}}}"#
    )
}

const THEIR_VERIFICATION: &str = "
import json, sys
from signet_auth import verify_request, VerifyOptions
given = json.load(sys.stdin)
answers = []
for text in given['messages']:
    message = json.loads(text)
    result = verify_request(message['params'], VerifyOptions(
        trusted_keys=[given['key']], expected_target='mcp://echo.local'))
    answers.append({'ok': result.ok, 'trusted': result.trusted, 'error': result.error,
                    'signer': result.signer_name})
print(json.dumps(answers))
";

#[test]
fn the_published_verify_request_takes_what_we_sign() {
    let mut texts: Vec<String> = ARGUMENTS.iter().map(|text| call(Some(text))).collect();
    texts.push(call(None));
    texts.push(call(Some("null")));
    texts.push(call(Some("{}")).replace(r#""name""#, r#""_meta":{"progressToken":1},"name""#));
    texts.push(call(Some("{}")).replace(r#""id":1,"#, ""));
    let mut messages: Vec<String> = texts
        .iter()
        .map(|text| {
            let signed = sign_request(&agent(), text.as_bytes(), &options()).unwrap();
            String::from_utf8(signed.bytes).unwrap()
        })
        .collect();
    // The last one is changed under way.
    messages.push(messages[1].replace(
        r#""arguments":{"message":"hi""#,
        r#""arguments":{"message":"ho""#,
    ));
    let Some(answers) = published::answer(
        THEIR_VERIFICATION,
        &json!({"messages": messages, "key": key_text::prefixed(agent().public_key())}),
    ) else {
        return;
    };
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), messages.len());
    let (last, rest) = answers.split_last().unwrap();
    for (answer, message) in rest.iter().zip(&messages) {
        let expected = json!({"ok": true, "trusted": true, "error": null, "signer": "bot"});
        assert_eq!(*answer, expected, "{message}");
    }
    assert_eq!(last["ok"], false);
    // And ours takes them as well.
    for message in &messages[..rest.len()] {
        let verified = verify_request(message.as_bytes(), &verifier(), Instant::now()).unwrap();
        verified.report.require_ok().unwrap();
    }
}

const THEIR_SIGNING: &str = "
import json, sys
from signet_auth import Action, sign
given = json.load(sys.stdin)
messages = []
for arguments in given['arguments']:
    action = Action('echo', params=arguments, target='mcp://echo.local', transport='stdio')
    receipt = sign(given['secret'], action, 'bot', 'own')
    params = {'name': 'echo', 'arguments': arguments,
              '_meta': {'_signet': json.loads(receipt.to_json())}}
    messages.append(json.dumps({'jsonrpc': '2.0', 'id': 1, 'method': 'tools/call', 'params': params}))
print(json.dumps(messages))
";

#[test]
fn we_verify_what_the_published_package_signs() {
    let arguments: Vec<Value> = ARGUMENTS
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let Some(messages) = published::answer(
        THEIR_SIGNING,
        &json!({"arguments": arguments, "secret": base64::encode(&SEED)}),
    ) else {
        return;
    };
    let verifier = verifier();
    for message in messages.as_array().unwrap() {
        let text = message.as_str().unwrap();
        let verified = verify_request(text.as_bytes(), &verifier, Instant::now()).unwrap();
        verified
            .report
            .require_ok()
            .unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(verified.call.is_some());
        // The params alone, as a framework hands them over.
        let params = serde_json::from_str::<Value>(text).unwrap()["params"].to_string();
        let verified = verify_params(params.as_bytes(), &verifier_anew(), Instant::now());
        let report = verified.unwrap().report;
        report.require_ok().unwrap();
        // Once is enough.
        let again = verify_request(text.as_bytes(), &verifier, Instant::now()).unwrap();
        assert_eq!(again.report.kind(), Some(signet::ErrorKind::Replayed));
    }
}

fn verifier_anew() -> Verifier {
    verifier()
}

const THEIR_RESPONSE: &str = "
import json, sys
from signet_auth import Receipt, sign_bilateral, verify_bilateral, sign_compound, Action
given = json.load(sys.stdin)
out = {}
receipt = Receipt.from_json(given['agent_receipt'])
content = {'content': [{'type': 'text', 'text': 'ok'}], 'n': 2.5}
bilateral = sign_bilateral(given['server_secret'], receipt, content, 'files')
result = dict(content)
result['_meta'] = {'_signet_bilateral': json.loads(bilateral.to_json())}
out['response'] = json.dumps({'jsonrpc': '2.0', 'id': 1, 'result': result})

sent = json.loads(given['our_response'])['result']
ours = sent['_meta'].pop('_signet_bilateral')
if not sent['_meta']:
    del sent['_meta']
from signet_auth import BilateralReceipt
out['verified'] = verify_bilateral(BilateralReceipt.from_json(json.dumps(ours)), given['server_key'])
action = Action('echo', params={})
compound = sign_compound(given['server_secret'], action, sent, 'x', '', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')
out['hash'] = json.loads(compound.to_json())['response']['content_hash']
out['stated'] = ours['response']['content_hash']
print(json.dumps(out))
";

#[test]
fn responses_are_co_signed_and_verified_in_both_directions() {
    let text = call(Some(r#"{"message":"hi"}"#));
    let signed = sign_request(&agent(), text.as_bytes(), &options()).unwrap();
    let open = &signed.calls[0];
    let ours = sign_response(
        &server(),
        open,
        br#"{"jsonrpc":"2.0","id":1,"result":{"z":1,"content":[{"type":"text","text":"ok"}],"a":1e2}}"#,
        &ResponseOptions {
            server_name: "files",
            ..ResponseOptions::default()
        },
    )
    .unwrap();
    let Some(answer) = published::answer(
        THEIR_RESPONSE,
        &json!({
            "agent_receipt": String::from_utf8_lossy(open.receipt().json()),
            "our_response": String::from_utf8_lossy(&ours.bytes),
            "server_secret": base64::encode(&[8; 32]),
            "server_key": key(server().public_key()),
        }),
    ) else {
        return;
    };
    assert_eq!(answer["verified"], true);
    assert_eq!(answer["hash"], answer["stated"]);
    let theirs = answer["response"].as_str().unwrap();
    let now = Instant::now().plus_millis(1000);
    let verified = verify_response(theirs.as_bytes(), open, &verifier(), now).unwrap();
    verified.report.require_ok().unwrap();
    let delivered: Value = serde_json::from_slice(&verified.bytes).unwrap();
    assert_eq!(
        delivered["result"],
        json!({"content": [{"type": "text", "text": "ok"}], "n": 2.5})
    );
}

fn key(key: &PublicKey) -> String {
    key_text::prefixed(key)
}
