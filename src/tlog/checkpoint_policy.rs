//! Who has to have signed a checkpoint before it is believed: one of these logs,
//! and so many of these witnesses.

use crate::error::{Error, ErrorKind, Result};
use crate::tlog::checkpoint::Checkpoint;
use crate::tlog::note::Note;
use crate::tlog::note_signature::check_kind;
use crate::tlog::verifier_key::{SignatureType, VerifierKey};

/// Trusted logs, trusted witnesses, and how many of the latter are needed.
///
/// This is the common case of C2SP tlog-policy, `k` out of `n` witnesses. For
/// other rules ask for no witnesses here and judge
/// [`VerifiedCheckpoint::cosignatures`].
#[derive(Clone, Debug)]
pub struct CheckpointPolicy {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// A checkpoint that satisfied a policy, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The key that the log signed with.
    pub log_key: VerifierKey,
    /// The good cosignatures of known witnesses, each witness once. Their times
    /// are not judged.
    pub cosignatures: Vec<Cosignature>,
}

/// That a witness saw a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The key of the witness.
    pub witness: VerifierKey,
    /// When it says it did: seconds since 1970-01-01 UTC.
    pub time: u64,
}

impl CheckpointPolicy {
    /// Believes what one of `logs` signed under its own name and at least
    /// `quorum` of `witnesses` cosigned.
    ///
    /// A log key's name is the origin of its log. A log may have several keys,
    /// of which one is enough.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when there is no log, when a
    /// key is of the wrong type for its role, when there are fewer witnesses
    /// than `quorum`, and when two logs or two witnesses have the same public
    /// key, because one party would count as two.
    pub fn new(
        logs: Vec<VerifierKey>,
        witnesses: Vec<VerifierKey>,
        quorum: usize,
    ) -> Result<CheckpointPolicy> {
        if logs.is_empty() {
            return Err(unusable("it has no log".into()));
        }
        if quorum > witnesses.len() {
            return Err(unusable(format!(
                "it asks for {quorum} of {} witnesses",
                witnesses.len()
            )));
        }
        check_role(&logs, SignatureType::Ed25519)?;
        check_role(&witnesses, SignatureType::CosignatureV1)?;
        Ok(CheckpointPolicy {
            logs,
            witnesses,
            quorum,
        })
    }

    /// Believes what the log signed, without witnesses.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when `log` is not of the type
    /// that logs sign with.
    pub fn of_log(log: VerifierKey) -> Result<CheckpointPolicy> {
        CheckpointPolicy::new(vec![log], Vec::new(), 0)
    }

    /// Verifies a checkpoint note.
    ///
    /// Fails with [`ErrorKind::NoteInvalid`] when the text is not a checkpoint,
    /// with [`ErrorKind::NoteUnsigned`] when the log named by its origin did
    /// not sign or too few witnesses did, and with
    /// [`ErrorKind::SignatureInvalid`] when a signature of a known key is bad.
    pub fn verify(&self, note: &Note) -> Result<VerifiedCheckpoint> {
        let verified = note.verify(self.logs.iter().chain(&self.witnesses))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        let log_key = verified
            .iter()
            .map(|signature| signature.key)
            .find(|key| key.kind() == SignatureType::Ed25519 && key.name() == checkpoint.origin())
            .ok_or_else(|| unsigned("no trusted log signed it under its own name".into()))?
            .clone();
        let cosignatures: Vec<Cosignature> = verified
            .iter()
            .filter_map(|signature| {
                let time = signature.time?;
                let witness = signature.key.clone();
                Some(Cosignature { witness, time })
            })
            .collect();
        if cosignatures.len() < self.quorum {
            return Err(unsigned(format!(
                "{} trusted witnesses cosigned it where {} are needed",
                cosignatures.len(),
                self.quorum
            )));
        }
        Ok(VerifiedCheckpoint {
            checkpoint,
            log_key,
            cosignatures,
        })
    }

    /// Reads a checkpoint note and verifies it, as [`Note::parse`] and
    /// [`CheckpointPolicy::verify`] do.
    pub fn open(&self, note: &[u8]) -> Result<VerifiedCheckpoint> {
        self.verify(&Note::parse(note)?)
    }
}

fn check_role(keys: &[VerifierKey], kind: SignatureType) -> Result<()> {
    for (earlier, key) in keys.iter().enumerate() {
        check_kind(key, kind)?;
        let mut earlier = keys.iter().take(earlier);
        if let Some(same) = earlier.find(|other| other.public_key() == key.public_key()) {
            return Err(unusable(format!(
                "{} and {} have the same public key",
                same.name(),
                key.name()
            )));
        }
    }
    Ok(())
}

fn unusable(detail: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, "checkpoint policy", detail)
}

fn unsigned(detail: String) -> Error {
    Error::new(ErrorKind::NoteUnsigned, "checkpoint", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::ed25519::SecretKey;
    use crate::tlog::cosignature::cosign;
    use crate::tlog::tree::TreeHead;

    struct Party(SecretKey, VerifierKey);

    impl Party {
        fn new(name: &str, seed: u8, kind: SignatureType) -> Party {
            let secret = SecretKey::from_seed(&[seed; 32]);
            let key = VerifierKey::new(name, kind, *secret.public()).unwrap();
            Party(secret, key)
        }
    }

    fn log(name: &str, seed: u8) -> Party {
        Party::new(name, seed, SignatureType::Ed25519)
    }

    fn witness(seed: u8) -> Party {
        Party::new(&format!("w{seed}"), seed, SignatureType::CosignatureV1)
    }

    fn keys(parties: &[Party]) -> Vec<VerifierKey> {
        parties.iter().map(|party| party.1.clone()).collect()
    }

    /// A checkpoint of `log`, cosigned at the time that the seed says.
    fn note(log: &Party, witnesses: &[Party]) -> Note {
        let checkpoint = Checkpoint::new(log.1.name(), TreeHead::EMPTY).unwrap();
        let mut note = checkpoint.sign(&log.1, |m| Ok(log.0.sign(m))).unwrap();
        for (time, witness) in (100..).zip(witnesses) {
            let line = cosign(&note, time, &witness.1, |m| Ok(witness.0.sign(m)));
            note.add(line.unwrap()).unwrap();
        }
        note
    }

    #[test]
    fn a_quorum_of_witnesses_is_counted() {
        let log = log("log", 1);
        let all = [witness(11), witness(12), witness(13)];
        for signed in 0..=3 {
            let note = note(&log, &all[..signed]);
            for quorum in 0..=3 {
                let policy =
                    CheckpointPolicy::new(vec![log.1.clone()], keys(&all), quorum).unwrap();
                let result = policy.open(note.encode().as_bytes());
                if signed < quorum {
                    assert_eq!(result.unwrap_err().kind(), ErrorKind::NoteUnsigned);
                    continue;
                }
                let verified = result.unwrap();
                assert_eq!(verified.log_key, log.1);
                assert_eq!(verified.checkpoint.origin(), "log");
                let times: Vec<u64> = verified.cosignatures.iter().map(|c| c.time).collect();
                assert_eq!(times, (100..).take(signed).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn witnesses_alone_or_strangers_are_not_enough() {
        let mine = log("log", 1);
        let all = [witness(11), witness(12)];
        let policy = CheckpointPolicy::new(vec![mine.1.clone()], keys(&all), 1).unwrap();
        let unsigned = |note: &Note| {
            let error = policy.verify(note).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoteUnsigned, "{error}");
        };
        unsigned(&note(&log("log", 2), &all));
        unsigned(&note(&log("other", 2), &all));
        unsigned(&note(&mine, &[]));
        unsigned(&note(&mine, &[witness(13), witness(14)]));
        policy.verify(&note(&mine, &all[1..])).unwrap();

        let mut note = note(&mine, &all);
        let mut line = note.signatures()[2].line();
        let last = line.len() - 3;
        line.replace_range(
            last..=last,
            if &line[last..=last] == "A" { "B" } else { "A" },
        );
        let forged = crate::tlog::note_signature::NoteSignature::parse(&line);
        note.add(forged.unwrap()).unwrap();
        let error = policy.verify(&note).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureInvalid);
    }

    #[test]
    fn a_log_speaks_only_for_itself() {
        let (a, b) = (log("a", 1), log("b", 2));
        let policy = CheckpointPolicy::new(vec![a.1.clone(), b.1.clone()], vec![], 0).unwrap();
        assert_eq!(policy.verify(&note(&a, &[])).unwrap().log_key, a.1);
        assert_eq!(policy.verify(&note(&b, &[])).unwrap().log_key, b.1);
        // The key of b under the origin of a.
        let text = note(&a, &[]).text().to_owned();
        let note = Note::sign(&text, &b.1, |m| Ok(b.0.sign(m))).unwrap();
        let error = policy.verify(&note).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoteUnsigned);
        // And a note of a that says something else altogether.
        let note = Note::sign("hello\n", &a.1, |m| Ok(a.0.sign(m))).unwrap();
        let error = policy.verify(&note).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoteInvalid);
    }

    #[test]
    fn policies_that_would_fool_their_owner_are_refused() {
        let log_key = log("log", 1).1;
        let same = Party::new("alias", 11, SignatureType::CosignatureV1).1;
        for (logs, witnesses, quorum) in [
            (vec![], keys(&[witness(11)]), 0),
            (vec![log_key.clone()], keys(&[witness(11)]), 2),
            (vec![log_key.clone()], vec![witness(11).1, same], 2),
            (vec![log_key.clone(), log_key.clone()], vec![], 0),
            (vec![log_key.clone()], vec![log_key.clone()], 0),
            (vec![witness(11).1], vec![], 0),
        ] {
            let error = CheckpointPolicy::new(logs, witnesses, quorum).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        }
        assert!(CheckpointPolicy::of_log(log_key).is_ok());
    }
}
