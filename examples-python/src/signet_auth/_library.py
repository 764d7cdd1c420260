"""Finds libsignet, checks that it is the right one, and declares its functions.

The library is looked for in the file that `SIGNET_LIBRARY` names, in this package
(wheels bring it along), and where the system keeps shared libraries. It is loaded
once, when the package is imported.
"""

from __future__ import annotations

import ctypes
import os
from typing import Any, Callable, Iterator, Optional

from . import _abi

#: The name that the library has inside a wheel.
PACKAGED = "libsignet.so"

# Functions that return at once keep the interpreter's lock: giving it away would
# cost more than they do, most of all under many threads. Those that answer with a
# status may wait or compute for long, and give it away. So must what waits for a lock
# of the library: another thread may hold that while it waits for the interpreter's, to
# call a signer. And what closes or calls back.
_LETS_OTHERS_RUN = (
    "signet_keypair_free",
    "signet_log_free",
    "signet_log_len",
    "signet_replay_store_free",
    "signet_replay_store_len",
    "signet_verifier_free",
)


class Library:
    """libsignet, with every function declared as the header declares it."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            unlocked = ctypes.CDLL(path)
            locked = ctypes.PyDLL(path)
        except OSError as error:
            raise ImportError(f"cannot load libsignet from {path}: {error}") from error
        _check_version(unlocked, path)
        for name, result, parameters in _abi.FUNCTIONS:
            waits = name in _LETS_OTHERS_RUN or parameters[-1:] == [
                ctypes.POINTER(_abi.signet_error)
            ]
            try:
                function = getattr(unlocked if waits else locked, name)
            except AttributeError:
                version = unlocked.signet_version_number()
                raise ImportError(
                    f"{path} is libsignet {version // 1000000}.{version // 1000 % 1000}.{version % 1000}, "
                    f"which has no {name}: this package needs {_version()} or newer"
                ) from None
            function.restype = result
            function.argtypes = parameters
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AttributeError(name)


def _version() -> str:
    return f"{_abi.SIGNET_VERSION_MAJOR}.{_abi.SIGNET_VERSION_MINOR}.{_abi.SIGNET_VERSION_PATCH}"


def _check_version(library: ctypes.CDLL, path: str) -> None:
    try:
        found = library.signet_abi_version
    except AttributeError:
        raise ImportError(f"{path} is not libsignet: it has no signet_abi_version") from None
    found.restype = ctypes.c_uint32
    if found() != _abi.SIGNET_ABI_VERSION:
        raise ImportError(
            f"{path} has version {found()} of libsignet's binary interface; "
            f"this package speaks version {_abi.SIGNET_ABI_VERSION}"
        )


def candidates() -> Iterator[str]:
    """Where the library may be, the first that exists wins."""
    explicit = os.environ.get("SIGNET_LIBRARY")
    if explicit:
        # Whoever names a file means that file: no other is tried.
        yield explicit
        return
    packaged = os.path.join(os.path.dirname(__file__), PACKAGED)
    if os.path.exists(packaged):
        yield packaged
        return
    yield f"libsignet.so.{_abi.SIGNET_ABI_VERSION}"


def load(path: Optional[str] = None) -> Library:
    """Loads the library from a file, or from where it is found."""
    tried = []
    for candidate in [path] if path else candidates():
        try:
            return Library(candidate)
        except ImportError as error:
            tried.append(str(error))
    raise ImportError(
        "; ".join(tried) + " (set SIGNET_LIBRARY to the file, or install the library or the wheel)"
    )


#: The library.
lib = load()
