"""What the tests share: a published Signet beside this one, and slow hardware."""

import json
import os
import subprocess

import pytest

import signet_auth as signet


def skip(reason):
    """Skips by name, or fails where nothing may be skipped."""
    if os.environ.get("SIGNET_FORBID_SKIPS") == "1":
        pytest.fail(f"skipped where nothing may be: {reason}")
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter):
    """Names what was skipped, one line each."""
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"skipped: {str(reason).removeprefix('Skipped: ')}")


@pytest.fixture(scope="session")
def published():
    """Runs a program with the published package: it finds `given`, leaves `found`."""
    python = os.environ.get("SIGNET_PUBLISHED_PYTHON")
    if not python:
        skip("SIGNET_PUBLISHED_PYTHON is not set")

    def run(program, **given):
        text = (
            "import json, sys\nimport signet_auth as signet\n"
            "given = json.load(sys.stdin)\nfound = None\n"
            f"{program}\njson.dump(found, sys.stdout)\n"
        )
        done = subprocess.run(
            [python, "-c", text],
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": os.environ["PATH"]},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture
def home(tmp_path):
    """A home folder."""
    return str(tmp_path / "home")


@pytest.fixture
def agent(home):
    """An agent with an unencrypted key, which spares the key derivation."""
    with signet.SigningAgent.create("bot", owner="ops", signet_dir=home) as made:
        yield made


@pytest.fixture
def keypair():
    return signet.generate_keypair()
