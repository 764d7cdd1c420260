"""Small results: members by name."""

from __future__ import annotations

from typing import Any, Tuple


class Value:
    """Members by name; equal when they are."""

    __slots__: Tuple[str, ...] = ()

    def _members(self) -> Tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._members() == other._members()

    def __hash__(self) -> int:
        return hash(self._members())

    def __repr__(self) -> str:
        members = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({members})"
