"""Evidence bundles: records, signed by who exports them, to hand to somebody else."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, NamedTuple, Optional, Sequence

from . import _abi
from ._call import array, buffer_of, byref, failure, options, take, utf8
from ._library import lib
from .errors import BundleTamperedError, BundleUnverifiableError, SignetError
from .keys import Secret, keypair_of, parsed_key
from .keystore import Home
from .log import AuditLog, query_text
from .sealing import ParamsKey
from .trust import TrustBundle


class BundleReport(NamedTuple):
    """What a bundle is worth."""

    #: "OK", "UNVERIFIABLE" or "TAMPERED".
    verdict: str
    #: Everything that was found, as the library tells it.
    details: Dict[str, Any]
    #: The failure that the verdict is; None when all is well.
    error: Optional[SignetError]

    @property
    def ok(self) -> bool:
        """Whether the bundle can be believed."""
        return self.error is None

    def __bool__(self) -> bool:
        return self.ok


def write_bundle(
    log: AuditLog,
    folder: Home,
    exporter: Secret,
    name: str,
    *,
    host: Optional[str] = None,
    bundle: Optional[TrustBundle] = None,
    **query: Any,
) -> Dict[str, Any]:
    """Writes the records that match into a new folder, signed by the exporter; `query`
    is as for `AuditLog.query`. Answers the manifest."""
    asked, path, named = query_text(**query), utf8(os.fspath(folder)), utf8(name)
    knobs = options(
        _abi.signet_bundle_options,
        host=None if host is None else utf8(host),
        bundle=None if bundle is None else bundle._handle,
    )
    manifest: Dict[str, Any] = json.loads(
        buffer_of(
            lib.signet_log_write_bundle,
            log._pointer(),
            asked,
            len(asked),
            path,
            len(path),
            keypair_of(exporter),
            named,
            len(named),
            byref(knobs),
        )
    )
    return manifest


def verify_bundle(
    folder: Home,
    trusted_exporters: Sequence[str] = (),
    *,
    bundle: Optional[TrustBundle] = None,
    params_keys: Sequence[ParamsKey] = (),
) -> BundleReport:
    """Verifies a bundle: that it is what its exporter signed, and that each record is
    what its agent signed. Nothing is written."""
    path = utf8(os.fspath(folder))
    exporters, count = array(_abi.signet_public_key, [parsed_key(key) for key in trusted_exporters])
    opened, _ = array(_abi.signet_params_key, [key._pointer() for key in params_keys])
    knobs = options(
        _abi.signet_bundle_verify_options,
        bundle=None if bundle is None else bundle._handle,
        params_keys=opened,
    )
    report, error = _abi.signet_buffer(), _abi.signet_error()
    status = lib.signet_bundle_verify(
        path, len(path), exporters, count, byref(knobs), byref(report), byref(error)
    )
    details: Dict[str, Any] = json.loads(take(report)) if report.value else {}
    raised = failure(status, error) if status else None
    if raised is not None and not isinstance(
        raised, (BundleTamperedError, BundleUnverifiableError)
    ):
        raise raised
    return BundleReport(details["verdict"], details, raised)
