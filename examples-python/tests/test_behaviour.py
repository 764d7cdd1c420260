"""The cases of ffi-tests/behaviour, which every language runs, through this API."""

import json
import re
from pathlib import Path

import pytest

import signet_auth as signet
from signet_auth import _abi, errors, receipts, signing
from signet_auth._call import (
    array,
    array_of,
    buffer_of,
    byref,
    check,
    hash_text,
    make,
    options,
    view_text,
)
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


def fixed(given):
    """The members of signing options that fix time and nonce."""
    flags = _abi.SIGNET_SIGN_FIXED_NONCE
    members = {"nonce": (_abi.c_uint8 * 16)(*bytes.fromhex(given["nonce"]))}
    if "at" in given:
        flags |= _abi.SIGNET_SIGN_AT
        members["now_unix_ms"] = given["at"]
    if given.get("hash_only"):
        flags |= _abi.SIGNET_SIGN_HASH_ONLY
    return {"flags": flags, **members}


def texts(*values):
    """Pointers and lengths; None is no text at all."""
    return [part for value in values for part in (value, len(value or b""))]


def optional(given, name):
    return bytes_of(given[name]) if name in given else None


def signed(function, *arguments):
    return {
        "receipt": receipts.Evidence._take(
            make(_abi.signet_receipt, function, *arguments)
        ).to_json()
    }


def receipt_sign(given):
    known(given, "secret", "action", "name", "owner", "at", "nonce", "expires_at", "hash_only")
    receipt = signing.sign_action(
        keypair(given["secret"])._pointer(),
        bytes_of(given["action"]),
        given["name"].encode("utf-8"),
        given.get("owner", "").encode("utf-8"),
        given.get("expires_at"),
        **fixed(given),
    )
    return {"receipt": receipt.to_json()}


def receipt_sign_compound(given):
    known(
        given,
        "secret",
        "action",
        "name",
        "owner",
        "nonce",
        "response",
        "outcome",
        "requested_at",
        "responded_at",
    )
    return signed(
        lib.signet_receipt_sign_compound,
        keypair(given["secret"])._pointer(),
        *texts(
            bytes_of(given["action"]),
            bytes_of(given["response"]),
            optional(given, "outcome"),
            bytes_of(given["requested_at"]),
            bytes_of(given["responded_at"]),
            bytes_of(given["name"]),
            bytes_of(given.get("owner", "")),
        ),
        byref(options(_abi.signet_sign_options, **fixed(given))),
    )


def receipt_co_sign(given):
    known(given, "secret", "agent_receipt", "response", "outcome", "name", "at", "nonce")
    handle = receipts.parse(bytes_of(given["agent_receipt"]))
    try:
        return signed(
            lib.signet_receipt_co_sign,
            keypair(given["secret"])._pointer(),
            handle,
            *texts(
                bytes_of(given["response"]), optional(given, "outcome"), bytes_of(given["name"])
            ),
            byref(options(_abi.signet_co_sign_options, **fixed(given))),
        )
    finally:
        lib.signet_receipt_free(handle)


def receipt_sign_authorized(given):
    known(given, "secret", "action", "name", "chain", "at", "nonce")
    return signed(
        lib.signet_receipt_sign_authorized,
        keypair(given["secret"])._pointer(),
        *texts(bytes_of(given["action"]), bytes_of(given["name"]), bytes_of(given["chain"])),
        byref(options(_abi.signet_sign_options, **fixed(given))),
    )


def receipt_sign_with_policy(given):
    known(given, "secret", "action", "name", "owner", "at", "nonce", "hash_only", "policy")
    try:
        receipt, decision = signet.Policy(bytes_of(given["policy"])).sign(
            keypair(given["secret"]),
            bytes_of(given["action"]),
            given["name"],
            given.get("owner"),
            **fixed(given),
        )
    except (signet.PolicyViolationError, signet.RequiresApprovalError) as error:
        return error.status_name, {"violation": error.violation}
    return {"receipt": receipt.to_json(), "verdict": decision.verdict}


def receipt_parse(given):
    known(given, "json", "forensic")
    handle = receipts.parse(bytes_of(given["json"]), given.get("forensic", False))
    try:
        found = {}
        for name in dir(_abi):
            if name.startswith("SIGNET_FIELD_") and getattr(_abi, name) <= 27:
                field = name[len("SIGNET_FIELD_") :].lower()
                found[field] = view_text(lib.signet_receipt_text, handle, getattr(_abi, name))
        for name, function in (
            ("unix_ms", lib.signet_receipt_time),
            ("response_unix_ms", lib.signet_receipt_response_time),
        ):
            moment = _abi.c_int64()
            if function(handle, byref(moment), None) == 0:
                found[name] = moment.value
        return {
            **found,
            "receipt": view_text(lib.signet_receipt_json, handle),
            "version": lib.signet_receipt_version(handle),
            "params": view_text(lib.signet_receipt_params, handle),
        }
    finally:
        lib.signet_receipt_free(handle)


def receipt_agent_receipt(given):
    known(given, "json")
    handle = receipts.parse(bytes_of(given["json"]))
    try:
        return signed(lib.signet_receipt_agent_receipt, handle)
    finally:
        lib.signet_receipt_free(handle)


FLAGS = {
    "ignore_expiry": _abi.SIGNET_VERIFY_IGNORE_EXPIRY,
    "any_agent": _abi.SIGNET_VERIFY_ANY_AGENT,
    "no_skew": _abi.SIGNET_VERIFY_NO_SKEW,
}


def expected(given):
    """The members of signet_verify_options that a case names."""
    members = {"flags": 0}
    for name, flag in FLAGS.items():
        if given.get(name):
            members["flags"] |= flag
    if "at" in given:
        members["flags"] |= _abi.SIGNET_VERIFY_AT
        members["now_unix_ms"] = given["at"]
    for name in ("window_seconds", "max_age_seconds", "skew_seconds", "max_links"):
        if name in given:
            members[name] = given[name]
    if given.get("any_window"):
        members["window_seconds"] = _abi.SIGNET_ANY_WINDOW
    for name in ("servers", "roots"):
        if name in given:
            members[name] = key_array(given[name])[0]
    for name in ("session", "call_id", "response"):
        if name in given:
            members[name] = bytes_of(given[name])
    if "bundle" in given:
        members["bundle"] = signet.TrustBundle(bytes_of(given["bundle"]))._handle
    return members


def key_array(texts_of_keys):
    return array(_abi.signet_public_key, [signet.PublicKey(key)._handle for key in texts_of_keys])


def receipt_verify(given):
    known(given, "receipt", "trusted", "forensic", *EXPECTED)
    handle = receipts.parse(bytes_of(given["receipt"]), given.get("forensic", False))
    try:
        trusted, count = key_array(given["trusted"])
        knobs = options(_abi.signet_verify_options, **expected(given))
        arguments = (handle, trusted, count, byref(knobs))
        signers = buffer_of(lib.signet_receipt_verify_signers, *arguments)
        check(lib.signet_receipt_verify, *arguments)
        return {"signers": signers.decode("utf-8")}
    finally:
        lib.signet_receipt_free(handle)


EXPECTED = (
    "servers",
    "roots",
    "bundle",
    "at",
    "window_seconds",
    "max_age_seconds",
    "skew_seconds",
    "max_links",
    "session",
    "call_id",
    "response",
    "any_window",
    *FLAGS,
)


def receipt_check_response(given):
    known(given, "receipt", "response")
    handle = receipts.parse(bytes_of(given["receipt"]))
    try:
        check(lib.signet_receipt_check_response, handle, *texts(bytes_of(given["response"])), None)
    finally:
        lib.signet_receipt_free(handle)
    return {}


def content_hash(given):
    known(given, "json", "text")
    kind = _abi.SIGNET_CONTENT_JSON if "json" in given else _abi.SIGNET_CONTENT_TEXT
    content = bytes_of(given["json"] if "json" in given else given["text"])
    found = array_of(
        _abi.SIGNET_HASH_TEXT_LEN, lib.signet_content_hash, *texts(content), kind, None
    )
    return {"hash": found.decode("ascii")}


def delegation_sign(given):
    known(
        given, "secret", "name", "delegate", "delegate_name", "scope", "parent_scope", "at", "nonce"
    )
    knobs = options(
        _abi.signet_delegation_options, parent_scope=optional(given, "parent_scope"), **fixed(given)
    )
    handle = make(
        _abi.signet_delegation,
        lib.signet_delegation_sign,
        keypair(given["secret"])._pointer(),
        *texts(bytes_of(given["name"])),
        signet.PublicKey(given["delegate"])._handle,
        *texts(bytes_of(given["delegate_name"]), bytes_of(given["scope"])),
        byref(knobs),
    )
    try:
        return {"delegation": view_text(lib.signet_delegation_json, handle)}
    finally:
        lib.signet_delegation_free(handle)


def delegation_verify(given):
    known(given, "delegation", "roots", "at", "skew_seconds", "no_skew")
    handle = make(
        _abi.signet_delegation,
        lib.signet_delegation_parse,
        *texts(bytes_of(given["delegation"])),
        None,
    )
    try:
        knobs = options(_abi.signet_verify_options, **expected(given))
        check(lib.signet_delegation_verify, handle, byref(knobs))
    finally:
        lib.signet_delegation_free(handle)
    return {}


def chain_verify(given):
    known(given, "chain", "roots", "at", "skew_seconds", "max_links", "no_skew")
    roots, count = key_array(given["roots"])
    rest = {name: value for name, value in given.items() if name != "roots"}
    knobs = options(_abi.signet_verify_options, **expected(rest))
    scope = buffer_of(
        lib.signet_chain_verify, *texts(bytes_of(given["chain"])), roots, count, byref(knobs)
    )
    return {"scope": scope.decode("utf-8")}


def policy_parse(given):
    known(given, "text", "format")
    try:
        policy = signet.Policy(bytes_of(given["text"]), given.get("format"))
    except signet.PolicyParseError as error:
        return error.status_name, {"line": error.line or 0, "column": error.column or 0}
    return {"policy": policy.to_json(), "hash": policy.hash}


def policy_evaluate(given):
    known(given, "policy", "calls")
    policy = signet.Policy(bytes_of(given["policy"]))
    found = []
    for call in given["calls"]:
        known(call, "action", "agent", "at")
        found.append(
            policy.evaluate(bytes_of(call["action"]), call["agent"], at_unix_ms=call["at"])
        )
    return {
        "verdicts": [one.verdict for one in found],
        "matched": [json.loads(one.json)["matched_rules"] for one in found],
        "reasons": [one.reason for one in found],
    }


def trust_bundle_check(given):
    known(given, "bundle", "section", "key", "at")
    bundle = signet.TrustBundle(bytes_of(given["bundle"]))
    bundle.check(given["section"], given["key"], at_unix_ms=given["at"])
    return {}


def trust_bundle_list(given):
    known(given, "bundle", "at")
    listed = signet.TrustBundle(bytes_of(given["bundle"])).list(at_unix_ms=given["at"])
    return {"keys": [[one["section"], one["id"], one["status"]] for one in listed]}


def verifier(given):
    made = signet.Verifier.__new__(signet.Verifier)
    made._make(given["options"], None, None, None)
    return made


def verifier_check_call(given):
    known(given, "options", "calls")
    judge = verifier(given)
    reports = []
    for call in given["calls"]:
        known(call, "tool", "arguments", "receipt", "at", "target", "session", "call_id")
        reports.append(
            judge.check_call(
                call["tool"],
                optional(call, "arguments"),
                optional(call, "receipt"),
                at_unix_ms=call["at"],
                **{name: call[name] for name in ("target", "session", "call_id") if name in call},
            )
        )
    return {
        "statuses": [one.status for one in reports],
        "trusted": [one.trusted for one in reports],
        "signers": [(one.details.get("signer") or {}).get("name") for one in reports],
        "failed": [
            next((axis["axis"] for axis in one.details["checks"] if axis["status"] == "fail"), None)
            for one in reports
        ],
    }


def checked(given, function):
    known(
        given, "options", "receipt", "at", "target", "session", "call_id", "arguments", "response"
    )
    rest = {name: given[name] for name in ("target", "session", "call_id") if name in given}
    rest.update(
        {name: bytes_of(given[name]) for name in ("arguments", "response") if name in given}
    )
    report = function(verifier(given), bytes_of(given["receipt"]), at_unix_ms=given["at"], **rest)
    return report.status, {"trusted": report.trusted}


def verifier_check_receipt(given):
    return checked(given, signet.Verifier.check_receipt)


def verifier_check_evidence(given):
    return checked(given, signet.Verifier.check_evidence)


def replay_store_use_once(given):
    known(given, "capacity", "uses")
    store = signet.ReplayStore(given.get("capacity", 0))
    statuses = []
    for use in given["uses"]:
        known(use, "nonce", "signer", "lifetime_ms", "at")
        try:
            fresh = store.use_once(
                use["nonce"],
                signer=use.get("signer"),
                lifetime_ms=use["lifetime_ms"],
                at_unix_ms=use["at"],
            )
            statuses.append("SIGNET_OK" if fresh else "SIGNET_ERR_REPLAYED")
        except signet.SignetError as error:
            statuses.append(error.status_name)
    return {"statuses": statuses}


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
    signet.verify_consistency(given["old_note"], given["new_note"], given["proof"], given["vkey"])
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
