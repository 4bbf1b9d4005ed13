"""Examples to learn from: what was said, and the calls that were right for it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from taskmatrix.core.errors import UsageError
from taskmatrix.core.protocols import Turn

_LIKE = 'a line is like {"instruction": "…", "expected": [{"api": "package.name", "arguments": {"x": [1]}}]}'
LONGEST = 4_000
"""Characters of an instruction that is learned from; of a longer one, these."""


@dataclass(frozen=True, slots=True)
class RightCall:
    """A call that was right: each argument with the values that are accepted for it (`{"$ref": id}` for a result)."""

    api: str
    arguments: Mapping[str, Sequence[JsonValue]] = field(default_factory=dict[str, Sequence[JsonValue]])
    id: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """An instruction in its context, the steps it was outlined in, and the calls it asks for (none: make no call)."""

    instruction: str
    calls: tuple[RightCall, ...]
    turns: tuple[Turn, ...] = ()
    outline: tuple[str, ...] = ()
    id: str = ""

    @property
    def apis(self) -> tuple[str, ...]:
        """The APIs called, in order."""
        return tuple(call.api for call in self.calls)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)

    role: str
    content: str = ""


class _Call(BaseModel):
    model_config = ConfigDict(frozen=True)

    api: str = Field(min_length=3)
    id: str | int | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    optional: tuple[str, ...] = ()


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str | int = ""
    instruction: str | None = None
    messages: tuple[_Message, ...] = ()
    outline: tuple[str, ...] = ()
    expected: tuple[_Call, ...]


def read_example(data: object) -> Example:
    """Read a planning case, or a correction in the same form. Raises UsageError saying what is wrong with it."""
    try:
        line = _Line.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    said = [Turn(cast("Any", m.role if m.role in ("user", "assistant") else "tool"), m.content) for m in line.messages]
    instruction = line.instruction
    if instruction is None:
        last = max((i for i, turn in enumerate(said) if turn.role == "user"), default=-1)
        if last < 0:
            raise UsageError("neither an instruction nor a user message")
        instruction = said.pop(last).text
    calls = tuple(_right(call) for call in line.expected)
    return Example(instruction[:LONGEST], calls, tuple(said), line.outline, str(line.id))


def _right(call: _Call) -> RightCall:
    given: dict[str, Sequence[JsonValue]] = {}
    for name, accepted in call.arguments.items():
        values = accepted if isinstance(accepted, list) else [accepted]
        if name not in call.optional and values:
            given[name] = values
    return RightCall(call.api, given, str(call.id or ""))


def read_examples(file: Path) -> list[Example]:
    """Read a JSONL file of planning cases or corrections. Raises UsageError with file and line."""
    found: list[Example] = []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{str(file)!r} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                found.append(read_example(json.loads(line)))
            except (ValueError, UsageError, RecursionError) as error:
                raise UsageError(
                    f"{file}, line {number}: {str(error)[:200]}",
                    hint=_LIKE,
                ) from error
    return found


def as_line(example: Example) -> str:
    """Return an example as a line of JSON; `read_example` reads it back."""
    data: dict[str, JsonValue] = {"id": example.id, "instruction": example.instruction}
    if example.turns:
        # The instruction stands apart, so that every message is a turn before it.
        data["messages"] = [{"role": t.role, "content": t.text} for t in example.turns]
    if example.outline:
        data["outline"] = list(example.outline)
    data["expected"] = [
        {"api": c.api, "arguments": {n: list(v) for n, v in c.arguments.items()}, **({"id": c.id} if c.id else {})}
        for c in example.calls
    ]
    return json.dumps(data, ensure_ascii=True, sort_keys=True)


def distinct(examples: Iterable[Example]) -> list[Example]:
    """Return the examples, of several that say the same in the same context only the last: it corrects the others."""
    by_words: dict[object, Example] = {}
    for example in examples:
        key = (example.instruction.strip().lower(), example.turns, example.outline)
        by_words.pop(key, None)
        by_words[key] = example
    return list(by_words.values())
