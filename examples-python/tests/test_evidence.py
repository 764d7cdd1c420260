"""Encrypted params, evidence bundles, repair plans and trust bundles."""

import json
import os

import pytest

import signet_auth as signet
from signet_auth import Action


@pytest.fixture
def sealed(agent):
    agent.sign("open", {"pin": 1})
    agent.sign("sealed", {"pin": 1234}, audit_encrypt_params=True)
    return agent


def test_encrypted_params_are_not_in_the_log(sealed):
    record = sealed.audit_query()[1]
    assert "params" not in record.receipt.action and "1234" not in record.line
    assert record.receipt.action.params_encrypted.kid == f"ed25519:{sealed.public_key}"


def test_their_signer_reads_them(sealed, home):
    for records in (
        sealed.audit_query(decrypt_params=True),
        signet.audit_query(home, decrypt_params=True),
    ):
        assert [r.receipt["action"]["params"] for r in records] == [{"pin": 1}, {"pin": 1234}]
        receipt = signet.Receipt.from_json(records[1].receipt_json)
        assert sealed.verify(receipt)
        assert records[1].record_hash == sealed.audit_query()[1].record_hash


def test_others_do_not(sealed, home):
    with signet.ParamsKey(signet.generate_keypair()) as key, pytest.raises(signet.KeyMismatchError):
        key.open(sealed.audit_query()[1].receipt_json)
    with signet.SigningAgent.create("other", signet_dir=home) as other:
        records = other.audit_query(signer="bot", decrypt_params=True)
        assert "params" not in records[1].receipt.action


def test_a_lent_key_reads_and_cannot_sign(sealed):
    lent = signet.ParamsKey(sealed.keypair).export()
    key = signet.ParamsKey.from_bytes(sealed.public_key, lent)
    opened = json.loads(key.open(sealed.audit_query()[1].receipt_json))
    assert opened["action"]["params"] == {"pin": 1234}
    assert lent.hex() not in repr(key)
    key.close()
    with pytest.raises(RuntimeError, match="closed"):
        key.export()


def test_signatures_of_encrypted_records(sealed, home):
    mine = sealed.audit_verify_signatures()
    assert (mine.total, mine.valid, mine.warnings) == (2, 2, [])
    anyones = signet.audit_verify_signatures(home)
    assert (anyones.total, anyones.valid, len(anyones.warnings)) == (2, 1, 1)


def test_sealing_is_for_the_signer_alone(agent, home, keypair):
    receipt = agent.sign("t", {"a": 1}, audit=False)
    with pytest.raises(signet.SignatureMismatchError):
        signet.audit_append_encrypted(home, receipt, keypair.secret_key)
    record = signet.audit_append_encrypted(home, receipt, agent.keypair)
    assert record.receipt.id == receipt.id


def test_a_decorated_tool_with_encrypted_params(agent):
    @signet.signet_tool(agent=agent, audit_encrypt_params=True)
    def tool(secret):
        return len(secret)

    assert tool("hush") == 4
    assert "hush" not in agent.audit_query()[0].line
    assert agent.audit_query(decrypt_params=True)[0].receipt.action.params == {"secret": "hush"}


def test_the_published_package_reads_them(published, home):
    with signet.SigningAgent.create("bot", signet_dir=home, passphrase="pw") as agent:
        agent.sign("ours", {"a": 1}, audit_encrypt_params=True)
        found = published(
            """
agent = signet.SigningAgent("bot", signet_dir=given["home"], passphrase="pw")
agent.sign("theirs", {"b": 2}, audit_encrypt_params=True)
found = [r.receipt["action"]["params"] for r in agent.audit_query(decrypt_params=True)]
""",
            home=home,
        )
        records = agent.audit_query(decrypt_params=True)
        assert found == [r.receipt.action.params for r in records] == [{"a": 1}, {"b": 2}]
        assert agent.audit_verify_signatures().valid == 2


# Bundles


BUNDLE = {
    "version": 1,
    "bundle_id": "tb",
    "org": "example",
    "env": "prod",
    "generated_at": "2026-01-01T00:00:00Z",
}


def trust(*agents, **entry):
    listed = [
        {
            "id": f"agent-{number}",
            "name": "bot",
            "owner": "ops",
            "pubkey": f"ed25519:{key}",
            "status": "active",
            "created_at": "2026-01-01T00:00:00Z",
            **entry,
        }
        for number, key in enumerate(agents)
    ]
    return signet.TrustBundle({**BUNDLE, "agents": listed})


def test_a_bundle_is_written_and_verified(agent, tmp_path, keypair):
    for count in range(3):
        agent.sign("t", {"n": count})
    bundle = trust(agent.public_key)
    folder = tmp_path / "bundle"
    manifest = signet.write_bundle(agent.log, folder, keypair, "auditor", bundle=bundle)
    assert manifest["record_count"] == 3
    report = signet.verify_bundle(folder, [keypair.public_key], bundle=bundle)
    assert report and report.details["records"] == 3 and report.details["whole_log"]
    nobody = signet.verify_bundle(folder)
    assert not nobody and nobody.verdict == "UNVERIFIABLE"
    path = folder / "records.jsonl"
    path.write_text(path.read_text().replace('"n":1', '"n":7'))
    changed = signet.verify_bundle(folder, [keypair.public_key], bundle=bundle)
    assert changed.verdict == "TAMPERED" and isinstance(changed.error, signet.BundleTamperedError)
    os.remove(path)
    with pytest.raises(signet.BundleInvalidError):
        signet.verify_bundle(folder)


def test_a_bundle_of_what_matches(agent, tmp_path, keypair):
    agent.sign("a"), agent.sign("b")
    manifest = signet.write_bundle(agent.log, tmp_path / "b", keypair, "x", tool="b")
    assert manifest["record_count"] == 1
    with pytest.raises(signet.RecordNotFoundError):
        signet.write_bundle(agent.log, tmp_path / "c", keypair, "x", tool="none")


def test_a_repair_is_planned_before_it_is_made(agent, home):
    agent.sign("t")
    agent.log.close()
    folder = os.path.join(home, "audit")
    assert signet.plan_repair(folder)["verdict"] == "OK"
    (name,) = [one for one in os.listdir(folder) if one.endswith(".jsonl")]
    with open(os.path.join(folder, name), "a", encoding="utf-8") as file:
        file.write('{"torn')
    plan = signet.plan_repair(folder)
    assert plan["verdict"] == "TORN" and plan["set_aside"] == 6
    assert signet.plan_repair(folder) == plan


# Trust


def test_keys_are_trusted_as_of_a_time(keypair):
    bundle = trust(keypair.public_key)
    assert (bundle.id, bundle.org, bundle.env) == ("tb", "example", "prod")
    assert bundle.trusts("agents", keypair.public_key)
    assert not bundle.trusts("servers", keypair.public_key)
    assert [one["status"] for one in bundle.list("agents")] == ["active"]
    revoked = trust(keypair.public_key, status="revoked", revoked_at="2026-01-02T00:00:00Z")
    with pytest.raises(signet.KeyRevokedError):
        revoked.check("agents", keypair.public_key)
    with pytest.raises(ValueError):
        bundle.check("people", keypair.public_key)
    assert signet.TrustBundle(bundle.to_json()).hash == bundle.hash


@pytest.mark.parametrize("document", ["", "x", "{}", {**BUNDLE, "more": 1}, {**BUNDLE, "env": "!"}])
def test_what_is_no_trust_bundle_is_refused(document):
    with pytest.raises(signet.TrustBundleError):
        signet.TrustBundle(document)


def test_a_log_is_held_to_a_trust_bundle(agent, keypair):
    agent.sign("t")
    assert agent.log.verify(bundle=trust(agent.public_key)).signatures_valid == 1
    assert not agent.log.verify(bundle=trust(keypair.public_key)).ok


# Policies


def test_a_policy_counts_and_can_be_replaced(keypair):
    text = json.dumps(
        {
            "version": 1,
            "default_action": "deny",
            "rules": [
                {
                    "id": "few",
                    "match": {"tool": "t"},
                    "action": "allow",
                    "rate_limit": {"max_calls": 2, "window_seconds": 3600},
                }
            ],
        }
    )
    policy = signet.Policy(text)
    action = Action("t")
    assert policy.evaluate(action, "bot", dry_run=True) and policy.evaluate(action, "bot")
    assert policy.sign(keypair, action, "bot")[1].allowed
    assert not policy.evaluate(action, "bot") and not policy.evaluate(action, "bot", dry_run=True)
    # Counts go on in a policy that replaces it, not in a new one.
    assert not signet.Policy(text, previous=policy).evaluate(action, "bot")
    assert signet.Policy(text).evaluate(action, "bot")
    assert policy.hash == signet.compute_policy_hash(text)


def test_rate_limits_hold_for_policies_given_as_text(keypair):
    text = signet.parse_policy_yaml(
        "version: 1\nname: limits\ndefault_action: deny\nrules:\n"
        "  - {id: few, match: {tool: t}, action: allow, rate_limit: {max_calls: 2, window_seconds: 3600}}\n"
    )
    action = Action("t").to_json()
    for _ in range(2):
        assert json.loads(signet.evaluate_policy(action, "bot", text))["decision"] == "allow"
        signet.sign_with_policy(keypair, action, "bot", "", text)
    assert json.loads(signet.evaluate_policy(action, "bot", text))["decision"] == "deny"
    with pytest.raises(signet.PolicyViolationError):
        signet.sign_with_policy(keypair, action, "bot", "", text)


def test_a_mistake_in_a_policy_has_a_place():
    with pytest.raises(signet.PolicyParseError) as caught:
        signet.Policy("version: 1\nrules:\n  - {id: a, mach: {tool: x}, action: deny}\n")
    assert (caught.value.line, caught.value.column) == (3, 13)
    with pytest.raises(ValueError):
        signet.Policy("{}", "toml")
