"""The published signet-auth makes and verifies what every language reads: see README.md.
It has no proofs."""

import json
import sys
from pathlib import Path

import signet_auth as signet

ACTION = {"tool": "echo", "target": "mcp://cross", "params": {"n": 1, "text": "grüße"}}
SCOPE = '{"tools":["echo"],"targets":["mcp://cross"],"max_depth":0}'


def action():
    return signet.Action("echo", params=ACTION["params"], target=ACTION["target"])


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    signet.generate_and_save(str(folder), "agent", "published", "cross")
    signet.generate_and_save(str(folder), "helper", "published")
    agent = signet.load_signing_key(str(folder), "agent", "cross")
    helper = signet.load_signing_key(str(folder), "helper")
    receipt = signet.sign(agent, action(), "agent", "published")
    (folder / "receipt.json").write_text(receipt.to_json())

    helper_key = signet.load_verifying_key(str(folder), "helper")
    token = signet.sign_delegation(agent, "agent", helper_key, "helper", SCOPE)
    chain = f"[{token}]"
    (folder / "chain.json").write_text(chain)
    authorized = signet.sign_authorized(
        helper, json.dumps({**ACTION, "params_hash": "", "transport": "stdio"}), "helper", chain)
    (folder / "authorized.json").write_text(authorized)
    for _ in range(3):
        signet.audit_append(str(folder), signet.sign(agent, action(), "agent", "published"))


def require(holds, why="false"):
    if not holds:
        raise ValueError(why)


def verify_key(folder, agent):
    signet.load_signing_key(str(folder), "agent", "cross")
    signet.load_signing_key(str(folder), "helper")


def verify_receipt(folder, agent):
    require(signet.verify_any((folder / "receipt.json").read_text(), agent))


def verify_delegation(folder, agent):
    for token in json.loads((folder / "chain.json").read_text()):
        require(signet.verify_delegation(json.dumps(token)))
    signet.verify_authorized((folder / "authorized.json").read_text(), [agent])


def verify_log(folder, agent):
    require(signet.audit_verify_chain(str(folder)).valid, "the chain is broken")
    found = signet.audit_verify_signatures(str(folder), trusted_agent_keys=[agent])
    require(found.valid == 3 and not found.failures, "a signature does not hold")


def verify(folder):
    agent = signet.load_verifying_key(str(folder), "agent")
    for kind in ("key", "receipt", "delegation", "log"):
        try:
            globals()[f"verify_{kind}"](folder, agent)
            print(kind, "ok")
        except (signet.SignetError, ValueError, RuntimeError) as error:
            print(kind, "refused:", " ".join(str(error).split()))


{"make": make, "verify": verify}[sys.argv[1]](Path(sys.argv[2]))
