"""Saved programs: the interpreter's bytes in an envelope that says what is needed to go on."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version

from pydantic import TypeAdapter

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import ANY_ORIGIN, HostCall, Limits, Origin, Raised, Value

_MAGIC = b"TMSNAP2\n"
_HINT = "start the run again from its instruction"


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that the program waits for: as it was made, and its `number` within the interpreter.

    `answer` is one that came while the program stood at another call.
    """

    call: HostCall
    number: int
    answer: Value | Raised | None = None


@dataclass(frozen=True, slots=True)
class SavedProgram:
    """A program that waits at calls: its interpreter, its source, and what it has used up so far.

    `prelude` is what the interpreter was given before it, for calls made together.
    """

    interpreter: bytes
    code: str
    functions: dict[str, tuple[str, ...]]
    limits: Limits
    calls: int = 0
    output_bytes: int = 0
    open: tuple[OpenCall, ...] = ()
    prelude: str = ""
    origin: Origin = ANY_ORIGIN


_OPEN = TypeAdapter(tuple[OpenCall, ...])


def pack(saved: SavedProgram) -> bytes:
    """Return the envelope of a saved program."""
    head = {
        "backend": _backend(),
        "code": saved.code,
        "functions": saved.functions,
        "limits": [saved.limits.seconds, saved.limits.memory_bytes, saved.limits.calls, saved.limits.output_bytes],
        "used": [saved.calls, saved.output_bytes],
        "open": _OPEN.dump_python(saved.open, mode="json"),
        "prelude": saved.prelude,
    }
    text = json.dumps(head).encode()
    body = len(text).to_bytes(4, "big") + text + saved.interpreter
    return _MAGIC + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> SavedProgram:
    """Open an envelope.

    Raises SandboxError for bytes that are no snapshot, are damaged, or come from another version of the
    interpreter, which could read them wrongly.
    """
    start = len(_MAGIC) + hashlib.sha256().digest_size
    body = data[start:]
    if not data.startswith(_MAGIC) or len(body) < 4:
        raise SandboxError("the saved program is not a snapshot of ours", hint=_HINT)
    if hashlib.sha256(body).digest() != data[len(_MAGIC) : start]:
        raise SandboxError("the saved program is damaged", hint=_HINT)
    size = 4 + int.from_bytes(body[:4], "big")
    try:
        head = json.loads(body[4:size])
        backend = str(head["backend"])
        if backend != _backend():
            raise SandboxError(f"the saved program is from {backend}, here runs {_backend()}", hint=_HINT)
        seconds, memory_bytes, calls, output_bytes = head["limits"]
        return SavedProgram(
            interpreter=body[size:],
            code=str(head["code"]),
            functions={str(k): tuple(map(str, v)) for k, v in dict(head["functions"]).items()},
            limits=Limits(float(seconds), int(memory_bytes), int(calls), int(output_bytes)),
            calls=int(head["used"][0]),
            output_bytes=int(head["used"][1]),
            open=_OPEN.validate_python(head["open"]),
            prelude=str(head["prelude"]),
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SandboxError("the saved program is damaged", hint=_HINT) from error


def _backend() -> str:
    return f"monty {version('pydantic-monty')}"
