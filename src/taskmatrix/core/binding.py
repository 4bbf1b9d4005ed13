"""From a call in action code to a call of a document's API: original names, checked arguments."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.core.protocols import HostCall
from taskmatrix.core.stubs import is_required, signature_order


class Namespace:
    """The APIs a program may call, by module and function name."""

    def __init__(self, documents: Iterable[ApiDocument]) -> None:
        self._documents = {(names.module(d.package), names.function(d.name)): d for d in documents}

    def find(self, module: str, function: str) -> ApiDocument | None:
        """Return the document behind `module.function`, or None."""
        return self._documents.get((module, function))

    def of(self, call: HostCall) -> ApiDocument:
        """Return the document a host call means. Raises ApiArgumentError for a call outside the offer."""
        document = self.find(call.module, call.function)
        if document is None:
            raise ApiArgumentError(f"{call.module}.{call.function} is not among the APIs on offer")
        return document


def bind(document: ApiDocument, args: Sequence[JsonValue], kwargs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the arguments by their original names.

    Raises ApiArgumentError for too many, unknown, doubled or missing arguments.
    """
    order = signature_order(document)
    if len(args) > len(order):
        raise ApiArgumentError(f"{document.id} takes {len(order)} arguments, got {len(args)}")
    bound: dict[str, JsonValue] = {p.name: value for p, value in zip(order, args, strict=False)}
    known = {names.identifier(p.name): p.name for p in order}
    for key, value in kwargs.items():
        name = known.get(key)
        if name is None:
            raise ApiArgumentError(
                f"{document.id} has no parameter {key!r}", hint=f"it takes {', '.join(known) or 'none'}"
            )
        if name in bound:
            raise ApiArgumentError(f"{document.id} got {name!r} twice")
        bound[name] = value
    missing = [p.name for p in order if is_required(p) and p.name not in bound]
    if missing:
        raise ApiArgumentError(f"{document.id} needs {', '.join(missing)}")
    return bound


def with_defaults(document: ApiDocument, arguments: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the arguments of a call together with the defaults of what it was not given."""
    return {**{p.name: p.default for p in document.parameters if p.has_default}, **arguments}
