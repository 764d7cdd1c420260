"""Delegation: who may do what for whom, and for how long. Tokens, chains and scopes
are JSON texts."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence, Union

from . import _abi
from ._call import array, buffer_of, byref, check, json_bytes, make, options, to_json, utf8, view
from ._library import lib
from .errors import (
    DelegationExpiredError,
    DelegationNotYetValidError,
    ReceiptVersionError,
    SignatureMismatchError,
)
from .keys import Secret, keypair_of, parsed_key
from .receipts import Receipt
from .signing import AnyReceipt, evidence

#: A delegation chain, root first: its JSON text, or its tokens.
Chain = Union[str, bytes, Sequence[Union[str, Dict[str, Any]]]]


def sign_delegation(
    delegator_key_b64: Secret,
    delegator_name: str,
    delegate_pubkey_b64: str,
    delegate_name: str,
    scope_json: str,
    parent_scope_json: Optional[str] = None,
) -> str:
    """Delegates: signs that another key may act within a scope, {"tools", "targets",
    "max_depth", "expires"?}, which narrows the parent scope if that is given."""
    name, to, scope = utf8(delegator_name), utf8(delegate_name), json_bytes(scope_json)
    knobs = None
    if parent_scope_json is not None:
        knobs = byref(
            options(_abi.signet_delegation_options, parent_scope=json_bytes(parent_scope_json))
        )
    handle = make(
        _abi.signet_delegation,
        lib.signet_delegation_sign,
        keypair_of(delegator_key_b64),
        name,
        len(name),
        parsed_key(delegate_pubkey_b64),
        to,
        len(to),
        scope,
        len(scope),
        knobs,
    )
    try:
        return view(lib.signet_delegation_json, handle).decode("utf-8")
    finally:
        lib.signet_delegation_free(handle)


def verify_delegation(token_json: Union[str, bytes]) -> bool:
    """Whether a delegation is signed by the key that it names, has been issued and has
    not expired. Whether that key had anything to delegate, `verify_chain` says."""
    text = json_bytes(token_json)
    handle = make(_abi.signet_delegation, lib.signet_delegation_parse, text, len(text), None)
    try:
        check(lib.signet_delegation_verify, handle, None)
    except (SignatureMismatchError, DelegationExpiredError, DelegationNotYetValidError):
        return False
    finally:
        lib.signet_delegation_free(handle)
    return True


def chain_text(chain: Chain) -> bytes:
    """The JSON text of a chain."""
    if isinstance(chain, (str, bytes)):
        return json_bytes(chain)
    tokens = [one if isinstance(one, str) else to_json(one) for one in chain]
    return f"[{','.join(tokens)}]".encode("utf-8", "surrogatepass")


def _skew(seconds: int) -> Dict[str, int]:
    if seconds < 0:
        raise ValueError("clock_skew_secs must not be negative")
    return (
        {"flags": 0, "skew_seconds": seconds} if seconds else {"flags": _abi.SIGNET_VERIFY_NO_SKEW}
    )


def verify_chain(
    chain: Chain, trusted_roots: Sequence[str], *, clock_skew_secs: int = 60, max_links: int = 0
) -> Dict[str, Any]:
    """Verifies a chain from a trusted root to its end; answers what the key at the
    end may do: {"tools", "targets", "max_depth", "expires"?}. Raises what is wrong."""
    text = chain_text(chain)
    roots, count = array(_abi.signet_public_key, [parsed_key(key) for key in trusted_roots])
    knobs = options(_abi.signet_verify_options, max_links=max_links, **_skew(clock_skew_secs))
    scope = buffer_of(lib.signet_chain_verify, text, len(text), roots, count, byref(knobs))
    found: Dict[str, Any] = json.loads(scope)
    return found


def sign_authorized_receipt(
    secret: Secret, action: bytes, signer_name: str, chain: Chain
) -> Receipt:
    """Signs the JSON text of an action on the authority of a chain."""
    name, text = utf8(signer_name), chain_text(chain)
    return Receipt._take(
        make(
            _abi.signet_receipt,
            lib.signet_receipt_sign_authorized,
            keypair_of(secret),
            action,
            len(action),
            name,
            len(name),
            text,
            len(text),
            None,
        )
    )


def sign_authorized(key_b64: Secret, action_json: str, signer_name: str, chain_json: Chain) -> str:
    """Signs a tool call on the authority of a chain. What the chain does not allow is
    not signed."""
    return sign_authorized_receipt(
        key_b64, json_bytes(action_json), signer_name, chain_json
    ).to_json()


def verify_authorized(
    receipt_json: AnyReceipt, trusted_roots_b64: Sequence[str], clock_skew_secs: int = 60
) -> str:
    """Verifies a receipt that rests on a delegation, from a trusted root down to the
    call; answers the scope that allowed it as JSON, and raises what is wrong."""
    keys: List[_abi.signet_public_key] = [parsed_key(key) for key in trusted_roots_b64]
    roots, _ = array(_abi.signet_public_key, keys)
    knobs = options(_abi.signet_verify_options, roots=roots, **_skew(clock_skew_secs))
    handle = evidence(receipt_json)
    try:
        version = lib.signet_receipt_version(handle)
        if version != 4:
            raise ReceiptVersionError(f"a receipt of version {version} rests on no delegation")
        found = buffer_of(lib.signet_receipt_verify_signers, handle, None, 0, byref(knobs))
    finally:
        lib.signet_receipt_free(handle)
    return json.dumps(json.loads(found)["scope"], separators=(",", ":"))
