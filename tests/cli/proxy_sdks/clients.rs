//! Clients of the official SDKs on one side of the proxy, reference servers on the
//! other: nobody notices that it is there.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::recording::{
    Recording, assert_alike, comparable, lines, message, receipts, recorder, response_hashes,
};
use super::steps::{self, MANY, READS};
use super::{Sdk, Sdks};
use crate::program::Place;
use crate::proxy_session::{audit, place, verified};

/// A client that takes this long has stopped.
const PATIENCE: Duration = Duration::from_secs(240);

/// Runs a client against the server of a command; what came of its steps. What is
/// said on standard error is in the file `errors` then.
fn run(place: &Place, sdks: &Sdks, sdk: Sdk, steps: &Value, command: &[String]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/proxy_clients");
    let script = match sdk {
        Sdk::Python => "client.py",
        Sdk::TypeScript => "client.mjs",
    };
    place.write("steps.json", steps.to_string());
    let errors = fs::File::create(place.path().join("errors")).unwrap();
    let mut child = Command::new(sdk.program())
        .arg(folder.join(script))
        .args(["steps.json", "results.json"])
        .args(command)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", place.path())
        .env("SIGNET_HOME", place.home())
        .envs(sdks.environment())
        .current_dir(place.path())
        .stdin(Stdio::null())
        .stdout(errors.try_clone().unwrap())
        .stderr(errors)
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if start.elapsed() > PATIENCE => {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let errors = fs::read_to_string(place.path().join("errors")).unwrap();
    assert!(status.is_some_and(|status| status.success()), "{errors}");
    assert!(!errors.contains("Traceback"), "{errors}");
    let results = fs::read(place.path().join("results.json")).unwrap();
    fs::remove_file(place.path().join("results.json")).unwrap();
    serde_json::from_slice(&results).unwrap()
}

/// The command of the proxy in front of a server.
fn proxy(target: &str, flags: &[&str]) -> Vec<String> {
    let program = env!("CARGO_BIN_EXE_signet");
    let args = [
        program,
        "proxy",
        "--target",
        target,
        "--key",
        "agent",
        "--server-key",
        "server",
    ];
    args.iter()
        .chain(flags)
        .map(|word| (*word).to_owned())
        .collect()
}

fn joined(words: &[String], more: &str) -> String {
    let mut text: String = words.iter().map(|word| format!("'{word}' ")).collect();
    text.push_str(more);
    text
}

fn split(command: &str) -> Vec<String> {
    let words = command.split(' ').map(|word| word.trim_matches('\''));
    words.map(str::to_owned).collect()
}

/// Takes the steps without and with the proxy, in a folder that looks alike each
/// time, and compares everything. Answers what came of the steps.
fn compared(
    place: &Place,
    sdks: &Sdks,
    sdk: Sdk,
    steps: &Value,
    target: &str,
    set_up: impl Fn(),
) -> Value {
    let [direct, client, server] =
        ["direct", "client", "server"].map(|name| place.path().join(name));
    set_up();
    let command = [recorder(&direct), split(target)].concat();
    let without = run(place, sdks, sdk, steps, &command);
    set_up();
    let behind = proxy(&joined(&recorder(&server), target), &[]);
    let command = [recorder(&client), behind].concat();
    let with = run(place, sdks, sdk, steps, &command);

    // The same came of it, and the same was said.
    let (without, with) = (comparable(without), comparable(with));
    for (without, with) in without
        .as_array()
        .unwrap()
        .iter()
        .zip(with.as_array().unwrap())
    {
        assert_eq!(without, with);
    }
    let [direct, client, server] = [&direct, &client, &server].map(|side| Recording::read(side));
    assert_alike(&direct.requests, &client.requests);
    assert_alike(&direct.responses, &client.responses);
    // The proxy has changed nothing but the calls, and those by a receipt.
    assert!(
        client.responses == server.responses,
        "the server's lines went on changed"
    );
    let receipts = receipts(&client.requests, &server.requests);

    // The log has each receipt, once and in order, and one for each response.
    let records = audit(place);
    let signed = records.iter().filter(|record| record["v"] == 1);
    assert!(signed.eq(&receipts), "{} receipts", receipts.len());
    let hashes = response_hashes(&client.responses);
    let mut answers: HashMap<&str, Vec<&Value>> = HashMap::new();
    for record in &records {
        if let Some(signature) = record["agent_receipt"]["sig"].as_str() {
            answers.entry(signature).or_default().push(record);
        }
    }
    let mut co_signed = 0;
    for receipt in &receipts {
        let id = receipt["action"]["call_id"].as_str().unwrap();
        let id = id.strip_prefix("n:").unwrap();
        let answers = answers.get(receipt["sig"].as_str().unwrap());
        let answers = answers.map_or(&[][..], Vec::as_slice);
        assert!(
            answers
                .iter()
                .all(|answer| answer["agent_receipt"] == *receipt)
        );
        let answers = answers
            .iter()
            .map(|answer| &answer["response"]["content_hash"]);
        let answers: Vec<_> = answers.collect();
        let expected: Vec<_> = hashes.get(id).into_iter().collect();
        assert_eq!(answers, expected, "{receipt}");
        co_signed += answers.len();
    }
    assert_eq!(records.len(), receipts.len() + co_signed);
    let cancelled = |line: &&[u8]| message(line)["method"] == "notifications/cancelled";
    let cancelled = lines(&client.requests)
        .iter()
        .filter(|line| cancelled(line))
        .count();
    assert_eq!(co_signed + cancelled, receipts.len());

    let errors = fs::read_to_string(place.path().join("errors")).unwrap();
    let done = format!("done: {} signed, {co_signed} co-signed", receipts.len());
    assert!(errors.contains(&done), "{done}: {errors}");
    assert!(
        !errors.contains("refused") && !errors.contains("unsigned"),
        "{errors}"
    );

    assert_eq!(verified(place), records.len() as u64);
    place.ok(["log", "verify"]);
    if let Some(mut published) = place.published() {
        published.args(["verify", "--chain"]).assert().success();
    }
    with
}

/// What came of the steps of a kind.
fn results_of<'a>(results: &'a Value, step: &Value) -> Vec<&'a Value> {
    let results = results.as_array().unwrap().iter();
    let results = results.filter(|result| result[0] == *step);
    results.map(|result| &result[1]).collect()
}

fn everything(sdk: Sdk) {
    let Some(sdks) = Sdks::find() else { return };
    let place = place();
    let steps = steps::with_everything();
    let target = sdks.reference("everything");
    let results = compared(&place, &sdks, sdk, &steps, &target, || {});

    // What came of them was not nothing.
    let steps = steps["steps"].as_array().unwrap();
    for (step, result) in steps.iter().zip(results.as_array().unwrap().iter().skip(1)) {
        assert_eq!(*step, result[0]);
    }
    let of = |name: &str| -> Vec<String> {
        let steps = steps
            .iter()
            .filter(|step| step[1] == name || step[0] == name);
        let results = steps.flat_map(|step| results_of(&results, step));
        results.map(Value::to_string).collect()
    };
    assert!(of("trigger-sampling-request")[0].contains("sampled: "));
    assert!(of("trigger-elicitation-request")[0].contains("Name: Ada"));
    assert!(of("get-roots-list")[0].contains("file:///a"));
    assert!(of("get-roots-list")[1].contains("file:///c"));
    assert!(of("get-structured-content")[0].contains("\"structuredContent\":{"));
    assert!(of("get-tiny-image")[0].contains("\"image/png\""));
    assert!(of("complete")[0].contains("\"Alice\""));
    let many: Value = serde_json::from_str(&of("many")[0]).unwrap();
    let many = many.as_array().unwrap();
    assert_eq!(many.len(), MANY);
    for (number, result) in many.iter().enumerate() {
        let expected = match number % 2 {
            0 => format!("Echo: message {number}"),
            _ => format!("The sum of {number} and 0.5 is {number}.5."),
        };
        assert_eq!(result["content"][0]["text"], expected);
    }
    let methods: Vec<_> = lines(&fs::read(place.path().join("client/out")).unwrap())
        .into_iter()
        .filter_map(|line| Some(message(line)["method"].as_str()?.to_owned()))
        .collect();
    for method in [
        "sampling/createMessage",
        "elicitation/create",
        "roots/list",
        "notifications/progress",
        "notifications/message",
        "notifications/resources/updated",
        "notifications/resources/list_changed",
        "notifications/tools/list_changed",
    ] {
        assert!(
            methods.iter().any(|other| other == method),
            "{method}: {methods:?}"
        );
    }
}

#[test]
fn the_python_client_and_the_everything_server_do_not_notice_the_proxy() {
    everything(Sdk::Python);
}

#[test]
fn the_typescript_client_and_the_everything_server_do_not_notice_the_proxy() {
    everything(Sdk::TypeScript);
}

fn files(sdk: Sdk) {
    let Some(sdks) = Sdks::find() else { return };
    let place = place();
    let folder = place.path().join("data");
    let plain: String = (1..100).map(|number| format!("line {number}\n")).collect();
    let set_up = || {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), bytes).unwrap();
        write("plain.txt", plain.as_bytes());
        write(
            "odd.txt",
            "\u{feff}zwölf \u{2028} 😀\r\n\u{0}\u{7f}\u{1b}[0m\n\"\\".as_bytes(),
        );
        write("image.png", b"\x89PNG\r\n\x1a\n\x00\xff");
        write("sound.wav", b"RIFF\x00\xfe");
        let large: Vec<u8> = (0..1_500_000_u32)
            .map(|at| (at.wrapping_mul(at) >> 7) as u8)
            .collect();
        write("large.bin", &large);
    };
    let steps = steps::with_files(&folder);
    let target = format!("{} '{}'", sdks.reference("filesystem"), folder.display());
    let results = compared(&place, &sdks, sdk, &steps, &target, set_up);

    let of = |index: usize| results_of(&results, &steps["steps"][index])[0];
    assert_eq!(of(3)["content"][0]["text"], plain);
    assert_eq!(of(3)["structuredContent"]["content"], plain);
    assert_eq!(of(6)["content"][0]["type"], "image");
    assert_eq!(of(7)["content"][0]["type"], "audio");
    assert!(of(8)["content"][0].to_string().len() > 1_900_000);
    assert_eq!(of(10)["isError"], true);
    assert!(of(12)["content"][0]["text"].as_str().unwrap().len() == 1_000_000);
    let many = of(20).as_array().unwrap();
    assert_eq!(many.len(), READS);
    assert!(many.iter().all(|result| result["isError"] != true));
    for number in (2..READS).step_by(4) {
        let text = fs::read_to_string(folder.join(format!("sub/below/{number}.txt"))).unwrap();
        assert_eq!(text, format!("number {number}"));
    }
}

#[test]
fn the_python_client_and_the_filesystem_server_do_not_notice_the_proxy() {
    files(Sdk::Python);
}

#[test]
fn the_typescript_client_and_the_filesystem_server_do_not_notice_the_proxy() {
    files(Sdk::TypeScript);
}

fn refusals_reach(sdk: Sdk) {
    let Some(sdks) = Sdks::find() else { return };
    let place = place();
    place.write(
        "policy.yaml",
        "{version: 1, name: p, rules: [\
            {id: no, match: {tool: get-env}, action: deny, reason: never}, \
            {id: ask, match: {tool: get-sum}, action: require_approval, reason: ask first}]}",
    );
    let path = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    let (log, away) = (path("home/audit"), path("home/away"));
    let steps = json!({
        "roots": [],
        "steps": [
            ["hear", "Roots updated", 1],
            ["call", "get-env", {}],
            ["call", "get-sum", {"a": 1, "b": 2}],
            ["call", "echo", {"message": "allowed"}],
            ["move", log, away],
            ["put", log],
            ["call", "echo", {"message": "not recorded"}],
            ["ping"],
            ["remove", log],
            ["move", away, log],
            ["call", "echo", {"message": "again"}],
            ["many", 40, [["get-env", {}], ["echo", {"message": "message #"}]]],
        ],
    });
    let server = place.path().join("server");
    let target = joined(&recorder(&server), &sdks.reference("everything"));
    let command = proxy(&target, &["--policy", "policy.yaml"]);
    let results = run(&place, &sdks, sdk, &steps, &command);
    // Before the steps came the initialization and a notification.
    let of = |index: usize| &results[index + 2][1];
    let is_error = |result: &Value, code: i64, text: &str| {
        let said = result["error"]["message"].as_str().unwrap_or_default();
        assert!(
            result["error"]["code"] == code && said.ends_with(text),
            "{result}"
        );
    };
    is_error(of(0), -32600, "policy violation: never");
    is_error(of(1), -32600, "requires approval: ask first");
    assert_eq!(of(2)["content"][0]["text"], "Echo: allowed");
    is_error(of(5), -32603, "the call could not be recorded");
    assert_eq!(of(5)["error"]["data"]["code"], "evidence_not_stored");
    assert_eq!(of(9)["content"][0]["text"], "Echo: again");
    for pair in of(10).as_array().unwrap().chunks(2) {
        is_error(&pair[0], -32600, "policy violation: never");
        assert!(pair[1]["content"][0]["text"].is_string(), "{}", pair[1]);
    }
    // Nothing else was executed, and all that was is in the log.
    let records = audit(&place);
    let said = Recording::read(&server).requests;
    let calls = lines(&said).into_iter().map(message);
    let calls: Vec<_> = calls
        .filter(|message| message["method"] == "tools/call")
        .collect();
    assert_eq!(calls.len(), 22);
    assert!(calls.iter().all(|call| call["params"]["name"] == "echo"));
    let signed = records.iter().filter(|record| record["v"] == 1);
    assert!(signed.eq(calls.iter().map(|call| &call["params"]["_meta"]["_signet"])));
    let count =
        |is_kind: &dyn Fn(&Value) -> bool| records.iter().filter(|one| is_kind(one)).count();
    assert_eq!(count(&|record| record["v"] == 3), 22);
    assert_eq!(count(&|record| record["type"] == "policy_violation"), 22);
    assert_eq!(verified(&place), 44);
    place.ok(["log", "verify"]);
}

#[test]
fn refusals_reach_the_python_client_as_errors_d5() {
    refusals_reach(Sdk::Python);
}

#[test]
fn refusals_reach_the_typescript_client_as_errors_d5() {
    refusals_reach(Sdk::TypeScript);
}

#[test]
fn a_task_is_signed_where_it_is_called_and_its_result_comes_later() {
    let Some(sdks) = Sdks::find() else { return };
    let place = place();
    let steps = json!({
        "roots": [],
        "steps": [
            ["hear", "Roots updated", 1],
            ["task", "simulate-research-query", {"topic": "receipts"}],
        ],
    });
    let [client, server] = ["client", "server"].map(|name| place.path().join(name));
    let target = joined(&recorder(&server), &sdks.reference("everything"));
    let command = [recorder(&client), proxy(&target, &["--grace", "0"])].concat();
    let results = run(&place, &sdks, Sdk::TypeScript, &steps, &command);
    let result = results[2][1].to_string();
    assert!(result.contains("Research Report: receipts"), "{result}");

    // This server keeps finished tasks for so long that it has to be ended.
    let (client, server) = (Recording::read(&client), Recording::of(&server));
    assert!(client.responses == server.responses);
    let receipts = receipts(&client.requests, &server.requests);
    let records = audit(&place);
    assert_eq!((receipts.len(), records.len()), (1, 2));
    assert_eq!(records[0], receipts[0]);
    assert_eq!(records[1]["agent_receipt"], receipts[0]);
    // What is co-signed is the task that was made of the call.
    let id = receipts[0]["action"]["call_id"].as_str().unwrap();
    let hash = &response_hashes(&client.responses)[id.strip_prefix("n:").unwrap()];
    assert_eq!(records[1]["response"]["content_hash"], **hash);
    assert_eq!(verified(&place), 2);
}
