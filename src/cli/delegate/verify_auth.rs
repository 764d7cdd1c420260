//! `signet delegate verify-auth`.

use std::path::PathBuf;

use clap::Args;
use signet::authority::chain::Chain;
use signet::authority::decision::AuthorityDecision;
use signet::authority::revocation::Revocations;
use signet::encoding::jcs::Limits;
use signet::encoding::key_text;
use signet::encoding::record::Reading;
use signet::receipt::{Field, Receipt};
use signet::verifier::{Evidence, Remark, ReplayStore, Verifier, VerifierOptions};
use signet::{Error, ErrorKind};

use super::tell_unsigned;
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::published_form::{self, SCOPE};
use crate::terminal::{answer_line, comment, plain};
use crate::trust_flags::RootFlags;
use crate::{documents, revocation_list};

/// The flags.
#[derive(Args, Debug)]
pub struct VerifyAuth {
    /// The receipt
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    roots: RootFlags,
    /// By how many seconds the clocks of signers may differ from this one
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    clock_skew: u64,
    /// The list of revocations [default: the one of the home folder]
    #[arg(long, value_name = "FILE")]
    revocations: Option<PathBuf>,
    /// Fail where no record says what became of the delegations
    #[arg(long)]
    require_revocation_known: bool,
    /// Judge as of a time at which the receipt is known to have existed, RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl VerifyAuth {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let text = documents::read("receipt", &self.input)?;
        let roots = self.roots.require(context)?;
        let at = context.at_or_now(self.at.as_deref())?;
        let receipt = Receipt::parse(&text, Reading::Strict, &Limits::default())?;
        if receipt.version() != 4 {
            return Err(Error::new(
                ErrorKind::ReceiptVersion,
                "receipt",
                format!(
                    "it is of version {}, and only version 4 rests on a delegation",
                    receipt.version()
                ),
            )
            .into());
        }
        let verifier = Verifier::new(VerifierOptions {
            trusted_roots: roots.keys,
            trust_bundle: roots.bundle,
            clock_skew_seconds: self.clock_skew,
            require_delegation: true,
            replay: ReplayStore::Off,
            ..VerifierOptions::default()
        })?;
        let evidence = Evidence {
            receipt: &text,
            ..Evidence::default()
        };
        let report = verifier.check_evidence(&evidence, at);
        report.require_ok()?;
        let chain = chain_of(&receipt)?;
        tell_who(&receipt, &chain);
        self.check_revocations(&receipt, &chain, context)?;
        tell_claims(&receipt, &chain);
        tell_unsigned(&chain);
        if AuthorityDecision::of_receipt(&receipt)?.is_some() {
            comment(
                "Not checked: who the authority of its decision is (`signet verify --authority` tells).",
            );
        }
        if report.remarks().contains(&Remark::ParamsHidden) {
            comment("The receipt holds only the hash of its params.");
        }
        let scope = chain.links().last().map(|link| link.scope().json());
        comment("Effective scope:");
        answer_line(published_form::indented(&scope.unwrap_or_default(), &SCOPE))
    }

    fn check_revocations(&self, receipt: &Receipt, chain: &Chain, context: &Context) -> Done {
        let list = match &self.revocations {
            Some(path) => Some(revocation_list::of_file(path)?),
            None => revocation_list::of_home(context)?,
        };
        let consulted = list.is_some();
        let list: Revocations = list.unwrap_or_default();
        list.check_chain(chain)?;
        if let Some(decision) = AuthorityDecision::of_receipt(receipt)? {
            list.check_decision(&decision)?;
        }
        let none = if consulted {
            ""
        } else {
            ", no records consulted"
        };
        comment(format!(
            "revocation: unknown (no matching record{none} — absence of a record is not validity)"
        ));
        match self.require_revocation_known {
            true => Err(Failure::new(
                Outcome::Failed,
                "revocation_unknown",
                "--require-revocation-known: no record says what became of the delegations",
            )),
            false => Ok(()),
        }
    }
}

fn chain_of(receipt: &Receipt) -> Result<Chain, Failure> {
    let text = receipt.value(Field::Chain).unwrap_or(b"[]");
    Ok(Chain::parse(text, Reading::Strict, &Limits::default())?)
}

fn tell_who(receipt: &Receipt, chain: &Chain) {
    let text = |field| receipt.text(field).unwrap_or_default();
    comment("Authorized receipt verified.");
    comment(format!(
        "Signer: {} (owner: {})",
        plain(text(Field::SignerName)),
        plain(text(Field::SignerOwner))
    ));
    if let Some(root) = chain.root() {
        comment(format!("Root: {}", key_text::prefixed(root)));
    }
    if let Some(principal) = receipt.text(Field::SignerPrincipal) {
        comment(format!("Signer principal: {}", plain(principal)));
    }
}

fn tell_claims(receipt: &Receipt, chain: &Chain) {
    let Some(acting_for) = receipt.text(Field::SignerActingFor) else {
        return;
    };
    let first = chain.links().first();
    let of_root = first.and_then(|link| link.delegator_principal());
    let worth = match of_root.as_deref() == Some(acting_for) {
        true => "corroborated by chain root",
        false => "a claim of the signer",
    };
    comment(format!("Acting for: {} ({worth})", plain(acting_for)));
}
