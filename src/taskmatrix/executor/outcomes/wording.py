"""Facts in words: values shortened, secrets taken out before anything is cut."""

import json
from collections.abc import Callable, Iterable, Iterator

from pydantic import JsonValue

from taskmatrix.core.documents import Parameter, Returns
from taskmatrix.core.paths import fill, words_of
from taskmatrix.core.sensitivity import marked, marks
from taskmatrix.executor.compensations import MISSING
from taskmatrix.executor.outcomes.coverage import Filling
from taskmatrix.executor.outcomes.deeds import Deed
from taskmatrix.executor.outcomes.differences import Change
from taskmatrix.policy.redaction import Redactor

LONGEST = 240
"""Characters of a value in a sentence: a path is shown whole, a text by its beginning."""


class Wording:
    """Says things without the secrets of a run: those of its calls, and others that are found meanwhile."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = set(secrets)
        self._redactor = Redactor(self._secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Keep more secrets to itself."""
        self._secrets |= set(secrets)
        self._redactor = Redactor(self._secrets)

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return self._redactor.text(text)

    def value(self, value: object) -> str:
        """Return a value as it is told: texts in quotes, long ones cut."""
        if value is MISSING:
            return "nothing"
        clean = self._clean(value)
        return _cut(repr(clean) if isinstance(clean, str) else _json(clean))

    def path(self, path: Iterable[str]) -> str:
        """Return a path as it is told: its names are what the world calls things, and may be long or secret too."""
        return self.text(".".join(_cut(self.text(level)) for level in path))

    def sentence(self, says: str, filling: Filling) -> str:
        """Return a document's sentence, filled; with what a placeholder means where nobody knows its value."""

        def say(place: str) -> str:
            value = filling.value(place)
            if value is MISSING:
                return f"<{words_of(place)}>"
            found = self._clean(value)
            return _cut(found if isinstance(found, str) else _json(found))

        return self.text(fill(says, say))

    def change(self, package: str, change: Change) -> str:
        """Return what changed, as in `shop: items.3.title: 'Q1' → ''`."""
        where = self.path(change.path) or "all of it"
        if change.before is MISSING:
            return f"{package}: {where}: added {self.value(change.after)}"
        if change.after is MISSING:
            return f"{package}: {where}: removed, it was {self.value(change.before)}"
        return f"{package}: {where}: {self.value(change.before)} → {self.value(change.after)}"

    def _clean(self, value: object) -> JsonValue:
        return self._redactor.value(value)  # pyright: ignore[reportArgumentType]


def secrets_of(deeds: Iterable[Deed], restore: Callable[[JsonValue], JsonValue]) -> Iterator[str]:
    """Yield the secrets that calls were given, or gave back, by their documents."""
    for deed in deeds:
        for parameter in deed.document.parameters:
            if parameter.name in deed.arguments:
                yield from _secrets(deed.arguments[parameter.name], parameter, restore)
        yield from _secrets(deed.result, deed.document.returns, restore)


def _secrets(
    value: JsonValue, stated: Parameter | Returns, restore: Callable[[JsonValue], JsonValue]
) -> Iterator[str]:
    found = [mark for mark in marks(stated) if mark.kind == "secret"]
    if found:  # else a large value is not read for nothing
        yield from marked(restore(value), found)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
