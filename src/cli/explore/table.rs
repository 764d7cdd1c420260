//! The list of records.

use std::collections::HashSet;
use std::fmt::Write as _;

use signet::log::{LogFolder, StoredRecord, VerifyOptions};

use super::details::Claims;
use crate::failure::Failure;
use crate::log_report;
use crate::terminal::{plain, start_of};

/// How many characters of a signer's name are shown.
const SIGNER: usize = 14;
/// How many of a tool's.
const TOOL: usize = 19;

/// Which records stand in the chain as they should.
pub struct Links {
    broken: HashSet<u64>,
}

impl Links {
    /// Reads the log once.
    pub fn of(log: &LogFolder) -> Result<Links, Failure> {
        let mut findings = Vec::new();
        log.verify(&VerifyOptions::default(), &mut findings)?;
        let broken = findings.iter().filter(|finding| {
            !log_report::is_about_signatures(finding.kind)
                && finding.line > 0
                && finding.kind.verdict() != signet::log::Verdict::Ok
        });
        Ok(Links {
            broken: broken.map(|finding| finding.index).collect(),
        })
    }

    /// How many do not.
    pub fn broken(&self) -> usize {
        self.broken.len()
    }

    /// `linked` or `BROKEN`.
    pub fn state(&self, index: u64) -> &'static str {
        match self.broken.contains(&index) {
            true => "BROKEN",
            false => "linked",
        }
    }
}

/// The first two lines.
pub fn head() -> String {
    let mut out = String::new();
    line(
        &mut out,
        ["#", "TIME", "TYPE", "STATUS", "SIGNER", "TOOL", "CHAIN"],
    );
    let _ = writeln!(out, " {}", "─".repeat(111));
    out
}

/// The line of a record.
pub fn row(out: &mut String, number: u64, record: &StoredRecord, link: &str) {
    let claims = Claims::of(record);
    let (signer, tool) = (claims.signer(), claims.tool());
    line(
        out,
        [
            &number.to_string(),
            &claims.short_time(),
            &claims.kind(),
            &plain(&claims.status()),
            start_of(&plain(&signer), SIGNER),
            start_of(&plain(&tool), TOOL),
            link,
        ],
    );
}

fn line(out: &mut String, cells: [&str; 7]) {
    let [number, time, kind, status, signer, tool, link] = cells;
    let _ = writeln!(
        out,
        " {number:<4} {time:<19} {kind:<12} {status:<19} {signer:<15} {tool:<20} {link:<10}"
    );
}
