"""Every macro of the header is expanded by a compiler, and what it says is what
the library says."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import header

# Macros that are not constants, and how a program uses them.
USED_OTHERWISE = {
    "SIGNET_H": "",
    "SIGNET_EXPORT": "SIGNET_EXPORT int exported(void);\n",
    "SIGNET_NODISCARD": "SIGNET_NODISCARD int not_discarded(void);\n",
    "SIGNET_DEPRECATED": 'SIGNET_DEPRECATED("use another") int deprecated(void);\n',
}
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Wundef", "-Werror"]


def compile_and_run(source, *flags):
    """What a C program prints."""
    with tempfile.TemporaryDirectory() as folder:
        path, program = Path(folder, "program.c"), Path(folder, "program")
        path.write_text(source)
        subprocess.run(
            ["gcc", "-std=c11", *WARNINGS, *flags, "-I", header.HEADER.parent, path,
             header.ARCHIVE, "-lgcc_s", "-lpthread", "-lm", "-ldl", "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def constants():
    """Macros that stand for a number."""
    for name, (parameters, text) in header.macros().items():
        if parameters is None and name not in USED_OTHERWISE and not text.startswith(("{", '"')):
            yield name


class Macros(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = header.load()
        lines = [f'  printf("{name} %llu\\n", (unsigned long long)({name}));' for name in constants()]
        lines += [f'  printf("{name} %s\\n", {name});' for name, (_, text) in header.macros().items()
                  if text.startswith('"')]
        source = "#include <signet.h>\n#include <stdio.h>\n" + "".join(USED_OTHERWISE.values())
        source += "int main(void) {\n" + "\n".join(lines) + "\n  return 0;\n}\n"
        printed = compile_and_run(source)
        cls.values = dict(line.split(" ", 1) for line in printed.splitlines())

    def test_every_macro_is_expanded(self):
        expanded = set(self.values) | set(USED_OTHERWISE)
        expanded |= {name for name in header.macros() if name.endswith("_OPTIONS_INIT")}
        self.assertEqual(expanded, set(header.macros()))

    def test_every_macro_has_the_prefix(self):
        for name in header.macros():
            self.assertTrue(name.startswith("SIGNET_"), name)

    def test_versions_are_those_of_the_library(self):
        self.assertEqual(int(self.values["SIGNET_VERSION_NUMBER"]), self.library.signet_version_number())
        self.assertEqual(self.values["SIGNET_VERSION_STRING"].encode(), self.library.signet_version_string())
        self.assertEqual(int(self.values["SIGNET_ABI_VERSION"]), self.library.signet_abi_version())
        parts = [self.values["SIGNET_VERSION_" + part] for part in ("MAJOR", "MINOR", "PATCH")]
        self.assertEqual(".".join(parts), self.values["SIGNET_VERSION_STRING"])

    def test_every_length_is_also_a_function(self):
        lengths = [name for name in self.values if name.endswith("_LEN")]
        self.assertGreaterEqual(len(lengths), 5)
        for name in lengths:
            function = getattr(self.library, name.lower())
            self.assertEqual(int(self.values[name]), function(), name)

    def test_initialisers_are_what_the_functions_fill_in(self):
        tests = []
        for struct in header.structs():
            if not struct.name.endswith("_options"):
                continue  # filled in by the library, never by the caller
            macro = struct.name.upper() + "_INIT"
            self.assertIn(macro, header.macros())
            tests.append(f"  {{ {struct.name} a = {macro}, b; memset(&b, 0xa5, sizeof b);"
                         f" {struct.name}_init(&b);"
                         f' printf("{struct.name} %d %u\\n", memcmp(&a, &b, sizeof a), b.struct_size); }}')
        printed = compile_and_run(
            "#include <signet.h>\n#include <stdio.h>\n#include <string.h>\nint main(void) {\n"
            + "\n".join(tests) + "\n  return 0;\n}\n")
        for line in printed.splitlines():
            name, differs, size = line.split()
            self.assertEqual(differs, "0", name)
            self.assertEqual(int(size), header.ctypes.sizeof(header.STRUCTS[name]), name)

    def test_constants_of_a_family_differ(self):
        families = {}
        for name, value in self.values.items():
            for family in ("SIGNET_FIELD_", "SIGNET_KEY_TEXT_", "SIGNET_PARSE_", "SIGNET_SIGN_", "SIGNET_VERIFY_"):
                if name.startswith(family):
                    families.setdefault(family, []).append(int(value))
        for family, values in families.items():
            self.assertEqual(len(values), len(set(values)), family)


class Statuses(unittest.TestCase):
    def setUp(self):
        self.library = header.load()

    def test_the_library_and_the_header_list_the_same(self):
        listed, index = {}, 0
        while (status := self.library.signet_status_at(index)) >= 0:
            listed[self.library.signet_status_name(status).decode()] = status
            index += 1
        self.assertEqual(listed, header.statuses())

    def test_each_is_explained_in_the_header_and_in_the_docs(self):
        docs = "\n".join(path.read_text() for path in (header.ROOT / "docs").glob("*.md"))
        for name, number in header.statuses().items():
            self.assertRegex(header.TEXT, rf"\*/\s*{name} = {number},", name)
            self.assertRegex(docs, rf"\b{name}\b", name)


class Discarding(unittest.TestCase):
    """Ignoring the outcome of a verification does not compile with warnings on."""

    def refuses(self, *command):
        with tempfile.TemporaryDirectory() as folder:
            path, product = Path(folder, "program.c"), Path(folder, "program.o")
            path.write_text(
                "#include <signet.h>\nvoid f(const signet_receipt *receipt);\n"
                "void f(const signet_receipt *receipt) {\n"
                "  signet_receipt_verify(receipt, NULL, 0, NULL, NULL);\n}\n")
            done = subprocess.run([*command, *WARNINGS, "-c", "-I", header.HEADER.parent, path, "-o", product],
                                  capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, r"unused.result|nodiscard")

    def test_in_c(self):
        self.refuses("gcc", "-std=c11")

    def test_in_cpp(self):
        self.refuses("g++", "-std=c++17", "-x", "c++")


class Example(unittest.TestCase):
    def test_the_example_on_the_first_page_runs(self):
        text = re.search(r" \* EXAMPLE\n \*\n(.*?)\n \*/", header.TEXT, flags=re.S).group(1)
        source = "\n".join(line[len(" *   "):] for line in text.split("\n")) + "\n"
        self.assertLessEqual(len(source.splitlines()), 40)
        printed = compile_and_run(source)
        self.assertRegex(printed, r'^SIGNET_OK: \{"action":.*"tool":"rm".*\}\n$')


if __name__ == "__main__":
    unittest.main()
