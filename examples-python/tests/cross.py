"""Makes and verifies what every language reads: see ffi-tests/cross/README.md."""

import json
import sys
from pathlib import Path

import signet_auth as signet

ACTION = signet.Action("echo", params={"n": 1, "text": "grüße"}, target="mcp://cross")
SCOPE = '{"tools":["echo"],"targets":["mcp://cross"],"max_depth":0}'


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    keystore = signet.Keystore(folder)
    agent = keystore.create("agent", owner="python", passphrase="cross")
    helper = keystore.create("helper", owner="python")
    (folder / "receipt.json").write_text(signet.sign(agent, ACTION, "agent", "python").to_json())

    token = signet.sign_delegation(agent, "agent", helper.public_key, "helper", SCOPE)
    chain = f"[{token}]"
    (folder / "chain.json").write_text(chain)
    action = json.dumps({"tool": "echo", "target": "mcp://cross", "params": ACTION.params})
    (folder / "authorized.json").write_text(signet.sign_authorized(helper, action, "helper", chain))

    with signet.AuditLog(folder, log_key=signet.KeyPair.generate()) as log:
        for _ in range(3):
            log.append(signet.sign(agent, ACTION, "agent", "python"))
        (folder / "proof").write_text(log.prove(1))
        (folder / "vkey").write_text(log.verifier_key)
        (folder / "record").write_text(log[1].line)


def require(holds):
    if not holds:
        raise ValueError("false")


def verify_key(folder):
    keystore = signet.Keystore(folder)
    keystore.load("agent", "cross")
    keystore.load("helper")


def verify_receipt(folder):
    receipt = (folder / "receipt.json").read_text()
    require(signet.verify_any(receipt, signet.Keystore(folder).public_key("agent").prefixed))


def verify_delegation(folder):
    root = signet.Keystore(folder).public_key("agent").prefixed
    signet.verify_chain((folder / "chain.json").read_text(), [root])
    signet.verify_authorized((folder / "authorized.json").read_text(), [root])


def verify_log(folder):
    agent = signet.Keystore(folder).public_key("agent").prefixed
    report = signet.verify_folder(folder / "audit", [agent], signatures=True)
    report.require()
    require(report.signatures_valid == 3)


def verify_proof(folder):
    found = signet.verify_proof(
        (folder / "proof").read_text(),
        signet.record_hash((folder / "record").read_text()),
        (folder / "vkey").read_text(),
    )
    require(found.index == 1)


def verify(folder):
    for kind in ("key", "receipt", "delegation", "log", "proof"):
        if kind == "proof" and not (folder / "proof").exists():
            continue
        try:
            globals()[f"verify_{kind}"](folder)
            print(kind, "ok")
        except (signet.SignetError, ValueError) as error:
            print(kind, "refused:", " ".join(str(error).split()))


def wait_for_others():
    print("ready", flush=True)
    require(sys.stdin.readline())


def append(folder, name, count):
    agent = signet.KeyPair.generate()
    with signet.AuditLog(folder) as log:
        wait_for_others()
        for _ in range(int(count)):
            print(log.append(signet.sign(agent, ACTION, name)).index)


def nonces(file, count):
    store = signet.ReplayStore.open(file)
    wait_for_others()
    for number in range(int(count)):
        if store.use_once(f"n-{number}", lifetime_ms=3600000):
            print(number)


if __name__ == "__main__":
    COMMANDS = {"make": make, "verify": verify, "append": append, "nonces": nonces}
    COMMANDS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
