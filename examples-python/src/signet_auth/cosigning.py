"""Receipts that speak of the response too: by the agent alone (version 2), or
co-signed by the server (version 3). And verification of a receipt of any version."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Union

from . import _abi
from ._call import array, byref, check, make, options, to_json, utf8
from ._library import lib
from .action import Action
from .errors import BindingMismatchError, SignatureMismatchError, TimestampInvalidError
from .keys import Secret, keypair_of, parsed_key
from .receipts import BilateralReceipt, CompoundReceipt, Receipt
from .signing import AnyReceipt, check_receipt, evidence, holds, must_be


def now_text() -> str:
    """The time, as receipts write it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix_ms(moment: str) -> int:
    """Milliseconds of an RFC 3339 date-time."""
    try:
        read = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", moment))
        if read.tzinfo is None:
            raise ValueError
    except ValueError:
        raise TimestampInvalidError(f"{moment!r} is no RFC 3339 date-time") from None
    return int(read.timestamp() * 1000)


def sign_compound(
    secret_key: Secret,
    action: Action,
    response_content: Any,
    signer_name: str,
    signer_owner: Optional[str] = None,
    ts_request: Optional[str] = None,
    ts_response: Optional[str] = None,
) -> CompoundReceipt:
    """Signs a tool call and its response in one. Of the response only the hash is
    kept; times are RFC 3339, by default now."""
    texts: List[Any] = []
    for text in (
        action.to_json().encode("ascii"),
        to_json(response_content).encode("ascii"),
        None,  # no outcome
        utf8(ts_request or now_text()),
        utf8(ts_response or now_text()),
        utf8(signer_name),
        utf8(signer_owner),
    ):
        texts += [text, len(text or b"")]
    return CompoundReceipt._take(
        make(
            _abi.signet_receipt,
            lib.signet_receipt_sign_compound,
            keypair_of(secret_key),
            *texts,
            None,
        )
    )


def sign_bilateral_with_outcome(
    server_key: Secret,
    agent_receipt: Receipt,
    response_content: Any,
    server_name: str,
    ts_response: Optional[str] = None,
    outcome: Optional[Dict[str, Any]] = None,
) -> BilateralReceipt:
    """Co-signs an agent's receipt together with the response and what became of the
    call: {"status", "reason"?, "error"?}. The agent's receipt must be sound; whether
    its key is trusted is for the server to have decided."""
    must_be(agent_receipt, Receipt)
    response = to_json(response_content).encode("ascii")
    said = None if outcome is None else to_json(outcome).encode("ascii")
    name = utf8(server_name)
    knobs = None
    if ts_response is not None:
        knobs = byref(
            options(
                _abi.signet_co_sign_options,
                flags=_abi.SIGNET_SIGN_AT,
                now_unix_ms=unix_ms(ts_response),
            )
        )
    handle = evidence(agent_receipt)
    try:
        return BilateralReceipt._take(
            make(
                _abi.signet_receipt,
                lib.signet_receipt_co_sign,
                keypair_of(server_key),
                handle,
                response,
                len(response),
                said,
                len(said or b""),
                name,
                len(name),
                knobs,
            )
        )
    finally:
        lib.signet_receipt_free(handle)


def sign_bilateral(
    server_key: Secret,
    agent_receipt: Receipt,
    response_content: Any,
    server_name: str,
    ts_response: Optional[str] = None,
) -> BilateralReceipt:
    """Co-signs an agent's receipt together with the response."""
    return sign_bilateral_with_outcome(
        server_key, agent_receipt, response_content, server_name, ts_response
    )


def verify_any(receipt_json: AnyReceipt, public_key: str) -> bool:
    """Whether a receipt of any version is by this key: the agent's, or the server's
    when it is co-signed. One that rests on a delegation needs `verify_authorized`."""
    servers, _ = array(_abi.signet_public_key, [parsed_key(public_key)])
    return holds(receipt_json, [public_key], flags=_abi.SIGNET_VERIFY_ANY_AGENT, servers=servers)


def _check_bilateral(
    receipt: BilateralReceipt,
    server_public_key: str,
    expected_session: Optional[str],
    expected_call_id: Optional[str],
    max_time_window_secs: int,
    trusted_agent_public_key: Optional[str],
) -> bool:
    must_be(receipt, BilateralReceipt)
    if max_time_window_secs < 0:
        raise ValueError("max_time_window_secs must not be negative")
    servers, _ = array(_abi.signet_public_key, [parsed_key(server_public_key)])
    agents = [] if trusted_agent_public_key is None else [trusted_agent_public_key]
    try:
        check_receipt(
            receipt,
            agents,
            flags=0 if agents else _abi.SIGNET_VERIFY_ANY_AGENT,
            servers=servers,
            # The published package says 0 for any time.
            window_seconds=max_time_window_secs or _abi.SIGNET_ANY_WINDOW,
            session=None if expected_session is None else utf8(expected_session),
            call_id=None if expected_call_id is None else utf8(expected_call_id),
        )
    except (SignatureMismatchError, BindingMismatchError):
        return False
    return True


def verify_bilateral(receipt: BilateralReceipt, server_public_key: str) -> bool:
    """Whether a receipt is co-signed by this server, and sound under the key that it
    names as the agent's. Nothing is remembered: replays are for a verifier to see."""
    return _check_bilateral(receipt, server_public_key, None, None, 300, None)


def verify_bilateral_with_options(
    receipt: BilateralReceipt,
    server_public_key: str,
    expected_session: Optional[str] = None,
    expected_call_id: Optional[str] = None,
    check_nonce: bool = False,
    max_time_window_secs: int = 300,
    trusted_agent_public_key: Optional[str] = None,
) -> bool:
    """As `verify_bilateral`, for an expected session and call, within a time between
    request and response (0: any), and under a trusted agent key."""
    return _check_bilateral(
        receipt,
        server_public_key,
        expected_session,
        expected_call_id,
        max_time_window_secs,
        trusted_agent_public_key,
    )


def verify_bilateral_detailed(
    receipt: BilateralReceipt,
    server_public_key: str,
    expected_session: Optional[str] = None,
    expected_call_id: Optional[str] = None,
    check_nonce: bool = False,
    max_time_window_secs: int = 300,
    trusted_agent_public_key: Optional[str] = None,
) -> str:
    """As `verify_bilateral_with_options`, in words: "agent_trusted",
    "agent_self_consistent" (no agent key was given) or "untrusted"."""
    if not verify_bilateral_with_options(
        receipt,
        server_public_key,
        expected_session,
        expected_call_id,
        check_nonce,
        max_time_window_secs,
        trusted_agent_public_key,
    ):
        return "untrusted"
    return "agent_self_consistent" if trusted_agent_public_key is None else "agent_trusted"


def check_response(receipt: AnyReceipt, response_content: Any) -> bool:
    """Whether a response is the one that a receipt speaks of. Says nothing about
    signatures."""
    response = to_json(response_content).encode("ascii")
    handle = evidence(receipt)
    try:
        check(lib.signet_receipt_check_response, handle, response, len(response), None)
    except SignatureMismatchError:
        return False
    finally:
        lib.signet_receipt_free(handle)
    return True


#: A receipt of any class.
AnySigned = Union[Receipt, CompoundReceipt, BilateralReceipt]
