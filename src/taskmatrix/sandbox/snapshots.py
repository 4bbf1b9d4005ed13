"""Saved programs: the interpreter's bytes in an envelope that says what is needed to go on."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import Limits

_MAGIC = b"TMSNAP1\n"
_HINT = "start the run again from its instruction"


@dataclass(frozen=True, slots=True)
class SavedProgram:
    """A program that waits at a host call: its interpreter, its source, and what it has used up so far."""

    interpreter: bytes
    code: str
    functions: dict[str, tuple[str, ...]]
    limits: Limits
    calls: int
    output_bytes: int


def pack(saved: SavedProgram) -> bytes:
    """Return the envelope of a saved program."""
    head = {
        "backend": _backend(),
        "sha256": hashlib.sha256(saved.interpreter).hexdigest(),
        "code": saved.code,
        "functions": saved.functions,
        "limits": [saved.limits.seconds, saved.limits.memory_bytes, saved.limits.calls, saved.limits.output_bytes],
        "used": [saved.calls, saved.output_bytes],
    }
    text = json.dumps(head).encode()
    return _MAGIC + len(text).to_bytes(4, "big") + text + saved.interpreter


def unpack(data: bytes) -> SavedProgram:
    """Open an envelope.

    Raises SandboxError for bytes that are no snapshot, are damaged, or come from another version of the
    interpreter, which could read them wrongly.
    """
    start = len(_MAGIC) + 4
    if not data.startswith(_MAGIC) or len(data) < start:
        raise SandboxError("the saved program is not a snapshot of ours", hint=_HINT)
    size = int.from_bytes(data[len(_MAGIC) : start], "big")
    try:
        head = json.loads(data[start : start + size])
        interpreter = data[start + size :]
        backend = str(head["backend"])
        if backend != _backend():
            raise SandboxError(f"the saved program is from {backend}, here runs {_backend()}", hint=_HINT)
        if hashlib.sha256(interpreter).hexdigest() != head["sha256"]:
            raise SandboxError("the saved program is damaged", hint=_HINT)
        seconds, memory_bytes, calls, output_bytes = head["limits"]
        return SavedProgram(
            interpreter=interpreter,
            code=str(head["code"]),
            functions={str(k): tuple(map(str, v)) for k, v in dict(head["functions"]).items()},
            limits=Limits(float(seconds), int(memory_bytes), int(calls), int(output_bytes)),
            calls=int(head["used"][0]),
            output_bytes=int(head["used"][1]),
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SandboxError("the saved program is damaged", hint=_HINT) from error


def _backend() -> str:
    return f"monty {version('pydantic-monty')}"
