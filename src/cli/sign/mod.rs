//! `signet sign`: a receipt for a call.
//!
//! Evidence comes first: the receipt is printed when it is in the log, and when
//! it cannot be, there is none.

mod authority;
mod call;
mod judgement;

use std::path::{Path, PathBuf};

use clap::Args;
use signet::authority::authorized::{Said, SignAuthorizedOptions, sign_authorized_as};
use signet::authority::decision::sign_with_decision;
use signet::authority::policy::Policy;
use signet::encoding::rfc3339::Instant;
use signet::identity::KeyPair;
use signet::log::{Log, LogOptions, ParamsKey, Record};
use signet::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::terminal::{answer_line, comment};
use crate::{documents, published_form, whole_file};

use authority::{AuthorityFlags, Mandate};
pub use call::CallFlags;

/// What to sign, and what becomes of the receipt.
#[derive(Args, Debug)]
pub struct Command {
    /// The identity that signs
    #[arg(long, value_name = "NAME")]
    key: String,
    /// Keep only the hash of the params in the receipt
    #[arg(long)]
    hash_only: bool,
    /// Encrypt the params in the log, for the signer's key
    #[arg(long)]
    encrypt_params: bool,
    /// Write the receipt to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Leave no record in the audit log
    #[arg(long)]
    no_log: bool,
    /// Sign only what this policy allows
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    claims: ClaimFlags,
    #[command(flatten)]
    authority: AuthorityFlags,
    #[command(flatten)]
    call: CallFlags,
}

/// Whom the signer says it is. The receipt repeats it; nothing proves it.
#[derive(Args, Debug)]
pub struct ClaimFlags {
    /// Who the signer is, as in agent://example/bot [default: as its key file says]
    #[arg(long, value_name = "URI")]
    pub principal: Option<String>,
    /// For whom the signer acts, as in user://example/alice
    #[arg(long, value_name = "URI")]
    pub acting_for: Option<String>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        if self.encrypt_params && self.hash_only {
            return Err(Failure::usage(
                "--encrypt-params cannot be used with --hash-only: there would be no params to encrypt",
            ));
        }
        let action = self.call.action()?;
        let policy = self.policy.as_deref().map(documents::policy).transpose()?;
        let mandate = self.authority.read(policy.is_some(), context)?;
        let identity = context.keystore()?.info(&self.key)?;
        let pair = context.unlock(&self.key)?;
        let log = match self.no_log {
            true => None,
            false => Some(open_log(context)?),
        };
        // The time comes after the waiting: it is what rate limits go by.
        let turn = judgement::turn(policy.as_ref(), mandate.is_counted(), log.as_ref())?;
        mandate.check_uses(log.as_ref())?;
        let signing = Signing {
            action: Action::parse(&action, &reading(self.hash_only))?,
            // What the receipt hides from others, the policy is shown.
            shown: Action::parse(&action, &reading(false))?,
            pair: &pair,
            signer: Signer {
                name: &self.key,
                owner: identity.owner.as_deref().unwrap_or_default(),
            },
            principal: self.claims.principal.or(identity.principal),
            acting_for: self.claims.acting_for,
            now: context.now(),
        };
        let receipt = signing.sign(policy.as_ref(), &mandate, log.as_ref(), context)?;
        if let Some(log) = &log {
            record(&receipt, &pair, self.encrypt_params, log)?;
        }
        drop(turn);
        deliver(&receipt, self.output.as_deref())
    }
}

fn reading(hash_only: bool) -> ActionOptions {
    ActionOptions {
        hash_only,
        ..ActionOptions::default()
    }
}

/// Everything that a receipt is made of.
struct Signing<'a> {
    action: Action,
    shown: Action,
    pair: &'a KeyPair,
    signer: Signer<'a>,
    principal: Option<String>,
    acting_for: Option<String>,
    now: Instant,
}

impl Signing<'_> {
    /// The receipt, if the policy allows the call; a refusal goes into the log.
    fn sign(
        &self,
        policy: Option<&Policy>,
        mandate: &Mandate,
        log: Option<&Log>,
        context: &Context,
    ) -> Result<Receipt, Failure> {
        let (mut attestation, mut ruled) = (None, None);
        if let Some(policy) = policy {
            let (shown, agent) = (&self.shown, self.signer.name);
            let evaluation = judgement::judge(policy, shown, agent, self.now, log)?;
            judgement::tell(&evaluation, context);
            judgement::require_allowed(&evaluation, shown, agent, self.now, log)?;
            attestation = Some(evaluation.attestation()?);
            ruled = Some(evaluation);
        }
        let principal = self.principal.as_deref();
        let decision = mandate.decision(ruled.as_ref(), &self.action, principal, self.now)?;
        if let Some(chain) = &mandate.chain {
            let said = Said {
                principal,
                acting_for: self.acting_for.as_deref(),
                decision: decision.as_ref(),
            };
            let options = SignAuthorizedOptions {
                time: Some(self.now),
                nonce: None,
            };
            let (pair, action, name) = (self.pair, &self.action, self.signer.name);
            return Ok(sign_authorized_as(
                pair, action, name, chain, &said, &options,
            )?);
        }
        let options = SignOptions {
            policy: attestation.as_deref(),
            principal: self.principal.as_deref(),
            acting_for: self.acting_for.as_deref(),
            time: Some(self.now),
            ..SignOptions::default()
        };
        let (pair, action, signer) = (self.pair, &self.action, &self.signer);
        Ok(match &decision {
            Some(decision) => sign_with_decision(pair, action, signer, decision, &options)?,
            None => sign(pair, action, signer, &options)?,
        })
    }
}

/// The log of the home folder, opened before anything is signed that belongs
/// into it.
pub fn open_log(context: &Context) -> Result<Log, Failure> {
    let log = context.log(LogOptions::default());
    log.map_err(|failure| failure.or_advice(NOT_LOGGED))
}

/// Appends a receipt to the log, its params sealed for its signer if that is
/// asked for.
pub fn record(receipt: &Receipt, pair: &KeyPair, sealed: bool, log: &Log) -> Done {
    let record = match sealed {
        true => ParamsKey::of(pair)?.seal(receipt)?,
        false => Record::of_receipt(receipt, log.max_record_len())?,
    };
    let appended = log.append_record(&record).map_err(Failure::from);
    appended
        .map(drop)
        .map_err(|failure| failure.or_advice(NOT_LOGGED))
}

const NOT_LOGGED: &str =
    "There is no receipt of what cannot be logged; --no-log signs without a record.";

/// Prints a receipt, or writes it to a file.
pub fn deliver(receipt: &Receipt, output: Option<&Path>) -> Done {
    let text = published_form::line(receipt.json(), &published_form::RECEIPT);
    match output {
        None => answer_line(text),
        Some(path) => {
            whole_file::write_private("receipt", path, text)?;
            comment(format!("Receipt written to {}", path.display()));
            Ok(())
        }
    }
}
