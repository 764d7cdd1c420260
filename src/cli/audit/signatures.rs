//! `signet audit --verify`: every signature of the chosen records, and the log
//! around them.
//!
//! The whole log is read: a record whose place in the chain is not right is no
//! evidence, however good its signature. The counts are about the chosen records.

use std::ops::ControlFlow;

use serde_json::json;
use signet::crypto::ed25519::PublicKey;
use signet::log::{LogFolder, ParamsKey, Query, SignaturePolicy, StoredRecord};

use super::{Command, keys};
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::log_report::{self, Verified};
use crate::params_keys;
use crate::pretty::plain;
use crate::terminal::{answer, answer_line, comment};

/// How many records with something wrong are named.
const MAX_NAMED: u64 = 1000;

/// Verifies.
pub fn run(
    command: &Command,
    log: Option<&LogFolder>,
    query: &Query<'_>,
    context: &Context,
) -> Done {
    let bundle = command.given_trust_bundle()?;
    let agents = keys(&command.trusted_agent_key, context)?;
    let servers = keys(&command.trusted_server_key, context)?;
    let roots = keys(&command.trusted_root_key, context)?;
    let [agents, servers, roots] =
        [&agents, &servers, &roots].map(|keys| keys.iter().collect::<Vec<_>>());
    let given = |keys: &'_ Vec<&PublicKey>| !keys.is_empty();
    let Some(log) = log else {
        comment(log_report::no_log(context));
        return match context.json {
            true => answer_line(Counts::default().to_json().to_string()),
            false => answer_line("0/0 signatures valid"),
        };
    };
    let params_keys = params_keys::for_records(log, &Query::default(), context)?;
    let params_keys: Vec<&ParamsKey> = params_keys.iter().collect();
    let policy = SignaturePolicy {
        trusted: given(&agents).then_some(agents.as_slice()),
        servers: given(&servers).then_some(servers.as_slice()),
        roots: given(&roots).then_some(roots.as_slice()),
        bundle: bundle.as_ref(),
        params_keys: &params_keys,
        ..SignaturePolicy::default()
    };
    let verified = log_report::verify(log, Some(policy))?;
    let mut counts = Counts::default();
    log.query(query, |record| {
        counts.add(record, &verified);
        ControlFlow::Continue(())
    })?;
    let outcome = counts.outcome(&verified);
    if context.json {
        let mut report = verified.to_json();
        report["signatures"] = counts.to_json();
        report["ok"] = json!(outcome.is_none());
        answer_line(report.to_string())?;
        return outcome.map_or(Ok(()), |failure| Err(Failure::said(failure.outcome)));
    }
    counts.say(&verified)?;
    outcome.map_or(Ok(()), Err)
}

/// What became of the signatures of the chosen records.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many records there are.
    pub total: u64,
    /// How many are signed by somebody who counts.
    pub valid: u64,
    /// How many tell of denied calls, which nobody signs.
    pub unsigned: u64,
    /// How many are wrong, or by somebody who does not count.
    pub failed: u64,
    /// How many could not be judged.
    pub unverifiable: u64,
    /// The failures as lines, record by record.
    pub failures: Vec<Named>,
    /// What could not be judged.
    pub warnings: Vec<Named>,
}

/// A record with what is wrong with it.
#[derive(Debug)]
pub struct Named {
    id: String,
    place: String,
    kind: &'static str,
    detail: String,
}

impl Counts {
    /// Counts a record of the log that was verified. One that has come since is
    /// nothing that anybody has looked at.
    pub fn add(&mut self, record: &StoredRecord, verified: &Verified) {
        if record.index >= verified.end() {
            return;
        }
        self.total += 1;
        let view = record.view();
        let Some(flaw) = verified.signatures.get(&record.index) else {
            match view.is_violation() {
                true => self.unsigned += 1,
                false => self.valid += 1,
            }
            return;
        };
        let (count, named) = match flaw.is_failure() {
            true => (&mut self.failed, &mut self.failures),
            false => (&mut self.unverifiable, &mut self.warnings),
        };
        *count += 1;
        if *count > MAX_NAMED {
            return;
        }
        named.push(Named {
            id: view
                .id()
                .map(|id| plain(&id).into_owned())
                .unwrap_or_default(),
            place: flaw.place.clone(),
            kind: flaw.kind.name(),
            detail: plain(&flaw.detail).into_owned(),
        });
    }

    /// The line that counts.
    pub fn line(&self) -> String {
        let mut line = format!("{}/{}", self.valid, self.total);
        line.push_str(" signatures valid");
        for (count, what) in [
            (self.failed, "FAILED"),
            (self.unverifiable, "NOT VERIFIABLE"),
            (self.unsigned, "denied calls (unsigned by nature)"),
        ] {
            if count > 0 {
                line.push_str(&format!(", {count} {what}"));
            }
        }
        line
    }

    /// The line for a look at the log.
    pub fn short_line(&self) -> String {
        self.line().replacen(" signatures", "", 1)
    }

    /// Appends what is wrong, for a look at the log.
    pub fn append_lists(&self, out: &mut String) {
        for (title, list) in [
            ("Signature warnings", &self.warnings),
            ("Signature failures", &self.failures),
        ] {
            if list.is_empty() {
                continue;
            }
            out.push_str(&format!("\n{title}:\n"));
            for named in list {
                out.push_str(&format!(
                    "  {} ({}): {}\n",
                    named.id, named.place, named.detail
                ));
            }
        }
    }

    fn say(&self, verified: &Verified) -> Done {
        for named in &self.failures {
            comment(format!(
                "Record {}: {} ({})",
                named.id, named.detail, named.place
            ));
        }
        let mut out = format!("{}\n", self.line());
        if !self.warnings.is_empty() {
            out.push_str("\nWarnings:\n");
            for named in &self.warnings {
                out.push_str(&format!(
                    "Record {} ({}): {}\n",
                    named.id, named.place, named.detail
                ));
            }
        }
        answer(out)?;
        for line in verified.comments() {
            comment(line);
        }
        Ok(())
    }

    fn outcome(&self, verified: &Verified) -> Option<Failure> {
        if self.failed > 0 {
            let message = "signature verification failed";
            return Some(Failure::new(Outcome::Invalid, "signature_invalid", message));
        }
        verified.chain_failure().or_else(|| {
            (self.unverifiable > 0).then(|| {
                Failure::new(
                    Outcome::Failed,
                    "log_unverifiable",
                    format!("{} records could not be judged", self.unverifiable),
                )
                .with_advice(
                    "Encrypted params need the signer's key (SIGNET_PASSPHRASE), delegated calls a root \
                     (--trust-bundle or --trusted-root-key).",
                )
            })
        })
    }

    /// In JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let listed = |named: &[Named]| {
            let named = named.iter().map(|named| {
                json!({"receipt_id": named.id, "place": named.place, "kind": named.kind, "detail": named.detail})
            });
            named.collect::<Vec<_>>()
        };
        json!({
            "total": self.total,
            "valid": self.valid,
            "failed": self.failed,
            "unverifiable": self.unverifiable,
            "unsigned": self.unsigned,
            "failures": listed(&self.failures),
            "warnings": listed(&self.warnings),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signet::encoding::rfc3339::Instant;
    use signet::identity::KeyPair;
    use signet::log::{Log, LogOptions};
    use signet::receipt::{Action, ActionOptions, SignOptions, Signer, sign};

    #[test]
    fn a_record_that_comes_after_the_verification_is_not_counted_as_valid() {
        let home = tempfile::tempdir().unwrap();
        let log = Log::open(home.path(), LogOptions::default()).unwrap();
        let pair = KeyPair::from_seed(&[1; 32]);
        let append = || {
            let json = br#"{"tool":"t","params":{},"target":"x"}"#;
            let action = Action::parse(json, &ActionOptions::default()).unwrap();
            let options = SignOptions {
                time: Some(Instant::now()),
                ..SignOptions::default()
            };
            let signer = Signer {
                name: "a",
                owner: "",
            };
            let receipt = sign(&pair, &action, &signer, &options).unwrap();
            log.append_json(receipt.json()).unwrap();
        };
        append();
        let folder = LogFolder::open(&home.path().join("audit")).unwrap();
        let verified = log_report::verify(&folder, Some(SignaturePolicy::default())).unwrap();
        append();
        let mut counts = Counts::default();
        let all = Query::default();
        folder
            .query(&all, |record| {
                counts.add(record, &verified);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!((counts.valid, counts.total), (1, 1));
    }
}
