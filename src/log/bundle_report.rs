//! The outcome of verifying a bundle as JSON text, for people and for callers in
//! other languages.

use crate::encoding::key_text;
use crate::encoding::object::ObjectWriter;
use crate::log::bundle_manifest::Statement;
use crate::log::bundle_read::{BundleFinding, BundleFindingKind, BundleReport, TrustSource};

impl BundleReport {
    /// Whether a trusted exporter states that the bundle holds every record that
    /// the log had.
    pub fn is_whole_log(&self) -> bool {
        let statement = self.manifest.statement.as_ref();
        self.exporter.is_some() && statement.is_some_and(Statement::is_whole_log)
    }

    /// The report in canonical JSON.
    ///
    /// An object with `exporter` (the key of a trusted one, absent otherwise),
    /// `findings` (objects with `detail`, `kind` and, about a record, `line`),
    /// `findings_count`, `gaps`, `manifest` (as it stands in the bundle, without
    /// its signature), `records`, `signatures_failed`, `signatures_valid`,
    /// `trust` (`none`, `given` or `embedded`), `unsigned`, `unverifiable`,
    /// `verdict` and `whole_log`.
    pub fn to_json(&self) -> Vec<u8> {
        let mut findings = vec![b'['];
        for finding in &self.findings {
            if findings.len() > 1 {
                findings.push(b',');
            }
            append_finding(&mut findings, finding);
        }
        findings.push(b']');
        let number = |number: u64| number.to_string().into_bytes();
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        if let Some(exporter) = &self.exporter {
            object.text("exporter", &key_text::prefixed(exporter));
        }
        object.member("findings", Some(&findings));
        object.member("findings_count", Some(&number(self.findings_count)));
        object.member("gaps", Some(&number(self.gaps)));
        object.member("manifest", Some(&self.manifest.to_json()));
        object.member("records", Some(&number(self.records)));
        object.member("signatures_failed", Some(&number(self.signatures_failed)));
        object.member("signatures_valid", Some(&number(self.signatures_valid)));
        object.text("trust", self.trust.name());
        object.member("unsigned", Some(&number(self.unsigned)));
        object.member("unverifiable", Some(&number(self.unverifiable)));
        object.text("verdict", self.verdict.name());
        let whole_log: &[u8] = match self.is_whole_log() {
            true => b"true",
            false => b"false",
        };
        object.member("whole_log", Some(whole_log));
        object.end();
        out
    }
}

impl TrustSource {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            TrustSource::None => "none",
            TrustSource::Given => "given",
            TrustSource::Embedded => "embedded",
        }
    }
}

impl BundleFindingKind {
    /// The name in reports: upper case, stable.
    pub fn name(self) -> &'static str {
        match self {
            BundleFindingKind::Unsigned => "UNSIGNED",
            BundleFindingKind::ManifestSignature => "MANIFEST_SIGNATURE",
            BundleFindingKind::ExporterUntrusted => "EXPORTER_UNTRUSTED",
            BundleFindingKind::Mismatch => "MISMATCH",
            BundleFindingKind::Gap => "GAP",
            BundleFindingKind::NoTrustedKeys => "NO_TRUSTED_KEYS",
            BundleFindingKind::SelfVouched => "SELF_VOUCHED",
            BundleFindingKind::Record(kind) => kind.name(),
        }
    }
}

fn append_finding(out: &mut Vec<u8>, finding: &BundleFinding) {
    let mut object = ObjectWriter::new(out);
    object.text("detail", &finding.detail);
    object.text("kind", finding.kind.name());
    if finding.line != 0 {
        object.member("line", Some(finding.line.to_string().as_bytes()));
    }
    object.end();
}
