import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core.errors import NeedsInputError, NothingFitsError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Listen, Request

APIS: list[dict[str, JsonValue]] = [
    {
        "package": "deck",
        "name": "create_slide",
        "description": "Create a slide.",
        "parameters": [{"name": "title", "required": True, "schema": {"type": "string"}}],
        "composition": "Call open first.",
    },
    {
        "package": "deck",
        "name": "insert picture",
        "description": "Put a picture on a slide.",
        "parameters": [
            {"name": "slide", "required": True, "schema": {}},
            {"name": "width", "required": False, "schema": {"type": "integer", "default": 100}},
        ],
    },
    {
        "package": "mail",
        "name": "send",
        "description": "Send an e-mail message.",
        "parameters": [{"name": "to", "required": True, "schema": {"type": "array", "items": {"type": "string"}}}],
    },
]


def call(api: str, call_id: str = "", optional: Sequence[str] = (), **arguments: JsonValue) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {"api": api, "arguments": dict(arguments), "optional": list(optional)}
    return {**found, "id": call_id} if call_id else found


CASES: list[dict[str, JsonValue]] = [
    {
        "id": "one",
        "instruction": 'Create a slide titled "A".',
        "apis": ["deck.create_slide", "mail.send"],
        "expected": [call("deck.create_slide", title=["A", "The A"])],
        "order": "any",
        "split": "easy",
    },
    {
        "id": "two",
        "instruction": "Create a slide titled B and put a picture on it.",
        "expected": [
            call("deck.create_slide", "c0", title=["B"]),
            call("deck.insert picture", "c1", slide=[{"$ref": "c0"}], width=[100], optional=["width"]),
        ],
        "order": "dag",
        "split": "hard",
    },
    {"id": 3, "instruction": "Tell me a joke.", "apis": ["mail.send"], "expected": [], "order": "any"},
    {
        "id": "four",
        "messages": [
            {"role": "user", "content": "Send a message."},
            {"role": "assistant", "content": "To whom?"},
            {"role": "user", "content": "Send it to Anna and Bob."},
        ],
        "apis": ["mail.send", "mail.send"],
        "expected": [call("mail.send", to=['["anna", "bob"]'])],
        "order": "sequence",
    },
]


def write_lines(file: Path, lines: Iterable[object]) -> None:
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


ORACLE = {
    'Create a slide titled "A".': "from deck import create_slide\ncreate_slide('a')",
    "Create a slide titled B and put a picture on it.": (
        "import deck\ns = deck.create_slide(title='B')\ndeck.insert_s_picture(slide=s['number'])"
    ),
    "Send it to Anna and Bob.": "from mail import send\nsend(to=['Anna', 'Bob'])",
}


class Oracle:
    """Writes the right programs, and keeps what it was asked."""

    name = "oracle"

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def outline(self, request: Request, listen: Listen) -> Outline:
        return Outline(steps=(Step(text=request.instruction),))

    async def write(self, request: Request, listen: Listen) -> Program:
        self.requests.append(request)
        if request.instruction not in ORACLE:
            raise NothingFitsError("nothing of the kind")
        return Program(code=ORACLE[request.instruction], confidence=0.9)


class Silent(Oracle):
    """Never calls anything."""

    async def write(self, request: Request, listen: Listen) -> Program:
        return Program(code="pass", confidence=0.2)


class Writes(Oracle):
    """Always writes the same program."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code

    async def write(self, request: Request, listen: Listen) -> Program:
        return Program(code=self.code, confidence=0.5)


class Asks(Oracle):
    """Asks back, with its best reading at hand."""

    async def write(self, request: Request, listen: Listen) -> Program:
        error = NeedsInputError("which one?")
        error.best = await super().write(request, listen)
        raise error


class Raises(Oracle):
    """Fails in a way of the test's choosing."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def write(self, request: Request, listen: Listen) -> Program:
        raise self.error
