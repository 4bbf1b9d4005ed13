"""What a document says of the world after a call: can it be looked up, does it name what there is."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.core.documents import ApiDocument, Ensured, Package, is_view
from taskmatrix.core.effects import Feed
from taskmatrix.core.paths import places_in
from taskmatrix.core.stubs import is_required

_RESERVED = ("result", "session")


def check_ensures(
    document: ApiDocument, names: Collection[str] | None, siblings: Sequence[ApiDocument], about: Package | None
) -> Iterator[LintFinding]:
    """Yield why a post-condition cannot be looked up; what is not known of the package is not checked."""
    every = {f"{document.package}.{name}" for name in names or ()}
    for index, ensured in enumerate(document.ensures):
        path = f"ensures.{index}"
        target = _read(document, ensured, siblings, about)
        if target is not None:
            yield from _check_read(path, ensured, target)
        elif names is not None and about is not None and document.resolve(ensured.read) not in every:
            yield finding(
                "effects.ensures", f"{path}.read", f"there is no API {ensured.read!r} in {document.package!r}"
            )
        feeds = dict(ensured.arguments)
        feeds |= {part: feed for part in ("equals", "contains") if (feed := getattr(ensured, part)) is not None}
        yield from _check_feeds(document, path, feeds)
        for part in ("path", "says"):
            yield from _check_places(document, "effects.ensures", f"{path}.{part}", getattr(ensured, part))


def check_changes(document: ApiDocument, about: Package | None) -> Iterator[LintFinding]:
    """Yield the paths of `changes` that mean nothing, and what does not go together with the effect or the package."""
    for index, changed in enumerate(document.changes or ()):
        path = f"changes.{index}"
        if any(not part.strip() for part in changed.split(".")) and changed:
            yield finding("effects.changes", path, f"{changed!r} has an empty part")
        yield from _check_places(document, "effects.changes", path, changed)
    if document.changes and about is not None and about.state is None:
        yield finding("effects.changes", "changes", f"{document.package!r} names no `state` API to compare with")


def check_view(document: ApiDocument, about: Package | None) -> Iterator[LintFinding]:
    """Yield why an API cannot be what its package names it as: its `view` or `state`."""
    for part in ("view", "state"):
        named = getattr(about, part, None)
        if named in (document.name, document.id) and not is_view(document):
            why = "it does not only read" if document.effects.kind != "read" else "it needs arguments"
            yield finding("package.view", "name", f"it is the {part} of {document.package!r}, and {why}")


def _read(
    document: ApiDocument, ensured: Ensured, siblings: Sequence[ApiDocument], about: Package | None
) -> ApiDocument | None:
    name = document.resolve(ensured.read)
    own = about.reader(name) if about is not None else None
    return own or next((d for d in (*siblings, document) if d.id == name), None)


def _check_read(path: str, ensured: Ensured, target: ApiDocument) -> Iterator[LintFinding]:
    if target.effects.kind != "read":
        yield finding("effects.ensures", f"{path}.read", f"{target.id} does not only read")
    for name in ensured.arguments:
        if target.parameter(name) is None:
            yield finding("effects.ensures", f"{path}.arguments.{name}", f"{target.id} has no such parameter")
    for parameter in target.parameters:
        if is_required(parameter) and parameter.name not in ensured.arguments:
            yield finding("effects.ensures", path, f"{target.id} needs {parameter.name!r}, which nothing feeds")


def _check_feeds(document: ApiDocument, path: str, feeds: Mapping[str, Feed]) -> Iterator[LintFinding]:
    for name, feed in feeds.items():
        first = feed.path.partition(".")[0]
        if feed.origin == "argument" and not {first, feed.path} & {p.name for p in document.parameters}:
            yield finding("effects.ensures", f"{path}.{name}", f"{document.id} has no parameter {first!r}")


def _check_places(document: ApiDocument, code: str, path: str, text: str) -> Iterator[LintFinding]:
    known = {*_RESERVED, *(p.name for p in document.parameters)}
    for place in places_in(text):
        if not {place, place.partition(".")[0]} & known:
            yield finding(code, path, f"{{{place}}} is no parameter of {document.id}")
