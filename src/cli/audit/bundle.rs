//! `signet audit --bundle`: records as evidence that can be handed over.

use std::path::Path;
use std::sync::Arc;

use signet::authority::Format;
use signet::identity::{KeyPair, SecretState};
use signet::log::{BundleOptions, LogFolder, Query};

use super::Command;
use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure, Outcome};
use crate::terminal::{answer_line, comment, plain};

/// Writes a bundle.
pub fn run(
    command: &Command,
    folder: &Path,
    log: Option<&LogFolder>,
    query: &Query<'_>,
    context: &Context,
) -> Done {
    let trust_bundle = match &command.include_trust_bundle {
        Some(path) => {
            let text = documents::read("trust bundle", path)?;
            let format = documents::format_of(path).unwrap_or_else(|| Format::of_text(&text));
            Some((text, format))
        }
        None => None,
    };
    let Some(log) = log else {
        return Err(Failure::new(
            Outcome::Failed,
            "record_not_found",
            "there is no log to make a bundle of",
        ));
    };
    let exporter = exporter(command, context)?;
    let host = ["HOSTNAME", "COMPUTERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|host| !host.is_empty()));
    let manifest = log.write_bundle(
        folder,
        query,
        &BundleOptions {
            exporter: exporter.as_ref().map(|(_, pair)| pair.as_ref()),
            exporter_name: exporter.as_ref().map_or("", |(name, _)| name),
            generated_at: context.now(),
            host: host.as_deref(),
            trust_bundle: trust_bundle
                .as_ref()
                .map(|(text, format)| (text.as_slice(), *format)),
        },
    )?;
    comment(format!(
        "Bundle written to {} ({} records, sha256={})",
        folder.display(),
        manifest.record_count,
        manifest.records_sha256
    ));
    if trust_bundle.is_some() {
        comment("Trust bundle snapshot included.");
    }
    match &exporter {
        Some((name, pair)) => comment(format!(
            "Signed by '{}'. Whoever verifies it needs this key: {}",
            plain(name),
            signet::encoding::key_text::prefixed(pair.public_key())
        )),
        None => comment(
            "Nobody has signed it, so nothing shows what may be left out of it: give --exporter NAME.",
        ),
    }
    match context.json {
        true => answer_line(String::from_utf8_lossy(&manifest.to_json())),
        false => Ok(()),
    }
}

/// The identity that signs: the one that was named, or one that is at hand.
fn exporter(
    command: &Command,
    context: &Context,
) -> Result<Option<(String, Arc<KeyPair>)>, Failure> {
    if let [name] = command.exporter.as_slice() {
        return Ok(Some((name.clone(), context.unlock(name)?)));
    }
    if !command.exporter.is_empty() {
        return Err(Failure::usage("--exporter: one identity signs a bundle"));
    }
    let listed = context.keystore()?.list()?;
    let mut usable = listed.iter().filter(|identity| {
        let open = |secret: &SecretState| matches!(secret, SecretState::Unencrypted);
        identity
            .info
            .as_ref()
            .is_ok_and(|info| open(&info.secret) && !info.exposed)
    });
    let name = match (usable.next(), listed.as_slice()) {
        (Some(first), _) => &first.name,
        (None, [only]) => &only.name,
        _ => return Ok(None),
    };
    match context.unlock(name) {
        Ok(pair) => Ok(Some((name.clone(), pair))),
        Err(failure) => {
            comment(format!(
                "'{name}' does not sign the bundle. {}",
                failure.report(false).trim_end()
            ));
            Ok(None)
        }
    }
}
