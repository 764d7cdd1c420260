"""Receipts as values: the canonical JSON text, and its members by name.

A receipt holds no handle. It can be kept, compared, hashed, pickled and sent to
other processes; calls that judge it hand its text to the library.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Dict, Iterator, NamedTuple, Optional, Tuple, Type, TypeVar, Union

from . import _abi
from ._call import byref, json_bytes, make, options, view
from ._library import lib
from .action import Action
from .errors import ReceiptVersionError


class Document(Dict[str, Any]):
    """A JSON object whose members can be read as attributes too, where no method of
    dict has the name: `receipt.action.tool` is `receipt["action"]["tool"]`."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no member {name!r}") from None


def document(text: Union[str, bytes]) -> Any:
    """JSON text as Python values, objects as documents."""
    return json.loads(text, object_hook=Document)


class Signer(NamedTuple):
    """Who signed, as a receipt says."""

    pubkey: str
    name: str
    owner: str


class Response(NamedTuple):
    """What was answered, as a receipt says."""

    content_hash: str
    outcome: Optional[Dict[str, Any]] = None


class ServerInfo(NamedTuple):
    """Who answered, as a receipt says."""

    pubkey: str
    name: str


Any_ = TypeVar("Any_", bound="Evidence")


class Evidence:
    """A signed text. Having one says that its shape is right; only verification says
    that its signature is."""

    __slots__ = ("_json", "_read", "_forensic")

    #: The versions that a class reads.
    VERSIONS: ClassVar[Tuple[int, ...]] = ()

    _json: bytes
    _read: Optional[Document]
    _forensic: bool

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} comes from signing or from_json()")

    @classmethod
    def _take(cls: Type[Any_], handle: _abi.signet_receipt) -> Any_:
        """Reads a handle, which is released."""
        try:
            return cls._of(view(lib.signet_receipt_json, handle))
        finally:
            lib.signet_receipt_free(handle)

    @classmethod
    def _of(cls: Type[Any_], text: bytes, forensic: bool = False) -> Any_:
        self = cls.__new__(cls)
        self._json = text
        self._read = None
        self._forensic = forensic
        return self

    @classmethod
    def from_json(cls: Type[Any_], json_str: Union[str, bytes], *, forensic: bool = False) -> Any_:
        """Reads a receipt. With `forensic`, as laxly as the published Signet does, for
        evidence that must still be readable."""
        handle = parse(json_bytes(json_str), forensic)
        try:
            version = lib.signet_receipt_version(handle)
            if version not in cls.VERSIONS:
                raise ReceiptVersionError(f"a receipt of version {version} is no {cls.__name__}")
            # Forensically the text stays as it is: dropped members are evidence too.
            text = json_bytes(json_str) if forensic else view(lib.signet_receipt_json, handle)
        finally:
            lib.signet_receipt_free(handle)
        return cls._of(text, forensic)

    def to_json(self) -> str:
        """The receipt as canonical JSON: what to store and to send."""
        return self._json.decode("utf-8")

    def __bytes__(self) -> bytes:
        return self._json

    @property
    def _members(self) -> Document:
        if self._read is None:
            self._read = document(self._json)
        return self._read

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def keys(self) -> Any:
        """The names of the members."""
        return self._members.keys()

    def get(self, name: str, default: Any = None) -> Any:
        """A member, or a default where there is none."""
        return self._members.get(name, default)

    @property
    def v(self) -> int:
        """The version of the format."""
        return int(self._members["v"])

    @property
    def id(self) -> str:
        """The id, derived from the signature."""
        return str(self._members["id"])

    @property
    def nonce(self) -> str:
        """The nonce."""
        return str(self._members["nonce"])

    @property
    def sig(self) -> str:
        """The signature."""
        return str(self._members["sig"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evidence) and self._json == other._json

    def __hash__(self) -> int:
        return hash(self._json)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}>"

    def __reduce__(self) -> Tuple[Any, ...]:
        return _restored, (type(self), self._json, self._forensic)


def _restored(kind: Type[Evidence], text: bytes, forensic: bool) -> Evidence:
    return kind._of(text, forensic)


def parse(text: bytes, forensic: bool = False) -> _abi.signet_receipt:
    """The handle of a receipt's text. The caller releases it."""
    knobs = None
    if forensic:
        knobs = byref(options(_abi.signet_parse_options, flags=_abi.SIGNET_PARSE_FORENSIC))
    return make(_abi.signet_receipt, lib.signet_receipt_parse, text, len(text), knobs)


class _WithAction(Evidence):
    __slots__ = ()

    @property
    def action(self) -> Action:
        """The tool call."""
        members = self._members["action"]
        if b'"$exact"' not in self._json:
            return Action._read(members, json.dumps(members.get("params")))
        # Numbers that a double would round travel as text; the library reads them.
        handle = parse(self._json, self._forensic)
        try:
            return Action._read(members, view(lib.signet_receipt_params, handle).decode("utf-8"))
        finally:
            lib.signet_receipt_free(handle)

    @property
    def signer(self) -> Signer:
        """Who signed."""
        members = self._members["signer"]
        return Signer(members["pubkey"], members["name"], members.get("owner", ""))


class Receipt(_WithAction):
    """A signed statement that a tool call was made (versions 1 and 4)."""

    __slots__ = ()
    VERSIONS = (1, 4)

    @property
    def ts(self) -> str:
        """When it was signed, RFC 3339."""
        return str(self._members["ts"])

    @property
    def exp(self) -> Optional[str]:
        """When it expires, RFC 3339; None: never."""
        return self._members.get("exp")

    @property
    def policy(self) -> Optional[Dict[str, Any]]:
        """The policy decision that it attests; None without one."""
        return self._members.get("policy")

    @property
    def authorization(self) -> Optional[Dict[str, Any]]:
        """The delegation that it rests on; None without one."""
        return self._members.get("authorization")


class CompoundReceipt(_WithAction):
    """A tool call and the hash of its response under one signature (version 2)."""

    __slots__ = ()
    VERSIONS = (2,)

    @property
    def response(self) -> Response:
        """What was answered."""
        return _response(self._members["response"])

    @property
    def ts_request(self) -> str:
        """When it was asked, RFC 3339."""
        return str(self._members["ts_request"])

    @property
    def ts_response(self) -> str:
        """When it was answered, RFC 3339."""
        return str(self._members["ts_response"])


class BilateralReceipt(Evidence):
    """An agent's receipt that the server has co-signed (version 3)."""

    __slots__ = ()
    VERSIONS = (3,)

    @property
    def agent_receipt(self) -> Receipt:
        """The agent's receipt, as it was signed."""
        handle = parse(self._json, self._forensic)
        try:
            return Receipt._take(
                make(_abi.signet_receipt, lib.signet_receipt_agent_receipt, handle)
            )
        finally:
            lib.signet_receipt_free(handle)

    @property
    def response(self) -> Response:
        """What was answered."""
        return _response(self._members["response"])

    @property
    def server(self) -> ServerInfo:
        """Who answered."""
        members = self._members["server"]
        return ServerInfo(members["pubkey"], members["name"])

    @property
    def ts_response(self) -> str:
        """When it was answered, RFC 3339."""
        return str(self._members["ts_response"])

    @property
    def extensions(self) -> Any:
        """What was added without a signature; None without any."""
        return self._members.get("extensions")


def _response(members: Dict[str, Any]) -> Response:
    return Response(members["content_hash"], members.get("outcome"))


def evidence_of(handle: _abi.signet_receipt) -> Evidence:
    """Reads a handle, which is released, as the class of its version."""
    version = lib.signet_receipt_version(handle)
    for kind in (CompoundReceipt, BilateralReceipt):
        if version in kind.VERSIONS:
            return kind._take(handle)
    return Receipt._take(handle)
