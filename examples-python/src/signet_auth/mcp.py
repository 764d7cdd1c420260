"""MCP messages: sign the tool calls in what is sent, verify what arrives, co-sign and
verify the answers.

The functions about messages take the text of the wire and change no other byte of it.
Those about params and results are for frameworks that hand out no more than that.
"""

from __future__ import annotations

import ctypes
import json
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from . import _abi
from ._call import (
    byref,
    failure,
    json_bytes,
    make,
    options,
    own,
    take,
    to_json,
    utf8,
    view,
    view_text,
)
from ._library import lib
from .keys import Secret, keypair_of
from .policy import Policy
from .receipts import BilateralReceipt, Receipt
from .verifier import Report, Verifier, read_report

#: The text of a message, or its members.
Message = Union[str, bytes, Dict[str, Any]]


def _text(message: Message) -> bytes:
    return to_json(message).encode("ascii") if isinstance(message, dict) else json_bytes(message)


class Call:
    """A tool call, to be held together with its response."""

    __slots__ = ("_handle",)

    _handle: _abi.signet_mcp_call

    def __init__(self) -> None:
        raise TypeError("a call comes from signing or verifying a message")

    @classmethod
    def _of(cls, handle: _abi.signet_mcp_call) -> Call:
        self = cls.__new__(cls)
        self._handle = own(handle, lib.signet_mcp_call_free)
        return self

    @property
    def id(self) -> Optional[str]:
        """The id of the request as JSON text; None where there is no response."""
        return view_text(lib.signet_mcp_call_id, self._handle)

    @property
    def receipt(self) -> Receipt:
        """The receipt of the call."""
        return Receipt._take(make(_abi.signet_receipt, lib.signet_mcp_call_receipt, self._handle))


class SignedMessage(NamedTuple):
    """A message with a receipt in each of its tool calls."""

    #: What to send, exactly.
    message: str
    #: The calls that were signed, in the order of the message.
    calls: List[Call]


def sign_request(
    key: Secret,
    message: Message,
    name: str,
    owner: Optional[str] = None,
    *,
    target: Optional[str] = None,
    transport: Optional[str] = None,
    session: Optional[str] = None,
    trace_id: Optional[str] = None,
    parent_receipt_id: Optional[str] = None,
    expires_at: Optional[str] = None,
    hash_only: bool = False,
    policy: Optional[Policy] = None,
    fulfils: Optional[List[str]] = None,
) -> SignedMessage:
    """Signs the tool calls in a message, or in a batch: each gets a receipt at
    params._meta._signet. What is no tool call comes back as it was."""
    text, name_, owner_ = _text(message), utf8(name), utf8(owner)
    given = {
        "target": target,
        "transport": transport,
        "session": session,
        "trace_id": trace_id,
        "parent_receipt_id": parent_receipt_id,
        "expires_at": expires_at,
        "fulfils": None if fulfils is None else to_json(fulfils),
    }
    knobs = options(
        _abi.signet_mcp_request_options,
        flags=_abi.SIGNET_SIGN_HASH_ONLY if hash_only else 0,
        policy=None if policy is None else policy._handle,
        **{member: utf8(value) for member, value in given.items() if value is not None},
    )
    signed = make(
        _abi.signet_mcp_signed,
        lib.signet_mcp_sign_request,
        keypair_of(key),
        text,
        len(text),
        name_,
        len(name_),
        owner_,
        len(owner_),
        byref(knobs),
    )
    try:
        calls = [
            Call._of(make(_abi.signet_mcp_call, lib.signet_mcp_signed_call, signed, index))
            for index in range(lib.signet_mcp_signed_len(signed))
        ]
        return SignedMessage(view(lib.signet_mcp_signed_message, signed).decode("utf-8"), calls)
    finally:
        lib.signet_mcp_signed_free(signed)


def sign_params(
    key: Secret, tool: str, arguments: Any, name: str, owner: Optional[str] = None, **how: Any
) -> Tuple[Dict[str, Any], Call]:
    """Signs a call for a framework that sends it: answers what to send as `_meta`, and
    the call. `how` is as for `sign_request`."""
    params = {"name": tool} if arguments is None else {"name": tool, "arguments": arguments}
    # Without an id: the framework gives one later, which the receipt cannot know.
    message = {"jsonrpc": "2.0", "method": "tools/call", "params": params}
    signed = sign_request(key, message, name, owner, **how)
    meta: Dict[str, Any] = json.loads(signed.message)["params"]["_meta"]
    return meta, signed.calls[0]


def _verified(
    function: Any, verifier: Verifier, text: bytes, at_unix_ms: Optional[int]
) -> Tuple[Report, Optional[Call]]:
    report, call, error = _abi.signet_report(), _abi.signet_mcp_call(), _abi.signet_error()
    status = function(
        verifier._handle,
        text,
        len(text),
        _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
        byref(report),
        byref(call),
        byref(error),
    )
    found = Call._of(call) if call.value else None
    return read_report(status, report, error), found


def verify_request(
    verifier: Verifier, message: Message, *, at_unix_ms: Optional[int] = None
) -> Tuple[Report, Optional[Call]]:
    """Verifies a tool call as it came off the wire. Run the tool only if the report is
    ok. Raises what is no such message."""
    return _verified(lib.signet_mcp_verify_request, verifier, _text(message), at_unix_ms)


def verify_params(
    verifier: Verifier, params: Message, *, at_unix_ms: Optional[int] = None
) -> Tuple[Report, Optional[Call]]:
    """Verifies the params of a tool call by themselves."""
    return _verified(lib.signet_mcp_verify_params, verifier, _text(params), at_unix_ms)


class SignedResponse(NamedTuple):
    """A response, and the receipt that the server has co-signed."""

    #: What to send.
    text: str
    receipt: BilateralReceipt
    #: Whether the receipt is in it: an error response has no place for one.
    embedded: bool


def _signed(
    function: Any,
    server: Secret,
    call: Call,
    text: bytes,
    name: str,
    outcome: Optional[Dict[str, Any]],
) -> SignedResponse:
    named = utf8(name)
    knobs = options(
        _abi.signet_mcp_response_options,
        outcome=None if outcome is None else to_json(outcome).encode("ascii"),
    )
    buffer, receipt, embedded = _abi.signet_buffer(), _abi.signet_receipt(), ctypes.c_int32()
    error = _abi.signet_error()
    status = function(
        keypair_of(server),
        call._handle,
        text,
        len(text),
        named,
        len(named),
        byref(knobs),
        byref(buffer),
        byref(receipt),
        byref(embedded),
        byref(error),
    )
    if status:
        raise failure(status, error)
    return SignedResponse(
        take(buffer).decode("utf-8"), BilateralReceipt._take(receipt), bool(embedded.value)
    )


def sign_response(
    server: Secret,
    call: Call,
    response: Message,
    name: str,
    *,
    outcome: Optional[Dict[str, Any]] = None,
) -> SignedResponse:
    """Co-signs the response to a call: the receipt goes to
    result._meta._signet_bilateral. The outcome is what the response says itself, unless
    it is given."""
    return _signed(lib.signet_mcp_sign_response, server, call, _text(response), name, outcome)


def sign_result(
    server: Secret,
    call: Call,
    result: Message,
    name: str,
    *,
    outcome: Optional[Dict[str, Any]] = None,
) -> SignedResponse:
    """Co-signs what a response carries, for a framework that sends it."""
    return _signed(lib.signet_mcp_sign_result, server, call, _text(result), name, outcome)


def _answered(
    function: Any, verifier: Verifier, call: Call, text: bytes, at_unix_ms: Optional[int]
) -> Tuple[Report, str]:
    report, buffer, error = _abi.signet_report(), _abi.signet_buffer(), _abi.signet_error()
    status = function(
        verifier._handle,
        call._handle,
        text,
        len(text),
        _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
        byref(report),
        byref(buffer),
        byref(error),
    )
    bare = take(buffer).decode("utf-8") if buffer.value else ""
    return read_report(status, report, error), bare


def verify_response(
    verifier: Verifier, call: Call, response: Message, *, at_unix_ms: Optional[int] = None
) -> Tuple[Report, str]:
    """Verifies the response to a call; answers it without the receipt, which is what
    was signed. Rely on it only if the report is ok. Raises where there is no receipt,
    or that of another call."""
    return _answered(lib.signet_mcp_verify_response, verifier, call, _text(response), at_unix_ms)


def verify_result(
    verifier: Verifier, call: Call, result: Message, *, at_unix_ms: Optional[int] = None
) -> Tuple[Report, str]:
    """Verifies what a response carries, where a framework hands out no more."""
    return _answered(lib.signet_mcp_verify_result, verifier, call, _text(result), at_unix_ms)


__all__ = [
    "Call",
    "SignedMessage",
    "SignedResponse",
    "sign_params",
    "sign_request",
    "sign_response",
    "sign_result",
    "verify_params",
    "verify_request",
    "verify_response",
    "verify_result",
]
