//! Any bytes as a policy, in JSON and in YAML: read or refused, the same in both,
//! with a normal form that reads back; and whatever it says about a call, it says
//! nothing milder about the same call with its params hidden.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet::authority::Format;
use signet::authority::policy::{Call, Decision, Policy, RateLimits};
use signet::encoding::jcs::Limits;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{Action, ActionOptions};

static NOW: LazyLock<Instant> =
    LazyLock::new(|| Instant::parse("2026-06-15T12:00:00Z").expect("a date-time"));

const TOOLS: &[&str] = &["pay", "read", "*", ""];
const PARAMS: &[&str] = &[
    "null",
    "{}",
    r#"{"amount":100}"#,
    r#"{"amount":101.5,"to":"eve"}"#,
    r#"{"amount":"1000","to":null}"#,
    r#"{"amount":[1],"to":{"amount":1}}"#,
    r#"{"amount":123456789012345678901234567890}"#,
    "[100]",
    "\"pay\"",
];

fn evaluate(policy: &Policy, call: &Call<'_>) -> Decision {
    let evaluation = policy.evaluate(call, *NOW, None);
    assert_eq!(policy.evaluate(call, *NOW, None), evaluation);
    let allowed = evaluation.require_allowed().is_ok();
    assert_eq!(allowed, evaluation.decision == Decision::Allow);
    assert_eq!(allowed, evaluation.attestation().is_ok());
    evaluation.decision
}

fn hidden(tool: &str, params: &str) -> Action {
    let tool = serde_json::to_string(tool).expect("a string");
    let text = format!(r#"{{"tool":{tool},"target":"mcp://bank","params":{params}}}"#);
    let options = ActionOptions {
        hash_only: true,
        ..ActionOptions::default()
    };
    Action::parse(text.as_bytes(), &options).expect("an action")
}

fuzz_target!(|text: &[u8]| {
    let from_json = Policy::parse(text, Format::Json).ok();
    let from_yaml = Policy::parse(text, Format::Yaml).ok();
    if let (Some(json), Some(yaml)) = (&from_json, &from_yaml) {
        assert_eq!(json.normal_form(), yaml.normal_form(), "two readings");
    }
    for policy in from_json.iter().chain(&from_yaml) {
        let again = Policy::parse(policy.normal_form(), Format::Json).expect("its normal form");
        assert_eq!(again.normal_form(), policy.normal_form());
        assert_eq!(again.hash(), policy.hash());
        assert_eq!(again.rules().len(), policy.rules().len());
        let mut counters = RateLimits::with_max_entries(3);
        for tool in TOOLS {
            for params in PARAMS {
                let call = Call::new(tool, "agent", "mcp://bank")
                    .with_params(params.as_bytes(), &Limits::default())
                    .expect("params");
                let open = evaluate(policy, &call);
                let again = evaluate(&again, &call);
                assert_eq!(open, again, "another decision of the same policy");
                let _ = policy.evaluate(&call, *NOW, Some(&mut counters));
                let action = hidden(tool, params);
                let hidden = evaluate(policy, &Call::of_action(&action, "agent"));
                let nothing_to_hide = matches!(*params, "null" | "{}");
                assert!(nothing_to_hide || hidden >= open, "{tool} {params}");
            }
        }
    }
});
