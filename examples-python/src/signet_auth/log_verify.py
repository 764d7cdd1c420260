"""Verifies audit logs: the hash chain, every signature on request, and what was found."""

from __future__ import annotations

import base64
import ctypes
import os
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

from . import _abi
from ._call import array, byref, failure, hash_text, options, utf8
from ._library import lib
from ._value import Value
from .errors import SignetError
from .keys import parsed_key
from .keystore import Home

if TYPE_CHECKING:
    from .sealing import ParamsKey
    from .trust import TrustBundle

_KINDS = {
    getattr(_abi, name): name[len("SIGNET_FINDING_") :].lower()
    for name in dir(_abi)
    if name.startswith("SIGNET_FINDING_")
}

# Verdicts: a verification that ran and found something.
_VERDICTS = range(150, 160)
_SYNC_FAILED = 94


class Finding(Value):
    """One thing that a verification found."""

    __slots__ = ("kind", "index", "file", "line", "expected_hash", "actual_hash", "detail")

    def __init__(
        self,
        kind: str,
        index: int,
        file: str,
        line: int,
        expected_hash: Optional[str],
        actual_hash: Optional[str],
        detail: str,
    ) -> None:
        #: What it is: "link_broken", "hash_mismatch", "torn", "signature_invalid", ...
        self.kind = kind
        #: The number of the record, from 0.
        self.index = index
        #: The file, relative to the audit folder, and the line in it, from 1; 0 for none.
        self.file = file
        self.line = line
        #: The hash that would have been right, and the one that stands there.
        self.expected_hash = expected_hash
        self.actual_hash = actual_hash
        #: It in words.
        self.detail = detail


class LogReport(NamedTuple):
    """The outcome of a verification."""

    #: "SIGNET_OK", or the gravest verdict.
    verdict: str
    #: How many records were looked at, and how many findings there were.
    records: int
    finding_count: int
    #: The number of the first record with a finding that is not merely noted.
    first_bad: Optional[int]
    signatures_valid: int
    signatures_failed: int
    unverifiable: int
    unsigned_records: int
    #: The hash of the last record that was looked at.
    last_hash: str
    #: How many records were removed from the beginning, as a signed record says.
    pruned: int
    #: The key that signed that record, and whether it is one of the control keys: where
    #: none were given, any agent could have signed it.
    pruned_by: Optional[str]
    pruned_by_control_key: bool
    #: How many records the trusted checkpoint covers, and how many the log's own memory
    #: does. Nothing says that records after those are not missing from the end.
    anchored: int
    remembered: int
    #: The first findings, as many as were asked for.
    findings: List[Finding]
    #: The failure that the verdict is; None when all is well.
    error: Optional[SignetError]

    @property
    def ok(self) -> bool:
        """Whether the log can be believed as it is."""
        return self.error is None

    def __bool__(self) -> bool:
        return self.ok

    def require(self) -> None:
        """Raises the verdict unless all is well."""
        if self.error is not None:
            raise self.error


def verify_folder(
    folder: Home,
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
    """Verifies the files of an audit folder ("<home>/audit"): nothing is created,
    locked or repaired. Parameters as in `AuditLog.verify`."""
    path = utf8(os.fspath(folder))
    return run_verification(
        (lib.signet_log_verify_folder, path, len(path)),
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


def verify_options(
    signatures: bool,
    any_signer: bool,
    first: int,
    limit: int,
    threads: int,
    checkpoint: Optional[str],
    verifier_key: Optional[str],
    bundle: Optional[TrustBundle],
    params_keys: Sequence[ParamsKey],
    control_keys: Sequence[str],
) -> Any:
    flags = 0
    if signatures or any_signer or bundle is not None:
        flags |= _abi.SIGNET_LOG_VERIFY_SIGNATURES
    if any_signer:
        flags |= _abi.SIGNET_LOG_VERIFY_ANY_SIGNER
    return options(
        _abi.signet_log_verify_options,
        flags=flags,
        first=first,
        limit=limit,
        threads=threads,
        checkpoint=None if checkpoint is None else utf8(checkpoint),
        vkey=None if verifier_key is None else utf8(verifier_key),
        bundle=None if bundle is None else bundle._handle,
        params_keys=array(_abi.signet_params_key, [key._pointer() for key in params_keys])[0],
        control_keys=array(_abi.signet_public_key, [parsed_key(key) for key in control_keys])[0],
    )


def run_verification(
    call: Tuple[Any, ...],
    trusted: Sequence[str],
    asked: Any,
    on_finding: Optional[Callable[[Finding], Optional[bool]]],
    on_progress: Optional[Callable[[int], Optional[bool]]],
    max_findings: int,
) -> LogReport:
    function, *arguments = call
    handles, count = array(_abi.signet_public_key, [parsed_key(key) for key in trusted])
    findings: List[Finding] = []
    outcome: List[BaseException] = []

    def answer(show: Callable[[], Optional[bool]]) -> int:
        try:
            return int(show() is False)
        except BaseException as error:  # it must not unwind through the library
            outcome.append(error)
            return 1

    def found(pointer: Any, _user_data: int) -> int:
        def show() -> Optional[bool]:
            finding = _finding(pointer.contents)
            if len(findings) < max_findings:
                findings.append(finding)
            return None if on_finding is None else on_finding(finding)

        return answer(show)

    def progressed(records: int, _user_data: int) -> int:
        return answer(lambda: None if on_progress is None else on_progress(records))

    report = _abi.signet_log_report()
    error = _abi.signet_error()
    status = function(
        *arguments,
        handles,
        count,
        byref(asked),
        _abi.signet_finding_callback(found),
        _abi.signet_progress_callback()
        if on_progress is None
        else _abi.signet_progress_callback(progressed),
        None,
        byref(report),
        byref(error),
    )
    if outcome:
        lib.signet_error_free(error)
        raise outcome[0]
    raised = failure(status, error) if status else None
    if raised is not None and not (status in _VERDICTS or status == _SYNC_FAILED):
        raise raised
    return LogReport(
        verdict=_abi.STATUSES.get(status, "SIGNET_ERR_UNKNOWN"),
        records=report.records,
        finding_count=report.findings,
        first_bad=None if report.first_bad == _abi.SIGNET_NO_POSITION else report.first_bad,
        signatures_valid=report.signatures_valid,
        signatures_failed=report.signatures_failed,
        unverifiable=report.unverifiable,
        unsigned_records=report.unsigned_records,
        last_hash=hash_text(bytes(report.last_hash)),
        pruned=report.pruned,
        pruned_by=_key_text(bytes(report.pruned_by)) if report.pruned else None,
        pruned_by_control_key=bool(report.pruned_by_control_key),
        anchored=report.anchored,
        remembered=report.remembered,
        findings=findings,
        error=raised if isinstance(raised, SignetError) else None,
    )


def _key_text(key: bytes) -> str:
    return "ed25519:" + base64.b64encode(key).decode("ascii")


def _finding(finding: Any) -> Finding:
    def text(name: str) -> str:
        address = getattr(finding, name)
        length = getattr(finding, f"{name}_len")
        return ctypes.string_at(address, length).decode("utf-8", "replace") if address else ""

    def digest(address: Optional[int]) -> Optional[str]:
        return hash_text(ctypes.string_at(address, _abi.SIGNET_HASH_LEN)) if address else None

    return Finding(
        _KINDS.get(finding.kind, str(finding.kind)),
        finding.index,
        text("file"),
        finding.line,
        digest(finding.expected_hash),
        digest(finding.actual_hash),
        text("detail"),
    )
