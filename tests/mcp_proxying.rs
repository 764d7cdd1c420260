//! A gate between two programs: many texts at a time, ids that are open once, and
//! evidence about responses that go on untouched.

#[path = "support/signing.rs"]
mod signing;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use signet::encoding::jcs::Limits;
use signet::mcp::{
    Evidence, Existing, Gate, GateOptions, GateSigning, KeepNothing, MessageLimits, OpenRequests,
    ResponseOptions, StorageFailure, Verdict, Wire, witness_response,
};
use signet::receipt::{BilateralOptions, Expiry, Field, Receipt, content_hash};
use signet::{Error, ErrorKind, Result};
use signing::{agent, clock, stranger};

fn gate_of(options: GateOptions) -> Gate {
    Gate::new(GateOptions {
        signing: Some(GateSigning {
            key: Arc::new(agent()),
            name: "agent".into(),
            owner: "org".into(),
            target: "mcp://child.py".into(),
            transport: "stdio".into(),
            session: None,
            policy: None,
            hash_only: false,
            existing: Existing::Refuse,
        }),
        ..options
    })
    .expect("a gate")
}

fn gate_with(open: &Arc<OpenRequests>) -> Gate {
    gate_of(GateOptions {
        open_requests: Some(Arc::clone(open)),
        ..GateOptions::default()
    })
}

fn call(id: &str, tool: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}"}}}}"#)
}

fn ping(id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
}

fn judge(gate: &Gate, text: &str) -> Verdict {
    gate.judge(text.as_bytes(), clock(), &KeepNothing)
}

fn kind(verdict: &Verdict) -> Option<ErrorKind> {
    Some(verdict.messages[0].error.as_ref()?.kind())
}

/// A store that counts its calls, remembers tools, and refuses some.
#[derive(Default)]
struct Store {
    refuses: Option<(&'static str, ErrorKind)>,
    calls: Mutex<Vec<Vec<String>>>,
}

impl Store {
    fn refusing(tool: &'static str, kind: ErrorKind) -> Store {
        Store {
            refuses: Some((tool, kind)),
            ..Store::default()
        }
    }

    fn keep(&self, evidence: &[Evidence<'_>]) -> Result<()> {
        let tools: Vec<String> = evidence
            .iter()
            .map(|one| {
                let json: Value = serde_json::from_slice(one.json()).unwrap();
                json["action"]["tool"].as_str().unwrap().to_owned()
            })
            .collect();
        let refused = self
            .refuses
            .filter(|(tool, _)| tools.iter().any(|one| one == tool));
        self.calls.lock().unwrap().push(tools);
        match refused {
            Some((_, kind)) => Err(Error::new(kind, "record", "not this one")),
            None => Ok(()),
        }
    }

    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

fn judge_many(gate: &Gate, texts: &[String], store: &Store) -> Vec<Verdict> {
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    gate.judge_many(&texts, clock(), &|evidence: &[Evidence<'_>]| {
        store.keep(evidence)
    })
}

fn forwarded(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(|one| one.forward.is_some()).collect()
}

#[test]
fn many_texts_are_stored_once_and_in_order() {
    let texts = [
        call("1", "a"),
        ping("2"),
        "not JSON".to_owned(),
        format!("[{},{}]", call("3", "b"), call("4", "c")),
        call("5", "d"),
    ];
    let store = Store::default();
    let verdicts = judge_many(&gate_of(GateOptions::default()), &texts, &store);
    assert_eq!(store.calls(), [["a", "b", "c", "d"]]);
    assert_eq!(forwarded(&verdicts), [true, true, false, true, true]);
    assert_eq!(kind(&verdicts[2]), Some(ErrorKind::JsonSyntax));
    assert_eq!(verdicts[1].forward.as_deref(), Some(texts[1].as_bytes()));
    let calls: Vec<_> = verdicts
        .iter()
        .flat_map(|verdict| &verdict.messages)
        .filter_map(|message| message.call.as_ref()?.receipt().text(Field::Tool))
        .collect();
    assert_eq!(calls, ["a", "b", "c", "d"]);

    let nothing = judge_many(&gate_of(GateOptions::default()), &texts[1..3], &store);
    assert_eq!(forwarded(&nothing), [true, false]);
    assert_eq!(store.calls().len(), 1, "there was nothing to store");
    assert!(judge_many(&gate_of(GateOptions::default()), &[], &store).is_empty());
}

#[test]
fn what_is_wrong_with_one_record_keeps_back_no_other() {
    let texts = [call("1", "a"), call("2", "odd"), ping("3"), call("4", "b")];
    let gate = gate_of(GateOptions::default());
    let store = Store::refusing("odd", ErrorKind::TooLarge);
    let verdicts = judge_many(&gate, &texts, &store);
    assert_eq!(forwarded(&verdicts), [true, false, true, true]);
    assert_eq!(kind(&verdicts[1]), Some(ErrorKind::EvidenceNotStored));
    let stored: Vec<_> = verdicts
        .iter()
        .map(|one| one.storage_error.is_none())
        .collect();
    assert_eq!(stored, [true, false, true, true]);
    let calls = store.calls();
    assert_eq!(calls[0], ["a", "odd", "b"]);
    assert_eq!(calls[1..], [["a"], ["odd"], ["b"]]);
}

#[test]
fn when_the_store_itself_fails_it_is_asked_once() {
    let texts = [call("1", "a"), ping("2"), call("3", "b")];
    for kind_of_failure in [ErrorKind::Io, ErrorKind::LogBusy, ErrorKind::SyncFailed] {
        let store = Store::refusing("a", kind_of_failure);
        let verdicts = judge_many(&gate_of(GateOptions::default()), &texts, &store);
        assert_eq!(forwarded(&verdicts), [false, true, false]);
        assert_eq!(store.calls().len(), 1, "{kind_of_failure:?}");
        let failures: Vec<_> = verdicts
            .iter()
            .map(|one| one.storage_error.as_ref().map(Error::kind))
            .collect();
        let failure = Some(kind_of_failure);
        assert_eq!(failures, [failure, None, failure]);
    }
    let forgiving = gate_of(GateOptions {
        storage_failure: StorageFailure::Forward,
        ..GateOptions::default()
    });
    let store = Store::refusing("a", ErrorKind::Io);
    let verdicts = judge_many(&forgiving, &texts, &store);
    assert_eq!(forwarded(&verdicts), [true, true, true]);
    assert!(verdicts[0].storage_error.is_some() && verdicts[2].storage_error.is_some());
}

#[test]
fn an_id_that_is_open_is_not_opened_again() {
    let open = Arc::new(OpenRequests::default());
    let gate = gate_with(&open);
    assert!(judge(&gate, &call("1", "a")).forward.is_some());
    // Not by another call, not by another method, not in another spelling, not
    // inside a batch.
    for text in [
        call("1", "b"),
        ping("1"),
        ping("1.0"),
        format!("[{}]", call("1", "b")),
    ] {
        let verdict = judge(&gate, &text);
        assert_eq!(verdict.forward, None, "{text}");
        assert_eq!(kind(&verdict), Some(ErrorKind::MessageInvalid));
        let answer = String::from_utf8(verdict.answer.unwrap()).unwrap();
        assert!(
            answer.contains("still open") && answer.contains(r#""id":1"#),
            "{answer}"
        );
    }
    // Nor may a call take the id of a request that is no call.
    assert!(judge(&gate, &ping("\"x\"")).forward.is_some());
    assert_eq!(judge(&gate, &call("\"x\"", "a")).forward, None);
    // What is no request has no id to open; a batch opens one for each.
    let twice = format!("[{},{}]", call("7", "a"), call("7", "b"));
    let verdict = judge(&gate, &twice);
    let answered: Vec<_> = verdict
        .messages
        .iter()
        .map(|one| one.call.is_some())
        .collect();
    assert_eq!(answered, [true, false]);
    let response = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    assert!(judge(&gate, response).forward.is_some());

    let one = open.answered(b"1").unwrap();
    assert_eq!(one.call.unwrap().receipt().text(Field::Tool), Some("a"));
    assert!(open.answered(b"\"x\"").unwrap().call.is_none());
    assert!(
        judge(&gate, &call("1", "c")).forward.is_some(),
        "it is free again"
    );
}

#[test]
fn what_stays_opens_nothing() {
    let open = Arc::new(OpenRequests::default());
    let gate = gate_with(&open);
    let store = Store::refusing("a", ErrorKind::Io);
    let verdicts = judge_many(&gate, &[call("1", "a"), ping("2")], &store);
    assert_eq!(forwarded(&verdicts), [false, true]);
    assert_eq!(open.len(), 1, "the ping");
    let unnamed = r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{}}"#;
    assert_eq!(judge(&gate, unnamed).forward, None);
    assert_eq!(open.len(), 1);
    let left = open.close();
    assert_eq!(left[0].id, b"2");
    let verdict = judge(&gate, &call("9", "a"));
    assert_eq!(verdict.forward, None);
    let answer: Value = serde_json::from_slice(&verdict.answer.unwrap()).unwrap();
    assert_eq!(answer["error"]["code"], -32603);
    assert_eq!(answer["error"]["message"], "the server has ended");
}

fn witnessed(response: &str) -> Result<Receipt> {
    let open = Arc::new(OpenRequests::default());
    judge(&gate_with(&open), &call("7", "a"));
    let call = open.answered(b"7").unwrap().call.unwrap();
    let wire = Wire::read(response.as_bytes(), &MessageLimits::default())?;
    let options = ResponseOptions {
        server_name: "signet-proxy",
        time: Some(clock().plus_millis(5)),
        ..ResponseOptions::default()
    };
    witness_response(&stranger(), &call, &wire.single()?, &options)
}

#[test]
fn a_witness_signs_all_that_the_client_gets() {
    // Also where a receipt would have no place, or has one already.
    for (content, response) in [
        ("[1]", r#"{"jsonrpc":"2.0","id":7,"result":[1]}"#),
        (
            r#"{"_meta":"text"}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"_meta":"text"}}"#,
        ),
        (
            r#"{"_meta":{"_signet_bilateral":{"v":3}}}"#,
            r#"{"jsonrpc":"2.0","id":7.0,"result":{"_meta":{"_signet_bilateral":{"v":3}}}}"#,
        ),
        (
            r#"{"code":1,"message":"boom"}"#,
            r#"{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"boom"}}"#,
        ),
    ] {
        let receipt = witnessed(response).unwrap();
        let own = content_hash(content.as_bytes(), &Limits::default()).unwrap();
        let json: Value = serde_json::from_slice(receipt.json()).unwrap();
        assert_eq!(json["response"]["content_hash"], own.as_str(), "{content}");
        let outcome = &json["response"]["outcome"];
        match response.contains("error") {
            true => assert_eq!(outcome["error"], "boom"),
            false => assert_eq!(outcome["status"], "executed"),
        }
        let (witness, signer) = (stranger(), agent());
        let options = BilateralOptions {
            servers: &[witness.public_key()],
            agents: &[signer.public_key()],
            window_seconds: Some(300),
            freshness: None,
            session: None,
            call_id: Some("n:7"),
            expiry: Expiry::Ignored,
        };
        receipt.verify_bilateral(&options).unwrap();
    }
    let kind_of = |response: &str| witnessed(response).unwrap_err().kind();
    assert_eq!(
        kind_of(r#"{"jsonrpc":"2.0","id":8,"result":{}}"#),
        ErrorKind::BindingMismatch
    );
    assert_eq!(kind_of(&ping("7")), ErrorKind::MessageInvalid);
}
