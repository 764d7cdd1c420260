//! `signet audit --restore`: is this bundle what somebody trusted has exported.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use signet::crypto::ed25519::PublicKey;
use signet::encoding::key_text;
use signet::log::{
    BundleFindingKind, BundleReport, BundleTrust, FindingKind, ParamsKey, TrustSource, Verdict,
    verify_bundle,
};

use super::Command;
use crate::context::Context;
use crate::failure::{Done, Failure, Outcome};
use crate::key_reference;
use crate::params_keys;
use crate::terminal::{answer, answer_line, comment, plain};

/// How many findings are printed in front of a person.
const MAX_PRINTED: usize = 20;
/// How much of the records is looked at together, in bytes.
const READ_LEN: u64 = 64 << 10;

/// Verifies a bundle.
pub fn run(command: &Command, folder: &Path, context: &Context) -> Done {
    if !folder.is_dir() {
        return Err(Failure::usage(format!(
            "--restore '{}': it is not a folder",
            folder.display()
        )));
    }
    let given = command.given_trust_bundle()?;
    let local = local_keys(context)?;
    let exporters = match command.exporter.as_slice() {
        [] => local.clone(),
        named => key_reference::resolve_all(named, context)?,
    };
    let exporters: Vec<&PublicKey> = exporters.iter().collect();
    // Which params are encrypted is not known before they are read; keys are few.
    let signers: HashSet<String> = match has_sealed_params(folder) {
        true => local.iter().map(key_text::prefixed).collect(),
        false => HashSet::new(),
    };
    let params_keys = params_keys::for_signers(&signers, context)?;
    let params_keys: Vec<&ParamsKey> = params_keys.iter().collect();
    let report = verify_bundle(
        folder,
        &BundleTrust {
            exporters: &exporters,
            bundle: given.as_ref(),
            params_keys: &params_keys,
        },
    )?;
    let failure = failure(&report, command.allow_unsigned);
    if context.json {
        answer_line(String::from_utf8_lossy(&report.to_json()))?;
        return failure.map_or(Ok(()), |failure| Err(Failure::said(failure.outcome)));
    }
    for finding in report.findings.iter().take(MAX_PRINTED) {
        let line = match finding.line {
            0 => String::new(),
            line => format!("line {line}: "),
        };
        comment(format!(
            "{line}{} ({})",
            plain(&finding.detail),
            finding.kind.name()
        ));
    }
    if report.findings_count > MAX_PRINTED as u64 {
        comment(format!("... {} findings in all", report.findings_count));
    }
    comment(vouching(&report));
    match failure {
        None => answer(summary(&report)),
        Some(failure) => Err(failure),
    }
}

/// The public keys of the identities of this home.
fn local_keys(context: &Context) -> Result<Vec<PublicKey>, Failure> {
    let listed = context.keystore()?.list()?;
    let infos = listed.into_iter().filter_map(|identity| identity.info.ok());
    Ok(infos.filter_map(|info| info.public_key).collect())
}

/// Whether any record may have encrypted params. The bundle is a stranger's: what
/// is no file is not opened, and a line may be as long as it likes.
fn has_sealed_params(folder: &Path) -> bool {
    let path = folder.join("records.jsonl");
    let is_file = std::fs::symlink_metadata(&path).is_ok_and(|found| found.is_file());
    is_file && File::open(path).is_ok_and(|file| contains(file, b"\"params_encrypted\""))
}

fn contains(mut source: impl Read, wanted: &[u8]) -> bool {
    let overlap = wanted.len().saturating_sub(1);
    let mut window = Vec::new();
    loop {
        let kept = window.len().saturating_sub(overlap);
        window.drain(..kept);
        match source.by_ref().take(READ_LEN).read_to_end(&mut window) {
            Ok(0) | Err(_) => return false,
            Ok(_) if window.windows(wanted.len()).any(|part| part == wanted) => return true,
            Ok(_) => {}
        }
    }
}

/// Whether the bundle is not fine.
///
/// One whose exporter is trusted and that merely had no keys to hold the records
/// to is what was exported, and says so. One that nobody signed may be accepted
/// for what its records are worth.
fn failure(report: &BundleReport, allow_unsigned: bool) -> Option<Failure> {
    let error = report.outcome().err()?;
    let is_vouched_for = report.exporter.is_some() || allow_unsigned;
    let all_listed = report.findings_count == report.findings.len() as u64;
    if report.verdict == Verdict::Unverifiable && is_vouched_for && all_listed {
        let accepted = |kind| match kind {
            BundleFindingKind::NoTrustedKeys => true,
            BundleFindingKind::Unsigned
            | BundleFindingKind::ExporterUntrusted
            | BundleFindingKind::SelfVouched => allow_unsigned,
            BundleFindingKind::Gap => report.manifest.statement.is_some(),
            BundleFindingKind::Record(kind) => kind.verdict() == Verdict::Ok,
            BundleFindingKind::ManifestSignature | BundleFindingKind::Mismatch => false,
        };
        if report.findings.iter().all(|finding| accepted(finding.kind)) {
            return None;
        }
    }
    let mut failure = Failure::from(error);
    // A changed record has no valid signature either: that it was changed counts.
    let has = |wanted: &[BundleFindingKind]| {
        let mut findings = report.findings.iter();
        findings.any(|finding| wanted.contains(&finding.kind))
    };
    let wrong_signature = has(&[
        BundleFindingKind::ManifestSignature,
        BundleFindingKind::Record(FindingKind::SignatureInvalid),
    ]);
    let changed = has(&[
        BundleFindingKind::Record(FindingKind::HashMismatch),
        BundleFindingKind::Record(FindingKind::Unparsable),
    ]);
    if wrong_signature && !changed {
        failure.outcome = Outcome::Invalid;
    }
    Some(match report.verdict {
        Verdict::Unverifiable => failure.with_advice(
            "Give the key of whoever exported it (--exporter KEY) and the keys to hold its records to \
             (--trust-bundle FILE). Bundles of the published Signet are signed by nobody: --allow-unsigned \
             takes them for what their records are worth.",
        ),
        _ => failure,
    })
}

/// Who vouches for the bundle, and for what.
fn vouching(report: &BundleReport) -> String {
    let exporter = match (&report.exporter, &report.manifest.statement) {
        (Some(_), Some(statement)) => plain(&statement.exporter_name).into_owned(),
        _ => {
            return "Nobody who is trusted vouches for what is in it, or for what is not."
                .to_owned();
        }
    };
    match report.is_whole_log() {
        true => format!("Exported by '{exporter}': every record that the log had."),
        false => format!(
            "Exported by '{exporter}': a part of the log, with {} gaps.",
            report.gaps
        ),
    }
}

fn summary(report: &BundleReport) -> String {
    let manifest = &report.manifest;
    let signatures = match report.trust {
        TrustSource::None => format!(
            "SKIPPED ({} records). Re-run with --trust-bundle <path> or include a \
             trust-bundle.json snapshot in the bundle to verify Ed25519 signatures.",
            report.records
        ),
        _ => {
            let unsigned = match report.unsigned {
                0 => String::new(),
                count => format!(", {count} denied calls (unsigned by nature)"),
            };
            format!(
                "{}/{} verified against trust bundle{unsigned}",
                report.signatures_valid, report.records
            )
        }
    };
    let mut out = format!(
        "Bundle valid:\n  records:           {}\n  records.jsonl sha: {}\n  chain tip:         {}\n  \
         generated at:      {}\n  producer:          {}\n  host:              {}\n  \
         signatures:        {signatures}\n",
        report.records,
        plain(&manifest.records_sha256),
        plain(&manifest.chain_tip_record_hash),
        plain(&manifest.generated_at),
        plain(&manifest.producer),
        plain(&manifest.host),
    );
    if manifest.has_trust_bundle {
        out.push_str("  trust-bundle.json: present\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_wherever_it_is_cut() {
        for at in [
            0,
            1,
            READ_LEN as usize - 8,
            READ_LEN as usize - 1,
            READ_LEN as usize,
        ] {
            let text = [vec![b' '; at], b"\"name\"".to_vec(), vec![b' '; 70_000]].concat();
            assert!(contains(text.as_slice(), b"\"name\""), "{at}");
            assert!(!contains(text.as_slice(), b"\"nema\""), "{at}");
        }
        assert!(!contains(b"".as_slice(), b"x"));
    }
}
