"""The values of a template's slots: given as options, or asked for at the terminal."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import RunCancelledError, UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.core.templates import Slot, Template


def given_values(template: "Template", pairs: Sequence[str], text: str | None) -> "dict[str, JsonValue]":
    """Return the values that were given. Raises UsageError."""
    found: dict[str, JsonValue] = {}
    if text is not None:
        try:
            read = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"--set-json is no JSON: {error}", hint="""as in '{"company": "Amazon"}'""") from None
        if not isinstance(read, dict):
            raise UsageError("--set-json is no JSON object", hint="""as in '{"company": "Amazon"}'""")
        found |= read
    for name, value in map(pair_of, pairs):
        found[name] = _value(template.slot(name), value)
    return found


def _value(slot: "Slot | None", text: str) -> "JsonValue":
    """Read a value as its slot takes it: a text as it is, all else as JSON where it is that."""
    if slot is not None and slot.type.get("type") == "string":
        return text
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        listed = slot is not None and slot.type.get("type") == "array"
        return [part.strip() for part in text.split(",") if part.strip()] if listed else text
    return value


def asked_values(template: "Template", given: "Mapping[str, JsonValue]") -> "dict[str, JsonValue]":
    """Ask at the terminal for the values that are missing; where nobody sits at one, nothing is asked."""
    from taskmatrix.cli.approving import is_somebody_there, read_line
    from taskmatrix.conversation.templates import missing_values

    found: dict[str, JsonValue] = {}
    for slot in missing_values(template, given) if is_somebody_there() else ():
        about = f" ({visible(slot.description, limit=200)})" if slot.description else ""
        example = f", such as {visible(json.dumps(slot.example, ensure_ascii=False), limit=80)}"
        try:
            typed = read_line(f"  {slot.name}{about}{example if slot.example is not None else ''}: ")
        except EOFError:
            raise RunCancelledError("stopped at a value") from None
        found[slot.name] = _value(slot, typed)
    return found


def pair_of(text: str) -> tuple[str, str]:
    """Return NAME and VALUE. Raises UsageError for what is no pair."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is no pair", hint="write NAME=VALUE, as in company=Amazon")
    return name, value
