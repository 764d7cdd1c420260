//! Verifying an evidence bundle: is it what the exporter signed, is every record
//! what its agent signed, and by whose word are those keys to be trusted.
//!
//! A bundle cannot vouch for itself. The exporter's key comes from whoever
//! verifies, and so do the keys of the agents, unless a trusted exporter has
//! signed the trust bundle that travels along. What nobody vouches for is never
//! called fine, and nothing here depends on what the sender chose to leave out.

use std::path::Path;

use crate::authority::Format;
use crate::authority::trust::TrustBundle;
use crate::crypto::digest::{self, Sha256Stream};
use crate::crypto::ed25519::PublicKey;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::log::bundle::{MANIFEST, RECORDS, SUMMARY, TRUST_BUNDLE};
use crate::log::bundle_manifest::{MAX_MANIFEST_LEN, Manifest, file_hash, record_hash};
use crate::log::disk::{self, Disk, Folder, Opening};
use crate::log::line::{self, RecordHash};
use crate::log::record::RecordView;
use crate::log::sealed_params::ParamsKey;
use crate::log::segment::LineReader;
use crate::log::signature::Judge;
use crate::log::verdict::Verdict;
use crate::log::verify::{FindingKind, Report, SignaturePolicy};

/// How many findings a report lists; further ones are counted.
pub const MAX_LISTED_FINDINGS: usize = 1000;

/// What to hold a bundle to.
#[derive(Clone, Copy, Debug, Default)]
pub struct BundleTrust<'a> {
    /// The keys that may sign a manifest.
    pub exporters: &'a [&'a PublicKey],
    /// The keys that may sign records, each as of the time of the record.
    /// Without it the trust bundle that came along counts, which is only worth
    /// as much as the exporter's signature.
    pub bundle: Option<&'a TrustBundle>,
    /// The keys that open encrypted params.
    pub params_keys: &'a [&'a ParamsKey],
}

/// What was found in a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BundleFindingKind {
    /// Nobody has signed the manifest, as in bundles of the published Signet:
    /// anybody can have made it or left something out.
    Unsigned,
    /// The signature of the manifest does not hold.
    ManifestSignature,
    /// The manifest is signed by a key that is not a trusted exporter's, or no
    /// exporter is trusted.
    ExporterUntrusted,
    /// A file is not what the manifest says.
    Mismatch,
    /// Records of the log are missing between two records. In a signed bundle
    /// the exporter says so; in another one anybody can have taken them out.
    Gap,
    /// The records were not held to trusted keys, because there are none.
    NoTrustedKeys,
    /// The keys that the records were held to came with the bundle, and no
    /// trusted exporter has signed them.
    SelfVouched,
    /// Something about one record, as in a log.
    Record(FindingKind),
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleFinding {
    /// What it is.
    pub kind: BundleFindingKind,
    /// The line of the records file, from 1; 0 when it is about no record.
    pub line: u64,
    /// It in words.
    pub detail: String,
}

/// Where the keys came from that records were held to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustSource {
    /// There were none: each record was held to the key it names itself.
    #[default]
    None,
    /// The verifier gave them.
    Given,
    /// They came with the bundle.
    Embedded,
}

/// The outcome of verifying a bundle.
#[derive(Clone, Debug)]
pub struct BundleReport {
    /// The gravest verdict: OK, UNVERIFIABLE or TAMPERED.
    pub verdict: Verdict,
    /// What the manifest says.
    pub manifest: Manifest,
    /// The trusted exporter who signed the manifest.
    pub exporter: Option<PublicKey>,
    /// Where the keys came from.
    pub trust: TrustSource,
    /// How many records were read.
    pub records: u64,
    /// How many times records are missing between two records.
    pub gaps: u64,
    /// How many signatures are valid and, if keys were there, trusted.
    pub signatures_valid: u64,
    /// How many records have no signature by their nature: denied calls.
    pub unsigned: u64,
    /// How many signatures could not be judged.
    pub unverifiable: u64,
    /// How many signatures are wrong or by an untrusted key.
    pub signatures_failed: u64,
    /// What was found, at most [`MAX_LISTED_FINDINGS`].
    pub findings: Vec<BundleFinding>,
    /// How many findings there were.
    pub findings_count: u64,
}

impl BundleReport {
    /// The report as the outcome of a verification:
    /// [`ErrorKind::BundleTampered`] or [`ErrorKind::BundleUnverifiable`] with
    /// the first finding that counts, unless the verdict is OK.
    pub fn outcome(&self) -> Result<()> {
        let (kind, detail) = match self.verdict {
            Verdict::Ok => return Ok(()),
            Verdict::Unverifiable => (
                ErrorKind::BundleUnverifiable,
                "something in it cannot be judged",
            ),
            _ => (ErrorKind::BundleTampered, "it is not what was exported"),
        };
        let signed = self.manifest.statement.is_some();
        let first = self
            .findings
            .iter()
            .find(|finding| finding.kind.verdict(signed) == self.verdict);
        Err(match first {
            Some(finding) => Error::new(kind, "bundle", finding.detail.clone()),
            None => Error::new(kind, "bundle", detail),
        })
    }
}

impl BundleFindingKind {
    /// What a finding means for the bundle, whose manifest is signed or not.
    fn verdict(self, signed: bool) -> Verdict {
        match self {
            BundleFindingKind::Unsigned
            | BundleFindingKind::ExporterUntrusted
            | BundleFindingKind::NoTrustedKeys
            | BundleFindingKind::SelfVouched => Verdict::Unverifiable,
            BundleFindingKind::ManifestSignature | BundleFindingKind::Mismatch => Verdict::Tampered,
            // How many there are is part of what was signed, and compared.
            BundleFindingKind::Gap if signed => Verdict::Ok,
            BundleFindingKind::Gap => Verdict::Unverifiable,
            BundleFindingKind::Record(kind) => kind.verdict(),
        }
    }
}

/// Verifies the bundle in a folder. Nothing is written.
///
/// [`ErrorKind::BundleInvalid`] when a file is missing or cannot be read,
/// [`ErrorKind::Unsupported`] for another format version. Everything else is in
/// the report.
pub fn verify_bundle(folder: &Path, trust: &BundleTrust<'_>) -> Result<BundleReport> {
    let folder = Folder::existing(folder)?;
    let file = required(&folder, MANIFEST, MAX_MANIFEST_LEN)?;
    let (manifest, signature) = Manifest::read(&file)?;
    let mut reading = BundleReading {
        report: BundleReport {
            verdict: Verdict::Ok,
            manifest,
            exporter: None,
            trust: TrustSource::None,
            records: 0,
            gaps: 0,
            signatures_valid: 0,
            unsigned: 0,
            unverifiable: 0,
            signatures_failed: 0,
            findings: Vec::new(),
            findings_count: 0,
        },
    };
    reading.judge_manifest(signature, trust);
    let embedded = reading.read_trust_bundle(&folder, trust)?;
    let bundle = match (trust.bundle, &embedded) {
        (Some(given), _) => {
            reading.report.trust = TrustSource::Given;
            Some(given)
        }
        (None, Some(embedded)) => {
            reading.report.trust = TrustSource::Embedded;
            if reading.report.exporter.is_none() {
                let detail =
                    "the trusted keys came with the bundle, and no trusted exporter signed them";
                reading.tell(BundleFindingKind::SelfVouched, 0, detail);
            }
            Some(embedded)
        }
        (None, None) => {
            let detail = "no keys are trusted: each record was held to the key it names itself";
            reading.tell(BundleFindingKind::NoTrustedKeys, 0, detail);
            None
        }
    };
    reading.read_records(
        &folder,
        &SignaturePolicy {
            trusted: None,
            bundle,
            params_keys: trust.params_keys,
            ..SignaturePolicy::default()
        },
    )?;
    reading.read_summary(&folder)?;
    Ok(reading.report)
}

struct BundleReading {
    report: BundleReport,
}

/// What the records say together, to be compared with the manifest.
#[derive(Default)]
struct Seen {
    start: Option<String>,
    tip: Option<RecordHash>,
    times: Vec<(Instant, String)>,
}

impl BundleReading {
    fn judge_manifest(&mut self, signature: Option<Result<()>>, trust: &BundleTrust<'_>) {
        let statement = self.report.manifest.statement.as_ref();
        let exporter = statement.map(|statement| statement.exporter);
        match (signature, exporter) {
            (Some(Ok(())), Some(exporter)) => {
                if trust.exporters.contains(&&exporter) {
                    self.report.exporter = Some(exporter);
                } else {
                    let detail = match trust.exporters {
                        [] => "no exporter is trusted whose signature could vouch for the manifest",
                        _ => "the manifest is signed by a key that is not a trusted exporter's",
                    };
                    self.tell(BundleFindingKind::ExporterUntrusted, 0, detail);
                }
            }
            (Some(Err(error)), _) => {
                self.tell(BundleFindingKind::ManifestSignature, 0, &error.to_string());
            }
            _ => {
                let detail = "nobody has signed the manifest: anybody can have made this bundle, \
                              or have left something out of it";
                self.tell(BundleFindingKind::Unsigned, 0, detail);
            }
        }
    }

    /// The trust bundle that the manifest claims; what lies there unclaimed does
    /// not belong to the bundle.
    fn read_trust_bundle(
        &mut self,
        folder: &Folder,
        trust: &BundleTrust<'_>,
    ) -> Result<Option<TrustBundle>> {
        if !self.report.manifest.has_trust_bundle {
            return Ok(None);
        }
        let file = required(folder, TRUST_BUNDLE, crate::authority::MAX_LEN)?;
        if let Some(statement) = &self.report.manifest.statement
            && statement.trust_bundle_sha256 != Some(file_hash(&digest::sha256(&file)))
        {
            let detail = "the trust bundle is not the one that was exported";
            self.tell(BundleFindingKind::Mismatch, 0, detail);
        }
        // The published Signet copies YAML under the name of a JSON file.
        let read = TrustBundle::parse(&file, Format::of_text(&file));
        match read {
            Ok(bundle) => Ok(Some(bundle)),
            // Who gives the keys needs none from the sender.
            Err(_) if trust.bundle.is_some() => Ok(None),
            Err(error) => Err(error.within(TRUST_BUNDLE)),
        }
    }

    fn read_records(&mut self, folder: &Folder, policy: &SignaturePolicy<'_>) -> Result<()> {
        let io = |cause: &std::io::Error| missing(folder, RECORDS, cause);
        let file = folder
            .open(RECORDS, Opening::Read)
            .map_err(|cause| io(&cause))?;
        let len = file.stat().map_err(|cause| io(&cause))?.len;
        let mut lines = LineReader::new(file.as_ref(), 0, len);
        let (mut scratch, mut judge) = (Vec::new(), Judge::new(policy));
        let (mut seen, mut counts) = (Seen::default(), Report::default());
        let (mut hash, mut number) = (Sha256Stream::new(), 0);
        while let Some(line) = lines.next_line().map_err(|cause| io(&cause))? {
            number += 1;
            hash.update(line.bytes);
            if line.terminated {
                hash.update(b"\n");
            }
            if line.is_blank() {
                continue;
            }
            self.report.records += 1;
            let checked = match line.oversized {
                true => Err(Error::new(
                    ErrorKind::TooLarge,
                    "log line",
                    "it is too long",
                )),
                false => line::check(line.bytes, &mut scratch),
            };
            let checked = match checked {
                Ok(checked) => checked,
                Err(error) => {
                    let kind = BundleFindingKind::Record(FindingKind::Unparsable);
                    self.tell(kind, number, &error.to_string());
                    seen.tip = None;
                    continue;
                }
            };
            self.check_links(&checked, number, &mut seen);
            let receipt = checked.receipt(&scratch);
            seen.see_time(&RecordView::new(receipt));
            let judged = judge.check(receipt);
            judged.outcome.count_in(&mut counts);
            if let Some((kind, detail)) = judged.told {
                self.tell(BundleFindingKind::Record(kind), number, &detail);
            }
        }
        if self.report.manifest.records_sha256 != file_hash(&hash.finish()) {
            let detail = "the records are not those that the manifest states the hash of";
            self.tell(BundleFindingKind::Mismatch, 0, detail);
        }
        self.report.signatures_valid = counts.signatures_valid;
        self.report.unsigned = counts.unsigned;
        self.report.unverifiable = counts.unverifiable;
        self.report.signatures_failed = counts.signatures_failed;
        self.compare(&seen);
        Ok(())
    }

    fn check_links(&mut self, checked: &line::CheckedLine, number: u64, seen: &mut Seen) {
        if !checked.is_consistent() {
            let kind = BundleFindingKind::Record(FindingKind::HashMismatch);
            self.tell(
                kind,
                number,
                "the record does not have the hash that it states",
            );
        }
        if checked.ambiguous {
            let detail = "an object has two members of one name, the last of which counts";
            self.tell(
                BundleFindingKind::Record(FindingKind::Ambiguous),
                number,
                detail,
            );
        }
        if checked.unauthenticated {
            let detail = "the line has members that no hash covers";
            let kind = BundleFindingKind::Record(FindingKind::Unauthenticated);
            self.tell(kind, number, detail);
        }
        if seen.start.is_none() {
            seen.start = Some(
                checked
                    .previous
                    .as_ref()
                    .map_or_else(String::new, record_hash),
            );
        } else if seen.tip.is_none() || checked.previous != seen.tip {
            self.report.gaps += 1;
            let detail = "records of the log are missing before this one";
            self.tell(BundleFindingKind::Gap, number, detail);
        }
        seen.tip = Some(checked.computed);
    }

    /// Holds what was read against what the manifest says of it.
    fn compare(&mut self, seen: &Seen) {
        let manifest = &self.report.manifest;
        let tip = seen.tip.as_ref().map(record_hash);
        let (earliest, latest) = (seen.times.first(), seen.times.last());
        let gaps = manifest.statement.as_ref().map(|statement| statement.gaps);
        let statements = [
            (
                manifest.record_count == self.report.records,
                "the manifest states another number of records",
            ),
            (
                Some(&manifest.chain_start_prev_hash) == seen.start.as_ref(),
                "the manifest states another beginning",
            ),
            (
                Some(&manifest.chain_tip_record_hash) == tip.as_ref(),
                "the manifest states another end",
            ),
            (
                is_time(manifest.earliest_ts.as_deref(), earliest)
                    && is_time(manifest.latest_ts.as_deref(), latest),
                "the manifest states other times",
            ),
            (
                gaps.is_none_or(|gaps| gaps == self.report.gaps),
                "the manifest states another number of gaps",
            ),
        ];
        for (holds, detail) in statements {
            if !holds {
                self.tell(BundleFindingKind::Mismatch, 0, detail);
            }
        }
    }

    /// People read the summary, so it must not say something else. Without one
    /// nothing is missing: it repeats the manifest.
    fn read_summary(&mut self, folder: &Folder) -> Result<()> {
        if folder.stat(SUMMARY).is_err() {
            return Ok(());
        }
        let summary = required(folder, SUMMARY, MAX_MANIFEST_LEN)?;
        if summary != self.report.manifest.summary().as_bytes() {
            let detail = "the summary says something else than the manifest";
            self.tell(BundleFindingKind::Mismatch, 0, detail);
        }
        Ok(())
    }

    fn tell(&mut self, kind: BundleFindingKind, line: u64, detail: &str) {
        let signed = self.report.manifest.statement.is_some();
        self.report.verdict = self.report.verdict.worse(kind.verdict(signed));
        self.report.findings_count += 1;
        if self.report.findings.len() < MAX_LISTED_FINDINGS {
            self.report.findings.push(BundleFinding {
                kind,
                line,
                detail: detail.to_owned(),
            });
        }
    }
}

impl Seen {
    /// Keeps the earliest and the latest time.
    fn see_time(&mut self, view: &RecordView<'_>) {
        let (Some(time), Some(text)) = (view.time(), view.time_text()) else {
            return;
        };
        self.times.push((time, text.into_owned()));
        // Stable: of equal times the first one that was seen counts.
        self.times.sort_by_key(|(time, _)| *time);
        if self.times.len() > 2 {
            self.times.remove(1);
        }
    }
}

/// Whether a time in a manifest is that of a record. The published Signet
/// compares texts, so it may name another record of the same instant.
fn is_time(stated: Option<&str>, seen: Option<&(Instant, String)>) -> bool {
    match (stated, seen) {
        (Some(stated), Some((time, text))) => {
            stated == text || Instant::parse(stated).is_ok_and(|stated| stated == *time)
        }
        (None, None) => true,
        _ => false,
    }
}

fn required(folder: &Folder, name: &str, limit: usize) -> Result<Vec<u8>> {
    disk::read_whole(folder, name, limit as u64).map_err(|cause| missing(folder, name, &cause))
}

fn missing(folder: &Folder, name: &str, cause: &std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::NotFound => {
            let detail = "a bundle needs this file";
            Error::new(ErrorKind::BundleInvalid, name.to_owned(), detail)
        }
        _ => disk::failed(folder, name, cause).into_kind(ErrorKind::BundleInvalid),
    }
}
