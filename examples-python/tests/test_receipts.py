"""Signing and verifying tool calls."""

import datetime
import decimal
import json
import pickle

import pytest

import signet_auth as signet
from signet_auth import Action

PARAMS = {"a": 1, "b": [1, 2.5, None, True], "c": {"é": "\U0001f600"}}


@pytest.fixture
def receipt(keypair):
    return signet.sign(keypair.secret_key, Action("t", PARAMS, session="s"), "bot", "ops")


def altered(receipt, change):
    members = json.loads(receipt.to_json())
    change(members)
    return signet.Receipt.from_json(json.dumps(members))


def test_a_receipt_reads_as_attributes_and_items(receipt, keypair):
    assert receipt.v == receipt["v"] == 1
    assert receipt.id == receipt["id"] and receipt.id.startswith("rec_")
    assert receipt.action.tool == receipt["action"]["tool"] == receipt["action"].tool == "t"
    assert receipt.action.params == receipt["action"]["params"] == PARAMS
    assert receipt.action.params_hash.startswith("sha256:")
    assert (receipt.action.target, receipt.action.transport) == ("", "stdio")
    assert (receipt.action.session, receipt.action.call_id) == ("s", None)
    assert receipt.signer.pubkey == f"ed25519:{keypair.public_key}"
    assert (receipt.signer.name, receipt.signer.owner) == ("bot", "ops")
    assert receipt.ts.endswith("Z") and receipt.nonce.startswith("rnd_")
    assert receipt.sig.startswith("ed25519:")
    assert receipt.exp is None and receipt.policy is None
    assert receipt.get("none") is None and "ts" in receipt and "none" not in receipt
    assert dict(receipt)["id"] == receipt.id
    with pytest.raises(KeyError):
        receipt["none"]
    with pytest.raises(AttributeError):
        receipt["action"].none


def test_a_receipt_is_a_value(receipt, keypair):
    copy = signet.Receipt.from_json(receipt.to_json())
    assert copy == receipt and hash(copy) == hash(receipt) and len({copy, receipt}) == 1
    sent = pickle.loads(pickle.dumps(receipt))
    assert sent == receipt and signet.verify(sent, keypair.public_key)
    assert bytes(receipt).decode() == receipt.to_json()
    assert receipt.id in repr(receipt)
    with pytest.raises(TypeError):
        signet.Receipt()


def test_verification_answers_or_raises(receipt, keypair):
    other = signet.generate_keypair().public_key
    assert signet.verify(receipt, keypair.public_key) is True
    assert signet.verify(receipt, f"ed25519:{keypair.public_key}") is True
    assert signet.verify(receipt, other) is False
    with pytest.raises(signet.InvalidKeyError):
        signet.verify(receipt, "nope")
    with pytest.raises(TypeError):
        signet.verify(receipt.to_json(), keypair.public_key)


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members["action"].update(tool="x"),
        lambda members: members["action"].update(target="x"),
        lambda members: members["action"].update(session="x"),
        lambda members: members["action"]["params"].update(a=2),
        lambda members: members["signer"].update(name="x"),
        lambda members: members["signer"].update(owner="x"),
        lambda members: members.update(ts="2020-01-01T00:00:00Z"),
        lambda members: members.update(nonce="rnd_" + "0" * 32),
        lambda members: members.update(id="rec_" + "0" * 32),
    ],
)
def test_an_altered_receipt_is_false(receipt, keypair, change):
    assert signet.verify(altered(receipt, change), keypair.public_key) is False


def test_unknown_members_are_refused_unless_forensic(receipt, keypair):
    members = json.loads(receipt.to_json())
    members["claim"] = "unsigned"
    text = json.dumps(members)
    with pytest.raises(signet.UnknownMemberError):
        signet.Receipt.from_json(text)
    lax = signet.Receipt.from_json(text, forensic=True)
    assert signet.verify(lax, keypair.public_key) is True
    assert signet.verify(pickle.loads(pickle.dumps(lax)), keypair.public_key) is True


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"v":1}', "\ud800", b"\xff"])
def test_what_is_no_receipt_is_refused(text):
    with pytest.raises((signet.SerializeError, signet.InvalidReceiptError)):
        signet.Receipt.from_json(text)


def test_expiry(keypair):
    def sign(exp):
        return signet.sign_with_expiration(keypair.secret_key, Action("t"), "bot", "", exp)

    assert signet.verify(sign("2999-01-01T00:00:00Z"), keypair.public_key) is True
    assert sign("2999-01-01T00:00:00Z").exp == "2999-01-01T00:00:00Z"
    past = sign("2020-01-01T00:00:00Z")
    with pytest.raises(signet.InvalidReceiptError):
        signet.verify(past, keypair.public_key)
    assert signet.verify_allow_expired(past, keypair.public_key) is True
    with pytest.raises(signet.TimestampInvalidError):
        sign("never")


# Params


@pytest.mark.parametrize(
    "params",
    [None, {}, [], "", 0, -0.0, 1e300, True, [[]], {"": None}, "x" * 100_000, (1, 2), {"k": (1,)}],
)
def test_any_json_value_is_signed(keypair, params):
    receipt = signet.sign(keypair, Action("t", params), "bot")
    assert signet.verify(receipt, keypair.public_key)
    assert receipt.action.params == json.loads(json.dumps(params))


@pytest.mark.parametrize("number", [2**53, 2**53 + 1, -(2**63), 2**64 - 1, 2**64, 10**40 + 1])
def test_integers_keep_every_digit(keypair, number):
    receipt = signet.sign(keypair, Action("t", {"id": number}), "bot")
    assert signet.verify(receipt, keypair.public_key)
    assert receipt.action.params == {"id": number}
    again = signet.Receipt.from_json(receipt.to_json())
    assert again.action.params == {"id": number}


@pytest.mark.parametrize(
    "params, error",
    [
        (float("nan"), signet.CanonicalizeError),
        (float("inf"), signet.CanonicalizeError),
        ({"a": {"b": float("-inf")}}, signet.CanonicalizeError),
        ("\ud800", signet.SerializeError),
        ({"\udfff": 1}, signet.SerializeError),
        ({1: "a", "1": "b"}, signet.JsonDuplicateMemberError),
        (b"bytes", TypeError),
        ({"a": {1, 2}}, TypeError),
        (datetime.datetime(2026, 1, 1), TypeError),
        (decimal.Decimal("1.5"), TypeError),
        (object(), TypeError),
    ],
)
def test_what_is_no_json_value_is_refused(keypair, params, error):
    with pytest.raises(error):
        signet.sign(keypair, Action("t", params), "bot")


@pytest.mark.parametrize("depth", [200, 2_000, 100_000])
def test_deep_params_are_refused_and_nothing_crashes(keypair, depth):
    deep = []
    for _ in range(depth):
        deep = [deep]
    with pytest.raises(signet.JsonTooDeepError):
        signet.sign(keypair, Action("t", deep), "bot")


def test_a_cycle_is_refused(keypair):
    cycle = []
    cycle.append(cycle)
    with pytest.raises(ValueError):
        signet.sign(keypair, Action("t", cycle), "bot")


def test_an_action_keeps_what_it_was_given(keypair):
    params = {"a": [1]}
    action = Action("t", params)
    params["a"].append(2)
    assert action.params == {"a": [1]}
    action.params["a"].append(3)
    assert signet.sign(keypair, action, "bot").action.params == {"a": [1]}


def test_an_action_has_the_published_members():
    action = Action("t", {"a": 1}, "mcp://x", "http", "s", "c", "sha256:" + "0" * 64, "tr", "rec_1")
    assert (action.tool, action.params, action.target, action.transport) == (
        "t",
        {"a": 1},
        "mcp://x",
        "http",
    )
    assert (action.session, action.call_id, action.trace_id) == ("s", "c", "tr")
    assert (action.response_hash, action.parent_receipt_id) == ("sha256:" + "0" * 64, "rec_1")
    assert action.params_hash == ""
    assert action == Action(
        *[
            getattr(action, name)
            for name in (
                "tool",
                "params",
                "target",
                "transport",
                "session",
                "call_id",
                "response_hash",
                "trace_id",
                "parent_receipt_id",
            )
        ]
    )


def test_only_the_hash_of_params(keypair):
    digest = signet.content_hash({"secret": 1})
    action = Action.hash_only("t", digest, target="mcp://x")
    receipt = signet.sign(keypair, action, "bot")
    assert receipt.action.params is None and receipt.action.params_hash == digest
    assert signet.verify(receipt, keypair.public_key)
    with pytest.raises(signet.InvalidReceiptError):
        signet.sign(keypair, Action.hash_only("t", "sha256:short"), "bot")


def test_texts_must_be_texts(keypair):
    with pytest.raises(TypeError, match="tool must be str"):
        Action(5)
    with pytest.raises(TypeError, match="target must be str"):
        Action("t", None, None)
    with pytest.raises(TypeError):
        signet.sign(keypair, Action("t"), 5)
    with pytest.raises(signet.SignetError):
        signet.sign(keypair, Action("t"), "\ud800")


def test_an_action_of_a_receipt_can_be_signed_again(receipt, keypair):
    again = signet.sign(keypair, receipt.action, "bot")
    assert again.action.params_hash == receipt.action.params_hash
    assert signet.verify(again, keypair.public_key)


def test_canonical_json_and_hashes():
    assert signet.canonicalize('{"b":1.0,"a":[]}') == '{"a":[],"b":1}'
    empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert signet.content_hash({}) == empty


def test_an_mcp_request_becomes_an_action():
    request = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "rm"}}
    action = json.loads(signet.action_from_tools_call(json.dumps(request), "mcp://files"))
    assert (action["tool"], action["call_id"], action["target"]) == ("rm", "n:7", "mcp://files")
