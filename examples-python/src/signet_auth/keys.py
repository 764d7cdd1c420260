"""Ed25519 keys: public keys as texts, and key pairs that sign.

The secret of a key pair stays in the library's memory, which is wiped when the pair
is closed or no longer used. Reading `KeyPair.secret_key` copies it into a Python
string, which nothing can wipe: pass the `KeyPair` itself wherever a secret is asked
for.
"""

from __future__ import annotations

import base64
import ctypes
import itertools
import threading
from functools import lru_cache
from typing import Callable, Dict, Optional, Union

from . import _abi
from ._call import array_of, check, make, own, raised, secret_bytes, utf8, view_text
from ._library import lib
from .errors import SignatureMismatchError

#: Signs a message for a key that is elsewhere: 64 bytes for any bytes.
Signer = Callable[[bytes], bytes]


class PublicKey:
    """A public key that has been checked to be a point of full order."""

    __slots__ = ("_handle",)

    def __init__(self, text: str) -> None:
        """Reads "ed25519:<base64>", bare base64, or did:key."""
        encoded = utf8(text)
        made = make(_abi.signet_public_key, lib.signet_public_key_parse, encoded, len(encoded))
        self._handle = own(made, lib.signet_public_key_free)

    @classmethod
    def _of(cls, handle: _abi.signet_public_key) -> PublicKey:
        self = cls.__new__(cls)
        self._handle = own(handle, lib.signet_public_key_free)
        return self

    @classmethod
    def from_bytes(cls, raw: bytes) -> PublicKey:
        """Takes the 32 raw bytes."""
        raw = bytes(raw)
        if len(raw) != _abi.SIGNET_PUBLIC_KEY_LEN:
            raise ValueError(f"a public key has {_abi.SIGNET_PUBLIC_KEY_LEN} bytes, not {len(raw)}")
        return cls._of(make(_abi.signet_public_key, lib.signet_public_key_from_bytes, raw))

    def __bytes__(self) -> bytes:
        return array_of(_abi.SIGNET_PUBLIC_KEY_LEN, lib.signet_public_key_bytes, self._handle)

    def _text(self, form: int) -> str:
        return view_text(lib.signet_public_key_text, self._handle, form) or ""

    @property
    def prefixed(self) -> str:
        """ "ed25519:<base64>", as in receipts."""
        return self._text(_abi.SIGNET_KEY_TEXT_PREFIXED)

    @property
    def bare(self) -> str:
        """The base64 alone, as in .pub files."""
        return self._text(_abi.SIGNET_KEY_TEXT_BARE)

    @property
    def did(self) -> str:
        """The did:key identifier."""
        return self._text(_abi.SIGNET_KEY_TEXT_DID)

    @property
    def id(self) -> str:
        """The key id: the RFC 7638 thumbprint of the key as a JWK."""
        return self._text(_abi.SIGNET_KEY_TEXT_ID)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether a bare signature is by this key, strictly."""
        message, signature = bytes(message), bytes(signature)
        if len(signature) != _abi.SIGNET_SIGNATURE_LEN:
            return False
        try:
            check(lib.signet_public_key_verify, self._handle, message, len(message), signature)
        except SignatureMismatchError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.prefixed == other.prefixed

    def __hash__(self) -> int:
        return hash(self.prefixed)

    def __repr__(self) -> str:
        return f"PublicKey({self.prefixed!r})"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return PublicKey, (self.prefixed,)


@lru_cache(maxsize=128)
def parsed_key(text: str) -> _abi.signet_public_key:
    """The handle of a public key. Programs verify with few keys, many times."""
    return PublicKey(text)._handle


# Signer callbacks. Python keeps the signer for as long as the library holds the key
# pair or something made with it; the library says when it is done.

_signers: Dict[int, Signer] = {}
_tokens = itertools.count(1)
_lock = threading.Lock()


def _sign(message: int, length: int, out: int, token: int) -> int:
    raised.__dict__.clear()
    try:
        signature = _signers[token](ctypes.string_at(message, length))
        if not isinstance(signature, (bytes, bytearray, memoryview)):
            raise TypeError(f"a signer returns bytes, not {type(signature).__name__}")
        signature = bytes(signature)
        if len(signature) != _abi.SIGNET_SIGNATURE_LEN:
            raise ValueError(
                f"a signer returns {_abi.SIGNET_SIGNATURE_LEN} bytes, not {len(signature)}"
            )
        ctypes.memmove(out, signature, len(signature))
        return 0
    except BaseException as error:  # it must not unwind through the library
        raised.exception = error
        return 1


def _forget(token: int) -> None:
    _signers.pop(token, None)


# For good: the library may call them as long as it is loaded.
_sign_callback = _abi.signet_sign_callback(_sign)
_forget_callback = _abi.signet_free_callback(_forget)


class KeyPair:
    """An Ed25519 key pair, or a signer that is elsewhere. Any thread may use it."""

    __slots__ = ("_handle", "_public")

    def __init__(self, secret_key: str) -> None:
        """Takes the base64 of the 32-byte seed, or of seed and public key."""
        self._take(KeyPair.from_secret(secret_bytes(secret_key))._pointer())

    def _take(self, handle: _abi.signet_keypair) -> None:
        self._handle: Optional[_abi.signet_keypair] = handle
        self._public: Optional[str] = None

    @classmethod
    def _of(cls, handle: _abi.signet_keypair) -> KeyPair:
        self = cls.__new__(cls)
        self._take(own(handle, lib.signet_keypair_free))
        return self

    @classmethod
    def generate(cls) -> KeyPair:
        """Makes a new key pair from the system's random number generator."""
        return cls._of(make(_abi.signet_keypair, lib.signet_keypair_generate))

    @classmethod
    def from_secret(cls, secret: bytes) -> KeyPair:
        """Takes a 32-byte seed, or 64 bytes that are seed and public key."""
        secret = bytes(secret)
        return cls._of(
            make(_abi.signet_keypair, lib.signet_keypair_from_secret, secret, len(secret))
        )

    @classmethod
    def from_signer(cls, public_key: Union[str, PublicKey], signer: Signer) -> KeyPair:
        """Makes a key pair whose signatures come from a function: an HSM, a TPM, a
        key agent, a cloud KMS. It is called on the thread that signs, from several
        threads at once if they do; what it returns is verified before it is used."""
        key = PublicKey(public_key) if isinstance(public_key, str) else public_key
        with _lock:
            token = next(_tokens)
        _signers[token] = signer
        # If this fails the library calls _forget too.
        return cls._of(
            make(
                _abi.signet_keypair,
                lib.signet_keypair_from_signer,
                key._handle,
                _sign_callback,
                token,
                _forget_callback,
            )
        )

    def _pointer(self) -> _abi.signet_keypair:
        handle = self._handle
        if handle is None:
            raise RuntimeError("the key pair is closed")
        return handle

    @property
    def public_key(self) -> str:
        """The bare base64 of the public key."""
        if self._public is None:
            made = make(_abi.signet_public_key, lib.signet_keypair_public_key, self._pointer())
            self._public = PublicKey._of(made).bare
        return self._public

    @property
    def secret_key(self) -> str:
        """A copy of the secret: the base64 of seed and public key."""
        seed = array_of(_abi.SIGNET_SEED_LEN, lib.signet_keypair_export_seed, self._pointer())
        public = array_of(
            _abi.SIGNET_PUBLIC_KEY_LEN, lib.signet_keypair_public_bytes, self._pointer()
        )
        return base64.b64encode(seed + public).decode("ascii")

    def sign(self, message: bytes) -> bytes:
        """Signs bytes with pure Ed25519. Receipts have their own functions."""
        message = bytes(message)
        return array_of(
            _abi.SIGNET_SIGNATURE_LEN,
            lib.signet_keypair_sign,
            self._pointer(),
            message,
            len(message),
        )

    def close(self) -> None:
        """Lets the secret go; it is wiped when no call uses it any more."""
        self._handle = None

    def __enter__(self) -> KeyPair:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._handle is None:
            return "KeyPair(closed)"
        return f"KeyPair(public_key={self.public_key!r}, secret_key=<hidden>)"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        raise TypeError("a key pair is not pickled: its secret would travel with it")


#: Where a secret is asked for: its base64, or a key pair that keeps it to itself.
Secret = Union[str, KeyPair]


def keypair_of(secret: Secret) -> _abi.signet_keypair:
    """The handle of a secret."""
    if isinstance(secret, KeyPair):
        return secret._pointer()
    return KeyPair(secret)._pointer()


def generate_keypair() -> KeyPair:
    """Makes a new key pair."""
    return KeyPair.generate()
