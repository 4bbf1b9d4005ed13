"""One operation of an AWS service model as an API document."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.api_platform.importers.aws.prose import plain
from taskmatrix.api_platform.importers.aws.shapes import Shapes
from taskmatrix.api_platform.importers.expansion import brief
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, ErrorDocument, Parameter, Returns, Source
from taskmatrix.core.effects import Effect

_RESULT_DEPTH = 2
_READING = {"describe", "get", "list", "head", "query", "scan", "search", "lookup", "count", "select", "discover"}
_LOSING = {
    "delete",
    "terminate",
    "purge",
    "destroy",
    "remove",
    "deregister",
    "revoke",
    "release",
    "discard",
    "erase",
    "forget",
    "wipe",
    "abort",
    "dispose",
}


@dataclass(frozen=True, slots=True)
class Service:
    """What the operations of one service share. `name` is botocore's (`s3`), `signing` AWS's own."""

    name: str
    package: str
    version: str
    signing: str
    sent: Shapes
    returned: Shapes
    errors: dict[str, ErrorDocument] = field(default_factory=dict[str, ErrorDocument])


def document_of(name: str, operation: Node, service: Service) -> ApiDocument:
    """Return the document of an operation."""
    output = text(part(operation, "output"), "shape")
    return ApiDocument(
        package=service.package,
        name=f"{service.name}.{name}",
        description=_description(operation),
        parameters=tuple(_parameters(operation, service.sent)),
        returns=_returns(output, service.returned),
        errors=tuple(_errors(operation, service)),
        effects=_effect(name, operation),
        auth=_auth(operation, service),
        version=service.version or None,
        source=Source.model_validate({"kind": "aws", "service": service.name, "operation": name}),
    )


def _description(operation: Node) -> str:
    told = plain(text(operation, "documentation"))
    if operation.get("deprecated") is True and not told.lower().startswith("deprecated"):
        return f"Deprecated. {plain(text(operation, 'deprecatedMessage'))} {told}".replace("  ", " ").strip()
    return told


def _parameters(operation: Node, sent: Shapes) -> Iterator[Parameter]:
    shape = sent.shape(text(part(operation, "input"), "shape"))
    required = set(texts(shape, "required"))
    for name, given in part(shape, "members").items():
        member = node(given)
        schema = sent.fitting(functools.partial(sent.bare, member))
        told = plain(text(member, "documentation")) or plain(text(sent.shape(text(member, "shape")), "documentation"))
        filled = member.get("idempotencyToken") is True
        if filled:
            told = f"{told} Filled in when it is left out.".strip()
        if member.get("deprecated") is True and not told.lower().startswith("deprecated"):
            told = f"Deprecated. {told}".strip()
        yield Parameter(
            name=name,
            description=told,
            required=name in required and not filled,
            schema=schema,
        )


def _returns(name: str, returned: Shapes) -> Returns:
    if not name:
        return Returns()
    schema = returned.fitting(lambda depth: returned.write(name, depth), _RESULT_DEPTH)
    return Returns(description=plain(text(returned.shape(name), "documentation")), schema=schema)


def _errors(operation: Node, service: Service) -> Iterator[ErrorDocument]:
    listed = operation.get("errors")
    for given in listed if isinstance(listed, list) else ():
        name = text(node(given), "shape")
        if name and name not in service.errors:
            told = brief(plain(text(service.returned.shape(name), "documentation")))
            service.errors[name] = ErrorDocument(name=name, description=told)
        if name:
            yield service.errors[name]


def _effect(name: str, operation: Node) -> Effect:
    """Infer the effect from the model's own word, the operation's first word, and the verb."""
    words = names.words(name)
    first = words[1] if len(words) > 1 and words[0] == "batch" else words[0] if words else ""
    verb = text(part(operation, "http"), "method").upper()
    kind = "write"
    if first in _LOSING or verb == "DELETE":
        kind = "destructive"
    elif operation.get("readonly") is True or (first in _READING and verb not in ("PUT", "PATCH")):
        kind = "read"
    again = kind == "read" or operation.get("idempotent") is True or verb in ("PUT", "DELETE")
    return Effect.model_validate({"kind": kind, "idempotent": again, "inferred": True})


def _auth(operation: Node, service: Service) -> JsonValue:
    if operation.get("authtype") == "none" or "smithy.api#noAuth" in texts(operation, "auth"):
        return None
    return {"aws": {"type": "aws-sigv4", "name": service.signing}}
