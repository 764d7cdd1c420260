//! A policy at work: with the counters of its rate limits, ruling on actions
//! and signing those that it allows.

use std::sync::{Arc, Mutex};

use crate::authority::policy::{Call, Decision, Evaluation, Policy, RateLimits};
use crate::encoding::rfc3339::Instant;
use crate::error::Result;
use crate::identity::KeyPair;
use crate::receipt::{Action, ActionOptions, Receipt, SignOptions, Signer, sign};

/// Whether a ruling uses up rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// The action is about to happen: it counts.
    Counts,
    /// It is only asked about.
    LooksOnly,
}

/// A policy and its counters. Any number of threads may use one; rulings about
/// rate-limited rules come one after the other.
#[derive(Debug)]
pub struct Enforcer {
    policy: Policy,
    limits: Arc<Mutex<RateLimits>>,
}

impl Enforcer {
    /// With no call counted yet.
    pub fn new(policy: Policy) -> Enforcer {
        Enforcer {
            policy,
            limits: Arc::default(),
        }
    }

    /// Going on from these counters.
    pub fn with_counters(policy: Policy, counters: RateLimits) -> Enforcer {
        Enforcer {
            policy,
            limits: Arc::new(Mutex::new(counters)),
        }
    }

    /// In the place of `previous`, whose counters the two then share: what was
    /// counted for a rule goes on counting for the rule of the same id.
    pub fn succeeding(policy: Policy, previous: &Enforcer) -> Enforcer {
        Enforcer {
            policy,
            limits: Arc::clone(&previous.limits),
        }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The counters of its rate limits, for others that ask the same policy.
    pub fn counters(&self) -> &Arc<Mutex<RateLimits>> {
        &self.limits
    }

    /// Rules on an action of the agent of that name.
    ///
    /// Should the counters be lost to a panic, every rule with a rate limit
    /// requires approval from then on.
    pub fn rule(&self, action: &Action, agent: &str, at: Instant, counting: Counting) -> Ruling {
        let call = Call::of_action(action, agent);
        let evaluation = match self.limits.lock() {
            Ok(mut limits) if counting == Counting::Counts => {
                self.policy.evaluate(&call, at, Some(&mut limits))
            }
            Ok(limits) => {
                let mut looked_at = limits.clone();
                drop(limits);
                self.policy.evaluate(&call, at, Some(&mut looked_at))
            }
            Err(_) => self.policy.evaluate(&call, at, None),
        };
        Ruling::new(evaluation, action, agent, at)
    }

    /// Rules on an action and signs it if it is allowed: a receipt of version 1
    /// with the attestation. What a hash-only receipt does not disclose, the
    /// policy has seen all the same, where the action holds it.
    ///
    /// An error means that there is no ruling; whether it was allowed and signed
    /// is beside the ruling.
    pub fn sign(
        &self,
        key: &KeyPair,
        action: &[u8],
        reading: &ActionOptions,
        signer: &Signer<'_>,
        options: &SignOptions<'_>,
    ) -> Result<(Ruling, Result<Receipt>)> {
        let disclosed = ActionOptions {
            hash_only: false,
            ..*reading
        };
        let judged = Action::parse(action, &disclosed)?;
        let at = options.time.unwrap_or_else(Instant::now);
        let ruling = self.rule(&judged, signer.name, at, Counting::Counts);
        let receipt = ruling.attestation().and_then(|attestation| {
            let hidden;
            let signed = match reading.hash_only {
                true => {
                    hidden = Action::parse(action, reading)?;
                    &hidden
                }
                false => &judged,
            };
            let options = SignOptions {
                policy: Some(attestation),
                time: Some(at),
                ..*options
            };
            sign(key, signed, signer, &options)
        });
        Ok((ruling, receipt))
    }
}

/// What a policy says about one action, ready to be shown, attested or logged.
#[derive(Clone, Debug)]
pub struct Ruling {
    evaluation: Evaluation,
    json: Vec<u8>,
    /// The attestation where the action is allowed, else the violation record.
    consequence: Vec<u8>,
}

impl Ruling {
    fn new(evaluation: Evaluation, action: &Action, agent: &str, at: Instant) -> Ruling {
        let consequence = match evaluation.violation(action, agent, at) {
            Some(violation) => violation,
            None => evaluation.attestation().unwrap_or_default(),
        };
        Ruling {
            json: evaluation.json(),
            evaluation,
            consequence,
        }
    }

    /// The evaluation.
    pub fn evaluation(&self) -> &Evaluation {
        &self.evaluation
    }

    /// The decision.
    pub fn decision(&self) -> Decision {
        self.evaluation.decision
    }

    /// [`Evaluation::json`].
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    /// [`Evaluation::attestation`].
    pub fn attestation(&self) -> Result<&[u8]> {
        self.evaluation.require_allowed()?;
        Ok(&self.consequence)
    }

    /// [`Evaluation::violation`] as of the time of the ruling.
    pub fn violation(&self) -> Option<&[u8]> {
        (self.decision() != Decision::Allow).then_some(&self.consequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Format;
    use crate::error::ErrorKind;

    fn enforcer(json: &str) -> Enforcer {
        Enforcer::new(Policy::parse(json.as_bytes(), Format::Json).unwrap())
    }

    fn action(json: &str) -> Action {
        Action::parse(json.as_bytes(), &ActionOptions::default()).unwrap()
    }

    const ONCE: &str = r#"{"version":1,"default_action":"deny","rules":[{"id":"once",
        "match":{"tool":"t"},"action":"allow","rate_limit":{"max_calls":1,"window_seconds":60}}]}"#;

    #[test]
    fn counters_outlive_a_policy_that_is_loaded_anew_and_looking_leaves_them() {
        let (first, call) = (enforcer(ONCE), action(r#"{"tool":"t"}"#));
        let at = Instant::from_unix_millis(1_767_225_600_000).unwrap();
        let rule = |who: &Enforcer, how| who.rule(&call, "bot", at, how).decision();
        assert_eq!(rule(&first, Counting::LooksOnly), Decision::Allow);
        assert_eq!(rule(&first, Counting::Counts), Decision::Allow);
        assert_eq!(rule(&first, Counting::LooksOnly), Decision::Deny);
        let policy = Policy::parse(ONCE.as_bytes(), Format::Json).unwrap();
        let second = Enforcer::succeeding(policy, &first);
        assert_eq!(rule(&second, Counting::Counts), Decision::Deny);
        assert_eq!(rule(&enforcer(ONCE), Counting::Counts), Decision::Allow);
    }

    #[test]
    fn what_is_not_allowed_is_not_signed_and_leaves_a_record() {
        let key = KeyPair::from_seed(&[7; 32]);
        let signer = Signer {
            name: "bot",
            owner: "",
        };
        let once = enforcer(ONCE);
        let sign = |json: &[u8]| {
            let (reading, options) = (ActionOptions::default(), SignOptions::default());
            once.sign(&key, json, &reading, &signer, &options)
        };
        let (ruling, receipt) = sign(br#"{"tool":"t"}"#).unwrap();
        assert_eq!(ruling.violation(), None);
        let json = receipt.unwrap().json().to_vec();
        let attested = String::from_utf8(json).unwrap();
        assert!(attested.contains(std::str::from_utf8(ruling.attestation().unwrap()).unwrap()));
        let (ruling, receipt) = sign(br#"{"tool":"u"}"#).unwrap();
        assert_eq!(receipt.unwrap_err().kind(), ErrorKind::PolicyDenied);
        let record = String::from_utf8(ruling.violation().unwrap().to_vec()).unwrap();
        assert!(record.contains(r#""type":"policy_violation""#), "{record}");
        assert!(sign(b"{").is_err());
    }

    #[test]
    fn params_that_the_receipt_hides_are_shown_to_the_policy() {
        let small = enforcer(
            r#"{"version":1,"default_action":"deny","rules":[{"id":"small",
            "match":{"params":{"n":{"lt":10}}},"action":"allow"}]}"#,
        );
        let (key, signer) = (KeyPair::from_seed(&[7; 32]), Signer::default());
        let reading = ActionOptions {
            hash_only: true,
            ..ActionOptions::default()
        };
        let sign = |json: &[u8]| {
            let signed = small.sign(&key, json, &reading, &signer, &SignOptions::default());
            signed.unwrap().1
        };
        let receipt = sign(br#"{"tool":"t","params":{"n":9}}"#).unwrap();
        assert_eq!(receipt.travelling_params(), b"null");
        let refused = sign(br#"{"tool":"t","params":{"n":10}}"#).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PolicyDenied);
    }
}
