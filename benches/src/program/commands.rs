//! Hooks and commands, a process for each.

use std::fs;
use std::path::{Path, PathBuf};

use crate::inputs;
use crate::program::home::KEY;
use crate::program::process::{Run, race};
use crate::program::{Home, PEER, Programs, Turns};
use crate::table::Row;

/// What an agent may wait for a hook, in nanoseconds.
const HOOK_LIMIT: f64 = 20e6;
const TARGET: &str = "claude-code://local";
const ROUNDS: usize = 41;

/// What the hooks, `sign`, `verify` and the start of the program cost.
pub fn rows(programs: &Programs, scratch: &Path, rows: &mut Vec<Row>) {
    let field = Field::new(programs, scratch);
    let mut race = Named::default();
    field.enter_starts(&mut race);
    field.enter_hooks(&mut race);
    field.enter_gates(&mut race);
    field.enter_commands(&mut race);
    let turns = race.run();
    let names = &race.names;
    let at = |name: &str| names.iter().position(|known| known == name);
    let mut add = |operation: &str, ours: &str, other: &str, label: &str, is_cpu: bool| {
        if let (Some(ours), Some(other)) = (at(ours), at(other)) {
            let race = match is_cpu {
                true => &turns.cpu,
                false => &turns.wall,
            };
            rows.push(Row::of_ratio(race, operation, ours, other, label, None));
        }
    };
    let peer = |what: &str| format!("{PEER} {what}");

    add(
        "start: signet --version",
        "start",
        "true",
        "/bin/true",
        false,
    );
    add(
        "start: signet --version",
        "start",
        "peer start",
        &peer("--version"),
        false,
    );
    for (size, title) in [
        ("", "an empty log"),
        (" 10k", "10,000 records"),
        (" 200k", "200,000 records"),
    ] {
        let (ours, fast) = (format!("hook{size}"), format!("hook --no-sync{size}"));
        let operation = format!("hook after a call, {title}");
        let quick = format!("hook --no-sync, {title}");
        let (sign, script) = (format!("peer sign{size}"), format!("peer script{size}"));
        for (operation, ours) in [(&operation, &ours), (&quick, &fast)] {
            add(operation, ours, "true", "/bin/true", false);
            add(operation, ours, "start", "signet --version", false);
            add(operation, ours, &sign, &peer("sign (no sync)"), false);
            add(operation, ours, &script, &peer("script (no sync)"), false);
        }
        add(&format!("{quick}, CPU"), &fast, &sign, &peer("sign"), true);
        add(
            &format!("{quick}, CPU"),
            &fast,
            &script,
            &peer("script"),
            true,
        );
    }
    for (operation, ours) in [
        ("hook before a call, policy of 10 rules", "gate"),
        ("hook before a call, rate limit", "gate limited"),
    ] {
        add(operation, ours, "true", "/bin/true", false);
        add(operation, ours, "start", "signet --version", false);
        add(operation, ours, "peer policy", &peer("policy check"), false);
        add(
            &format!("{operation}, CPU"),
            ours,
            "peer policy",
            &peer("policy check"),
            true,
        );
    }
    for (operation, ours, other) in [
        ("sign", "sign", "peer sign call"),
        ("sign --no-log", "sign --no-log", "peer sign --no-log"),
        ("verify", "verify", "peer verify"),
    ] {
        let label = match operation {
            "sign" => peer("sign (no sync)"),
            _ => peer(operation),
        };
        add(&format!("signet {operation}"), ours, other, &label, false);
        add(
            &format!("signet {operation}, CPU"),
            ours,
            other,
            &label,
            true,
        );
    }
    for (operation, ours) in [
        ("hook after a call, an empty log", "hook"),
        ("hook after a call, 10,000 records", "hook 10k"),
        ("hook after a call, 200,000 records", "hook 200k"),
        ("hook before a call, policy of 10 rules", "gate"),
        ("hook before a call, rate limit", "gate limited"),
    ] {
        let ours = at(ours).expect("it ran");
        rows.push(Row::of_limit(&turns.wall, operation, ours, HOOK_LIMIT));
    }
}

/// Candidates by name.
#[derive(Default)]
struct Named {
    names: Vec<String>,
    runs: Vec<Run>,
}

impl Named {
    fn enter(&mut self, name: &str, run: Run) {
        self.names.push(name.to_owned());
        self.runs.push(run);
    }

    fn run(&self) -> Turns {
        race(ROUNDS, &self.runs)
    }
}

/// Homes of every kind.
struct Field<'a> {
    programs: &'a Programs,
    scratch: &'a Path,
    /// Their length, whose hooks wait for the disk, and whose do not: what one
    /// leaves in memory the other would have to sync.
    logs: Vec<(&'static str, Home, Home)>,
    empty: Home,
    peer_empty: Home,
    peer_long: Home,
    params: String,
}

impl Field<'_> {
    fn new<'a>(programs: &'a Programs, scratch: &'a Path) -> Field<'a> {
        let empty = Home::new(&programs.ours, scratch.join("empty"));
        let sibling = |name: &str| empty.with_same_key(scratch.join(name));
        let mut logs = Vec::new();
        for (size, count) in [("", 0), (" 10k", 10_000), (" 200k", 200_000)] {
            let home = |how: &str| {
                let home = sibling(&format!("hooks-{how}-{count}"));
                home.fill(count);
                home
            };
            logs.push((size, home("sync"), home("no-sync")));
        }
        let (peer_empty, peer_long) = (sibling("peer-empty"), sibling("peer-long"));
        peer_long.take_records_of(&logs[1].1);
        Field {
            programs,
            scratch,
            logs,
            empty,
            peer_empty,
            peer_long,
            params: inputs::prose(250),
        }
    }

    fn enter_starts(&self, race: &mut Named) {
        race.enter("true", Run::new(Path::new("/bin/true"), &[]));
        race.enter("start", self.ours(&["--version"], &self.empty));
        if let Some(peer) = &self.programs.peer {
            let run = Run::new(peer, &["--version"]).at(&self.peer_empty);
            race.enter("peer start", run);
        }
    }

    fn enter_hooks(&self, race: &mut Named) {
        let input = self.hook_input("PostToolUse");
        let input = input.as_str();
        for (size, home, other_home) in &self.logs {
            let hook = self.ours(&["hook", "claude-code"], home).reading(input);
            assert!(hook.try_out().is_empty(), "nothing is said to the agent");
            let quick = self.ours(&["hook", "claude-code", "--no-sync"], other_home);
            race.enter(&format!("hook{size}"), hook);
            race.enter(&format!("hook --no-sync{size}"), quick.reading(input));
        }
        let Some(peer) = &self.programs.peer else {
            return;
        };
        for (size, home) in [("", &self.peer_empty), (" 10k", &self.peer_long)] {
            let sign = [
                "sign",
                "--key",
                KEY,
                "--tool-from-env",
                "TOOL_NAME",
                "--params-from-env",
                "TOOL_INPUT",
                "--target",
                TARGET,
            ];
            let as_hook = |run: Run| {
                run.at(home)
                    .with("TOOL_NAME", "Write")
                    .with("TOOL_INPUT", &self.params)
            };
            let sign = as_hook(Run::new(peer, &sign));
            sign.try_out();
            race.enter(&format!("peer sign{size}"), sign);
            let script = installed_script(peer, home);
            let script = script.to_str().expect("a path in UTF-8");
            let script = as_hook(Run::new(Path::new("/bin/bash"), &[script]));
            let before = home.record_count();
            script.try_out();
            // It would not say if it had failed.
            assert_eq!(home.record_count(), before + 1, "{}", home.path().display());
            race.enter(&format!("peer script{size}"), script);
        }
    }

    fn enter_gates(&self, race: &mut Named) {
        let input = self.hook_input("PreToolUse");
        let allow = self.policy("allow.yaml", "");
        let limited = self.policy(
            "limited.yaml",
            "    rate_limit: { max_calls: 100000, window_seconds: 3600 }\n",
        );
        for (name, policy) in [("gate", &allow), ("gate limited", &limited)] {
            let gate = self
                .ours(&["hook", "claude-code", "--policy", policy], &self.empty)
                .reading(&input);
            assert!(
                gate.try_out().is_empty(),
                "the policy lets the call through"
            );
            race.enter(name, gate);
        }
        if let Some(peer) = &self.programs.peer {
            let check = [
                "policy",
                "check",
                &allow,
                "--tool",
                "Write",
                "--params",
                &self.params,
            ];
            let check = Run::new(peer, &check).at(&self.peer_empty);
            check.try_out();
            race.enter("peer policy", check);
        }
    }

    fn enter_commands(&self, race: &mut Named) {
        let call = [
            "sign",
            "--key",
            KEY,
            "--tool",
            "Write",
            "--params",
            &self.params,
            "--target",
            TARGET,
        ];
        let unlogged = [call.as_slice(), &["--no-log"]].concat();
        let receipt = self.ours(&unlogged, &self.empty).try_out();
        let file = self.file("receipt.json", &receipt);
        let verify = ["verify", &file, "--pubkey", KEY];
        let peer = self.programs.peer.as_ref();
        for (name, peer_name, arguments) in [
            ("sign", "peer sign call", call.as_slice()),
            ("sign --no-log", "peer sign --no-log", &unlogged),
            ("verify", "peer verify", &verify),
        ] {
            let run = self.ours(arguments, &self.empty);
            run.try_out();
            race.enter(name, run);
            if let Some(peer) = peer {
                let run = Run::new(peer, arguments).at(&self.peer_empty);
                run.try_out();
                race.enter(peer_name, run);
            }
        }
    }

    fn ours(&self, arguments: &[&str], home: &Home) -> Run {
        Run::new(&self.programs.ours, arguments).at(home)
    }

    /// What Claude Code tells about a call.
    fn hook_input(&self, event: &str) -> String {
        let response = match event {
            "PostToolUse" => {
                r#","tool_response":{"filePath":"/srv/reports/2026-Q3.txt","success":true}"#
            }
            _ => "",
        };
        format!(
            r#"{{"session_id":"3f6c1a52-0f6e-4c29-9f0e-5a3b8d7e1c44","transcript_path":"/home/zoe/.claude/projects/reports/3f6c1a52.jsonl","cwd":"/srv/reports","permission_mode":"default","hook_event_name":"{event}","tool_name":"Write","tool_input":{}{response},"tool_use_id":"toolu_01A7bQ9sW3"}}"#,
            self.params
        )
    }

    /// A policy whose last rule is the one about the call.
    fn policy(&self, name: &str, limit: &str) -> String {
        let mut text = String::from("version: 1\nname: files\ndefault_action: deny\nrules:\n");
        for number in 1..10 {
            text.push_str(&format!(
                "  - id: no-{number}\n    match: {{ tool: Bash, params: {{ command: {{ contains: 'rm -{number}' }} }} }}\n    action: deny\n"
            ));
        }
        text.push_str("  - id: writes\n    match: { tool: Write }\n    action: allow\n");
        text.push_str(limit);
        self.file(name, text.as_bytes())
    }

    fn file(&self, name: &str, text: &[u8]) -> String {
        let path = self.scratch.join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("a path in UTF-8").to_owned()
    }
}

/// The hook that the published program installs for Claude Code.
fn installed_script(peer: &Path, home: &Home) -> PathBuf {
    Run::new(peer, &["claude", "install"]).at(home).try_out();
    home.path()
        .join(".claude/skills/signet/bin/sign-tool-call.sh")
}
