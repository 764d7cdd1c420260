"""The execution boundary: verify_request, nonce checkers, verifiers, and a real MCP
client and server over stdio."""

import asyncio
import json
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import skip

import signet_auth as signet
from signet_auth import Action

TARGET = "mcp://files"


def request(agent, tool="read", arguments=None, target=TARGET, **how):
    """The params of a signed tools/call request, as a server sees them."""
    said = {"path": "/tmp/x"} if arguments is None else arguments
    receipt = agent.sign(tool, said, target, audit=False, **how)
    params = {"name": tool, "arguments": said, "_meta": {"_signet": json.loads(receipt.to_json())}}
    return json.loads(json.dumps(params))


def options(agent, **how):
    return signet.VerifyOptions(
        **{"trusted_keys": [f"ed25519:{agent.public_key}"], "expected_target": TARGET, **how}
    )


def test_an_honest_request_passes(agent):
    result = signet.verify_request(request(agent), options(agent))
    assert result.ok and result.trusted and result.has_receipt and result.error is None
    assert result.signer_name == "bot"
    assert result.signer_pubkey == f"ed25519:{agent.public_key}"
    assert result.status == "SIGNET_OK"


def change(params, **members):
    params["_meta"]["_signet"].update(members)


@pytest.mark.parametrize(
    "spoil, error",
    [
        (lambda p: p.pop("_meta"), "unsigned request"),
        (lambda p: p.update(_meta=None), "unsigned request"),
        (lambda p: p["_meta"].update(_signet=None), "unsigned request"),
        (lambda p: p["_meta"].update(_signet="x"), "malformed receipt"),
        (lambda p: p["_meta"].update(_signet={}), "malformed receipt"),
        (lambda p: change(p, v=9), "malformed receipt"),
        (lambda p: change(p, extra=1), "malformed receipt"),
        (lambda p: change(p, ts="2020-01-01T00:00:00Z"), "invalid signature"),
        (lambda p: change(p, id="rec_" + "0" * 32), "malformed receipt"),
        (
            lambda p: p.update(name="delete"),
            'tool mismatch: receipt signed for "read", request is for "delete"',
        ),
        (
            lambda p: p["arguments"].update(path="/"),
            "params mismatch: signed params differ from request arguments",
        ),
        (
            lambda p: p.pop("arguments"),
            "params mismatch: signed params differ from request arguments",
        ),
    ],
)
def test_what_was_spoilt_is_refused_in_the_published_words(agent, spoil, error):
    params = request(agent)
    spoil(params)
    result = signet.verify_request(params, options(agent))
    assert (result.ok, result.trusted, result.error) == (False, False, error)
    assert result.status != "SIGNET_OK" and result.detail


def test_what_the_options_refuse(agent, keypair):
    other = request(agent, target="mcp://other")
    found = signet.verify_request(other, options(agent))
    assert found.error == f"target mismatch: expected {TARGET}, got mcp://other"
    stranger = signet.verify_request(
        request(agent), options(agent, trusted_keys=[keypair.public_key])
    )
    assert stranger.error == f"untrusted signer: ed25519:{agent.public_key}"
    old = signet.Verifier(trusted_keys=[agent.public_key], max_age_seconds=1)
    receipt = agent.sign("read", {}, audit=False)
    late = old.check_call("read", "{}", receipt, at_unix_ms=4_000_000_000_000)
    assert late.status == "SIGNET_ERR_TOO_OLD" and not late
    assert old.check_call("read", "{}", receipt, at_unix_ms=0).status == "SIGNET_ERR_FROM_FUTURE"


def test_nobody_is_trusted_by_default_e16(agent):
    stranger = signet.verify_request(request(agent))
    assert not stranger.ok and stranger.error.startswith("untrusted signer: ")
    asked = signet.VerifyOptions(require_trusted_signer=False)
    known = signet.verify_request(request(agent), asked)
    assert known.ok and not known.trusted


def test_a_receipt_passes_once_by_default_e16(agent):
    params = request(agent)
    found = [signet.verify_request(params, options(agent)) for _ in range(3)]
    assert [one.ok for one in found] == [True, False, False]
    assert found[1].error == "replay detected"


def test_what_is_refused_is_not_used_up_e17(agent, keypair):
    params = request(agent)
    assert not signet.verify_request(params, options(agent, expected_target="mcp://other")).ok
    assert not signet.verify_request(params, options(agent, trusted_keys=[keypair.public_key])).ok
    assert signet.verify_request(params, options(agent)).ok


def test_a_flood_of_strangers_pushes_nothing_out_e17(agent, keypair):
    checker = signet.InMemoryNonceChecker(max_entries=10)
    asked = options(agent, nonce_checker=checker)
    params = request(agent)
    assert signet.verify_request(params, asked).ok
    for _ in range(50):
        receipt = signet.sign(keypair, Action("read", {}, TARGET), "stranger")
        flood = {
            "name": "read",
            "arguments": {},
            "_meta": {"_signet": json.loads(receipt.to_json())},
        }
        assert not signet.verify_request(flood, asked).ok
    assert signet.verify_request(params, asked).error == "replay detected"


def test_a_full_checker_refuses_rather_than_forgets(agent):
    asked = options(agent, nonce_checker=signet.InMemoryNonceChecker(max_entries=3))
    requests = [request(agent) for _ in range(5)]
    found = [signet.verify_request(params, asked) for params in requests]
    assert [one.ok for one in found] == [True] * 3 + [False] * 2
    assert found[4].status == "SIGNET_ERR_REPLAY_STORE_FULL"
    assert signet.verify_request(requests[0], asked).error == "replay detected"


@pytest.mark.parametrize("ts", ["2026-06-15T12:00:00", "soon", "", "99999-01-01T00:00:00Z"])
def test_a_time_without_a_zone_is_refused_quietly_e18(agent, ts):
    """Signed as it is: only the time is wrong."""
    receipt = signet.sign(agent.keypair, Action("read", {}, TARGET), "bot")
    members = json.loads(receipt.to_json())
    members["ts"] = ts
    del members["sig"], members["id"]
    body = signet.canonicalize(json.dumps(members))
    signature = agent.keypair.sign(body.encode())
    import base64
    import hashlib

    members["sig"] = "ed25519:" + base64.b64encode(signature).decode()
    members["id"] = "rec_" + hashlib.sha256(signature).hexdigest()[:32]
    params = {"name": "read", "arguments": {}, "_meta": {"_signet": members}}
    result = signet.verify_request(params, options(agent))
    assert not result.ok and result.error in ("invalid receipt timestamp", "invalid signature")


@pytest.mark.parametrize(
    "signed, called",
    [
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ({"n": 1}, {"n": 1.0}),
        ({"n": 1e2}, {"n": 100}),
        ({"o": {"y": [1, {"z": 1, "x": 2}]}}, {"o": {"y": [1.0, {"x": 2, "z": 1}]}}),
        ({"id": 2**63 + 1}, {"id": 2**63 + 1}),
        ({}, {}),
    ],
)
def test_equal_arguments_pass_however_they_are_spelled_e19(agent, signed, called):
    params = request(agent, arguments=signed)
    params["arguments"] = called
    assert signet.verify_request(params, options(agent)).ok


@pytest.mark.parametrize(
    "signed, called",
    [
        ({"n": 1}, {"n": "1"}),
        ({"n": 1}, {"n": True}),
        ({"id": 2**63 + 1}, {"id": 2**63}),
        ({"a": None}, {}),
    ],
)
def test_other_arguments_do_not(agent, signed, called):
    params = request(agent, arguments=signed)
    params["arguments"] = called
    assert "params mismatch" in signet.verify_request(params, options(agent)).error


def test_unsigned_requests_pass_only_when_asked(agent):
    params = {"name": "read", "arguments": {}}
    assert not signet.verify_request(params, options(agent)).ok
    lax = options(agent, require_signature=False, require_trusted_signer=False)
    result = signet.verify_request(params, lax)
    assert result.ok and not result.has_receipt and not result.trusted


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"name": 5},
        {"name": "\ud800", "arguments": {}},
        {"name": "read", "arguments": float("nan")},
        {"name": "read", "arguments": {1, 2}},
        {"name": "read", "_meta": {"_signet": b"x"}},
        {"name": "read", "_meta": {"_signet": {"v": float("inf")}}},
        {"name": "read", "_meta": []},
    ],
)
def test_nonsense_is_refused_and_raises_nothing(agent, params):
    assert signet.verify_request(params, options(agent)).ok is False


@pytest.mark.parametrize("trusted", [["nope"], ["ed25519:" + "A" * 43 + "="]])
def test_options_that_cannot_be_meant_refuse(agent, trusted):
    assert signet.verify_request(request(agent), options(agent, trusted_keys=trusted)).ok is False
    assert signet.verify_request(request(agent), options(agent, max_age=-1)).ok is False


def bundle(agent, **entry):
    return {
        "version": 1,
        "bundle_id": "tb",
        "org": "example",
        "env": "prod",
        "generated_at": "2026-01-01T00:00:00Z",
        "agents": [
            {
                "id": "a",
                "name": "bot of ops",
                "owner": "ops",
                "pubkey": f"ed25519:{agent.public_key}",
                "status": "active",
                "created_at": "2026-01-01T00:00:00Z",
                **entry,
            }
        ],
    }


def test_trust_bundles(agent):
    members = bundle(agent)
    for trusted in (members, signet.TrustBundle(members)):
        asked = options(agent, trusted_keys=[], trust_bundle=trusted)
        assert signet.verify_request(request(agent), asked).trusted
    revoked = bundle(agent, status="revoked", revoked_at="2026-01-02T00:00:00Z")
    asked = options(agent, trusted_keys=[], trust_bundle=revoked)
    assert signet.verify_request(request(agent), asked).error.startswith("untrusted signer")
    broken = options(agent, trust_bundle={"agents": "x"})
    assert signet.verify_request(request(agent), broken).error == "invalid trust bundle"


# Nonce checkers


@pytest.fixture(params=["memory", "file"])
def checker(request, tmp_path):
    if request.param == "memory":
        return signet.InMemoryNonceChecker()
    return signet.FileNonceChecker(tmp_path / "folder" / "nonces.json")


def test_checkers_have_the_published_methods(checker):
    assert checker.check_and_record("a") is True and checker.check_and_record("a") is False
    assert checker.is_replay("a") is True
    checker.record("b")
    assert checker.is_replay("b") is True
    assert checker.is_replay("c") is False
    checker.record("c")
    assert checker.check_and_record("c") is False


def test_a_checker_in_a_file_survives(tmp_path, agent):
    params, path = request(agent), tmp_path / "nonces.json"
    assert signet.verify_request(
        params, options(agent, nonce_checker=signet.FileNonceChecker(path))
    ).ok
    again = options(agent, nonce_checker=signet.FileNonceChecker(str(path)))
    assert signet.verify_request(params, again).error == "replay detected"


def test_a_damaged_file_is_a_refusal_r4(tmp_path):
    path = tmp_path / "nonces.json"
    path.write_text("{ this is no nonce file")
    with pytest.raises(signet.ReplayStoreFailedError):
        signet.FileNonceChecker(path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises((OSError, signet.SignetError)):
        signet.FileNonceChecker(blocked / "nonces.json")


def use_all(path, nonces, found):
    checker = signet.FileNonceChecker(path)
    found.put(sum(checker.check_and_record(nonce) for nonce in nonces))


def test_four_processes_use_two_hundred_nonces_once_r5(tmp_path):
    path = str(tmp_path / "nonces.json")
    nonces = [f"rnd_{count:032x}" for count in range(200)]
    spawn = multiprocessing.get_context("spawn")
    found = spawn.Queue()
    processes = [spawn.Process(target=use_all, args=(path, nonces, found)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert sum(found.get(timeout=10) for _ in processes) == 200


def test_sixteen_threads_use_a_receipt_once(agent, checker):
    params, asked = request(agent), options(agent, nonce_checker=checker)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: signet.verify_request(params, asked).ok, range(64)))
    assert found.count(True) == 1


class Database:
    def __init__(self):
        self.seen = set()

    def check_and_record(self, nonce):
        fresh = nonce not in self.seen
        self.seen.add(nonce)
        return fresh


class OldDatabase:
    def __init__(self):
        self.seen = set()

    def is_replay(self, nonce):
        return nonce in self.seen

    def record(self, nonce):
        self.seen.add(nonce)


@pytest.mark.parametrize("kind", [Database, OldDatabase])
def test_a_checker_of_ones_own(agent, kind):
    database = kind()
    asked = options(agent, nonce_checker=database)
    params = request(agent)
    found = [signet.verify_request(params, asked).ok for _ in range(3)]
    assert found == [True, False, False]
    assert database.seen == {params["_meta"]["_signet"]["nonce"]}


def test_what_a_checker_raises_comes_out(agent):
    class Down:
        def check_and_record(self, nonce):
            raise ConnectionError("the database is down")

    with pytest.raises(ConnectionError, match="down"):
        signet.verify_request(request(agent), options(agent, nonce_checker=Down()))


def test_the_published_nonce_file_is_read(published, tmp_path):
    path = str(tmp_path / "nonces.json")
    published('signet.FileNonceChecker(given["path"]).record("rnd_1")', path=path)
    checker = signet.FileNonceChecker(path)
    assert checker.check_and_record("rnd_1") is False
    assert checker.check_and_record("rnd_2") is True
    checker._store.export()
    assert published(
        'c = signet.FileNonceChecker(given["path"]); found = [c.is_replay("rnd_1"), c.is_replay("rnd_2"), c.is_replay("rnd_3")]',
        path=path,
    ) == [True, True, False]


# Verifiers


def test_a_report_speaks_for_every_axis(agent):
    verifier = signet.Verifier(trusted_keys=[agent.public_key], targets=[TARGET])
    receipt = agent.sign("read", {}, TARGET, audit=False)
    report = verifier.check_call("read", "{}", receipt)
    assert report and report.trusted and report.receipt == receipt
    report.require()
    assert report.axis("signature")["status"] == "pass"
    assert report.axis("delegation")["status"] == "not_checked"
    again = verifier.check_call("read", "{}", receipt)
    assert again.axis("replay")["code"] == "replayed"
    with pytest.raises(signet.ReplayedError):
        again.require()


def test_a_verifier_asks_a_policy_and_counts(agent):
    policy = signet.Policy(
        '{"version":1,"default_action":"deny","rules":[{"id":"few","match":{"tool":"t"},'
        '"action":"allow","rate_limit":{"max_calls":2,"window_seconds":3600}}]}'
    )
    verifier = signet.Verifier(trusted_keys=[agent.public_key], policy=policy)
    found = [
        verifier.check_call("t", "{}", agent.sign("t", {}, audit=False)).status for _ in range(3)
    ]
    assert found == ["SIGNET_OK", "SIGNET_OK", "SIGNET_ERR_POLICY_DENIED"]


def test_receipts_with_a_response_and_evidence(agent, keypair):
    receipt = agent.sign("t", {"a": 1}, audit=False)
    both = signet.sign_bilateral(keypair, receipt, {"ok": 1}, "srv")
    verifier = signet.Verifier(
        trusted_keys=[agent.public_key], trusted_servers=[keypair.public_key]
    )
    assert verifier.check_evidence(both, at_unix_ms=4_000_000_000_000, response='{"ok":1}')
    wrong = verifier.check_receipt(both, response='{"ok":2}')
    assert wrong.status == "SIGNET_ERR_CONTENT_HASH_MISMATCH"
    assert verifier.check_receipt(both, response='{"ok":1}', arguments='{"a":1.0}')
    assert verifier.check_receipt(both).status == "SIGNET_ERR_REPLAYED"


def test_options_are_a_closed_set(agent):
    with pytest.raises(signet.InvalidArgumentError, match="trusted_key"):
        signet.Verifier(trusted_key=[agent.public_key])


# A real client and a real server


async def with_server(agent, tmp_path, server_key, talk):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    program = str(Path(__file__).with_name("mcp_server.py"))
    arguments = [program, agent.public_key, str(tmp_path / "nonces.json"), server_key.secret_key]
    parameters = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    async with stdio_client(parameters) as (reading, writing):
        async with ClientSession(reading, writing) as session:
            await session.initialize()
            await talk(session)


def test_a_real_mcp_client_and_server(agent, keypair, tmp_path):
    try:
        import mcp  # noqa: F401
    except ImportError:
        skip("the mcp package is not installed (it needs Python 3.10)")

    async def call(session, tool, arguments, receipt=None, **change):
        """What a client wrapper does: sign, log, and let the receipt travel along."""
        if receipt is None:
            receipt = await asyncio.to_thread(agent.sign, tool, arguments, TARGET)
        members = {**json.loads(receipt.to_json()), **change}
        result = await session.call_tool(tool, arguments, meta={"_signet": members})
        return result, receipt

    async def talk(session):
        result, receipt = await call(session, "read", {"path": "/tmp/x", "id": 2**60, "f": 1.0})
        assert not result.isError, result.content
        content = json.loads(result.content[0].text)
        assert content == {"done": "read", "by": "bot", "trusted": True}
        # The server's co-signature says what it answered, and is evidence for both.
        both = signet.BilateralReceipt.from_json(json.dumps(result.meta["_signet_bilateral"]))
        assert both.agent_receipt == receipt and both.response.outcome == {"status": "executed"}
        assert signet.verify_bilateral(both, keypair.public_key)
        assert signet.check_response(both, content)
        agent.log.append(both)
        # The same receipt again, with the same arguments.
        again, _ = await call(session, "read", {"path": "/tmp/x", "id": 2**60, "f": 1.0}, receipt)
        assert again.isError and again.content[0].text == "replay detected"
        # Other arguments, another tool, no receipt, an altered receipt.
        fresh = agent.sign("read", {"path": "/a"}, TARGET)
        other, _ = await call(session, "read", {"path": "/b"}, fresh)
        assert other.isError and other.content[0].text.startswith("params mismatch")
        stolen, _ = await call(session, "delete", {"path": "/a"}, fresh)
        assert stolen.isError and stolen.content[0].text.startswith("tool mismatch")
        altered, _ = await call(session, "read", {"path": "/a"}, fresh, nonce="rnd_" + "0" * 32)
        assert altered.isError and altered.content[0].text == "invalid signature"
        unsigned = await session.call_tool("read", {"path": "/a"})
        assert unsigned.isError and unsigned.content[0].text == "unsigned request"
        # None of that used it up.
        honest, _ = await call(session, "read", {"path": "/a"}, fresh)
        assert not honest.isError

    asyncio.run(with_server(agent, tmp_path, keypair, talk))
    assert agent.audit_verify_chain().valid and agent.audit_verify_signatures().failures == []
