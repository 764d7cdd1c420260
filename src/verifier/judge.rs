//! Judging one receipt, axis by axis.
//!
//! Form and signatures come first, because before them nothing that the receipt
//! says means anything. Everything else is then judged on its own, so that a
//! report tells all that is wrong. Policy and replay come last, and only when
//! nothing is wrong: what is refused must leave no trace.

use crate::authority::decision::{AuthorityDecision, Constraint};
use crate::authority::policy::{self, Decision};
use crate::authority::trust::Section;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{BilateralOptions, Expiry, Field, Receipt, VerifyOptions};
use crate::verifier::content::{self, Disclosure};
use crate::verifier::replay::NonceUse;
use crate::verifier::report::{Axis, Check, Party, Remark, Report, Unchecked};
use crate::verifier::trust::{Worth, refuse_revoked};
use crate::verifier::{Call, Evidence, Verifier};

/// What is asked about a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// May this call be made now?
    Call,
    /// Is this receipt, just received, good?
    Received,
    /// Was it good then?
    Past,
}

/// What a receipt must be for.
#[derive(Clone, Copy, Debug)]
struct Binding<'a> {
    target: Option<&'a str>,
    session: Option<&'a str>,
    call_id: Option<&'a str>,
}

/// The use of an authority's decision, to be counted.
struct DecisionUse {
    authority: PublicKey,
    nonce: String,
    keep_until: Instant,
    max_uses: u64,
}

pub(super) struct Judge<'v> {
    verifier: &'v Verifier,
    question: Question,
    at: Instant,
    report: Report,
    decision_use: Option<DecisionUse>,
}

/// The index of the decision among what a call uses up.
const DECISION_INDEX: u64 = 1;

impl<'v> Judge<'v> {
    pub fn new(verifier: &'v Verifier, question: Question, at: Instant) -> Judge<'v> {
        Judge {
            verifier,
            question,
            at,
            report: Report::new(at),
            decision_use: None,
        }
    }

    pub fn call(mut self, call: &Call<'_>) -> Report {
        let given = call.receipt.map(<[u8]>::trim_ascii);
        let Some(json) = given.filter(|json| *json != b"null") else {
            return self.unsigned_call(call);
        };
        let Some(receipt) = self.read(json) else {
            return self.report;
        };
        if !matches!(receipt.version(), 1 | 4) {
            self.fail(
                Axis::Structure,
                Error::new(
                    ErrorKind::ReceiptVersion,
                    "receipt",
                    "a call that is still to be made is signed with version 1 or 4",
                ),
            );
            return self.report;
        }
        if !self.check_signatures(&receipt) {
            return self.report;
        }
        self.judge_signed(
            &receipt,
            Binding {
                target: call.target,
                session: call.session,
                call_id: call.call_id,
            },
        );
        let content = self.check_call_content(&receipt, call);
        self.set(Axis::Content, content);
        match self.policy_call(&receipt, call) {
            Ok(policy_call) => self.conclude(&receipt, policy_call.as_ref()),
            Err(error) => self.fail(Axis::Policy, error),
        }
        self.report.receipt = Some(receipt);
        self.report
    }

    pub fn evidence(mut self, evidence: &Evidence<'_>) -> Report {
        let Some(receipt) = self.read(evidence.receipt) else {
            return self.report;
        };
        if !self.check_signatures(&receipt) {
            return self.report;
        }
        self.judge_signed(
            &receipt,
            Binding {
                target: evidence.target,
                session: evidence.session,
                call_id: evidence.call_id,
            },
        );
        let content = self.check_evidence_content(&receipt, evidence);
        self.set(Axis::Content, content);
        self.skip(Axis::Policy, Unchecked::NotForEvidence);
        match self.question {
            Question::Past => self.skip(Axis::Replay, Unchecked::NotForEvidence),
            _ => self.conclude(&receipt, None),
        }
        self.report.receipt = Some(receipt);
        self.report
    }

    fn unsigned_call(mut self, call: &Call<'_>) -> Report {
        if self.verifier.options.require_signature {
            let error = Error::new(
                ErrorKind::Unsigned,
                "call",
                "it carries no receipt, and one is required",
            );
            self.fail(Axis::Structure, error);
            return self.report;
        }
        for axis in Axis::ALL {
            self.skip(axis, Unchecked::NotPresent);
        }
        self.skip(Axis::Structure, Unchecked::NotRequired);
        self.report.remarks.push(Remark::Unsigned);
        let target = call.target.unwrap_or_default();
        let limits = &self.verifier.options.limits;
        let arguments = call.arguments.unwrap_or(b"{}");
        match policy::Call::new(call.tool, "", target).with_params(arguments, limits) {
            Ok(call) => {
                let evaluation = self.ask_policy(Some(&call));
                self.set_policy(evaluation);
            }
            Err(error) => self.fail(Axis::Content, error),
        }
        self.report
    }

    fn read(&mut self, json: &[u8]) -> Option<Receipt> {
        match Receipt::parse(json, Reading::Strict, &self.verifier.options.limits) {
            Ok(receipt) => Some(receipt),
            Err(error) => {
                self.fail(Axis::Structure, error);
                None
            }
        }
    }

    /// Holds every signature to the key that the receipt names, and the receipt
    /// to itself. Answers whether its contents can be believed to be the
    /// signers'.
    fn check_signatures(&mut self, receipt: &Receipt) -> bool {
        let signers = match self.verify_signatures(receipt) {
            Ok(signers) => signers,
            Err(error) => {
                let axis = match error.kind() {
                    ErrorKind::SignatureInvalid | ErrorKind::KeyInvalid | ErrorKind::KeyWeak => {
                        self.pass(Axis::Structure);
                        Axis::Signature
                    }
                    ErrorKind::SameSigner => {
                        self.pass(Axis::Structure);
                        self.pass(Axis::Signature);
                        Axis::Trust
                    }
                    ErrorKind::TimeOutOfWindow => {
                        self.pass(Axis::Structure);
                        self.pass(Axis::Signature);
                        Axis::Time
                    }
                    _ => Axis::Structure,
                };
                self.fail(axis, error);
                return false;
            }
        };
        self.pass(Axis::Structure);
        self.pass(Axis::Signature);
        let (agent, server) = signers;
        let party = |key, name| Party {
            key,
            name,
            trusted_name: None,
            trusted: false,
        };
        let named = |receipt: &Receipt, field| receipt.text(field).unwrap_or_default().to_owned();
        let agent_receipt = receipt.agent_receipt().unwrap_or(receipt);
        self.report.signer = Some(party(agent, named(agent_receipt, Field::SignerName)));
        self.report.server = server.map(|key| party(key, named(receipt, Field::ServerName)));
        true
    }

    fn verify_signatures(&self, receipt: &Receipt) -> Result<(PublicKey, Option<PublicKey>)> {
        let keys = &self.verifier.keys;
        let Some(agent_receipt) = receipt.agent_receipt() else {
            let signer = keys.key(&receipt.signer_key_bytes()?)?;
            receipt.verify_agent(&VerifyOptions {
                trusted: &[&signer],
                expiry: Expiry::Ignored,
            })?;
            return Ok((signer, None));
        };
        let signer = keys.key(&agent_receipt.signer_key_bytes()?)?;
        let server = keys.key(&named_server(receipt)?)?;
        receipt.verify_co_signature(&BilateralOptions {
            servers: &[&server],
            agents: &[&signer],
            window_seconds: None,
            freshness: None,
            session: None,
            call_id: None,
            expiry: Expiry::Ignored,
        })?;
        Ok((signer, Some(server)))
    }

    /// The axes that look at what was signed.
    fn judge_signed(&mut self, receipt: &Receipt, binding: Binding<'_>) {
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
            check = self.trust(&mut server, server_worth);
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
        let signer_check = self.trust(&mut signer, signer_worth);
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
    fn trust(&self, party: &mut Party, worth: Worth) -> Check {
        match worth {
            Worth::Trusted(name) => {
                party.trusted = true;
                party.trusted_name = name;
                Check::Passed
            }
            Worth::Unknown if self.verifier.options.require_trusted_signer => {
                Check::Failed(Error::new(
                    ErrorKind::SignerUntrusted,
                    format!("signer {}", key_text::prefixed(&party.key)),
                    "the key is not among the trusted keys",
                ))
            }
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
                format!("it is dated {} s after the verifier's time", -age / 1000),
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

    fn check_call_content(&self, receipt: &Receipt, call: &Call<'_>) -> Result<Option<Unchecked>> {
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

    fn check_evidence_content(
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
                keep_until: end.map_or_else(end_of_time, |end| end.plus_millis(skew)),
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

    /// The call as the policy sees it: what was signed, by the name that was
    /// signed. `None` without a policy.
    fn policy_call<'c>(
        &self,
        receipt: &'c Receipt,
        call: &Call<'_>,
    ) -> Result<Option<policy::Call<'c>>> {
        let options = &self.verifier.options;
        if options.policy.is_none() {
            return Ok(None);
        }
        let signed = policy::Call::of_receipt(receipt);
        if content::disclosure(receipt) == Disclosure::Open {
            return Ok(Some(signed));
        }
        // Their hash has been compared; where it differs nobody asks the policy.
        let arguments = call.arguments.unwrap_or(b"{}");
        signed.with_params(arguments, &options.limits).map(Some)
    }

    /// Asks the policy and uses up the nonce, when nothing has failed.
    fn conclude(&mut self, receipt: &Receipt, policy_call: Option<&policy::Call<'_>>) {
        if !self.report.is_ok() {
            return;
        }
        let Some(store) = &self.verifier.nonces else {
            self.skip(Axis::Replay, Unchecked::NotConfigured);
            let evaluation = self.ask_policy(policy_call);
            self.set_policy(evaluation);
            return;
        };
        let (signer, keep_until) = match (&self.report.server, &self.report.signer) {
            (Some(party), _) | (None, Some(party)) => {
                let options = &self.verifier.options;
                // Clocks that differ must not make a gap.
                let skew = millis(options.clock_skew_seconds).saturating_mul(2);
                let lifetime = millis(options.max_age_seconds).saturating_add(skew);
                let signed = signing_time(receipt).unwrap_or(self.at);
                (party.key, signed.plus_millis(lifetime))
            }
            (None, None) => return,
        };
        let nonce = NonceUse {
            signer: Some(&signer),
            nonce: receipt.text(Field::Nonce).unwrap_or_default(),
            keep_until,
            max_uses: 1,
        };
        let decision_use = self.decision_use.take();
        let mut uses = vec![nonce];
        uses.extend(decision_use.as_ref().map(|one| NonceUse {
            signer: Some(&one.authority),
            nonce: &one.nonce,
            keep_until: one.keep_until,
            max_uses: one.max_uses,
        }));
        let mut evaluation = None;
        let mut asked = false;
        let used = store.use_up(&uses, self.at, &mut || {
            asked = true;
            evaluation = self.ask_policy(policy_call);
            evaluation
                .as_ref()
                .map_or(Ok(()), policy::Evaluation::require_allowed)
        });
        if asked {
            self.set_policy(evaluation);
        }
        let refused_by_policy = !self.report.is_ok();
        match used {
            Ok(()) if asked => self.pass(Axis::Replay),
            // A store that does not ask has not judged either.
            Ok(()) => self.fail(
                Axis::Replay,
                Error::new(
                    ErrorKind::ReplayStoreFailed,
                    "replay store",
                    "it has recorded a use without asking whether to",
                ),
            ),
            Err(_) if refused_by_policy => {}
            Err(error) => self.refuse_use(&error),
        }
    }

    fn refuse_use(&mut self, error: &Error) {
        let again = |kind, detail| Error::new(kind, "receipt", detail);
        match (error.kind(), error.position()) {
            (ErrorKind::Replayed, Some(DECISION_INDEX)) => {
                let detail = "its decision has been used as often as it may be";
                self.fail(Axis::Decision, again(ErrorKind::DecisionUsedUp, detail));
            }
            (ErrorKind::Replayed, _) => {
                let detail = "its nonce was used before, or may have been";
                self.fail(Axis::Replay, again(ErrorKind::Replayed, detail));
            }
            _ => self.fail(Axis::Replay, error.clone()),
        }
    }

    /// What the policy says, which counts the call when there are rate limits.
    fn ask_policy(&self, call: Option<&policy::Call<'_>>) -> Option<policy::Evaluation> {
        let policy = self.verifier.options.policy.as_ref()?;
        let mut counters = self.verifier.counters();
        Some(policy.evaluate(call?, self.at, Some(&mut counters)))
    }

    fn set_policy(&mut self, evaluation: Option<policy::Evaluation>) {
        if self.question != Question::Call {
            return;
        }
        match evaluation.as_ref().map(policy::Evaluation::require_allowed) {
            None => self.skip(Axis::Policy, Unchecked::NotConfigured),
            Some(Ok(())) => self.pass(Axis::Policy),
            Some(Err(error)) => self.fail(Axis::Policy, error),
        }
        self.report.evaluation = evaluation;
    }

    fn set(&mut self, axis: Axis, checked: Result<Option<Unchecked>>) {
        match checked {
            Ok(None) => self.pass(axis),
            Ok(Some(why)) => self.skip(axis, why),
            Err(error) => self.fail(axis, error),
        }
    }

    fn pass(&mut self, axis: Axis) {
        self.report.checks[axis as usize] = Check::Passed;
    }

    fn fail(&mut self, axis: Axis, error: Error) {
        self.report.checks[axis as usize] = Check::Failed(error);
    }

    fn skip(&mut self, axis: Axis, why: Unchecked) {
        self.report.checks[axis as usize] = Check::NotChecked(why);
    }
}

/// When the last signature was made, as its signer says.
fn signing_time(receipt: &Receipt) -> Result<Instant> {
    match receipt.response_time()? {
        Some(time) => Ok(time),
        None => receipt.time(),
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

fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// The last instant that has a name.
fn end_of_time() -> Instant {
    Instant::from_unix_millis(253_402_300_799_999).unwrap_or_else(|_| Instant::now())
}

fn named_server(receipt: &Receipt) -> Result<[u8; PUBLIC_KEY_LEN]> {
    let bytes = receipt
        .text(Field::ServerPublicKey)
        .and_then(|text| text.strip_prefix(key_text::ED25519_PREFIX))
        .and_then(|encoded| base64::decode_array::<PUBLIC_KEY_LEN>(encoded.as_bytes()));
    bytes.map(|bytes| *bytes).ok_or_else(|| {
        Error::new(
            ErrorKind::ReceiptInvalid,
            "receipt server",
            "member \"pubkey\" must be \"ed25519:\" and the standard base64 of 32 bytes",
        )
    })
}
