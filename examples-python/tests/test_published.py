"""The published package beside this one: each reads what the other wrote, and a
program that was written for it gets the same answers."""

import inspect
import json

import pytest

import signet_auth as signet
from signet_auth import Action

PARAMS = [
    None,
    {},
    {"a": 1, "b": [1, 2.5, None, True, -0.0, 1e21, 1e-7], "é": "\U0001f600\u2028\x7f"},
    [1, [2, [3]]],
    "text",
    0,
    {"zz": 1, "a": {"z": 1, "y": 2}, "\u00ff": 0, "\U0001f600": 1, "\ufb33": 2},
]


def test_every_name_is_here(published):
    found = published("found = [n for n in signet.__all__]")
    assert set(found) <= set(dir(signet))


def test_every_function_takes_the_same_arguments(published):
    found = published(
        """
import inspect
found = {}
for name in signet.__all__:
    value = getattr(signet, name)
    if inspect.isclass(value) and issubclass(value, Exception):
        continue
    if callable(value):
        try:
            found[name] = [p.name for p in inspect.signature(value).parameters.values()]
        except (TypeError, ValueError):
            pass
    if inspect.isclass(value):
        found[name + "."] = [n for n in dir(value) if not n.startswith("_")]
"""
    )
    for name, theirs in sorted(found.items()):
        if name.endswith("."):
            mine = getattr(signet, name[:-1])
            missing = [one for one in theirs if not member(mine, one)]
            assert not missing, f"{name} lacks {missing}"
        elif name not in CONSTRUCTED:
            mine = [p.name for p in inspect.signature(getattr(signet, name)).parameters.values()]
            assert mine[: len(theirs)] == theirs, name


# Nobody calls these: functions return them.
CONSTRUCTED = {
    "AuditRecord", "BilateralReceipt", "ChainBreak", "ChainStatus", "CompoundReceipt", "KeyInfo",
    "KeyPair", "Receipt", "Response", "ServerInfo", "Signer", "VerifyFailure", "VerifyResult",
    "VerifyWarning", "NonceChecker",
}  # fmt: skip


def member(kind, name):
    return hasattr(kind, name) or name in getattr(kind, "__dataclass_fields__", {})


def test_ours_verify_there(published, keypair):
    receipts = [signet.sign(keypair, Action("t", params, "x"), "bot", "ops") for params in PARAMS]
    receipts.append(signet.sign(keypair, Action("t", {"id": 2**64 + 1}, session="s"), "é"))
    receipts.append(signet.sign(keypair, Action.hash_only("t", signet.content_hash({})), "bot"))
    receipts.append(
        signet.sign_with_expiration(keypair, Action("t"), "bot", "", "2999-01-01T00:00:00Z")
    )
    assert published(
        """
found = []
for text in given["receipts"]:
    receipt = signet.Receipt.from_json(text)
    found.append([signet.verify(receipt, given["key"]), signet.verify_any(text, given["key"])])
""",
        receipts=[receipt.to_json() for receipt in receipts],
        key=keypair.public_key,
    ) == [[True, True]] * len(receipts)


def test_theirs_verify_here(published):
    made = published(
        """
pair = signet.generate_keypair()
receipts = [signet.sign(pair.secret_key, signet.Action("t", params, "x", session="s"), "bot", "o")
            for params in given["params"]]
receipts.append(signet.sign_with_expiration(
    pair.secret_key, signet.Action("t"), "b", "", "2999-01-01T00:00:00Z"))
receipts.append(signet.sign(
    pair.secret_key, signet.Action.hash_only("t", "sha256:" + "0" * 64), "b"))
found = {"key": pair.public_key, "secret": pair.secret_key,
         "receipts": [r.to_json() for r in receipts]}
""",
        params=PARAMS,
    )
    for text, params in zip(made["receipts"], PARAMS):
        receipt = signet.Receipt.from_json(text)
        assert signet.verify(receipt, made["key"]) and signet.verify_any(text, made["key"])
        assert receipt.action.params == params and receipt.action.session == "s"
    for text in made["receipts"][len(PARAMS) :]:
        assert signet.verify(signet.Receipt.from_json(text), made["key"])
    # The secret is the same text.
    assert signet.KeyPair(made["secret"]).public_key == made["key"]


def test_answers_and_compound_receipts(published, keypair):
    server = signet.generate_keypair()
    agent = signet.sign(keypair, Action("t", {"a": 1}, session="s", call_id="c"), "bot")
    outcome = {"status": "failed", "error": "no"}
    both = signet.sign_bilateral_with_outcome(server, agent, {"r": 1}, "srv", None, outcome)
    compound = signet.sign_compound(keypair, Action("t"), [1, "ü"], "bot")
    found = published(
        """
both = signet.BilateralReceipt.from_json(given["both"])
pair, server = signet.generate_keypair(), signet.generate_keypair()
receipt = signet.sign(pair.secret_key, signet.Action("t", {"a": 1}, session="s"), "bot")
found = [
    signet.verify_bilateral(both, given["server"]),
    signet.verify_bilateral_detailed(both, given["server"], "s", "c",
                                     trusted_agent_public_key=given["agent"]),
    both.response.outcome,
    signet.verify_any(given["compound"], given["agent"]),
    signet.sign_bilateral_with_outcome(server.secret_key, receipt, {"r": 1}, "srv", None,
                                       {"status": "executed"}).to_json(),
    server.public_key,
    signet.sign_compound(pair.secret_key, signet.Action("t"), {"r": 1}, "bot").to_json(),
    pair.public_key,
]
""",
        both=both.to_json(),
        server=server.public_key,
        agent=keypair.public_key,
        compound=compound.to_json(),
    )
    assert found[:4] == [True, "agent_trusted", outcome, True]
    theirs = signet.BilateralReceipt.from_json(found[4])
    assert signet.verify_bilateral(theirs, found[5]) and signet.verify_any(found[4], found[5])
    assert theirs.response.outcome == {"status": "executed"}
    assert signet.verify_bilateral_detailed(theirs, found[5], "s") == "agent_self_consistent"
    assert signet.verify_bilateral_detailed(theirs, found[5], "x") == "untrusted"
    assert signet.check_response(theirs, {"r": 1})
    assert signet.verify_any(found[6], found[7])
    assert signet.CompoundReceipt.from_json(found[6]).response.outcome is None


ACTION = json.dumps(
    {"tool": "a", "params": {}, "params_hash": "", "target": "x", "transport": "stdio"}
)
SCOPE = {"tools": ["a"], "targets": ["*"], "max_depth": 0, "expires": "2999-01-01T00:00:00Z"}


def test_delegations(published, keypair):
    delegate = signet.generate_keypair()
    token = signet.sign_delegation(keypair, "root", delegate.public_key, "sub", json.dumps(SCOPE))
    ours = signet.sign_authorized(delegate, ACTION, "sub", f"[{token}]")
    found = published(
        """
import json
root, sub = signet.generate_keypair(), signet.generate_keypair()
token = signet.sign_delegation(root.secret_key, "root", sub.public_key, "sub", json.dumps(given["scope"]))
theirs = signet.sign_authorized(sub.secret_key, given["action"], "sub", "[" + token + "]")
found = [
    signet.verify_delegation(given["token"]),
    json.loads(signet.verify_authorized(given["ours"], [given["root"]])),
    token, theirs, root.public_key,
    # Their signer takes our token.
    signet.sign_authorized(given["secret"], given["action"], "sub", "[" + given["token"] + "]"),
]
""",
        token=token,
        ours=ours,
        root=keypair.public_key,
        secret=delegate.secret_key,
        scope=SCOPE,
        action=ACTION,
    )
    assert found[:2] == [True, SCOPE]
    assert signet.verify_delegation(found[2])
    assert json.loads(signet.verify_authorized(found[3], [found[4]])) == SCOPE
    assert json.loads(signet.verify_authorized(found[5], [keypair.public_key])) == SCOPE
    # And ours takes theirs.
    assert signet.verify_chain(f"[{found[2]}]", [found[4]]) == SCOPE


POLICY = """
version: 1
name: guard
default_action: deny
rules:
  - {id: ok, match: {tool: a}, action: allow, reason: fine}
  - {id: ask, match: {tool: b}, action: require_approval, reason: risky}
"""


def test_policies(published, keypair):
    text = signet.parse_policy_yaml(POLICY)
    receipt, decision = signet.sign_with_policy(keypair, ACTION, "bot", "ops", text)
    found = published(
        """
import json
theirs = signet.parse_policy_yaml(given["policy"])
pair = signet.generate_keypair()
receipt, decision = signet.sign_with_policy(pair.secret_key, given["action"], "bot", "o", theirs)
found = [
    signet.compute_policy_hash(given["ours"]), signet.compute_policy_hash(theirs),
    json.loads(theirs), signet.verify_any(given["receipt"], given["key"]),
    receipt, pair.public_key, sorted(json.loads(decision)), theirs,
    [json.loads(signet.evaluate_policy(given["action"].replace('"a"', '"' + t + '"'), "bot", theirs))["decision"]
     for t in "abc"],
]
""",
        policy=POLICY,
        ours=text,
        action=ACTION,
        receipt=receipt,
        key=keypair.public_key,
    )
    assert found[0] == found[1] == signet.compute_policy_hash(text)
    assert found[2] == json.loads(text) and found[3]
    assert signet.verify_any(found[4], found[5])
    assert found[6] == sorted(json.loads(decision))
    # Their normal form is a policy here, and decides the same.
    assert (
        found[8]
        == [
            json.loads(signet.evaluate_policy(ACTION.replace('"a"', f'"{tool}"'), "bot", found[7]))[
                "decision"
            ]
            for tool in "abc"
        ]
        == ["allow", "require_approval", "deny"]
    )
    for tool, error in (("b", signet.RequiresApprovalError), ("c", signet.PolicyViolationError)):
        with pytest.raises(error):
            signet.sign_with_policy(keypair, ACTION.replace('"a"', f'"{tool}"'), "bot", "", text)


def test_key_files(published, home):
    signet.generate_and_save(home, "ours", owner="ops", passphrase="correct horse ü")
    signet.generate_and_save(home, "plain")
    found = published(
        """
home = given["home"]
info = signet.generate_and_save(home, "theirs", owner="them", passphrase="pass ü")
signet.generate_and_save(home, "open")
found = [
    [signet.load_signing_key(home, "ours", given["pass"]), signet.load_verifying_key(home, "ours"),
     signet.load_key_info(home, "ours").owner, signet.load_signing_key(home, "plain")],
    [signet.load_signing_key(home, "theirs", "pass ü"), info.pubkey, info.owner, info.created_at,
     signet.load_signing_key(home, "open")],
    [k.name for k in signet.list_keys(home)],
    signet.export_public_key(home, "ours"),
]
""",
        home=home,
        **{"pass": "correct horse ü"},
    )
    secret = signet.load_signing_key(home, "ours", "correct horse ü")
    info = signet.load_key_info(home, "ours")
    assert found[0] == [secret, info.pubkey, "ops", signet.load_signing_key(home, "plain")]
    theirs = signet.load_key_info(home, "theirs")
    assert found[1] == [
        signet.load_signing_key(home, "theirs", "pass ü"),
        theirs.pubkey,
        theirs.owner,
        theirs.created_at,
        signet.load_signing_key(home, "open"),
    ]
    assert found[2] == [one.name for one in signet.list_keys(home)]
    assert found[3] == signet.export_public_key(home, "ours")


def test_one_log_for_both(published, home):
    """Both append to one log in turn; both find it whole, and all of it."""
    with signet.SigningAgent.create("bot", owner="ops", signet_dir=home) as agent:
        ids = []
        for turn in range(3):
            ids.append(agent.sign("ours", {"turn": turn}).id)
            ids.append(
                published(
                    """
agent = signet.SigningAgent("bot", signet_dir=given["home"])
found = agent.sign("theirs", {"turn": given["turn"]}).id
""",
                    home=home,
                    turn=turn,
                )
            )
        found = published(
            """
home = given["home"]
status = signet.audit_verify_chain(home)
result = signet.audit_verify_signatures(home, trusted_agent_keys=[given["key"]])
records = signet.audit_query(home, since="1h")
found = [status.valid, status.total_records, status.break_point,
         result.total, result.valid, len(result.failures),
         [r.receipt["id"] for r in records], [r.record_hash for r in records],
         [r.receipt["id"] for r in signet.audit_query(home, tool="ours", limit=2)]]
""",
            home=home,
            key=f"ed25519:{agent.public_key}",
        )
        records = agent.audit_query(since="1h")
        status = agent.audit_verify_chain()
        result = agent.audit_verify_signatures(trusted_agent_keys=[agent.public_key])
        assert found == [
            status.valid,
            status.total_records,
            status.break_point,
            result.total,
            result.valid,
            len(result.failures),
            [record.receipt["id"] for record in records],
            [record.record_hash for record in records],
            [record.receipt["id"] for record in agent.audit_query(tool="ours", limit=2)],
        ]
        assert found[:6] == [True, 6, None, 6, 6, 0] and found[6] == ids


PROGRAM = """
import json, os, tempfile
from signet_auth import *
from signet_auth.decorator import init

out = []
def attempt(action):
    try:
        result = action()
        out.append(result if isinstance(result, (bool, int, str, type(None))) else type(result).__name__)
    except Exception as error:
        out.append(next(k.__name__ for k in type(error).__mro__ if k.__name__ in NAMES))

home = tempfile.mkdtemp()
agent = SigningAgent.create("bot", owner="ops", signet_dir=home, passphrase="pw")
receipt = agent.sign("web_search", params={"q": "x"}, target="mcp://local")
other = generate_keypair()
attempt(lambda: agent.verify(receipt))
attempt(lambda: agent.verify_with_key(receipt, other.public_key))
attempt(lambda: agent.audit_query(since="24h")[0].receipt["action"]["tool"])
attempt(lambda: agent.audit_verify_chain().total_records)
attempt(lambda: agent.audit_verify_signatures().valid)
attempt(lambda: SigningAgent("bot", signet_dir=home))
attempt(lambda: SigningAgent("bot", signet_dir=home, passphrase="no"))
attempt(lambda: SigningAgent("zz", signet_dir=home))
attempt(lambda: SigningAgent.create("bot", signet_dir=home))
attempt(lambda: SigningAgent.create("a/b", signet_dir=home))
attempt(lambda: Receipt.from_json("{"))
attempt(lambda: verify(Receipt.from_json(receipt.to_json().replace("web_search", "rm")), agent.public_key))
attempt(lambda: verify(receipt, "nope"))
attempt(lambda: verify_any("{}", agent.public_key))
attempt(lambda: sign("nope", Action("t"), "bot"))
attempt(lambda: verify(sign_with_expiration(other.secret_key, Action("t"), "b", "", "2020-01-01T00:00:00Z"), other.public_key))
attempt(lambda: verify_allow_expired(sign_with_expiration(other.secret_key, Action("t"), "b", "", "2020-01-01T00:00:00Z"), other.public_key))
attempt(lambda: parse_policy_yaml("x"))
attempt(lambda: sign_authorized(other.secret_key, json.dumps({"tool": "t", "params": {}, "params_hash": "", "target": "", "transport": "stdio"}), "x", "[]"))
token = agent.delegate(other.public_key, "sub", tools=["a"], expires="2020-01-01T00:00:00Z")
attempt(lambda: verify_delegation(token))
attempt(lambda: validate_key_name("x y"))
attempt(lambda: repr(generate_keypair()).count(other.secret_key))
@signet_tool(agent=agent, target="mcp://x")
def tool(a, b=2):
    return a + b
attempt(lambda: tool(1))
attempt(lambda: agent.audit_query(limit=1)[0].receipt["action"]["params"] == {"a": 1, "b": 2})
default = init("second", signet_dir=home)
@signet_tool
def plain():
    return "ran"
attempt(plain)
attempt(lambda: default.audit_query()[0].receipt["action"]["tool"])
agent.close()
attempt(lambda: agent.sign("t"))
found = out
"""


def test_a_program_gets_the_same_answers(published):
    names = published("found = [n for n in dir(signet) if n.endswith('Error')]")
    names += ["ValueError", "TypeError", "RuntimeError", "Exception"]
    program = PROGRAM.replace("out = []", f"out = []\nNAMES = {names!r}", 1)
    theirs = published(program)
    scope = {}
    exec(program, scope)  # the same program, here
    assert scope["found"] == theirs
    assert len(theirs) == 27


def test_the_compiled_modules_name(published):
    found = published("from signet_auth import _signet; found = dir(_signet)")
    import signet_auth._signet as mine

    known = {name for name in found if not name.startswith("_")} & set(dir(signet))
    assert known <= set(dir(mine)) and len(known) > 60
