"""MCP messages on the wire, and params and results by themselves."""

import json

import pytest

import signet_auth as signet
from signet_auth import mcp

REQUEST = '{ "jsonrpc":"2.0", "id":7, "method":"tools/call", "params":{"name":"read","arguments":{"id":9007199254740993,"f":1.0}} }'
RESPONSE = (
    '{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"ok"}],"isError":false}}'
)


@pytest.fixture
def server():
    return signet.generate_keypair()


@pytest.fixture
def verifiers(keypair, server):
    """What the server asks of requests, and the client of responses."""
    trusted = {"trusted_keys": [keypair.public_key], "trusted_servers": [server.public_key]}
    return signet.Verifier(**trusted), signet.Verifier(**trusted)


def test_a_message_there_and_back(keypair, server, verifiers):
    signed = mcp.sign_request(keypair, REQUEST, "bot", "ops", target="mcp://files")
    (mine,) = signed.calls
    # No other byte changes.
    receipt = mine.receipt.to_json()
    assert signed.message.replace(f'"_meta":{{"_signet":{receipt}}},', "") == REQUEST
    assert mine.id == "7" and mine.receipt.action.call_id == "n:7"
    report, call = mcp.verify_request(verifiers[0], signed.message)
    assert report and call.receipt == mine.receipt == report.receipt
    answer = mcp.sign_response(server, call, RESPONSE, "files")
    assert answer.embedded and answer.receipt.response.outcome == {"status": "executed"}
    report, bare = mcp.verify_response(verifiers[1], mine, answer.text)
    assert report and bare == RESPONSE and report.receipt == answer.receipt
    # Once.
    assert mcp.verify_request(verifiers[0], signed.message)[0].status == "SIGNET_ERR_REPLAYED"


def test_what_was_changed_on_the_way(keypair, server, verifiers):
    signed = mcp.sign_request(keypair, REQUEST, "bot")
    report, call = mcp.verify_request(verifiers[0], signed.message.replace('"f":1.0', '"f":2'))
    assert report.status == "SIGNET_ERR_ARGUMENTS_MISMATCH" and call is None
    _, call = mcp.verify_request(verifiers[0], signed.message)
    answer = mcp.sign_response(server, call, RESPONSE, "files").text
    changed, _ = mcp.verify_response(verifiers[1], signed.calls[0], answer.replace('"ok"', '"no"'))
    assert changed.status == "SIGNET_ERR_CONTENT_HASH_MISMATCH"
    with pytest.raises(signet.UnsignedError):
        mcp.verify_response(verifiers[1], signed.calls[0], RESPONSE)
    other = mcp.sign_request(keypair, REQUEST, "bot").calls[0]
    with pytest.raises(signet.BindingMismatchError):
        mcp.verify_response(verifiers[1], other, answer)


def test_params_and_results(keypair, server, verifiers):
    arguments = {"path": "/tmp/x", "id": 2**60}
    meta, mine = mcp.sign_params(keypair, "read", arguments, "bot", target="mcp://files")
    assert mine.id is None and mine.receipt.action.call_id is None
    report, call = mcp.verify_params(
        verifiers[0], {"name": "read", "arguments": arguments, "_meta": meta}
    )
    assert report.trusted
    result = {"content": [], "isError": True}
    answer = mcp.sign_result(
        server, call, result, "files", outcome={"status": "failed", "error": "x"}
    )
    assert answer.receipt.response.outcome == {"status": "failed", "error": "x"}
    report, bare = mcp.verify_result(verifiers[1], mine, answer.text)
    assert report and json.loads(bare) == result


def test_a_batch_and_what_is_no_call(keypair):
    batch = f'[{REQUEST},{{"jsonrpc":"2.0","method":"notifications/x"}}]'
    signed = mcp.sign_request(keypair, batch, "bot")
    assert len(signed.calls) == 1
    other = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    assert mcp.sign_request(keypair, other, "bot") == (other, [])


def test_what_is_refused_at_once(keypair, verifiers):
    for text in (
        "",
        "x",
        "[]",
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}',
    ):
        with pytest.raises(signet.SignetError):
            mcp.sign_request(keypair, text, "bot")
        with pytest.raises(signet.SignetError):
            mcp.verify_request(verifiers[0], text)
    signed = mcp.sign_request(keypair, REQUEST, "bot").message
    with pytest.raises(signet.AlreadySignedError):
        mcp.sign_request(keypair, signed, "bot")
    with pytest.raises(TypeError):
        mcp.Call()


def test_a_policy_is_asked_before_signing(keypair):
    policy = signet.Policy('{"version":1,"default_action":"deny","rules":[]}')
    with pytest.raises(signet.PolicyViolationError):
        mcp.sign_request(keypair, REQUEST, "bot", policy=policy)
