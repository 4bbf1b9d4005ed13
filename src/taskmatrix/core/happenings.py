"""What happened, as runs that were started by it see it: `{event.body.city}` in their words stands for a value of it.

Whoever publishes, posts or writes a file decides these values. They are data: bounded, and never orders.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from taskmatrix.core.errors import UsageError
from taskmatrix.core.quotations import QUOTED, check_brackets, check_closed, in_quotes, is_word

LARGEST = 200_000
"""Characters of all that comes with an event; what is beyond is left out."""

LONGEST_SAID = 2_000
"""Characters of a value that is put into words."""

MOST_TEXTS = 1_000
_DEEPEST = 20
_LEFT_OUT = "…"

_MARK = re.compile(r"\{event((?:\.[\w-]+)+)\}")

_NEARLY = re.compile(r"\{\s*event\s*(?:[.\[][^{}]*)?\}", re.IGNORECASE)
"""What was meant as a mark, and may be none."""

_QUOTED_OR_MARK = re.compile(rf"{QUOTED}|{_MARK.pattern}")

EventKind = Literal["topic", "webhook", "file"]

_BROUGHT: Mapping[EventKind, Sequence[str]] = {
    "topic": ("{event.topic}", "{event.body}", "{event.body.NAME}"),
    "webhook": ("{event.path}", "{event.body}", "{event.body.NAME}"),
    "file": ("{event.path}", "{event.paths}", "{event.paths.0}"),
}
_BRINGER: Mapping[EventKind, str] = {"topic": "a topic", "webhook": "a webhook", "file": "a file"}


class Happening(BaseModel):
    """Something that a schedule waited for. `key` is the topic or the webhook's path; files have their paths as
    `payload`, a list.
    """

    model_config = ConfigDict(frozen=True)

    kind: EventKind
    key: str = ""
    payload: JsonValue = None

    def told(self) -> dict[str, JsonValue]:
        """Return what `event` is: `topic` or `path` with `body`; for files `path`, the first, and `paths`."""
        match self.kind:
            case "topic":
                return {"kind": self.kind, "topic": self.key, "body": self.payload}
            case "webhook":
                return {"kind": self.kind, "path": self.key, "body": self.payload}
            case "file":
                paths = self.payload if isinstance(self.payload, list) else []
                return {"kind": self.kind, "path": paths[0] if paths else None, "paths": paths}

    def texts(self) -> tuple[str, ...]:
        """Return the texts that came with it, wherever they stand."""
        found = dict.fromkeys(text for text in _texts(self.payload) if text.strip())
        return tuple(found)[:MOST_TEXTS]

    def value(self, path: str) -> JsonValue:
        """Return the value at a path, as `body.city` or `paths.0`. Raises UsageError for one that it does not have."""
        at: JsonValue = self.told()
        walked: list[str] = []
        for part in path.split("."):
            found: JsonValue | None = None
            if isinstance(at, dict):
                there, found = part in at, at.get(part)
            elif isinstance(at, list):
                there = part.isdecimal() and int(part) < len(at)
                found = at[int(part)] if there else None
            else:
                there = False
            if not there:
                known = ", ".join(at) if isinstance(at, dict) else f"{len(at)} items" if isinstance(at, list) else ""
                where = ".".join(["event", *walked])
                raise UsageError(
                    f"the event has no {path!r}: {where} has no {part!r}",
                    hint=f"{where} has {known[:300] or 'nothing'}",
                )
            at = found
            walked.append(part)
        return at

    def fill(self, text: str) -> str:
        """Return a text with the values in it, each on one line. Raises as `value`, and for one that is too long."""
        return _MARK.sub(lambda found: _said(self.value(found[1][1:]), found[0]), text)

    def said(self, text: str) -> str:
        """Return words with the values in them, as `fill`.

        A value of several words is quoted, so that what it says becomes no step of its own. What is quoted has marks
        around it that it does not have itself, so that it arrives as it is. Raises UsageError where it has them all,
        or ends the brackets that it stands in.
        """

        check_quotes(text)

        def told(found: re.Match[str]) -> str:
            marked = marks_in(found[0])
            if not marked:
                return found[0]
            value = self.fill(found[0][1:-1] if found["quoted"] else found[0])
            check_brackets(text[: found.start()], value, marked[0])
            if found["quoted"]:
                return in_quotes(value, marked[0], found[0])
            return value if is_word(value) else in_quotes(value, marked[0])

        return _QUOTED_OR_MARK.sub(told, text)

    def filled(self, text: str) -> JsonValue:
        """Return the value where a text is nothing but its mark, else the text filled. Raises as `fill`."""
        found = _MARK.fullmatch(text)
        return self.value(found[1][1:]) if found else self.fill(text)


def marks_in(text: str) -> tuple[str, ...]:
    """Return the marks `{event.…}` of a text, in order, each once."""
    return tuple(dict.fromkeys(found[0] for found in _MARK.finditer(text)))


def check_marks(text: str, kind: EventKind) -> None:
    """Raise UsageError for a mark of a text that no event of a kind can fill, or that is none as it is written."""
    for found in _NEARLY.finditer(text):
        mark = _MARK.fullmatch(found[0])
        if mark is None or not _is_brought(mark[1][1:].split("."), kind):
            raise UsageError(
                f"{_BRINGER[kind]} never brings {found[0]}", hint=f"there is {', '.join(_BROUGHT[kind])} to speak of"
            )


def check_quotes(words: str) -> None:
    """Raise UsageError for words that speak of an event and leave a quotation mark open: a value could close it."""
    if marks_in(words):
        check_closed(words)


def _is_brought(path: Sequence[str], kind: EventKind) -> bool:
    """Whether an event of a kind may have a value there: of what was sent anything, else only what its kind tells."""
    first, *below = path
    told = Happening(kind=kind, payload=[""]).told()
    if first == "paths":
        return first in told and (not below or (len(below) == 1 and below[0].isdecimal()))
    return first in told and (not below or first == "body")


def bounded(value: JsonValue) -> JsonValue:
    """Return what came with an event, without what is beyond `LARGEST` characters or nested too deeply."""
    return _Bounding().value(value, _DEEPEST)


class _Bounding:
    def __init__(self) -> None:
        self._room = LARGEST

    def value(self, value: JsonValue, deep: int) -> JsonValue:
        self._room -= 4
        match value:
            case str():
                kept = value[: max(self._room, 0)]
                self._room -= len(kept)
                return kept if len(kept) == len(value) else kept + _LEFT_OUT
            case list():
                items: list[JsonValue] = []
                for item in value:
                    if self._room <= 0 or not deep:
                        return [*items, _LEFT_OUT]
                    items.append(self.value(item, deep - 1))
                return items
            case dict():
                return self._object(value, deep)
            case _:
                self._room -= len(json.dumps(value))
                return value

    def _object(self, value: Mapping[str, JsonValue], deep: int) -> JsonValue:
        kept: dict[str, JsonValue] = {}
        for key, item in value.items():
            self._room -= len(key)
            if self._room <= 0 or not deep:
                break
            kept[key] = self.value(item, deep - 1)
        return kept


def _said(value: JsonValue, mark: str) -> str:
    text = " ".join((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).split())
    if len(text) > LONGEST_SAID:
        raise UsageError(
            f"the value of {mark} has {len(text):,} characters; {LONGEST_SAID:,} can be part of a text",
            hint=f"use it alone, as the text {mark!r} in a program that is kept with --program",
        )
    return text


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
