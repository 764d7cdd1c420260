//! `signet explore`: against the published command line where it is here, and by
//! what must be in it where it is not.

use serde_json::{Value, json};

use crate::documentation::assert_documented;
use crate::program::Place;
use crate::recorded_logs::{self, OwnLog, run, run_with};
use crate::terminal::on_terminal;

/// What the published command line prints on standard output for these
/// arguments, and its exit code; `None` when it is not here.
fn published(place: &Place, args: &[&str]) -> Option<(i64, String)> {
    let output = place.published()?.args(args).output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    Some((output.status.code().unwrap_or(-1).into(), stdout))
}

#[test]
fn lists_and_records_look_as_published() {
    let place = recorded_logs::mixed();
    let mut runs: Vec<Vec<String>> = [
        "explore",
        "explore --tail 3",
        "explore --tail 0",
        "explore --tool R",
        "explore --tool zzz",
        "explore --signer agent --tool Edit",
        "explore --trace none",
        "explore --since 1h",
        "explore --full",
        "explore --show 0",
        "explore --show 10",
        "explore --show 3 --tool i",
        "explore --decrypt-params",
        "explore --since 1m",
    ]
    .iter()
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .collect();
    for number in 1..=9 {
        let number = number.to_string();
        runs.push(["explore", "--show", &number].map(str::to_owned).to_vec());
        runs.push(
            ["explore", "--full", "--show", &number]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for args in runs {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let Some((exit, stdout)) = published(&place, &args) else {
            return;
        };
        let (ours, said, stderr) = run(&place, &args);
        assert_eq!(
            (ours, said.as_str()),
            (exit, stdout.as_str()),
            "{args:?}: {stderr}"
        );
    }
}

#[test]
fn numbers_are_those_of_the_published_command_line() {
    let place = recorded_logs::mixed();
    let said = place.ok(["explore", "--stats"]);
    for line in [
        "Total records: 9",
        "Unique traces:  0",
        "By outcome:",
        "Policy gate decisions:",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    if let Some((_, theirs)) = published(&place, &["explore", "--stats"]) {
        // Equal counts come in any order there.
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&said), sorted(&theirs));
    }
    let report: Value = serde_json::from_str(&place.ok(["explore", "--stats", "--json"])).unwrap();
    assert_eq!(
        (&report["total"], &report["by_tool"]["Edit"]),
        (&json!(9), &json!(2))
    );
    assert_eq!(
        place.ok(["explore", "--stats", "--tool", "zzz"]),
        "No receipts found.\n"
    );
    assert_eq!(Place::new().ok(["explore"]), "No receipts found.\n");
}

#[test]
fn the_chain_is_shown_with_what_is_wrong() {
    let place = recorded_logs::recorded_log("one-day");
    let said = place.ok(["explore", "--chain"]);
    assert_eq!(
        said,
        "Chain Status\n────────────\nTotal records: 4\nIntegrity:     INTACT\nSignatures:    4/4 valid\n"
    );
    let place = recorded_logs::recorded_log("one-day/change-2nd/receipt.action.tool");
    let said = place.ok(["explore", "--chain"]);
    for line in [
        "Integrity:     BROKEN",
        "  Line:     2\n",
        "Signatures:    3/4 valid, 1 FAILED",
        "2026-03-01.jsonl:2)",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let (exit, said, stderr) = run(&place, &["explore"]);
    assert_eq!(exit, 0);
    let row = said.lines().find(|line| line.contains("Bashx")).unwrap();
    assert!(
        row.contains("BROKEN") && said.matches("linked").count() == 3,
        "{said}"
    );
    assert!(stderr.contains("signet verify --chain"), "{stderr}");
    let report: Value = serde_json::from_str(&place.ok(["explore", "--chain", "--json"])).unwrap();
    assert_eq!(
        (&report["ok"], &report["signatures"]["failed"]),
        (&json!(false), &json!(1))
    );
    assert_documented(["`explore` marks a record as BROKEN"]);
}

#[test]
fn denied_calls_are_not_failed_signatures() {
    let said = recorded_logs::mixed().ok(["explore", "--chain"]);
    assert!(
        said.contains("Signatures:    7/9 valid, 2 denied calls (unsigned by nature)\n"),
        "{said}"
    );
    assert!(!said.contains("failures"), "{said}");
}

#[test]
fn encrypted_params_are_opened_with_the_key_of_this_home() {
    let own = OwnLog::new(Some("pw"));
    own.sealed_call("seal");
    let said = own.place.ok(["explore", "--show", "1"]);
    assert!(
        said.contains("Encrypted params present. Re-run with --decrypt-params"),
        "{said}"
    );
    assert!(!said.contains("s3cr3t"));
    let show = ["explore", "--show", "1", "--decrypt-params"];
    own.place.fails(3, show);
    let (exit, said, stderr) = run_with(&own.place, &show, &[("SIGNET_PASSPHRASE", "pw")]);
    assert_eq!(exit, 0, "{stderr}");
    assert!(
        said.contains(
            "Decrypted params\n────────────────\n{\n  \"n\": 1,\n  \"token\": \"s3cr3t\"\n}\n"
        ),
        "{said}"
    );
    let full = ["explore", "--show", "1", "--decrypt-params", "--full"];
    let (_, said, _) = run_with(&own.place, &full, &[("SIGNET_PASSPHRASE", "pw")]);
    let receipt: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        receipt,
        serde_json::from_slice::<Value>(&own_receipt(&receipt)).unwrap()
    );
    let json = ["explore", "--show", "1", "--decrypt-params", "--json"];
    let (_, said, _) = run_with(&own.place, &json, &[("SIGNET_PASSPHRASE", "pw")]);
    let shown: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        shown["materialized_receipt"]["action"]["params"]["token"],
        "s3cr3t"
    );
    assert_eq!(shown["number"], 1);
}

/// The receipt once it was read strictly, which it must be.
fn own_receipt(receipt: &Value) -> Vec<u8> {
    let text = receipt.to_string();
    let limits = signet::encoding::jcs::Limits::default();
    let reading = signet::encoding::record::Reading::Strict;
    let read = signet::receipt::Receipt::parse(text.as_bytes(), reading, &limits).unwrap();
    read.json().to_vec()
}

#[test]
fn json_lists_what_the_table_lists() {
    let place = recorded_logs::mixed();
    let list: Vec<Value> =
        serde_json::from_str(&place.ok(["explore", "--json", "--tail", "2"])).unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(
        (&list[0]["number"], &list[0]["index"], &list[0]["chain"]),
        (&json!(8), &json!(7), &json!("linked"))
    );
    assert_eq!(place.ok(["explore", "--json", "--tool", "zzz"]), "[]\n");
    let (exit, ..) = run(&place, &["explore", "--tail", "-1"]);
    assert_eq!(exit, 2);
}

#[test]
fn a_record_in_full_cannot_steer_the_terminal() {
    let place = Place::with_agent();
    let tool = "x\u{9b}2J\u{202e}\u{7f}";
    place.ok([
        "sign", "--key", "agent", "--tool", tool, "--params", "{}", "--target", "t",
    ]);
    for args in ["explore --show 1 --full", "audit --json", "claude audit"] {
        let (exit, shown) = on_terminal(&place, args, &[]);
        assert_eq!(exit, 0);
        assert!(
            !shown.contains(['\u{9b}', '\u{202e}', '\u{7f}']),
            "{args}: {shown:?}"
        );
        assert!(shown.contains("9b"), "{args}: {shown:?}");
    }
    // It is the same JSON, and away from a terminal the same bytes.
    let (_, shown) = on_terminal(&place, "explore --show 1 --full", &[]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["action"]["tool"], tool);
    assert!(place.ok(["audit", "--json"]).contains(tool));
}
