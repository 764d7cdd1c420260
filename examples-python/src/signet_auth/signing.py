"""Signs tool calls, and verifies what was signed: version 1 receipts."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Optional, Union

from . import _abi
from ._call import (
    array,
    array_of,
    buffer_of,
    byref,
    check,
    json_bytes,
    make,
    options,
    to_json,
    utf8,
)
from ._library import lib
from .action import Action
from .errors import SignatureMismatchError
from .keys import Secret, keypair_of, parsed_key
from .receipts import Document, Evidence, Receipt, parse

#: Anything that is a receipt: an object, a record's receipt, or its JSON text.
AnyReceipt = Union[Evidence, Document, Dict[str, Any], str, bytes]


def sign_action(
    keypair: _abi.signet_keypair,
    action: bytes,
    name: bytes,
    owner: bytes,
    expires_at: Optional[str] = None,
    **members: Any,
) -> Receipt:
    """Signs the JSON text of an action; `members` are those of signet_sign_options."""
    knobs = None
    if expires_at is not None:
        members["expires_at"] = utf8(expires_at)
    if members:
        knobs = byref(options(_abi.signet_sign_options, **members))
    return Receipt._take(
        make(
            _abi.signet_receipt,
            lib.signet_receipt_sign,
            keypair,
            action,
            len(action),
            name,
            len(name),
            owner,
            len(owner),
            knobs,
        )
    )


def sign(
    secret_key: Secret, action: Action, signer_name: str, signer_owner: Optional[str] = None
) -> Receipt:
    """Signs a tool call."""
    text = action.to_json().encode("ascii")
    return sign_action(keypair_of(secret_key), text, utf8(signer_name), utf8(signer_owner))


def sign_with_expiration(
    secret_key: Secret, action: Action, signer_name: str, signer_owner: str, expires_at: str
) -> Receipt:
    """Signs a tool call that expires: RFC 3339."""
    text = action.to_json().encode("ascii")
    return sign_action(
        keypair_of(secret_key), text, utf8(signer_name), utf8(signer_owner), expires_at
    )


def evidence(receipt: AnyReceipt, forensic: bool = False) -> _abi.signet_receipt:
    """The handle of whatever is a receipt. The caller releases it."""
    if isinstance(receipt, Evidence):
        return parse(receipt._json, forensic or receipt._forensic)
    if isinstance(receipt, dict):
        return parse(to_json(receipt).encode("ascii"), forensic)
    return parse(json_bytes(receipt), forensic)


def check_receipt(
    receipt: AnyReceipt, trusted: Iterable[str], *, forensic: bool = False, **expected: Any
) -> None:
    """Verifies a receipt under trusted keys, and raises what is wrong with it."""
    keys: List[_abi.signet_public_key] = [parsed_key(key) for key in trusted]
    handles, count = array(_abi.signet_public_key, keys)
    knobs = byref(options(_abi.signet_verify_options, **expected)) if expected else None
    handle = evidence(receipt, forensic)
    try:
        check(lib.signet_receipt_verify, handle, handles, count, knobs)
    finally:
        lib.signet_receipt_free(handle)


def holds(receipt: AnyReceipt, trusted: Iterable[str], **expected: Any) -> bool:
    """Whether a receipt verifies. A wrong signature, id, hash or key is False; what
    cannot be judged, and what has expired, raises."""
    try:
        check_receipt(receipt, trusted, **expected)
    except SignatureMismatchError:
        return False
    return True


def verify(receipt: Receipt, public_key: str) -> bool:
    """Whether a receipt is by this key, and as it was signed. Raises when it has
    expired or cannot be judged."""
    must_be(receipt, Receipt)
    return holds(receipt, [public_key])


def verify_allow_expired(receipt: Receipt, public_key: str) -> bool:
    """As `verify`, whenever it expires: evidence keeps its worth."""
    must_be(receipt, Receipt)
    return holds(receipt, [public_key], flags=_abi.SIGNET_VERIFY_IGNORE_EXPIRY)


def must_be(value: Any, kind: type) -> None:
    """Raises TypeError unless a value is a receipt of a class."""
    # A record's receipt is a document with the members of one.
    if not isinstance(value, (kind, Document)):
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")


# JSON


def canonicalize(json_text: Union[str, bytes]) -> str:
    """A JSON text in canonical form (RFC 8785)."""
    text = json_bytes(json_text)
    return buffer_of(lib.signet_json_canonicalize, text, len(text), None).decode("utf-8")


def content_hash(value: Any) -> str:
    """The hash of a JSON value, as receipts hash responses."""
    text = to_json(value).encode("ascii")
    return array_of(
        _abi.SIGNET_HASH_TEXT_LEN,
        lib.signet_content_hash,
        text,
        len(text),
        _abi.SIGNET_CONTENT_JSON,
        None,
    ).decode("ascii")


def action_from_tools_call(
    request: Union[str, bytes], target: str = "", transport: str = "stdio"
) -> str:
    """The action of an MCP "tools/call" request, as JSON text: the arguments byte for
    byte, and the request's id as the call id."""
    text, target_, transport_ = json_bytes(request), utf8(target), utf8(transport)
    return buffer_of(
        lib.signet_action_from_tools_call,
        text,
        len(text),
        target_,
        len(target_),
        transport_,
        len(transport_),
        None,
    ).decode("utf-8")
