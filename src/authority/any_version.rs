//! Verifying a receipt of any version against one set of trusted keys.
//!
//! Whoever reads evidence does not choose its version: the receipt does, and so
//! would a forger. So there is one question, what is trusted and expected, and
//! each version is held to all of it that it can be held to. Nothing that a
//! caller expects is left unchecked because a receipt came in another version.

use std::borrow::Cow;

use crate::authority::authorized::{
    Authorized, AuthorizedOptions, verify_authorized_bilateral, verify_authorized_judging,
};
use crate::authority::chain::{Chain, ChainOptions, DEFAULT_MAX_LINKS};
use crate::authority::delegation::{DEFAULT_SKEW_SECONDS, Delegation, JudgedAt};
use crate::authority::scope::Scope;
use crate::authority::trust::{KeyStatus, Section, TrustBundle};
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::jcs::Limits;
use crate::encoding::key_text;
use crate::encoding::object::ObjectWriter;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{BilateralOptions, Expiry, Field, Receipt, VerifyOptions};

/// How many seconds after the agent a server may have co-signed, where nothing
/// else is asked for; as in the published Signet.
pub const DEFAULT_WINDOW_SECONDS: u64 = 300;

/// The keys that a verifier trusts, and for what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trust<'a> {
    /// The agents that may sign, at any time. The agent of a receipt of version
    /// 4 stands on its delegation instead.
    pub agents: &'a [&'a PublicKey],
    /// In a receipt that a trusted server co-signed, take any agent whose
    /// signature holds under the key it names; [`Verified::agent_trusted`] tells.
    pub any_co_signed_agent: bool,
    /// The servers that may co-sign, at any time.
    pub servers: &'a [&'a PublicKey],
    /// The keys that may delegate in the first place, at any time.
    pub roots: &'a [&'a PublicKey],
    /// Keys that count besides, each as of the time at which is judged.
    pub bundle: Option<&'a TrustBundle>,
}

/// What else is expected of a receipt.
#[derive(Clone, Copy, Debug)]
pub struct Expectations<'a> {
    /// The time at which is judged: now, or for old evidence a time at which it
    /// is known to have existed.
    pub at: Instant,
    /// Whether the receipt's own expiry counts. That of delegations always does.
    pub judge_expiry: bool,
    /// By how many seconds the clocks of signers and verifier may differ.
    pub skew_seconds: u64,
    /// How old the evidence may be; `None` for any age.
    pub max_age_seconds: Option<u64>,
    /// How many seconds after the agent a server may have co-signed; `None` for
    /// any time.
    pub window_seconds: Option<u64>,
    /// How many delegations may stand between the root and the agent.
    pub max_links: usize,
    /// The session that the call must belong to.
    pub session: Option<&'a str>,
    /// The id that the call must have.
    pub call_id: Option<&'a str>,
    /// The response that the receipt must speak of, as JSON text.
    pub response: Option<&'a [u8]>,
}

impl Expectations<'_> {
    /// Nothing but what holds for every receipt at this time.
    pub fn at(at: Instant) -> Expectations<'static> {
        Expectations {
            at,
            judge_expiry: true,
            skew_seconds: DEFAULT_SKEW_SECONDS,
            max_age_seconds: None,
            window_seconds: Some(DEFAULT_WINDOW_SECONDS),
            max_links: DEFAULT_MAX_LINKS,
            session: None,
            call_id: None,
            response: None,
        }
    }

    fn expiry(&self) -> Expiry {
        match self.judge_expiry {
            true => Expiry::JudgedAt(self.at),
            false => Expiry::Ignored,
        }
    }

    fn judged_at(&self) -> JudgedAt {
        JudgedAt {
            at: self.at,
            skew_seconds: self.skew_seconds,
        }
    }
}

/// Who signed a receipt, and on whose authority.
#[derive(Clone, Debug)]
pub struct Verified {
    version: u8,
    agent: PublicKey,
    agent_trusted: bool,
    server: Option<PublicKey>,
    authorized: Option<Authorized>,
}

impl Verified {
    /// The agent who signed.
    pub fn agent(&self) -> &PublicKey {
        &self.agent
    }

    /// Whether the agent itself is trusted, or acts on a trusted root's
    /// delegation. Only [`Trust::any_co_signed_agent`] lets others through.
    pub fn agent_trusted(&self) -> bool {
        self.agent_trusted
    }

    /// The trusted server who co-signed a receipt of version 3.
    pub fn server(&self) -> Option<&PublicKey> {
        self.server.as_ref()
    }

    /// On whose authority the agent of a receipt of version 4 acted.
    pub fn authorized(&self) -> Option<&Authorized> {
        self.authorized.as_ref()
    }

    /// All of it as canonical JSON: `{"agent", "agent_trusted", "delegations"?,
    /// "root"?, "scope"?, "server"?, "version"}`, where keys are `ed25519:` texts
    /// and delegations are ids, root first.
    pub fn json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut object = ObjectWriter::new(&mut out);
        object.text("agent", &key_text::prefixed(&self.agent));
        let trusted: &[u8] = if self.agent_trusted {
            b"true"
        } else {
            b"false"
        };
        object.member("agent_trusted", Some(trusted));
        if let Some(authorized) = &self.authorized {
            let ids: Vec<_> = authorized
                .chain()
                .links()
                .iter()
                .map(Delegation::id)
                .collect();
            object.texts("delegations", &ids);
            object.text("root", &key_text::prefixed(authorized.root()));
            object.member("scope", Some(&authorized.scope().json()));
        }
        if let Some(server) = &self.server {
            object.text("server", &key_text::prefixed(server));
        }
        object.member("version", Some(self.version.to_string().as_bytes()));
        object.end();
        out
    }
}

/// Verifies a receipt of any version.
///
/// Versions 1 and 2 stand on a trusted agent's key ([`Receipt::verify`]), version
/// 3 on a trusted server's besides ([`Receipt::verify_bilateral`]), version 4 on a
/// trusted root's (see [`verify_authorized`](super::authorized::verify_authorized)),
/// and a co-signed version 4 on server and root. Then, in every version: its age,
/// session and call id, and the response that it speaks of.
///
/// A key that is only in the bundle and was not active is told apart from one
/// that is unknown: [`ErrorKind::KeyDisabled`], [`ErrorKind::KeyRevoked`],
/// [`ErrorKind::KeyExpired`].
pub fn verify(
    receipt: &Receipt,
    trust: &Trust<'_>,
    expected: &Expectations<'_>,
) -> Result<Verified> {
    let agent_receipt = receipt.agent_receipt().unwrap_or(receipt);
    let verified = match (receipt.version(), agent_receipt.version()) {
        (3, 4) => {
            let servers = trust.servers_for(receipt, expected.at)?;
            let roots = trust.roots_for(agent_receipt, expected.at);
            let roots = roots.map_err(|error| error.within("agent_receipt"))?;
            let bilateral = bilateral_options(&servers, &[], expected);
            let authority = authorized_options(&roots, expected);
            let (signers, authorized) =
                verify_authorized_bilateral(receipt, &bilateral, &authority)?;
            Verified {
                version: 3,
                agent: *authorized.signer(),
                agent_trusted: true,
                server: Some(*signers.server),
                authorized: Some(authorized),
            }
        }
        (3, _) => {
            let servers = trust.servers_for(receipt, expected.at)?;
            let agents = trust.co_signed_agents(agent_receipt, expected.at)?;
            let signers =
                receipt.verify_bilateral(&bilateral_options(&servers, &agents, expected))?;
            let agent = PublicKey::from_bytes(&agent_receipt.signer_key_bytes()?)?;
            Verified {
                version: 3,
                agent,
                agent_trusted: trust.agents.contains(&&agent) || trust.vouches(&agent, expected.at),
                server: Some(*signers.server),
                authorized: None,
            }
        }
        (4, _) => {
            let roots = trust.roots_for(receipt, expected.at)?;
            let options = authorized_options(&roots, expected);
            let authorized = verify_authorized_judging(receipt, &options, expected.expiry())?;
            Verified {
                version: 4,
                agent: *authorized.signer(),
                agent_trusted: true,
                server: None,
                authorized: Some(authorized),
            }
        }
        (version, _) => {
            let agents = trust.agents_for(receipt, expected.at)?;
            let agent = receipt.verify(&VerifyOptions {
                trusted: &agents,
                expiry: expected.expiry(),
            })?;
            Verified {
                version,
                agent: *agent,
                agent_trusted: true,
                server: None,
                authorized: None,
            }
        }
    };
    check_expectations(receipt, agent_receipt, expected)?;
    Ok(verified)
}

/// Verifies a chain of delegations from a trusted root at a time, and answers
/// what the key at its end may do; see [`Chain::verify`].
pub fn verify_chain<'c>(
    chain: &'c Chain,
    trust: &Trust<'_>,
    expected: &Expectations<'_>,
) -> Result<&'c Scope> {
    let mut roots = trust.active_roots(expected.at);
    if let Some(root) = chain.root() {
        trust.check_root(root, &roots, expected.at)?;
    }
    roots.extend(trust.roots.iter().copied());
    chain.verify(&ChainOptions {
        roots: &roots,
        time: expected.judged_at(),
        max_links: expected.max_links,
    })
}

/// Verifies one delegation at a time. Where roots or a bundle are given, its
/// delegator must be a trusted root; otherwise it is only held to itself.
pub fn verify_delegation(
    delegation: &Delegation,
    trust: &Trust<'_>,
    expected: &Expectations<'_>,
) -> Result<()> {
    if trust.roots.is_empty() && trust.bundle.is_none() {
        return delegation.verify(expected.judged_at());
    }
    let chain = Chain::of(vec![delegation.clone()]);
    verify_chain(&chain, trust, expected).map(|_| ())
}

fn bilateral_options<'a>(
    servers: &'a [&'a PublicKey],
    agents: &'a [&'a PublicKey],
    expected: &Expectations<'a>,
) -> BilateralOptions<'a> {
    BilateralOptions {
        servers,
        agents,
        window_seconds: expected.window_seconds,
        freshness: None,
        session: expected.session,
        call_id: expected.call_id,
        expiry: expected.expiry(),
    }
}

fn authorized_options<'a>(
    roots: &'a [PublicKey],
    expected: &Expectations<'_>,
) -> AuthorizedOptions<'a> {
    AuthorizedOptions {
        roots,
        time: expected.judged_at(),
        max_links: expected.max_links,
    }
}

/// What can be asked of every version once the signatures hold.
fn check_expectations(
    receipt: &Receipt,
    agent_receipt: &Receipt,
    expected: &Expectations<'_>,
) -> Result<()> {
    agent_receipt.check_binding("session", Field::Session, expected.session)?;
    agent_receipt.check_binding("call_id", Field::CallId, expected.call_id)?;
    if let Some(max_age) = expected.max_age_seconds {
        check_age(receipt, max_age, expected)?;
    }
    match expected.response {
        Some(response) => receipt.check_response(response, &Limits::default()),
        None => Ok(()),
    }
}

/// The age of a receipt is that of the last thing it tells of.
fn check_age(receipt: &Receipt, max_age_seconds: u64, expected: &Expectations<'_>) -> Result<()> {
    let dated = match receipt.response_time()? {
        Some(responded) => responded,
        None => receipt.time()?,
    };
    let millis = |seconds: u64| i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
    let skew = millis(expected.skew_seconds);
    let age = dated.millis_until(expected.at);
    let outside = |detail| {
        Err(Error::new(
            ErrorKind::TimeOutOfWindow,
            "receipt time",
            detail,
        ))
    };
    if age < skew.saturating_neg() {
        return outside("it lies after the time at which the receipt is judged");
    }
    if age > millis(max_age_seconds).saturating_add(skew) {
        return outside("the receipt is older than it may be");
    }
    Ok(())
}

impl<'a> Trust<'a> {
    /// The keys that a receipt of version 1 or 2 is held to.
    fn agents_for(&self, receipt: &Receipt, at: Instant) -> Result<Cow<'a, [&'a PublicKey]>> {
        match self.bundle {
            // Forensically the key that a receipt names does not matter.
            Some(bundle) if receipt.reading() == Reading::Forensic => {
                let mut keys = self.agents.to_vec();
                let entries = bundle.keys(Section::Agents).iter();
                let active = entries.filter(|entry| entry.status_at(at) == KeyStatus::Active);
                keys.extend(active.map(|entry| &entry.key));
                Ok(Cow::Owned(keys))
            }
            _ => self.with_named(self.agents, Section::Agents, at, || {
                receipt.signer_key_bytes()
            }),
        }
    }

    /// The keys that the agent of a co-signed receipt is held to; none means any.
    fn co_signed_agents(
        &self,
        agent_receipt: &Receipt,
        at: Instant,
    ) -> Result<Cow<'a, [&'a PublicKey]>> {
        if self.any_co_signed_agent {
            return Ok(Cow::Borrowed(&[]));
        }
        let within = |error: Error| error.within("agent_receipt");
        let named = || agent_receipt.signer_key_bytes();
        let agents = self.with_named(self.agents, Section::Agents, at, named);
        let agents = agents.map_err(within)?;
        if agents.is_empty() {
            let detail = "no agents are trusted";
            let error = Error::new(ErrorKind::SignerUntrusted, "receipt signer", detail);
            return Err(within(error));
        }
        Ok(agents)
    }

    fn servers_for(&self, receipt: &Receipt, at: Instant) -> Result<Cow<'a, [&'a PublicKey]>> {
        self.with_named(self.servers, Section::Servers, at, || {
            receipt.server_key_bytes()
        })
    }

    /// The listed keys and, where it is active in the bundle, the one that is
    /// named.
    fn with_named(
        &self,
        listed: &'a [&'a PublicKey],
        section: Section,
        at: Instant,
        named: impl FnOnce() -> Result<[u8; PUBLIC_KEY_LEN]>,
    ) -> Result<Cow<'a, [&'a PublicKey]>> {
        let Some(bundle) = self.bundle else {
            return Ok(Cow::Borrowed(listed));
        };
        let named = named()?;
        if listed.iter().any(|key| *key.as_bytes() == named) {
            return Ok(Cow::Borrowed(listed));
        }
        let entry = bundle.check(section, &PublicKey::from_bytes(&named)?, at)?;
        let mut keys = listed.to_vec();
        keys.push(&entry.key);
        Ok(Cow::Owned(keys))
    }

    /// The roots that a receipt of version 4 is held to.
    fn roots_for(&self, receipt: &Receipt, at: Instant) -> Result<Vec<PublicKey>> {
        let mut roots = self.active_roots(at);
        let named = receipt.text(Field::RootPublicKey).unwrap_or_default();
        if let Ok(named) = key_text::parse_prefixed(named) {
            self.check_root(&named, &roots, at)?;
        }
        roots.extend(self.roots.iter().copied());
        Ok(roots)
    }

    fn active_roots(&self, at: Instant) -> Vec<PublicKey> {
        self.bundle
            .map_or_else(Vec::new, |bundle| bundle.active(Section::Roots, at))
    }

    /// Says why a root that the bundle knows is not active. Which key is no root
    /// at all is for the chain to say.
    fn check_root(&self, root: &PublicKey, active: &[PublicKey], at: Instant) -> Result<()> {
        match self.bundle {
            Some(bundle)
                if !self.roots.contains(&root)
                    && !active.contains(root)
                    && bundle.find(Section::Roots, root).is_some() =>
            {
                bundle.check(Section::Roots, root, at).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    fn vouches(&self, agent: &PublicKey, at: Instant) -> bool {
        self.bundle
            .is_some_and(|bundle| bundle.check(Section::Agents, agent, at).is_ok())
    }
}
