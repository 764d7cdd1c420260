//! The published Signet itself, run beside ours on random policies: one hash for
//! every spelling, one decision for every call, and never a milder one from us.

#[path = "support/documents.rs"]
mod documents;
#[path = "support/mutations.rs"]
mod mutations;

use documents::{Documents, first_seed, torture};
use mutations::mutated;
use serde_json::{Map, Value, json};
use signet::authority::Format;
use signet::authority::policy::{Call, Decision, Policy, RateLimits};
use signet::encoding::jcs::Limits;
use signet::encoding::rfc3339::Instant;
use signet::receipt::{Action, ActionOptions};

const TOOLS: &[&str] = &["Bash", "Read", "pay", "deploy", "é", "db_admin"];
const AGENTS: &[&str] = &["agent-1", "robot", "bot 7"];
const TARGETS: &[&str] = &["mcp://x", "mcp://staging", ""];
const PARAMS: &[&str] = &["amount", "command", "deep"];
const ACTIONS: &[&str] = &["allow", "require_approval", "deny"];

fn pick<'a>(random: &mut Documents, from: &[&'a str]) -> &'a str {
    from[random.below(from.len() as u64) as usize]
}

fn some(random: &mut Documents, from: &[&str]) -> Value {
    let count = 1 + random.below(2);
    (0..count)
        .map(|_| Value::from(pick(random, from)))
        .collect()
}

fn text_matcher(random: &mut Documents, from: &[&str]) -> Value {
    match random.below(5) {
        0 | 1 => pick(random, from).into(),
        2 => json!({ "one_of": some(random, from) }),
        3 => json!({ "not_one_of": some(random, from) }),
        _ => {
            let part: String = pick(random, from).chars().take(2).collect();
            match part.is_empty() {
                true => json!({ "contains": ":" }),
                false => json!({ "contains": part, "not_one_of": some(random, from) }),
            }
        }
    }
}

/// A number that is an integer or clearly none: 5 and 5.0 are two values to the
/// published Signet and one to us.
fn number(random: &mut Documents) -> Value {
    match random.below(3) {
        0 => json!(random.below(20) as i64 - 10),
        1 => json!(random.below(20) as f64 / 4.0 + 0.125),
        _ => json!(random.below(1 << 53)),
    }
}

fn amount_matcher(random: &mut Documents) -> Value {
    match random.below(4) {
        0 => number(random),
        1 => json!({ "one_of": [number(random), number(random)] }),
        2 => json!({ "eq": number(random) }),
        _ => {
            let mut bounds = Map::new();
            for name in ["gt", "gte", "lt", "lte"] {
                if random.below(2) == 0 {
                    bounds.insert(name.to_owned(), number(random));
                }
            }
            bounds.entry("gte").or_insert_with(|| json!(-2.5));
            bounds.into()
        }
    }
}

const COMMANDS: &[&str] = &["rm -rf /", "ls", "echo \"a\"\\", "ünïcode 😀", ""];

fn param_matchers(random: &mut Documents) -> Value {
    let mut params = Map::new();
    for name in PARAMS {
        if random.below(2) == 0 {
            let matcher = match *name {
                "amount" => amount_matcher(random),
                "command" if random.below(2) == 0 => {
                    json!({ "contains": pick(random, &["rm", "s", "\"", "ï", "😀"]) })
                }
                "command" => pick(random, COMMANDS).into(),
                _ => json!({ "eq": deep(random) }),
            };
            params.insert((*name).to_owned(), matcher);
        }
    }
    params.into()
}

fn deep(random: &mut Documents) -> Value {
    match random.below(3) {
        0 => json!([1, { "z": null, "a": true }]),
        1 => json!({ "b": ["x"], "a": { "k": 0.5 } }),
        _ => json!("text"),
    }
}

/// A policy in the part of the language that both read the same way.
fn policy(random: &mut Documents, with_limits: bool) -> Value {
    let count = random.below(6);
    let rules: Vec<Value> = (0..count)
        .map(|index| {
            let mut matches = Map::new();
            for (name, from) in [("tool", TOOLS), ("agent", AGENTS), ("target", TARGETS)] {
                if random.below(3) == 0 {
                    matches.insert(name.to_owned(), text_matcher(random, from));
                }
            }
            if random.below(2) == 0 {
                let params = param_matchers(random);
                if params.as_object().is_some_and(|params| !params.is_empty()) {
                    matches.insert("params".to_owned(), params);
                }
            }
            let mut action = pick(random, ACTIONS);
            let mut rule = json!({ "id": format!("rule {index}"), "match": matches });
            if random.below(2) == 0 {
                rule["reason"] = format!("because: {}", random.below(100)).into();
                rule["description"] = "# not a comment".into();
            }
            if with_limits && random.below(2) == 0 {
                // What an allowing rule does with its limit is the one decision
                // that the published Signet takes the other way round.
                action = pick(random, &ACTIONS[1..]);
                rule["rate_limit"] = json!({
                    "max_calls": random.below(4),
                    "window_seconds": 3600 + random.below(100_000),
                    "scope": pick(random, &["per_tool", "per_agent", "global"]),
                });
            }
            if random.below(8) == 0 {
                rule["obligations"] = json!([
                    { "type": "sandbox", "version": 1, "parameters": { "required": true } },
                    { "type": "x-own", "version": 3, "parameters": { "n": 1.5, "l": [null] } },
                ]);
            }
            rule["action"] = action.into();
            rule
        })
        .collect();
    let mut policy = json!({ "version": 1, "rules": rules });
    if random.below(2) == 0 {
        policy["name"] = "näme: 'quoted'".into();
        policy["default_action"] = pick(random, ACTIONS).into();
    }
    policy
}

/// Writes a value as YAML, in block or flow style.
fn append_yaml(out: &mut String, value: &Value, depth: usize, random: &mut Documents) {
    let flow = random.below(3) == 0;
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() && !flow => {
            for (name, value) in members {
                out.push_str(&format!("\n{indent}{name}: "));
                append_yaml(out, value, depth + 1, random);
            }
        }
        Value::Array(items) if !items.is_empty() && !flow => {
            for item in items {
                out.push_str(&format!("\n{indent}- "));
                append_yaml(out, item, depth + 1, random);
            }
        }
        Value::String(text) => {
            let plain = !text.is_empty()
                && text.chars().all(|char| char.is_ascii_lowercase())
                && text != "null"
                && text != "true";
            match random.below(3) {
                0 if plain => out.push_str(text),
                1 if !text.contains(|char: char| char.is_control()) => {
                    out.push_str(&format!("'{}'", text.replace('\'', "''")));
                }
                _ => out.push_str(&value.to_string()),
            }
        }
        Value::Number(number) if random.below(4) == 0 && number.is_u64() => {
            out.push_str(&format!("0x{:x}", number.as_u64().unwrap()));
        }
        other => out.push_str(&other.to_string()),
    }
}

fn call(random: &mut Documents, wild: bool) -> Value {
    let mut params = Map::new();
    for name in PARAMS {
        if random.below(4) == 0 {
            continue;
        }
        let value = match *name {
            _ if wild && random.below(2) == 0 => match random.below(6) {
                0 => Value::Null,
                1 => json!([11, "rm -rf /"]),
                2 => json!("1000000"),
                3 => json!(true),
                4 => json!({ "rm": 5 }),
                _ => number(random),
            },
            "amount" => number(random),
            "command" => pick(random, COMMANDS).into(),
            _ => deep(random),
        };
        params.insert((*name).to_owned(), value);
    }
    let params = match random.below(12) {
        0 if wild => json!(["rm -rf /"]),
        1 if wild => json!(7),
        2 => Value::Null,
        _ => params.into(),
    };
    json!({
        "tool": pick(random, TOOLS),
        "agent": pick(random, AGENTS),
        "target": pick(random, TARGETS),
        "params": params,
    })
}

fn their_action(call: &Value) -> signet_core::Action {
    let text = |name: &str| call[name].as_str().unwrap().to_owned();
    signet_core::Action {
        tool: text("tool"),
        params: call["params"].clone(),
        params_hash: String::new(),
        target: text("target"),
        transport: "stdio".to_owned(),
        session: None,
        call_id: None,
        response_hash: None,
        trace_id: None,
        parent_receipt_id: None,
    }
}

fn our_action(call: &Value) -> Action {
    let json = json!({
        "tool": call["tool"], "target": call["target"], "params": call["params"],
    });
    Action::parse(json.to_string().as_bytes(), &ActionOptions::default()).unwrap()
}

fn clock() -> Instant {
    Instant::parse("2026-06-15T12:00:00Z").unwrap()
}

fn both(document: &Value) -> (Policy, signet_core::Policy) {
    let text = document.to_string();
    let ours = Policy::parse(text.as_bytes(), Format::Json);
    let theirs = signet_core::parse_policy_json(&text);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (ours, theirs) => panic!("{text}\n{ours:?}\n{:?}", theirs.err()),
    }
}

#[test]
fn random_policies_have_the_published_hash_in_json_and_in_yaml() {
    let seed = first_seed();
    for round in 0..1500 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let document = policy(&mut random, true);
        let (ours, theirs) = both(&document);
        let hash = signet_core::compute_policy_hash(&theirs).unwrap();
        assert_eq!(ours.hash(), hash, "{document}");
        let mut yaml = String::new();
        append_yaml(&mut yaml, &document, 0, &mut random);
        let from_yaml = Policy::parse(yaml.as_bytes(), Format::Yaml);
        let from_yaml = from_yaml.unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        assert_eq!(from_yaml.hash(), hash, "{yaml}");
        let theirs = signet_core::parse_policy_yaml(&yaml).unwrap();
        assert_eq!(
            signet_core::compute_policy_hash(&theirs).unwrap(),
            hash,
            "{yaml}"
        );
        // The normal form is a policy too: the same one.
        let again = Policy::parse(ours.normal_form(), Format::Json).unwrap();
        assert_eq!(again.hash(), hash);
    }
}

#[test]
fn random_calls_get_the_published_decision() {
    let seed = first_seed();
    for round in 0..1500 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let with_limits = random.below(2) == 0;
        let document = policy(&mut random, with_limits);
        let (ours, theirs) = both(&document);
        let mut our_counters = RateLimits::new();
        let mut their_counters = signet_core::RateLimitState::new();
        let counting = random.below(3) > 0;
        for _ in 0..6 {
            let call = call(&mut random, false);
            let action = our_action(&call);
            let agent = call["agent"].as_str().unwrap();
            let got = ours.evaluate(
                &Call::of_action(&action, agent),
                clock(),
                counting.then_some(&mut our_counters),
            );
            let expected = signet_core::evaluate_policy(
                &their_action(&call),
                agent,
                &theirs,
                counting.then_some(&mut their_counters),
            )
            .unwrap();
            let context = || format!("seed {}\n{document}\n{call}", seed.wrapping_add(round));
            let decision = serde_json::to_value(expected.decision).unwrap();
            assert_eq!(got.decision.as_text(), decision, "{}", context());
            assert_eq!(got.matched_rules, expected.matched_rules, "{}", context());
            assert_eq!(got.winning_rule, expected.winning_rule, "{}", context());
            if counting || !with_limits {
                assert_eq!(got.reason, expected.reason, "{}", context());
            }
            assert_eq!(got.policy_hash, expected.policy_hash);
            // An obligation of the rule that wins there is never lost here.
            for obligation in &expected.obligations {
                let obligation = serde_json::to_value(obligation).unwrap();
                let kept = got.obligations.iter().any(|ours| {
                    serde_json::from_slice::<Value>(ours.json()).unwrap() == obligation
                });
                assert!(kept, "{}", context());
            }
        }
    }
}

#[test]
fn params_of_any_type_never_get_a_milder_decision_than_published() {
    let seed = first_seed();
    let mut stricter = 0;
    for round in 0..3000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let document = policy(&mut random, false);
        let (ours, theirs) = both(&document);
        let call = call(&mut random, true);
        let agent = call["agent"].as_str().unwrap();
        let action = our_action(&call);
        let got = ours.evaluate(&Call::of_action(&action, agent), clock(), None);
        let expected =
            signet_core::evaluate_policy(&their_action(&call), agent, &theirs, None).unwrap();
        let expected = match expected.decision {
            signet_core::RuleAction::Allow => Decision::Allow,
            signet_core::RuleAction::RequireApproval => Decision::RequireApproval,
            signet_core::RuleAction::Deny => Decision::Deny,
        };
        assert!(got.decision >= expected, "{document}\n{call}\n{got:?}");
        stricter += u32::from(got.decision > expected);
    }
    assert!(stricter > 0, "the wild calls tried nothing");
}

#[test]
fn hidden_params_never_get_a_milder_decision_than_any_params_would() {
    let seed = first_seed();
    let mut decisive = 0;
    for round in 0..3000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let with_limits = random.below(2) == 0;
        let document = policy(&mut random, with_limits);
        let ours = Policy::parse(document.to_string().as_bytes(), Format::Json).unwrap();
        let call = call(&mut random, true);
        if call["params"].is_null() {
            continue;
        }
        let agent = call["agent"].as_str().unwrap();
        let shown = our_action(&call);
        let json = json!({
            "tool": call["tool"], "target": call["target"], "params": call["params"],
        });
        let options = ActionOptions {
            hash_only: true,
            ..ActionOptions::default()
        };
        let hidden = Action::parse(json.to_string().as_bytes(), &options).unwrap();
        let counting = random.below(2) == 0;
        let decide = |action: &Action| {
            let mut counters = RateLimits::new();
            let counters = counting.then_some(&mut counters);
            ours.evaluate(&Call::of_action(action, agent), clock(), counters)
        };
        // An empty object is what no params at all hash to: nothing is hidden.
        if call["params"] == json!({}) {
            continue;
        }
        let (of_hidden, of_shown) = (decide(&hidden), decide(&shown));
        assert!(
            of_hidden.decision >= of_shown.decision,
            "{document}\n{call}\n{of_hidden:?}\n{of_shown:?}"
        );
        decisive += u32::from(of_hidden.decision > of_shown.decision);

        // Shown after all, they are judged like any others.
        let receipt: Value = serde_json::from_slice(hidden.json()).unwrap();
        let disclosed = Call::of_action(&hidden, agent)
            .disclosing(
                call["params"].to_string().as_bytes(),
                receipt["params_hash"].as_str().unwrap(),
                &Limits::default(),
            )
            .unwrap();
        let mut counters = RateLimits::new();
        let counters = counting.then_some(&mut counters);
        assert_eq!(ours.evaluate(&disclosed, clock(), counters), of_shown);
    }
    assert!(decisive > 0, "hiding never mattered");
}

/// Why a policy that the published Signet reads is refused: a piece of the reason.
const REFUSED: &[&str] = &[
    // Misspelt, or there twice.
    "unknown member",
    "a second member named",
    // A matcher that says nothing, and so would match everything or nothing.
    "without an operator it would match everything",
    "no operator is given",
    "no param is named",
    "an empty list would match",
    "every text contains the empty one",
    "a window of no length",
    "write the plain value null",
    // A null that stands for a default, or another type.
    "it must be a text",
    "it must be a list",
    "it must be an object",
    "it must be an integer",
    "a double would round this number",
];

#[test]
fn an_almost_right_policy_is_read_only_where_it_is_read_there_and_then_alike() {
    let seed = first_seed();
    let (mut alike, mut refused, mut neither) = (0_u64, 0_u64, 0_u64);
    for round in 0..4000 * torture() {
        let mut random = Documents::new(seed.wrapping_add(round));
        let document = policy(&mut random, true);
        let text = mutated(&mut random, &document);
        let yaml = random.below(2) == 0;
        let (ours, theirs) = match yaml {
            true => (
                Policy::parse(text.as_bytes(), Format::Yaml),
                signet_core::parse_policy_yaml(&text),
            ),
            false => (
                Policy::parse(text.as_bytes(), Format::Json),
                signet_core::parse_policy_json(&text),
            ),
        };
        let theirs = theirs.and_then(|policy| {
            signet_core::validate_policy(&policy)?;
            Ok(policy)
        });
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => {
                let hash = signet_core::compute_policy_hash(&theirs).unwrap();
                assert_eq!(ours.hash(), hash, "{text}");
                alike += 1;
            }
            (Ok(_), Err(error)) => panic!("read here only: {error}\n{text}"),
            (Err(error), Ok(_)) => {
                let known = REFUSED.iter().any(|reason| error.detail().contains(reason));
                assert!(known, "{error}\n{text}");
                refused += 1;
            }
            (Err(_), Err(_)) => neither += 1,
        }
    }
    let counts = [alike, refused, neither];
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
