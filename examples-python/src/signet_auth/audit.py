"""The audit functions of the published package, on `AuditLog`.

Each opens the log of a home folder and closes it again. A program that appends often
keeps an `AuditLog`, or a `SigningAgent`, which keeps one.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Union

from .errors import InvalidArgumentError
from .keys import Secret
from .keystore import Home, Keystore
from .log import Appendable, AuditLog, AuditRecord
from .log_verify import Finding, LogReport, verify_folder
from .sealing import ParamsKey

#: From when on: "24h", "7d", an RFC 3339 date-time, or an aware datetime.
Since = Union[str, datetime]

# What a finding says about the signature of its record. Of the chain speaks
# audit_verify_chain(); whatever else there may be has not been judged.
_FAILED = ("signature_invalid", "signer_untrusted", "delegation_invalid", "unparsable", "ambiguous")
_CHAIN = (
    "link_broken",
    "forked",
    "hash_mismatch",
    "torn",
    "truncated",
    "replaced",
    "unauthenticated",
    "incident",
    "pruned",
    "beginning_missing",
    "stale",
)


class ChainBreak(NamedTuple):
    """Where the hash chain breaks first."""

    file: str
    line: int
    expected_hash: str
    actual_hash: str


class ChainStatus(NamedTuple):
    """Whether the hash chain holds."""

    total_records: int
    valid: bool
    break_point: Optional[ChainBreak]
    #: The name of the verdict: a torn end is not tampering.
    verdict: str
    findings: List[Finding]


class VerifyFailure(NamedTuple):
    """A record whose signature is wrong or by an untrusted key."""

    file: Optional[str]
    line: Optional[int]
    receipt_id: str
    reason: str


class VerifyWarning(NamedTuple):
    """A record whose signature cannot be judged."""

    file: Optional[str]
    line: Optional[int]
    receipt_id: str
    reason: str


class VerifyResult(NamedTuple):
    """The signatures of the records that were looked at."""

    total: int
    valid: int
    warnings: List[VerifyWarning]
    failures: List[VerifyFailure]


def audit_folder(dir: Home) -> str:
    """The audit folder of a home folder."""
    return os.path.join(os.fspath(dir), "audit")


def since_text(since: Optional[Since]) -> Optional[str]:
    """A point in time as RFC 3339."""
    if since is None:
        return None
    if isinstance(since, str):
        ago = re.fullmatch(r"\s*(-?[0-9]{1,9})([hd])\s*", since)
        if not ago:
            # A date-time, or nothing: the library says which.
            return since
        count = int(ago.group(1))
        try:
            since = datetime.now(timezone.utc) - (
                timedelta(hours=count) if ago.group(2) == "h" else timedelta(days=count)
            )
        except OverflowError:
            raise InvalidArgumentError(f"since: {count} is out of the calendar") from None
    if not isinstance(since, datetime):
        raise TypeError(f"since is str or datetime, not {type(since).__name__}")
    if since.tzinfo is None:
        raise ValueError("since: a datetime needs a time zone")
    return since.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def appended(log: AuditLog, receipt: Appendable) -> AuditRecord:
    """Appends, and reads the record back."""
    return log[log.append(receipt).index]


def audit_append(dir: Home, receipt: Appendable) -> AuditRecord:
    """Appends a receipt to the log. When it answers, the record is on the disk."""
    with AuditLog(dir) as log:
        return appended(log, receipt)


def audit_query(
    dir: Home,
    *,
    since: Optional[Since] = None,
    tool: Optional[str] = None,
    signer: Optional[str] = None,
    limit: Optional[int] = None,
    decrypt_params: bool = False,
    passphrase: Optional[str] = None,
) -> List[AuditRecord]:
    """The records that match, oldest first: `tool` is a part of the name, `signer` the
    whole of it, `limit` keeps the newest. With `decrypt_params`, encrypted params are
    shown in clear where an identity of the folder opens them."""
    from_when = since_text(since)
    if not os.path.isdir(audit_folder(dir)):
        return []
    with AuditLog(dir) as log:
        records = log.query(since=from_when, tool=tool, signer=signer, limit=limit)
    return opened(records, _local_keys(dir, passphrase)) if decrypt_params else records


def chain_status(report: LogReport) -> ChainStatus:
    """A report in the shape of the published package."""
    broken = None
    if not report.ok and report.findings:
        first = next(
            (one for one in report.findings if one.index == report.first_bad), report.findings[0]
        )
        broken = ChainBreak(
            first.file, first.line, first.expected_hash or "", first.actual_hash or ""
        )
    return ChainStatus(report.records, report.ok, broken, report.verdict, report.findings)


def audit_verify_chain(dir: Home) -> ChainStatus:
    """Verifies the hash chain of the whole log. Nothing is changed or locked."""
    if not os.path.isdir(audit_folder(dir)):
        return ChainStatus(0, True, None, "SIGNET_OK", [])
    return chain_status(verify_folder(audit_folder(dir)))


def audit_verify_signatures(
    dir: Home,
    *,
    since: Optional[Since] = None,
    tool: Optional[str] = None,
    signer: Optional[str] = None,
    limit: Optional[int] = None,
    trusted_agent_keys: Optional[Sequence[str]] = None,
    trusted_server_keys: Optional[Sequence[str]] = None,
    params_keys: Sequence[ParamsKey] = (),
) -> VerifyResult:
    """Verifies the signatures of the records that match. Without trusted keys each is
    held to the key that it names itself, which proves integrity, not who signed."""
    from_when = since_text(since)
    if not os.path.isdir(audit_folder(dir)):
        return VerifyResult(0, 0, [], [])
    trusted = [*(trusted_agent_keys or ()), *(trusted_server_keys or ())]
    anyone = trusted_agent_keys is None and trusted_server_keys is None
    with AuditLog(dir) as log:
        wanted = {
            record.index: record
            for record in log.query(since=from_when, tool=tool, signer=signer, limit=limit)
        }
        if not wanted:
            return VerifyResult(0, 0, [], [])
        first = min(wanted)
        failures: List[VerifyFailure] = []
        warnings: List[VerifyWarning] = []
        bad = set()

        def found(finding: Finding) -> None:
            record = wanted.get(finding.index)
            if record is None or finding.index in bad:
                return
            name = str(record.receipt.get("id", ""))
            where = (finding.file, finding.line, name, finding.detail or finding.kind)
            if finding.kind in _CHAIN:
                return
            if finding.kind in _FAILED:
                failures.append(VerifyFailure(*where))
            else:
                warnings.append(VerifyWarning(*where))
            bad.add(finding.index)

        log.verify(
            trusted,
            signatures=True,
            any_signer=anyone,
            params_keys=params_keys,
            first=first,
            limit=max(wanted) - first + 1,
            on_finding=found,
            max_findings=0,
        )
    # A denied call has no signature by its nature: neither valid nor a failure.
    unsigned = sum(1 for record in wanted.values() if "sig" not in record.receipt)
    return VerifyResult(len(wanted), len(wanted) - len(bad) - unsigned, warnings, failures)


def audit_append_encrypted(dir: Home, receipt: Appendable, secret_key: Secret) -> AuditRecord:
    """Appends a receipt whose params only its signer can read."""
    with ParamsKey(secret_key) as key:
        return audit_append(dir, key.seal(receipt))


def opened(
    records: List[AuditRecord], key_of: Callable[[str], Optional[ParamsKey]]
) -> List[AuditRecord]:
    """The records with the params in clear that a key opens. Their hashes stay those of
    what was recorded."""
    return [_opened(record, key_of) for record in records]


def _opened(record: AuditRecord, key_of: Callable[[str], Optional[ParamsKey]]) -> AuditRecord:
    action = record.receipt.get("action")
    sealed = action.get("params_encrypted") if isinstance(action, dict) else None
    key = key_of(str(sealed.get("kid"))) if isinstance(sealed, dict) else None
    if key is None:
        return record
    return record.showing(key.open(record.receipt_json))


def _local_keys(dir: Home, passphrase: Optional[str]) -> Callable[[str], Optional[ParamsKey]]:
    """Finds the params keys of the identities of a home folder, each once."""
    found: Dict[str, Optional[ParamsKey]] = {}
    store = Keystore(dir)

    def key_of(kid: str) -> Optional[ParamsKey]:
        if kid not in found:
            names = [one["name"] for one in store.list() if one.get("public_key") == kid]
            found[kid] = ParamsKey(store.load(names[0], passphrase)) if names else None
        return found[kid]

    return key_of
