"""What the built libraries say about themselves: symbols, SONAME, needed
libraries, oldest system, and that no test code got in."""

import re
import subprocess
import unittest
from pathlib import Path

import header

COMMITTED = header.ROOT / "ffi-tests" / "abi" / "signet.symbols"
# Written by the build that also makes the faulty library for the panic test.
NATIVE_STATIC_LIBS = header.ROOT / "target" / "ffi" / "native-static-libs"

# The oldest system that a native build runs on: Debian 12, Ubuntu 22.04, RHEL 9.
GLIBC = (2, 34)

# What the shared library may need besides itself.
MAY_NEED = {"libc.so.6", "libgcc_s.so.1", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def defined(path, *flags):
    """Names of the symbols that a library defines for others."""
    names = set()
    for line in run("nm", "--defined-only", *flags, path).splitlines():
        words = line.split()
        if len(words) == 3:
            names.add(words[2].split("@")[0])
    return names


def makefile_variable(name):
    text = (header.ROOT / "Makefile").read_text()
    return re.search(rf"^{name}\s*:?=\s*(.*)$", text, flags=re.M).group(1)


class Symbols(unittest.TestCase):
    def setUp(self):
        self.declared = {function.name for function in header.functions()}

    def assert_same(self, names, others, what):
        self.assertEqual((sorted(names - others), sorted(others - names)), ([], []), what)

    def test_the_shared_library_exports_what_the_header_declares(self):
        self.assert_same(defined(header.LIBRARY, "-D"), self.declared, "only there, only in the header")

    def test_the_static_library_shows_nothing_else_either(self):
        self.assert_same(defined(header.ARCHIVE, "-g"), self.declared, "only there, only in the header")

    def test_the_committed_list_is_current(self):
        committed = COMMITTED.read_text().split()
        self.assertEqual(committed, sorted(committed))
        self.assert_same(set(committed), self.declared,
                         "only in ffi-tests/abi/signet.symbols, only in the header")


class Shared(unittest.TestCase):
    def setUp(self):
        self.dynamic = run("readelf", "-dW", header.LIBRARY)

    def test_the_soname_carries_the_abi_version(self):
        abi = header.constant("SIGNET_ABI_VERSION")
        self.assertIn(f"Library soname: [libsignet.so.{abi}]", self.dynamic)

    def test_it_stays_loaded(self):
        self.assertRegex(self.dynamic, r"FLAGS_1\).*NODELETE")

    def test_it_can_be_loaded_late(self):
        self.assertNotIn("STATIC_TLS", self.dynamic)
        self.assertNotIn("TEXTREL", self.dynamic)

    def test_it_needs_only_the_system(self):
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", self.dynamic))
        self.assertLessEqual(needed, MAY_NEED)

    def test_it_runs_on_the_promised_system(self):
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", run("readelf", "-VW", header.LIBRARY))
        self.assertTrue(versions)
        newest = max((int(major), int(minor)) for major, minor in versions)
        self.assertLessEqual(newest, GLIBC)

    def test_its_stack_is_not_executable(self):
        headers = run("readelf", "-lW", header.LIBRARY)
        stack = next(line for line in headers.splitlines() if "GNU_STACK" in line)
        self.assertNotIn("RWE", stack)
        self.assertIn("GNU_RELRO", headers)


class Static(unittest.TestCase):
    def test_the_makefile_names_what_a_static_link_needs(self):
        said = NATIVE_STATIC_LIBS.read_text().split()
        self.assertEqual(makefile_variable("STATIC_LIBS").split(), said)


class NoTestCode(unittest.TestCase):
    def test_no_fault_is_in_the_libraries(self):
        for path in (header.LIBRARY, header.ARCHIVE):
            content = Path(path).read_bytes()
            self.assertIn(b"signet_receipt_verify", content)
            self.assertNotIn(b"signet-fault", content, path)
            self.assertNotIn(b"panic_on_request", content, path)


if __name__ == "__main__":
    unittest.main()
