"""The execution boundary: whether a call may be made, and whether a receipt can be
relied on. And replay stores, which remember what was used."""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import threading
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Union

from . import _abi
from ._call import (
    byref,
    check,
    failure,
    json_bytes,
    make,
    options,
    own,
    raised,
    to_json,
    utf8,
    view,
)
from ._library import lib
from .errors import ReplayedError, SignetError
from .keys import parsed_key
from .keystore import Home
from .log import record_text
from .policy import Policy
from .receipts import Evidence, evidence_of
from .signing import AnyReceipt
from .trust import TrustBundle

#: Uses a nonce up in a store of one's own: (signer's key or None, nonce, until when it
#: has to be remembered in ms since 1970, how often it may be used). True when it was
#: not used up before.
UseNonce = Callable[[Optional[bytes], str, int, int], bool]

_callbacks: Dict[int, UseNonce] = {}
_tokens = itertools.count(1)
_lock = threading.Lock()


def _use(
    signer: Optional[int], nonce: int, length: int, keep_until: int, max_uses: int, token: int
) -> int:
    raised.__dict__.clear()
    try:
        key = ctypes.string_at(signer, _abi.SIGNET_PUBLIC_KEY_LEN) if signer else None
        text = ctypes.string_at(nonce, length).decode("utf-8")
        fresh = _callbacks[token](key, text, keep_until, max_uses)
        return _abi.SIGNET_NONCE_FRESH if fresh else _abi.SIGNET_NONCE_REPLAYED
    except BaseException as error:  # it must not unwind through the library
        raised.exception = error
        return -1


def _forget(token: int) -> None:
    _callbacks.pop(token, None)


# For good: the library may call them as long as it is loaded.
_use_callback = _abi.signet_nonce_callback(_use)
_forget_callback = _abi.signet_free_callback(_forget)


class ReplayStore:
    """A memory of used nonces. It never forgets what could still be presented: when it
    has no room it refuses. Any thread may use it, and several verifiers."""

    __slots__ = ("_handle", "__weakref__")

    def __init__(self, capacity: int = 0) -> None:
        """A store in memory: for this process, until it ends. 0: room for 262144."""
        self._take(make(_abi.signet_replay_store, lib.signet_replay_store_new, capacity))

    def _take(self, handle: _abi.signet_replay_store) -> None:
        self._handle: _abi.signet_replay_store = own(handle, lib.signet_replay_store_free)

    @classmethod
    def open(
        cls,
        path: Home,
        *,
        capacity: int = 0,
        lifetime_seconds: int = 0,
        sync: bool = True,
        share_at_once: bool = False,
    ) -> ReplayStore:
        """A store in a file, for all processes that use it and across restarts. What
        published programs have written there is read; they see ours after `export()`,
        or with `share_at_once` before every answer. What cannot be read or written is
        a refusal, never an empty store."""
        name = utf8(os.fspath(path))
        knobs = options(
            _abi.signet_replay_store_options,
            flags=(0 if sync else _abi.SIGNET_REPLAY_NO_SYNC)
            | (_abi.SIGNET_REPLAY_SHARE_AT_ONCE if share_at_once else 0),
            capacity=capacity,
            lifetime_seconds=lifetime_seconds,
            form=_abi.SIGNET_NONCES_RUST_PYTHON,
        )
        self = cls.__new__(cls)
        self._take(
            make(
                _abi.signet_replay_store,
                lib.signet_replay_store_open,
                name,
                len(name),
                byref(knobs),
            )
        )
        return self

    @classmethod
    def from_callback(cls, use_nonce: UseNonce) -> ReplayStore:
        """A store of one's own, such as a database. The function uses a nonce up in one
        step: of two calls for one nonce, wherever they come from, one gets True."""
        with _lock:
            token = next(_tokens)
        _callbacks[token] = use_nonce
        self = cls.__new__(cls)
        # If this fails the library calls _forget too.
        self._take(
            make(
                _abi.signet_replay_store,
                lib.signet_replay_store_from_callback,
                _use_callback,
                token,
                _forget_callback,
            )
        )
        return self

    def use_once(
        self,
        nonce: str,
        *,
        signer: Optional[str] = None,
        lifetime_ms: int,
        at_unix_ms: Optional[int] = None,
    ) -> bool:
        """Uses a nonce: True for the first call, False for every other. After
        `lifetime_ms` it may be forgotten."""
        text = utf8(nonce)
        try:
            check(
                lib.signet_replay_store_use_once,
                self._handle,
                None if signer is None else parsed_key(signer),
                text,
                len(text),
                lifetime_ms,
                _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
            )
        except ReplayedError:
            return False
        return True

    def __len__(self) -> int:
        return int(lib.signet_replay_store_len(self._handle))

    def __bool__(self) -> bool:
        return True

    def export(self) -> None:
        """Writes the nonce file, for published programs to read."""
        check(lib.signet_replay_store_export, self._handle, _abi.SIGNET_NOW)


class Report(NamedTuple):
    """What a verifier found."""

    #: "SIGNET_OK", or the status of the first axis that failed.
    status: str
    #: What failed first, in a line; empty when nothing did.
    message: str
    #: The whole report: "checks", one an axis, "signer", "trusted", "remarks", ...
    details: Dict[str, Any]
    #: The receipt, once its form is right and its signatures hold.
    receipt: Optional[Evidence]
    #: The failure; None when everything that was checked holds.
    error: Optional[SignetError]

    @property
    def ok(self) -> bool:
        """Whether everything that was checked holds: only then make the call."""
        return self.error is None

    @property
    def trusted(self) -> bool:
        """Whether everybody who signed is trusted, and everything else holds."""
        return bool(self.details["trusted"])

    def axis(self, name: str) -> Dict[str, Any]:
        """What became of an axis, "signature" for example: {"status", "code", ...}."""
        found: Dict[str, Any] = next(one for one in self.details["checks"] if one["axis"] == name)
        return found

    def require(self) -> None:
        """Raises the failure unless everything holds."""
        if self.error is not None:
            raise self.error

    def __bool__(self) -> bool:
        return self.ok


class Verifier:
    """Stands in front of tools. It remembers what was used, so that a receipt passes
    once. Any thread may use it."""

    __slots__ = ("_handle",)

    def __init__(
        self,
        *,
        bundle: Optional[TrustBundle] = None,
        policy: Optional[Policy] = None,
        replay_store: Optional[ReplayStore] = None,
        **members: Any,
    ) -> None:
        """`members` are the options: trusted_keys, trusted_servers, trusted_roots,
        max_age_seconds (300), clock_skew_seconds (30), targets, session,
        require_signature (True), require_trusted_signer (True), allow_hash_only
        (False), replay ("memory", "off", {"store": "file", "path": ...}) and the others
        that signet_verifier_new() lists. One that is not known is an error."""
        self._make(to_json(members), bundle, policy, replay_store)

    def _make(
        self,
        text: str,
        bundle: Optional[TrustBundle],
        policy: Optional[Policy],
        replay_store: Optional[ReplayStore],
    ) -> None:
        encoded = text.encode("ascii")
        knobs = options(
            _abi.signet_verifier_options,
            bundle=None if bundle is None else bundle._handle,
            policy=None if policy is None else policy._handle,
            replay_store=None if replay_store is None else replay_store._handle,
        )
        made = make(
            _abi.signet_verifier, lib.signet_verifier_new, encoded, len(encoded), byref(knobs)
        )
        self._handle: _abi.signet_verifier = own(made, lib.signet_verifier_free)

    def check_call(
        self,
        tool: str,
        arguments: Union[str, bytes, None] = None,
        receipt: Optional[AnyReceipt] = None,
        *,
        target: Optional[str] = None,
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        at_unix_ms: Optional[int] = None,
    ) -> Report:
        """Judges a call that is about to be made: `arguments` as the JSON text that
        arrived, `receipt` as what came with it. If it is ok, the nonce is used up."""
        name = utf8(tool)
        said = None if arguments is None else json_bytes(arguments)
        shown = None if receipt is None else record_text(receipt)
        return _judged(
            lib.signet_verifier_check_call,
            self._handle,
            name,
            len(name),
            said,
            len(said or b""),
            shown,
            len(shown or b""),
            _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
            byref(_held_to(target, session, call_id, None, None)),
        )

    def check_receipt(
        self,
        receipt: AnyReceipt,
        *,
        target: Optional[str] = None,
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        arguments: Union[str, bytes, None] = None,
        response: Union[str, bytes, None] = None,
        at_unix_ms: Optional[int] = None,
    ) -> Report:
        """Judges a receipt that was just received, of any version and without a call,
        such as a server's co-signature: with freshness and replay."""
        shown = record_text(receipt)
        return _judged(
            lib.signet_verifier_check_receipt,
            self._handle,
            shown,
            len(shown),
            _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
            byref(_held_to(target, session, call_id, arguments, response)),
        )

    def check_evidence(
        self,
        receipt: AnyReceipt,
        at_unix_ms: int,
        *,
        target: Optional[str] = None,
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        arguments: Union[str, bytes, None] = None,
        response: Union[str, bytes, None] = None,
    ) -> Report:
        """Judges a receipt as evidence of the past, as of a time at which it is known
        to have existed. Nothing is recorded."""
        shown = record_text(receipt)
        return _judged(
            lib.signet_verifier_check_evidence,
            self._handle,
            shown,
            len(shown),
            at_unix_ms,
            byref(_held_to(target, session, call_id, arguments, response)),
        )


def _held_to(
    target: Optional[str],
    session: Optional[str],
    call_id: Optional[str],
    arguments: Union[str, bytes, None],
    response: Union[str, bytes, None],
) -> Any:
    return options(
        _abi.signet_check_options,
        target=None if target is None else utf8(target),
        session=None if session is None else utf8(session),
        call_id=None if call_id is None else utf8(call_id),
        arguments=None if arguments is None else json_bytes(arguments),
        response=None if response is None else json_bytes(response),
    )


def _judged(function: Any, *arguments: Any) -> Report:
    report, error = _abi.signet_report(), _abi.signet_error()
    status = function(*arguments, byref(report), byref(error))
    return read_report(status, report, error)


def read_report(status: int, report: _abi.signet_report, error: _abi.signet_error) -> Report:
    """Reads a report, which is released; raises where there is none."""
    found = failure(status, error) if status else None
    if not report.value:
        assert found is not None
        raise found
    try:
        details: Dict[str, Any] = json.loads(view(lib.signet_report_json, report))
        handle = make(_abi.signet_receipt, lib.signet_report_receipt, report)
        receipt = evidence_of(handle) if handle.value else None
    finally:
        lib.signet_report_free(report)
    if found is not None and found.__cause__ is not None:
        # The caller's own store failed: that is what the caller should see.
        raise found.__cause__
    if found is not None and not isinstance(found, SignetError):
        raise found
    return Report(
        _abi.STATUSES.get(status, "SIGNET_ERR_UNKNOWN"),
        "" if found is None else str(found),
        details,
        receipt,
        found,
    )


__all__: List[str] = ["ReplayStore", "Report", "UseNonce", "Verifier"]
