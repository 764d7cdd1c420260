//! Calls that a policy was to stop, and policies that only look as if they did.

use signet::authority::Format;
use signet::authority::policy::{Call, Decision, Policy, RateLimits};
use signet::encoding::jcs::Limits;
use signet::mcp::{Gate, GateOptions, KeepNothing};
use signet::verifier::{Axis, Remark, ReplayStore, Verifier};
use signet::{Error, ErrorKind};

use crate::ground::*;

fn read(yaml: &str) -> Result<Policy, Error> {
    Policy::parse(yaml.as_bytes(), Format::Yaml)
}

fn with_rule(matches: &str, action: &str) -> String {
    format!(
        "{{version: 1, default_action: deny, rules: [{{id: r, match: {matches}, action: {action}}}]}}"
    )
}

fn decide(policy: &Policy, tool: &str, params: &str) -> Decision {
    let call = Call::new(tool, "agent", TARGET)
        .with_params(params.as_bytes(), &Limits::default())
        .unwrap();
    policy.evaluate(&call, clock(), None).decision
}

#[test]
fn a_misspelt_rule_opens_the_gate() {
    assert!(read(&with_rule("{tool: read}", "allow")).is_ok());
    for matches in [
        "{tols: [read]}",
        "{Tool: read}",
        "{tool: {startswith: read}}",
        "{tool: {prefix: read}}",
        "{tool: {matches: '^read'}}",
        "{tool: {regex: '^read'}}",
        "{tool: {not_contains: delete}}",
        "{tool: {one-of: [read]}}",
        "{tool: {oneof: [read]}}",
        "{tool: {oneOf: [read]}}",
        "{tool: [read]}",
        "{tool: null}",
        "{tool: }",
        "{tool: {}}",
        "{tool: {one_of: []}}",
        "{tool: {contains: ''}}",
        "{tool: 5}",
        "{tool: true}",
        "{tools: read}",
        "{agents: bot}",
        "{agent: {}}",
        "{targets: x}",
        "{param: {a: 1}}",
        "{params: {}}",
        "{params: }",
        "{params: [a]}",
        "[]",
        "read",
        "",
    ] {
        let text = with_rule(matches, "allow");
        fails(read(&text), ErrorKind::PolicyInvalid);
    }
}

#[test]
fn a_misspelt_default_lets_everything_through() {
    for head in [
        "default: deny",
        "defaultAction: deny",
        "default-action: deny",
        "Default_action: deny",
        "default_action : Deny",
        "default_action: DENY",
        "default_action: denied",
        "default_action: no",
        "default_action: false",
        "default_action: [deny]",
        "default_action:",
        "action: deny",
        "version: 1",
    ] {
        let text = format!("version: 1\n{head}\nrules: []\n");
        fails(read(&text), ErrorKind::PolicyInvalid);
    }
    let right = read("version: 1\ndefault_action: deny\nrules: []\n").unwrap();
    assert_eq!(decide(&right, "delete_all", "{}"), Decision::Deny);
}

#[test]
fn an_unknown_operator_kills_a_rule() {
    for operator in [
        "greater: 5",
        "greater_than: 5",
        "ge: 5",
        "GT: 5",
        "'>': 5",
        "not_one_of: [a]",
        "neq: a",
        "not: a",
        "startswith: a",
        "regex: a",
        "gt: 5, lesser: 9",
        "gt: '5'",
        "gt: [5]",
        "gt: null",
        "gt: .inf",
        "gt: .nan",
        "eq: null",
        "one_of: []",
        "contains: ''",
    ] {
        let text = with_rule(&format!("{{params: {{amount: {{{operator}}}}}}}"), "deny");
        fails(read(&text), ErrorKind::PolicyInvalid);
    }
}

#[test]
fn a_rule_is_misspelt_elsewhere() {
    for rule in [
        "{id: a, match: {}, action: Deny}",
        "{id: a, match: {}, action: block}",
        "{id: a, match: {}}",
        "{id: a, action: deny}",
        "{id: a, matches: {}, action: deny}",
        "{id: '', match: {}, action: deny}",
        "{match: {}, action: deny}",
        "{id: a, match: {}, action: deny, enabled: false}",
        "{id: a, match: {}, action: deny, unless: {tool: x}}",
        "{id: a, match: {}, action: allow, rate_limit: {max_calls: 1}}",
        "{id: a, match: {}, action: allow, rate_limit: {max_calls: 1, window_seconds: 0}}",
        "{id: a, match: {}, action: allow, rate_limit: {max_calls: -1, window_seconds: 1}}",
        "{id: a, match: {}, action: allow, rate_limit: {max_calls: 1, window: 60}}",
        "{id: a, match: {}, action: allow, rate_limit: {max_calls: 1, window_seconds: 60, scope: per_user}}",
        "{id: a, match: {}, action: allow, ratelimit: {max_calls: 1, window_seconds: 60}}",
        "{id: a, match: {}, action: allow}, {id: a, match: {}, action: deny}",
        "{<<: {action: allow}, id: a, match: {}}",
        "{id: a, match: {tool: x, tool: y}, action: allow}",
    ] {
        let text = format!("{{version: 1, rules: [{rule}]}}");
        fails(read(&text), ErrorKind::PolicyInvalid);
    }
    for text in [
        "{version: 2, rules: []}",
        "{version: '1', rules: []}",
        "{rules: []}",
        "{version: 1}",
        "{version: 1, rules: {}}",
        "{version: 1, rules: []}\n---\n{version: 1, rules: []}",
        "",
        "[]",
        "version: 1\nrules: []\nrules: []\n",
    ] {
        fails(read(text), ErrorKind::PolicyInvalid);
    }
}

const BIG: &str = "{version: 1, rules: [{id: big, match: {tool: pay, params: {amount: {gt: 100}}}, action: deny}]}";

#[test]
fn an_amount_is_written_so_that_the_rule_does_not_see_it_e12() {
    let big = policy(BIG);
    assert_eq!(decide(&big, "pay", r#"{"amount":100}"#), Decision::Allow);
    assert_eq!(decide(&big, "pay", r#"{"amount":-1e9}"#), Decision::Allow);
    for params in [
        r#"{"amount":101}"#,
        r#"{"amount":100.00000000000000000001}"#,
        r#"{"amount":1e300}"#,
        r#"{"amount":123456789012345678901234567890}"#,
        // Of a type that cannot be compared, and so not waved through.
        r#"{"amount":"1000000"}"#,
        r#"{"amount":[1000000]}"#,
        r#"{"amount":{"value":1000000}}"#,
        r#"{"amount":true}"#,
        r#"[1000000]"#,
        r#""1000000""#,
    ] {
        assert_eq!(decide(&big, "pay", params), Decision::Deny, "{params}");
    }
    // Null stands for an absent param.
    assert_eq!(decide(&big, "pay", r#"{"amount":null}"#), Decision::Allow);
    // Under another name it is another param: a rule with a deny by default is
    // the way to write it.
    assert_eq!(decide(&big, "pay", r#"{"Amount":101}"#), Decision::Allow);
    let closed = policy(&with_rule(
        "{tool: pay, params: {amount: {lte: 100}}}",
        "allow",
    ));
    assert_eq!(decide(&closed, "pay", r#"{"amount":100}"#), Decision::Allow);
    for params in [
        r#"{"Amount":1}"#,
        r#"{"payment":{"amount":1}}"#,
        r#"{"amount":"1"}"#,
        r#"[1]"#,
        "{}",
    ] {
        assert_eq!(decide(&closed, "pay", params), Decision::Deny, "{params}");
    }
}

#[test]
fn a_tool_is_named_so_that_the_rule_does_not_see_it_e12() {
    // Names are compared exactly: an allow list holds, a deny list does not.
    let open = policy("{version: 1, rules: [{id: r, match: {tool: pay}, action: deny}]}");
    let closed = policy(&with_rule("{tool: read}", "allow"));
    assert_eq!(decide(&open, "pay", "{}"), Decision::Deny);
    assert_eq!(decide(&closed, "read", "{}"), Decision::Allow);
    for tool in [
        "PAY",
        "pay ",
        "p\u{430}y",
        "pay\u{0}",
        "ｐａｙ",
        "pay\u{200b}",
    ] {
        assert_eq!(decide(&open, tool, "{}"), Decision::Allow, "documented");
        assert_eq!(decide(&closed, tool, "{}"), Decision::Deny);
    }
    for tool in ["Read", "read ", "re\u{430}d", "read\u{0}"] {
        assert_eq!(decide(&closed, tool, "{}"), Decision::Deny);
    }
}

#[test]
fn a_command_is_written_so_that_contains_does_not_see_it_e12() {
    let open = policy(
        "{version: 1, rules: [{id: r, match: {params: {command: {contains: rm -rf}}}, action: deny}]}",
    );
    assert_eq!(
        decide(&open, "sh", r#"{"command":"sudo rm -rf /"}"#),
        Decision::Deny
    );
    // An array of arguments is of another type: it is not waved through.
    assert_eq!(
        decide(&open, "sh", r#"{"command":["rm","-rf","/"]}"#),
        Decision::Deny
    );
    assert_eq!(
        decide(&open, "sh", r#"{"command":{"argv":["rm","-rf"]}}"#),
        Decision::Deny
    );
    // A text is a text: only a list of what is allowed stops this.
    assert_eq!(
        decide(&open, "sh", r#"{"command":"rm  -fr /"}"#),
        Decision::Allow
    );
    let closed = policy(&with_rule(
        "{params: {command: {one_of: [ls, date]}}}",
        "allow",
    ));
    assert_eq!(
        decide(&closed, "sh", r#"{"command":"ls"}"#),
        Decision::Allow
    );
    for params in [
        r#"{"command":"ls; rm -fr /"}"#,
        r#"{"command":["ls"]}"#,
        r#"{"command":"LS"}"#,
        r#"{"cmd":"ls"}"#,
    ] {
        assert_eq!(decide(&closed, "sh", params), Decision::Deny);
    }
}

fn limited(rule: &str) -> Verifier {
    verifier(|options| {
        options.replay = ReplayStore::Off;
        options.policy = Some(policy(&format!(
            "{{version: 1, default_action: deny, rules: [{{id: r, {rule}}}]}}"
        )));
    })
}

#[test]
fn a_rate_limit_is_evaded_by_another_spelling_or_nonce() {
    let bank = limited(
        "match: {tool: pay}, action: allow, rate_limit: {max_calls: 2, window_seconds: 60}",
    );
    for nonce in 1..=2 {
        passes(&bank.check_call(&call(&honest(nonce)), clock()));
    }
    for nonce in 3..=9 {
        let report = bank.check_call(&call(&honest(nonce)), clock());
        refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    }
    let hurried = bank.check_call(&call(&honest(10)), after(59));
    refused(&hurried, Axis::Policy, ErrorKind::PolicyDenied);
    passes(&bank.check_call(&call(&honest(10)), after(60)));
}

#[test]
fn a_rate_limit_is_evaded_by_setting_the_clock_back() {
    let bank = limited(
        "match: {tool: pay}, action: allow, rate_limit: {max_calls: 1, window_seconds: 60}",
    );
    passes(&bank.check_call(&call(&honest(1)), clock()));
    for seconds in [-1, -20, -30] {
        let report = bank.check_call(&call(&honest(2)), after(seconds));
        refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    }
}

#[test]
fn an_agent_renames_itself_to_evade_its_limit() {
    let bank = limited(
        "match: {tool: pay}, action: allow, rate_limit: {max_calls: 2, window_seconds: 60, scope: per_agent}",
    );
    let as_name = |name: &str, nonce| text_of(&signed_by(&agent(), name, "pay", ARGUMENTS, nonce));
    for nonce in 1..=2 {
        passes(&bank.check_call(&call(&as_name("a", nonce)), clock()));
    }
    // The name is the signer's own choice; the key is not.
    for (nonce, name) in ["b", "A", "a ", "", "deploy-bot"].iter().enumerate() {
        let receipt = as_name(name, 10 + u8::try_from(nonce).unwrap());
        let report = bank.check_call(&call(&receipt), clock());
        refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    }
}

#[test]
fn an_agent_uses_up_the_limit_of_another_by_its_name() {
    let bank = verifier(|options| {
        options.trusted_keys.push(*stranger().public_key());
        options.policy = Some(policy(
            "{version: 1, default_action: deny, rules: [{id: r, match: {tool: pay}, action: allow, rate_limit: {max_calls: 1, window_seconds: 60, scope: per_agent}}]}",
        ));
    });
    let posing = text_of(&signed_by(&stranger(), "deploy-bot", "pay", ARGUMENTS, 1));
    passes(&bank.check_call(&call(&posing), clock()));
    passes(&bank.check_call(&call(&honest(2)), clock()));
}

#[test]
fn an_agent_takes_the_name_of_one_that_is_allowed_more() {
    // The bundle knows the key by its name, and is believed before the receipt.
    let bank = verifier(|options| {
        options.trusted_keys.clear();
        options.trust_bundle = Some(bundle(&[
            entry("treasurer", &stranger()),
            entry("reader", &agent()),
        ]));
        options.policy = Some(policy(&with_rule("{agent: treasurer}", "allow")));
    });
    let posing = text_of(&signed_by(&agent(), "treasurer", "pay", ARGUMENTS, 1));
    let report = bank.check_call(&call(&posing), clock());
    refused(&report, Axis::Policy, ErrorKind::PolicyDenied);
    // And the treasurer may call itself what it likes.
    let treasurer = text_of(&signed_by(&stranger(), "t", "pay", ARGUMENTS, 1));
    passes(&bank.check_call(&call(&treasurer), clock()));
}

#[test]
fn counters_are_filled_to_switch_a_limit_off() {
    let policy = policy(
        "{version: 1, default_action: deny, rules: [{id: r, match: {}, action: allow, rate_limit: {max_calls: 1, window_seconds: 60}}]}",
    );
    let mut counters = RateLimits::with_max_entries(10);
    let mut decide = |tool: &str| {
        let call = Call::new(tool, "agent", TARGET);
        policy
            .evaluate(&call, clock(), Some(&mut counters))
            .decision
    };
    assert_eq!(decide("victim"), Decision::Allow);
    for flood in 0..9 {
        assert_eq!(decide(&format!("tool {flood}")), Decision::Allow);
    }
    assert_ne!(decide("one too many"), Decision::Allow);
    assert_eq!(decide("victim"), Decision::Deny);
}

#[test]
fn limits_without_counters_let_nothing_pass() {
    let policy = policy(
        "{version: 1, default_action: allow, rules: [{id: r, match: {}, action: allow, rate_limit: {max_calls: 1000, window_seconds: 1}}]}",
    );
    assert_eq!(decide(&policy, "t", "{}"), Decision::RequireApproval);
}

#[test]
fn a_call_that_is_allowed_under_an_obligation_passes_as_if_there_were_none() {
    let rules = "{version: 1, default_action: deny, rules: [{id: r, match: {tool: pay}, action: allow, obligations: [{type: require_approval, version: 1, parameters: {approver: user://acme/cfo}}]}]}";
    let obliging = || verifier(|options| options.policy = Some(policy(rules)));
    let report = obliging().check_call(&call(&honest(1)), clock());
    passes(&report);
    assert_eq!(report.evaluation().unwrap().obligations.len(), 1);
    assert!(report.remarks().contains(&Remark::ObligationsNotEnforced));
    let free = bank().check_call(&call(&honest(1)), clock());
    assert!(!free.remarks().contains(&Remark::ObligationsNotEnforced));
    // A gate lets it through only to whoever has said to fulfil it.
    let value: serde_json::Value = serde_json::from_str(&honest(1)).unwrap();
    let message = serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "pay", "arguments": {"amount": 10, "to": "bob"},
            "_meta": {"_signet": value}}});
    for (fulfils, goes_on) in [(vec![], false), (vec!["require_approval".to_owned()], true)] {
        let gate = Gate::new(GateOptions {
            verifier: Some(std::sync::Arc::new(obliging())),
            fulfils,
            ..GateOptions::default()
        });
        let verdict = gate
            .unwrap()
            .judge(message.to_string().as_bytes(), clock(), &KeepNothing);
        assert_eq!(verdict.forward.is_some(), goes_on);
    }
}
