//! `signet log verify`: whether the log is as it was written, by whom, and what
//! vouches for its end.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use signet::authority::trust::TrustBundle;
use signet::crypto::ed25519::PublicKey;
use signet::log::{
    Equation, ExpectedCadence, Finding, KeyCutoff, LogFolder, ParamsKey, Report, SignatureMode,
    SignaturePolicy, Verdict, VerifyOptions, Watcher,
};
use signet::tlog::tree::TreeHead;
use signet::tlog::verifier_key::VerifierKey;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure, Outcome};
use crate::key_reference;
use crate::log_report;
use crate::progress::Progress;
use crate::time_spans;
use crate::verifier_keys::{self, Witnesses};

use super::existing_folder;
use super::verify_answer::Answer;

/// What `log verify` takes.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code: 0 when everything that was looked at is as it was written and can \
be judged; 1 for any other verdict; 3 when it could not be verified at all."
)]
pub struct Command {
    /// An audit folder that somebody handed over, in place of that of the home
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The first record to look at, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,
    /// How many records to look at; the end of the log is then not judged
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// How many threads to use [default: one for each processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// How many findings to show; all of them are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_findings: usize,
    #[command(flatten)]
    head: Head,
    #[command(flatten)]
    signers: Signers,
}

/// What vouches for the end.
#[derive(Args, Debug)]
#[command(next_help_heading = "The end of the log")]
struct Head {
    /// A checkpoint that was kept elsewhere: the log must continue it
    #[arg(long, value_name = "FILE", requires = "log_key")]
    checkpoint: Option<PathBuf>,
    /// The same, and look only at what came after it
    #[arg(long, value_name = "FILE", requires = "log_key", conflicts_with_all = ["checkpoint", "first"])]
    from_checkpoint: Option<PathBuf>,
    /// The log's verifier key (C2SP), or a file with it
    #[arg(long, value_name = "VKEY")]
    log_key: Option<String>,
    #[command(flatten)]
    witnesses: Witnesses,
    /// For how long a record may be without a checkpoint, as in 90s, 30m, 24h or 7d;
    /// longer is STALE. With --log-key only checkpoints by that key count
    #[arg(long, value_name = "DURATION", value_parser = time_spans::millis)]
    max_checkpoint_age: Option<u64>,
    /// Judge that age as of this time (RFC 3339) instead of now
    #[arg(
        long,
        value_name = "TIME",
        requires = "max_checkpoint_age",
        conflicts_with = "at_record_time"
    )]
    at: Option<String>,
    /// Judge that age as of the latest time that a record states: for evidence of
    /// the past
    #[arg(long, requires = "max_checkpoint_age")]
    at_record_time: bool,
}

/// Whose signatures count.
#[derive(Args, Debug)]
#[command(next_help_heading = "Signatures")]
struct Signers {
    /// Verify signatures; without trusted keys each is held to the key that its
    /// receipt names, which proves integrity and nothing about who
    #[arg(long)]
    signatures: bool,
    /// The keys that may sign, co-sign and delegate, each as of the record's time
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trusted_agent_key", "trusted_server_key", "trusted_root_key"])]
    trust_bundle: Option<PathBuf>,
    /// A key that may sign: a name, a .pub file or the key itself
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    trusted_agent_key: Vec<String>,
    /// A key that may co-sign [default: the agents' keys]
    #[arg(
        long,
        value_name = "KEY",
        value_delimiter = ',',
        requires = "trusted_agent_key"
    )]
    trusted_server_key: Vec<String>,
    /// A key that may delegate; without one no delegated action counts as fine
    #[arg(
        long,
        aliases = ["trusted-root", "trusted-roots"],
        value_name = "KEY",
        value_delimiter = ',',
        requires = "trusted_agent_key"
    )]
    trusted_root_key: Vec<String>,
    /// A key that may speak for the log: only what it signs explains removed records,
    /// and only it may sign what the log says of itself. Without one any trusted
    /// agent can do both
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    control_key: Vec<String>,
    /// A key that counts for nothing from a record on, whatever its times say: for
    /// a key that was stolen
    #[arg(long, value_name = "KEY@INDEX", value_delimiter = ',')]
    cutoff: Vec<String>,
    /// An identity whose encrypted params are opened
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    params_key: Vec<String>,
    /// Verify signatures some hundreds at a time
    #[arg(long, value_name = "HOW", default_value = "strict")]
    batch: Batch,
}

/// How signatures are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Batch {
    /// Together, with the same answers as one by one
    Strict,
    /// Together, by the cofactored equation of RFC 8032: faster still, but it
    /// accepts some signatures that only a key's own holder can make
    Cofactored,
    /// One by one
    Off,
}

impl Batch {
    fn mode(self) -> SignatureMode {
        match self {
            Batch::Strict => SignatureMode::Batch(Equation::Strict),
            Batch::Cofactored => SignatureMode::Batch(Equation::Cofactored),
            Batch::Off => SignatureMode::OneByOne,
        }
    }
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let folder = existing_folder(context, self.folder.as_deref())?;
        let log = LogFolder::open(&folder)?;
        let keys = self.signers.read(context)?;
        let (cutoffs, params_keys) = (keys.cutoffs(), keys.params_keys.iter().collect::<Vec<_>>());
        let (agents, servers, roots) = (refs(&keys.agents), refs(&keys.servers), refs(&keys.roots));
        let control_keys = refs(&keys.control_keys);
        let some = |keys| (!<[_]>::is_empty(keys)).then_some(keys);
        let policy = SignaturePolicy {
            trusted: some(agents.as_slice()),
            servers: some(servers.as_slice()),
            roots: some(roots.as_slice()),
            bundle: keys.bundle.as_ref(),
            cutoffs: &cutoffs,
            mode: self.signers.batch.mode(),
            params_keys: &params_keys,
            control_keys: some(control_keys.as_slice()),
        };
        let log_key = self.head.log_key.as_deref().map(verifier_keys::resolve);
        let log_key = log_key.transpose()?;
        let trusted_head = self.head.trusted(log_key.as_ref())?;
        let from_head = trusted_head.filter(|_| self.head.from_checkpoint.is_some());
        let options = VerifyOptions {
            first: from_head.map_or(self.first, |head| head.size),
            limit: self.limit,
            signatures: self.signers.wanted().then_some(policy),
            trusted_head,
            cadence: self.head.cadence(log_key.as_ref(), context)?,
            threads: self.threads.unwrap_or_else(log_report::processors),
        };
        let mut told = Told {
            findings: Vec::new(),
            limit: self.max_findings,
            progress: Progress::over(&log),
        };
        let report = log.verify(&options, &mut told)?;
        let findings = std::mem::take(&mut told.findings);
        // The bar goes before the answer comes.
        drop(told);
        Answer {
            folder: &folder,
            report: &report,
            findings: &findings,
            first: options.first,
            to_the_end: self.limit.is_none(),
            signatures: self.signers.wanted(),
            any_signer: keys.agents.is_empty() && keys.bundle.is_none(),
        }
        .print(context.json)?;
        judged(&report)
    }
}

fn judged(report: &Report) -> Done {
    match report.verdict {
        Verdict::Ok => Ok(()),
        _ => Err(Failure::said(Outcome::Invalid)),
    }
}

impl Head {
    fn trusted(&self, log_key: Option<&VerifierKey>) -> Result<Option<TreeHead>, Failure> {
        let file = self.checkpoint.as_ref().or(self.from_checkpoint.as_ref());
        let (Some(file), Some(log_key)) = (file, log_key) else {
            // A key that nothing is held to would only look like a safeguard.
            if log_key.is_some()
                && (self.max_checkpoint_age.is_none() || !self.witnesses.is_empty())
            {
                return Err(Failure::usage(
                    "--log-key and --witness judge a checkpoint, and none is given",
                )
                .with_advice(
                    "Give --checkpoint or --from-checkpoint; --log-key also goes with --max-checkpoint-age.",
                ));
            }
            return Ok(None);
        };
        let note = documents::read("checkpoint", file)?;
        let policy = self.witnesses.policy(vec![log_key.clone()])?;
        let verified = policy
            .open(&note)
            .map_err(|error| verifier_keys::refused("checkpoint", &error))?;
        Ok(Some(*verified.checkpoint.head()))
    }

    fn cadence<'a>(
        &self,
        log_key: Option<&'a VerifierKey>,
        context: &Context,
    ) -> Result<Option<ExpectedCadence<'a>>, Failure> {
        let Some(max_age_millis) = self.max_checkpoint_age else {
            return Ok(None);
        };
        let now = match self.at_record_time {
            true => None,
            false => Some(context.at_or_now(self.at.as_deref())?),
        };
        Ok(Some(ExpectedCadence {
            max_age_millis,
            now,
            log_key,
        }))
    }
}

/// The keys that the flags name.
struct Keys {
    bundle: Option<TrustBundle>,
    agents: Vec<PublicKey>,
    servers: Vec<PublicKey>,
    roots: Vec<PublicKey>,
    control_keys: Vec<PublicKey>,
    cut: Vec<(PublicKey, u64)>,
    params_keys: Vec<ParamsKey>,
}

impl Keys {
    fn cutoffs(&self) -> Vec<KeyCutoff<'_>> {
        self.cut
            .iter()
            .map(|(key, from)| KeyCutoff { key, from: *from })
            .collect()
    }
}

impl Signers {
    /// Whether signatures are looked at: also when somebody says whose count.
    fn wanted(&self) -> bool {
        self.signatures
            || self.trust_bundle.is_some()
            || !self.trusted_agent_key.is_empty()
            || !self.control_key.is_empty()
            || !self.cutoff.is_empty()
            || !self.params_key.is_empty()
    }

    fn read(&self, context: &Context) -> Result<Keys, Failure> {
        let bundle = self.trust_bundle.as_deref().map(documents::trust_bundle);
        let cut = |text: &String| match text.rsplit_once('@') {
            Some((key, index)) => match index.parse() {
                Ok(index) => Ok((key_reference::resolve(key, context)?, index)),
                Err(_) => Err(bad_cutoff(text)),
            },
            None => Err(bad_cutoff(text)),
        };
        let params_key = |name: &String| -> Result<ParamsKey, Failure> {
            let pair: Arc<_> = context.unlock(name)?;
            Ok(ParamsKey::of(&pair)?)
        };
        Ok(Keys {
            bundle: bundle.transpose()?,
            agents: key_reference::resolve_all(&self.trusted_agent_key, context)?,
            servers: key_reference::resolve_all(&self.trusted_server_key, context)?,
            roots: key_reference::resolve_all(&self.trusted_root_key, context)?,
            control_keys: key_reference::resolve_all(&self.control_key, context)?,
            cut: self.cutoff.iter().map(cut).collect::<Result<_, _>>()?,
            params_keys: self
                .params_key
                .iter()
                .map(params_key)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn bad_cutoff(text: &str) -> Failure {
    Failure::usage(format!(
        "--cutoff '{text}': must be a key, an @ and the number of a record"
    ))
}

fn refs(keys: &[PublicKey]) -> Vec<&PublicKey> {
    keys.iter().collect()
}

/// Keeps what is to be shown, and shows how far it is.
struct Told {
    findings: Vec<Finding>,
    limit: usize,
    progress: Progress,
}

impl Watcher for Told {
    fn finding(&mut self, finding: &Finding) -> ControlFlow<()> {
        if self.findings.len() < self.limit {
            self.findings.push(finding.clone());
        }
        ControlFlow::Continue(())
    }

    fn progress(&mut self, records: u64) -> ControlFlow<()> {
        self.progress.at(records);
        ControlFlow::Continue(())
    }
}
