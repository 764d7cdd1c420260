//! `signet delegate verify`.

use std::path::PathBuf;

use clap::Args;
use signet::authority::any_version::{self, Expectations, Trust};
use signet::authority::chain::Chain;
use signet::authority::delegation::Delegation;
use signet::crypto::ed25519::PublicKey;
use signet::encoding::jcs::Limits;
use signet::encoding::record::Reading;

use super::{read_chain, tell_unsigned};
use crate::context::Context;
use crate::documents;
use crate::failure::Done;
use crate::published_form::{self, SCOPE};
use crate::terminal::{answer_line, comment, plain};
use crate::trust_flags::{RootFlags, Roots};

/// The flags.
#[derive(Args, Debug)]
pub struct Verify {
    /// A token, or an array of tokens from the root to the leaf
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    roots: RootFlags,
    /// By how many seconds the clocks of signers may differ from this one
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    clock_skew: u64,
    /// Judge as of a time in the past, RFC 3339
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Verify {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let text = documents::read("delegation", &self.input)?;
        let at = context.at_or_now(self.at.as_deref())?;
        let expected = Expectations {
            skew_seconds: self.clock_skew,
            ..Expectations::at(at)
        };
        if text.trim_ascii_start().starts_with(b"[") {
            let roots = self.roots.require(context)?;
            verify_chain(&text, &roots, &expected)
        } else {
            let roots = self.roots.read(context)?;
            verify_token(&text, &roots, &expected, context.json)
        }
    }
}

fn verify_chain(text: &[u8], roots: &Roots, expected: &Expectations<'_>) -> Done {
    let chain = read_chain(text)?;
    let keys: Vec<&PublicKey> = roots.keys.iter().collect();
    let scope = any_version::verify_chain(&chain, &trust(&keys, roots), expected)?;
    comment(format!(
        "Chain valid. {} tokens verified.",
        chain.links().len()
    ));
    tell_unsigned(&chain);
    comment("Effective scope:");
    answer_line(published_form::indented(&scope.json(), &SCOPE))
}

fn verify_token(text: &[u8], roots: &Roots, expected: &Expectations<'_>, json: bool) -> Done {
    let token = Delegation::parse(text, Reading::Strict, &Limits::default())?;
    let keys: Vec<&PublicKey> = roots.keys.iter().collect();
    any_version::verify_delegation(&token, &trust(&keys, roots), expected)?;
    let rooted = !roots.keys.is_empty() || roots.bundle.is_some();
    comment(format!(
        "Token valid. Delegator: {}, Delegate: {}",
        plain(&token.delegator_name()),
        plain(&token.delegate_name())
    ));
    if !rooted {
        comment("Not checked: whether the delegator may delegate (--trusted-roots tells).");
    }
    let (id, delegator) = (token.id().into_owned(), token.delegator_name().into_owned());
    let delegate = token.delegate_name().into_owned();
    let answer = serde_json::json!({
        "id": id,
        "delegator": delegator,
        "delegate": delegate,
        "root_trusted": rooted,
        "valid": true,
    });
    tell_unsigned(&Chain::of(vec![token]));
    match json {
        true => answer_line(answer.to_string()),
        false => Ok(()),
    }
}

fn trust<'a>(keys: &'a [&'a PublicKey], roots: &'a Roots) -> Trust<'a> {
    Trust {
        roots: keys,
        bundle: roots.bundle.as_ref(),
        ..Trust::default()
    }
}
