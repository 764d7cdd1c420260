//! Servers of the official SDKs behind the proxy: what they execute was signed,
//! allowed and stored, record for record.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use signet::identity::Protection;

use super::{Sdk, Sdks};
use crate::program::Place;
use crate::proxy_hostile::hostile_messages;
use crate::proxy_session::{
    Ended, Session, audit, call_with, import, kinds, ping, place, verified,
};
use crate::proxy_storage::limit_files;
use crate::recorded;

#[path = "../../support/damaged_messages.rs"]
mod damaged_messages;
#[path = "../../support/documents.rs"]
mod documents;

use documents::{Documents, first_seed, torture};

const BOTH: [Sdk; 2] = [Sdk::Python, Sdk::TypeScript];

/// Allows one tool and denies everything else.
const ONLY_ECHO: &str = "{version: 1, name: p, default_action: deny, \
     rules: [{id: r, match: {tool: echo}, action: allow}]}";

/// Calls by tool and the argument `note`, and how many there were.
type Calls = BTreeMap<(String, String), usize>;

fn count<'a>(calls: impl IntoIterator<Item = (&'a Value, &'a Value)>) -> Calls {
    let mut counted = Calls::new();
    for (tool, note) in calls {
        let call = (tool.as_str().unwrap_or_default().into(), note.to_string());
        *counted.entry(call).or_default() += 1;
    }
    counted
}

/// A server of an SDK behind the proxy.
struct Bank {
    sdk: Sdk,
    place: Place,
    session: Session,
    pings: u32,
    /// What else came back when it was last waited for.
    answers: Vec<Value>,
}

impl Bank {
    fn open(sdks: &Sdks, sdk: Sdk, flags: &[&str]) -> Bank {
        Bank::open_in(place(), sdks, sdk, flags)
    }

    fn with_policy(sdks: &Sdks, sdk: Sdk, policy: &str) -> Bank {
        let place = place();
        place.write("policy.yaml", policy);
        Bank::open_in(place, sdks, sdk, &["--policy", "policy.yaml"])
    }

    fn open_in(place: Place, sdks: &Sdks, sdk: Sdk, flags: &[&str]) -> Bank {
        let session = start(&place, &sdks.bank(sdk), sdks, flags, &[]);
        let mut bank = Bank {
            sdk,
            place,
            session,
            pings: 0,
            answers: Vec::new(),
        };
        bank.session.send(HELLO);
        assert_eq!(bank.session.next()["id"], "hello");
        bank.session.send(INITIALIZED);
        bank
    }

    fn send(&mut self, line: impl AsRef<[u8]>) {
        self.session.send(line);
    }

    /// Sends a call and takes its response.
    fn call(&mut self, id: u64, tool: &str, arguments: &str) -> Value {
        self.session.ask(call_with(id, tool, arguments))
    }

    /// Waits until everything that was sent has been looked at.
    fn catch_up(&mut self) {
        self.pings += 1;
        let id = format!("ping {}", self.pings);
        self.send(ping(json!(id)));
        self.answers.clear();
        loop {
            match self.session.next() {
                answer if answer["id"] == id.as_str() => return,
                other => self.answers.push(other),
            }
        }
    }

    /// Ends the session; the place, in which the log then verifies.
    fn end(self) -> (Place, Ended) {
        let ended = self.session.end();
        assert_eq!(ended.code(), 0, "{:?}: {}", self.sdk, ended.errors);
        self.place.ok(["log", "verify"]);
        (self.place, ended)
    }
}

/// What the server says that it has executed.
fn executed(place: &Place) -> Calls {
    let text = fs::read_to_string(place.path().join("executed")).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let calls: Vec<Value> = lines.collect();
    count(calls.iter().map(|call| (&call[0], &call[1])))
}

/// The signed calls in the log.
fn signed(place: &Place) -> Calls {
    let records = audit(place);
    let calls = records.iter().filter(|record| record["v"] == 1);
    count(calls.map(of_receipt))
}

/// The calls of which the log says that they were executed.
fn co_signed(place: &Place) -> Calls {
    let records = audit(place);
    let executed = records
        .iter()
        .filter(|record| record["response"]["outcome"]["status"] == "executed")
        .map(|record| &record["agent_receipt"]);
    for receipt in executed.clone() {
        let is_it = |record: &&Value| record["sig"] == receipt["sig"];
        assert_eq!(records.iter().filter(is_it).count(), 1, "{receipt}");
    }
    count(executed.map(of_receipt))
}

fn of_receipt(receipt: &Value) -> (&Value, &Value) {
    let action = &receipt["action"];
    (&action["tool"], &action["params"]["note"])
}

const HELLO: &str = r#"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

fn start(
    place: &Place,
    target: &str,
    sdks: &Sdks,
    flags: &[&str],
    environment: &[(&str, &str)],
) -> Session {
    let mut variables: Vec<(&str, &str)> = environment.to_vec();
    let own = sdks.environment();
    variables.extend(
        own.iter()
            .map(|(name, value)| (*name, value.to_str().unwrap())),
    );
    let executed = place.path().join("executed");
    variables.push(("EXECUTED", executed.to_str().unwrap()));
    let args = [
        "--target",
        target,
        "--key",
        "agent",
        "--server-key",
        "server",
    ];
    Session::start_with(place, args.iter().chain(flags), &variables)
}

fn note(text: &str) -> String {
    json!({ "note": text }).to_string()
}

fn one(tool: &str, note: &str) -> Calls {
    count([(&json!(tool), &json!(note))])
}

#[test]
fn hostile_messages_execute_in_neither_sdk_e1_e2_e3() {
    let Some(sdks) = Sdks::find() else { return };
    for sdk in BOTH {
        let mut bank = Bank::with_policy(&sdks, sdk, ONLY_ECHO);
        let corpus = hostile_messages::all();
        for (_, message, _) in &corpus {
            bank.send(message);
        }
        bank.send(format!("[{}]", call_with(1, "delete_all", "{}")));
        bank.catch_up();
        for answer in &bank.answers {
            let single = std::slice::from_ref(answer);
            let all = answer.as_array().map_or(single, Vec::as_slice);
            // Or the server complains about a line without anything in it.
            let is_refusal =
                |one: &Value| one["error"].is_object() || one["method"] == "notifications/message";
            assert!(all.iter().all(is_refusal), "{sdk:?}: {answer}");
        }
        assert!(bank.answers.len() >= corpus.len());
        let said: Value = bank.call(2, "echo", &note("control"));
        assert_eq!(said["result"]["content"][0]["text"], "done", "{sdk:?}");
        assert_eq!(executed(&bank.place), one("echo", "control"), "{sdk:?}");
        assert_eq!(signed(&bank.place), executed(&bank.place));
        assert_eq!(co_signed(&bank.place), executed(&bank.place));
        let (place, _) = bank.end();
        assert_eq!(verified(&place), 2);
    }
}

#[test]
fn the_recorded_bypass_executes_in_neither_sdk_e1_e2() {
    let Some(sdks) = Sdks::find() else { return };
    let file = recorded::file("proxy");
    let mut cases = recorded::cases(&file).iter();
    let case = cases.find(|case| case["name"] == "policy-bypass").unwrap();
    let ours = |text: &str| text.replace("\"rm\"", "\"delete_all\"");
    let policy = case["policy"]
        .as_str()
        .unwrap()
        .replace("tool: rm", "tool: delete_all");
    assert!(policy.contains("delete_all"));
    for sdk in BOTH {
        let mut bank = Bank::with_policy(&sdks, sdk, &policy);
        for line in case["stdin"].as_array().unwrap() {
            bank.send(ours(line.as_str().unwrap()));
        }
        bank.catch_up();
        bank.call(100, "echo", &note("control"));
        assert_eq!(executed(&bank.place), one("echo", "control"), "{sdk:?}");
        assert_eq!(signed(&bank.place), executed(&bank.place));
        bank.end();
    }
}

#[test]
fn what_the_sdks_execute_is_what_the_log_says_was_executed() {
    let Some(sdks) = Sdks::find() else { return };
    for sdk in BOTH {
        let mut bank = Bank::open(&sdks, sdk, &[]);
        let mut random = Documents::new(first_seed());
        let honest = |id: u64, text: &str| call_with(id, "echo", &note(text)).into_bytes();
        for round in 0..800 * torture() {
            let call = honest(10 * round + 3, &format!("note {round}"));
            let second = honest(10 * round + 4, "second");
            let message = damaged_messages::damaged(&mut random, call, &second);
            bank.send(message);
            if round % 50 == 0 {
                bank.catch_up();
            }
        }
        // A ping may be answered before the calls that came with it, and what is not
        // answered when the input ends may never be.
        for _ in 0..1000 {
            bank.catch_up();
            if executed(&bank.place) == co_signed(&bank.place) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let (place, _) = bank.end();
        let (executed, signed) = (executed(&place), signed(&place));
        let co_signed = co_signed(&place);
        let alone = |of: &Calls, other: &Calls| {
            let missing = of
                .iter()
                .filter(|(call, times)| other.get(*call) != Some(times));
            missing.map(|(call, _)| call.1.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            alone(&executed, &co_signed),
            [""; 0],
            "{sdk:?}: not in the log"
        );
        assert_eq!(
            alone(&co_signed, &executed),
            [""; 0],
            "{sdk:?}: not executed"
        );
        for (call, times) in &executed {
            assert!(
                signed.get(call).is_some_and(|stored| stored >= times),
                "{call:?}"
            );
        }
        let sum: usize = executed.values().sum();
        assert!(sum > 100, "{sdk:?}: {sum}");
        verified(&place);
    }
}

#[test]
fn digits_places_and_limits_are_kept_in_both_sdks_e4_e5_e6_e7() {
    let Some(sdks) = Sdks::find() else { return };
    const LIMITED: &str = "
version: 1
name: limited
default_action: deny
rules:
 - {id: echo, match: {tool: echo}, action: allow}
 - {id: rare, match: {tool: delete_all}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}
";
    for sdk in BOTH {
        let mut bank = Bank::with_policy(&sdks, sdk, LIMITED);
        let numbers = ["9007199254740993", "123456789012345678901234567890"];
        for (id, number) in (1..).zip(numbers) {
            let said = bank.call(id, "echo", &format!(r#"{{"note":{number}}}"#));
            assert_eq!(said["result"]["content"][0]["text"], "done", "{number}");
        }
        let text = fs::read_to_string(bank.place.path().join("executed")).unwrap();
        match sdk {
            Sdk::Python => {
                let lines = numbers.map(|number| format!("[\"echo\", {number}]\n"));
                assert_eq!(text, lines.concat());
            }
            // Numbers are doubles there.
            Sdk::TypeScript => assert_eq!(
                text,
                "[\"echo\",9007199254740992]\n[\"echo\",1.2345678901234568e+29]\n"
            ),
        }
        for meta in ["\"text\"", "null", "[]"] {
            let answer = bank.session.ask(format!(
                r#"{{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{{"name":"echo","arguments":{{}},"_meta":{meta}}}}}"#
            ));
            assert_eq!(answer["error"]["code"], -32600, "{meta}");
        }
        let answers = (10..16).map(|id| bank.call(id, "delete_all", &note("rare")));
        let refused = answers.filter(|answer| !answer["error"].is_null()).count();
        assert_eq!(refused, 4, "{sdk:?}");
        let rare = ("delete_all".to_owned(), "\"rare\"".to_owned());
        assert_eq!(executed(&bank.place)[&rare], 2);
        let counts = |calls: Calls| calls.values().sum::<usize>();
        assert_eq!(counts(executed(&bank.place)), 4);
        assert_eq!(counts(signed(&bank.place)), 4);
        assert_eq!(counts(co_signed(&bank.place)), 4);
        let (place, _) = bank.end();
        assert_eq!(verified(&place), 8);
        let kinds = kinds(&place);
        let violations = kinds.iter().filter(|kind| *kind == "policy_violation");
        assert_eq!(violations.count(), 4, "{kinds:?}");
    }
}

#[test]
fn without_a_usable_log_neither_sdk_executes_anything_d5() {
    let Some(sdks) = Sdks::find() else { return };
    for sdk in BOTH {
        // It cannot be opened.
        let unusable = place();
        fs::write(unusable.home().join("audit"), "a file").unwrap();
        let mut session = start(&unusable, &sdks.bank(sdk), &sdks, &[], &[]);
        let mut input = session.take_input();
        let _ = std::io::Write::write_all(&mut input, HELLO.as_bytes());
        drop(input);
        let ended = session.wait();
        assert_eq!(ended.code(), 3, "{}", ended.errors);
        assert!(ended.lines.is_empty() && !unusable.path().join("executed").exists());

        // The disk is full, and after a while it is not.
        let mut bank = Bank::open(&sdks, sdk, &[]);
        bank.call(1, "echo", &note("before"));
        limit_files(&bank.session, "20000");
        let long = "x".repeat(500);
        let mut id = 2;
        while bank.call(id, "echo", &note(&long))["error"].is_null() {
            id += 1;
        }
        let answer = bank.call(1000, "echo", &note(&"y".repeat(3000)));
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        assert_eq!(answer["error"]["data"]["code"], "evidence_not_stored");
        bank.catch_up();
        limit_files(&bank.session, "unlimited");
        bank.call(1001, "echo", &note("after"));
        // The log is put away, and comes back.
        let (log, away) = (
            bank.place.home().join("audit"),
            bank.place.home().join("away"),
        );
        fs::rename(&log, &away).unwrap();
        fs::write(&log, "a file").unwrap();
        let answer = bank.call(1002, "echo", &note("lost"));
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        fs::remove_file(&log).unwrap();
        fs::rename(&away, &log).unwrap();
        let answer = bank.call(1003, "echo", &note("found"));
        assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");

        let ran = executed(&bank.place);
        let long = ("echo".to_owned(), json!(long).to_string());
        assert_eq!(ran[&long], id as usize - 2, "{sdk:?}");
        assert_eq!(ran.values().sum::<usize>(), id as usize + 1);
        assert_eq!(signed(&bank.place), ran);
        let (place, ended) = bank.end();
        assert!(
            ended.errors.contains("could not be stored"),
            "{}",
            ended.errors
        );
        verified(&place);

        // Its end is torn.
        let segment = fs::read_dir(place.home().join("audit")).unwrap();
        let segment = segment.map(|entry| entry.unwrap().path());
        let segment = segment.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
        let segment = segment.max().unwrap();
        let torn = [
            fs::read(&segment).unwrap(),
            b"{\"receipt\":{\"acti".to_vec(),
        ]
        .concat();
        fs::write(&segment, torn).unwrap();
        fs::remove_file(place.path().join("executed")).unwrap();
        let before = audit_of_whole_lines(&segment);
        let mut bank = Bank::open_in(place, &sdks, sdk, &[]);
        bank.call(1, "echo", &note("next"));
        assert_eq!(executed(&bank.place), one("echo", "next"));
        let (place, _) = bank.end();
        assert_eq!(audit(&place).len(), before + 2);
        verified(&place);
    }
}

fn audit_of_whole_lines(segment: &std::path::Path) -> usize {
    let text = fs::read_to_string(segment).unwrap();
    text.lines().filter(|line| line.ends_with('}')).count()
}

#[test]
fn keys_with_two_passphrases_serve_real_servers_and_stay_from_them_k11() {
    let Some(sdks) = Sdks::find() else { return };
    let locked = Place::new();
    import(
        &locked,
        "agent",
        &[1; 32],
        Protection::Passphrase("first secret"),
    );
    import(
        &locked,
        "server",
        &[2; 32],
        Protection::Passphrase("second secret"),
    );
    let agent = ("SIGNET_PASSPHRASE_AGENT", "first secret");
    let server = ("SIGNET_PASSPHRASE_SERVER", "second secret");
    let others = [("OPENAI_API_KEY", "third secret"), ("PLAIN", "no matter")];
    let targets = [sdks.bank(Sdk::Python), sdks.bank(Sdk::TypeScript)];
    for (id, target) in (1..).zip(&targets) {
        // One passphrase for both opens only one.
        let common = ("SIGNET_PASSPHRASE", "first secret");
        let ended = start(&locked, target, &sdks, &[], &[common]).wait();
        assert_ne!(ended.code(), 0);
        assert!(!ended.errors.contains("secret"), "{}", ended.errors);

        let mut session = start(&locked, target, &sdks, &[], &[agent, server]);
        session.ask(HELLO);
        session.send(INITIALIZED);
        let answer = session.ask(call_with(id, "echo", &note("locked")));
        assert_eq!(answer["result"]["content"][0]["text"], "done", "{answer}");
        assert_eq!(session.end().code(), 0);
        let executed = fs::read_to_string(locked.path().join("executed")).unwrap();
        assert_eq!(executed.lines().count(), id as usize);
    }
    // A server that tells its environment.
    let target = sdks.reference("everything");
    let environment = [agent, server, others[0], others[1]];
    let mut session = start(&locked, &target, &sdks, &[], &environment);
    session.ask(HELLO);
    session.send(INITIALIZED);
    session.send(call_with(1, "get-env", "{}"));
    // It says more than it is asked.
    let mut said = std::iter::repeat_with(|| session.next());
    let answer = said.find(|message| message["id"] == 1).unwrap();
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("no matter") && text.contains("SIGNET_HOME"),
        "{text}"
    );
    assert!(
        !text.contains("secret") && !text.contains("PASSPHRASE"),
        "{text}"
    );
    assert_eq!(session.end().code(), 0);
    assert_eq!(verified(&locked), 6);
    locked.ok(["log", "verify"]);
}
