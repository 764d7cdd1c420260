"""The README's Python runs as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_example_runs(tmp_path):
    (program,) = re.findall(
        r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), flags=re.M | re.S
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert re.fullmatch(r"\S+Z delete_file deploy-bot", first) and last == "True 1"
    assert (tmp_path / ".signet" / "keys" / "deploy-bot.key").exists()
    assert len([line for line in program.splitlines() if line.strip()]) <= 10


def test_the_install_line_is_a_target():
    makefile = README.with_name("Makefile").read_text(encoding="utf-8")
    assert "make wheel && pip install target/python/wheel/" in README.read_text(encoding="utf-8")
    assert re.search(r"^wheel:", makefile, flags=re.M)
    assert os.access(README.parent / "examples-python" / "run", os.X_OK)
