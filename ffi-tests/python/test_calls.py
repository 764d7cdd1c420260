"""Every function through ctypes: declared with the right arity and types, and
called at least once with valid arguments."""

import ctypes
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import header
from calls import FILL, GARBAGE, Call, World


class Declarations(unittest.TestCase):
    def test_the_reading_of_the_header_agrees_with_the_compilers(self):
        """gcc writes down each prototype that it has read: an oracle for the
        types and the number of the arguments that ctypes is told about."""
        with tempfile.TemporaryDirectory() as folder:
            source, seen = Path(folder, "all.c"), Path(folder, "seen")
            source.write_text("#include <signet.h>\n")
            subprocess.run(
                ["gcc", "-std=c11", "-fsyntax-only", "-aux-info", seen,
                 "-I", header.HEADER.parent, source], check=True)
            compiled = {}
            for line in seen.read_text().splitlines():
                match = re.match(r"/\*.*signet\.h:.*\*/ extern (.*?)(signet_\w+) \((.*)\);", line)
                if match:
                    compiled[match.group(2)] = (match.group(1), match.group(3))
        read = {function.name: function for function in header.functions()}
        self.assertEqual(set(compiled), set(read))
        squeeze = lambda text: re.sub(r"\s", "", text)
        for name, (returns, parameters) in compiled.items():
            function = read[name]
            self.assertEqual(squeeze(returns), squeeze(function.returns), name)
            types = [] if parameters == "void" else parameters.split(", ")
            self.assertEqual([squeeze(one) for one in types],
                             [squeeze(one.type) for one in function.parameters], name)

    def test_every_function_is_declared_with_its_arity(self):
        library = header.load()
        for function in header.functions():
            entry = getattr(library, function.name)
            self.assertEqual(len(entry.argtypes), len(function.parameters), function.name)
            if function.parameters:
                with self.assertRaises((TypeError, ctypes.ArgumentError), msg=function.name):
                    entry(*[None] * (len(function.parameters) - 1))

    def test_a_discarded_status_is_a_warning_everywhere(self):
        for function in header.functions():
            fallible = any(one.name == "error_out" for one in function.parameters)
            self.assertEqual(function.nodiscard, fallible, function.name)
            if fallible:
                self.assertEqual(function.returns, "signet_status", function.name)


class EveryFunction(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def call(self, function):
        call = Call(self.world, function)
        if function.nodiscard:
            self.assertEqual(self.world.name_of(call.result), "SIGNET_OK", call.message)
        elif function.returns.endswith("*"):
            self.assertTrue(call.result)
        for name, kind, storage in call.outputs:
            if name == "error_out":
                self.assertIsNone(storage.value, "*error_out is not NULL on success")
            elif kind == "bytes":
                self.assertNotEqual(set(storage), {FILL}, f"{name} was not written to")
            else:
                self.assertNotIn(storage.value, (None, GARBAGE), f"{name} was not set")
        call.release()


def add(function):
    setattr(EveryFunction, "test_" + function.name, lambda self: self.call(function))


for one in header.functions():
    add(one)


if __name__ == "__main__":
    unittest.main()
