//! The last step: asking the policy and using up the nonce, in one.

use crate::authority::policy;
use crate::encoding::key_text;
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{Field, Receipt};
use crate::verifier::Call;
use crate::verifier::content::{self, Disclosure};
use crate::verifier::judge::{Judge, Question, millis, signing_time};
use crate::verifier::replay::NonceUse;
use crate::verifier::report::{Axis, Remark, Unchecked};

/// The index of the decision among what a call uses up.
const DECISION_INDEX: u64 = 1;

impl Judge<'_> {
    /// The call as the policy sees it: what was signed, by the name that the
    /// trust bundle gives the signer. Only for a key without one there is the
    /// name that it gives itself; its calls are counted by the key in any case,
    /// so that nobody renames itself out of a limit. `None` without a policy.
    pub fn policy_call<'c>(
        &self,
        receipt: &'c Receipt,
        call: &Call<'_>,
    ) -> Result<Option<policy::Call<'c>>> {
        let options = &self.verifier.options;
        if options.policy.is_none() {
            return Ok(None);
        }
        let mut signed = policy::Call::of_receipt(receipt);
        if let Some(signer) = &self.report.signer {
            signed = signed.counted_as(key_text::prefixed(&signer.key));
            if let Some(name) = &signer.trusted_name {
                signed = signed.by_agent(name.clone());
            }
        }
        if content::disclosure(receipt) == Disclosure::Open {
            return Ok(Some(signed));
        }
        // Their hash has been compared; where it differs nobody asks the policy.
        let arguments = call.arguments.unwrap_or(b"{}");
        signed.with_params(arguments, &options.limits).map(Some)
    }

    /// Asks the policy and uses up the nonce, when nothing has failed.
    pub fn conclude(&mut self, receipt: &Receipt, policy_call: Option<&policy::Call<'_>>) {
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
    pub fn ask_policy(&self, call: Option<&policy::Call<'_>>) -> Option<policy::Evaluation> {
        let policy = self.verifier.options.policy.as_ref()?;
        let mut counters = self.verifier.counters();
        Some(policy.evaluate(call?, self.at, Some(&mut counters)))
    }

    pub fn set_policy(&mut self, evaluation: Option<policy::Evaluation>) {
        if self.question != Question::Call {
            return;
        }
        match evaluation.as_ref().map(policy::Evaluation::require_allowed) {
            None => self.skip(Axis::Policy, Unchecked::NotConfigured),
            Some(Ok(())) => {
                self.pass(Axis::Policy);
                let obliges = evaluation
                    .as_ref()
                    .is_some_and(|evaluation| !evaluation.obligations.is_empty());
                let remark = Remark::ObligationsNotEnforced;
                if obliges && !self.report.remarks.contains(&remark) {
                    self.report.remarks.push(remark);
                }
            }
            Some(Err(error)) => self.fail(Axis::Policy, error),
        }
        self.report.evaluation = evaluation;
    }
}
