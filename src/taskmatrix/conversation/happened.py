"""Programs and events: a text `{event.…}` of a program that is kept is a slot, filled when the event is there.

A value becomes a literal, never a part of the code, as in a template. A text that is nothing but the mark becomes the
value as it came, a number or a list too.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.conversation.templates.cases import example_of
from taskmatrix.conversation.templates.edits import Edit, edited
from taskmatrix.conversation.templates.rendering import complete, literal
from taskmatrix.core import names
from taskmatrix.core.errors import UsageError
from taskmatrix.core.happenings import EventKind, Happening, check_marks, marks_in
from taskmatrix.core.programs import Finding, Plan, PlannedFile, Program
from taskmatrix.core.templates import PACKAGE, Slot, Template
from taskmatrix.sandbox.parsing import parse

_READ = {"integer": "int", "number": "float"}
"""What reads a value as a slot takes it."""


def marks_of(program: Program) -> tuple[str, ...]:
    """Return the marks `{event.…}` of a program's texts, each once."""
    return tuple(dict.fromkeys(mark for _, text in _marked(program.code) for mark in marks_in(text)))


def check_program(program: Program, kind: EventKind) -> None:
    """Raise UsageError for a mark of a program's texts that no event of a kind can fill."""
    for _, text in _texts(program.code):
        check_marks(text, kind)


def program_of(program: Program, happening: Happening) -> Program:
    """Return a program with the values of an event. Raises UsageError for one that the event does not have."""
    edits = [Edit(node, literal(happening.filled(text), text)) for node, text in _marked(program.code)]
    return program.model_copy(update={"code": edited(program.code, edits)}) if edits else program


def calling(template: Template, given: Mapping[str, JsonValue]) -> str:
    """Return a program that calls a template; where a value is a mark, it gets that of the event.

    Raises UsageError for values that do not fit, and for a mark in place of a list or an object.
    """
    marked = {name for name, value in given.items() if isinstance(value, str) and marks_in(value)}
    slots = [slot for slot in template.slots if slot.name in given]
    complete(template, {**given, **{slot.name: example_of(slot) for slot in slots if slot.name in marked}})
    texts = [f"{slot.name}={_argument(slot, given[slot.name], slot.name in marked)}" for slot in slots]
    return f"from {names.module(PACKAGE)} import {template.function}\n\n{template.function}({', '.join(texts)})\n"


def _argument(slot: Slot, value: JsonValue, marked: bool) -> str:
    text = literal(value, slot.name)
    kind = slot.type.get("type")
    if not marked or kind in ("string", None):
        return text
    if kind not in _READ:
        raise UsageError(f"{slot.name} takes {kind}: a value of an event is a text or a number there")
    return f"{_READ[kind]}({text})"


def plan_of(program: Program, happening: Happening | None) -> Plan | None:
    """Return as what a program is checked whose texts are, or will be, of an event; None where none are."""
    texts = happening.texts() if happening is not None else marks_of(program)
    return Plan(untrusted=texts, placed=True) if texts else None


def astray(files: Sequence[PlannedFile], happening: Happening | None) -> Iterator[Finding]:
    """Find files that a program would write outside of its folder because of what was sent or published to it.

    Paths of files that appeared are their user's own: the schedule says which may.
    """
    if happening is None or happening.kind == "file":
        return
    texts = happening.texts()
    for file in files:
        away = file.path.startswith(("~", "/", "\\")) or ".." in re.split(r"[\\/]", file.path) or ":" in file.path[:3]
        if file.way != "read" and away and any(text in file.path for text in texts):
            yield Finding(
                rule="untrusted-path",
                message=f"{file.api} would write {file.path!r}: what came with the event leads out of the folder",
                line=file.line,
                hint="have the event name a file, and the folder be said by the program",
            )


def with_origins(program: Program, happening: Happening | None) -> Program:
    """Return a program that says of its arguments which were read from words that came with an event."""
    texts = happening.texts() if happening is not None else ()
    if not texts or not program.arguments:
        return program
    arguments = tuple(
        each.model_copy(update={"origin": "event"})
        if each.origin == "said" and any(text in each.text or each.text in text for text in texts if each.text)
        else each
        for each in program.arguments
    )
    return program.model_copy(update={"arguments": arguments})


def _marked(code: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield the texts of a program that say a mark."""
    return ((node, text) for node, text in _texts(code) if marks_in(text))


def _texts(code: str) -> Iterator[tuple[ast.expr, str]]:
    """Yield the texts of a program; those inside of an f-string have no place of their own."""
    tree = parse(code)
    if not isinstance(tree, ast.Module):
        return
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in inside else None
        if isinstance(node, ast.Constant) and isinstance(text, str):
            yield node, text
