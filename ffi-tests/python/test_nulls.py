"""Every pointer of every function, NULL in turn; every length, absurd in turn.
What may be NULL is named in calls.MAY_BE_NULL, all else must be refused."""

import unittest

import header
from calls import EMPTY_ANSWERS, FILL, Call, World, may_be_null

BEYOND = 1 << 63
STATUS = header.statuses()


class EveryFunction(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()

    @classmethod
    def tearDownClass(cls):
        cls.world.close()

    def assert_refused(self, call, status, name):
        """A refusal names its argument and leaves the outputs as promised."""
        self.assertEqual(self.world.name_of(call.result), status)
        self.assertIn(f'"{name}"' if "NULL" in status else name, call.message)
        for output, kind, storage in call.outputs:
            if output == "error_out":
                continue
            if kind == "bytes":
                self.assertEqual(set(storage), {FILL}, f"{output} was written to")
            else:
                self.assertIsNone(storage.value, f"{output} is not NULL")
        call.release()

    def fallible(self, function):
        pointers = [one for one in function.parameters if "*" in one.type or "callback" in one.type]
        by_name = {one.name: one for one in function.parameters}
        for parameter in pointers:
            name = parameter.name
            with self.subTest(function=function.name, null=name):
                released = self.world.released
                call = Call(self.world, function, {name: None})
                if may_be_null(function.name, name):
                    self.assertEqual(self.world.name_of(call.result), "SIGNET_OK", call.message)
                    call.release()
                else:
                    self.assert_refused(call, "SIGNET_ERR_NULL_ARGUMENT", name)
                    if "free_user_data" in by_name:
                        self.assertEqual(self.world.released, released + 1)
            length = by_name.get(name + "_len")
            if length is None:
                continue
            with self.subTest(function=function.name, empty=name):
                call = Call(self.world, function, {name: None, length.name: 0})
                self.assertNotEqual(self.world.name_of(call.result), "SIGNET_ERR_NULL_ARGUMENT")
                call.release()
            with self.subTest(function=function.name, beyond=name):
                call = Call(self.world, function, {length.name: BEYOND})
                self.assert_refused(call, "SIGNET_ERR_INVALID_ARGUMENT", name)
        with self.subTest(function=function.name, error_out=None):
            mandatory = [one.name for one in pointers if not may_be_null(function.name, one.name)]
            call = Call(self.world, function, {mandatory[0]: None, "error_out": None})
            self.assertEqual(call.result, STATUS["SIGNET_ERR_NULL_ARGUMENT"])
            call.release()

    def infallible(self, function):
        handle = function.parameters[0].name
        for parameter in function.parameters:
            if "*" not in parameter.type:
                continue
            with self.subTest(function=function.name, null=parameter.name):
                call = Call(self.world, function, {parameter.name: None})
                if parameter.name == handle:
                    self.assertEqual(call.result or 0, EMPTY_ANSWERS.get(function.name, 0))
                    for _, _, storage in call.outputs:
                        self.assertEqual(set(storage), {0}, "len_out is not 0")
                else:
                    self.assertTrue(may_be_null(function.name, parameter.name))
                call.release()


def add(function):
    def test(self):
        kind = self.fallible if function.nodiscard else self.infallible
        kind(function)

    setattr(EveryFunction, "test_" + function.name, test)


for one in header.functions():
    if any("*" in parameter.type for parameter in one.parameters):
        add(one)


if __name__ == "__main__":
    unittest.main()
