"""Trust bundles: which keys are trusted as roots, agents and servers, and when."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Union

from . import _abi
from ._call import buffer_of, check, json_bytes, make, own, to_json, view, view_text
from ._library import lib
from .errors import SignerUntrustedError
from .keys import parsed_key
from .policy import format_number

_SECTIONS = {
    None: _abi.SIGNET_SECTION_ALL,
    "roots": _abi.SIGNET_SECTION_ROOTS,
    "agents": _abi.SIGNET_SECTION_AGENTS,
    "servers": _abi.SIGNET_SECTION_SERVERS,
}


class TrustBundle:
    """Keys that are trusted, as of any time. Any thread may use it."""

    __slots__ = ("_handle",)

    def __init__(
        self, document: Union[str, bytes, Dict[str, Any]], format: Optional[str] = None
    ) -> None:
        """Reads a bundle: JSON or YAML text, or its members."""
        text = (
            to_json(document).encode("ascii")
            if isinstance(document, dict)
            else json_bytes(document)
        )
        made = make(
            _abi.signet_trust_bundle,
            lib.signet_trust_bundle_parse,
            text,
            len(text),
            format_number(format),
        )
        self._handle = own(made, lib.signet_trust_bundle_free)

    def to_json(self) -> str:
        """The bundle as canonical JSON, whatever it was written in."""
        return view(lib.signet_trust_bundle_json, self._handle).decode("utf-8")

    def _text(self, field: int) -> Optional[str]:
        return view_text(lib.signet_trust_bundle_text, self._handle, field)

    @property
    def id(self) -> str:
        """The bundle's id."""
        return self._text(_abi.SIGNET_TRUST_BUNDLE_ID) or ""

    @property
    def org(self) -> str:
        """Whose bundle it is."""
        return self._text(_abi.SIGNET_TRUST_BUNDLE_ORG) or ""

    @property
    def env(self) -> str:
        """The environment that it is for."""
        return self._text(_abi.SIGNET_TRUST_BUNDLE_ENV) or ""

    @property
    def hash(self) -> str:
        """The hash of `to_json()`."""
        return self._text(_abi.SIGNET_TRUST_BUNDLE_HASH) or ""

    def check(self, section: str, key: str, *, at_unix_ms: Optional[int] = None) -> None:
        """Raises unless a key is trusted in a section ("roots", "agents", "servers")
        at a time, and says why."""
        check(
            lib.signet_trust_bundle_check,
            self._handle,
            _section(section),
            parsed_key(key),
            _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
        )

    def trusts(self, section: str, key: str, *, at_unix_ms: Optional[int] = None) -> bool:
        """Whether a key is trusted in a section at a time."""
        try:
            self.check(section, key, at_unix_ms=at_unix_ms)
        except SignerUntrustedError:
            return False
        return True

    def list(
        self, section: Optional[str] = None, *, at_unix_ms: Optional[int] = None
    ) -> List[Dict[str, Any]]:
        """The keys of a section or of all, each with what it is worth at a time:
        "active", "disabled", "revoked" or "expired"."""
        listed: List[Dict[str, Any]] = json.loads(
            buffer_of(
                lib.signet_trust_bundle_list,
                self._handle,
                _section(section),
                _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
            )
        )
        return listed

    def __repr__(self) -> str:
        return f"<TrustBundle {self.id!r} of {self.org!r}>"


def _section(section: Optional[str]) -> int:
    try:
        return _SECTIONS[section]
    except KeyError:
        raise ValueError("section is 'roots', 'agents' or 'servers'") from None
