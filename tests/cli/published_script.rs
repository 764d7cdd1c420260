//! A longer story on one home folder, told by our program and the published one in
//! turns, in both orders: whoever comes next goes on where the other stopped, and in
//! the end both find everything in order.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::program::{Place, published};

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Teller {
    Ours,
    Published,
}

impl Teller {
    fn other(self) -> Teller {
        match self {
            Teller::Ours => Teller::Published,
            Teller::Published => Teller::Ours,
        }
    }
}

/// The story so far: a folder, and whose turn it is.
struct Story {
    place: Place,
    published: PathBuf,
    turn: Teller,
}

impl Story {
    /// One that `first` begins; `None` without the published program.
    fn begun_by(first: Teller) -> Option<Story> {
        Some(Story {
            place: Place::new(),
            published: published()?,
            turn: first,
        })
    }

    /// Runs a command by the one whose turn it is, which must end with this code;
    /// what it printed.
    fn next(&mut self, exit: i32, args: &[&str]) -> String {
        let turn = self.turn;
        self.turn = turn.other();
        self.run(turn, exit, args)
    }

    fn run(&self, teller: Teller, exit: i32, args: &[&str]) -> String {
        let program = match teller {
            Teller::Ours => Path::new(env!("CARGO_BIN_EXE_signet")),
            Teller::Published => &self.published,
        };
        let output: Output = Command::new(program)
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.place.path())
            .env("SIGNET_HOME", "home")
            .current_dir(self.place.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{teller:?} {args:?}: {printed}{said}"
        );
        printed
    }

    /// Both run it, which must end with this code; what each printed.
    fn both(&self, exit: i32, args: &[&str]) -> [String; 2] {
        [Teller::Ours, Teller::Published].map(|teller| self.run(teller, exit, args))
    }

    fn json(&self, name: &str) -> Value {
        let text = std::fs::read(self.place.path().join(name)).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn write_json(&self, name: &str, value: &Value) {
        self.place.write(name, value.to_string());
    }
}

const POLICY: &str = "version: 1
name: strict
default_action: allow
rules:
  - {id: no-rm, match: {tool: rm}, action: deny, reason: never}
  - {id: ask-pay, match: {tool: pay}, action: require_approval, reason: ask first}
";

/// Names and times of a list of identities.
fn names(list: &str) -> Vec<(String, String)> {
    let rows = list.lines().skip(2).map(str::split_whitespace);
    let ends = rows.filter_map(|mut row| Some((row.next()?.to_owned(), row.last()?.to_owned())));
    ends.collect()
}

fn told(first: Teller) {
    let Some(mut story) = Story::begun_by(first) else {
        return;
    };
    story.place.write("p.yaml", POLICY);

    for name in ["root", "agent"] {
        story.next(
            0,
            &["identity", "generate", "--name", name, "--unencrypted"],
        );
    }
    // Release 0.11 has a column for principals between.
    let [ours, published] = story
        .both(0, &["identity", "list"])
        .map(|list| names(&list));
    assert_eq!(ours, published);
    assert_eq!(ours.len(), 2);
    // Neither makes what the other has made.
    for _ in 0..2 {
        story.next(
            3,
            &["identity", "generate", "--name", "agent", "--unencrypted"],
        );
    }

    // Receipts of both, in one chain.
    let target = ["--target", "mcp://shell"];
    for number in 0..6 {
        let params = format!(r#"{{"number":{number},"text":"\u00e9","half":0.5}}"#);
        let output = format!("r{number}.json");
        let sign = [
            "sign", "--key", "agent", "--tool", "Bash", "--params", &params, "--output", &output,
        ];
        story.next(0, &[&sign[..], &target].concat());
        story.both(0, &["verify", &output, "--pubkey", "agent"]);
        story.both(1, &["verify", &output, "--pubkey", "root"]);
    }
    let sealed = r#"{"secret":"open sesame"}"#;
    for _ in 0..2 {
        let sign = [
            "sign",
            "--key",
            "agent",
            "--tool",
            "Seal",
            "--params",
            sealed,
            "--encrypt-params",
        ];
        story.next(0, &[&sign[..], &target].concat());
    }

    // A delegation by one, used by the other, each way.
    for number in 0..2 {
        let (token, receipt) = (format!("t{number}.json"), format!("d{number}.json"));
        story.next(
            0,
            &[
                "delegate",
                "create",
                "--from",
                "root",
                "--to",
                "agent",
                "--to-name",
                "agent",
                "--tools",
                "Bash,Read",
                "--targets",
                "*",
                "--ttl",
                "1h",
                "--output",
                &token,
            ],
        );
        story.write_json("chain.json", &Value::Array(vec![story.json(&token)]));
        let [ours, published] = story.both(
            0,
            &[
                "delegate",
                "verify",
                "chain.json",
                "--trusted-roots",
                "root",
            ],
        );
        assert_eq!(ours, published);
        let sign = [
            "delegate",
            "sign",
            "--key",
            "agent",
            "--chain",
            "chain.json",
            "--target",
            "mcp://shell",
        ];
        story.next(
            0,
            &[
                &sign[..],
                &["--tool", "Bash", "--params", "{}", "--output", &receipt],
            ]
            .concat(),
        );
        story.both(
            0,
            &[
                "delegate",
                "verify-auth",
                &receipt,
                "--trusted-roots",
                "root",
            ],
        );
        story.both(
            3,
            &[
                "delegate",
                "verify-auth",
                &receipt,
                "--trusted-roots",
                "agent",
            ],
        );
        // The published program signs what the delegation does not cover; that it is
        // not covered is for verifiers to find.
        let wide = [
            "--tool",
            "Write",
            "--params",
            "{}",
            "--no-log",
            "--output",
            "wide.json",
        ];
        let wide = [&sign[..], &wide].concat();
        story.run(Teller::Ours, 3, &wide);
        story.run(Teller::Published, 0, &wide);
        story.both(
            3,
            &[
                "delegate",
                "verify-auth",
                "wide.json",
                "--trusted-roots",
                "root",
            ],
        );
        // Who has signed delegates next, and the other one signs.
        story.turn = story.turn.other();
    }

    story.both(0, &["verify", "--chain"]);
    // The published program asks for no root; ours does not call a delegated call fine
    // without one.
    let verify = ["audit", "--verify", "--trusted-agent-key", "agent"];
    let rooted = [&verify[..], &["--trusted-root-key", "root"]].concat();
    story.run(Teller::Ours, 3, &verify);
    for text in [
        story.run(Teller::Ours, 0, &rooted),
        story.run(Teller::Published, 0, &verify),
    ] {
        assert!(text.contains("10/10 signatures valid"), "{text}");
    }

    // Exports are the same, and open what was sealed.
    let exports = [Teller::Ours, Teller::Published].map(|teller| {
        let output = format!("{teller:?}.json");
        story.run(
            teller,
            0,
            &["audit", "--export", &output, "--decrypt-params"],
        );
        story.json(&output)
    });
    assert_eq!(exports[0], exports[1]);
    assert_eq!(exports[0].as_array().unwrap().len(), 10);
    assert!(exports[0].to_string().contains("open sesame"));

    // What the policy forbids is a record of both, too. The published program cannot
    // verify signatures of a log with such a record any more, so it comes last.
    for _ in 0..2 {
        for (tool, exit) in [("rm", 1), ("pay", 2), ("ls", 0)] {
            let sign = [
                "sign", "--key", "agent", "--tool", tool, "--params", "{}", "--policy", "p.yaml",
            ];
            story.next(exit, &[&sign[..], &target].concat());
        }
    }
    for text in story.both(0, &["verify", "--chain"]) {
        assert!(text.contains("Chain intact: 16 records verified"), "{text}");
    }
    // Ours names the agent of a denied call, too.
    let [ours, published] = story.both(0, &["audit", "--limit", "100"]);
    assert_eq!(published.matches("Z       -    ").count(), 4);
    assert_eq!(ours, published.replace("Z       -    ", "Z       agent"));
    // The published program lists what is equally frequent in any order.
    let [ours, published] = story.both(0, &["explore", "--stats"]).map(|text| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    });
    assert_eq!(ours, published);

    // Each restores what the other has bundled.
    for teller in [Teller::Ours, Teller::Published] {
        let bundle = format!("bundle-{teller:?}");
        story.run(teller, 0, &["audit", "--bundle", &bundle]);
        // Nobody signs the published bundles, so ours takes one only when told to.
        let restore = ["audit", "--restore", &bundle];
        let unsigned = [&restore[..], &["--allow-unsigned"]].concat();
        let ours: &[&str] = match teller {
            Teller::Ours => &restore,
            Teller::Published => {
                story.run(Teller::Ours, 3, &restore);
                &unsigned
            }
        };
        for text in [
            story.run(Teller::Ours, 0, ours),
            story.run(Teller::Published, 0, &restore),
        ] {
            assert!(text.contains("records:           16"), "{text}");
        }
        let records = story.place.path().join(&bundle).join("records.jsonl");
        let text = std::fs::read_to_string(&records).unwrap();
        std::fs::write(&records, text.replacen("mcp://shell", "mcp://shall", 1)).unwrap();
        story.run(Teller::Ours, 3, ours);
        story.run(Teller::Published, 3, &restore);
    }

    // One changed letter, and both say so.
    let day = story.place.home().join("audit");
    let mut days = std::fs::read_dir(day)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let day = days.find(|path| {
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
    });
    let day = day.unwrap();
    let text = std::fs::read_to_string(&day).unwrap();
    std::fs::write(&day, text.replacen("mcp://shell", "mcp://shall", 1)).unwrap();
    story.both(1, &["verify", "--chain"]);
}

#[test]
fn a_story_that_we_begin_is_gone_on_with_by_the_published_program() {
    told(Teller::Ours);
}

#[test]
fn a_story_that_the_published_program_begins_is_gone_on_with_by_us() {
    told(Teller::Published);
}
