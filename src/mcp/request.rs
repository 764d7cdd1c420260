//! Signing tool calls on their way out, verifying them on their way in.

use std::sync::{Mutex, PoisonError};

use crate::authority::policy::{Call as PolicyCall, Evaluation, Policy, RateLimits};
use crate::encoding::jcs::Limits;
use crate::encoding::object::ObjectWriter;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::mcp::message::{Message, MessageLimits, Wire, invalid};
use crate::mcp::open_call::OpenCall;
use crate::mcp::tool_call::ToolCall;
use crate::receipt::{self, Action, ActionOptions, Receipt, SignOptions, Signer};
use crate::verifier::{Call, Report, Verifier};

/// How deep the arguments of a call may nest to be signed: so deep that the
/// message with its receipt, the co-signed response, a batch of either and the
/// lines of a log can all be read by software that reads 127 levels.
pub const MAX_ARGUMENTS_DEPTH: usize = 120;

/// What a receipt says about a call besides the call itself.
#[derive(Clone, Copy, Debug)]
pub struct RequestOptions<'a> {
    /// Who signs.
    pub signer: Signer<'a>,
    /// The server that the call goes to, for example `mcp://files`.
    pub target: &'a str,
    /// How it goes there: `stdio` unless told otherwise.
    pub transport: &'a str,
    /// The session that the call belongs to.
    pub session: Option<&'a str>,
    /// The trace that the call belongs to.
    pub trace_id: Option<&'a str>,
    /// The receipt of the call that caused this one.
    pub parent_receipt_id: Option<&'a str>,
    /// When the receipts expire, an RFC 3339 date-time. Cannot be had together
    /// with a policy in the published Signet; here it can.
    pub expires_at: Option<&'a str>,
    /// Whether receipts hold only the hash of the arguments. The published
    /// Signet verifies no request with such a receipt.
    pub hash_only: bool,
    /// The policy that must allow each call.
    pub policy: Option<PolicyCheck<'a>>,
    /// What to do about a call that carries a receipt already.
    pub existing: Existing,
    /// The signing time; the system clock when absent.
    pub time: Option<Instant>,
    /// The largest messages that are read and written.
    pub limits: MessageLimits,
}

impl Default for RequestOptions<'_> {
    fn default() -> Self {
        RequestOptions {
            signer: Signer::default(),
            target: "",
            transport: "stdio",
            session: None,
            trace_id: None,
            parent_receipt_id: None,
            expires_at: None,
            hash_only: false,
            policy: None,
            existing: Existing::Refuse,
            time: None,
            limits: MessageLimits::default(),
        }
    }
}

/// A policy that is asked before anything is signed.
#[derive(Clone, Copy, Debug)]
pub struct PolicyCheck<'a> {
    /// The policy. That it allowed the call is attested in the receipt.
    pub policy: &'a Policy,
    /// The counters of its rate limits, shared by all calls that they are for.
    /// Without them a rule with a rate limit requires approval.
    pub counters: Option<&'a Mutex<RateLimits>>,
    /// The types of obligations that the caller fulfils. A call that the policy
    /// allows only under another one is not signed.
    pub fulfils: &'a [&'a str],
}

/// What becomes of a receipt that a call carries before it is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// The call is refused ([`ErrorKind::AlreadySigned`]): somebody's evidence
    /// would be lost without a trace.
    #[default]
    Refuse,
    /// It is replaced, as the published Signet's proxy does.
    Replace,
}

/// A message with its receipts.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// The message as it is to be sent: what was given, receipts let in.
    pub bytes: Vec<u8>,
    /// The calls that were signed, in order, with their receipts.
    pub calls: Vec<OpenCall>,
}

/// Signs the tool calls in a message or in a batch of messages.
///
/// Each request or notification with the method `tools/call` gets a receipt at
/// `params._meta._signet`: of the tool, the arguments as params, the target, the
/// transport, and the request's id as `call_id` (`n:7`, `s:abc`). Where a call has
/// no `arguments` the receipt has null params, which published verifiers take
/// for that. No other byte changes, and what is no tool call comes back as it
/// was given.
///
/// All or nothing: when one call of a batch cannot be signed, none is. Errors are
/// those of [`Wire::read`], [`ErrorKind::AlreadySigned`],
/// [`ErrorKind::PolicyDenied`], [`ErrorKind::ApprovalRequired`], and those of
/// [`receipt::sign`].
pub fn sign_request(
    key: &KeyPair,
    message: &[u8],
    options: &RequestOptions<'_>,
) -> Result<SignedRequest> {
    let wire = Wire::read(message, &options.limits)?;
    let mut changed: Vec<(_, Vec<u8>)> = Vec::new();
    let mut calls = Vec::new();
    for message in wire.messages() {
        let message = message.map_err(|malformed| malformed.error)?;
        let Some(call) = message.tool_call() else {
            continue;
        };
        let signed = match sign_call(key, &message, call, options)? {
            Signing::Done(signed) => signed,
            Signing::Withheld(withheld) => return Err(withheld.error),
        };
        calls.push(OpenCall::new(&message, signed.receipt));
        changed.push((message.place(), signed.text));
    }
    let changed = changed
        .iter()
        .map(|(place, text)| (place.clone(), text.as_slice()));
    let bytes = wire.with_changed(changed);
    options.limits.check_written(&bytes)?;
    Ok(SignedRequest { bytes, calls })
}

/// What became of a call that was to be signed.
pub(super) enum Signing {
    /// It was signed.
    Done(Box<Signed>),
    /// The policy does not allow it.
    Withheld(Box<Withheld>),
}

/// The text of a message with its receipt.
pub(super) struct Signed {
    pub text: Vec<u8>,
    pub receipt: Receipt,
    pub evaluation: Option<Evaluation>,
}

/// A call that the policy does not allow, and why.
pub(super) struct Withheld {
    pub error: Error,
    pub evaluation: Evaluation,
    pub action: Action,
}

pub(super) fn sign_call(
    key: &KeyPair,
    message: &Message<'_>,
    call: &ToolCall<'_>,
    options: &RequestOptions<'_>,
) -> Result<Signing> {
    if call.receipt().is_some() && options.existing == Existing::Refuse {
        return Err(Error::new(
            ErrorKind::AlreadySigned,
            "message",
            "member \"params._meta._signet\" holds a receipt already",
        ));
    }
    let action = action_of(message, call, options)?;
    let mut attestation = None;
    let mut evaluated = None;
    if let Some(check) = &options.policy {
        let evaluation = evaluate(check, &action, call, options)?;
        let allowed = evaluation
            .require_allowed()
            .and_then(|()| check_obligations(&evaluation, check.fulfils));
        if let Err(error) = allowed {
            return Ok(Signing::Withheld(Box::new(Withheld {
                error,
                evaluation,
                action,
            })));
        }
        attestation = Some(evaluation.attestation()?);
        evaluated = Some(evaluation);
    }
    let receipt = receipt::sign(
        key,
        &action,
        &options.signer,
        &SignOptions {
            expires_at: options.expires_at,
            policy: attestation.as_deref(),
            time: options.time,
            ..SignOptions::default()
        },
    )?;
    let text = call.with_receipt(receipt.json());
    options.limits.check_written(&text)?;
    Ok(Signing::Done(Box::new(Signed {
        text,
        receipt,
        evaluation: evaluated,
    })))
}

/// What is signed about a call.
pub(super) fn action_of(
    message: &Message<'_>,
    call: &ToolCall<'_>,
    options: &RequestOptions<'_>,
) -> Result<Action> {
    let mut json = Vec::with_capacity(message.text().len() + 128);
    let mut object = ObjectWriter::new(&mut json);
    if let Some(call_id) = message.id().and_then(receipt::call_id) {
        object.text("call_id", &call_id);
    }
    object.member("params", call.arguments());
    for (name, value) in [
        ("parent_receipt_id", options.parent_receipt_id),
        ("session", options.session),
        ("target", Some(options.target)),
        ("tool", Some(call.tool())),
        ("trace_id", options.trace_id),
        ("transport", Some(options.transport)),
    ] {
        if let Some(value) = value {
            object.text(name, value);
        }
    }
    object.end();
    Action::parse(
        &json,
        &ActionOptions {
            hash_only: options.hash_only,
            limits: Limits {
                max_len: options.limits.max_len,
                // The action object itself is one level.
                max_depth: options.limits.max_depth.min(MAX_ARGUMENTS_DEPTH + 1),
            },
        },
    )
}

/// What the policy says about an action. It sees the arguments, which are here,
/// also when the receipt will hide them from others.
fn evaluate(
    check: &PolicyCheck<'_>,
    action: &Action,
    given: &ToolCall<'_>,
    options: &RequestOptions<'_>,
) -> Result<Evaluation> {
    let mut call = PolicyCall::of_action(action, options.signer.name);
    if let Some(arguments) = given.arguments().filter(|_| options.hash_only) {
        call = call.with_params(arguments, &options.limits.of_text())?;
    }
    let now = options.time.unwrap_or_else(Instant::now);
    Ok(match check.counters {
        None => check.policy.evaluate(&call, now, None),
        Some(counters) => {
            // A panic elsewhere leaves counters behind that are still right.
            let mut counters = counters.lock().unwrap_or_else(PoisonError::into_inner);
            check.policy.evaluate(&call, now, Some(&mut counters))
        }
    })
}

/// Refuses a call that is allowed only under obligations that nobody fulfils.
pub(super) fn check_obligations(evaluation: &Evaluation, fulfils: &[&str]) -> Result<()> {
    let mut open = evaluation
        .obligations
        .iter()
        .filter(|obligation| !fulfils.contains(&obligation.kind()));
    let Some(obligation) = open.next() else {
        return Ok(());
    };
    let kind = match obligation.kind() {
        "require_approval" => ErrorKind::ApprovalRequired,
        _ => ErrorKind::PolicyDenied,
    };
    Err(Error::new(
        kind,
        "policy",
        format!(
            "allowed only under the obligation \"{}\", which is not fulfilled here",
            obligation.kind()
        ),
    ))
}

/// A call that was verified.
#[derive(Clone, Debug)]
pub struct VerifiedRequest {
    /// What was found. Make the call only when [`Report::is_ok`].
    pub report: Report,
    /// The call, to be held together with its response; `None` when it is
    /// refused or carries no receipt.
    pub call: Option<OpenCall>,
}

impl VerifiedRequest {
    fn new(report: Report, open: impl FnOnce(Receipt) -> OpenCall) -> VerifiedRequest {
        let receipt = report.receipt().filter(|_| report.is_ok()).cloned();
        VerifiedRequest {
            call: receipt.map(open),
            report,
        }
    }
}

/// Verifies one `tools/call` message as it came off the wire, at the time `now`.
///
/// The tool and the arguments that the server will see must be those that were
/// signed; the rest is as [`Verifier::check_call`] says. Messages are read with
/// the limits of the verifier. An error instead of a report says that the text
/// is not one such message: those of [`Wire::read`] and
/// [`ErrorKind::MessageInvalid`].
pub fn verify_request(text: &[u8], verifier: &Verifier, now: Instant) -> Result<VerifiedRequest> {
    let wire = Wire::read(text, &limits_of(verifier))?;
    verify_message(&wire.single()?, verifier, now)
}

/// The same for a message that was already read, such as one of a batch.
pub fn verify_message(
    message: &Message<'_>,
    verifier: &Verifier,
    now: Instant,
) -> Result<VerifiedRequest> {
    let call = message
        .tool_call()
        .ok_or_else(|| invalid("its method is not \"tools/call\""))?;
    Ok(VerifiedRequest::new(
        verify_call(call, verifier, now),
        |receipt| OpenCall::new(message, receipt),
    ))
}

/// Verifies the params of a `tools/call` request by themselves, for servers that
/// get no more than those from their framework. The call has no id then: what it
/// came to is signed with [`sign_result`](crate::mcp::sign_result).
pub fn verify_params(params: &[u8], verifier: &Verifier, now: Instant) -> Result<VerifiedRequest> {
    let wire = Wire::read(params, &limits_of(verifier))?;
    let text = params.trim_ascii();
    if wire.is_batch() {
        return Err(invalid("params is not an object"));
    }
    let call = ToolCall::read(text, Some(0..text.len()))?;
    Ok(VerifiedRequest::new(
        verify_call(&call, verifier, now),
        OpenCall::without_id,
    ))
}

pub(super) fn verify_call(call: &ToolCall<'_>, verifier: &Verifier, now: Instant) -> Report {
    let presented = Call {
        receipt: call.receipt(),
        tool: call.tool(),
        arguments: call.arguments(),
        ..Call::default()
    };
    verifier.check_call(&presented, now)
}

pub(super) fn limits_of(verifier: &Verifier) -> MessageLimits {
    let limits = verifier.options().limits;
    MessageLimits {
        max_len: limits.max_len,
        max_depth: limits.max_depth,
        ..MessageLimits::default()
    }
}
