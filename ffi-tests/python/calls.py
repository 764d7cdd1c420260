"""Valid calls of every function of the header, made from the types and names of
its parameters. A parameter that nothing here knows is an error, so that a new
function is either tested or noticed."""

import ctypes
import itertools
import json
import shutil
import tempfile
from pathlib import Path

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
MESSAGE = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ls","arguments":{}}}'
ANSWER = b'{"jsonrpc":"2.0","id":7,"result":{"content":[]}}'
NOW = -(1 << 63)

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
    "params_key": bytes(range(32)),
    "receipt": lambda world: world.receipt_json,
    ("signet_params_key_open", "record"): lambda world: world.sealed_record,
    ("signet_log_write_bundle", "folder"): lambda world: world.new_folder(),
    ("signet_bundle_verify", "folder"): lambda world: world.bundle_folder,
    ("signet_verifier_new", "json"): b'{"targets":["mcp://files"]}',
    ("signet_gate_new", "json"): b'{"fulfils":["notify"]}',
    "nonce": lambda world: world.new_name(),
    "path": lambda world: f"{world.home}/nonces.json".encode(),
    "result": RESPONSE,
    "params": lambda world: json.dumps(json.loads(world.signed_call())["params"]).encode(),
    ("signet_mcp_sign_request", "message"): MESSAGE,
    ("signet_mcp_verify_request", "message"): lambda world: world.signed_call(),
    ("signet_gate_judge", "message"): lambda world: world.signed_call(),
    ("signet_gate_judge_with_log", "message"): lambda world: world.signed_call(),
    ("signet_mcp_sign_response", "response"): ANSWER,
    ("signet_mcp_verify_response", "response"): lambda world: world.signed(ANSWER),
    ("signet_mcp_verify_result", "result"): lambda world: world.signed(RESPONSE),
    ("signet_verifier_check_call", "tool"): b"delete_file",
    ("signet_verifier_check_call", "arguments"): b'{"path":"/tmp/x"}',
    ("signet_verifier_check_call", "receipt"): lambda world: world.new_receipt(),
    ("signet_verifier_check_receipt", "receipt"): lambda world: world.new_receipt(),
    ("signet_verifier_check_evidence", "receipt"): lambda world: world.new_receipt(),
}

# Handles by function and parameter, where the usual one of the type will not do.
HANDLES = {
    ("signet_decision_violation", "decision"): "denied",
    ("signet_receipt_response_time", "receipt"): "co_signed",
    ("signet_receipt_server_key", "receipt"): "co_signed",
    ("signet_receipt_agent_receipt", "receipt"): "co_signed",
    ("signet_receipt_check_response", "receipt"): "co_signed",
    ("signet_receipt_co_sign", "server"): "server",
    # A policy decides before a signature: without a key pair there is none.
    ("signet_gate_new", "policy"): None,
    ("signet_replay_store_export", "store"): "file_store",
    ("signet_mcp_verify_response", "verifier"): "client",
    ("signet_mcp_verify_result", "verifier"): "client",
    ("signet_mcp_sign_response", "server"): "server",
    ("signet_mcp_sign_result", "server"): "server",
    ("signet_log_prune", "log"): "old_log",
    ("signet_log_rotate", "log"): "alone_log",
    ("signet_report_message", "report"): "refusal",
    ("signet_verdict_answer", "verdict"): "refused",
    ("signet_verdict_message_text", "verdict"): "refused",
    ("signet_verdict_message_evaluation", "verdict"): "signed_verdict",
    ("signet_verdict_storage_message", "verdict"): "not_stored",
}

# Plain numbers by name, or by function and name.
NUMBERS = {
    "status": 1, "index": 1, "form": 1, "field": 1, "flags": 0,
    "first": 0, "old_size": 1, "count": 1, "kind": 0, "format": 0, "section": 2,
    "at_unix_ms": 1767225600000,
    "capacity": 0, "lifetime_ms": 1000, "axis": 0, "party": 1, "before_unix_ms": 1767225600000,
    **{(function, "at_unix_ms"): NOW for function in (
        "signet_verifier_check_call", "signet_verifier_check_receipt",
        "signet_verifier_check_evidence", "signet_mcp_verify_request",
        "signet_mcp_verify_params", "signet_mcp_verify_response", "signet_mcp_verify_result",
        "signet_gate_judge", "signet_gate_judge_with_log")},
    **{(function, "index"): 0 for function in (
        "signet_mcp_signed_call", "signet_verdict_message_ruling",
        "signet_verdict_message_status", "signet_verdict_message_text",
        "signet_verdict_message_evaluation", "signet_verdict_message_call",
        "signet_verdict_message_report")},
    ("signet_log_read", "index"): 0,
    ("signet_log_prove", "index"): 0,
}

# Pointers that may be NULL, each for a reason that the header states: by name, or by
# function and name.
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
    ("signet_replay_store_use_once", "signer"): "the nonce counts whoever uses it",
    "keep": "no evidence is kept",
    ("signet_gate_new", "verifier"): "nothing is verified",
    ("signet_gate_new", "keypair"): "nothing is signed",
    ("signet_gate_new", "policy"): "none is asked",
}

# What a function without a status answers to a NULL handle, where that is not
# 0 or NULL.
EMPTY_ANSWERS = {
    "signet_error_position": header.constant("SIGNET_NO_POSITION"),
    "signet_log_record_index": header.constant("SIGNET_NO_POSITION"),
    "signet_report_age_ms": NOW,
    **{function: header.statuses()["SIGNET_ERR_NULL_ARGUMENT"] for function in (
        "signet_report_status", "signet_report_axis_status", "signet_verdict_storage_status",
        "signet_verdict_message_status")},
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


@header.CALLBACKS["signet_nonce_callback"]
def use_nonce(_signer, _nonce, _len, _keep_until, _max_uses, _user_data):
    return 0


@header.CALLBACKS["signet_evidence_callback"]
def keep(_evidence, _count, _user_data):
    return 0


@header.CALLBACKS["signet_evidence_callback"]
def keep_nothing(_evidence, _count, _user_data):
    return 1


def may_be_null(function, name):
    return name in MAY_BE_NULL or (function, name) in MAY_BE_NULL


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
            "signet_nonce_callback": use_nonce,
            "signet_evidence_callback": keep,
        }
        self.log_home = tempfile.mkdtemp(prefix="signet-log-")
        self.home = tempfile.mkdtemp(prefix="signet-calls-")
        self.old_home = tempfile.mkdtemp(prefix="signet-old-")
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
        self.makers |= {
            "signet_prune_plan": lambda: self.made(
                "signet_log_plan_prune", self.old_log, 4102444800000),
            "signet_replay_store": lambda: self.made("signet_replay_store_new", 0),
            "signet_verifier": lambda: self.verifier("trusted_keys", PREFIXED),
            "signet_mcp_signed": lambda: self.made(
                "signet_mcp_sign_request", self.handles["signet_keypair"], MESSAGE, len(MESSAGE),
                b"bot", 3, None, 0, None),
            "signet_mcp_call": lambda: self.made(
                "signet_mcp_signed_call", self.handles["signet_mcp_signed"], 0),
            "signet_report": lambda: self.report(self.new_receipt()),
            "signet_gate": lambda: self.made(
                "signet_gate_new", None, 0, self.handles["signet_verifier"], None, None),
            "signet_verdict": lambda: self.verdict(keep),
        }
        self.handles = {}
        self.old_log = None
        for kind in header.handles():
            if kind not in self.makers:
                raise LookupError(f"calls.World cannot make a {kind}: teach it in makers")
        for kind, make in self.makers.items():
            if kind == "signet_prune_plan":
                self.old_log = self._old_log()
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
        self.others |= self._more()
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
        shutil.rmtree(self.old_home)
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

    def _more(self):
        """Handles that answer what the usual ones have not to say."""
        path = f"{self.home}/others.json".encode()
        server = self.others["server"][1]
        key = self.made("signet_keypair_public_key", server)
        name = self.view("signet_public_key_text", key, 1)
        self.free("signet_public_key", key)
        signing = self.made("signet_gate_new", b'{"name":"bot"}', 14, None,
                            self.handles["signet_keypair"], self.handles["signet_policy"])
        options = header.STRUCTS["signet_log_options"]()
        options.struct_size = ctypes.sizeof(options)
        options.flags = header.constant("SIGNET_LOG_ALONE")
        home = f"{self.old_home}/alone".encode()
        alone = self.made("signet_log_open", home, len(home), None, None, ctypes.byref(options))
        found = {
            "file_store": ("signet_replay_store", self.made(
                "signet_replay_store_open", path, len(path), None)),
            "client": ("signet_verifier", self.verifier(
                "trusted_keys", PREFIXED, "trusted_servers", name)),
            "refusal": ("signet_report", self.report(None)),
            "refused": ("signet_verdict", self.verdict(keep, MESSAGE)),
            "not_stored": ("signet_verdict", self.verdict(keep_nothing)),
            "signed_verdict": ("signet_verdict", self.verdict(keep, MESSAGE, signing)),
            "old_log": ("signet_log", self.old_log),
            "alone_log": ("signet_log", alone),
        }
        self.free("signet_gate", signing)
        return found

    def verifier(self, *members):
        options = {name: [key.decode()] for name, key in zip(members[::2], members[1::2])}
        text = json.dumps(options).encode()
        return self.made("signet_verifier_new", text, len(text), None)

    def new_receipt(self):
        receipt = self.made("signet_receipt_sign", self.handles["signet_keypair"], ACTION,
                            len(ACTION), b"bot", 3, None, 0, None)
        text = self.view("signet_receipt_json", receipt)
        self.free("signet_receipt", receipt)
        return text

    def report(self, receipt):
        """What a verifier says of a call with or without a receipt."""
        out = ctypes.c_void_p()
        status = self.library.signet_verifier_check_call(
            self.handles["signet_verifier"], b"delete_file", 11, b'{"path":"/tmp/x"}', 17, receipt,
            len(receipt or b""), NOW, None, ctypes.byref(out), None)
        assert self.name_of(status) == ("SIGNET_OK" if receipt else "SIGNET_ERR_UNSIGNED")
        return out.value

    def verdict(self, keep, message=None, gate=None):
        message = message or self.signed_call()
        return self.made("signet_gate_judge", gate or self.handles["signet_gate"], message,
                         len(message), NOW, keep, None)

    def signed_call(self):
        """A call with a receipt that nobody has seen."""
        signed = self.makers["signet_mcp_signed"]()
        message = self.view("signet_mcp_signed_message", signed)
        self.free("signet_mcp_signed", signed)
        return message

    def signed(self, answer):
        """The answer to the usual call, or its result, co-signed anew."""
        function = "signet_mcp_sign_response" if answer is ANSWER else "signet_mcp_sign_result"
        text, receipt, embedded = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_int32()
        status = getattr(self.library, function)(
            self.others["server"][1], self.handles["signet_mcp_call"], answer, len(answer),
            b"server", 6, None, ctypes.byref(text), ctypes.byref(receipt),
            ctypes.byref(embedded), None)
        assert status == 0 and embedded.value == 1, status
        signed = self.view("signet_buffer_data", text.value)
        self.free("signet_buffer", text)
        self.free("signet_receipt", receipt)
        return signed

    def _old_log(self):
        """A log whose first segment is of another day."""
        home = self.old_home.encode()
        log = self.made("signet_log_open", home, len(home), None, None, None)
        self.append(log)
        self.free("signet_log", log)
        [segment] = Path(self.old_home, "audit").glob("*.jsonl")
        segment.rename(segment.with_name("2025-01-01.jsonl"))
        shutil.rmtree(Path(self.old_home, "audit", ".log"))
        log = self.made(
            "signet_log_open", home, len(home), self.handles["signet_keypair"], None, None)
        self.append(log)
        return log

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
            other = HANDLES.get((self.function.name, name), base)
            if other is None:
                return None
            return self.world.handles[base] if other is base else self.world.others[other][1]
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
