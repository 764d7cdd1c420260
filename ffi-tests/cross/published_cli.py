"""The published command line makes and verifies what every language reads: see
README.md. It has no proofs. The program is $SIGNET_CLI."""

import json
import os
import subprocess
import sys
from pathlib import Path

PARAMS = '{"n":1,"text":"grüße"}'
CALL = ["--tool", "echo", "--target", "mcp://cross", "--params", PARAMS]


def signet(folder, *arguments, passphrase="cross"):
    environment = {**os.environ, "SIGNET_HOME": str(folder), "SIGNET_PASSPHRASE": passphrase}
    done = subprocess.run(
        [os.environ["SIGNET_CLI"], *map(str, arguments)],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(" ".join((done.stderr or done.stdout).split()))
    return done.stdout


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    signet(folder, "identity", "generate", "--name", "agent", "--owner", "published")
    signet(folder, "identity", "generate", "--name", "helper", "--unencrypted")
    sign = ["sign", "--key", "agent", *CALL, "--output"]
    signet(folder, *sign, folder / "receipt.json", "--no-log")
    token = folder / "token.json"
    signet(folder, "delegate", "create", "--from", "agent", "--to", "helper", "--to-name", "helper",
           "--tools", "echo", "--targets", "mcp://cross", "--output", token)
    (folder / "chain.json").write_text(f"[{token.read_text()}]")
    signet(folder, "delegate", "sign", "--key", "helper", *CALL, "--chain", folder / "chain.json",
           "--no-log", "--output", folder / "authorized.json")
    for _ in range(3):
        signet(folder, *sign, "/dev/null")


def verify_key(folder):
    for name in ("agent", "helper"):
        signet(folder, "sign", "--key", name, *CALL, "--no-log", "--output", "/dev/null")


def verify_receipt(folder):
    signet(folder, "verify", folder / "receipt.json", "--pubkey", "agent")


def verify_delegation(folder):
    for file, command in (("chain.json", "verify"), ("authorized.json", "verify-auth")):
        signet(folder, "delegate", command, folder / file, "--trusted-roots", "agent")


def verify_log(folder):
    signet(folder, "verify", "--chain")
    signet(folder, "audit", "--verify", "--trusted-agent-key", "agent")


def verify(folder):
    for kind in ("key", "receipt", "delegation", "log"):
        try:
            globals()[f"verify_{kind}"](folder)
            print(kind, "ok")
        except ValueError as error:
            print(kind, "refused:", error)


{"make": make, "verify": verify}[sys.argv[1]](Path(sys.argv[2]))
