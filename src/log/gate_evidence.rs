//! A log as the place where a gate keeps its evidence: what goes through is in
//! the log before it goes through.

use crate::error::Result;
use crate::log::{Log, Record};
use crate::mcp::{Evidence, EvidenceStore};

impl EvidenceStore for Log {
    /// Appends all records with one write; as durable as the log's options say.
    fn store(&self, evidence: &[Evidence<'_>]) -> Result<()> {
        let records: Result<Vec<Record>> = evidence
            .iter()
            .map(|evidence| Record::parse(evidence.json(), self.max_record_len()))
            .collect();
        self.append_many(&records?).map(drop)
    }
}
