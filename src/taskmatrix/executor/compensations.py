"""What takes a call back: the API its document names, fed from the call itself; or its files as they were."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.effects import Feed, Undo
from taskmatrix.core.errors import UndoError
from taskmatrix.core.stubs import is_required
from taskmatrix.executor.restoring import RESTORE_FILE

Find = Callable[[str], ApiDocument | None]
"""Looks an API up by `package.name`."""

MISSING = object()
"""What stands for a value where there is none."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that a call wrote: fingerprints of what it held `before` and `after`; None for what was not kept.

    `at` is when it was written first, `what` says in words what comes back.
    """

    path: str
    before: str | None
    after: str
    at: datetime | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A call of the past: its arguments, its result, the files it wrote."""

    arguments: Mapping[str, JsonValue]
    result: JsonValue = None
    files: Mapping[str, FileChange] = field(default_factory=dict[str, FileChange])


@dataclass(frozen=True, slots=True)
class Compensation:
    """A call that takes another back, or part of it."""

    document: ApiDocument
    arguments: Mapping[str, JsonValue]

    @property
    def subject(self) -> str:
        """What tells it from the other compensations of the same call: the file, where it is about one."""
        return str(self.arguments.get("path", "")) if self.document is RESTORE_FILE else ""

    @property
    def restores(self) -> str:
        """What comes back, in words; empty for a call that is no file's."""
        return str(self.arguments["what"]) if self.document is RESTORE_FILE else ""

    def __str__(self) -> str:
        return f"{self.document.id} {self.subject}".strip()


def compensations(document: ApiDocument, made: Made, find: Find) -> tuple[Compensation, ...]:
    """Return what takes a call back, in order; nothing where nothing is known to. Raises UndoError saying why not."""
    undo = document.effects.compensation
    if undo is not None:
        target = compensating(document, undo, find)
        return (Compensation(target, dict(_arguments(target, undo, made))),)
    return tuple(_restoring(change) for change in reversed(list(made.files.values())))


def compensating(document: ApiDocument, undo: Undo, find: Find) -> ApiDocument:
    """Return the API that takes calls of another back. Raises UndoError where there is none of that name.

    It is of the same package: an owner must not have others' APIs called by naming them as an undo.
    """
    name = document.resolve(undo.api)
    target = find(name)
    if target is None or target.package != document.package:
        raise UndoError(f"there is no API {name!r}, which is said to take it back")
    return target


def _arguments(target: ApiDocument, undo: Undo, made: Made) -> Iterator[tuple[str, JsonValue]]:
    for parameter in target.parameters:
        feed = undo.arguments.get(parameter.name)
        if feed is None and undo.arguments:
            found = MISSING
        elif feed is None:
            found = _named(parameter, made)
        else:
            found = fed(feed, made)
        if found is not MISSING:
            yield parameter.name, cast(JsonValue, found)
        elif is_required(parameter):
            where = f"its {feed.origin} holds no {feed.path!r}" if feed else "neither its result nor its arguments do"
            raise UndoError(f"{target.id} needs {parameter.name!r}, and {where}")


def _named(parameter: Parameter, made: Made) -> object:
    if isinstance(made.result, dict) and parameter.name in made.result:
        return made.result[parameter.name]
    return made.arguments.get(parameter.name, MISSING)


def fed(feed: Feed, made: Made) -> object:
    """Return what a feed gives of a call, or `MISSING`. A name that holds dots itself is found whole at the top."""
    if feed.origin is None:
        return feed.value
    root: object = made.result if feed.origin == "result" else dict(made.arguments)
    if not feed.path:
        return root
    if isinstance(root, dict) and feed.path in root:
        return cast("dict[str, object]", root)[feed.path]
    for part in feed.path.split("."):
        if isinstance(root, dict) and part in root:
            root = cast("dict[str, object]", root)[part]
        elif isinstance(root, list) and part.isdecimal() and int(part) < len(cast("list[object]", root)):
            root = cast("list[object]", root)[int(part)]
        else:
            return MISSING
    return root


def _restoring(change: FileChange) -> Compensation:
    if change.before is None:
        raise UndoError(f"what {change.path!r} held before was not kept: it was too large, or could not be read")
    arguments: dict[str, JsonValue] = {"path": change.path, "before": change.before, "after": change.after}
    arguments["what"] = change.what
    return Compensation(RESTORE_FILE, arguments)
