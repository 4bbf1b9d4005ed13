"""The operations of a document: which there are, and each as an API document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue, ValidationError

from taskmatrix.api_platform.http_sources import KIND
from taskmatrix.api_platform.importers.json_parts import Node, node, text, texts
from taskmatrix.api_platform.importers.openapi.answers import AnswerReader
from taskmatrix.api_platform.importers.openapi.bodies import Body, BodyReader, media_types
from taskmatrix.api_platform.importers.openapi.inputs import Input, ParameterReader
from taskmatrix.api_platform.importers.openapi.literal_keys import holds_key, is_credential, refuse_key
from taskmatrix.api_platform.importers.openapi.naming import Unnamed, distinct_names
from taskmatrix.api_platform.importers.openapi.prose import describe, tidy
from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.importers.openapi.schemas import SchemaWriter
from taskmatrix.api_platform.importers.openapi.security import Security, SecurityReader
from taskmatrix.api_platform.importers.openapi.servers import ServerReader
from taskmatrix.api_platform.importers.openapi.shapes import Part, Shapes
from taskmatrix.api_platform.importers.reports import ProblemList
from taskmatrix.core.documents import ApiDocument, Schema, parse_document
from taskmatrix.core.effects import Effect

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")

_MOST_INPUT = 200
_MOST_RESULT = 100
_READING = ("get", "head", "options")
_REPEATABLE = ("get", "head", "options", "put", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document: the path item it stands in, and what stands there."""

    name: str
    method: str
    path: str
    item: Node
    item_path: str
    body: Node
    where: str

    @property
    def label(self) -> str:
        """`GET /pets`, for notes."""
        return f"{self.method.upper()} {self.path}"


def list_operations(document: Node, references: References, missing: ProblemList) -> Sequence[Operation]:
    """Return the operations in the order of the document; those that did not come with it are added to `missing`.

    Raises ImportRefusedError.
    """
    found: list[Operation] = []
    for path, given in node(document.get("paths")).items():
        if path.startswith("x-"):
            continue
        item = references.resolve(given, f"paths.{path}")
        if item is None:
            missing.add(0, f"{path}: its operations are not in the document")
            continue
        beside = {key: value for key, value in node(given).items() if key != "$ref"}
        whole = {**node(item.value), **beside}
        for method in METHODS:
            if method not in whole:
                continue
            operation = references.resolve(whole[method], f"{item.path}.{method}")
            if operation is None:
                missing.add(0, f"{method.upper()} {path}: it is not in the document")
                continue
            found.append(Operation("", method, path, whole, item.path, node(operation.value), operation.path))
    names = distinct_names(Unnamed(text(o.body, "operationId"), o.method, o.path) for o in found)
    return [replace(operation, name=name) for operation, name in zip(found, names, strict=True)]


class OperationReader:
    """Writes operations of one document as API documents of one package."""

    def __init__(
        self, document: Node, package: str, references: References, servers: ServerReader, security: SecurityReader
    ) -> None:
        self._document = document
        self._package = package
        self._servers = servers
        self._security = security
        self._remarks = references.remarks
        self._swagger = "swagger" in document
        shapes = Shapes(references)
        self._schemas = SchemaWriter(shapes, references.remarks)
        self._parameters = ParameterReader(references, references.remarks, swagger=self._swagger)
        self._bodies = BodyReader(references, shapes, references.remarks)
        self._answers = AnswerReader(references, swagger=self._swagger)

    def read(self, operation: Operation) -> ApiDocument:
        """Return the document of an operation. Raises ImportRefusedError, DocumentError."""
        given = operation.body
        places = [
            Part(operation.item.get("parameters"), f"{operation.item_path}.parameters"),
            Part(given.get("parameters"), f"{operation.where}.parameters"),
        ]
        declared = self._parameters.read(places, operation.path, operation.label)
        security = self._security.read(given, authorization=declared.authorization)
        inputs = [one for one in declared.inputs if not security.presents(one)]
        taken = {one.name for one in inputs}
        if self._swagger:
            consumes = media_types(given, self._document, "consumes")
            body = self._bodies.read_swagger(declared.body, consumes, taken)
        else:
            where = f"{operation.where}.requestBody"
            body = self._bodies.read(given.get("requestBody"), where, taken, operation.label)
        inputs += body.inputs
        schemas = self._schemas.write([one.schema for one in inputs], most=_MOST_INPUT, reading=False)
        produces = media_types(given, self._document, "produces") if self._swagger else ()
        answer = self._answers.read(given.get("responses"), f"{operation.where}.responses", produces)
        result = self._schemas.write([answer.schema], most=_MOST_RESULT, reading=True)[0]
        return parse_document(
            {
                "package": self._package,
                "name": operation.name,
                "description": describe(
                    given.get("summary") or operation.item.get("summary"),
                    given.get("description") or operation.item.get("description"),
                    texts(given, "tags"),
                    name=operation.name,
                    deprecated=given.get("deprecated") is True,
                ),
                "parameters": [self._parameter(one, schema) for one, schema in zip(inputs, schemas, strict=True)],
                "returns": _returns(answer.description, result),
                "errors": list(answer.errors),
                "effects": _effect(operation.method) | self._undo(given),
                "limits": given.get("x-taskmatrix-limits"),
                "auth": dict(security.schemes) or None,
                "source": self._source(operation, inputs, body, security, answer.accept)
                if declared.complete
                else {"kind": "none"},
            }
        )

    def _undo(self, given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return what an owner says takes the operation back, by the name that the operation gets here."""
        undo = given.get("x-taskmatrix-undo")
        if undo is None:
            return {}
        try:
            Effect.model_validate({"kind": "write", "undo": undo})
        except ValidationError:
            self._remarks.add("an x-taskmatrix-undo says no API to call; left out")
            return {}
        return {"undo": undo}

    def _parameter(self, one: Input, schema: Schema) -> dict[str, JsonValue]:
        told = one.description or tidy(schema.get("description"))
        schema.pop("description", None)  # said by the parameter
        default = schema.get("default")
        if isinstance(default, str):
            refuse_key(default, f"{one.schema.path}.default")
            if is_credential(one.wire, default):
                self._remarks.add(f"the default of {one.wire!r} looks like a credential; left out")
                del schema["default"]
        examples = schema.get("examples")
        if isinstance(examples, list) and any(isinstance(e, str) and holds_key(e) for e in examples):
            del schema["examples"]
        required = one.required and "default" not in schema
        return {"name": one.name, "description": told, "required": required, "schema": schema}

    def _source(
        self, operation: Operation, inputs: Sequence[Input], body: Body, security: Security, accept: str | None
    ) -> dict[str, JsonValue]:
        given = operation.body
        if "servers" in given:
            server = self._servers.read(given.get("servers"), f"{operation.where}.servers")
        else:
            server = self._servers.read(operation.item.get("servers"), f"{operation.item_path}.servers")
        source: dict[str, JsonValue] = {
            "kind": KIND,
            "method": operation.method.upper(),
            "server": server,
            "path": operation.path,
            "parameters": {one.name: one.source() for one in inputs},
            "body": body.media,
            "accept": accept,
            "security": [{name: list(scopes) for name, scopes in use.items()} for use in security.alternatives],
        }
        return {key: value for key, value in source.items() if value not in (None, [], {})}


def _returns(told: str, schema: Schema) -> dict[str, JsonValue]:
    inner = schema.pop("description", None)
    return {"description": told or tidy(inner), "schema": schema}


def _effect(method: str) -> dict[str, JsonValue]:
    kind = "read" if method in _READING else "destructive" if method == "delete" else "write"
    return {"kind": kind, "idempotent": method in _REPEATABLE, "inferred": True}
