"""What include/signet.h declares, read from its text."""

import ctypes
import re
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include" / "signet.h"
LIBRARY = ROOT / "target" / "lib" / "libsignet.so"
ARCHIVE = ROOT / "target" / "lib" / "libsignet.a"

Function = namedtuple("Function", "name returns parameters nodiscard")
Parameter = namedtuple("Parameter", "type name")
Struct = namedtuple("Struct", "name members")
Member = namedtuple("Member", "type name length")

TEXT = HEADER.read_text()


def _code():
    """The header without comments and preprocessor lines."""
    text = re.sub(r"/\*.*?\*/", " ", TEXT, flags=re.S)
    text = text.replace("\\\n", " ")
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


def _declaration(text):
    """("const char *", "name") of "const char *name"."""
    match = re.fullmatch(r"(.*?)(\w+)", text.strip(), flags=re.S)
    kind = re.sub(r"\s+", " ", match.group(1)).strip()
    return re.sub(r" ?\* ?", " *", kind).replace("* *", "**").replace("*const", "* const"), match.group(2)


def _parameters(text):
    if text.strip() in ("", "void"):
        return []
    return [Parameter(*_declaration(one)) for one in text.split(",")]


def functions():
    """Every exported function, in the order of the header."""
    found = []
    pattern = r"SIGNET_EXPORT\s+(SIGNET_NODISCARD\s+)?([^;()]*?)\(([^()]*)\)\s*;"
    for match in re.finditer(pattern, _code()):
        returns, name = _declaration(match.group(2))
        found.append(Function(name, returns, _parameters(match.group(3)), bool(match.group(1))))
    return found


def callbacks():
    """Function types: name -> (what it returns, its parameters)."""
    found = {}
    for match in re.finditer(r"typedef ([^;()]*?)\(\*(\w+)\)\(([^()]*)\)\s*;", _code()):
        found[match.group(2)] = (match.group(1).strip(), _parameters(match.group(3)))
    return found


def structs():
    """Structs with members."""
    found = []
    for match in re.finditer(r"typedef struct \{([^{}]*)\} (\w+);", _code()):
        members = []
        for line in match.group(1).split(";"):
            if not line.strip():
                continue
            array = re.fullmatch(r"(.*)\[(\w+)\]", line.strip(), flags=re.S)
            kind, name = _declaration(array.group(1) if array else line)
            members.append(Member(kind, name, array.group(2) if array else None))
        found.append(Struct(match.group(2), members))
    return found


def handles():
    """Opaque types."""
    return re.findall(r"typedef struct (signet_\w+) \1;", _code())


def macros():
    """Every macro: name -> (its parameters or None, its text)."""
    found = {}
    lines = TEXT.replace("\\\n", " ")
    for match in re.finditer(r"^#define (\w+)(\([^)]*\))?[ \t]*(.*)$", lines, flags=re.M):
        found.setdefault(match.group(1), (match.group(2), match.group(3).strip()))
    return found


def statuses():
    """The status codes: name -> number."""
    body = re.search(r"enum signet_status\s*(?:: int32_t)?\s*\{(.*?)\};", _code(), flags=re.S)
    return {name: int(number) for name, number in re.findall(r"(\w+) = (\d+),", body.group(1))}


# ctypes

NUMBERS = {
    "void": None,
    "uint8_t": ctypes.c_uint8,
    "int32_t": ctypes.c_int32,
    "uint32_t": ctypes.c_uint32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "signet_status": ctypes.c_int32,
}


def constant(name):
    """The number that a macro stands for."""
    text = macros()[name][1]
    return 2**64 - 1 if text == "UINT64_MAX" else int(text)


def _struct_type(struct):
    fields = []
    for member in struct.members:
        kind = ctypes.c_void_p if "*" in member.type else NUMBERS[member.type]
        fields.append((member.name, kind * constant(member.length) if member.length else kind))
    return type(struct.name, (ctypes.Structure,), {"_fields_": fields})


STRUCTS = {struct.name: _struct_type(struct) for struct in structs()}


def _callback_type(returns, parameters):
    return ctypes.CFUNCTYPE(NUMBERS[returns], *[c_type(one.type) for one in parameters])


def c_type(kind):
    """How ctypes passes a value of a type. Unknown types are an error: a new
    type needs a thought."""
    if kind in NUMBERS:
        return NUMBERS[kind]
    if kind in callbacks():
        return CALLBACKS[kind]
    if kind == "const char *":
        return ctypes.c_char_p
    pointee = kind.replace("const ", "").replace(" const", "").replace(" ", "")
    base = pointee.rstrip("*")
    if pointee == base or base not in {*NUMBERS, *handles(), *STRUCTS}:
        raise TypeError(f"the header has a type that is not known here: {kind}")
    # Never c_char_p: it copies, and drops the pointer that must be freed.
    return ctypes.c_void_p


CALLBACKS = {}
CALLBACKS.update({name: _callback_type(*shape) for name, shape in callbacks().items()})


def load(path=LIBRARY):
    """The library with every function declared as the header declares it."""
    library = ctypes.CDLL(str(path))
    for function in functions():
        entry = getattr(library, function.name)
        entry.restype = c_type(function.returns)
        entry.argtypes = [c_type(one.type) for one in function.parameters]
    return library
