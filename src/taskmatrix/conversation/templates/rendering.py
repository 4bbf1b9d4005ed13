"""A template with values: its program, its instruction and steps. Values become literals, never a part of the code."""

import ast
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.api_platform.validation import fault
from taskmatrix.conversation.templates.wording import fill
from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.templates import Slot, Template

LARGEST_VALUE = 100_000
"""Characters of a value as a literal."""

_IN_A_FILE = "put long material in a file, and give the name of the file"


def missing_values(template: Template, given: Mapping[str, JsonValue]) -> Sequence[Slot]:
    """Return the slots that still need a value."""
    return [slot for slot in template.slots if slot.name not in given and not slot.has_default]


def complete(template: Template, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return a value for every slot, in their order.

    Raises UsageError for a slot that is none or needs a value, and for a value that does not fit.
    """
    unknown = next((name for name in given if template.slot(name) is None), None)
    if unknown is not None:
        known = ", ".join(slot.name for slot in template.slots)
        raise UsageError(
            f"the template {template.name!r} has no slot {unknown!r}",
            hint=f"its slots are {known}" if known else "it has none",
        )
    missing = [slot.name for slot in missing_values(template, given)]
    if missing:
        raise UsageError(
            f"the template {template.name!r} needs a value for {', '.join(missing)}",
            hint=f"taskmatrix templates run {template.name} {' '.join(f'--set {name}=…' for name in missing)}",
        )
    values = {slot.name: given.get(slot.name, slot.default) for slot in template.slots}
    for slot in template.slots:
        if wrong := fault(slot.type, values[slot.name]):
            raise UsageError(
                f"{slot.name}: {wrong}", hint=f"taskmatrix templates show {template.name} says what it takes"
            )
    return values


def render(template: Template, given: Mapping[str, JsonValue]) -> str:
    """Return the program for these values: each slot is set to a literal before the template's code.

    Raises UsageError as `complete` does.
    """
    values = complete(template, given)
    head = "".join(f"{name} = {literal(value, name)}\n" for name, value in values.items())
    return f"{head}\n{template.code}\n" if head else f"{template.code}\n"


def literal(value: JsonValue, of: str = "a value") -> str:
    """Return Python that means the value `of` something, and nothing else.

    Raises UsageError for one too large, nested too deeply, or with a number that JSON does not have.
    """
    try:
        text = repr(value)
        same = ast.literal_eval(text) == value
    except (RecursionError, MemoryError) as error:
        raise UsageError(f"{of}: it is nested too deeply for a program", hint=_IN_A_FILE) from error
    except (ValueError, SyntaxError):  # nan and infinity have no literal
        text, same = "", False
    if not same:
        raise UsageError(
            f"{of}: NaN, infinity and numbers of thousands of digits cannot be written in a program",
            hint="give a finite number, or null",
        )
    if len(text) > LARGEST_VALUE:
        raise UsageError(f"{of}: it has {len(text):,} characters, {LARGEST_VALUE:,} at most", hint=_IN_A_FILE)
    return text


def instruct(template: Template, values: Mapping[str, JsonValue]) -> str:
    """Return the instruction for these values."""
    return fill(template.instruction, values)


def outline(template: Template, values: Mapping[str, JsonValue]) -> Outline:
    """Return the steps for these values."""

    def say(text: str) -> str:
        return fill(text, values)

    steps = [
        Step(text=say(step.text), needs=tuple(map(say, step.needs)), yields=say(step.yields))
        for step in template.steps
    ]
    return Outline(steps=tuple(steps), explicit=True, reason=f"the template {template.name} has these steps")
