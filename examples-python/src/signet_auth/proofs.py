"""Proofs that verify offline: that a record stands in a log, and that a log has only
grown."""

from __future__ import annotations

import ctypes
from typing import Any, List, Union

from . import _abi
from ._call import array_of, byref, check, hash_text, json_bytes, utf8
from ._library import lib
from ._value import Value


class ProofPosition(Value):
    """Where a proof shows a record to be."""

    __slots__ = ("index", "size")

    def __init__(self, index: int, size: int) -> None:
        #: The number of the record in the log, from 0.
        self.index = index
        #: How many records the checkpoint covers.
        self.size = size


def hash_bytes(text: str) -> bytes:
    """The 32 bytes of "sha256:<hex>"."""
    prefix, _, digits = text.partition(":")
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        raw = b""
    if prefix != "sha256" or len(raw) != _abi.SIGNET_HASH_LEN:
        raise ValueError('a hash is "sha256:" and 64 hex digits')
    return raw


def verify_proof(proof: str, record_hash: str, verifier_key: str) -> ProofPosition:
    """Verifies offline that the record with this hash stands in the log whose
    verifier key this is; raises what is wrong."""
    proof_, vkey = utf8(proof), utf8(verifier_key)
    index, size = ctypes.c_uint64(), ctypes.c_uint64()
    check(
        lib.signet_proof_verify,
        proof_,
        len(proof_),
        hash_bytes(record_hash),
        vkey,
        len(vkey),
        byref(index),
        byref(size),
    )
    return ProofPosition(index.value, size.value)


def verify_consistency(old_note: str, new_note: str, proof: str, verifier_key: str) -> None:
    """Verifies that one checkpoint of a log continues another; raises if not."""
    parts: List[Any] = []
    for text in (old_note, new_note, proof, verifier_key):
        encoded = utf8(text)
        parts += [encoded, len(encoded)]
    check(lib.signet_consistency_verify, *parts)


def record_hash(line: Union[str, bytes]) -> str:
    """The hash of a record's line, computed from its receipt and its predecessor."""
    text = json_bytes(line)
    return hash_text(array_of(_abi.SIGNET_HASH_LEN, lib.signet_record_hash, text, len(text)))
