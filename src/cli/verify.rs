//! `signet verify`: is this receipt what somebody trusted has signed, and is the
//! log of the home folder whole.

use std::path::PathBuf;

use clap::Args;
use signet::ErrorKind;
use signet::authority::trust::Section;
use signet::crypto::ed25519::PublicKey;
use signet::receipt::{Field, Receipt};
use signet::verifier::{
    Axis, Check, Evidence, FileNoncesOptions, ReplayStore, Report, Verifier, VerifierOptions,
};

use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::terminal::{answer_line, comment, plain};
use crate::{documents, filters, key_reference, log_report};

/// By how many seconds clocks may differ, as for delegations.
const CLOCK_SKEW_SECONDS: u64 = 60;

/// What to verify, and against what.
#[derive(Args, Debug)]
pub struct Command {
    /// The receipt, a JSON file; - for standard input
    #[arg(value_name = "RECEIPT")]
    receipt: Option<PathBuf>,
    /// The key that must have signed: the agent's, the server's of a co-signed
    /// receipt, the root's of a delegated one. A name, a .pub file or the key itself
    #[arg(long, value_name = "KEY")]
    pubkey: Option<String>,
    /// The keys to trust: agents, servers and roots, in YAML or JSON
    #[arg(long, value_name = "FILE")]
    trust_bundle: Option<PathBuf>,
    /// Verify the hash chain of the audit log
    #[arg(long)]
    chain: bool,
    /// Remember receipts in this file, and refuse one that was seen before
    #[arg(long, value_name = "FILE")]
    nonce_store: Option<PathBuf>,
    /// The key of the authority that must have decided for the action
    #[arg(long, value_name = "KEY")]
    authority: Option<String>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        if self.chain {
            return self.verify_chain(context);
        }
        let Some(path) = &self.receipt else {
            return Err(Failure::usage(
                "the file of a receipt is required (or use --chain)",
            ));
        };
        let trusted = self.trusted(context)?;
        let text = documents::read_or_input("receipt", path)?;
        let report = self.judge(&text, &trusted, context)?;
        if context.json {
            let line = String::from_utf8_lossy(&report.to_json()).into_owned();
            answer_line(line)?;
            return match report.is_ok() {
                true => Ok(()),
                false => Err(Failure::said(refusal(&report, &trusted).outcome)),
            };
        }
        if !report.is_ok() {
            return Err(refusal(&report, &trusted));
        }
        for remark in report.remarks() {
            comment(format!("Not vouched for: {}", remark.code()));
        }
        match report.receipt() {
            Some(receipt) => answer_line(shown(receipt, &trusted)),
            None => Ok(()),
        }
    }

    fn verify_chain(&self, context: &Context) -> Done {
        if self.receipt.is_some()
            || self.pubkey.is_some()
            || self.trust_bundle.is_some()
            || self.nonce_store.is_some()
            || self.authority.is_some()
        {
            return Err(Failure::usage(
                "--chain is about the log: it goes with no receipt, and none of its options",
            ));
        }
        comment("Verifying chain integrity...");
        let Some(log) = filters::log_of(context)? else {
            comment(log_report::no_log(context));
            return match context.json {
                true => answer_line(r#"{"ok":true,"records":0,"verdict":"OK"}"#),
                false => answer_line("Chain intact: 0 records verified"),
            };
        };
        let verified = log_report::verify(&log, None)?;
        if context.json {
            answer_line(verified.to_json().to_string())?;
            return match verified.chain_failure() {
                Some(failure) => Err(Failure::said(failure.outcome)),
                None => Ok(()),
            };
        }
        for line in verified.comments() {
            comment(line);
        }
        match verified.chain_failure() {
            Some(failure) => {
                Err(failure
                    .with_advice("`signet log repair` shows what can be done about a torn end."))
            }
            None => answer_line(format!(
                "Chain intact: {} records verified",
                verified.report.records
            )),
        }
    }

    fn trusted(&self, context: &Context) -> Result<Trusted, Failure> {
        match (&self.pubkey, &self.trust_bundle) {
            (Some(_), Some(_)) => Err(Failure::usage(
                "--pubkey and --trust-bundle are mutually exclusive",
            )),
            (None, None) => Err(Failure::usage(
                "--pubkey or --trust-bundle is required to verify a receipt",
            )),
            (Some(key), None) => Ok(Trusted::Key(key_reference::resolve(key, context)?)),
            (None, Some(path)) => {
                let bundle = documents::named_trust_bundle(path)?;
                Ok(Trusted::Bundle(Box::new(bundle)))
            }
        }
    }

    fn judge(&self, text: &[u8], trusted: &Trusted, context: &Context) -> Result<Report, Failure> {
        let mut options = VerifierOptions {
            // Evidence does not lose its worth with the years; its expiry counts.
            max_age_seconds: u64::MAX,
            clock_skew_seconds: CLOCK_SKEW_SECONDS,
            replay: ReplayStore::Off,
            ..VerifierOptions::default()
        };
        match trusted {
            Trusted::Key(key) => {
                options.trusted_keys = vec![*key];
                options.trusted_servers = vec![*key];
                options.trusted_roots = vec![*key];
                options.any_co_signed_agent = true;
            }
            Trusted::Bundle(bundle) => options.trust_bundle = Some(bundle.as_ref().clone()),
        }
        if let Some(authority) = &self.authority {
            options.trusted_authorities = vec![key_reference::resolve(authority, context)?];
            options.require_decision = true;
        }
        let evidence = Evidence {
            receipt: text.trim_ascii(),
            ..Evidence::default()
        };
        let now = context.now();
        match &self.nonce_store {
            None => Ok(Verifier::new(options)?.check_evidence(&evidence, now)),
            Some(path) => {
                options.replay = ReplayStore::File {
                    path: path.clone(),
                    options: FileNoncesOptions {
                        // Published programs read the file itself.
                        share_at_once: true,
                        ..FileNoncesOptions::default()
                    },
                };
                Ok(Verifier::new(options)?.check_receipt(&evidence, now))
            }
        }
    }
}

/// Who is trusted.
enum Trusted {
    Key(PublicKey),
    Bundle(Box<signet::authority::trust::TrustBundle>),
}

/// The line of a receipt that holds.
fn shown(receipt: &Receipt, trusted: &Trusted) -> String {
    let agent_receipt = receipt.agent_receipt().unwrap_or(receipt);
    let text =
        |receipt: &Receipt, field| plain(receipt.text(field).unwrap_or_default()).into_owned();
    let (name, tool) = (
        text(agent_receipt, Field::SignerName),
        text(agent_receipt, Field::Tool),
    );
    match (receipt.version(), trusted) {
        (2, _) => format!(
            "Valid: \"{name}\" dispatched \"{tool}\" → response at {}",
            text(receipt, Field::TimeResponse)
        ),
        (3, Trusted::Bundle(_)) => {
            format!("Valid: bilateral receipt trusted for \"{name}\" tool \"{tool}\"")
        }
        (3, Trusted::Key(_)) => {
            let server = text(receipt, Field::ServerName);
            format!(
                "Valid: server \"{server}\" co-signed \"{tool}\" of \"{name}\" at {}",
                text(receipt, Field::TimeResponse)
            )
        }
        (4, _) => format!(
            "Valid: authorized \"{name}\" signed \"{tool}\" at {}",
            text(receipt, Field::Time)
        ),
        _ => format!(
            "Valid: \"{name}\" signed \"{tool}\" at {}",
            text(receipt, Field::Time)
        ),
    }
}

/// Why a receipt was refused, with the exit code of the published Signet: a
/// receipt that the key given with `--pubkey` has not signed has no valid
/// signature.
fn refusal(report: &Report, trusted: &Trusted) -> Failure {
    let Some(error) = report.reason() else {
        return Failure::said(Outcome::Failed);
    };
    let mut failure = Failure::from(error.clone());
    if matches!(report.check(Axis::Signature), Check::Failed(_)) {
        failure.outcome = Outcome::Invalid;
        return failure;
    }
    match trusted {
        Trusted::Key(key) => {
            let mut signers = report.signer().into_iter().chain(report.server());
            let signed = signers.any(|signer| signer.key == *key);
            let untrusted = error.kind() == ErrorKind::SignerUntrusted
                && matches!(report.check(Axis::Trust), Check::Failed(_));
            match error.kind() {
                _ if untrusted => {
                    failure.outcome = Outcome::Invalid;
                    failure.with_advice("The key of --pubkey has not signed this receipt.")
                }
                ErrorKind::ChainRootUntrusted if !signed => {
                    failure.outcome = Outcome::Invalid;
                    failure.with_advice("The key of --pubkey has not signed this receipt.")
                }
                ErrorKind::ChainRootUntrusted => failure.with_advice(
                    "This receipt rests on a delegation: give the root's key with --pubkey, \
                     or a --trust-bundle with the root.",
                ),
                _ => failure,
            }
        }
        Trusted::Bundle(bundle) => match error.kind() {
            ErrorKind::ChainRootUntrusted if bundle.keys(Section::Roots).is_empty() => {
                failure.with_advice("The trust bundle has no roots.")
            }
            ErrorKind::SignerUntrusted => {
                failure.with_advice("`signet trust list` shows the keys of a trust bundle.")
            }
            _ => failure,
        },
    }
}
