//! Which keys are trusted, at the time in question.
//!
//! A key is trusted because the options name it or because the bundle says that
//! it was active then. A bundle that says otherwise of a key is believed before
//! the options are, and one that says revoked is believed wherever the key
//! stands.

use std::collections::{HashMap, HashSet};

use crate::authority::authorized::{Authorized, AuthorizedOptions, check_authority};
use crate::authority::delegation::JudgedAt;
use crate::authority::trust::{KeyStatus, Section};
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::key_text;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};
use crate::verifier::VerifierOptions;

/// The trusted keys of the options, ready to be looked up.
#[derive(Debug)]
pub(super) struct TrustedKeys {
    sections: [HashSet<PublicKey>; 3],
    /// Keys that need not be decompressed again.
    known: HashMap<[u8; PUBLIC_KEY_LEN], PublicKey>,
}

/// What a key is worth.
#[derive(Clone, Debug)]
pub(super) enum Worth {
    /// It is trusted, under the name that the bundle gives it.
    Trusted(Option<String>),
    /// Nobody says anything about it.
    Unknown,
    /// The bundle says that it must not be relied on.
    Refused(Error),
}

impl TrustedKeys {
    pub fn of(options: &VerifierOptions) -> TrustedKeys {
        let set = |keys: &[PublicKey]| keys.iter().copied().collect::<HashSet<_>>();
        let sections = [
            set(&options.trusted_roots),
            set(&options.trusted_keys),
            set(&options.trusted_servers),
        ];
        let named = sections.iter().flatten().copied();
        let bundle = options.trust_bundle.iter();
        let listed = bundle
            .flat_map(|bundle| Section::ALL.map(|section| bundle.keys(section)))
            .flatten()
            .map(|entry| entry.key);
        let known = named.chain(listed).map(|key| (*key.as_bytes(), key));
        TrustedKeys {
            known: known.collect(),
            sections,
        }
    }

    /// The key of these bytes.
    pub fn key(&self, bytes: &[u8; PUBLIC_KEY_LEN]) -> Result<PublicKey> {
        match self.known.get(bytes) {
            Some(key) => Ok(*key),
            None => PublicKey::from_bytes(bytes),
        }
    }

    /// What a key is worth in a section, at a time.
    pub fn worth(
        &self,
        options: &VerifierOptions,
        section: Section,
        key: &PublicKey,
        at: Instant,
    ) -> Worth {
        let mut name = None;
        if let Some(bundle) = &options.trust_bundle {
            if let Err(error) = refuse_revoked(options, key, at) {
                return Worth::Refused(error);
            }
            match bundle.check(section, key, at) {
                Ok(entry) => name = Some(entry.name.clone()),
                Err(error) if error.kind() == ErrorKind::SignerUntrusted => {}
                Err(error) => return Worth::Refused(error),
            }
        }
        let is_named = self.sections[section as usize].contains(key);
        if is_named || name.is_some() {
            Worth::Trusted(name)
        } else {
            Worth::Unknown
        }
    }

    /// Verifies the delegations of a version 4 receipt. Answers the name that
    /// the bundle gives the root, too.
    pub fn check_delegation(
        &self,
        options: &VerifierOptions,
        receipt: &Receipt,
        signer: &PublicKey,
        at: Instant,
    ) -> Result<(Authorized, Option<String>)> {
        let stated = receipt.text(Field::RootPublicKey).unwrap_or_default();
        let root = key_text::parse_prefixed(stated)
            .map_err(|error| error.within("receipt authorization"))?;
        let (roots, name) = match self.worth(options, Section::Roots, &root, at) {
            Worth::Trusted(name) => (vec![root], name),
            Worth::Unknown => (Vec::new(), None),
            Worth::Refused(error) => return Err(error),
        };
        let authorized = check_authority(
            receipt,
            *signer,
            &AuthorizedOptions {
                roots: &roots,
                time: JudgedAt {
                    at,
                    skew_seconds: options.clock_skew_seconds,
                },
                max_links: options.max_chain_links,
            },
        )?;
        for (index, link) in authorized.chain().links().iter().enumerate() {
            refuse_revoked_id(options, &link.id(), at).map_err(|error| error.at(index as u64))?;
            for key in [link.delegator(), link.delegate()] {
                refuse_revoked(options, key, at).map_err(|error| error.at(index as u64))?;
            }
        }
        Ok((authorized, name))
    }
}

/// Refuses a key that any section of the bundle calls revoked.
pub(super) fn refuse_revoked(
    options: &VerifierOptions,
    key: &PublicKey,
    at: Instant,
) -> Result<()> {
    let Some(bundle) = &options.trust_bundle else {
        return Ok(());
    };
    for section in Section::ALL {
        let entry = bundle.find(section, key);
        if entry.is_some_and(|entry| entry.status_at(at) == KeyStatus::Revoked) {
            bundle.check(section, key, at)?;
        }
    }
    Ok(())
}

/// Refuses a delegation or decision that was revoked by its id, which derives
/// from its signature.
pub(super) fn refuse_revoked_id(options: &VerifierOptions, id: &str, at: Instant) -> Result<()> {
    match options.revoked.get(id) {
        Some(since) if at >= *since => Err(Error::new(
            ErrorKind::Revoked,
            id.to_owned(),
            format!("it was revoked at {}", since.to_text()),
        )),
        _ => Ok(()),
    }
}
