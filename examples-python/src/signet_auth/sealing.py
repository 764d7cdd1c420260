"""Params that only their signer, and whom it lends the key to, can read in the log."""

from __future__ import annotations

from typing import Optional

from . import _abi
from ._call import array_of, buffer_of, make, own
from ._library import lib
from .keys import PublicKey, Secret, keypair_of
from .log import Appendable, record_text


class ParamsKey:
    """Opens and seals the params of one signer. It derives from the signing key and
    cannot sign: lend it to an auditor."""

    __slots__ = ("_handle",)

    def __init__(self, secret: Secret) -> None:
        """Derives the params key of a signer."""
        made = make(_abi.signet_params_key, lib.signet_params_key_derive, keypair_of(secret))
        self._handle: Optional[_abi.signet_params_key] = own(made, lib.signet_params_key_free)

    @classmethod
    def from_bytes(cls, signer: str, lent: bytes) -> ParamsKey:
        """Takes a key that its signer has lent, with the signer's public key."""
        lent = bytes(lent)
        if len(lent) != _abi.SIGNET_PARAMS_KEY_LEN:
            raise ValueError(
                f"a params key has {_abi.SIGNET_PARAMS_KEY_LEN} bytes, not {len(lent)}"
            )
        self = cls.__new__(cls)
        made = make(
            _abi.signet_params_key,
            lib.signet_params_key_from_bytes,
            PublicKey(signer)._handle,
            lent,
        )
        self._handle = own(made, lib.signet_params_key_free)
        return self

    def _pointer(self) -> _abi.signet_params_key:
        handle = self._handle
        if handle is None:
            raise RuntimeError("the params key is closed")
        return handle

    def export(self) -> bytes:
        """A copy of the secret bytes, to lend."""
        return array_of(_abi.SIGNET_PARAMS_KEY_LEN, lib.signet_params_key_export, self._pointer())

    def seal(self, receipt: Appendable) -> str:
        """The record to append instead of a receipt of this signer, as JSON."""
        text = record_text(receipt)
        sealed = buffer_of(lib.signet_params_key_seal, self._pointer(), text, len(text))
        return sealed.decode("utf-8")

    def open(self, record: Appendable) -> str:
        """The receipt that was sealed in a record (`AuditRecord.receipt_json`), as JSON.
        Opening does not verify it."""
        text = record_text(record)
        return buffer_of(lib.signet_params_key_open, self._pointer(), text, len(text)).decode(
            "utf-8"
        )

    def close(self) -> None:
        """Lets the key go; it is wiped when no call uses it any more."""
        self._handle = None

    def __enter__(self) -> ParamsKey:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<ParamsKey>"
