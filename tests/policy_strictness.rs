//! What was once tried on policies and went through, tried again.

#[path = "support/documents.rs"]
mod documents;

use documents::{Documents, first_seed, torture};
use serde_json::Value;
use signet::ErrorKind;
use signet::authority::policy::{Call, Decision, Evaluation, Policy, RateLimits};
use signet::authority::trust::TrustBundle;
use signet::authority::{Format, MAX_LEN};
use signet::encoding::jcs::Limits;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{Action, ActionOptions};

fn policy(yaml: &str) -> Policy {
    Policy::parse(yaml.as_bytes(), Format::Yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

fn refused(yaml: &str) -> String {
    let error = Policy::parse(yaml.as_bytes(), Format::Yaml).expect_err(yaml);
    assert_eq!(error.kind(), ErrorKind::PolicyInvalid, "{error}");
    error.to_string()
}

fn at(seconds: i64) -> Instant {
    let start = Instant::parse("2026-06-15T12:00:00Z").unwrap();
    start.plus_millis(seconds * 1000)
}

fn decide(policy: &Policy, tool: &str, params: &str) -> Decision {
    let call = Call::new(tool, "agent", "mcp://x");
    let call = call.with_params(params.as_bytes(), &Limits::default());
    policy.evaluate(&call.unwrap(), at(0), None).decision
}

fn sequence(policy: &Policy, calls: &[(&str, i64)]) -> Vec<Evaluation> {
    let mut counters = RateLimits::new();
    calls
        .iter()
        .map(|(tool, time)| {
            let call = Call::new(tool, "agent", "mcp://x");
            policy.evaluate(&call, at(*time), Some(&mut counters))
        })
        .collect()
}

fn decisions(evaluations: &[Evaluation]) -> Vec<Decision> {
    evaluations
        .iter()
        .map(|evaluation| evaluation.decision)
        .collect()
}

const ALLOW: Decision = Decision::Allow;
const ASK: Decision = Decision::RequireApproval;
const DENY: Decision = Decision::Deny;

#[test]
fn two_calls_a_minute_are_two_calls_a_minute_e7() {
    let policy = policy(
        "version: 1\nrules:\n - {id: slow, match: {tool: t}, action: deny, reason: too many, \
         rate_limit: {max_calls: 2, window_seconds: 60}}\n",
    );
    let calls: Vec<(&str, i64)> = [0, 1, 2, 3, 59, 60].map(|time| ("t", time)).into();
    let got = sequence(&policy, &calls);
    assert_eq!(decisions(&got), [ALLOW, ALLOW, DENY, DENY, DENY, ALLOW]);
    assert_eq!(got[2].reason, "too many");
    assert_eq!(got[2].winning_rule.as_deref(), Some("slow"));
    // Without counters nothing is waved through.
    let call = Call::new("t", "agent", "mcp://x");
    let blind = policy.evaluate(&call, at(0), None);
    assert_eq!(blind.decision, ASK);
    assert_eq!(
        blind.require_allowed().unwrap_err().kind(),
        ErrorKind::ApprovalRequired
    );
}

#[test]
fn an_allowance_of_two_a_minute_allows_two_and_then_no_more_e8() {
    for default in ["deny", "allow", "require_approval"] {
        let policy = policy(&format!(
            "version: 1\ndefault_action: {default}\nrules:\n - {{id: mail, match: {{tool: mail}}, \
             action: allow, rate_limit: {{max_calls: 2, window_seconds: 60}}}}\n",
        ));
        let got = sequence(&policy, &[0, 1, 2, 3, 61].map(|time| ("mail", time)));
        // The third call is denied even where the default would allow it, or
        // the limit would be none.
        assert_eq!(
            decisions(&got),
            [ALLOW, ALLOW, DENY, DENY, ALLOW],
            "{default}"
        );
        assert_eq!(got[0].matched_rules, ["mail"]);
        assert_eq!(
            got[2].reason,
            "rule \"mail\": its limit of 2 calls in 60 seconds is used up"
        );
        assert!(got[2].attestation().is_err());
    }
}

#[test]
fn every_misspelt_member_is_an_error_with_its_place_e9() {
    let rule = |matches: &str| {
        format!(
            "version: 1\ndefault_action: deny\nrules:\n  - id: a\n    match: {matches}\n    \
             action: allow\n"
        )
    };
    for (matches, column) in [
        ("{tols: rm}", 13),
        ("{tool: {startswith: r}}", 20),
        ("{tool: {matches: 'r.*'}}", 20),
        ("{tool: {not_contains: r}}", 20),
        ("{tool: rm, Agent: x}", 23),
        ("{target: {one_of: [a], prefix: b}}", 35),
    ] {
        let error = refused(&rule(matches));
        assert!(error.contains("unknown member"), "{error}");
        let place = format!("at line 5 column {column}");
        assert!(error.ends_with(&place), "{error}, not {place}");
    }
    // Likewise everywhere else, and likewise what would match everything.
    for (yaml, piece) in [
        (
            "version: 1\nrules: []\nextra: 1\n",
            "unknown member \"extra\"",
        ),
        (
            &rule("{}\n    prioritty: 1"),
            "rules[0]: unknown member \"prioritty\"",
        ),
        (
            &rule("{}\n    rate_limit: {max_calls: 1, window_seconds: 1, per: agent}"),
            "rules[0].rate_limit: unknown member \"per\"",
        ),
        (&rule("{tool: ~}"), "rules[0].match.tool: it must be a text"),
        (&rule("{tool: {}}"), "would match everything"),
        (&rule("{tool: {contains: ''}}"), "contains the empty one"),
        (&rule("{tool: {not_one_of: []}}"), "an empty list"),
        (&rule("{params: {}}"), "no param is named"),
        (&rule(""), "write {} to match every action"),
        (&rule("[]"), "it must be an object"),
        (
            &rule("{}\n    rate_limit:"),
            "rate_limit: it must be an object",
        ),
    ] {
        let error = refused(yaml);
        assert!(error.contains(piece), "{error}");
    }
    // The same in JSON.
    let json = "{\"version\":1,\n \"rules\":[{\"id\":\"a\",\"match\":{\"tols\":\"rm\"},\
                \"action\":\"allow\"}]}";
    let error = Policy::parse(json.as_bytes(), Format::Json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "policy: rules[0].match: unknown member \"tols\" (known here: tool, agent, target, \
         params) at line 2 column 30"
    );
}

#[test]
fn a_misspelt_default_is_no_default_e10() {
    for line in [
        "default: deny",
        "defaultAction: deny",
        "default-action: deny",
        "DEFAULT_ACTION: deny",
    ] {
        let error = refused(&format!("version: 1\n{line}\nrules: []\n"));
        assert!(error.contains("unknown member"), "{error}");
        assert!(
            error.contains("default_action"),
            "it names the right one: {error}"
        );
        assert!(error.ends_with("at line 2 column 1"), "{error}");
    }
    for value in ["Deny", "block", "[deny]", "~", "true"] {
        refused(&format!("version: 1\ndefault_action: {value}\nrules: []\n"));
    }
}

#[test]
fn an_unknown_operator_on_a_param_is_an_error_e11() {
    for operator in [
        "greater: 5",
        "not_one_of: [a]",
        "regex: a",
        "eq: 5, neq: 6",
        "Gt: 5",
    ] {
        let error = refused(&format!(
            "version: 1\nrules:\n - {{id: a, match: {{params: {{p: {{{operator}}}}}}}, action: \
             deny}}\n"
        ));
        assert!(error.contains("unknown member"), "{error}");
        assert!(error.contains("write eq: {...}"), "{error}");
    }
    // What was meant as a value is written as one.
    let policy = policy(
        "version: 1\nrules:\n - {id: a, match: {params: {p: {eq: {greater: 5}}}}, action: deny}\n",
    );
    assert_eq!(decide(&policy, "t", r#"{"p":{"greater":5}}"#), DENY);
    assert_eq!(decide(&policy, "t", r#"{"p":{"greater":6}}"#), ALLOW);
}

#[test]
fn another_type_does_not_slip_past_a_rule_e12() {
    let limit = policy(
        "version: 1\nrules:\n - {id: a, match: {tool: pay, params: {amount: {gt: 100}}}, action: \
         deny}\n",
    );
    for params in [
        r#"{"amount":"1000000"}"#,
        r#"{"amount":[1000000]}"#,
        r#"{"amount":{"value":1000000}}"#,
        r#"{"amount":true}"#,
        "[1000000]",
        "1000000",
        r#"{"amount":100.00000000000000000001}"#,
    ] {
        assert_eq!(decide(&limit, "pay", params), DENY, "{params}");
    }
    // Null and absent are one, and a number is compared as a number.
    for params in [r#"{"amount":100}"#, r#"{"amount":null}"#, "{}", "null"] {
        assert_eq!(decide(&limit, "pay", params), ALLOW, "{params}");
    }
    let command = policy(
        "version: 1\nrules:\n - {id: a, match: {params: {command: {contains: rm -rf}}}, action: \
         deny}\n",
    );
    assert_eq!(
        decide(&command, "t", r#"{"command":["rm","-rf","/"]}"#),
        DENY
    );
    // For a rule that allows it is the other way round.
    let small = policy(
        "version: 1\ndefault_action: deny\nrules:\n - {id: a, match: {params: {amount: {lt: \
         100}}}, action: allow}\n",
    );
    assert_eq!(decide(&small, "pay", r#"{"amount":99}"#), ALLOW);
    for params in [
        r#"{"amount":"99"}"#,
        r#"{"amount":[99]}"#,
        r#"{"Amount":99}"#,
        "[99]",
    ] {
        assert_eq!(decide(&small, "pay", params), DENY, "{params}");
    }
}

#[test]
fn a_look_alike_name_is_another_name_e12() {
    let policy = policy(
        "version: 1\ndefault_action: deny\nrules:\n - {id: a, match: {tool: pay}, action: allow}\n",
    );
    assert_eq!(decide(&policy, "pay", "{}"), ALLOW);
    for tool in [
        "PAY",
        "pay ",
        " pay",
        "p\u{430}y",
        "pay\u{200b}",
        "pay\0",
        "pa\u{ff59}",
    ] {
        assert_eq!(decide(&policy, tool, "{}"), DENY, "{tool:?}");
    }
}

#[test]
fn numbers_are_equal_when_their_values_are_e13() {
    for written in ["{eq: 100}", "100", "{one_of: [7, 100.0]}", "1e2", "0x64"] {
        let policy = policy(&format!(
            "version: 1\nrules:\n - {{id: a, match: {{params: {{n: {written}}}}}, action: deny}}\n"
        ));
        for number in ["100", "100.0", "1e2", "1000e-1"] {
            let params = format!("{{\"n\":{number}}}");
            assert_eq!(decide(&policy, "t", &params), DENY, "{written} {number}");
        }
        for number in ["100.00000000000000000001", "-100", "\"100\"", "[100]"] {
            let params = format!("{{\"n\":{number}}}");
            assert_eq!(decide(&policy, "t", &params), ALLOW, "{written} {number}");
        }
    }
    // Also beyond what a double tells apart, and through a signed action.
    let policy = policy(
        "version: 1\nrules:\n - {id: a, match: {params: {n: {gt: 9007199254740992}}}, action: \
         deny}\n",
    );
    let json = br#"{"tool":"t","params":{"n":9007199254740993}}"#;
    let action = Action::parse(json, &ActionOptions::default()).unwrap();
    let evaluation = policy.evaluate(&Call::of_action(&action, "a"), at(0), None);
    assert_eq!(evaluation.decision, DENY);
}

#[test]
fn no_threshold_is_infinite_and_no_two_policies_share_a_hash_e14() {
    for value in [".inf", "-.inf", ".nan", ".NaN", "+.INF"] {
        for operator in ["gt", "gte", "lt", "lte"] {
            let error = refused(&format!(
                "version: 1\nrules:\n - {{id: a, match: {{params: {{p: {{{operator}: \
                 {value}}}}}}}, action: deny}}\n"
            ));
            assert!(error.contains("finite"), "{error}");
            assert!(error.contains("at line 3 column"), "{error}");
        }
        for place in ["p: X", "p: {eq: [X]}", "p: {one_of: [1, {a: X}]}"] {
            let place = place.replace('X', value);
            let error = refused(&format!(
                "version: 1\nrules:\n - {{id: a, match: {{params: {{{place}}}}}, action: deny}}\n"
            ));
            assert!(error.contains("not JSON"), "{error}");
        }
    }
    let hash = |operator: &str| {
        policy(&format!(
            "version: 1\nrules:\n - {{id: a, match: {{params: {{p: {{{operator}}}}}}}, action: \
             deny}}\n"
        ))
        .hash()
        .to_owned()
    };
    let hashes = [
        "gt: 5",
        "gte: 5",
        "eq: 5",
        "eq: '5'",
        "contains: '5'",
        "one_of: [5]",
    ]
    .map(hash);
    let distinct: std::collections::HashSet<&String> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
    let null =
        refused("version: 1\nrules:\n - {id: a, match: {params: {p: {eq: ~}}}, action: deny}\n");
    assert!(null.contains("write the plain value null"), "{null}");
}

#[test]
fn a_policy_whose_numbers_have_no_exact_hash_is_refused_e15() {
    for number in [
        "9007199254740993",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
    ] {
        for place in [
            "p: X",
            "p: {gt: X}",
            "p: {eq: {a: [X]}}",
            "p: {one_of: [X]}",
        ] {
            let place = place.replace('X', number);
            let error = refused(&format!(
                "version: 1\nrules:\n - {{id: a, match: {{params: {{{place}}}}}, action: deny}}\n"
            ));
            assert!(
                error.contains("a double would round this number"),
                "{error}"
            );
        }
    }
}

#[test]
fn enormous_windows_and_limits_neither_panic_nor_switch_off_2_9() {
    for (window, fine) in [
        ("9000000000000000", true),
        ("9007199254740991", true),
        ("9007199254740992", false),
        ("18446744073709551615", false),
        ("0", false),
    ] {
        let yaml = format!(
            "version: 1\nrules:\n - {{id: a, match: {{}}, action: deny, rate_limit: {{max_calls: \
             1, window_seconds: {window}}}}}\n"
        );
        if !fine {
            refused(&yaml);
            continue;
        }
        let got = sequence(&policy(&yaml), &[("t", 0), ("t", 1), ("t", 1_000_000_000)]);
        assert_eq!(decisions(&got), [ALLOW, DENY, DENY], "{window}");
    }
    let most = policy(
        "version: 1\nrules:\n - {id: a, match: {}, action: deny, rate_limit: {max_calls: \
         4294967295, window_seconds: 1}}\n",
    );
    assert_eq!(
        decisions(&sequence(&most, &[("t", 0), ("t", 0)])),
        [ALLOW, ALLOW]
    );
}

#[test]
fn hidden_params_do_not_evade_a_rule_on_params() {
    let policy = policy(
        "version: 1\nrules:\n - {id: rm, match: {tool: sh, params: {command: {contains: rm}}}, \
         action: deny, reason: no rm}\n",
    );
    let options = ActionOptions {
        hash_only: true,
        ..ActionOptions::default()
    };
    let hidden = |json: &[u8]| Action::parse(json, &options).unwrap();
    let evaluate = |call: &Call<'_>| policy.evaluate(call, at(0), None);
    let action = hidden(br#"{"tool":"sh","params":{"command":"rm -rf /"}}"#);
    let got = evaluate(&Call::of_action(&action, "a"));
    assert_eq!(got.decision, DENY);
    assert_eq!(
        got.reason,
        "no rm (rule \"rm\": it looks at params of which only the hash is known)"
    );
    // No params at all are not hidden, and another tool is another tool.
    let empty = hidden(br#"{"tool":"sh","params":{}}"#);
    assert_eq!(evaluate(&Call::of_action(&empty, "a")).decision, ALLOW);
    let other = hidden(br#"{"tool":"ls","params":{"command":"rm -rf /"}}"#);
    assert_eq!(evaluate(&Call::of_action(&other, "a")).decision, ALLOW);
    // Params that are not the ones behind the hash are not taken for them.
    let receipt: Value = serde_json::from_slice(action.json()).unwrap();
    let hash = receipt["params_hash"].as_str().unwrap();
    let disclosed = Call::of_action(&action, "a").disclosing(b"{}", hash, &Limits::default());
    assert_eq!(disclosed.unwrap_err().kind(), ErrorKind::ParamsHashMismatch);
}

#[test]
fn the_violation_record_says_what_was_refused_and_by_which_policy() {
    let policy = policy("version: 1\nname: guard\ndefault_action: deny\nrules: []\n");
    let action = Action::parse(
        br#"{"tool":"rm","target":"mcp://x","params":{}}"#,
        &ActionOptions::default(),
    )
    .unwrap();
    let got = policy.evaluate(&Call::of_action(&action, "bot"), at(0), None);
    let record = got.violation(&action, "bot", at(0)).unwrap();
    assert_eq!(
        String::from_utf8(record).unwrap(),
        format!(
            "{{\"action\":{{\"params_hash\":\"sha256:\
             44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\
             \"target\":\"mcp://x\",\"tool\":\"rm\"}},\"agent\":\"bot\",\"decision\":\"deny\",\
             \"matched_rules\":[],\"policy\":\"guard\",\"policy_hash\":\"{}\",\"reason\":\"no \
             rules matched, using default action\",\"ts\":\"2026-06-15T12:00:00.000Z\",\
             \"type\":\"policy_violation\"}}",
            policy.hash()
        )
    );
    let error = got.attestation().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PolicyDenied);
    let json: Value = serde_json::from_slice(&got.json()).unwrap();
    assert_eq!(json["winning_rule"], Value::Null);
}

#[test]
fn aliases_cannot_multiply_a_document() {
    let mut bomb = String::from("version: 1\nrules: []\nx:\n - &a0 [lol, lol, lol]\n");
    for level in 1..40 {
        let before = format!("*a{}", level - 1);
        let nine = vec![before; 9].join(", ");
        bomb.push_str(&format!(" - &a{level} [{nine}]\n"));
    }
    let error = Policy::parse(bomb.as_bytes(), Format::Yaml).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");

    let long = "x".repeat(1 << 20);
    let mut wide = format!("version: 1\nrules: []\nx:\n - &a {long}\n");
    wide.push_str(&" - *a\n".repeat(10_000));
    let error = Policy::parse(wide.as_bytes(), Format::Yaml).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");

    for (yaml, piece) in [
        (
            "version: &a [*a]\nrules: []\n",
            "refers to the value that it stands in",
        ),
        ("version: 1\nrules: *a\n", "unknown anchor"),
        ("{*a: 1}", "unknown anchor"),
        ("? [a]\n: 1\n", "a key must be a text"),
        ("&k version: 1\n", "a key must be a plain text"),
    ] {
        let error = refused(yaml);
        assert!(error.contains(piece), "{error}");
    }
    // Honest anchors work.
    let shared = policy(
        "version: 1\nrules:\n - {id: a, match: &m {tool: t}, action: deny}\n - {id: b, match: *m, \
         action: allow}\n",
    );
    assert_eq!(shared.rules().len(), 2);
}

#[test]
fn hostile_documents_end_in_an_error_soon() {
    let deep = |open: &str, close: &str, levels: usize| {
        format!(
            "version: 1\nrules: {}{}\n",
            open.repeat(levels),
            close.repeat(levels)
        )
    };
    let long = 1 << 20;
    let texts = [
        deep("[", "]", 100),
        deep("[", "]", long),
        deep("{a: ", "}", long / 8),
        "[".repeat(long),
        "{".repeat(long),
        "- ".repeat(long / 2),
        "? ".repeat(long / 2),
        "a: ".repeat(long / 4),
        "a:\n".repeat(long / 4),
        format!("a: {}", "&a ".repeat(long / 4)),
        format!("a: {}", "!!str ".repeat(long / 8)),
        format!("\"{}", "\\x".repeat(long / 2)),
        format!("a: |\n{}", " \n".repeat(long / 2)),
        "#".repeat(long),
        "\n".repeat(long),
        "\t".repeat(long),
        "%YAML 1.2\n".repeat(long / 16),
        "---\n".repeat(long / 4),
        "a: b\n".repeat(long / 8),
        format!("[{}", "a, ".repeat(long / 4)),
        format!("{{{}", "a, ".repeat(long / 4)),
        "a: 'b\n".repeat(long / 8),
        (0..long / 16)
            .map(|index| " ".repeat(index % 60) + "a:\n")
            .collect(),
        "x".repeat(MAX_LEN + 1),
    ];
    for text in &texts {
        let shown: String = text.chars().take(30).collect();
        for format in [Format::Yaml, Format::Json] {
            assert!(Policy::parse(text.as_bytes(), format).is_err(), "{shown}");
            assert!(
                TrustBundle::parse(text.as_bytes(), format).is_err(),
                "{shown}"
            );
        }
    }
    for text in [
        &b"\xff\xfe"[..],
        b"version: 1\nrules: []\n\xc3",
        b"\xef\xbb\xbfversion: 1\n",
    ] {
        assert!(Policy::parse(text, Format::Yaml).is_err());
        assert!(Policy::parse(text, Format::Json).is_err());
    }
}

#[test]
fn damaged_documents_are_read_or_refused_and_never_panic() {
    let seed = first_seed();
    let policy = "version: 1\nname: &n \"x\\ty\"\ndefault_action: deny\nrules:\n - id: a # c\n   \
                  match: {tool: {one_of: [a, 'b''c']}, params: {n: {gt: 1.5e3, lte: 0x10}}}\n   \
                  action: !!str allow\n   reason: >-\n     folded\n     text\n   rate_limit:\n     \
                  max_calls: 3\n     window_seconds: 60\n - {id: *n, match: {}, action: deny}\n";
    let bundle = "version: 1\nbundle_id: b\norg: o\nenv: prod\ngenerated_at: \
                  2026-06-10T00:00:00Z\nagents:\n - {id: a, name: n, owner: w, status: active, \
                  created_at: 2026-01-01T00:00:00Z, pubkey: \
                  'ed25519:asQu4R4uTkuhAG83Af6o+Yqwzhkgm2C2DRXQXKa2+/4='}\n";
    assert!(Policy::parse(policy.as_bytes(), Format::Yaml).is_ok());
    assert!(TrustBundle::parse(bundle.as_bytes(), Format::Yaml).is_ok());
    const PIECES: &[&str] = &[
        "- ", "? ", ": ", "&a ", "*a", "!!", "|", ">", "'", "\"", "{", "}", "[", "]", ",", "#",
        "%", "---\n", "...\n", "\n", "  ", "\t", "\\", "<<: ", "~", "\u{85}", "\u{2028}", "é", "0",
        ".inf", "null", "\r", "\u{0}", "!<a>", "@", "`",
    ];
    for round in 0..6_000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let mut text = if round % 2 == 0 { policy } else { bundle }.to_owned();
        for _ in 0..1 + random.below(4) {
            let mut place = random.below(text.len() as u64) as usize;
            while !text.is_char_boundary(place) {
                place -= 1;
            }
            match random.below(3) {
                0 => text.insert_str(place, PIECES[random.below(PIECES.len() as u64) as usize]),
                1 => drop(text.remove(place)),
                _ if place > 40 => text.truncate(place),
                _ => {}
            }
        }
        let _ = Policy::parse(text.as_bytes(), Format::Yaml);
        let _ = TrustBundle::parse(text.as_bytes(), Format::Yaml);
    }
}

#[test]
fn matching_takes_time_in_proportion_to_the_input() {
    // What a backtracking matcher takes exponential or quadratic time for.
    let needle = format!("{}b", "a".repeat(5_000));
    let policy = policy(&format!(
        "version: 1\nrules:\n - {{id: a, match: {{params: {{p: {{contains: {needle}}}}}}}, action: \
         deny}}\n"
    ));
    let params = format!("{{\"p\":\"{}\"}}", "a".repeat(4 << 20));
    assert_eq!(decide(&policy, "t", &params), ALLOW);
    let params = format!("{{\"p\":\"{}{needle}\"}}", "a".repeat(4 << 20));
    assert_eq!(decide(&policy, "t", &params), DENY);
}
