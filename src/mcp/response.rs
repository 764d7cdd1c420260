//! Co-signing responses on their way out, verifying them on their way in.
//!
//! The receipt of version 3 stands in `result._meta._signet_bilateral`. What it
//! is about is the result without that member, and without a `_meta` that is
//! empty then, which is what a client is left with. An error response has no
//! place for a receipt: it is sent as it is and the receipt is for the log.

use std::borrow::Cow;
use std::ops::Range;

use crate::encoding::members;
use crate::encoding::record::Reading;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::mcp::message::{Message, MessageLimits, Payload, Wire, invalid};
use crate::mcp::open_call::OpenCall;
use crate::mcp::request;
use crate::mcp::splice::{self, Place};
use crate::mcp::tool_call::META;
use crate::receipt::{CoSignOptions, Outcome, OutcomeStatus, Receipt, Response, co_sign};
use crate::verifier::{Evidence, Report, Verifier};

/// The member of `_meta` in which the receipt of a response travels.
pub const BILATERAL_MEMBER: &str = "_signet_bilateral";

/// How many bytes of a tool's error text are put under a signature.
const MAX_ERROR_TEXT: usize = 4096;

/// What a server says about a response besides the response itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ResponseOptions<'a> {
    /// The name the server gives itself.
    pub server_name: &'a str,
    /// What became of the call. Inferred when absent: `failed` with the error's
    /// text for an error response and for a result with `isError: true`,
    /// `executed` for any other.
    pub outcome: Option<Outcome<'a>>,
    /// When the server signs; the system clock when absent.
    pub time: Option<Instant>,
    /// The largest messages that are read and written.
    pub limits: MessageLimits,
}

/// A response with its receipt.
#[derive(Clone, Debug)]
pub struct SignedResponse {
    /// The response as it is to be sent.
    pub bytes: Vec<u8>,
    /// The co-signed receipt (version 3).
    pub receipt: Receipt,
    /// Whether the receipt is in `bytes`. If not, the response has no object to
    /// hold it, as with errors, and the receipt is for the log alone.
    pub is_embedded: bool,
}

/// Co-signs the response to a call.
///
/// The response must carry the id of the call ([`ErrorKind::BindingMismatch`])
/// and no receipt yet ([`ErrorKind::AlreadySigned`]). Beside the receipt no byte
/// changes. The other errors are those of [`Wire::read`],
/// [`ErrorKind::MessageInvalid`] for what is no response, and those of
/// [`co_sign`].
pub fn sign_response(
    server: &KeyPair,
    call: &OpenCall,
    response: &[u8],
    options: &ResponseOptions<'_>,
) -> Result<SignedResponse> {
    let wire = Wire::read(response, &options.limits)?;
    let message = wire.single()?;
    check_answers(&message, call)?;
    sign(server, call, &wire, &Content::of(&message)?, options)
}

/// The same for what a response carries, where a framework hands out no more than
/// that: the result of a call. The id of the call is not looked at.
pub fn sign_result(
    server: &KeyPair,
    call: &OpenCall,
    result: &[u8],
    options: &ResponseOptions<'_>,
) -> Result<SignedResponse> {
    let wire = Wire::read(result, &options.limits)?;
    sign(server, call, &wire, &Content::of_result(result)?, options)
}

/// Co-signs what came back to a call for the record alone: the response goes on
/// as it is, and all that it carries is what was signed, a receipt of the server's
/// own included.
///
/// The response must carry the id of the call ([`ErrorKind::BindingMismatch`]).
/// Other errors are [`ErrorKind::MessageInvalid`] for what is no response, and
/// those of [`co_sign`].
pub fn witness_response(
    witness: &KeyPair,
    call: &OpenCall,
    response: &Message<'_>,
    options: &ResponseOptions<'_>,
) -> Result<Receipt> {
    check_answers(response, call)?;
    co_sign_content(witness, call, &Content::whole_of(response)?, options)
}

fn sign(
    server: &KeyPair,
    call: &OpenCall,
    wire: &Wire<'_>,
    content: &Content<'_>,
    options: &ResponseOptions<'_>,
) -> Result<SignedResponse> {
    if content.receipt.is_some() {
        return Err(Error::new(
            ErrorKind::AlreadySigned,
            "message",
            "member \"result._meta._signet_bilateral\" holds a receipt already",
        ));
    }
    let receipt = co_sign_content(server, call, content, options)?;
    let Some(text) = content.with_receipt(receipt.json()) else {
        return Ok(SignedResponse {
            bytes: wire.text().to_vec(),
            receipt,
            is_embedded: false,
        });
    };
    let bytes = wire.with_changed([(content.place.clone(), text.as_slice())]);
    options.limits.check_written(&bytes)?;
    // The arguments of the call stand deeper here than where they were read.
    Wire::read(&bytes, &options.limits)?;
    Ok(SignedResponse {
        bytes,
        receipt,
        is_embedded: true,
    })
}

fn co_sign_content(
    server: &KeyPair,
    call: &OpenCall,
    content: &Content<'_>,
    options: &ResponseOptions<'_>,
) -> Result<Receipt> {
    let inferred = InferredOutcome::of(content);
    co_sign(
        server,
        call.receipt(),
        &Response {
            content: &content.without_receipt(),
            outcome: Some(options.outcome.unwrap_or_else(|| inferred.as_outcome())),
            limits: options.limits.of_text(),
        },
        &CoSignOptions {
            server_name: options.server_name,
            time: options.time,
            extensions: None,
            nonce: None,
        },
    )
}

/// A response that was verified.
#[derive(Clone, Debug)]
pub struct VerifiedResponse {
    /// What was found about the receipt.
    pub report: Report,
    /// The response without the receipt, which is what was signed.
    pub bytes: Vec<u8>,
}

/// Verifies the response to a call, at the time `now`.
///
/// The response must carry the id of the call and a receipt over that very call
/// ([`ErrorKind::BindingMismatch`]); one without a receipt is
/// [`ErrorKind::Unsigned`], and so is every error response. Everything else is
/// for the report to say: rely on the response only when [`Report::is_ok`]. Messages
/// are read with the limits of the verifier.
pub fn verify_response(
    response: &[u8],
    call: &OpenCall,
    verifier: &Verifier,
    now: Instant,
) -> Result<VerifiedResponse> {
    let wire = Wire::read(response, &request::limits_of(verifier))?;
    let message = wire.single()?;
    check_answers(&message, call)?;
    verify(&wire, &Content::of(&message)?, call, verifier, now)
}

/// The same for what a response carries, where a framework hands out no more than
/// that: the result of a call. The id of the call is not looked at.
pub fn verify_result(
    result: &[u8],
    call: &OpenCall,
    verifier: &Verifier,
    now: Instant,
) -> Result<VerifiedResponse> {
    let wire = Wire::read(result, &request::limits_of(verifier))?;
    verify(&wire, &Content::of_result(result)?, call, verifier, now)
}

fn verify(
    wire: &Wire<'_>,
    content: &Content<'_>,
    call: &OpenCall,
    verifier: &Verifier,
    now: Instant,
) -> Result<VerifiedResponse> {
    let carried = content
        .receipt
        .as_ref()
        .and_then(|place| content.text.get(place.value.clone()))
        .filter(|value| *value != b"null")
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Unsigned,
                "message",
                "member \"result._meta._signet_bilateral\" is missing",
            )
        })?;
    let receipt = Receipt::parse(carried, Reading::Strict, &verifier.options().limits)?;
    let of_call = receipt.agent_receipt().map(Receipt::json);
    if of_call != Some(call.receipt().json()) {
        return Err(Error::new(
            ErrorKind::BindingMismatch,
            "message",
            "its receipt is not about the call that it answers",
        ));
    }
    let signed = content.without_receipt();
    let report = verifier.check_receipt(
        &Evidence {
            receipt: carried,
            response: Some(&signed),
            ..Evidence::default()
        },
        now,
    );
    let stripped = splice::replace(content.text, content.value.clone(), &signed);
    let bytes = wire.with_changed([(content.place.clone(), stripped.as_slice())]);
    Ok(VerifiedResponse { report, bytes })
}

fn check_answers(message: &Message<'_>, call: &OpenCall) -> Result<()> {
    if message.payload().is_none() {
        return Err(invalid("it is no response"));
    }
    if call.is_answered_by(message.id()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::BindingMismatch,
        "message",
        "its id is not that of the call",
    ))
}

/// What a response says, and where its receipt stands or goes.
struct Content<'w> {
    /// The message, or the result alone.
    text: &'w [u8],
    /// Where that stands in what was read.
    place: Range<usize>,
    /// The result or the error, in the text.
    value: Range<usize>,
    /// Whether it is an error.
    is_error: bool,
    /// Whether the value is an object that may hold a receipt.
    can_hold: bool,
    /// `_meta` in it.
    meta: Option<Place>,
    /// The receipt in `_meta`.
    receipt: Option<Place>,
}

impl<'w> Content<'w> {
    fn of(message: &Message<'w>) -> Result<Content<'w>> {
        let (value, is_error) = Content::value_of(message)?;
        Content::at(message.text(), message.place(), value, is_error)
    }

    /// The same without a look at what `_meta` holds.
    fn whole_of(message: &Message<'w>) -> Result<Content<'w>> {
        let (value, is_error) = Content::value_of(message)?;
        Ok(Content {
            text: message.text(),
            place: message.place(),
            value,
            is_error,
            can_hold: false,
            meta: None,
            receipt: None,
        })
    }

    fn value_of(message: &Message<'w>) -> Result<(Range<usize>, bool)> {
        match message.payload() {
            Some(Payload::Result(range)) => Ok((range.clone(), false)),
            Some(Payload::Error(range)) => Ok((range.clone(), true)),
            None => Err(invalid("it is no response")),
        }
    }

    /// Of a result that was read strictly.
    fn of_result(given: &'w [u8]) -> Result<Content<'w>> {
        let text = given.trim_ascii();
        let start = members::root(given);
        let place = start..start.saturating_add(text.len());
        Content::at(text, place, 0..text.len(), false)
    }

    fn at(
        text: &'w [u8],
        place: Range<usize>,
        value: Range<usize>,
        is_error: bool,
    ) -> Result<Content<'w>> {
        let can_hold = !is_error && text.get(value.start) == Some(&b'{');
        let mut content = Content {
            text,
            place,
            value,
            is_error,
            can_hold,
            meta: None,
            receipt: None,
        };
        if can_hold {
            content.meta = splice::find(text, content.value.start, &[META])?;
        }
        if let Some(meta) = &content.meta {
            if text.get(meta.value.start) != Some(&b'{') {
                return Err(invalid("result._meta is not an object"));
            }
            content.receipt = splice::find(text, meta.value.start, &[BILATERAL_MEMBER])?;
        }
        Ok(content)
    }

    /// The result or the error as it came.
    fn whole(&self) -> &'w [u8] {
        self.text.get(self.value.clone()).unwrap_or(&[])
    }

    /// What is signed: the value without a receipt, and without a `_meta` that
    /// holds nothing else.
    fn without_receipt(&self) -> Cow<'w, [u8]> {
        let whole = self.whole();
        let Some(meta) = &self.meta else {
            return Cow::Borrowed(whole);
        };
        let others = members::members(self.text, meta.value.start).count();
        let place = match &self.receipt {
            Some(receipt) if others > 1 => receipt,
            None if others > 0 => return Cow::Borrowed(whole),
            _ => meta,
        };
        let within = |range: &Range<usize>| {
            range.start.saturating_sub(self.value.start)..range.end.saturating_sub(self.value.start)
        };
        let place = Place {
            member: within(&place.member),
            value: within(&place.value),
        };
        Cow::Owned(splice::remove(whole, &place))
    }

    /// The text with a receipt, where it can hold one.
    fn with_receipt(&self, receipt: &[u8]) -> Option<Vec<u8>> {
        if !self.can_hold {
            return None;
        }
        Some(match &self.meta {
            Some(meta) => {
                splice::insert_first(self.text, meta.value.start, &[BILATERAL_MEMBER], receipt)
            }
            None => {
                let path = [META, BILATERAL_MEMBER];
                splice::insert_first(self.text, self.value.start, &path, receipt)
            }
        })
    }
}

/// What a response itself says became of the call.
struct InferredOutcome {
    status: OutcomeStatus,
    error: Option<String>,
}

impl InferredOutcome {
    fn of(content: &Content<'_>) -> InferredOutcome {
        let (text, start) = (content.text, content.value.start);
        let failed = |error: String| InferredOutcome {
            status: OutcomeStatus::Failed,
            error: Some(bounded(error)),
        };
        if content.is_error {
            let said = members::find(text, start, "message")
                .and_then(|place| members::string_at(text, place))
                .map(Cow::into_owned)
                .or_else(|| first_content_text(text, start));
            let whole = || String::from_utf8_lossy(content.whole()).into_owned();
            return failed(said.unwrap_or_else(whole));
        }
        if is_error(text, start) {
            return failed(
                first_content_text(text, start)
                    .unwrap_or_else(|| "the tool reported an error".to_owned()),
            );
        }
        InferredOutcome {
            status: OutcomeStatus::Executed,
            error: None,
        }
    }

    fn as_outcome(&self) -> Outcome<'_> {
        Outcome {
            status: self.status,
            reason: None,
            error: self.error.as_deref(),
        }
    }
}

fn is_error(text: &[u8], start: usize) -> bool {
    let flag = members::find(text, start, "isError").and_then(|range| text.get(range));
    flag == Some(b"true")
}

/// The text of the first content block that has one.
fn first_content_text(text: &[u8], start: usize) -> Option<String> {
    let content = members::find(text, start, "content")?;
    members::elements(text, content.start)
        .filter_map(|block| members::find(text, block.start, "text"))
        .find_map(|place| members::string_at(text, place).map(Cow::into_owned))
}

/// The beginning of a text, which may be as large as a response.
fn bounded(mut text: String) -> String {
    let end = (0..=MAX_ERROR_TEXT.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    text.truncate(end.unwrap_or(0));
    text
}
