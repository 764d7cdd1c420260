//! From a document to a policy, under a closed schema.
//!
//! Nothing is ignored and nothing is guessed: an unknown member, an operator
//! that does not exist, a matcher that would match everything or nothing, a
//! number that the hash would round are errors that say where they are.

use std::collections::HashSet;

use crate::authority::document::{self, Cursor, Format, Node, Value};
use crate::authority::policy::matcher::{
    Bound, Exact, Match, ParamMatcher, ParamOperators, TextMatcher, Threshold,
};
use crate::authority::policy::obligation::Obligation;
use crate::authority::policy::rate_limit::{RateLimit, Scope};
use crate::authority::policy::{Decision, Policy, Rule, SUBJECT, hash};
use crate::error::Result;

/// The most rules that a policy may have.
pub const MAX_RULES: usize = 10_000;

const POLICY: &[&str] = &["version", "name", "description", "default_action", "rules"];
const RULE: &[&str] = &[
    "id",
    "description",
    "match",
    "action",
    "reason",
    "rate_limit",
    "obligations",
];
const MATCH: &[&str] = &["tool", "agent", "target", "params"];
const TEXT_OPERATORS: &[&str] = &["one_of", "not_one_of", "contains"];
const PARAM_OPERATORS: &[&str] = &["gt", "gte", "lt", "lte", "eq", "one_of", "contains"];
const RATE_LIMIT: &[&str] = &["max_calls", "window_seconds", "scope"];

/// What can be told about a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleSummary<'a> {
    /// The id, unique within the policy.
    pub id: &'a str,
    /// The description; may be empty.
    pub description: &'a str,
    /// What the rule says about the actions it matches.
    pub action: Decision,
    /// The reason it gives; may be empty.
    pub reason: &'a str,
    /// Whether it counts calls, so that evaluating it needs
    /// [`RateLimits`](super::RateLimits).
    pub is_rate_limited: bool,
    /// Whether it matches every action there is.
    pub matches_everything: bool,
}

impl RuleSummary<'_> {
    pub(super) fn of(rule: &Rule) -> RuleSummary<'_> {
        RuleSummary {
            id: &rule.id,
            description: &rule.description,
            action: rule.action,
            reason: &rule.reason,
            is_rate_limited: rule.rate_limit.is_some(),
            matches_everything: rule.matches.is_empty(),
        }
    }
}

/// Reads everything but the normal form and its hash.
pub(super) fn read(text: &[u8], format: Format) -> Result<Policy> {
    let tree = document::parse(text, format, SUBJECT)?;
    let root = Cursor::root(&tree, SUBJECT);
    let policy = root.object(POLICY)?;
    let version = policy.required("version")?;
    if version.integer(u64::MAX)? != 1 {
        return Err(version.refuse("only version 1 is supported"));
    }
    let default_action = match policy.get("default_action") {
        Some(action) => read_decision(&action)?,
        None => Decision::Allow,
    };
    Ok(Policy {
        name: text_or_empty(policy.get("name"))?,
        description: text_or_empty(policy.get("description"))?,
        default_action,
        rules: read_rules(&policy.required("rules")?)?,
        normal_form: Vec::new(),
        hash: String::new(),
    })
}

fn read_rules(rules: &Cursor<'_>) -> Result<Vec<Rule>> {
    if rules.is_left_out() {
        return Ok(Vec::new());
    }
    let list = rules.list()?;
    if list.len() > MAX_RULES {
        return Err(rules.refuse(&format!("more than {MAX_RULES} rules")));
    }
    let mut ids = HashSet::new();
    let mut read = Vec::with_capacity(list.len());
    for cursor in list {
        let rule = read_rule(&cursor)?;
        if !ids.insert(rule.id.clone()) {
            let id = document::quoted(&rule.id);
            return Err(cursor.refuse(&format!("a second rule with the id {id}")));
        }
        read.push(rule);
    }
    Ok(read)
}

fn read_rule(cursor: &Cursor<'_>) -> Result<Rule> {
    let rule = cursor.object(RULE)?;
    let id = rule.required("id")?;
    if id.text()?.is_empty() {
        return Err(id.refuse("it must not be empty"));
    }
    let rate_limit = rule.get("rate_limit");
    let obligations = rule.get("obligations");
    Ok(Rule {
        id: id.text()?.to_owned(),
        description: text_or_empty(rule.get("description"))?,
        matches: read_match(&rule.required("match")?)?,
        action: read_decision(&rule.required("action")?)?,
        reason: text_or_empty(rule.get("reason"))?,
        rate_limit: rate_limit.as_ref().map(read_rate_limit).transpose()?,
        obligations: obligations
            .as_ref()
            .map(|list| list.list()?.map(|item| Obligation::read(&item)).collect())
            .transpose()?,
    })
}

fn text_or_empty(cursor: Option<Cursor<'_>>) -> Result<String> {
    Ok(cursor.map_or(Ok(""), |text| text.text())?.to_owned())
}

fn read_decision(cursor: &Cursor<'_>) -> Result<Decision> {
    Decision::of_text(cursor.strict_text()?)
        .ok_or_else(|| cursor.refuse("it must be allow, require_approval or deny"))
}

fn read_match(cursor: &Cursor<'_>) -> Result<Match> {
    if cursor.is_null() {
        return Err(cursor.refuse("nothing is given; write {} to match every action"));
    }
    let parts = cursor.object(MATCH)?;
    let text = |name| parts.get(name).map(|part| read_text_matcher(&part));
    let params = parts.get("params");
    Ok(Match {
        tool: text("tool").transpose()?,
        agent: text("agent").transpose()?,
        target: text("target").transpose()?,
        params: params.as_ref().map(read_params).transpose()?,
    })
}

fn read_text_matcher(cursor: &Cursor<'_>) -> Result<TextMatcher> {
    if !matches!(cursor.node().value, Value::Object(_)) {
        return match cursor.strict_text() {
            Ok(text) => Ok(TextMatcher::Exact(text.to_owned())),
            Err(_) => Err(cursor
                .refuse("it must be a text, or an object with one_of, not_one_of or contains")),
        };
    }
    let operators = cursor.object(TEXT_OPERATORS)?;
    if operators.all().len() == 0 {
        return Err(cursor.refuse("without an operator it would match everything"));
    }
    let texts = |name| operators.get(name).map(|list| read_texts(&list));
    let contains = operators.get("contains");
    Ok(TextMatcher::Operators {
        one_of: texts("one_of").transpose()?,
        not_one_of: texts("not_one_of").transpose()?,
        contains: contains.as_ref().map(read_contains).transpose()?,
    })
}

fn read_texts(cursor: &Cursor<'_>) -> Result<Vec<String>> {
    let list = filled_list(cursor)?;
    list.map(|text| Ok(text.strict_text()?.to_owned()))
        .collect()
}

fn filled_list<'a>(cursor: &'a Cursor<'_>) -> Result<impl ExactSizeIterator<Item = Cursor<'a>>> {
    let list = cursor.list()?;
    match list.len() {
        0 => Err(cursor.refuse("an empty list would match everything or nothing")),
        _ => Ok(list),
    }
}

fn read_contains(cursor: &Cursor<'_>) -> Result<String> {
    match cursor.strict_text()? {
        "" => Err(cursor.refuse("every text contains the empty one; name something")),
        text => Ok(text.to_owned()),
    }
}

fn read_params(cursor: &Cursor<'_>) -> Result<Vec<(String, ParamMatcher)>> {
    let params = cursor.free_object()?;
    if params.all().len() == 0 {
        return Err(cursor.refuse("no param is named; leave it out to match any params"));
    }
    params
        .all()
        .map(|(name, param)| Ok((name.to_owned(), read_param(&param)?)))
        .collect()
}

fn read_param(cursor: &Cursor<'_>) -> Result<ParamMatcher> {
    if !matches!(cursor.node().value, Value::Object(_)) {
        return Ok(ParamMatcher::Exact(read_exact(cursor)?));
    }
    // An object without a known operator may be an operator misspelt, so what
    // it should equal has to be said.
    let operators = cursor.object(PARAM_OPERATORS).map_err(|error| {
        let place = error.place();
        let detail = format!("{}; to match an object write eq: {{...}}", error.detail());
        SUBJECT.error(detail, place)
    })?;
    if operators.all().len() == 0 {
        return Err(cursor.refuse("no operator is given; to match an empty object write eq: {}"));
    }
    let mut bounds = Vec::new();
    for bound in Bound::ALL {
        if let Some(number) = operators.get(bound.as_text()) {
            bounds.push((bound, read_threshold(&number)?));
        }
    }
    let eq = operators.get("eq");
    let one_of = operators.get("one_of");
    let contains = operators.get("contains");
    Ok(ParamMatcher::Operators(ParamOperators {
        bounds,
        eq: eq.as_ref().map(read_eq).transpose()?,
        one_of: one_of
            .as_ref()
            .map(|list| filled_list(list)?.map(|value| read_exact(&value)).collect())
            .transpose()?,
        contains: contains.as_ref().map(read_contains).transpose()?,
    }))
}

fn read_eq(cursor: &Cursor<'_>) -> Result<Exact> {
    if cursor.is_null() {
        return Err(cursor.refuse(
            "the published Signet takes a null here for no condition; write the plain value null",
        ));
    }
    read_exact(cursor)
}

fn read_threshold(cursor: &Cursor<'_>) -> Result<Threshold> {
    let json = cursor.number()?;
    Threshold::parse(json).ok_or_else(|| cursor.refuse(ROUNDED))
}

fn read_exact(cursor: &Cursor<'_>) -> Result<Exact> {
    let mut json = Vec::new();
    if let Some(place) = hash::append_json(&mut json, cursor.node()) {
        let detail = "NaN and infinities are not JSON, so no param can equal them";
        return Err(refuse_at(cursor, place, detail));
    }
    Exact::parse(&json).ok_or_else(|| cursor.refuse(ROUNDED))
}

fn refuse_at(cursor: &Cursor<'_>, node: &Node, detail: &str) -> crate::error::Error {
    cursor.refuse(detail).at_place(node.place)
}

const ROUNDED: &str =
    "a double would round this number, so the policy's hash would not identify it";

fn read_rate_limit(cursor: &Cursor<'_>) -> Result<RateLimit> {
    let limit = cursor.object(RATE_LIMIT)?;
    let window = limit.required("window_seconds")?;
    // Larger integers have no exact place in the hash.
    let window_seconds = window.integer((1 << 53) - 1)?;
    if window_seconds == 0 {
        return Err(window.refuse("a window of no length never holds a call"));
    }
    let scope = match limit.get("scope") {
        None => Scope::PerTool,
        Some(scope) => Scope::of_text(scope.strict_text()?)
            .ok_or_else(|| scope.refuse("it must be per_tool, per_agent or global"))?,
    };
    let max_calls = limit.required("max_calls")?.integer(u32::MAX.into())?;
    Ok(RateLimit {
        max_calls: u32::try_from(max_calls).unwrap_or(u32::MAX),
        window_seconds,
        scope,
    })
}
