"""The agent, and the decorators."""

import asyncio
import functools
import json
import logging
import os

import pytest

import signet_auth as signet
from signet_auth import decorator


def test_the_published_quick_start(home):
    agent = signet.SigningAgent.create("bot", owner="ops", signet_dir=home, passphrase="pw")
    receipt = agent.sign("web_search", params={"query": "x"}, target="mcp://local")
    assert agent.verify(receipt) and receipt.signer.owner == "ops"
    assert [r.receipt.ts for r in agent.audit_query(since="24h")] == [receipt.ts]
    assert agent.audit_verify_chain().valid and agent.audit_verify_signatures().valid == 1
    agent.close()
    again = signet.SigningAgent("bot", signet_dir=home, passphrase="pw")
    assert again.verify(receipt) and again.owner == "ops" and again.name == "bot"
    assert again.key_info.pubkey == again.public_key and again.signet_dir == home
    with pytest.raises(signet.DecryptionError):
        signet.SigningAgent("bot", signet_dir=home)


def test_an_unknown_agent(home):
    with pytest.raises(signet.KeyNotFoundError):
        signet.SigningAgent("nobody", signet_dir=home)


def test_a_closed_agent_signs_no_more(home):
    with signet.SigningAgent.create("bot", signet_dir=home) as agent:
        receipt = agent.sign("t")
    agent.close()
    with pytest.raises(RuntimeError, match="closed"):
        agent.sign("t")
    with pytest.raises(RuntimeError, match="closed"):
        agent.log
    # What needs no secret still works.
    assert agent.verify(receipt) and len(agent.audit_query()) == 1


def test_signing_without_the_log(agent):
    assert agent.verify(agent.sign("t", audit=False))
    assert agent.audit_query() == []


def test_a_call_that_cannot_be_recorded_is_not_signed_for_its_caller(agent, home):
    agent.sign("t")
    agent.log.close()
    with pytest.raises(signet.LogClosedError):
        agent.sign("t")


def test_other_agents_records_are_not_shown(agent, home):
    with signet.SigningAgent.create("other", signet_dir=home) as other:
        other.sign("t")
        agent.sign("t")
        assert [r.receipt.signer.name for r in agent.audit_query()] == ["bot"]
        assert [r.receipt.signer.name for r in agent.audit_query(signer="other")] == ["other"]
        assert len(signet.audit_query(home)) == 2


def test_delegation(agent, home):
    with signet.SigningAgent.create("sub", signet_dir=home) as sub:
        token = agent.delegate(
            sub.public_key, "sub", tools=["read"], expires="2999-01-01T00:00:00Z"
        )
        assert signet.SigningAgent.verify_delegation(token)
        for chain in ([json.loads(token)], [token], f"[{token}]"):
            receipt = sub.sign_authorized("read", {"x": 1}, "mcp://x", chain=chain)
            scope = json.loads(agent.verify_authorized(receipt, [agent.public_key]))
            assert scope["tools"] == ["read"] and scope["targets"] == ["*"]
        assert sub.sign_authorized("read", chain_json=f"[{token}]")
        with pytest.raises(signet.UnauthorizedError):
            sub.sign_authorized("write", chain=[token])
        with pytest.raises(TypeError):
            sub.sign_authorized("read")
        with pytest.raises(TypeError):
            sub.sign_authorized("read", chain=[], chain_json="[]")
        with pytest.raises(signet.ChainError):
            agent.verify_authorized(receipt, [sub.public_key])


def test_no_tools_is_not_all_tools(agent):
    other = signet.generate_keypair().public_key
    with pytest.raises(signet.ScopeViolationError):
        agent.delegate(other, "sub", tools=[])


def test_co_signing(agent, home):
    with signet.SigningAgent.create("server", signet_dir=home) as server:
        receipt = agent.sign("t")
        both = server.sign_bilateral(receipt, {"ok": True})
        assert both.agent_receipt == receipt and both.server.name == "server"
        assert server.verify_bilateral_receipt(both) and not agent.verify_bilateral_receipt(both)
        assert agent.verify_bilateral_with_key(both, server.public_key)
        assert agent.verify_with_key(receipt, agent.public_key)
        assert signet.check_response(both, {"ok": True})
        agent.log.append(both)
        assert agent.audit_verify_signatures().failures == []


# Decorators


@pytest.fixture
def default_agent(home, monkeypatch):
    monkeypatch.setattr(decorator, "_default_agent", None)
    with signet.init_signer("deco", signet_dir=home) as agent:
        yield agent


def calls(agent):
    return [(r.receipt.action.tool, r.receipt.action.params) for r in agent.audit_query()]


def test_a_tool_is_signed_before_it_runs(agent):
    seen = []

    @signet.signet_tool(agent=agent, target="mcp://x", transport="http", tool_name="named")
    def tool(a, b=2, *rest, c, **more):
        """A tool."""
        seen.append(len(agent.audit_query()))
        return a + b

    assert tool(1, c=object, d=4) == 3
    (record,) = agent.audit_query()
    assert seen == [1] and tool.__name__ == "tool" and tool.__doc__ == "A tool."
    assert record.receipt.action.tool == "named" and record.receipt.action.target == "mcp://x"
    params = record.receipt["action"]["params"]
    assert params == {"a": 1, "b": 2, "rest": [], "c": repr(object), "more": {"d": 4}}


def test_every_way_to_decorate(agent, default_agent):
    @signet.signet_tool
    def one():
        return 1

    @signet.signet_tool()
    def two():
        return 2

    @signet.signet_tool(agent)
    def three():
        return 3

    @signet.protect_tool(agent=agent)
    def four():
        return 4

    @signet.signet_sign(agent, tool_name="5")
    def five():
        return 5

    assert [tool() for tool in (one, two, three, four, five)] == [1, 2, 3, 4, 5]
    assert calls(default_agent) == [("one", {}), ("two", {})]
    assert calls(agent) == [("three", {}), ("four", {}), ("5", {})]


def test_async_tools(agent):
    @signet.signet_tool(agent)
    async def tool(x):
        await asyncio.sleep(0)
        return x

    async def main():
        return await asyncio.gather(*[tool(count) for count in range(50)])

    assert asyncio.run(main()) == list(range(50))
    assert sorted(params["x"] for _, params in calls(agent)) == list(range(50))
    assert agent.audit_verify_chain().valid


def unsignable(agent, **how):
    ran = []

    @signet.signet_tool(agent, **how)
    def tool(value):
        ran.append(value)

    @signet.signet_tool(agent, **how)
    async def async_tool(value):
        ran.append(value)

    return tool, lambda value: asyncio.run(async_tool(value)), ran


@pytest.mark.parametrize("value", [float("nan"), "\ud800", {"x": float("inf")}])
def test_an_unsigned_tool_does_not_run_2_10(agent, value):
    tool, async_tool, ran = unsignable(agent)
    for call in (tool, async_tool):
        with pytest.raises(signet.SignetError):
            call(value)
    assert ran == [] and calls(agent) == []


def test_a_snowflake_id_is_no_obstacle_e4(agent):
    tool, async_tool, ran = unsignable(agent)
    tool(2**63 + 1)
    async_tool(2**63 + 1)
    assert ran == [2**63 + 1] * 2
    assert [json.loads(params["$exact"]) for _, params in calls(agent)] == [
        {"value": 2**63 + 1}
    ] * 2


def test_a_tool_without_a_log_does_not_run_2_10(agent):
    tool, async_tool, ran = unsignable(agent)
    agent.log.close()
    for call in (tool, async_tool):
        with pytest.raises(signet.LogClosedError):
            call(1)
    assert ran == []


def test_it_runs_unsigned_only_when_asked_to(agent, caplog):
    tool, async_tool, ran = unsignable(agent, on_sign_error="warn")
    with caplog.at_level(logging.WARNING, "signet_auth"):
        tool(float("nan"))
        async_tool(float("nan"))
    assert len(ran) == 2 and len(caplog.records) == 2


def test_without_an_agent_a_tool_does_not_run(monkeypatch):
    monkeypatch.setattr(decorator, "_default_agent", None)
    tool, async_tool, ran = unsignable(None)
    for call in (tool, async_tool):
        with pytest.raises(RuntimeError, match="init_signer"):
            call(1)
    assert ran == []


def test_a_call_that_does_not_fit_is_not_signed(agent):
    @signet.signet_tool(agent)
    def tool(x):
        return x

    with pytest.raises(TypeError):
        tool()
    assert calls(agent) == []


def test_a_serializer_decides_about_params(agent):
    @signet.signet_tool(agent, params_serializer=lambda tool, args, kwargs: {"n": len(args)})
    def tool(*args):
        return args

    tool(1, 2)
    assert calls(agent) == [("tool", {"n": 2})]


def test_methods_and_wrapped_functions(agent):
    class Tools:
        @signet.signet_tool(agent)
        def method(self, x):
            return x

        def __repr__(self):
            return "tools"

    @signet.signet_tool(agent)
    @functools.wraps(Tools)
    def generator(n):
        yield from range(n)

    assert Tools().method(1) == 1
    assert calls(agent)[0] == ("method", {"self": "tools", "x": 1})


def test_settings_that_contradict_are_refused(agent):
    with pytest.raises(ValueError):
        signet.signet_tool(agent, audit=False, audit_encrypt_params=True)
    with pytest.raises(ValueError):
        signet.signet_tool(agent, on_sign_error="ignore")
    with pytest.raises(TypeError):
        signet.signet_tool(agent, agent=signet.SigningAgent)
    with pytest.raises(TypeError):
        signet.signet_tool(5)
    with pytest.raises(ValueError):
        agent.sign("t", audit=False, audit_encrypt_params=True)


def test_init_makes_no_new_key_over_a_locked_one(home):
    signet.generate_and_save(home, "deco", passphrase="pw")
    before = open(os.path.join(home, "keys", "deco.key"), encoding="utf-8").read()
    with pytest.raises(signet.DecryptionError):
        signet.init_signer("deco", signet_dir=home)
    assert open(os.path.join(home, "keys", "deco.key"), encoding="utf-8").read() == before


def test_the_published_module_names():
    from signet_auth.agent import SigningAgent
    from signet_auth.decorator import init, protect_tool, sign, signet_sign, signet_tool

    assert SigningAgent is signet.SigningAgent and init is signet.init_signer
    assert sign is signet_sign is signet_tool is protect_tool
