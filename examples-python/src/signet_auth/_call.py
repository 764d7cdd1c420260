"""Calls into the library: inputs, outputs, errors and the lifetime of handles.

A handle is owned by its pointer object: when the last reference to that is gone,
the library releases the handle. A running call holds a reference, so closing an
object that another thread is using is safe: the release waits for the call.
"""

from __future__ import annotations

import base64
import binascii
import ctypes
import json
import threading
import weakref
from typing import Any, Callable, Iterable, List, Optional, Tuple, Type, TypeVar

from . import _abi
from ._library import lib
from .errors import BY_STATUS, InvalidKeyError, JsonTooDeepError, SignetError

byref = ctypes.byref
Pointer = TypeVar("Pointer", bound=ctypes.c_void_p)

# What the last signer or store on this thread raised, for the call that it fails: callbacks run
# on the thread that makes the call.
raised = threading.local()
#: SIGNET_ERR_SIGNER_FAILED, SIGNET_ERR_REPLAY_STORE_FAILED.
_CALLED_BACK = (49, 173)


def check(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function that answers with a status, and raises if it failed."""
    error = _abi.signet_error()
    status = function(*arguments, byref(error))
    if status:
        raise failure(status, error)


def failure(status: int, error: _abi.signet_error) -> BaseException:
    """The exception for a failed call. Releases the error."""
    message = _view(lib.signet_error_message, error) or b""
    position = lib.signet_error_position(error)
    line, column = lib.signet_error_line(error), lib.signet_error_column(error)
    lib.signet_error_free(error)
    known = BY_STATUS.get(status, SignetError)
    cause = raised.__dict__.pop("exception", None) if status in _CALLED_BACK else None
    if cause is not None and not isinstance(cause, Exception):
        return cause  # type: ignore[no-any-return]
    result = known(
        message.decode("utf-8", "replace"),
        status=status,
        position=None if position == _abi.SIGNET_NO_POSITION else position,
    )
    if line:
        result.line, result.column = line, column
    result.__cause__ = cause
    return result


def make(kind: Type[Pointer], function: Callable[..., int], *arguments: Any) -> Pointer:
    """Calls a function whose last parameter but the error is a handle to fill."""
    out = kind()
    error = _abi.signet_error()
    status = function(*arguments, byref(out), byref(error))
    if status:
        raise failure(status, error)
    return out


def own(pointer: Pointer, free: Callable[[Pointer], None]) -> Pointer:
    """Releases a handle when its pointer object is no longer referred to."""
    finalizer = weakref.finalize(pointer, free, type(pointer)(pointer.value))
    # At exit threads may still be using it, and the process gives everything back.
    finalizer.atexit = False
    return pointer


def _view(function: Callable[..., Any], *arguments: Any) -> Optional[bytes]:
    length = ctypes.c_size_t()
    address = function(*arguments, byref(length))
    return None if address is None else ctypes.string_at(address, length.value)


def view(function: Callable[..., Any], *arguments: Any) -> bytes:
    """A copy of bytes that belong to a handle."""
    return _view(function, *arguments) or b""


def view_text(function: Callable[..., Any], *arguments: Any) -> Optional[str]:
    """A copy of a text that belongs to a handle; None where there is none."""
    found = _view(function, *arguments)
    return None if found is None else found.decode("utf-8")


def take(buffer: _abi.signet_buffer) -> bytes:
    """The bytes of a buffer, which is released."""
    try:
        return view(lib.signet_buffer_data, buffer)
    finally:
        lib.signet_buffer_free(buffer)


def buffer_of(function: Callable[..., int], *arguments: Any) -> bytes:
    """Calls a function that makes a buffer."""
    return take(make(_abi.signet_buffer, function, *arguments))


def array_of(length: int, function: Callable[..., int], *arguments: Any) -> bytes:
    """Calls a function that fills an array of fixed length."""
    out = (ctypes.c_uint8 * length)()
    check(function, *arguments, out)
    return bytes(out)


def utf8(text: Optional[str]) -> bytes:
    """The bytes of a text. Half of a surrogate pair becomes bytes that are no UTF-8,
    which the library refuses like any others."""
    if text is None:
        return b""
    if not isinstance(text, str):
        raise TypeError(f"expected str, not {type(text).__name__}")
    return text.encode("utf-8", "surrogatepass")


def json_bytes(text: Any) -> bytes:
    """JSON text as bytes, from str or bytes."""
    return bytes(text) if isinstance(text, (bytes, bytearray, memoryview)) else utf8(text)


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True).encode


def to_json(value: Any) -> str:
    """A Python value as JSON text, in whatever spelling: the library judges it."""
    try:
        return _encode(value)
    except RecursionError:
        raise JsonTooDeepError("the value is nested deeper than JSON texts may be") from None


def secret_bytes(secret: str) -> bytes:
    """The bytes of a secret in base64: a seed, or a seed and its public key."""
    if not isinstance(secret, str):
        raise TypeError(f"a secret key is str or KeyPair, not {type(secret).__name__}")
    try:
        return base64.b64decode(utf8(secret), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidKeyError("a secret key is the standard base64 of 32 or 64 bytes") from None


def options(kind: Any, **members: Any) -> Any:
    """An option struct: members that are given, defaults for all others. Bytes and
    arrays of handles are set together with their length; what is pointed to lives as
    long as the struct."""
    made = kind(struct_size=ctypes.sizeof(kind))
    keep: List[Any] = []
    for name, value in members.items():
        if value is None:
            continue
        if isinstance(value, bytes):
            keep.append(value)
            setattr(made, name, ctypes.cast(ctypes.c_char_p(value), ctypes.c_void_p))
            setattr(made, f"{name}_len", len(value))
        elif isinstance(value, ctypes.Array) and hasattr(value, "keep"):
            keep.append(value)
            setattr(made, name, ctypes.addressof(value))
            setattr(made, f"{name}_len", len(value))
        elif isinstance(value, ctypes.c_void_p):
            keep.append(value)
            setattr(made, name, value.value)
        else:
            setattr(made, name, value)
    made.keep = keep
    return made


def array(kind: Type[Pointer], pointers: Iterable[Pointer]) -> Tuple[Any, int]:
    """Handles as an array, which keeps them alive, and how many there are."""
    listed = list(pointers)
    made: Any = (kind * len(listed))()
    made[:] = listed
    made.keep = listed
    return made, len(listed)


def hash_text(value: bytes) -> str:
    """A hash as receipts and logs write it."""
    return f"sha256:{value.hex()}"
