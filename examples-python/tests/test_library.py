"""Finding the library, and that the declarations are the header's."""

import ctypes
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import skip

import signet_auth
from signet_auth import _abi, _library

ROOT = Path(__file__).resolve().parents[2]


def test_declarations_are_those_of_the_header():
    done = subprocess.run(
        [sys.executable, ROOT / "examples-python" / "generate", "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # What is installed is what was checked.
    source = ROOT / "examples-python" / "src" / "signet_auth" / "_abi.py"
    assert Path(_abi.__file__).read_text() == source.read_text()


def test_every_function_of_the_header_is_declared():
    for name, result, parameters in _abi.FUNCTIONS:
        function = getattr(_library.lib, name)
        assert function.argtypes == parameters, name
        assert function.restype == result, name


def test_the_version_is_the_librarys():
    assert signet_auth.__version__ == ".".join(
        str(getattr(_abi, f"SIGNET_VERSION_{part}")) for part in ("MAJOR", "MINOR", "PATCH")
    )


def test_the_packaged_library_comes_before_the_systems(monkeypatch):
    monkeypatch.delenv("SIGNET_LIBRARY", raising=False)
    packaged = Path(_library.__file__).with_name("libsignet.so")
    if not packaged.exists():
        skip("the package was installed without its library")
    assert list(_library.candidates()) == [str(packaged)]


def test_a_named_library_is_the_only_one_tried(monkeypatch):
    monkeypatch.setenv("SIGNET_LIBRARY", "/nowhere/libsignet.so")
    assert list(_library.candidates()) == ["/nowhere/libsignet.so"]
    with pytest.raises(ImportError, match="cannot load libsignet from /nowhere/libsignet.so"):
        _library.load()


def test_without_a_file_the_systems_is_looked_for(monkeypatch, tmp_path):
    monkeypatch.delenv("SIGNET_LIBRARY", raising=False)
    monkeypatch.setattr(_library, "__file__", str(tmp_path / "_library.py"))
    assert list(_library.candidates()) == [f"libsignet.so.{_abi.SIGNET_ABI_VERSION}"]


def compiled(tmp_path, text):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        skip("no C compiler for a library of another version")
    source = tmp_path / "other.c"
    source.write_text(textwrap.dedent(text))
    target = tmp_path / "libother.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", target, source], check=True)
    return str(target)


def test_another_abi_version_is_refused_in_words(tmp_path):
    other = compiled(tmp_path, "unsigned signet_abi_version(void) { return 77; }")
    expected = (
        f"{other} has version 77 of .*; this package speaks version {_abi.SIGNET_ABI_VERSION}"
    )
    with pytest.raises(ImportError, match=expected):
        _library.load(other)


def test_an_older_library_is_refused_in_words(tmp_path):
    other = compiled(
        tmp_path,
        f"""
        unsigned signet_abi_version(void) {{ return {_abi.SIGNET_ABI_VERSION}; }}
        unsigned signet_version_number(void) {{ return 2003; }}
        """,
    )
    with pytest.raises(ImportError, match=r"is libsignet 0\.2\.3, which has no signet_"):
        _library.load(other)


def test_another_library_is_refused_in_words(tmp_path):
    other = compiled(tmp_path, "int nothing;")
    with pytest.raises(ImportError, match="is not libsignet: it has no signet_abi_version"):
        _library.load(other)


def test_a_missing_library_says_what_to_do(tmp_path):
    environment = {**os.environ, "SIGNET_LIBRARY": str(tmp_path / "none.so")}
    done = subprocess.run(
        [sys.executable, "-c", "import signet_auth"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode != 0
    assert "set SIGNET_LIBRARY to the file, or install the library or the wheel" in done.stderr


def test_handles_of_another_type_are_refused():
    with pytest.raises(ctypes.ArgumentError):
        _library.lib.signet_keypair_free(_abi.signet_receipt())


PROGRAM = """
import sys, signet_auth as signet
agent = signet.SigningAgent.create("bot", signet_dir=sys.argv[1])
@signet.signet_tool(agent)
def tool(x: int = 2**60) -> int:
    return x
tool()
try:
    signet.PublicKey("nope")
except signet.InvalidKeyError:
    print(agent.audit_verify_signatures().valid, agent.audit_query()[0].receipt.action.tool)
"""


@pytest.mark.parametrize("minor", range(9, 16))
def test_one_package_for_every_python(tmp_path, minor):
    python = shutil.which(f"python3.{minor}")
    if not python or subprocess.run([python, "-V"], capture_output=True).returncode:
        # Whichever are installed: this one always is.
        return
    shutil.copytree(Path(signet_auth.__file__).parent, tmp_path / "signet_auth")
    done = subprocess.run(
        [
            python,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{PROGRAM}",
            tmp_path / "home",
        ],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1 tool"), done.stderr


def test_everything_public_is_typed_and_documented():
    for name in dir(signet_auth):
        value = getattr(signet_auth, name)
        if not name.startswith("_") and callable(value):
            assert value.__doc__, name
    assert Path(signet_auth.__file__).with_name("py.typed").exists()


def test_everything_public_is_exported():
    public = {name for name, value in vars(signet_auth).items() if not name.startswith("_")}
    modules = {name for name in public if isinstance(vars(signet_auth)[name], type(os))}
    assert public - modules - {"annotations"} == set(signet_auth.__all__) - {"__version__"}


def test_a_users_program_type_checks(tmp_path):
    mypy = os.environ.get("SIGNET_MYPY")
    if not mypy:
        skip("SIGNET_MYPY is not set")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import signet_auth as signet
            from signet_auth import Action, SigningAgent, signet_tool

            keypair = signet.generate_keypair()
            receipt: signet.Receipt = signet.sign(keypair, Action("t", {"a": 1}), "bot")
            good: bool = signet.verify(receipt, keypair.public_key)
            agent = SigningAgent("bot")

            @signet_tool
            def plain(x: int) -> int:
                return x

            @signet_tool(agent=agent, target="mcp://x")
            async def later(x: int) -> str:
                return str(x)

            result: int = plain(1)
            reveal_type(later)
            plain("x")
            """
        )
    )
    # As a user has it: found through py.typed in the environment that runs this.
    done = subprocess.run(
        [mypy, "-m", "mypy", "--strict", f"--python-executable={sys.executable}", str(program)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    mine = [line for line in done.stdout.splitlines() if line.startswith("program.py")]
    assert any("def (x: int) -> typing.Coroutine[Any, Any, str]" in line for line in mine), (
        done.stdout
    )
    wrong = [line for line in mine if ": error:" in line]
    assert len(wrong) == 1 and 'incompatible type "str"; expected "int"' in wrong[0], done.stdout
