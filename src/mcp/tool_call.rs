//! The params of a `tools/call` request: which tool, with which arguments, and
//! where its receipt stands or goes.

use std::borrow::Cow;
use std::ops::Range;

use crate::encoding::members;
use crate::error::Result;
use crate::mcp::look_alike;
use crate::mcp::message::invalid;
use crate::mcp::splice::{self, Place};

/// The member of `_meta` in which the receipt of a request travels.
pub const RECEIPT_MEMBER: &str = "_signet";
pub(super) const META: &str = "_meta";

/// A call of a tool, as places in the text of its message.
#[derive(Clone, Debug)]
pub struct ToolCall<'w> {
    text: &'w [u8],
    params: usize,
    tool: Cow<'w, str>,
    arguments: Option<Range<usize>>,
    meta: Option<Range<usize>>,
    receipt: Option<Place>,
}

impl<'w> ToolCall<'w> {
    /// Reads the params of a call, which stand at `params` of a strictly read
    /// text.
    pub(super) fn read(text: &'w [u8], params: Option<Range<usize>>) -> Result<ToolCall<'w>> {
        let params = params
            .ok_or_else(|| invalid("tools/call missing params"))?
            .start;
        if text.get(params) != Some(&b'{') {
            return Err(invalid("params is not an object"));
        }
        let (mut name, mut arguments, mut meta) = (None, None, None);
        for member in members::members(text, params) {
            match look_alike::known(member.name, &["name", "arguments", META])? {
                Some("name") => name = Some(member.value),
                Some("arguments") => arguments = Some(member.value),
                Some(_) => meta = Some(member.value),
                None => {}
            }
        }
        let tool = name
            .and_then(|range| members::string_at(text, range))
            .ok_or_else(|| invalid("params.name must be a string"))?;
        let receipt = match &meta {
            None => None,
            Some(range) if text.get(range.start) == Some(&b'{') => {
                splice::find(text, range.start, &[RECEIPT_MEMBER])?
            }
            // A receipt has no place in it, and to replace it would change what
            // was asked.
            Some(_) => return Err(invalid("params._meta is not an object")),
        };
        Ok(ToolCall {
            text,
            params,
            tool,
            arguments,
            meta,
            receipt,
        })
    }

    /// The name of the tool.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// The arguments byte for byte as they came; `None` when there are none.
    pub fn arguments(&self) -> Option<&'w [u8]> {
        self.text.get(self.arguments.clone()?)
    }

    /// The receipt byte for byte as it came; `None` when there is none, as when
    /// it is `null`.
    pub fn receipt(&self) -> Option<&'w [u8]> {
        let text = self.text.get(self.receipt.clone()?.value)?;
        (text != b"null").then_some(text)
    }

    /// The text of the message with this receipt, instead of the one it has;
    /// nothing else of it is touched.
    pub(super) fn with_receipt(&self, receipt: &[u8]) -> Vec<u8> {
        match (&self.receipt, &self.meta) {
            (Some(place), _) => splice::replace(self.text, place.value.clone(), receipt),
            (None, Some(meta)) => {
                splice::insert_first(self.text, meta.start, &[RECEIPT_MEMBER], receipt)
            }
            (None, None) => {
                splice::insert_first(self.text, self.params, &[META, RECEIPT_MEMBER], receipt)
            }
        }
    }
}
