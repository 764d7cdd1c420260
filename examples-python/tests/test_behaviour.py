"""The cases of ffi-tests/behaviour, which every language runs, through this API."""

import json
import re
from pathlib import Path

import pytest

import signet_auth as signet
from signet_auth import _abi, errors, receipts, signing
from signet_auth._call import array_of, buffer_of, byref, hash_text, options, view, view_text
from signet_auth._library import lib

FOLDER = Path(__file__).resolve().parents[2] / "ffi-tests" / "behaviour"


def bytes_of(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode("utf-8")


def keypair(secret):
    return signet.KeyPair.from_secret(bytes.fromhex(secret))


def known(given, *names):
    """Fails on an input member that the operation does not know."""
    unknown = set(given) - set(names)
    assert not unknown, f"the runner does not know {unknown}"


def json_canonicalize(given):
    known(given, "json", "max_depth", "max_len")
    text = bytes_of(given["json"])
    limits = options(
        _abi.signet_parse_options,
        max_depth=given.get("max_depth", 0),
        max_len=given.get("max_len", 0),
    )
    found = buffer_of(lib.signet_json_canonicalize, text, len(text), byref(limits))
    return {"canonical": found.decode("utf-8")}


def json_hash(given):
    known(given, "json")
    text = bytes_of(given["json"])
    return {"hash": hash_text(array_of(32, lib.signet_json_hash, text, len(text), None))}


def public_key_parse(given):
    known(given, "text")
    key = signet.PublicKey(given["text"])
    return {name: getattr(key, name) for name in ("prefixed", "bare", "did", "id")}


def public_key_from_bytes(given):
    known(given, "bytes")
    return {"prefixed": signet.PublicKey.from_bytes(bytes.fromhex(given["bytes"])).prefixed}


def public_key_verify(given):
    known(given, "key", "message", "signature")
    key = signet.PublicKey(given["key"])
    if not key.verify(bytes_of(given["message"]), bytes.fromhex(given["signature"])):
        raise signet.SignatureMismatchError
    return {}


def keypair_from_secret(given):
    known(given, "secret")
    return {"public_key": signet.PublicKey(keypair(given["secret"]).public_key).prefixed}


def keypair_sign(given):
    known(given, "secret", "message")
    return {"signature": keypair(given["secret"]).sign(bytes_of(given["message"])).hex()}


def action_from_tools_call(given):
    known(given, "request", "target", "transport")
    request = bytes_of(given["request"])
    return {"action": signet.action_from_tools_call(request, given["target"], given["transport"])}


def receipt_sign(given):
    known(given, "secret", "action", "name", "owner", "at", "nonce", "expires_at", "hash_only")
    flags = _abi.SIGNET_SIGN_AT | _abi.SIGNET_SIGN_FIXED_NONCE
    if given.get("hash_only"):
        flags |= _abi.SIGNET_SIGN_HASH_ONLY
    receipt = signing.sign_action(
        keypair(given["secret"])._pointer(),
        bytes_of(given["action"]),
        given["name"].encode("utf-8"),
        given.get("owner", "").encode("utf-8"),
        given.get("expires_at"),
        flags=flags,
        now_unix_ms=given["at"],
        nonce=(_abi.c_uint8 * 16)(*bytes.fromhex(given["nonce"])),
    )
    return {"receipt": receipt.to_json()}


def receipt_parse(given):
    known(given, "json", "forensic")
    handle = receipts.parse(bytes_of(given["json"]), given.get("forensic", False))
    try:
        found = {
            "receipt": view(lib.signet_receipt_json, handle).decode("utf-8"),
            "version": lib.signet_receipt_version(handle),
            "params": view_text(lib.signet_receipt_params, handle),
        }
        for name in dir(_abi):
            if name.startswith("SIGNET_FIELD_"):
                field = name[len("SIGNET_FIELD_") :].lower()
                found[field] = view_text(lib.signet_receipt_text, handle, getattr(_abi, name))
        moment = _abi.c_int64()
        if lib.signet_receipt_time(handle, byref(moment), None) == 0:
            found["unix_ms"] = moment.value
        return found
    finally:
        lib.signet_receipt_free(handle)


def receipt_verify(given):
    known(given, "receipt", "trusted", "at", "ignore_expiry", "forensic")
    flags = 0
    if given.get("ignore_expiry"):
        flags |= _abi.SIGNET_VERIFY_IGNORE_EXPIRY
    if "at" in given:
        flags |= _abi.SIGNET_VERIFY_AT
    signing.check_receipt(
        bytes_of(given["receipt"]),
        given["trusted"],
        forensic=given.get("forensic", False),
        flags=flags,
        now_unix_ms=given.get("at", 0),
    )
    return {}


def record_hash(given):
    known(given, "line")
    return {"hash": signet.record_hash(given["line"])}


def log_append(given, folder):
    known(given, "records")
    with signet.AuditLog(folder) as log:
        entries = [log.append(bytes_of(record)) for record in given["records"]]
    return {
        "hashes": [entry.record_hash for entry in entries],
        "indexes": [entry.index for entry in entries],
    }


def log_verify_folder(given, folder):
    known(given, "files", "trusted", "signatures", "any_signer")
    for name, text in given["files"].items():
        (folder / name).write_bytes(text.encode("utf-8"))
    report = signet.verify_folder(
        folder,
        given.get("trusted", []),
        signatures=given.get("signatures", False),
        any_signer=given.get("any_signer", False),
    )
    found = {
        name: getattr(report, name)
        for name in (
            "records",
            "first_bad",
            "signatures_valid",
            "signatures_failed",
            "unverifiable",
            "unsigned_records",
            "last_hash",
        )
    }
    return report.verdict, {**found, "findings": report.finding_count}


def proof_verify(given):
    known(given, "proof", "record_hash", "vkey")
    found = signet.verify_proof(given["proof"], given["record_hash"], given["vkey"])
    return {"index": found.index, "size": found.size}


def consistency_verify(given):
    known(given, "old_note", "new_note", "proof", "vkey")
    signet.verify_consistency(
        given["old_note"], given["new_note"], given["proof"], given["vkey"]
    )
    return {}


OPERATIONS = {name: value for name, value in globals().items() if callable(value)}


def cases():
    for file in sorted(FOLDER.glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_case(case, tmp_path):
    operation = OPERATIONS[case["operation"]]
    needs_folder = case["operation"].startswith("log_")
    try:
        found = operation(case["input"], *([tmp_path] if needs_folder else []))
        status, output = found if isinstance(found, tuple) else ("SIGNET_OK", found)
    except errors.SignetError as error:
        status, output = error.status_name, {}
    assert status == case["status"]
    for name, value in case.get("output", {}).items():
        assert output[name] == value, name


def test_the_table_of_operations_is_complete():
    described = set(re.findall(r"^\| `(\w+)` \|", (FOLDER / "README.md").read_text(), flags=re.M))
    used = {case.values[0]["operation"] for case in cases()}
    assert used <= described <= set(OPERATIONS)


def test_names_are_unique():
    for file in FOLDER.glob("*.json"):
        names = [case["name"] for case in json.loads(file.read_text(encoding="utf-8"))["cases"]]
        assert len(names) == len(set(names)), file
