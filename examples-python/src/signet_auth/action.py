"""What a tool call is about: the part of a receipt that the caller chooses."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional

from ._call import to_json

#: The members of an action that are texts and may be absent.
_OPTIONAL = ("session", "call_id", "response_hash", "trace_id", "parent_receipt_id")


class Action:
    """A tool call. It keeps the params as they are now: what a caller changes
    afterwards is not signed."""

    __slots__ = ("_members", "_params")

    def __init__(
        self,
        tool: str,
        params: Any = None,
        target: str = "",
        transport: str = "stdio",
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        response_hash: Optional[str] = None,
        trace_id: Optional[str] = None,
        parent_receipt_id: Optional[str] = None,
    ) -> None:
        self._members: Dict[str, str] = {"tool": tool, "target": target, "transport": transport}
        given = (session, call_id, response_hash, trace_id, parent_receipt_id)
        for name, value in zip(_OPTIONAL, given):
            if value is not None:
                self._members[name] = value
        for name, value in self._members.items():
            if not isinstance(value, str):
                raise TypeError(f"{name} must be str, not {type(value).__name__}")
        self._params: Optional[str] = to_json(params)

    @classmethod
    def hash_only(
        cls,
        tool: str,
        params_hash: str,
        *,
        target: str = "",
        transport: str = "stdio",
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        response_hash: Optional[str] = None,
        trace_id: Optional[str] = None,
        parent_receipt_id: Optional[str] = None,
    ) -> Action:
        """An action that discloses only the hash of its params."""
        self = cls(
            tool,
            None,
            target,
            transport,
            session,
            call_id,
            response_hash,
            trace_id,
            parent_receipt_id,
        )
        self._members["params_hash"] = params_hash
        return self

    @classmethod
    def _read(cls, members: Dict[str, Any], params: str) -> Action:
        """The action of a receipt; `params` as JSON text."""
        self = cls.__new__(cls)
        self._members = {name: value for name, value in members.items() if name != "params"}
        self._params = params
        return self

    def to_json(self) -> str:
        """The action as JSON text, as signing functions take it."""
        members = to_json(self._members)
        return f'{members[:-1]},"params":{self._params}}}'

    @property
    def tool(self) -> str:
        """The name of the tool."""
        return self._members["tool"]

    @property
    def params(self) -> Any:
        """A copy of the params; None when there are none or only their hash."""
        return None if self._params is None else json.loads(self._params)

    @property
    def params_json(self) -> str:
        """The params as JSON text, with every digit that was given."""
        return self._params or "null"

    @property
    def params_hash(self) -> str:
        """The hash of the params; empty until it is signed or given."""
        return self._members.get("params_hash", "")

    @property
    def target(self) -> str:
        """The server or resource that the call goes to."""
        return self._members["target"]

    @property
    def transport(self) -> str:
        """How it goes there."""
        return self._members["transport"]

    @property
    def session(self) -> Optional[str]:
        """The session that the call belongs to."""
        return self._members.get("session")

    @property
    def call_id(self) -> Optional[str]:
        """The call's id within its session."""
        return self._members.get("call_id")

    @property
    def response_hash(self) -> Optional[str]:
        """The hash of the response."""
        return self._members.get("response_hash")

    @property
    def trace_id(self) -> Optional[str]:
        """The trace that the call belongs to."""
        return self._members.get("trace_id")

    @property
    def parent_receipt_id(self) -> Optional[str]:
        """The receipt of the call that caused this one."""
        return self._members.get("parent_receipt_id")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Action) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __repr__(self) -> str:
        return f"Action({self.tool!r}, target={self.target!r})"
