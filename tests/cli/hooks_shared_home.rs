//! Hooks on a home that others write to: this program, the published one, and its
//! JavaScript hooks, which lock in another way.

use std::process::{Command, Stdio};

use crate::agents::{after, goes_on, hook, place_with, records};
use crate::program::published;
use crate::recorded::vectors::skip;

#[test]
fn hooks_and_the_published_program_lose_nothing_of_each_other_d6() {
    let place = place_with("claude-agent");
    let Some(published) = published() else { return };
    let rounds = 40;
    let theirs = |number: usize| {
        let said = Command::new(&published)
            .args([
                "sign",
                "--key",
                "claude-agent",
                "--tool",
                "theirs",
                "--target",
                "t",
            ])
            .args(["--params", &format!("{{\"n\":{number}}}")])
            .env("SIGNET_HOME", place.home())
            .output()
            .unwrap();
        assert!(said.status.success(), "{said:?}");
    };
    // One after the other, then both at the same time.
    for number in 0..rounds {
        theirs(number);
        goes_on(&hook(&place, "claude-code", after("ours")));
    }
    std::thread::scope(|scope| {
        scope.spawn(|| (0..rounds).for_each(theirs));
        for _ in 0..rounds {
            assert_eq!(goes_on(&hook(&place, "claude-code", after("ours"))), "");
        }
    });
    let records = records(&place.home());
    let of = |tool: &str| {
        records
            .iter()
            .filter(|record| record["action"]["tool"] == tool)
            .count()
    };
    assert_eq!((of("theirs"), of("Bash")), (2 * rounds, 2 * rounds));
    let chain = Command::new(&published)
        .args(["verify", "--chain"])
        .env("SIGNET_HOME", place.home())
        .output()
        .unwrap();
    assert!(chain.status.success(), "{chain:?}");
}

#[test]
fn hooks_and_the_javascript_hooks_lose_nothing_of_each_other_d6() {
    if !Command::new("node")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return skip("node does not run");
    }
    let place = place_with("claude-agent");
    goes_on(&hook(&place, "claude-code", after("first")));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/hook_writer.mjs");
    let today = signet::encoding::rfc3339::Instant::now().date_text();
    let theirs = Command::new("node")
        .arg(script)
        .arg(place.home().join("audit").join(format!("{today}.jsonl")))
        .args(["hook", "20", "10"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..30 {
        assert_eq!(goes_on(&hook(&place, "claude-code", after("ours"))), "");
    }
    let said = String::from_utf8(theirs.wait_with_output().unwrap().stdout).unwrap();
    let wrote = said
        .lines()
        .filter(|line| line.starts_with("wrote "))
        .count();
    assert_eq!(wrote, 20, "{said}");
    let lines: Vec<String> = std::fs::read_dir(place.home().join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let ours = lines
        .iter()
        .filter(|line| line.contains("\"tool\":\"Bash\""))
        .count();
    assert_eq!((ours, lines.len()), (31, 51));
}

#[test]
fn a_lock_file_that_a_killed_hook_left_behind_costs_no_record_d6() {
    let place = place_with("claude-agent");
    let today = signet::encoding::rfc3339::Instant::now().date_text();
    let lock = place.home().join(format!("audit/{today}.jsonl.lock"));
    std::fs::create_dir_all(place.home().join("audit")).unwrap();
    let file = std::fs::File::create(&lock).unwrap();
    // While it may still be held the record waits beside the log.
    let said = goes_on(&hook(&place, "claude-code", after("first")));
    assert!(said.contains("unlogged.jsonl"), "{said}");
    assert_eq!(records(&place.home()).len(), 0);
    // The JavaScript hooks take it for abandoned after 30 seconds.
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    file.set_modified(then).unwrap();
    assert_eq!(goes_on(&hook(&place, "claude-code", after("second"))), "");
    let records = records(&place.home());
    let commands: Vec<_> = records
        .iter()
        .map(|record| &record["action"]["params"]["command"])
        .collect();
    assert_eq!(commands, ["first", "second"]);
}
