"""Valid calls of every function of the header, made from the types and names of
its parameters. A parameter that nothing here knows is an error, so that a new
function is either tested or noticed."""

import ctypes
import itertools
import shutil
import tempfile

import header

GARBAGE = 0x5A5A5A5A5A5A5A58
FILL = 0xA5

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
PREFIXED = b"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
ACTION = b'{"tool":"delete_file","params":{"path":"/tmp/x"}}'
PASSPHRASE = b"correct horse"
REQUEST = b'{"id":7,"method":"tools/call","params":{"name":"rm"}}'

# Bytes by the name of their parameter, or by function and name where the name
# alone says too little. A value may be made anew for each call.
BYTES = {
    "json": b'{"a":[1,2]}',
    "text": PREFIXED,
    "secret": SEED,
    "message": b"message",
    "bytes": PUBLIC,
    "signature": lambda world: world.signature,
    "action": ACTION,
    "request": REQUEST,
    "target": b"mcp://files",
    "transport": b"stdio",
    "name": b"bot",
    "owner": b"ops",
    ("signet_receipt_parse", "json"): lambda world: world.receipt_json,
    "home": lambda world: world.home.encode(),
    "passphrase": PASSPHRASE,
    "current": PASSPHRASE,
    "new_passphrase": PASSPHRASE,
    ("signet_keystore_create", "name"): lambda world: world.new_name(),
    ("signet_keystore_import", "name"): lambda world: world.new_name(),
    ("signet_keystore_delete", "name"): lambda world: world.new_identity(),
}

# Plain numbers by name, or by function and name.
NUMBERS = {"status": 1, "index": 1, "form": 1, "field": 1, "flags": 0}

# Pointers that may be NULL, each for a reason that the header states.
MAY_BE_NULL = {
    "options": "all defaults",
    "options_out": "ignored",
    "error_out": "the status is enough",
    "len_out": "the length is not wanted",
    "user_data": "the callback needs none",
    "free_user_data": "there is nothing to release",
}

# What a function without a status answers to a NULL handle, where that is not
# 0 or NULL.
EMPTY_ANSWERS = {
    "signet_error_position": header.constant("SIGNET_NO_POSITION"),
}


@header.CALLBACKS["signet_sign_callback"]
def sign(_message, _len, _signature_out, _user_data):
    """A signer that refuses: nothing here gets as far as using it."""
    return 1


class World:
    """The library, and one live handle of each kind."""

    def __init__(self, library=None):
        self.library = library or header.load()
        self.functions = {function.name: function for function in header.functions()}
        self.released = 0

        @header.CALLBACKS["signet_free_callback"]
        def release(_user_data):
            self.released += 1

        self.callbacks = {"signet_sign_callback": sign, "signet_free_callback": release}
        self.home = tempfile.mkdtemp(prefix="signet-calls-")
        self.names = itertools.count()
        # How to make a handle of each type.
        self.makers = {
            "signet_keypair": lambda: self.made("signet_keypair_from_secret", SEED, len(SEED)),
            "signet_public_key": lambda: self.made("signet_public_key_from_bytes", PUBLIC),
            "signet_buffer": lambda: self.made("signet_json_canonicalize", b"[1]", 3, None),
            "signet_receipt": lambda: self.made(
                "signet_receipt_sign", self.handles["signet_keypair"], ACTION, len(ACTION),
                b"bot", 3, None, 0, None),
            "signet_error": self._error,
            "signet_keystore": self._keystore,
        }
        self.handles = {}
        for kind in header.handles():
            if kind not in self.makers:
                raise LookupError(f"calls.World cannot make a {kind}: teach it in makers")
        for kind, make in self.makers.items():
            self.handles[kind] = make()
        signature = ctypes.create_string_buffer(64)
        assert self.library.signet_keypair_sign(
            self.handles["signet_keypair"], b"message", 7, signature, None) == 0
        self.signature = signature.raw
        self.receipt_json = self.view("signet_receipt_json", self.handles["signet_receipt"])
        # "bot", under the passphrase, is there to be loaded.
        self.new_identity(b"bot")

    def close(self):
        shutil.rmtree(self.home)
        for kind, handle in self.handles.items():
            self.free(kind, handle)

    def made(self, function, *arguments):
        """The handle that a call makes."""
        out = ctypes.c_void_p()
        status = getattr(self.library, function)(*arguments, ctypes.byref(out), None)
        assert status == 0 and out.value, (function, status)
        return out.value

    def _keystore(self):
        """A keystore whose keys cost as little to seal as is allowed."""
        options = header.STRUCTS["signet_keystore_options"]()
        options.struct_size = ctypes.sizeof(options)
        options.kdf_passes, options.kdf_memory_kib = 5, 7168
        home = self.home.encode()
        return self.made("signet_keystore_open", home, len(home), ctypes.byref(options))

    def new_name(self):
        return f"agent-{next(self.names)}".encode()

    def new_identity(self, name=None):
        name = name or self.new_name()
        self.free("signet_keypair", self.made(
            "signet_keystore_create", self.handles["signet_keystore"], name, len(name),
            b"ops", 3, PASSPHRASE, len(PASSPHRASE), 0))
        return name

    def _error(self):
        error = ctypes.c_void_p()
        out = ctypes.c_void_p()
        self.library.signet_json_canonicalize(b"{", 1, None, ctypes.byref(out), ctypes.byref(error))
        assert error.value and not out.value
        return error.value

    def view(self, function, handle, *arguments):
        """The bytes of a view into a handle."""
        length = ctypes.c_size_t(FILL)
        start = getattr(self.library, function)(handle, *arguments, ctypes.byref(length))
        return ctypes.string_at(start, length.value) if start else None

    def free(self, kind, handle):
        getattr(self.library, kind + "_free")(handle)

    def name_of(self, status):
        return self.library.signet_status_name(status).decode()


class Call:
    """One call: valid arguments, some of them replaced, and what came of it."""

    def __init__(self, world, function, replaced=None):
        self.world = world
        self.function = function
        self.outputs = []  # (parameter, kind, storage)
        self.kept = []
        arguments = []
        for at, parameter in enumerate(function.parameters):
            before = function.parameters[at - 1] if at else None
            arguments.append(self._valid(parameter, before))
        for name, value in (replaced or {}).items():
            place = [one.name for one in function.parameters].index(name)
            if isinstance(arguments[place], int) and function.name.endswith("_free"):
                world.free(self._handle(function.parameters[place]), arguments[place])
            callback = header.CALLBACKS.get(function.parameters[place].type)
            arguments[place] = callback() if callback and value is None else value
            self.outputs = [output for output in self.outputs if output[0] != name or value]
        self.result = getattr(world.library, function.name)(*arguments)

    def _bytes(self, name):
        value = BYTES.get((self.function.name, name), BYTES.get(name))
        if value is None:
            raise LookupError(f"no bytes for {self.function.name}({name}): teach calls.BYTES")
        value = value(self.world) if callable(value) else value
        # Exactly as long as it is, and kept alive for the call.
        storage = (ctypes.c_uint8 * len(value)).from_buffer_copy(value)
        self.kept.append(storage)
        return storage

    @staticmethod
    def _handle(parameter):
        return parameter.type.replace("const", "").replace("*", "").strip()

    def _valid(self, parameter, before):
        kind, name = parameter
        base = self._handle(parameter)
        stars = kind.count("*")
        if name == "error_out" or (stars == 2 and name.endswith("_out")):
            slot = ctypes.c_void_p(GARBAGE)
            self.outputs.append((name, base, slot))
            return ctypes.byref(slot)
        if stars == 2:
            array = (ctypes.c_void_p * 1)(self.world.handles[base])
            self.kept.append(array)
            return array
        if stars == 1 and base in header.STRUCTS:
            struct = header.STRUCTS[base]()
            struct.struct_size = ctypes.sizeof(struct)
            self.kept.append(struct)
            return ctypes.byref(struct)
        if stars == 1 and name.endswith("_out"):
            size = 256 if base == "uint8_t" else ctypes.sizeof(header.NUMBERS[base])
            storage = (ctypes.c_uint8 * size)(*[FILL] * size)
            self.outputs.append((name, "bytes", storage))
            return storage
        if stars == 1 and base in self.world.handles:
            if self.function.name.endswith("_free"):
                return self.world.makers[base]()
            return self.world.handles[base]
        if kind == "const uint8_t *":
            return self._bytes(name)
        if kind == "void *":
            return None
        if kind in self.world.callbacks:
            return self.world.callbacks[kind]
        if kind == "size_t" and before and name == before.name + "_len":
            return len(self.kept[-1])
        if kind in header.NUMBERS:
            value = NUMBERS.get((self.function.name, name), NUMBERS.get(name))
            if value is not None:
                return value
        raise LookupError(f"no value for {self.function.name}({kind} {name}): teach calls.py")

    @property
    def message(self):
        for name, _, slot in self.outputs:
            if name == "error_out" and slot.value:
                return (self.world.view("signet_error_message", slot.value) or b"").decode()
        return None

    def release(self):
        """Frees what the call made."""
        for name, kind, storage in self.outputs:
            if kind != "bytes" and storage.value and storage.value != GARBAGE:
                self.world.free("signet_error" if name == "error_out" else kind, storage.value)
