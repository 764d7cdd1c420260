//! `signet revoke`: whoever issued a delegation or a decision takes it back.

use std::path::{Path, PathBuf};

use clap::Args;
use signet::authority::chain::Chain;
use signet::authority::decision::AuthorityDecision;
use signet::authority::delegation::Delegation;
use signet::authority::principal;
use signet::authority::revocation::{Artifact, RevokeOptions, Withdrawal, revoke};
use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::{Error, ErrorKind};

use crate::context::Context;
use crate::delegate::read_chain;
use crate::failure::{Done, Failure};
use crate::published_form::{self, REVOCATION};
use crate::terminal::{answer_line, comment, plain};
use crate::whole_file::Held;
use crate::{documents, revocation_list};

/// The flags.
#[derive(Args, Debug)]
pub struct Revoke {
    /// A chain of delegations, of which the last one is revoked
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "decision",
        required_unless_present = "decision"
    )]
    chain: Option<PathBuf>,
    /// Revoke the delegation of this id instead of the last one
    #[arg(
        long,
        value_name = "ID",
        requires = "chain",
        conflicts_with = "decision"
    )]
    token_id: Option<String>,
    /// A decision of an authority, which is revoked
    #[arg(long, value_name = "FILE")]
    decision: Option<PathBuf>,
    /// Why; stands in the record
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

/// What is taken back.
struct Issued {
    artifact: Artifact,
    id: String,
    issuer: PublicKey,
}

impl Revoke {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let issued = match (&self.chain, &self.decision) {
            (Some(path), _) => self.token(path)?,
            (None, Some(path)) => decision(path)?,
            (None, None) => return Err(Failure::usage("--chain or --decision is needed")),
        };
        let issuer = issuer_of(&issued, context)?;
        let path = revocation_list::path(context);
        // What could not be relied on afterwards is not added to.
        revocation_list::of_home(context)?;
        let key = context.unlock(&issuer.name)?;
        let withdrawal = Withdrawal {
            artifact: issued.artifact,
            artifact_id: &issued.id,
            revoked_by: &issuer.principal,
            reason: &self.reason,
        };
        let options = RevokeOptions {
            time: Some(context.now()),
            nonce: None,
        };
        let record = revoke(&key, &withdrawal, &options)?;
        record.verify(&issued.issuer)?;
        let line = published_form::line(record.json(), &REVOCATION);
        append(&path, &line)?;
        let what = match issued.artifact {
            Artifact::DelegationToken => "delegation token",
            Artifact::AuthorizationDecision => "authorization decision",
        };
        comment(format!(
            "Revoked {what} '{}' by '{}' (record signed with key '{}')",
            issued.id, issuer.principal, issuer.name
        ));
        if !self.reason.is_empty() {
            comment(format!("Reason: {}", plain(&self.reason)));
        }
        comment(format!("Appended to {}", path.display()));
        match context.json {
            true => answer_line(line),
            false => Ok(()),
        }
    }

    fn token(&self, path: &Path) -> Result<Issued, Failure> {
        let chain: Chain = read_chain(&documents::read("chain", path)?)?;
        let links = chain.links();
        let link: Option<&Delegation> = match &self.token_id {
            Some(id) => links.iter().find(|link| link.id() == id.as_str()),
            None => links.last(),
        };
        let link = link.ok_or_else(|| {
            Failure::usage(match &self.token_id {
                Some(id) => format!("the chain has no delegation '{id}'"),
                None => "the chain has no delegation".to_owned(),
            })
        })?;
        // A record about an id that is not the token's would revoke nothing.
        link.verify_signature()?;
        Ok(Issued {
            artifact: Artifact::DelegationToken,
            id: link.id().into_owned(),
            issuer: *link.delegator(),
        })
    }
}

fn decision(path: &Path) -> Result<Issued, Failure> {
    let decision = AuthorityDecision::parse(&documents::read("decision", path)?)?;
    decision.verify_signature()?;
    Ok(Issued {
        artifact: Artifact::AuthorizationDecision,
        id: decision.id().into_owned(),
        issuer: *decision.authority_key(),
    })
}

struct Issuer {
    name: String,
    principal: String,
}

/// The identity of the home folder that issued it.
fn issuer_of(issued: &Issued, context: &Context) -> Result<Issuer, Failure> {
    for identity in context.keystore()?.list()? {
        if let Ok(info) = identity.info
            && info.public_key == Some(issued.issuer)
        {
            let principal = info.principal.unwrap_or_else(|| local(&identity.name));
            return Ok(Issuer {
                name: identity.name,
                principal,
            });
        }
    }
    let key = key_text::prefixed(&issued.issuer);
    Err(Failure::from(Error::new(
        ErrorKind::KeyNotFound,
        "issuer",
        format!("only the issuer can take it back, and no identity here has its key {key}"),
    )))
}

/// The principal of an identity that has none: its name, as far as a principal
/// can hold it.
fn local(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let text = format!("x-local://keys/{lower}");
    match principal::check(&text) {
        Ok(()) => text,
        Err(_) => format!("x-local://keys/key{lower}"),
    }
}

/// Adds a line, after the end of whatever line stands last.
fn append(path: &Path, line: &str) -> Done {
    const WHAT: &str = "revocations";
    let mut file = Held::created(WHAT, path)?;
    let before = file.read(WHAT)?;
    let torn = before.last().is_some_and(|last| *last != b'\n');
    let lead = if torn { "\n" } else { "" };
    file.append(WHAT, format!("{lead}{line}\n").as_bytes())
}
