//! Incidents: what once went wrong with a log, and what was done.
//!
//! A damage that was seen when the log was opened must not be forgotten when
//! the log goes on: every later verification reports it. With a signing key
//! the log also holds a signed receipt about it; this file is there without
//! one.

use crate::encoding::rfc3339::Instant;
use crate::encoding::{hex, members, text};
use crate::error::Result;
use crate::log::disk::{self, Disk, Opening};
use crate::log::segment::LineReader;
use crate::log::{Quarantined, Verdict};

/// Where the incidents stand, one JSON object a line.
pub(super) const INCIDENTS_PATH: &str = ".log/incidents.jsonl";

/// One thing that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When it was seen, RFC 3339.
    pub time: String,
    /// What was found.
    pub verdict: Verdict,
    /// The record at which it was found.
    pub index: u64,
    /// The segment in which it was found.
    pub segment: String,
    /// Where in the segment.
    pub offset: u64,
    /// What it was, in words.
    pub detail: String,
    /// What was set aside.
    pub quarantined: Option<Quarantined>,
}

impl Incident {
    /// The incident as a JSON object.
    pub fn to_json(&self) -> String {
        let mut out = Vec::with_capacity(256);
        let mut member = |name: &str, value: &str, quoted: bool| {
            out.push(if out.is_empty() { b'{' } else { b',' });
            text::append_string(&mut out, name);
            out.push(b':');
            match quoted {
                true => text::append_string(&mut out, value),
                false => out.extend_from_slice(value.as_bytes()),
            }
        };
        member("detail", &self.detail, true);
        member("index", &self.index.to_string(), false);
        member("offset", &self.offset.to_string(), false);
        if let Some(quarantined) = &self.quarantined {
            member("quarantine", &quarantined.file, true);
            member("quarantine_len", &quarantined.len.to_string(), false);
            let hash = format!("sha256:{}", hex::encode(&quarantined.sha256));
            member("quarantine_sha256", &hash, true);
        }
        member("segment", &self.segment, true);
        member("time", &self.time, true);
        member("verdict", self.verdict.name(), true);
        out.push(b'}');
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Whether another one is the same, seen at another time.
    fn is_again(&self, other: &Incident) -> bool {
        let place = |incident: &Incident| (incident.verdict, incident.index, incident.offset);
        place(self) == place(other)
            && self.segment == other.segment
            && self.quarantined == other.quarantined
    }

    fn parse(line: &[u8]) -> Option<Incident> {
        let canonical =
            crate::encoding::jcs::canonicalize(line, &crate::encoding::jcs::Limits::default())
                .ok()?;
        let string = |name: &str| {
            let range = members::find(&canonical, 0, name)?;
            Some(members::string_at(&canonical, range)?.into_owned())
        };
        let number = |name: &str| -> Option<u64> {
            let range = members::find(&canonical, 0, name)?;
            std::str::from_utf8(canonical.get(range)?)
                .ok()?
                .parse()
                .ok()
        };
        let quarantined = string("quarantine").and_then(|file| {
            Some(Quarantined {
                file,
                len: number("quarantine_len")?,
                sha256: hex::decode(
                    string("quarantine_sha256")?
                        .strip_prefix("sha256:")?
                        .as_bytes(),
                )?,
            })
        });
        Some(Incident {
            time: string("time")?,
            verdict: Verdict::from_name(&string("verdict")?)?,
            index: number("index")?,
            segment: string("segment")?,
            offset: number("offset")?,
            detail: string("detail")?,
            quarantined,
        })
    }
}

/// Writes an incident down, durably, unless it stands there already; answers
/// whether it is new.
pub(super) fn record(disk: &dyn Disk, incident: &Incident) -> Result<bool> {
    let is_new = !read(disk)?.iter().any(|known| known.is_again(incident));
    let attempt = || {
        let file = match disk.open(INCIDENTS_PATH, Opening::Append) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                disk.open(INCIDENTS_PATH, Opening::CreateNew)?
            }
            opened => opened?,
        };
        // A line feed before it, too: the line before may be torn.
        let line = format!("\n{}\n", incident.to_json());
        let mut rest = match is_new {
            true => line.as_bytes(),
            false => &[],
        };
        while !rest.is_empty() {
            match file.append(rest) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(written) => rest = rest.get(written..).unwrap_or(&[]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // Whoever wrote it before may have died before it was durable.
        file.sync_data()?;
        disk.sync_folder(".log")
    };
    attempt().map_err(|cause| disk::failed(disk, INCIDENTS_PATH, &cause))?;
    Ok(is_new)
}

/// All incidents, oldest first; lines that cannot be read are left out.
pub(super) fn read(disk: &dyn Disk) -> Result<Vec<Incident>> {
    let failed = |cause: &std::io::Error| disk::failed(disk, INCIDENTS_PATH, cause);
    let file = match disk.open(INCIDENTS_PATH, Opening::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(|cause| failed(&cause))?,
    };
    let end = file.stat().map_err(|cause| failed(&cause))?.len;
    let mut reader = LineReader::new(file.as_ref(), 0, end);
    let mut incidents = Vec::new();
    while let Some(line) = reader.next_line().map_err(|cause| failed(&cause))? {
        incidents.extend(Incident::parse(line.bytes));
    }
    Ok(incidents)
}

pub(super) fn time_text(now: Instant) -> String {
    now.to_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_survives_its_text() {
        let incident = Incident {
            time: "2026-11-20T10:00:00.000Z".to_owned(),
            verdict: Verdict::Torn,
            index: 7,
            segment: "2026-11-20.jsonl".to_owned(),
            offset: 6543,
            detail: "half a \"record\"\n".to_owned(),
            quarantined: Some(Quarantined {
                file: ".log/quarantine/x".to_owned(),
                len: 12,
                sha256: [5; 32],
            }),
        };
        assert_eq!(
            Incident::parse(incident.to_json().as_bytes()),
            Some(incident)
        );
    }
}
