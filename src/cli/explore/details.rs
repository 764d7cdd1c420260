//! One record in a frame, and what a record says of itself.

use std::fmt::Write as _;

use crate::terminal::{plain, start_of};
use serde_json::Value;
use signet::log::StoredRecord;
use signet::log::line::hash_text;

/// How many characters of a hash are shown.
pub const HASH_SHOWN: usize = 40;
/// How many of a signature or key.
const KEY_SHOWN: usize = 36;
const WIDTH: usize = 53;

/// What a record says of itself. Nothing of it is verified.
pub struct Claims {
    receipt: Value,
    time: Option<String>,
}

impl Claims {
    /// Of a record in the log.
    pub fn of(record: &StoredRecord) -> Claims {
        Claims {
            receipt: serde_json::from_slice(&record.receipt).unwrap_or(Value::Null),
            time: record.view().time_text().map(std::borrow::Cow::into_owned),
        }
    }

    /// A member by its path.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let found = path
            .iter()
            .try_fold(&self.receipt, |value, name| value.get(name));
        found?.as_str()
    }

    /// A member of the call, which a co-signed receipt holds inside.
    pub fn of_call(&self, path: &[&str]) -> Option<&str> {
        let inside: Vec<&str> = ["agent_receipt"].iter().chain(path).copied().collect();
        self.text(path).or_else(|| self.text(&inside))
    }

    /// The version, where it is a number.
    pub fn version(&self) -> Option<u64> {
        self.receipt.get("v")?.as_u64()
    }

    /// The type of an unsigned record.
    pub fn record_type(&self) -> Option<&str> {
        self.text(&["type"])
    }

    /// Whether it tells of a denied call.
    pub fn is_violation(&self) -> bool {
        self.record_type() == Some("policy_violation")
    }

    /// The name of the agent.
    pub fn signer(&self) -> String {
        let named = self
            .of_call(&["signer", "name"])
            .or_else(|| self.text(&["agent"]));
        named.unwrap_or("-").to_owned()
    }

    /// The tool.
    pub fn tool(&self) -> String {
        self.of_call(&["action", "tool"]).unwrap_or("-").to_owned()
    }

    /// `v1` to `v4`, `policy`, or `?`.
    pub fn kind(&self) -> String {
        match self.version() {
            _ if self.is_violation() => "policy".to_owned(),
            Some(version @ 1..=4) => format!("v{version}"),
            _ => "?".to_owned(),
        }
    }

    /// What became of the call: the outcome of a response, `rejected` or
    /// `requires_approval` of a denied call, otherwise `intent`.
    pub fn status(&self) -> String {
        if self.is_violation() {
            return match self.text(&["decision"]) {
                Some("require_approval") => "requires_approval",
                _ => "rejected",
            }
            .to_owned();
        }
        self.outcome().unwrap_or("intent").to_owned()
    }

    /// The outcome that a response states.
    pub fn outcome(&self) -> Option<&str> {
        self.text(&["response", "outcome", "status"])
    }

    /// The decision of a policy.
    pub fn decision(&self) -> Option<&str> {
        let attested = self.of_call(&["policy", "decision"]);
        attested.or_else(|| self.is_violation().then(|| self.text(&["decision"]))?)
    }

    /// Month, day and time of day.
    pub fn short_time(&self) -> String {
        let time = self.time.as_deref();
        let parts = time.and_then(|time| Some((time.get(5..10)?, time.get(11..19)?)));
        match parts {
            Some((day, clock)) => plain(&format!("{day} {clock}")).into_owned(),
            None => "-".to_owned(),
        }
    }

    fn list(&self, path: &[&str]) -> String {
        let found = path
            .iter()
            .try_fold(&self.receipt, |value, name| value.get(name));
        let items = found
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        texts.join(", ")
    }
}

/// A record in its frame.
pub fn of(record: &StoredRecord) -> String {
    let claims = Claims::of(record);
    let mut frame = Frame::default();
    match claims.is_violation() {
        true => violation(&mut frame, &claims),
        false => receipt(&mut frame, &claims),
    }
    frame.section("Chain");
    frame.shortened("Prev hash:", Some(&hash_text(&record.previous)), HASH_SHOWN);
    frame.shortened(
        "Record hash:",
        Some(&hash_text(&record.record_hash)),
        HASH_SHOWN,
    );
    frame.end()
}

/// The params of a receipt in canonical JSON, for people.
pub fn params(receipt: &[u8]) -> String {
    let params = serde_json::from_slice::<Value>(receipt)
        .ok()
        .and_then(|mut receipt| Some(receipt.get_mut("action")?.get_mut("params")?.take()));
    params
        .and_then(|params| serde_json::to_string_pretty(&params).ok())
        .unwrap_or_default()
}

fn receipt(frame: &mut Frame, claims: &Claims) {
    frame.title("Receipt Details");
    frame.text("ID:", claims.text(&["id"]));
    frame.text(
        "Version:",
        Some(&format!("v{}", claims.version().unwrap_or(0))),
    );
    frame.text("Timestamp:", claims.time.as_deref());
    frame.text("Signer:", Some(&claims.signer()));
    frame.text("Tool:", Some(&claims.tool()));
    frame.shortened(
        "Params hash:",
        claims.of_call(&["action", "params_hash"]),
        HASH_SHOWN,
    );
    frame.text("Nonce:", claims.text(&["nonce"]));
    if claims.version() == Some(3) {
        frame.key("Agent sig:", claims.text(&["agent_receipt", "sig"]));
        frame.key(
            "Agent key:",
            claims.text(&["agent_receipt", "signer", "pubkey"]),
        );
        frame.text("Server:", claims.text(&["server", "name"]));
        frame.key("Server sig:", claims.text(&["sig"]));
        frame.key("Server key:", claims.text(&["server", "pubkey"]));
    } else {
        frame.key("Signature:", claims.text(&["sig"]));
        frame.key("Public key:", claims.text(&["signer", "pubkey"]));
    }
    if let Some(status) = claims.outcome() {
        frame.section("Outcome");
        frame.text("Status:", Some(status));
        frame.optional("Reason:", claims.text(&["response", "outcome", "reason"]));
        frame.optional("Error:", claims.text(&["response", "outcome", "error"]));
        let hash = claims.text(&["response", "content_hash"]);
        frame.unaligned(
            "Content hash:",
            hash.map(|hash| start_of(hash, HASH_SHOWN - 1)),
        );
    }
    if let Some(decision) = claims.text(&["policy", "decision"]) {
        frame.section("Policy Attestation");
        frame.text("Decision:", Some(decision));
        frame.shortened(
            "Policy hash:",
            claims.text(&["policy", "policy_hash"]),
            HASH_SHOWN,
        );
        frame.text("Rules:", Some(&claims.list(&["policy", "matched_rules"])));
    }
    frame.optional("Expires:", claims.text(&["exp"]));
    let (trace, parent) = (
        claims.of_call(&["action", "trace_id"]),
        claims.of_call(&["action", "parent_receipt_id"]),
    );
    if trace.is_some() || parent.is_some() {
        frame.section("Trace Correlation");
        frame.optional("Trace ID:", trace);
        frame.optional("Parent:", parent);
    }
}

fn violation(frame: &mut Frame, claims: &Claims) {
    frame.title("Policy Violation");
    frame.text("Timestamp:", claims.time.as_deref());
    frame.text("Agent:", claims.text(&["agent"]));
    frame.text("Tool:", Some(&claims.tool()));
    frame.text("Target:", claims.text(&["action", "target"]));
    frame.text("Status:", Some(&claims.status()));
    frame.text("Decision:", claims.text(&["decision"]));
    frame.text("Reason:", claims.text(&["reason"]));
    frame.text("Policy:", claims.text(&["policy"]));
    frame.shortened("Policy hash:", claims.text(&["policy_hash"]), HASH_SHOWN);
    frame.shortened(
        "Params hash:",
        claims.text(&["action", "params_hash"]),
        HASH_SHOWN,
    );
    frame.text("Rules:", Some(&claims.list(&["matched_rules"])));
}

#[derive(Default)]
struct Frame {
    out: String,
}

impl Frame {
    fn title(&mut self, title: &str) {
        let _ = writeln!(self.out, "┌{}┐", "─".repeat(WIDTH));
        let _ = writeln!(self.out, "│ {title:<width$}│", width = WIDTH - 1);
        let _ = writeln!(self.out, "├{}┤", "─".repeat(WIDTH));
    }

    fn section(&mut self, title: &str) {
        let _ = writeln!(self.out, "├{}┤", "─".repeat(WIDTH));
        let _ = writeln!(self.out, "│ {title:<width$}│", width = WIDTH - 1);
    }

    fn text(&mut self, label: &str, value: Option<&str>) {
        let _ = writeln!(self.out, "│ {label:<12} {}", plain(value.unwrap_or("-")));
    }

    fn unaligned(&mut self, label: &str, value: Option<&str>) {
        let _ = writeln!(self.out, "│ {label} {}", plain(value.unwrap_or("-")));
    }

    fn optional(&mut self, label: &str, value: Option<&str>) {
        if value.is_some() {
            self.text(label, value);
        }
    }

    fn shortened(&mut self, label: &str, value: Option<&str>, shown: usize) {
        self.text(label, value.map(|value| start_of(value, shown)));
    }

    fn key(&mut self, label: &str, value: Option<&str>) {
        let value = start_of(value.unwrap_or("-"), KEY_SHOWN);
        self.text(label, Some(&format!("{value}...")));
    }

    fn end(mut self) -> String {
        let _ = writeln!(self.out, "└{}┘", "─".repeat(WIDTH));
        self.out
    }
}
