"""The audit log of a home folder: append, query, verify, prove.

A log may be used by any number of threads, and by any number of processes that each
open it. After a fork the child opens it again.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import weakref
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Union,
)

from . import _abi
from ._call import (
    buffer_of,
    byref,
    check,
    failure,
    hash_text,
    json_bytes,
    make,
    options,
    own,
    to_json,
    utf8,
    view,
)
from ._library import lib
from ._value import Value
from .errors import LogClosedError, SignetError
from .keys import KeyPair
from .keystore import Home
from .log_verify import Finding, LogReport, run_verification, verify_options
from .receipts import Document, Evidence, document

if TYPE_CHECKING:
    from .sealing import ParamsKey
    from .trust import TrustBundle

_DURABILITY = {
    "sync": _abi.SIGNET_LOG_SYNC,
    "interval": _abi.SIGNET_LOG_INTERVAL,
    "none": _abi.SIGNET_LOG_NONE,
}


class RecordedReceipt(Document):
    """The receipt, or other entry, of a record: a dict whose members can be read as
    attributes too."""

    __slots__ = ()

    def to_json(self) -> str:
        """The members as JSON text. `AuditRecord.receipt_json` is what was recorded."""
        return to_json(self)


class AppendedRecord(Value):
    """The answer to an append."""

    __slots__ = ("index", "record_hash", "durable")

    def __init__(self, index: int, record_hash: str, durable: bool) -> None:
        #: The number of the record in the log, from 0.
        self.index = index
        #: The hash that seals the record and everything before it.
        self.record_hash = record_hash
        #: Whether the record is on the disk already.
        self.durable = durable


class AuditRecord:
    """A record of the log: a receipt, and its place in the hash chain."""

    __slots__ = ("index", "file", "line", "receipt_json", "_read")

    def __init__(self, index: int, file: str, line: str, receipt_json: str) -> None:
        #: The number of the record in the log, from 0.
        self.index = index
        #: The file, relative to the audit folder.
        self.file = file
        #: The line as it stands in the log.
        self.line = line
        #: The receipt in canonical JSON.
        self.receipt_json = receipt_json
        self._read: Optional[Document] = None

    @property
    def _members(self) -> Document:
        if self._read is None:
            self._read = document(self.line)
        return self._read

    @property
    def receipt(self) -> RecordedReceipt:
        """The receipt: `record.receipt.ts` and `record.receipt["ts"]` are the same."""
        found = self._members["receipt"]
        if not isinstance(found, RecordedReceipt):
            found = self._members["receipt"] = RecordedReceipt(found)
        return found

    def showing(self, receipt_json: str) -> AuditRecord:
        """This record, with a receipt in place of the recorded one."""
        shown = AuditRecord(self.index, self.file, self.line, receipt_json)
        shown._read = Document(self._members, receipt=RecordedReceipt(document(receipt_json)))
        return shown

    @property
    def prev_hash(self) -> str:
        """The hash of the record before it."""
        return str(self._members["prev_hash"])

    @property
    def record_hash(self) -> str:
        """The hash that seals it and everything before it."""
        return str(self._members["record_hash"])

    def __repr__(self) -> str:
        return f"<AuditRecord {self.index} in {self.file}>"


def _record(handle: _abi.signet_log_record) -> AuditRecord:
    return AuditRecord(
        lib.signet_log_record_index(handle),
        view(lib.signet_log_record_file, handle).decode("utf-8"),
        view(lib.signet_log_record_line, handle).decode("utf-8"),
        view(lib.signet_log_record_receipt, handle).decode("utf-8"),
    )


#: What can be appended: a receipt, a dict, or JSON text.
Appendable = Union[Evidence, Dict[str, Any], str, bytes]


def record_text(record: Appendable) -> bytes:
    """The JSON text of what is appended."""
    if isinstance(record, Evidence):
        return record._json
    if isinstance(record, dict):
        return to_json(record).encode("ascii")
    return json_bytes(record)


def query_text(**asked: Any) -> bytes:
    """The JSON text of a query: what is asked for."""
    members = {name: value for name, value in asked.items() if value is not None}
    return to_json(members).encode("ascii")


class AuditLog:
    """The audit log of a home folder, open for appending and reading."""

    __slots__ = ("_handle", "home", "__weakref__")

    def __init__(
        self,
        home: Home,
        *,
        control_key: Optional[KeyPair] = None,
        log_key: Optional[KeyPair] = None,
        durability: str = "sync",
        interval_ms: int = 0,
        repair: bool = True,
        max_record_len: int = 0,
        lock_timeout_ms: int = 0,
        origin: Optional[str] = None,
    ) -> None:
        """Opens the log; folders are made when absent.

        `control_key` signs the log's own records about torn ends and damage; `log_key`
        signs checkpoints and is no agent's key. `durability` is "sync" (on the disk
        before `append` answers), "interval" (with the first append after
        `interval_ms`) or "none". Without `repair`, a torn end is an error.
        """
        self.home = os.fspath(home)
        path = utf8(self.home)
        try:
            kind = _DURABILITY[durability]
        except KeyError:
            raise ValueError(f"durability is one of {', '.join(_DURABILITY)}") from None
        knobs = options(
            _abi.signet_log_options,
            flags=0 if repair else _abi.SIGNET_LOG_NO_REPAIR,
            durability=kind,
            interval_ms=interval_ms,
            max_record_len=max_record_len,
            lock_timeout_ms=lock_timeout_ms,
            origin=None if origin is None else utf8(origin),
        )
        made = make(
            _abi.signet_log,
            lib.signet_log_open,
            path,
            len(path),
            None if control_key is None else control_key._pointer(),
            None if log_key is None else log_key._pointer(),
            byref(knobs),
        )
        self._handle: Optional[_abi.signet_log] = own(made, lib.signet_log_free)
        _open_logs.add(self)

    def _pointer(self) -> _abi.signet_log:
        handle = self._handle
        if handle is None:
            raise LogClosedError("the log is closed")
        return handle

    def append(self, record: Appendable) -> AppendedRecord:
        """Appends a receipt. When it answers, the record is as durable as the log was
        opened for. After `SyncFailedError` it may be in the log or not; after every
        other error it is not."""
        text = record_text(record)
        entry = _abi.signet_log_entry()
        check(lib.signet_log_append, self._pointer(), text, len(text), byref(entry))
        return _appended(entry)

    def append_many(self, records: Iterable[Appendable]) -> List[AppendedRecord]:
        """Appends records next to each other with one write and one sync: all of
        them or, on an error, none."""
        texts = [record_text(record) for record in records]
        count = len(texts)
        entries = (_abi.signet_log_entry * count)()
        check(
            lib.signet_log_append_many,
            self._pointer(),
            (ctypes.c_char_p * count)(*texts),
            (ctypes.c_size_t * count)(*map(len, texts)),
            count,
            entries,
        )
        return [_appended(entry) for entry in entries]

    def sync(self) -> int:
        """Makes everything durable; answers how many records are on the disk."""
        durable = ctypes.c_uint64()
        check(lib.signet_log_sync, self._pointer(), byref(durable))
        return durable.value

    def refresh(self) -> int:
        """Takes notice of what other processes have appended; answers how many
        records there are."""
        count = ctypes.c_uint64()
        check(lib.signet_log_refresh, self._pointer(), byref(count))
        return count.value

    def __len__(self) -> int:
        return int(lib.signet_log_len(self._pointer()))

    def __getitem__(self, index: int) -> AuditRecord:
        """Reads one record by its number."""
        if index < 0:
            index += len(self)
        if index < 0:
            raise IndexError("the log has no such record")
        handle = make(_abi.signet_log_record, lib.signet_log_read, self._pointer(), index)
        try:
            return _record(handle)
        finally:
            lib.signet_log_record_free(handle)

    def __iter__(self) -> Iterator[AuditRecord]:
        """The records, oldest first, a few at a time."""
        return self.records()

    def records(self, first: int = 0, *, batch: int = 256) -> Iterator[AuditRecord]:
        """The records from one on, oldest first, read a batch at a time."""
        while True:
            found: List[AuditRecord] = []

            def keep(record: AuditRecord) -> bool:
                found.append(record)
                return len(found) < batch

            self.visit(keep, first)
            yield from found
            if len(found) < batch:
                return
            first = found[-1].index + 1

    def visit(self, show: Callable[[AuditRecord], Optional[bool]], first: int = 0) -> None:
        """Shows records to a function, oldest first, until it answers False."""
        self._show(show, lib.signet_log_visit, self._pointer(), first)

    def query(
        self,
        *,
        since: Optional[str] = None,
        until: Optional[str] = None,
        tool: Optional[str] = None,
        signer: Optional[str] = None,
        target: Optional[str] = None,
        session: Optional[str] = None,
        trace: Optional[str] = None,
        decision: Optional[str] = None,
        limit: Optional[int] = None,
        newest_first: bool = False,
    ) -> List[AuditRecord]:
        """The records that match: times are RFC 3339, `tool` is a part of the name,
        `limit` keeps the newest. Oldest first unless `newest_first`."""
        encoded = query_text(
            since=since,
            until=until,
            tool=tool,
            signer=signer,
            target=target,
            session=session,
            trace=trace,
            decision=decision,
            limit=limit,
            newest_first=newest_first or None,
        )
        found: List[AuditRecord] = []
        self._show(found.append, lib.signet_log_query, self._pointer(), encoded, len(encoded))
        return found

    def _show(
        self, show: Callable[[AuditRecord], Optional[bool]], function: Any, *arguments: Any
    ) -> None:
        outcome: List[BaseException] = []
        stopped = False

        def called(handle: int, _user_data: int) -> int:
            nonlocal stopped
            try:
                stopped = show(_record(_abi.signet_log_record(handle))) is False
            except BaseException as error:  # it must not unwind through the library
                outcome.append(error)
                return 1
            return int(stopped)

        error = _abi.signet_error()
        status = function(*arguments, _abi.signet_log_callback(called), None, byref(error))
        _finish(status, error, outcome, stopped)

    def recovery(self) -> Dict[str, Any]:
        """What opening the log came upon: "verdict", "incidents", "rescanned", ..."""
        return dict(document(buffer_of(lib.signet_log_recovery, self._pointer())))

    def verify(
        self,
        trusted: Sequence[str] = (),
        *,
        signatures: bool = False,
        any_signer: bool = False,
        first: int = 0,
        limit: int = 0,
        threads: int = 0,
        checkpoint: Optional[str] = None,
        verifier_key: Optional[str] = None,
        bundle: Optional[TrustBundle] = None,
        params_keys: Sequence[ParamsKey] = (),
        control_keys: Sequence[str] = (),
        on_finding: Optional[Callable[[Finding], Optional[bool]]] = None,
        on_progress: Optional[Callable[[int], Optional[bool]]] = None,
        max_findings: int = 1000,
    ) -> LogReport:
        """Verifies the chain, and with `signatures` every signature, under the trusted
        keys or, with `any_signer`, under the key that each receipt names.

        A trust bundle counts instead of trusted keys, each key as of the time of the
        record. Params keys open encrypted params. Control keys are those that may speak
        for the log: only what they sign explains that records are missing from the
        beginning; without them any trusted key can state a removal, and the report says
        which one did. A checkpoint with its verifier key is one that is trusted already:
        the log must continue it. `on_progress` is told how many records have been looked
        at; a function that answers False stops the verification.
        """
        return run_verification(
            (lib.signet_log_verify, self._pointer()),
            trusted,
            verify_options(
                signatures,
                any_signer,
                first,
                limit,
                threads,
                checkpoint,
                verifier_key,
                bundle,
                params_keys,
                control_keys,
            ),
            on_finding,
            on_progress,
            max_findings,
        )

    def checkpoint(self) -> str:
        """Signs the tree over all records as a checkpoint, with the log key."""
        return buffer_of(lib.signet_log_checkpoint, self._pointer()).decode("utf-8")

    @property
    def verifier_key(self) -> str:
        """What a verifier of checkpoints and proofs has to know and trust."""
        return buffer_of(lib.signet_log_verifier_key, self._pointer()).decode("utf-8")

    def prove(self, index: int) -> str:
        """The proof that a record stands in the log: one file that verifies offline."""
        return buffer_of(lib.signet_log_prove, self._pointer(), index).decode("utf-8")

    def prove_consistency(self, old_size: int) -> str:
        """The proof that the log as it was with `old_size` records is its beginning."""
        return buffer_of(lib.signet_log_prove_consistency, self._pointer(), old_size).decode(
            "utf-8"
        )

    def close(self) -> None:
        """Makes durable what was appended, and closes the log."""
        handle = self._handle
        if handle is None:
            return
        self._handle = None
        check(lib.signet_log_close, handle)

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"AuditLog({self.home!r}{', closed' if self._handle is None else ''})"


_open_logs: weakref.WeakSet[AuditLog] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    # Closing, unlike releasing, is safe while threads still use a log. A child of a
    # fork has logs of its parent here, which are not its to close.
    for log in list(_open_logs):
        try:
            log.close()
        except SignetError:
            pass


def _appended(entry: Any) -> AppendedRecord:
    return AppendedRecord(entry.index, hash_text(bytes(entry.record_hash)), bool(entry.durable))


def _finish(
    status: int, error: _abi.signet_error, outcome: List[BaseException], stopped: bool = False
) -> None:
    if outcome:
        lib.signet_error_free(error)
        raise outcome[0]
    if stopped:
        lib.signet_error_free(error)
    elif status:
        raise failure(status, error)


def plan_repair(folder: Home) -> Dict[str, Any]:
    """Tells what opening the log of an audit folder would change, without changing
    anything: "verdict", "segment", "offset", "set_aside", "complete_line"."""
    path = utf8(os.fspath(folder))
    return dict(document(buffer_of(lib.signet_log_plan_repair, path, len(path))))
