"""Verifies MCP tool calls at the server, in the terms of the published package.

`verify_request` asks a verifier of the library; `Verifier` offers all of it.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, List, Optional, Protocol, Union

from ._call import to_json
from .errors import SignetError, TrustBundleError
from .keystore import Home
from .mcp import verify_params
from .receipts import Receipt
from .trust import TrustBundle
from .verifier import ReplayStore, Report, Verifier


class NonceChecker(Protocol):
    """Remembers nonces, in a database of one's own for example. `check_and_record`
    must do both in one step; without it the other two are called one after the other."""

    def is_replay(self, nonce: str) -> bool:
        """Whether the nonce was used."""
        ...

    def record(self, nonce: str) -> None:
        """Records that the nonce was used."""
        ...

    def check_and_record(self, nonce: str) -> bool:
        """True if the nonce was not used before; it is then."""
        ...


class _StoreChecker:
    _store: ReplayStore
    _lifetime_ms: int

    def check_and_record(self, nonce: str) -> bool:
        """True if the nonce was not used before; it is then, in one step."""
        return self._store.use_once(nonce, lifetime_ms=self._lifetime_ms)

    def is_replay(self, nonce: str) -> bool:
        """Whether the nonce was used. Asking uses it: between asking and recording
        somebody else could."""
        return not self.check_and_record(nonce)

    def record(self, nonce: str) -> None:
        """Records that the nonce was used."""
        self.check_and_record(nonce)


class InMemoryNonceChecker(_StoreChecker):
    """Remembers nonces in this process. When it is full of nonces that still matter it
    refuses, rather than forget one."""

    def __init__(self, max_entries: int = 10_000, ttl_secs: int = 3600) -> None:
        self._store = ReplayStore(max_entries)
        self._lifetime_ms = ttl_secs * 1000


class FileNonceChecker(_StoreChecker):
    """Remembers nonces in a file, for all processes that use it and across restarts.
    What cannot be read or written is a refusal."""

    def __init__(self, path: Home, max_entries: int = 100_000, ttl_secs: int = 3600) -> None:
        folder = os.path.dirname(os.fspath(path))
        if folder:
            os.makedirs(folder, exist_ok=True)
        self._store = ReplayStore.open(path, capacity=max_entries, lifetime_seconds=ttl_secs)
        self._lifetime_ms = ttl_secs * 1000


@dataclass
class VerifyOptions:
    """What a request is held to."""

    #: Keys of agents that may sign.
    trusted_keys: List[str] = field(default_factory=list)
    #: A trust bundle: its members, or a `TrustBundle`.
    trust_bundle: Union[Dict[str, Any], TrustBundle, None] = None
    #: Whether a request without a receipt is refused.
    require_signature: bool = True
    #: How old a receipt may be, in seconds.
    max_age: int = 300
    #: The target that it must be signed for.
    expected_target: Optional[str] = None
    #: Where used nonces are remembered; None: in this process.
    nonce_checker: Optional[Any] = None
    #: Whether the signer must be trusted. If not, look at `trusted` in the result.
    require_trusted_signer: bool = True


@dataclass
class ServerVerifyResult:
    """What became of a request. Serve it only if it is `ok`."""

    ok: bool
    signer_name: Optional[str] = None
    signer_pubkey: Optional[str] = None
    error: Optional[str] = None
    has_receipt: bool = False
    trusted: bool = False
    #: The name of the status: "SIGNET_OK", or why it was refused.
    status: Optional[str] = None
    #: What was wrong with which input.
    detail: Optional[str] = None


def verify_request(
    params: Dict[str, Any], options: Optional[VerifyOptions] = None
) -> ServerVerifyResult:
    """Verifies the receipt of a tool call: `params` are those of the request, with
    "name", "arguments" and "_meta". A receipt that passes has been used, and passes
    once. Nothing raises, but for what a nonce checker of one's own raises."""
    asked = VerifyOptions() if options is None else options
    meta = params.get("_meta")
    has_receipt = isinstance(meta, dict) and meta.get("_signet") is not None
    try:
        judge = _verifier_for(asked)
    except TrustBundleError as error:
        return _refused("invalid trust bundle", error, has_receipt)
    except (SignetError, TypeError, ValueError) as error:
        return _refused(f"invalid options: {error}", error, has_receipt)
    try:
        # Frameworks write null where there is no _meta.
        report, _ = verify_params(
            judge,
            {name: value for name, value in params.items() if name != "_meta" or value is not None},
        )
    except (SignetError, TypeError, ValueError) as error:
        return _refused(f"malformed request: {error}", error, has_receipt)
    tool = str(params.get("name"))
    if not report.ok:
        return _refused(_words(report, tool, asked), report.error, has_receipt, report.status)
    signer = report.details.get("signer") or {}
    return ServerVerifyResult(
        ok=True,
        signer_name=signer.get("name"),
        signer_pubkey=signer.get("key"),
        has_receipt=has_receipt,
        trusted=report.trusted,
        status=report.status,
    )


def _refused(
    error: str, cause: Optional[Exception], has_receipt: bool, status: Optional[str] = None
) -> ServerVerifyResult:
    return ServerVerifyResult(
        ok=False,
        error=error,
        has_receipt=has_receipt,
        status=status or (cause.status_name if isinstance(cause, SignetError) else None),
        detail=None if cause is None else str(cause),
    )


#: The words of the published package, by status without SIGNET_ERR_.
_WORDS = {
    "UNSIGNED": "unsigned request",
    "REPLAYED": "replay detected",
    "TOO_OLD": "receipt too old",
    "FROM_FUTURE": "receipt from future",
    "TIMESTAMP_INVALID": "invalid receipt timestamp",
    "ARGUMENTS_MISMATCH": "params mismatch: signed params differ from request arguments",
    "ARGUMENTS_HIDDEN": "params mismatch: signed params differ from request arguments",
}


def _words(report: Report, tool: str, asked: VerifyOptions) -> str:
    name = report.status[len("SIGNET_ERR_") :]
    if name in _WORDS:
        return _WORDS[name]
    failed = next((one["axis"] for one in report.details["checks"] if one["status"] == "fail"), "")
    signed = report.receipt.action if isinstance(report.receipt, Receipt) else None
    if failed == "structure":
        return "malformed receipt"
    if failed == "signature" or name == "EXPIRED":
        return "invalid signature"
    if failed == "trust":
        signer = report.details.get("signer") or {}
        return f"untrusted signer: {signer.get('key')}"
    if name == "TARGET_MISMATCH" and signed is not None:
        return f"target mismatch: expected {asked.expected_target}, got {signed.target}"
    if name == "TOOL_MISMATCH" and signed is not None:
        return f'tool mismatch: receipt signed for "{signed.tool}", request is for "{tool}"'
    return report.message


# Verifiers are made once for what is asked of them: the same options are the same
# verifier, and without a checker all share one store.


@lru_cache(maxsize=1)
def _default_store() -> ReplayStore:
    return ReplayStore()


_stores: weakref.WeakKeyDictionary[Any, ReplayStore] = weakref.WeakKeyDictionary()


def _store_of(checker: Any) -> ReplayStore:
    if checker is None:
        return _default_store()
    if isinstance(checker, ReplayStore):
        return checker
    if isinstance(checker, _StoreChecker):
        return checker._store
    try:
        return _stores[checker]
    except (KeyError, TypeError):
        pass
    known = weakref.ref(checker) if _can_be_weak(checker) else (lambda: checker)

    def use(_signer: Optional[bytes], nonce: str, _until: int, max_uses: int) -> bool:
        mine = known()
        if mine is None or max_uses != 1:
            raise RuntimeError("the nonce checker cannot answer")
        together = getattr(mine, "check_and_record", None)
        if callable(together):
            return bool(together(nonce))
        if mine.is_replay(nonce):
            return False
        mine.record(nonce)
        return True

    store = ReplayStore.from_callback(use)
    if _can_be_weak(checker):
        _stores[checker] = store
    return store


def _can_be_weak(value: Any) -> bool:
    try:
        hash(value)
        weakref.ref(value)
    except TypeError:
        return False
    return True


@lru_cache(maxsize=32)
def _made(text: str, store: ReplayStore, bundle: Optional[TrustBundle]) -> Verifier:
    made = Verifier.__new__(Verifier)
    made._make(text, bundle, None, store)
    return made


def _verifier_for(asked: VerifyOptions) -> Verifier:
    bundle = asked.trust_bundle
    members: Dict[str, Any] = {
        "trusted_keys": list(asked.trusted_keys),
        "require_signature": asked.require_signature,
        "require_trusted_signer": asked.require_trusted_signer,
        "max_age_seconds": asked.max_age,
    }
    if asked.expected_target:
        members["targets"] = [asked.expected_target]
    if bundle is not None and not isinstance(bundle, TrustBundle):
        members["trust_bundle"] = bundle
        bundle = None
    return _made(to_json(members), _store_of(asked.nonce_checker), bundle)


__all__ = [
    "FileNonceChecker",
    "InMemoryNonceChecker",
    "NonceChecker",
    "ServerVerifyResult",
    "VerifyOptions",
    "verify_request",
]
