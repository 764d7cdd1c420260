//! Revocations (Signet 0.11): whoever issued a delegation or a decision takes it
//! back, in a line of `revocations.jsonl`.
//!
//! A list that cannot be read whole says nothing about what is missing in it, so
//! it is an error for whoever relies on it, never an empty list. And a record
//! that names an artifact without its issuer's signature is an error too: it is
//! either an attack or a damaged revocation.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::authority::chain::Chain;
use crate::authority::decision::AuthorityDecision;
use crate::authority::delegation::Delegation;
use crate::authority::principal;
use crate::crypto::ed25519::{PublicKey, SIGNATURE_LEN, SignatureBytes};
use crate::crypto::random;
use crate::encoding::jcs::{self, Limits};
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::{self, Kind, Reading, Record, Rule, Slots};
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, hex, key_text, members};
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;

/// The name of the list in a home folder.
pub const FILE_NAME: &str = "revocations.jsonl";
/// The largest list that is read, in bytes: 64 MiB.
pub const MAX_LEN: usize = 64 << 20;
/// How many random bytes a record's nonce holds.
pub const NONCE_LEN: usize = 16;

/// What can be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Artifact {
    /// A delegation token, by its id (`del_…`).
    DelegationToken,
    /// An authority's decision, by its id (`dec_…`).
    AuthorizationDecision,
}

impl Artifact {
    /// The word in records: `delegation_token` or `authorization_decision`.
    pub fn as_text(self) -> &'static str {
        match self {
            Artifact::DelegationToken => "delegation_token",
            Artifact::AuthorizationDecision => "authorization_decision",
        }
    }
}

/// A record of a revocation: its form is right. Whether it is the issuer's, only
/// [`Revocation::verify`] says.
#[derive(Clone, Debug)]
pub struct Revocation {
    canonical: Vec<u8>,
    artifact: Artifact,
    revoked_at: Instant,
    signature: SignatureBytes,
}

const RECORD: Record = Record {
    what: "revocation",
    rules: &[
        Rule::required("artifact_id", Kind::Text),
        Rule::required("artifact_type", Kind::Text),
        Rule::required("nonce", Kind::Text),
        Rule::required("reason", Kind::Text),
        Rule::required("revoked_at", Kind::Text),
        Rule::required("revoked_by", Kind::Text),
        Rule::required("sig", Kind::Text),
        Rule::required("v", Kind::Integer).into_slot(0),
    ],
};

/// What a revocation says.
#[derive(Clone, Copy, Debug)]
pub struct Withdrawal<'a> {
    /// What is revoked.
    pub artifact: Artifact,
    /// Its id.
    pub artifact_id: &'a str,
    /// The principal of the issuer; `x-local://keys/<name>` where it has none.
    pub revoked_by: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// What else may be said about a revocation.
#[derive(Clone, Copy, Debug, Default)]
pub struct RevokeOptions {
    /// When it is revoked; the system clock when absent.
    pub time: Option<Instant>,
    /// The nonce; random when absent. For reproducible tests only.
    pub nonce: Option<[u8; NONCE_LEN]>,
}

/// Signs a revocation with the issuer's key: the delegator's or the authority's.
/// Whether the key is the issuer's is for the caller to see to: see
/// [`Revocation::verify`].
pub fn revoke(
    key: &KeyPair,
    withdrawal: &Withdrawal<'_>,
    options: &RevokeOptions,
) -> Result<Revocation> {
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => random::bytes()?,
    };
    let (time, nonce) = (
        options.time.unwrap_or_else(Instant::now).to_text(),
        format!("rnd_{}", hex::encode(&nonce)),
    );
    let text = |signature: Option<&str>| {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("artifact_id", withdrawal.artifact_id);
        object.text("artifact_type", withdrawal.artifact.as_text());
        object.text("nonce", &nonce);
        object.text("reason", withdrawal.reason);
        object.text("revoked_at", &time);
        object.text("revoked_by", withdrawal.revoked_by);
        if let Some(signature) = signature {
            object.text("sig", signature);
        }
        object.member("v", Some(b"1"));
        object.end();
        out
    };
    let signature = key.sign(&text(None))?;
    let encoded = base64::encode(&signature);
    Revocation::parse(&text(Some(&format!(
        "{}{encoded}",
        key_text::ED25519_PREFIX
    ))))
}

impl Revocation {
    /// Reads one record from JSON text.
    ///
    /// [`ErrorKind::RecordInvalid`] when it has not the form of a revocation, and
    /// the errors of JSON text, timestamps and principals.
    pub fn parse(json: &[u8]) -> Result<Revocation> {
        let within = |error: Error| error.within("revocation");
        let canonical = jcs::canonicalize_exactly(json, &Limits::default()).map_err(within)?;
        let mut slots = Slots::<1>::default();
        record::read(&canonical, &RECORD, Reading::Strict, &mut slots).map_err(
            |error| match error.kind() {
                ErrorKind::ReceiptInvalid => error.into_kind(ErrorKind::RecordInvalid),
                _ => error,
            },
        )?;
        if slots[0].of(&canonical) != Some(b"1") {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "revocation",
                "only version 1 is supported",
            ));
        }
        let artifact = match &*text(&canonical, "artifact_type") {
            "delegation_token" => Artifact::DelegationToken,
            "authorization_decision" => Artifact::AuthorizationDecision,
            _ => {
                return Err(invalid(
                    "artifact_type must be delegation_token or authorization_decision",
                ));
            }
        };
        if text(&canonical, "artifact_id").is_empty() {
            return Err(invalid("artifact_id must not be empty"));
        }
        principal::check(&text(&canonical, "revoked_by")).map_err(within)?;
        let revoked_at = Instant::parse(&text(&canonical, "revoked_at")).map_err(within)?;
        let signature = text(&canonical, "sig")
            .strip_prefix(key_text::ED25519_PREFIX)
            .and_then(|encoded| base64::decode_array::<SIGNATURE_LEN>(encoded.as_bytes()))
            .ok_or_else(|| {
                invalid("sig must be \"ed25519:\" and the standard base64 of 64 bytes")
            })?;
        Ok(Revocation {
            artifact,
            revoked_at,
            signature: *signature,
            canonical,
        })
    }

    /// The canonical JSON text.
    pub fn json(&self) -> &[u8] {
        &self.canonical
    }

    /// What is revoked.
    pub fn artifact(&self) -> Artifact {
        self.artifact
    }

    /// Its id.
    pub fn artifact_id(&self) -> Cow<'_, str> {
        text(&self.canonical, "artifact_id")
    }

    /// Who revoked it, as the record says.
    pub fn revoked_by(&self) -> Cow<'_, str> {
        text(&self.canonical, "revoked_by")
    }

    /// When, as the record says.
    pub fn revoked_at(&self) -> Instant {
        self.revoked_at
    }

    /// Why, as the record says; may be empty.
    pub fn reason(&self) -> Cow<'_, str> {
        text(&self.canonical, "reason")
    }

    /// The bytes under the signature: everything but `sig`.
    pub fn signed_body(&self) -> Vec<u8> {
        let mut body = vec![b'{'];
        for member in members::members(&self.canonical, 0) {
            if !member.is_named("sig") {
                if body.len() > 1 {
                    body.push(b',');
                }
                let text = self.canonical.get(member.start..member.value.end);
                body.extend_from_slice(text.unwrap_or_default());
            }
        }
        body.push(b'}');
        body
    }

    /// Whether the record is signed by this key, which must be that of the
    /// artifact's issuer; [`ErrorKind::RecordInvalid`] otherwise.
    pub fn verify(&self, issuer: &PublicKey) -> Result<()> {
        let verified = issuer.verify(&self.signed_body(), &self.signature);
        verified.map_err(|_| invalid("a record about this artifact is not signed by its issuer"))
    }

    /// The error for whoever wanted to use what is revoked:
    /// [`ErrorKind::Revoked`].
    pub fn refuse(&self) -> Error {
        let what = match self.artifact {
            Artifact::DelegationToken => "delegation",
            Artifact::AuthorizationDecision => "decision",
        };
        let detail = format!(
            "{} was revoked at {} by {}",
            self.artifact_id(),
            self.revoked_at.to_text(),
            self.revoked_by()
        );
        Error::new(ErrorKind::Revoked, what, detail)
    }
}

/// A list of revocations.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    records: Vec<Revocation>,
    by_id: HashMap<String, Vec<usize>>,
}

impl Revocations {
    /// Reads the whole of a list, a record a line; empty lines are nothing. One
    /// line that cannot be read is an error, whose position is the number of the
    /// line, counted from 1.
    pub fn parse(list: &[u8]) -> Result<Revocations> {
        check_len(list)?;
        let mut read = Revocations::default();
        for line in survey(list) {
            let record = line.record.map_err(|error| error.at(line.number))?;
            let id = record.artifact_id().into_owned();
            let places = read.by_id.entry(id).or_default();
            places.push(read.records.len());
            read.records.push(record);
        }
        Ok(read)
    }

    /// The records, in the order of the list.
    pub fn records(&self) -> &[Revocation] {
        &self.records
    }

    /// The revocation of a delegation, by its delegator.
    ///
    /// [`ErrorKind::RecordInvalid`] when a record about it is not the delegator's.
    pub fn of_delegation(&self, delegation: &Delegation) -> Result<Option<&Revocation>> {
        let (kind, id) = (Artifact::DelegationToken, delegation.id());
        self.of(kind, &id, delegation.delegator())
    }

    /// The revocation of any delegation of a chain, counted from the root.
    pub fn of_chain(&self, chain: &Chain) -> Result<Option<&Revocation>> {
        for (index, link) in chain.links().iter().enumerate() {
            let found = self.of_delegation(link);
            if let Some(found) = found.map_err(|error| error.at(index as u64))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The revocation of a decision, by its authority.
    pub fn of_decision(&self, decision: &AuthorityDecision) -> Result<Option<&Revocation>> {
        let (kind, id) = (Artifact::AuthorizationDecision, decision.id());
        self.of(kind, &id, decision.authority_key())
    }

    /// [`ErrorKind::Revoked`] when a delegation of the chain is revoked.
    pub fn check_chain(&self, chain: &Chain) -> Result<()> {
        match self.of_chain(chain)? {
            Some(revocation) => Err(revocation.refuse()),
            None => Ok(()),
        }
    }

    /// [`ErrorKind::Revoked`] when the decision is revoked.
    pub fn check_decision(&self, decision: &AuthorityDecision) -> Result<()> {
        match self.of_decision(decision)? {
            Some(revocation) => Err(revocation.refuse()),
            None => Ok(()),
        }
    }

    fn of(&self, kind: Artifact, id: &str, issuer: &PublicKey) -> Result<Option<&Revocation>> {
        let places = self.by_id.get(id).map_or(&[][..], Vec::as_slice);
        let mut first = None;
        for record in places.iter().filter_map(|&place| self.records.get(place)) {
            if record.artifact == kind {
                record.verify(issuer)?;
                first = first.or(Some(record));
            }
        }
        Ok(first)
    }
}

/// A line of a list and what it holds.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its number, counted from 1.
    pub number: u64,
    /// The text, without its line end.
    pub text: &'a [u8],
    /// The record, or why it is none.
    pub record: Result<Revocation>,
}

/// Every line of a list that is not empty, for whoever inspects or repairs it.
/// To rely on a list, read it with [`Revocations::parse`].
pub fn survey(list: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let lines = list.split(|byte| *byte == b'\n');
    lines
        .zip(1..)
        .filter(|(text, _)| !text.trim_ascii().is_empty())
        .map(|(text, number)| Line {
            number,
            text,
            record: Revocation::parse(text),
        })
}

fn check_len(list: &[u8]) -> Result<()> {
    if list.len() <= MAX_LEN {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        "revocations",
        format!("{} bytes where the limit is {MAX_LEN}", list.len()),
    ))
}

fn text<'a>(object: &'a [u8], name: &str) -> Cow<'a, str> {
    let place = members::find(object, 0, name);
    let text = place.and_then(|place| members::string_at(object, place));
    text.unwrap_or_default()
}

fn invalid(detail: &'static str) -> Error {
    Error::new(ErrorKind::RecordInvalid, "revocation", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::delegation::{self, Grant, GrantOptions};
    use crate::authority::scope::Scope;

    fn token(root: &KeyPair) -> Delegation {
        let scope = Scope::new(["*"], ["*"], 0).unwrap();
        let grant = Grant {
            delegator_name: "root",
            delegator_principal: None,
            delegate: root.public_key(),
            delegate_name: "agent",
            delegate_principal: None,
            scope: &scope,
            parent: None,
        };
        delegation::sign(root, &grant, &GrantOptions::default()).unwrap()
    }

    fn line(key: &KeyPair, id: &str) -> String {
        let withdrawal = Withdrawal {
            artifact: Artifact::DelegationToken,
            artifact_id: id,
            revoked_by: "x-local://keys/root",
            reason: "lost \u{1f511}",
        };
        let record = revoke(key, &withdrawal, &RevokeOptions::default()).unwrap();
        String::from_utf8(record.json().to_vec()).unwrap()
    }

    #[test]
    fn a_revocation_by_the_issuer_revokes_and_by_another_is_an_error() {
        let (root, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let token = token(&root);
        let chain = Chain::of(vec![token.clone()]);
        let id = token.id().into_owned();
        let list = |lines: &[String]| Revocations::parse(lines.join("\n\n").as_bytes());

        let unrelated = list(&[line(&root, "del_other")]).unwrap();
        assert!(unrelated.of_chain(&chain).unwrap().is_none());
        unrelated.check_chain(&chain).unwrap();
        let revoked = list(&[line(&root, "del_other"), line(&root, &id)]).unwrap();
        let found = revoked.of_chain(&chain).unwrap().unwrap();
        assert_eq!(found.reason(), "lost \u{1f511}");
        let refused = revoked.check_chain(&chain).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Revoked);
        let forged = list(&[line(&root, &id), line(&other, &id)]).unwrap();
        let refused = forged.check_chain(&chain).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::RecordInvalid);
    }

    #[test]
    fn one_bad_line_is_an_error_for_the_whole_list_g7() {
        let key = KeyPair::generate().unwrap();
        let good = line(&key, "del_x");
        for bad in [
            "{broken".to_owned(),
            "null".to_owned(),
            good.replace("\"v\":1", "\"v\":2"),
            good.replace("delegation_token", "everything"),
            good.replace("x-local://keys/root", "root"),
            good.replace("\"del_x\"", "\"\""),
            good.replace("\"reason\"", "\"reasons\""),
            good.replace("\"v\":1", "\"v\":1,\"v\":1"),
            good.replace("ed25519:", ""),
        ] {
            let list = format!("{good}\n{bad}\n");
            let refused = Revocations::parse(list.as_bytes()).unwrap_err();
            assert!(refused.to_string().contains('2'), "{refused}");
            let lines: Vec<_> = survey(list.as_bytes()).collect();
            assert!(lines[0].record.is_ok() && lines[1].record.is_err(), "{bad}");
        }
        assert!(Revocations::parse(b"\n \n").unwrap().records().is_empty());
    }
}
