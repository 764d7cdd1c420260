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
RESPONSE = b'{"content":[]}'
SCOPE = b'{"max_depth":0,"targets":["*"],"tools":["*"]}'
POLICY = b'{"version":1,"rules":[{"id":"no","match":{"tool":"rm"},"action":"deny"}]}'
BUNDLE = b"""
version: 1
bundle_id: b
org: o
env: prod
generated_at: 2026-01-01T00:00:00Z
agents:
  - {id: a, name: bot, owner: ops, pubkey: "%s", status: active, created_at: 2026-01-01T00:00:00Z}
""" % PREFIXED
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
    "record": lambda world: world.receipt_json,
    "query": b'{"limit":3}',
    "folder": lambda world: f"{world.log_home}/audit".encode(),
    "line": lambda world: world.line,
    "record_hash": lambda world: world.record_hash,
    "vkey": lambda world: world.vkey,
    "old_note": lambda world: world.old_note,
    "new_note": lambda world: world.new_note,
    ("signet_proof_verify", "proof"): lambda world: world.proof,
    ("signet_consistency_verify", "proof"): lambda world: world.consistency,
    ("signet_log_open", "home"): lambda world: world.log_home.encode(),
    "content": b'{"a":[1,2]}',
    "response": RESPONSE,
    "outcome": b'{"status":"executed"}',
    "requested_at": b"2026-01-01T00:00:00.000Z",
    "responded_at": b"2026-01-01T00:00:01.000Z",
    "delegate_name": b"bot",
    "scope": SCOPE,
    "chain": lambda world: world.chain,
    "agent": b"bot",
    ("signet_delegation_parse", "json"): lambda world: world.delegation_json,
    ("signet_trust_bundle_parse", "text"): BUNDLE,
    ("signet_policy_parse", "text"): POLICY,
}

# Handles by function and parameter, where the usual one of the type will not do.
HANDLES = {
    ("signet_decision_violation", "decision"): "denied",
    ("signet_receipt_response_time", "receipt"): "co_signed",
    ("signet_receipt_server_key", "receipt"): "co_signed",
    ("signet_receipt_agent_receipt", "receipt"): "co_signed",
    ("signet_receipt_check_response", "receipt"): "co_signed",
    ("signet_receipt_co_sign", "server"): "server",
    "params_key": bytes(range(32)),
    "receipt": lambda world: world.receipt_json,
    ("signet_params_key_open", "record"): lambda world: world.sealed_record,
    ("signet_log_write_bundle", "folder"): lambda world: world.new_folder(),
    ("signet_bundle_verify", "folder"): lambda world: world.bundle_folder,
}

# Plain numbers by name, or by function and name.
NUMBERS = {
    "status": 1, "index": 1, "form": 1, "field": 1, "flags": 0,
    "first": 0, "old_size": 1, "count": 1, "kind": 0, "format": 0, "section": 2,
    "at_unix_ms": 1767225600000,
    ("signet_log_read", "index"): 0,
    ("signet_log_prove", "index"): 0,
}

# Pointers that may be NULL, each for a reason that the header states.
MAY_BE_NULL = {
    "options": "all defaults",
    "options_out": "ignored",
    "error_out": "the status is enough",
    "len_out": "the length is not wanted",
    "user_data": "the callback needs none",
    "free_user_data": "there is nothing to release",
    "control_key": "the log signs no records of its own",
    "log_key": "the log signs no checkpoints",
    "on_finding": "only the outcome is wanted",
    "on_progress": "nobody waits for it",
    "previous": "nothing is counted yet",
}

# What a function without a status answers to a NULL handle, where that is not
# 0 or NULL.
EMPTY_ANSWERS = {
    "signet_error_position": header.constant("SIGNET_NO_POSITION"),
    "signet_log_record_index": header.constant("SIGNET_NO_POSITION"),
}


@header.CALLBACKS["signet_sign_callback"]
def sign(_message, _len, _signature_out, _user_data):
    """A signer that refuses: nothing here gets as far as using it."""
    return 1


@header.CALLBACKS["signet_log_callback"]
def visit(_record, _user_data):
    return 0


@header.CALLBACKS["signet_finding_callback"]
def on_finding(_finding, _user_data):
    return 0


@header.CALLBACKS["signet_progress_callback"]
def on_progress(_records, _user_data):
    return 0


class World:
    """The library, and one live handle of each kind."""

    def __init__(self, library=None):
        self.library = library or header.load()
        self.functions = {function.name: function for function in header.functions()}
        self.released = 0

        @header.CALLBACKS["signet_free_callback"]
        def release(_user_data):
            self.released += 1

        self.callbacks = {
            "signet_sign_callback": sign,
            "signet_free_callback": release,
            "signet_log_callback": visit,
            "signet_finding_callback": on_finding,
            "signet_progress_callback": on_progress,
        }
        self.log_home = tempfile.mkdtemp(prefix="signet-log-")
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
            "signet_log": self._log,
            "signet_log_record": lambda: self.made(
                "signet_log_read", self.handles["signet_log"], 0),
            "signet_trust_bundle": lambda: self.made(
                "signet_trust_bundle_parse", BUNDLE, len(BUNDLE), 0),
            "signet_delegation": lambda: self.made(
                "signet_delegation_sign", self.handles["signet_keypair"], b"root", 4,
                self.handles["signet_public_key"], b"bot", 3, SCOPE, len(SCOPE), None),
            "signet_policy": lambda: self.made(
                "signet_policy_parse", POLICY, len(POLICY), 0, None),
            "signet_decision": lambda: self.decision(ACTION),
            "signet_params_key": lambda: self.made(
                "signet_params_key_derive", self.handles["signet_keypair"]),
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
        self._prove()
        self.delegation_json = self.view(
            "signet_delegation_json", self.handles["signet_delegation"])
        links = (ctypes.c_void_p * 1)(self.handles["signet_delegation"])
        self.chain = self.text("signet_chain_join", links, 1)
        server = self.made("signet_keypair_from_secret", SEED[::-1], len(SEED))
        self.others = {
            "server": ("signet_keypair", server),
            "denied": ("signet_decision", self.decision(b'{"tool":"rm"}')),
            "co_signed": ("signet_receipt", self.made(
                "signet_receipt_co_sign", server, self.handles["signet_receipt"], RESPONSE,
                len(RESPONSE), None, 0, b"server", 6, None)),
        }
        self.sealed_record = self.text(
            "signet_params_key_seal", self.handles["signet_params_key"],
            self.receipt_json, len(self.receipt_json))
        self.bundle_folder = self._bundle()
        # "bot", under the passphrase, is there to be loaded.
        self.new_identity(b"bot")

    def close(self):
        for kind, handle in [*self.handles.items(), *self.others.values()]:
            self.free(kind, handle)
        shutil.rmtree(self.home)
        shutil.rmtree(self.log_home)

    def made(self, function, *arguments):
        """The handle that a call makes."""
        out = ctypes.c_void_p()
        status = getattr(self.library, function)(*arguments, ctypes.byref(out), None)
        assert status == 0 and out.value, (function, status)
        return out.value

    def decision(self, action):
        return self.made("signet_policy_evaluate", self.handles["signet_policy"], action,
                         len(action), b"bot", 3, 1767225600000, 0)

    def _log(self):
        """A log with a log key, and one record more than before."""
        home = self.log_home.encode()
        key = self.made("signet_keypair_from_secret", SEED[::-1], len(SEED))
        log = self.made("signet_log_open", home, len(home), None, key, None)
        self.free("signet_keypair", key)
        self.append(log)
        return log

    def append(self, log):
        receipt = self.view("signet_receipt_json", self.handles["signet_receipt"])
        entry = header.STRUCTS["signet_log_entry"]()
        status = self.library.signet_log_append(
            log, receipt, len(receipt), ctypes.byref(entry), None)
        assert status == 0, status
        return bytes(entry.record_hash)

    def text(self, function, *arguments):
        """The bytes of the buffer that a call makes."""
        buffer = self.made(function, *arguments)
        text = self.view("signet_buffer_data", buffer)
        self.free("signet_buffer", buffer)
        return text

    def _prove(self):
        """Evidence about the log: what the functions without a log verify."""
        log = self.handles["signet_log"]
        self.line = self.view("signet_log_record_line", self.handles["signet_log_record"])
        self.vkey = self.text("signet_log_verifier_key", log)
        self.old_note = self.text("signet_log_checkpoint", log)
        old_size = self.library.signet_log_len(log)
        self.record_hash = self.append(log)
        self.new_note = self.text("signet_log_checkpoint", log)
        self.proof = self.text("signet_log_prove", log, old_size)
        self.consistency = self.text("signet_log_prove_consistency", log, old_size)

    def new_folder(self):
        return f"{self.home}/bundle-{next(self.names)}".encode()

    def _bundle(self):
        """An evidence bundle that trusts the agent."""
        options = header.STRUCTS["signet_bundle_options"]()
        options.struct_size = ctypes.sizeof(options)
        options.bundle = self.handles["signet_trust_bundle"]
        folder = self.new_folder()
        self.text("signet_log_write_bundle", self.handles["signet_log"], b"", 0,
                  folder, len(folder), self.handles["signet_keypair"], b"ops", 3,
                  ctypes.byref(options))
        return folder

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
        if name == "records":
            text = self._bytes("record")
            array = (ctypes.c_void_p * 1)(ctypes.addressof(text))
            self.kept.append(array)
            return array
        if name == "record_lens":
            array = (ctypes.c_size_t * 1)(len(self.world.receipt_json))
            self.kept.append(array)
            return array
        if stars == 2:
            array = (ctypes.c_void_p * 1)(self.world.handles[base])
            self.kept.append(array)
            return array
        if stars == 1 and base in header.STRUCTS and name in ("options", "options_out"):
            struct = header.STRUCTS[base]()
            struct.struct_size = ctypes.sizeof(struct)
            self.kept.append(struct)
            return ctypes.byref(struct)
        if stars == 1 and name.endswith("_out"):
            kind = header.STRUCTS.get(base) or header.NUMBERS[base]
            size = 256 if base == "uint8_t" else ctypes.sizeof(kind)
            storage = (ctypes.c_uint8 * size)(*[FILL] * size)
            self.outputs.append((name, "bytes", storage))
            return storage
        if stars == 1 and base in self.world.handles:
            if self.function.name.endswith(("_free", "signet_log_close")):
                return self.world.makers[base]()
            other = HANDLES.get((self.function.name, name))
            return self.world.others[other][1] if other else self.world.handles[base]
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
