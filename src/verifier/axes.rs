//! The axes that look at what was signed: trust, delegation, time, target,
//! content, and an authority's decision. Each is judged on its own.

use crate::authority::decision::{AuthorityDecision, Constraint};
use crate::authority::policy::Decision;
use crate::authority::trust::Section;
use crate::crypto::ed25519::PublicKey;
use crate::encoding::key_text;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};
use crate::verifier::content::{self, Disclosure};
use crate::verifier::judge::{Binding, DecisionUse, Judge, Question, millis, signing_time};
use crate::verifier::report::{Axis, Check, Party, Remark, Unchecked};
use crate::verifier::trust::{Worth, refuse_revoked, refuse_revoked_id};
use crate::verifier::{Call, Evidence};

impl Judge<'_> {
    /// The axes that look at what was signed.
    pub fn judge_signed(&mut self, receipt: &Receipt, binding: Binding<'_>) {
        let agent_receipt = receipt.agent_receipt().unwrap_or(receipt);
        self.judge_trust(agent_receipt);
        let time = self.check_time(receipt, agent_receipt);
        self.set(Axis::Time, time.map(|()| None));
        let target = self.check_target(agent_receipt, binding);
        self.set(Axis::Target, target);
        let decision = self.check_decision(agent_receipt);
        self.set(Axis::Decision, decision);
        self.remark(receipt, agent_receipt);
    }

    fn judge_trust(&mut self, agent_receipt: &Receipt) {
        let (verifier, at) = (self.verifier, self.at);
        let options = &verifier.options;
        let worth = |section, key: &PublicKey| verifier.keys.worth(options, section, key, at);
        let delegated = agent_receipt.version() == 4;
        let mut check = Check::Passed;
        if let Some(mut server) = self.report.server.take() {
            let server_worth = worth(Section::Servers, &server.key);
            check = self.trust(&mut server, server_worth, options.require_trusted_signer);
            self.report.server = Some(server);
        }
        let Some(mut signer) = self.report.signer.take() else {
            return;
        };
        let mut signer_worth = worth(Section::Agents, &signer.key);
        if delegated {
            let judged = verifier
                .keys
                .check_delegation(options, agent_receipt, &signer.key, at);
            match judged {
                Ok((authorized, name)) => {
                    self.pass(Axis::Delegation);
                    let first = authorized.chain().links().first();
                    self.report.root = Some(Party {
                        key: *authorized.root(),
                        name: first.map_or_else(String::new, |link| link.delegator_name().into()),
                        trusted_name: name,
                        trusted: true,
                    });
                    let mut links = authorized.chain().links().iter();
                    if links.any(|link| !link.unsigned().is_empty()) {
                        self.report.remarks.push(Remark::DelegationMembersUnsigned);
                    }
                    // The delegations lead to the signer.
                    if let Worth::Unknown = signer_worth {
                        signer_worth = Worth::Trusted(None);
                    }
                }
                Err(error) => {
                    self.fail(Axis::Delegation, error);
                    // A trusted key does not make up for what it claims.
                    if !matches!(signer_worth, Worth::Refused(_)) {
                        self.skip(Axis::Trust, Unchecked::Stopped);
                        self.report.signer = Some(signer);
                        return;
                    }
                }
            }
        } else if options.require_delegation {
            let error = Error::new(
                ErrorKind::DelegationRequired,
                "receipt",
                "it rests on no delegation, and one is required",
            );
            self.fail(Axis::Delegation, error);
        } else {
            self.skip(Axis::Delegation, Unchecked::NotPresent);
        }
        let vouched = self.report.server.as_ref().is_some_and(|s| s.trusted);
        let required = options.require_trusted_signer && !(options.any_co_signed_agent && vouched);
        let signer_check = self.trust(&mut signer, signer_worth, required);
        self.report.signer = Some(signer);
        let checks = [check, signer_check];
        let worst = checks
            .iter()
            .find(|check| matches!(check, Check::Failed(_)))
            .or_else(|| checks.iter().find(|check| **check != Check::Passed));
        let worst = worst.cloned().unwrap_or(Check::Passed);
        self.report.checks[Axis::Trust as usize] = worst;
    }

    /// Notes what a signer's key is worth.
    fn trust(&self, party: &mut Party, worth: Worth, required: bool) -> Check {
        match worth {
            Worth::Trusted(name) => {
                party.trusted = true;
                party.trusted_name = name;
                Check::Passed
            }
            Worth::Unknown if required => Check::Failed(Error::new(
                ErrorKind::SignerUntrusted,
                format!("signer {}", key_text::prefixed(&party.key)),
                "the key is not among the trusted keys",
            )),
            Worth::Unknown => Check::NotChecked(Unchecked::NotRequired),
            Worth::Refused(error) => Check::Failed(error),
        }
    }

    fn check_time(&mut self, receipt: &Receipt, agent_receipt: &Receipt) -> Result<()> {
        let options = &self.verifier.options;
        let signed = signing_time(receipt)?;
        let age = signed.millis_until(self.at);
        self.report.age_millis = Some(age);
        if age < millis(options.clock_skew_seconds).saturating_neg() {
            return Err(Error::new(
                ErrorKind::FromFuture,
                "receipt",
                format!(
                    "it is dated {} s after the verifier's time",
                    age.unsigned_abs() / 1000
                ),
            ));
        }
        if self.question != Question::Past {
            if age > millis(options.max_age_seconds) {
                return Err(Error::new(
                    ErrorKind::TooOld,
                    "receipt",
                    format!(
                        "it was signed {} s ago, and {} s is the limit",
                        age / 1000,
                        options.max_age_seconds
                    ),
                ));
            }
            if options.not_before.is_some_and(|start| signed < start) {
                return Err(Error::new(
                    ErrorKind::TooOld,
                    "receipt",
                    "it was signed before the time from which receipts are accepted",
                ));
            }
        }
        if receipt.version() == 3 {
            let waited = agent_receipt.time()?.millis_until(signed) / 1000;
            let window = options.response_window_seconds.map(millis);
            if window.is_some_and(|window| waited > window / 1000) {
                return Err(Error::new(
                    ErrorKind::TimeOutOfWindow,
                    "receipt ts_response",
                    "it lies too long after the agent's signature",
                ));
            }
        }
        if let Some(expiry) = agent_receipt.text(Field::Expiry) {
            let expires = Instant::parse(expiry).map_err(|error| error.within("receipt exp"))?;
            if self.at > expires {
                return Err(Error::new(
                    ErrorKind::Expired,
                    "receipt",
                    format!("it expired at {}", expires.to_text()),
                ));
            }
        }
        Ok(())
    }

    fn check_target(&self, receipt: &Receipt, binding: Binding<'_>) -> Result<Option<Unchecked>> {
        let options = &self.verifier.options;
        let text = |field| receipt.text(field).unwrap_or_default();
        let target = text(Field::Target);
        let is_ours = options.targets.is_empty() || options.targets.iter().any(|t| t == target);
        if !is_ours || binding.target.is_some_and(|expected| expected != target) {
            return Err(Error::new(
                ErrorKind::TargetMismatch,
                "receipt action",
                format!("it is for the target {:?}", shortened(target)),
            ));
        }
        let mut bound = !options.targets.is_empty() || binding.target.is_some();
        for (member, field, expected) in [
            (
                "session",
                Field::Session,
                [&options.session.as_deref(), &binding.session],
            ),
            (
                "call_id",
                Field::CallId,
                [&options.call_id.as_deref(), &binding.call_id],
            ),
        ] {
            for expected in expected.into_iter().flatten() {
                bound = true;
                if text(field) != *expected {
                    return Err(Error::new(
                        ErrorKind::BindingMismatch,
                        "receipt action",
                        format!("member \"{member}\" is not the expected one"),
                    ));
                }
            }
        }
        Ok(Some(Unchecked::NotConfigured).filter(|_| !bound))
    }

    pub fn check_call_content(
        &self,
        receipt: &Receipt,
        call: &Call<'_>,
    ) -> Result<Option<Unchecked>> {
        let options = &self.verifier.options;
        let tool = receipt.text(Field::Tool).unwrap_or_default();
        if tool != call.tool {
            return Err(Error::new(
                ErrorKind::ToolMismatch,
                "receipt action",
                format!(
                    "it is for the tool {:?}, and the call is of {:?}",
                    shortened(tool),
                    shortened(call.tool)
                ),
            ));
        }
        if content::disclosure(receipt) == Disclosure::Hidden && !options.allow_hash_only {
            return Err(Error::new(
                ErrorKind::ArgumentsHidden,
                "receipt action",
                "it holds only the hash of its params, which is not allowed",
            ));
        }
        content::check_arguments(receipt, call.arguments, &options.limits)?;
        Ok(None)
    }

    pub fn check_evidence_content(
        &self,
        receipt: &Receipt,
        evidence: &Evidence<'_>,
    ) -> Result<Option<Unchecked>> {
        let limits = &self.verifier.options.limits;
        if let Some(arguments) = evidence.arguments {
            let agent_receipt = receipt.agent_receipt().unwrap_or(receipt);
            content::check_arguments(agent_receipt, Some(arguments), limits)?;
        }
        if let Some(response) = evidence.response {
            receipt.check_response(response, limits)?;
        }
        let nothing = evidence.arguments.is_none() && evidence.response.is_none();
        Ok(Some(Unchecked::NotConfigured).filter(|_| nothing))
    }

    fn check_decision(&mut self, receipt: &Receipt) -> Result<Option<Unchecked>> {
        let options = &self.verifier.options;
        let required = options.require_decision;
        let missing = |detail| Error::new(ErrorKind::DecisionRequired, "receipt", detail);
        let Some(decision) = AuthorityDecision::of_receipt(receipt)? else {
            return match required {
                true => Err(missing("it carries no decision of an authority")),
                false => Ok(Some(Unchecked::NotPresent)),
            };
        };
        decision.verify(receipt)?;
        require_allowed(decision.decision())?;
        self.check_decision_time(&decision)?;
        refuse_revoked(options, decision.authority_key(), self.at)?;
        refuse_revoked_id(options, &decision.id(), self.at)?;
        if decision.obligations() != b"[]" {
            self.report.remarks.push(Remark::ObligationsNotEnforced);
        }
        let trusted = options
            .trusted_authorities
            .contains(decision.authority_key());
        if !trusted && (required || !options.trusted_authorities.is_empty()) {
            return Err(Error::new(
                ErrorKind::SignerUntrusted,
                "receipt authz_decision",
                "the key of the authority is not among the trusted ones",
            ));
        }
        if !trusted {
            return Ok(Some(Unchecked::NotConfigured));
        }
        let counted = self.question == Question::Call && self.verifier.nonces.is_some();
        let mut max_uses = None;
        let mut all_enforced = true;
        for constraint in decision.constraints() {
            match constraint {
                Constraint::CallCount { max_calls } if counted => {
                    max_uses = Some(max_uses.unwrap_or(u64::MAX).min(*max_calls));
                }
                _ => all_enforced = false,
            }
        }
        if !all_enforced {
            self.report.remarks.push(Remark::ConstraintsNotEnforced);
            if required && self.question != Question::Past {
                return Err(missing(
                    "its decision has constraints that cannot be enforced here",
                ));
            }
        }
        if counted {
            let end = decision.expires_at();
            let skew = millis(options.clock_skew_seconds);
            self.decision_use = Some(DecisionUse {
                authority: *decision.authority_key(),
                nonce: format!("decision {}", decision.id()),
                keep_until: end.map_or(end_of_time(self.at), |end| end.plus_millis(skew)),
                // A decision is about one action: without a count, once.
                max_uses: max_uses.unwrap_or(1),
            });
        }
        Ok(Some(Unchecked::NotEnforced).filter(|_| !all_enforced))
    }

    fn check_decision_time(&self, decision: &AuthorityDecision) -> Result<()> {
        let skew = millis(self.verifier.options.clock_skew_seconds);
        if decision
            .expires_at()
            .is_some_and(|expires| self.at > expires)
        {
            return Err(Error::new(
                ErrorKind::Expired,
                "receipt authz_decision",
                "it has passed its expiry time",
            ));
        }
        if decision.issued_at() > self.at.plus_millis(skew) {
            return Err(Error::new(
                ErrorKind::FromFuture,
                "receipt authz_decision",
                "it is dated after the verifier's time",
            ));
        }
        Ok(())
    }

    fn remark(&mut self, receipt: &Receipt, agent_receipt: &Receipt) {
        let has = |field| agent_receipt.value(field).is_some();
        let hidden = content::disclosure(agent_receipt) == Disclosure::Hidden;
        for (applies, remark) in [
            (
                has(Field::SignerPrincipal) || has(Field::SignerActingFor),
                Remark::PrincipalClaimed,
            ),
            (has(Field::Policy), Remark::AttestationClaimed),
            (hidden, Remark::ParamsHidden),
            (
                receipt.value(Field::Extensions).is_some(),
                Remark::ExtensionsUnsigned,
            ),
        ] {
            if applies {
                self.report.remarks.push(remark);
            }
        }
    }
}

fn require_allowed(decision: Decision) -> Result<()> {
    let (kind, detail) = match decision {
        Decision::Allow => return Ok(()),
        Decision::RequireApproval => (
            ErrorKind::ApprovalRequired,
            "the authority has decided that the action needs approval",
        ),
        Decision::Deny => (
            ErrorKind::PolicyDenied,
            "the authority has denied the action",
        ),
    };
    Err(Error::new(kind, "receipt authz_decision", detail))
}

/// A text for a message: one line that does not run on.
fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

/// The last instant that has a name; `at` if it had none.
fn end_of_time(at: Instant) -> Instant {
    Instant::from_unix_millis(253_402_300_799_999).unwrap_or(at)
}
