"""Sixteen Python threads share handles, and each keeps its own errors: ctypes
lets go of the interpreter's lock during a call, so they really meet."""

import ctypes
import threading
import unittest

from calls import World

THREADS = 16
ROUNDS = 400


class Threads(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.library = self.world.library

    def tearDown(self):
        self.world.close()

    def in_threads(self, work):
        start, problems = threading.Barrier(THREADS), []

        def body(me):
            start.wait()
            try:
                work(me)
            except Exception as problem:
                problems.append(problem)

        threads = [threading.Thread(target=body, args=(me,)) for me in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])

    def test_errors_stay_with_their_call(self):
        def work(me):
            for turn in range(ROUNDS):
                name = f'"t{me}-{turn}"'
                json = f"{{{name}:1,{name}:2}}".encode()
                out, error = ctypes.c_void_p(), ctypes.c_void_p()
                status = self.library.signet_json_canonicalize(
                    json, len(json), None, ctypes.byref(out), ctypes.byref(error))
                message = self.world.view("signet_error_message", error.value).decode()
                self.library.signet_error_free(error.value)
                self.assertEqual(self.world.name_of(status), "SIGNET_ERR_JSON_DUPLICATE_MEMBER")
                self.assertIn(name, message)
                self.assertIsNone(out.value)

        self.in_threads(work)

    def test_handles_are_shared(self):
        keypair = self.world.handles["signet_keypair"]
        key = self.world.handles["signet_public_key"]
        receipt = self.world.handles["signet_receipt"]
        trusted = (ctypes.c_void_p * 1)(key)

        def work(me):
            signature = ctypes.create_string_buffer(64)
            for turn in range(ROUNDS // 8):
                message = f"{me}-{turn}".encode()
                self.assertEqual(self.library.signet_keypair_sign(
                    keypair, message, len(message), signature, None), 0)
                self.assertEqual(self.library.signet_public_key_verify(
                    key, message, len(message), signature, None), 0)
                self.assertEqual(self.library.signet_receipt_verify(receipt, trusted, 1, None, None), 0)
                for form in range(1, 5):
                    self.assertTrue(self.world.view("signet_public_key_text", key, form))

        self.in_threads(work)


if __name__ == "__main__":
    unittest.main()
