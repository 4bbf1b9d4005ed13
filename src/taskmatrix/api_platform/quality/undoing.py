"""What a document says of taking calls back and of limits: does the undo exist and is it fed, can limits be kept."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.core.documents import ApiDocument, fed_by_name
from taskmatrix.core.effects import Feed
from taskmatrix.core.limits import limit_faults
from taskmatrix.core.stubs import is_required

_PATH = "effects.undo"


def check_limits(document: ApiDocument) -> Iterator[LintFinding]:
    """Yield what is wrong in the limits; calls are made as if it were not said."""
    for fault in limit_faults(document.limits):
        yield finding("limits.fault", f"limits.{fault.path}".rstrip("."), fault.message)


def check_undo(
    document: ApiDocument, names: Collection[str] | None, siblings: Sequence[ApiDocument]
) -> Iterator[LintFinding]:
    """Yield why the declared undo cannot take a call back; what is not known of the package is not checked."""
    undo = document.effects.compensation
    if undo is None:
        return
    if document.effects.kind == "read":
        yield finding("effects.undo", _PATH, "a read has nothing to take back")
    name = document.resolve(undo.api)
    target = next((d for d in (*siblings, document) if d.id == name), None)
    if target is None:
        if names is not None and name not in {f"{document.package}.{n}" for n in names}:
            yield finding("effects.undo", _PATH, f"there is no API {undo.api!r} in {document.package!r}")
        return
    for parameter in undo.arguments:
        if target.parameter(parameter) is None:
            yield finding("effects.undo", f"{_PATH}.arguments.{parameter}", f"{target.id} has no such parameter")
    feeds = undo.arguments or dict(fed_by_name(document, target))
    for parameter in target.parameters:
        if is_required(parameter) and parameter.name not in feeds:
            yield finding("effects.undo", _PATH, f"{target.id} needs {parameter.name!r}, which nothing feeds")
    yield from _check_feeds(document, feeds)


def _check_feeds(document: ApiDocument, feeds: Mapping[str, Feed]) -> Iterator[LintFinding]:
    for parameter, feed in feeds.items():
        first = feed.path.partition(".")[0]
        path = f"{_PATH}.arguments.{parameter}.path"
        if feed.origin == "argument" and not {first, feed.path} & {p.name for p in document.parameters}:
            yield finding("effects.undo", path, f"{document.id} has no parameter {first!r}")
        returned = document.returns.type.get("properties")
        if not isinstance(returned, dict) or document.returns.type.get("additionalProperties") is True:
            continue
        if feed.origin == "result" and first and not {first, feed.path} & set(returned):
            yield finding("effects.undo", path, f"the result has no {first!r}")
