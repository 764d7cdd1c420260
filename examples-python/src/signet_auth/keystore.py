"""Named identities on disk: "<home>/keys/<name>.key" and ".pub"."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, NamedTuple, Optional, Union

from . import _abi
from ._call import buffer_of, byref, check, make, options, own, utf8
from ._library import lib
from .errors import CorruptedFileError, KeyNotFoundError
from .keys import KeyPair, PublicKey, Secret, keypair_of

Home = Union[str, "os.PathLike[str]"]


class KeyInfo(NamedTuple):
    """What is public about an identity."""

    name: str
    owner: Optional[str]
    #: The bare base64 of the public key.
    pubkey: str
    created_at: str


class Keystore:
    """The identities of one home folder. Any thread and process may use it."""

    __slots__ = ("_handle", "home")

    def __init__(
        self,
        home: Home,
        *,
        kdf_passes: int = 0,
        kdf_memory_kib: int = 0,
        max_passes: int = 0,
        max_memory_kib: int = 0,
        allow_exposed: bool = False,
    ) -> None:
        """Opens a home folder; nothing is created before a key is. 0 stands for the
        default; `allow_exposed` loads unencrypted keys that others can read."""
        self.home = os.fspath(home)
        path = utf8(self.home)
        knobs = options(
            _abi.signet_keystore_options,
            flags=_abi.SIGNET_KEYSTORE_ALLOW_EXPOSED if allow_exposed else 0,
            kdf_passes=kdf_passes,
            kdf_memory_kib=kdf_memory_kib,
            max_passes=max_passes,
            max_memory_kib=max_memory_kib,
        )
        made = make(_abi.signet_keystore, lib.signet_keystore_open, path, len(path), byref(knobs))
        self._handle: Optional[_abi.signet_keystore] = own(made, lib.signet_keystore_free)

    def _pointer(self) -> _abi.signet_keystore:
        handle = self._handle
        if handle is None:
            raise RuntimeError("the keystore is closed")
        return handle

    def create(
        self, name: str, *, owner: Optional[str] = None, passphrase: Optional[str] = None
    ) -> KeyPair:
        """Creates an identity. Without a passphrase (None) its secret is written in
        clear: whoever can read the file has it."""
        name_, owner_, passphrase_ = utf8(name), utf8(owner), utf8(passphrase)
        return KeyPair._of(
            make(
                _abi.signet_keypair,
                lib.signet_keystore_create,
                self._pointer(),
                name_,
                len(name_),
                owner_,
                len(owner_),
                passphrase_,
                len(passphrase_),
                _unencrypted(passphrase),
            )
        )

    def add(
        self,
        name: str,
        secret: bytes,
        *,
        owner: Optional[str] = None,
        passphrase: Optional[str] = None,
    ) -> KeyPair:
        """Stores a secret that exists already (32 or 64 bytes) as a new identity."""
        name_, owner_, passphrase_ = utf8(name), utf8(owner), utf8(passphrase)
        secret = bytes(secret)
        return KeyPair._of(
            make(
                _abi.signet_keypair,
                lib.signet_keystore_import,
                self._pointer(),
                name_,
                len(name_),
                owner_,
                len(owner_),
                secret,
                len(secret),
                passphrase_,
                len(passphrase_),
                _unencrypted(passphrase),
            )
        )

    def load(self, name: str, passphrase: Optional[str] = None) -> KeyPair:
        """Loads an identity. An encrypted key is opened once, here: keep the result."""
        name_, passphrase_ = utf8(name), utf8(passphrase)
        return KeyPair._of(
            make(
                _abi.signet_keypair,
                lib.signet_keystore_load,
                self._pointer(),
                name_,
                len(name_),
                passphrase_,
                len(passphrase_),
            )
        )

    def public_key(self, name: str) -> PublicKey:
        """The public key of an identity; no passphrase is needed."""
        name_ = utf8(name)
        return PublicKey._of(
            make(
                _abi.signet_public_key,
                lib.signet_keystore_public_key,
                self._pointer(),
                name_,
                len(name_),
            )
        )

    def export_public(self, name: str) -> str:
        """The text of an identity's .pub file, to hand to whoever verifies."""
        name_ = utf8(name)
        text = buffer_of(lib.signet_keystore_export_public, self._pointer(), name_, len(name_))
        return text.decode("utf-8")

    def list(self) -> List[Dict[str, Any]]:
        """The identities, sorted by name: "name", "secret" ("missing", "unencrypted",
        "encrypted"), "exposed", and where known "public_key", "owner", "principal",
        "created_at"; or "name" and "error" when the files of one are damaged."""
        listed: List[Dict[str, Any]] = json.loads(
            buffer_of(lib.signet_keystore_list, self._pointer())
        )
        return listed

    def change_passphrase(self, name: str, current: Optional[str], new: Optional[str]) -> None:
        """Encrypts a secret anew; with None as the new passphrase, not at all."""
        name_, current_, new_ = utf8(name), utf8(current), utf8(new)
        check(
            lib.signet_keystore_change_passphrase,
            self._pointer(),
            name_,
            len(name_),
            current_,
            len(current_),
            new_,
            len(new_),
            _unencrypted(new),
        )

    def delete(self, name: str) -> None:
        """Deletes an identity: its secret and its .pub file."""
        name_ = utf8(name)
        check(lib.signet_keystore_delete, self._pointer(), name_, len(name_))

    def close(self) -> None:
        """Lets the keystore go; nothing on disk changes."""
        self._handle = None

    def __enter__(self) -> Keystore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Keystore({self.home!r})"


def _unencrypted(passphrase: Optional[str]) -> int:
    return _abi.SIGNET_KEY_UNENCRYPTED if passphrase is None else 0


# The functions of the published package.


def default_signet_dir() -> str:
    """The home folder: SIGNET_HOME, or ".signet" in the user's home."""
    named = os.environ.get("SIGNET_HOME")
    if named:
        return named
    user = os.path.expanduser("~")
    return os.path.join("." if user == "~" else user, ".signet")


def validate_key_name(name: str) -> None:
    """Raises InvalidNameError unless an identity may have this name."""
    try:
        # Looking a name up judges it, and touches nothing.
        Keystore(os.path.join(os.path.dirname(__file__), "no such folder")).public_key(name)
    except KeyNotFoundError:
        pass


def generate_and_save(
    dir: Home, name: str, owner: Optional[str] = None, passphrase: Optional[str] = None
) -> KeyInfo:
    """Creates an identity; without a passphrase its secret is written in clear."""
    Keystore(dir).create(name, owner=owner, passphrase=passphrase).close()
    return load_key_info(dir, name)


def load_signing_key(dir: Home, name: str, passphrase: Optional[str] = None) -> str:
    """A copy of the secret of an identity. `Keystore.load` keeps it out of Python."""
    with Keystore(dir).load(name, passphrase) as keypair:
        return keypair.secret_key


def load_verifying_key(dir: Home, name: str) -> str:
    """The bare base64 of the public key of an identity."""
    return Keystore(dir).public_key(name).bare


def load_key_info(dir: Home, name: str) -> KeyInfo:
    """What is public about an identity."""
    return _info(export_public_key(dir, name))


def list_keys(dir: Home) -> List[KeyInfo]:
    """The identities of a home folder, sorted by name. Damaged files are an error:
    `Keystore.list` shows them beside the others."""
    found = []
    for entry in Keystore(dir).list():
        if "error" in entry:
            raise CorruptedFileError(f"{entry['name']}: {entry['error']}")
        if "public_key" in entry:
            found.append(_info({**entry, "pubkey": PublicKey(entry["public_key"]).bare}))
    return found


def export_public_key(dir: Home, name: str) -> Dict[str, Any]:
    """The members of the .pub file of an identity."""
    members: Dict[str, Any] = json.loads(Keystore(dir).export_public(name))
    return members


def _info(members: Dict[str, Any]) -> KeyInfo:
    return KeyInfo(members["name"], members.get("owner"), members["pubkey"], members["created_at"])


__all__ = [
    "Home",
    "KeyInfo",
    "Keystore",
    "Secret",
    "default_signet_dir",
    "export_public_key",
    "generate_and_save",
    "keypair_of",
    "list_keys",
    "load_key_info",
    "load_signing_key",
    "load_verifying_key",
    "validate_key_name",
]
