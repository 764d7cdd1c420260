//! Every recorded policy of the published Signet and every recorded decision,
//! judged here: the same, or another one for a reason in the tables.

#[path = "support/vectors.rs"]
mod vectors;

use serde_json::Value;
use signet::ErrorKind;
use signet::authority::Format;
use signet::authority::policy::{Call, Decision, Policy, RateLimits};
use signet::encoding::jcs::Limits;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{Action, ActionOptions};

/// Documents that the published Signet accepts and we refuse, with a piece of
/// the error and the sentence of `docs/compatibility.md`.
const REFUSED: &[(&str, &str, &str)] = &[
    ("unknown-top-key", "unknown member \"owner\"", UNKNOWN),
    ("unknown-rule-key", "unknown member \"priority\"", UNKNOWN),
    (
        "misspelt-match-key-matches-all",
        "unknown member \"tols\"",
        UNKNOWN,
    ),
    (
        "unknown-string-operator-matches-all",
        "unknown member \"prefix\"",
        UNKNOWN,
    ),
    (
        "unknown-param-operator-is-exact-object",
        "write eq: {...}",
        "an object without a known operator may be one misspelt; equality with an object is \
         written eq: {...}",
    ),
    (
        "param-operator-plus-unknown",
        "unknown member \"prefix\"",
        UNKNOWN,
    ),
    (
        "exact-param-values",
        "write eq: {...}",
        "an object without a known operator may be one misspelt; equality with an object is \
         written eq: {...}",
    ),
    (
        "null-operator",
        "it must be a text",
        "a null matcher would be no condition at all",
    ),
    (
        "yaml-merge-kept-literal",
        "unknown member \"base\"",
        UNKNOWN,
    ),
    (
        "yaml-duplicate-param-key",
        "a second member",
        "of two members with one name readers take different ones",
    ),
    (
        "match-null",
        "write {}",
        "a match without anything behind it would silently match every action",
    ),
    ("nan-threshold", "finite", FINITE),
    ("inf-threshold", "finite", FINITE),
    ("yaml-scalar/.inf", "NaN", FINITE),
];

const UNKNOWN: &str = "a member that the format does not define is an error, because ignoring a \
                       misspelt one widens the rule";
const FINITE: &str = "NaN and infinities would become no condition, under the hash of another \
                      policy";

#[test]
fn every_recorded_policy_is_read_and_hashed_as_recorded_or_refused_for_a_reason() {
    let file = vectors::json(&vectors::own("prismer/policies.json"));
    let mut used = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let Some(text) = case["text"].as_str() else {
            continue;
        };
        let format = match case["format"].as_str() {
            Some("json") => Format::Json,
            Some(_) => Format::Yaml,
            None => match case["file"].as_str().unwrap() {
                file if !file.contains('.') => Format::of_text(text.as_bytes()),
                file => match Format::of_file_name(file) {
                    Some(format) => format,
                    None => {
                        assert_ne!(case["cli"]["exit"], 0, "{name}");
                        continue;
                    }
                },
            },
        };
        let parsed = Policy::parse(text.as_bytes(), format);
        if let Some((_, piece, _)) = REFUSED.iter().find(|(case, ..)| *case == name) {
            used += 1;
            let error = parsed.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::PolicyInvalid, "{name}");
            assert!(error.to_string().contains(piece), "{name}: {error}");
            assert!(error.place().is_some(), "{name}: {error}");
            continue;
        }
        let accepted = match case["result"].as_str() {
            Some(result) => result == "accept",
            None => case["cli"]["exit"] == 0,
        };
        match parsed {
            Ok(policy) => {
                assert!(accepted, "{name} is accepted");
                let newest = &case["different_result_from"]["python-0.11.0"]["value"]["hash"];
                if newest.is_string() {
                    assert_eq!(policy.hash(), newest, "{name}");
                } else if case["policy_hash"].is_string() {
                    assert_eq!(policy.hash(), case["policy_hash"], "{name}");
                    let form = std::str::from_utf8(policy.normal_form()).unwrap();
                    assert_eq!(form, case["normal_form"], "{name}");
                }
            }
            Err(error) => {
                assert!(!accepted, "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::PolicyInvalid, "{name}");
            }
        }
    }
    assert_eq!(used, REFUSED.len());
}

#[test]
fn recorded_obligations_are_hashed_or_refused_as_recorded() {
    let file = vectors::json(&vectors::own("prismer/v0_11.json"));
    let mut seen = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if !name.starts_with("policy/obligation") {
            continue;
        }
        seen += 1;
        let text = case["policy"].as_str().unwrap();
        let told = case["validate"]["stderr"].as_str().unwrap();
        match Policy::parse(text.as_bytes(), Format::Yaml) {
            Ok(policy) => {
                assert_eq!(case["validate"]["exit"], 0, "{name}");
                assert!(told.contains(policy.hash()), "{name}: {told}");
                let evaluation = policy.evaluate(&Call::new("t", "a", "x"), clock(), None);
                assert_eq!(evaluation.obligations.len(), 1, "{name}");
            }
            Err(error) => assert_ne!(case["validate"]["exit"], 0, "{name}: {error}"),
        }
    }
    assert!(seen >= 10, "{seen}");
}

/// What we decide otherwise than recorded for version 0.10 and 0.11.
struct Otherwise {
    case: &'static str,
    /// The index of the call; every call when absent.
    call: Option<usize>,
    verdict: Verdict,
    /// The sentence of `docs/compatibility.md`.
    reason: &'static str,
}

enum Verdict {
    /// The policy is refused with a text that has this in it.
    Refused(&'static str),
    /// The same decision, with other rules in `matched_rules`.
    Rules(&'static [&'static str]),
    /// Another decision.
    Decided(Decision, &'static [&'static str]),
}

const OTHERWISE: &[Otherwise] = &[
    Otherwise {
        case: "full",
        call: Some(2),
        verdict: Verdict::Rules(&["deny-rm"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "full",
        call: Some(10),
        verdict: Verdict::Rules(&["big-pay"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "empty-one_of",
        call: None,
        verdict: Verdict::Refused("an empty list"),
        reason: EMPTY,
    },
    Otherwise {
        case: "contains-empty-string",
        call: None,
        verdict: Verdict::Refused("contains the empty one"),
        reason: EMPTY,
    },
    Otherwise {
        case: "misspelt-key-matches-everything",
        call: None,
        verdict: Verdict::Refused("unknown member \"tol\""),
        reason: UNKNOWN,
    },
    Otherwise {
        case: "unknown-string-operator-matches-everything",
        call: None,
        verdict: Verdict::Refused("unknown member \"startswith\""),
        reason: UNKNOWN,
    },
    Otherwise {
        case: "numbers/int-vs-float-exact",
        call: Some(0),
        verdict: Verdict::Rules(&["i", "f"]),
        reason: ONE_NUMBER,
    },
    Otherwise {
        case: "numbers/int-vs-float-exact",
        call: Some(1),
        verdict: Verdict::Decided(Decision::Deny, &["i", "f"]),
        reason: ONE_NUMBER,
    },
    Otherwise {
        case: "numbers/int-vs-float-exact",
        call: Some(3),
        verdict: Verdict::Decided(Decision::Deny, &["i", "f"]),
        reason: ONE_NUMBER,
    },
    Otherwise {
        case: "numbers/bounds",
        call: Some(6),
        verdict: Verdict::Decided(Decision::Deny, &["gt", "gte"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "numbers/bounds",
        call: Some(8),
        verdict: Verdict::Decided(Decision::Deny, &["gt", "gte"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "numbers/bounds",
        call: Some(9),
        verdict: Verdict::Decided(Decision::Deny, &["gt", "gte"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "numbers/large-int-as-double",
        call: Some(1),
        verdict: Verdict::Decided(Decision::Deny, &["r"]),
        reason: "numbers compare by exact value, not rounded to a double",
    },
    Otherwise {
        case: "params/missing-key-no-match",
        call: None,
        verdict: Verdict::Refused("write eq: {...}"),
        reason: EQ_OBJECT,
    },
    Otherwise {
        case: "params/nested-equality",
        call: None,
        verdict: Verdict::Refused("write eq: {...}"),
        reason: EQ_OBJECT,
    },
    Otherwise {
        case: "params/eq-with-operator-named-field",
        call: Some(1),
        verdict: Verdict::Decided(Decision::Deny, &["r"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "params/eq-with-operator-named-field",
        call: Some(2),
        verdict: Verdict::Decided(Decision::Deny, &["r"]),
        reason: OTHER_TYPE,
    },
    Otherwise {
        case: "params/one_of-mixed",
        call: Some(4),
        verdict: Verdict::Decided(Decision::Deny, &["r"]),
        reason: ONE_NUMBER,
    },
    Otherwise {
        case: "params/empty-params-matcher",
        call: None,
        verdict: Verdict::Refused("no param is named"),
        reason: EMPTY,
    },
    Otherwise {
        case: "rate/zero-window",
        call: None,
        verdict: Verdict::Refused("a window of no length"),
        reason: "a window of no length never holds a call, so the limit would never be reached",
    },
    Otherwise {
        case: "rate/window-too-large-never-triggers",
        call: None,
        verdict: Verdict::Refused("it must be an integer from 0 to"),
        reason: "a window beyond 2^53 - 1 seconds has no exact place in the policy's hash; the \
                 published one takes it for no window",
    },
];

const OTHER_TYPE: &str = "a param of another type than the operator compares with may say what \
                          the rule looks for in its own way: a rule that does not allow takes \
                          effect";
const ONE_NUMBER: &str = "5 and 5.0 are one number, signed as the same bytes";
const EMPTY: &str = "a matcher that matches everything or nothing is a mistake";
const EQ_OBJECT: &str = "an object without a known operator may be one misspelt; equality with \
                         an object is written eq: {...}";

fn clock() -> Instant {
    Instant::parse("2026-06-15T12:00:00Z").unwrap()
}

#[test]
fn every_recorded_call_is_decided_as_recorded_or_otherwise_for_a_reason() {
    let file = vectors::json(&vectors::own("prismer/policy_eval.json"));
    let mut used = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let otherwise: Vec<_> = OTHERWISE.iter().filter(|o| o.case == name).collect();
        let text = case["policy"].as_str().unwrap();
        let policy = match (Policy::parse(text.as_bytes(), Format::Yaml), &*otherwise) {
            (Err(error), [one]) => {
                let Verdict::Refused(piece) = one.verdict else {
                    panic!("{name}: {error}");
                };
                assert!(error.to_string().contains(piece), "{name}: {error}");
                assert!(!one.reason.is_empty());
                used += 1;
                continue;
            }
            (policy, _) => policy.unwrap_or_else(|error| panic!("{name}: {error}")),
        };
        let mut counters = RateLimits::new();
        let mut now = clock();
        let with_counters = case["rate_state"] == true;
        for (index, call) in case["calls"].as_array().unwrap().iter().enumerate() {
            let waited = call["sleep_ms"].as_i64().or(call["wait_ms"].as_i64());
            now = now.plus_millis(waited.unwrap_or(0));
            let params = call["params"].as_str().unwrap_or("{}");
            let action = serde_json::json!({
                "tool": call["tool"].as_str().unwrap_or("t"),
                "target": call["target"].as_str().unwrap_or("mcp://x"),
            });
            let action = action
                .to_string()
                .replace('}', &format!(",\"params\":{params}}}"));
            let action = Action::parse(action.as_bytes(), &ActionOptions::default()).unwrap();
            let agent = call["agent"].as_str().unwrap_or("agent-1");
            let got = policy.evaluate(
                &Call::of_action(&action, agent),
                now,
                with_counters.then_some(&mut counters),
            );
            let expected = match &call["python-0.11.0"] {
                Value::Null => &call["expect"],
                newest => newest,
            };
            if expected.get("decision").is_none() {
                continue;
            }
            let mut decision = expected["decision"].as_str().unwrap();
            let recorded = call["expect"]["matched_rules"].as_array();
            let mut rules: Vec<&str> = recorded
                .unwrap()
                .iter()
                .map(|rule| rule.as_str().unwrap())
                .collect();
            if let Some(winner) = expected["winning_rule"].as_str()
                && rules.is_empty()
            {
                rules.push(winner);
            }
            if let Some(one) = otherwise
                .iter()
                .find(|one| one.call.is_none_or(|call| call == index))
            {
                used += 1;
                assert!(!one.reason.is_empty());
                match one.verdict {
                    Verdict::Rules(other) => rules = other.to_vec(),
                    Verdict::Decided(other, matched) => {
                        assert_ne!(decision, other.as_text(), "{name} {index}");
                        decision = other.as_text();
                        rules = matched.to_vec();
                    }
                    Verdict::Refused(_) => panic!("{name} is not refused"),
                }
                // Whatever differs is stricter.
                let before = expected["decision"].as_str().unwrap();
                assert!(severity(decision) >= severity(before), "{name} {index}");
            }
            assert_eq!(got.decision.as_text(), decision, "{name} {index} {got:?}");
            assert_eq!(got.matched_rules, rules, "{name} {index} {got:?}");
            if rules.is_empty() {
                assert_eq!(got.reason, expected["reason"], "{name} {index}");
            }
        }
    }
    assert_eq!(used, OTHERWISE.len());
}

fn severity(decision: &str) -> usize {
    let ascending = ["allow", "require_approval", "deny"];
    let place = ascending.iter().position(|text| *text == decision);
    place.expect("a decision")
}

#[test]
fn recorded_attestations_name_the_hash_and_the_rules_that_we_find() {
    let file = vectors::json(&vectors::own("prismer/policy_attestations.json"));
    let mut seen = 0;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (Some(text), Some(policy)) = (case["text"].as_str(), case["policy"].as_str()) else {
            continue;
        };
        let receipt: Value = serde_json::from_str(text).unwrap();
        let recorded = &receipt["policy"];
        let Ok(policy) = Policy::parse(policy.as_bytes(), Format::Yaml) else {
            continue;
        };
        seen += 1;
        assert_eq!(recorded["policy_hash"], policy.hash(), "{name}");
        let params = receipt["action"]["params"].to_string();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (tool, target) = (
            text(&receipt["action"]["tool"]),
            text(&receipt["action"]["target"]),
        );
        let agent = text(&receipt["signer"]["name"]);
        let call = Call::new(&tool, &agent, &target)
            .with_params(params.as_bytes(), &Limits::default())
            .unwrap();
        let evaluation = policy.evaluate(&call, clock(), None);
        let ours: Value = serde_json::from_slice(&evaluation.attestation().unwrap()).unwrap();
        for member in ["decision", "matched_rules", "policy_hash", "policy_name"] {
            assert_eq!(ours[member], recorded[member], "{name}");
        }
    }
    assert!(seen >= 3, "{seen}");
}
