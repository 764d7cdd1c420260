//! Judging one receipt, axis by axis.
//!
//! Form and signatures come first, because before them nothing that the receipt
//! says means anything. Everything else is then judged on its own, so that a
//! report tells all that is wrong. Policy and replay come last, and only when
//! nothing is wrong: what is refused must leave no trace.

use crate::authority::policy;
use crate::crypto::ed25519::{PUBLIC_KEY_LEN, PublicKey};
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::encoding::{base64, key_text};
use crate::error::{Error, ErrorKind, Result};
use crate::receipt::{BilateralOptions, Expiry, Field, Receipt, VerifyOptions};
use crate::verifier::report::{Axis, Check, Party, Remark, Report, Unchecked};
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
pub(super) struct Binding<'a> {
    pub target: Option<&'a str>,
    pub session: Option<&'a str>,
    pub call_id: Option<&'a str>,
}

/// The use of an authority's decision, to be counted.
pub(super) struct DecisionUse {
    pub authority: PublicKey,
    pub nonce: String,
    pub keep_until: Instant,
    pub max_uses: u64,
}

pub(super) struct Judge<'v> {
    pub verifier: &'v Verifier,
    pub question: Question,
    pub at: Instant,
    pub report: Report,
    pub decision_use: Option<DecisionUse>,
}

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

    pub fn set(&mut self, axis: Axis, checked: Result<Option<Unchecked>>) {
        match checked {
            Ok(None) => self.pass(axis),
            Ok(Some(why)) => self.skip(axis, why),
            Err(error) => self.fail(axis, error),
        }
    }

    pub fn pass(&mut self, axis: Axis) {
        self.report.checks[axis as usize] = Check::Passed;
    }

    pub fn fail(&mut self, axis: Axis, error: Error) {
        self.report.checks[axis as usize] = Check::Failed(error);
    }

    pub fn skip(&mut self, axis: Axis, why: Unchecked) {
        self.report.checks[axis as usize] = Check::NotChecked(why);
    }
}

/// When the last signature was made, as its signer says.
pub(super) fn signing_time(receipt: &Receipt) -> Result<Instant> {
    match receipt.response_time()? {
        Some(time) => Ok(time),
        None => receipt.time(),
    }
}

pub(super) fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
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
