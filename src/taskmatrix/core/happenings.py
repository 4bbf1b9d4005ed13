"""What happened, as runs that were started by it see it: `{event.body.city}` in their words stands for a value of it.

Whoever publishes, posts or writes a file decides these values. They are data: bounded, and never orders.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from taskmatrix.core.errors import UsageError

LARGEST = 200_000
"""Characters of all that comes with an event; what is beyond is left out."""

LONGEST_SAID = 2_000
"""Characters of a value that is put into words."""

MOST_TEXTS = 1_000
_DEEPEST = 20
_LEFT_OUT = "…"

_MARK = re.compile(r"\{event((?:\.[A-Za-z0-9_-]+)+)\}")

_QUOTES = re.compile('["“”„«»`]')


class Happening(BaseModel):
    """Something that a schedule waited for. `key` is the topic or the webhook's path; files have their paths as
    `payload`, a list.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["topic", "webhook", "file"]
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

        A value of several words is quoted, so that what it says becomes no step of its own; quotation marks in it
        become `'`, so that it ends no quotation.
        """

        def told(found: re.Match[str]) -> str:
            value = _QUOTES.sub("'", _said(self.value(found[1][1:]), found[0]))
            quoted = len(_QUOTES.findall(text[: found.start()])) % 2
            return value if quoted or not re.search(r"[\s;,]", value) else f'"{value}"'

        return _MARK.sub(told, text)

    def filled(self, text: str) -> JsonValue:
        """Return the value where a text is nothing but its mark, else the text filled. Raises as `fill`."""
        found = _MARK.fullmatch(text)
        return self.value(found[1][1:]) if found else self.fill(text)


def marks_in(text: str) -> tuple[str, ...]:
    """Return the marks `{event.…}` of a text, in order, each once."""
    return tuple(dict.fromkeys(found[0] for found in _MARK.finditer(text)))


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
