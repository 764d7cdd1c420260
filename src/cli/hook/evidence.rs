//! Signing a call that was made, and putting it into the log.

use std::sync::Arc;

use signet::ErrorKind;
use signet::identity::KeyPair;
use signet::log::{Durability, LogOptions, ParamsKey, Record};
use signet::receipt::{
    self, ActionOptions, CompoundOptions, Outcome, OutcomeStatus, Receipt, Response, SignOptions,
    Signer,
};

use super::call::{self, Call};
use super::flags::{Flags, ResponseKept};
use super::input::Input;
use super::unlogged;
use crate::agent::Agent;
use crate::context::Context;
use crate::failure::{Failure, Outcome as Ending};
use crate::terminal;

/// How long a call waits for others that write to the log, in milliseconds. The
/// agent waits just as long, and nothing is lost by not waiting: the record is
/// kept beside the log.
const LOCK_TIMEOUT_MILLIS: u64 = 2_000;

/// How the log is opened.
pub fn log_options(flags: &Flags) -> LogOptions {
    LogOptions {
        durability: match flags.no_sync {
            true => Durability::None,
            false => Durability::Sync,
        },
        lock_timeout_millis: LOCK_TIMEOUT_MILLIS,
        ..LogOptions::default()
    }
}

/// Whether a call that is made now could be recorded: the key opens, and so does
/// the log.
pub fn could_be_recorded(agent: Agent, flags: &Flags, context: &Context) -> Result<(), Failure> {
    unlock(context, flags.key(agent))?;
    Ok(context.log(log_options(flags))?.leave()?)
}

/// Records a call. What was signed and did not get into the log is kept beside it.
pub fn record(
    agent: Agent,
    flags: &Flags,
    context: &Context,
    input: &Input,
) -> Result<(), Failure> {
    let options = ActionOptions {
        hash_only: flags.hash_only,
        ..ActionOptions::default()
    };
    let with_hash = flags.response == ResponseKept::Hash;
    let call = call::action(input, flags.target(agent), &options, with_hash)?;
    if let Some(trouble) = &call.trouble {
        terminal::comment(format!(
            "signet: the params are recorded as a text: {trouble}"
        ));
    }
    let name = flags.key(agent);
    let pair = unlock(context, name)?;
    let owner = context.keystore()?.info(name)?.owner;
    let signer = Signer {
        name,
        owner: owner.as_deref().unwrap_or_default(),
    };
    let receipt = sign(&pair, &call, &signer, flags, context, input)?;
    let record = match flags.encrypt_params {
        true => ParamsKey::of(&pair)?.seal(&receipt)?,
        false => Record::of_receipt(&receipt, LogOptions::default().max_record_len)?,
    };
    append(context, flags, &record).map_err(|failure| {
        match unlogged::keep(context.home(), &record) {
            Ok(path) => failure.with_advice(format!(
                "The signed record is kept in {} and goes into the log with the next call.",
                path.display()
            )),
            Err(error) => failure.with_advice(format!("Nor was it kept beside the log: {error}")),
        }
    })
}

fn append(context: &Context, flags: &Flags, record: &Record) -> Result<(), Failure> {
    let log = context.log(log_options(flags))?;
    if let Err(failure) = unlogged::take_in(context.home(), &log) {
        terminal::comment(format!(
            "signet: earlier calls are still not in the log: {}",
            failure.report(false).trim_end()
        ));
    }
    log.append_record(record)?;
    Ok(log.leave()?)
}

fn sign(
    pair: &KeyPair,
    call: &Call,
    signer: &Signer<'_>,
    flags: &Flags,
    context: &Context,
    input: &Input,
) -> Result<Receipt, Failure> {
    let now = context.now();
    let answered = input
        .response()
        .filter(|_| flags.response == ResponseKept::Compound);
    let Some(response) = answered else {
        let options = SignOptions {
            time: Some(now),
            ..SignOptions::default()
        };
        return Ok(receipt::sign(pair, &call.action, signer, &options)?);
    };
    let took = input.duration_millis().unwrap_or(0).max(0);
    let requested_at = now.plus_millis(-took).to_text();
    let responded_at = now.to_text();
    let options = CompoundOptions {
        requested_at: &requested_at,
        responded_at: &responded_at,
        nonce: None,
    };
    let outcome = Some(Outcome {
        status: match input.has_failed() {
            true => OutcomeStatus::Failed,
            false => OutcomeStatus::Executed,
        },
        reason: None,
        error: None,
    });
    let sign = |content: &[u8]| {
        let response = Response {
            outcome,
            ..Response::new(content)
        };
        receipt::sign_compound(pair, &call.action, &response, signer, &options)
    };
    Ok(sign(response.as_bytes())
        .or_else(|_| sign(signet::encoding::text::quoted(response).as_bytes()))?)
}

/// The key, without ever asking for a passphrase: the terminal is the agent's.
fn unlock(context: &Context, name: &str) -> Result<Arc<KeyPair>, Failure> {
    let store = context.keystore()?;
    match store.load(name, None) {
        Ok(pair) => Ok(Arc::new(pair)),
        Err(error) if error.kind() == ErrorKind::PassphraseRequired => {
            let Some(passphrase) = context.passphrases.without_asking(name)? else {
                return Err(Failure::new(
                    Ending::Failed,
                    "passphrase_required",
                    format!("the key of '{name}' is encrypted and a hook asks nobody"),
                )
                .with_advice(
                    "Set SIGNET_PASSPHRASE where the agent is started, or give --passphrase-file.",
                ));
            };
            Ok(Arc::new(store.load(name, Some(&passphrase))?))
        }
        Err(error) => Err(error.into()),
    }
}
