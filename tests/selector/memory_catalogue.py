from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

import pytest

from taskmatrix.core.documents import ApiDocument, Package, parse_document


@dataclass(frozen=True)
class Change:
    number: int
    package: str
    name: str
    document: ApiDocument | None
    owner: str = ""
    confirmed: tuple[str, ...] = ()


def cut_off(catalogue: object, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    """Have Ctrl-C come once, when so many pages of a catalogue's changes are asked for."""
    changes: Callable[[int, int], object] = catalogue.changes  # type: ignore[attr-defined]
    asked = count(1)

    def interrupted(since: int, limit: int = 1_000) -> object:
        if next(asked) == page:
            raise KeyboardInterrupt
        return changes(since, limit)

    monkeypatch.setattr(catalogue, "changes", interrupted)


class MemoryCatalogue:
    """A catalogue with a change feed that holds what a test gives it."""

    def __init__(self, documents: Iterable[ApiDocument] = ()) -> None:
        self.log: dict[tuple[str, str], Change] = {}
        self.number = 0
        for document in documents:
            self.put(document)

    def put(self, document: ApiDocument, owner: str = "", confirmed: tuple[str, ...] = ()) -> None:
        self._append(document.package, document.name, document, owner, confirmed)

    def remove(self, package: str, name: str) -> None:
        self._append(package, name, None)

    def _append(
        self,
        package: str,
        name: str,
        document: ApiDocument | None,
        owner: str = "",
        confirmed: tuple[str, ...] = (),
    ) -> None:
        self.number += 1
        self.log.pop((package, name), None)
        self.log[package, name] = Change(self.number, package, name, document, owner, confirmed)

    def changes(self, since: int, limit: int = 1_000) -> list[Change]:
        return [change for change in self.log.values() if change.number > since][:limit]

    def latest_change(self) -> int:
        return self.number

    def get(self, package: str, name: str) -> ApiDocument | None:
        change = self.log.get((package, name))
        return change.document if change else None

    def get_all(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ApiDocument]:
        return {key: document for key in keys if (document := self.get(*key)) is not None}

    def find(self, api: str) -> ApiDocument | None:
        return next((document for document in self.documents() if document.id == api), None)

    def package(self, name: str) -> Package | None:
        return None

    def packages(self) -> list[Package]:
        return [Package(name=name) for name in sorted({document.package for document in self.documents()})]

    def documents(self, package: str | None = None, *, limit: int | None = None) -> list[ApiDocument]:
        found = [change.document for change in self.log.values() if change.document is not None]
        return [document for document in found if package in (None, document.package)][:limit]

    def count(self) -> int:
        return len(self.documents())


def make_document(package: str, name: str, description: str = "", *parameters: str, **more: object) -> ApiDocument:
    listed = [{"name": parameter, "description": ""} for parameter in parameters]
    return parse_document({"package": package, "name": name, "description": description, "parameters": listed, **more})


OFFICE = [
    make_document("deck", "createSlide", "Add a new slide at the end of the presentation.", "title"),
    make_document("deck", "delete_slide", "Remove one slide.", "number"),
    make_document("deck", "insert_picture", "Put a picture from a file on the current slide.", "path", "width"),
    make_document("deck", "open", "Open a presentation file.", "path"),
    make_document("deck", "save", "Write the presentation to a file.", "path"),
    make_document("mail", "send-message", "Send an e-mail to one or more people.", "to", "subject", "body"),
    make_document("mail", "search_inbox", "Find e-mails by sender or words.", "query"),
    make_document("weather", "get.forecast", "Weather forecast for a city.", "city", "days"),
    make_document("money", "convert_currency", "Convert an amount from one currency to another.", "amount", "to"),
]
