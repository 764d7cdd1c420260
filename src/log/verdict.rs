//! What can be said about a log as a whole.

use crate::log::incident::Incident;

/// A verdict on a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that was looked at is as it was written.
    #[default]
    Ok,
    /// No checkpoint within the promised time.
    Stale,
    /// Something cannot be judged: an unknown version, a key that is not there.
    Unverifiable,
    /// The end was cut by a crash; nothing that was acknowledged as durable is
    /// gone.
    Torn,
    /// The disk once did not confirm a sync; the callers were told.
    SyncFailed,
    /// Two records name the same predecessor: two writers did not see each other.
    Forked,
    /// A record that was durable is another one now, or is no record.
    Tampered,
    /// Records that were durable are missing from the end.
    Truncated,
}

impl Verdict {
    const ALL: [Verdict; 8] = [
        Verdict::Ok,
        Verdict::Stale,
        Verdict::Unverifiable,
        Verdict::Torn,
        Verdict::SyncFailed,
        Verdict::Forked,
        Verdict::Tampered,
        Verdict::Truncated,
    ];

    /// The name in reports: upper case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "OK",
            Verdict::Stale => "STALE",
            Verdict::Unverifiable => "UNVERIFIABLE",
            Verdict::Torn => "TORN",
            Verdict::SyncFailed => "SYNC_FAILED",
            Verdict::Forked => "FORKED",
            Verdict::Tampered => "TAMPERED",
            Verdict::Truncated => "TRUNCATED",
        }
    }

    /// The verdict of a name.
    pub fn from_name(name: &str) -> Option<Verdict> {
        Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.name() == name)
    }

    /// The graver of two verdicts; tampering is graver than a crash.
    #[must_use]
    pub fn worse(self, other: Verdict) -> Verdict {
        match (self as u8) >= (other as u8) {
            true => self,
            false => other,
        }
    }
}

/// Bytes that were set aside because they are no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The file that holds them, relative to the audit folder.
    pub file: String,
    /// How many there are.
    pub len: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

/// What opening a log came upon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The gravest verdict.
    pub verdict: Verdict,
    /// The record that the verdict is about.
    pub index: Option<u64>,
    /// What was found, in order.
    pub incidents: Vec<Incident>,
    /// How many records had to be read because no head spoke of them.
    pub rescanned: u64,
}

impl Recovery {
    pub(super) fn add(&mut self, incident: &Incident) {
        let worse = self.verdict.worse(incident.verdict);
        if worse != self.verdict || self.index.is_none() {
            self.index = Some(incident.index);
        }
        self.verdict = worse;
        self.incidents.push(incident.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_gravity_is_ordered() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_name(verdict.name()), Some(verdict));
            assert_eq!(Verdict::Ok.worse(verdict), verdict);
            assert_eq!(verdict.worse(Verdict::Ok), verdict);
        }
        assert_eq!(Verdict::Torn.worse(Verdict::Tampered), Verdict::Tampered);
        assert_eq!(
            Verdict::Truncated.worse(Verdict::Forked),
            Verdict::Truncated
        );
    }
}
