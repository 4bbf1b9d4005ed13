"""A template as one Markdown file with front matter: a skill of an agent (`SKILL.md`) that needs no model to be run.

Front matter is as Agent Skills have it: `name`, `description`, then `license` and `metadata` where there are any. What
is read of the body are its sections; what else stands there is for people.
"""

import json
from collections.abc import Iterator
from typing import cast

from pydantic import JsonValue, ValidationError

from taskmatrix.api_platform.importers.yaml_reading import yaml_to_json
from taskmatrix.conversation.templates.sections import Section, fenced, rows_of, sections_of, table
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.core.templates import Template

LARGEST = 4 * 1024 * 1024
"""Bytes of a file."""

LARGEST_HEAD = 64 * 1024
"""Bytes of its front matter."""

_CODE = "template.invalid"
_COMPATIBILITY = "Run with TaskMatrix; no model is needed"
_KEYS = ("name", "description", "license", "metadata", "compatibility", "allowed-tools")
_YAML_WORDS = ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
_NOTHING = Section((), ())
_HINT = "do the task once with taskmatrix, then: taskmatrix templates make RUN"


def write_markdown(template: Template) -> str:
    """Return the file of a template."""
    plain = template.name[0].isalpha() and template.name not in _YAML_WORDS
    head = [
        f"name: {template.name if plain else _quoted(template.name)}",
        f"description: {_quoted(template.description)}",
    ]
    head += [f"license: {_quoted(template.license)}"] if template.license else []
    head += [f"compatibility: {_COMPATIBILITY}"]
    if template.metadata:
        head += ["metadata:", *(f"  {_quoted(key)}: {_quoted(text)}" for key, text in template.metadata.items())]
    return "\n".join(["---", *head, "---", "", *_body(template)])


def _body(template: Template) -> Iterator[str]:
    sets = " ".join(f"--set {slot.name}=…" for slot in template.slots if not slot.has_default)
    command = f"taskmatrix templates run {template.name} {sets}".rstrip()
    yield f"Run it with `{command}`, once it is imported with `taskmatrix templates import FILE`.\n"
    yield f"## Instruction\n\n{fenced('text', template.instruction)}\n"
    if template.steps:
        yield "## Outline\n"
        for number, step in enumerate(template.steps, start=1):
            yield f"{number}. {step.text}"
            yield from (f"   - needs: {need}" for need in step.needs)
            yield from [f"   - yields: {step.yields}"] if step.yields else []
        yield ""
    if template.slots:
        rows = [
            [slot.name, _json(slot.type), "yes" if slot.required else "no", _json(slot.example), slot.description]
            for slot in template.slots
        ]
        yield f"## Slots\n\n{table(['slot', 'type', 'required', 'example', 'what it is'], rows)}\n"
    yield f"## Program\n\n{fenced('python', template.code)}\n"
    if template.apis:
        rows = [[_json(v.package), _json(v.name), v.digest] for v in template.apis]
        yield f"## APIs\n\n{table(['package', 'name', 'digest'], rows)}\n"
    if template.cases:
        yield "## Cases\n"
        for case in template.cases:
            text = json.dumps(case.model_dump(mode="json", exclude_defaults=True), indent=1, ensure_ascii=False)
            yield f"{fenced('json', text)}\n"


def read_markdown(data: bytes, location: str) -> Template:
    """Return the template in a file; `location` is for messages. Raises ImportRefusedError.

    A skill that holds no program is refused: there is nothing to run without a model.
    """
    try:
        if len(data) > LARGEST:
            raise ValueError(f"it has {len(data):,} bytes, {LARGEST:,} at most")
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        if not text.startswith("---\n"):
            raise ValueError("it does not begin with front matter (a line ---, name, description, a line ---)")
        head, end, body = text[4:].partition("\n---\n")
        if not end:
            raise ValueError("its front matter has no end (a line ---)")
        about = _front(head, location)
        sections = sections_of(body)
        absent = [title for title in ("Instruction", "Program") if not sections.get(title, _NOTHING).blocks]
        if absent:
            said = "sections" if len(absent) > 1 else "section"
            raise ImportRefusedError(
                f"{location}: a skill without {' and '.join(absent)} ({said} with a fenced block): it tells a model "
                "what to do, and is no template",
                code=_CODE,
                hint=_HINT,
            )
        return Template.model_validate(about | _read(sections))
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ImportRefusedError(f"{location}: {path}: {said}", path=path, code=_CODE) from error
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"{location}: {error}", code=_CODE) from error


def _front(head: str, location: str) -> dict[str, JsonValue]:
    if len(head.encode()) > LARGEST_HEAD:
        raise ValueError(f"its front matter has more than {LARGEST_HEAD:,} bytes")
    found = json.loads(yaml_to_json(head.encode(), location, _tell_nobody, seconds=20.0))
    if not isinstance(found, dict):
        raise ValueError("its front matter holds no names and values")
    about = cast("dict[str, JsonValue]", found)
    strange = next((key for key in about if key not in _KEYS), None)
    if strange is not None:
        raise ValueError(f"front matter takes {', '.join(_KEYS)}, not {strange[:80]!r}")
    return {key: value for key, value in about.items() if key in ("name", "description", "license", "metadata")}


def _read(sections: dict[str, Section]) -> dict[str, JsonValue]:
    slots: list[JsonValue] = []
    for name, kind, required, example, description in rows_of(sections.get("Slots", _NOTHING), 5):
        slots.append(
            {
                "name": name,
                "schema": _value(kind),
                "required": _choice(required),
                "example": _value(example),
                "description": description,
            }
        )
    apis: list[JsonValue] = [
        {"package": _value(package), "name": _value(name), "digest": digest}
        for package, name, digest in rows_of(sections.get("APIs", _NOTHING), 3)
    ]
    return {
        "instruction": sections["Instruction"].blocks[0],
        "code": sections["Program"].blocks[0],
        "steps": _steps(sections.get("Outline", _NOTHING)),
        "slots": slots,
        "apis": apis,
        "cases": [_value(block) for block in sections.get("Cases", _NOTHING).blocks],
    }


def _steps(section: Section) -> list[JsonValue]:
    steps: list[dict[str, JsonValue]] = []
    for line in section.lines:
        number, dot, text = line.partition(". ")
        kind, colon, words = line.strip().partition(": ")
        if dot and number.isdigit():
            steps.append({"text": text, "needs": list[JsonValue]()})
        elif colon and steps and kind == "- needs":
            cast("list[JsonValue]", steps[-1]["needs"]).append(words)
        elif colon and steps and kind == "- yields":
            steps[-1]["yields"] = words
        else:
            raise ValueError(f"the outline takes lines as `1. …`, `- needs: …` and `- yields: …`, not {line[:80]!r}")
    return [*steps]


def _choice(word: str) -> bool:
    if word not in ("yes", "no"):
        raise ValueError(f"a slot is required or not: yes or no, not {word[:80]!r}")
    return word == "yes"


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)


def _value(text: str) -> JsonValue:
    def refuse(name: str) -> JsonValue:
        raise ValueError(f"{name} is no JSON number")

    try:
        return cast(JsonValue, json.loads(text, parse_constant=refuse))
    except json.JSONDecodeError as error:
        raise ValueError(f"{text[:80]!r} is no JSON: {error}") from error


def _quoted(text: str) -> str:
    """Return a text as YAML takes it in quotes: what it would take for a line break is escaped."""
    return "".join(_escaped(character) for character in json.dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    code = ord(character)
    if character.isprintable():
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _tell_nobody(what: str, done: int, total: int) -> None:
    """Reading a few lines takes no time that anybody would want to watch."""
