"""One method of a discovery document as an API document, callable over HTTP."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.api_platform.importers.google.shapes import Shapes, described_values, scalar
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter, Returns, Schema, Source
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import DocumentError

_RESULT_DEPTH = 2
_JSON = "application/json"
_EFFECTS = {"GET": "read", "HEAD": "read", "DELETE": "destructive"}
_REPEATABLE = ("GET", "HEAD", "PUT", "DELETE")
_LOSING = {"delete", "purge", "destroy", "remove", "wipe", "empty"}
# Written down by Google for all of its APIs; the documents name only the scopes.
_AUTHORIZATION_URL = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN_URL = "https://oauth2.googleapis.com/token"
_FIELDS = (
    "Which fields of the answer to return, such as `items(id,name),nextPageToken`; `*` for all. Without it the API"
    " chooses."
)
_ALT = "The form of the answer: `json` describes the resource, `media` is its content."


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the methods of one document share."""

    package: str
    version: str
    server: str | None
    scopes: Node
    sent: Shapes
    returned: Shapes


@dataclass(frozen=True, slots=True)
class _Input:
    parameter: Parameter
    place: dict[str, JsonValue]


def document_of(method: Node, discovery: Discovery) -> ApiDocument:
    """Return the document of a method. Raises DocumentError for one without identity, verb or path."""
    name, verb, path = text(method, "id"), text(method, "httpMethod").upper(), text(method, "path")
    if not name or not verb or not isinstance(method.get("path"), str):
        raise DocumentError(f"method {name!r} needs id, httpMethod and path", path="methods")
    inputs = {entry.parameter.name: entry for entry in _inputs(method)}
    # Of a body's field that is called like a parameter of the address, both are kept.
    for entry in _body(method, discovery.sent, verb, inputs):
        inputs[entry.parameter.name] = entry
    parameters = tuple(entry.parameter for entry in inputs.values())
    body = part(method, "request")
    return ApiDocument(
        package=discovery.package,
        name=name,
        description=_description(method),
        parameters=parameters,
        returns=_returns(method, discovery.returned),
        effects=_effect(verb, name),
        auth=_auth(method, discovery.scopes),
        version=discovery.version or None,
        source=Source.model_validate(
            {
                "kind": "http",
                "method": verb,
                "server": discovery.server,
                # `{+name}` is said by `reserved`.
                "path": "/" + path.replace("{+", "{").lstrip("/"),
                "parameters": {key: entry.place for key, entry in inputs.items()},
                "accept": None if method.get("supportsMediaDownload") is True else _JSON,
                "security": _security(method),
            }
            | ({"body": _JSON} if body else {})
        ),
    )


def _inputs(method: Node) -> Iterator[_Input]:
    """Give the parameters of path and query, those of the path first, as the method orders them."""
    given = part(method, "parameters")
    reserved = set(re.findall(r"\{\+([^}]*)\}", text(method, "path")))
    for name in dict.fromkeys([*(n for n in texts(method, "parameterOrder") if n in given), *given]):
        one = node(given[name])
        place: dict[str, JsonValue] = {"in": "path" if one.get("location") == "path" else "query"}
        if name in reserved:
            place["reserved"] = True
        schema = scalar(one)
        if one.get("repeated") is True:
            schema = dict[str, JsonValue](type="array", items=schema)
            place |= {"style": "form", "explode": True}
        required = one.get("required") is True or place["in"] == "path"
        yield _Input(_parameter(name, described_values(one), required, schema), place)
    if method.get("supportsMediaDownload") is True and "alt" not in given:
        choices: Schema = {"type": "string", "enum": ["json", "media"], "default": "json"}
        yield _Input(_parameter("alt", _ALT, False, choices), {"in": "query"})
    if part(method, "response") and "fields" not in given:
        yield _Input(_parameter("fields", _FIELDS, False, {"type": "string"}), {"in": "query"})


def _body(method: Node, sent: Shapes, verb: str, taken: dict[str, _Input]) -> Iterator[_Input]:
    """Give the fields of the request's body, or the body where it has no fixed fields."""
    request = part(method, "request")
    schema = sent.schema_of(text(request, "$ref")) if "$ref" in request else request
    if part(schema, "additionalProperties") or (request and schema.get("type", "object") != "object"):
        told = described_values(schema) or "What is sent."
        whole = sent.fitting(lambda depth: sent.piece(request, depth))
        yield _Input(_parameter(_free("body", taken), told, True, whole), {"in": "body"})
        return
    for name, given in part(schema, "properties").items():
        one = node(given)
        if one.get("readOnly") is True:
            continue
        written = sent.fitting(functools.partial(sent.piece, one))
        written = {key: value for key, value in written.items() if key != "description"}
        told = described_values(one) or text(sent.schema_of(text(one, "$ref")), "description")
        own = _free(name, taken)
        place: dict[str, JsonValue] = {"in": "json", **({"name": name} if own != name else {})}
        yield _Input(_parameter(own, told, _is_required(one, method, verb), written), place)


def _free(name: str, taken: dict[str, _Input]) -> str:
    while name in taken:
        name = f"body_{name}"
    return name


def _is_required(given: Node, method: Node, verb: str) -> bool:
    """Whether a field of the body must be given: said by an annotation, or by the description's first word.

    The words are about the whole resource, of which a PATCH sends a part.
    """
    if text(method, "id") in texts(part(given, "annotations"), "required"):
        return True
    return verb in ("POST", "PUT") and text(given, "description").lower().startswith("required.")


def _parameter(name: str, description: str, required: bool, schema: Schema) -> Parameter:
    return Parameter(name=name, description=description, required=required, schema=schema)


def _returns(method: Node, returned: Shapes) -> Returns:
    name = text(part(method, "response"), "$ref")
    if not name:
        return Returns()
    schema = dict(returned.fitting(lambda depth: returned.write(name, depth), _RESULT_DEPTH))
    schema.pop("description", None)
    return Returns(description=text(returned.schema_of(name), "description") or name, schema=schema)


def _description(method: Node) -> str:
    told = [text(method, "description").strip()]
    if method.get("deprecated") is True and not told[0].lower().startswith("deprecated"):
        told.insert(0, "Deprecated.")
    if method.get("supportsMediaUpload") is True:
        upload = part(method, "mediaUpload")
        kinds = ", ".join(texts(upload, "accept")) or "any type"
        most = f", at most {text(upload, 'maxSize')}" if text(upload, "maxSize") else ""
        told.append(f"Called here it sends the metadata alone, not the content (media upload of {kinds}{most}).")
    if method.get("supportsMediaDownload") is True:
        told.append("With `alt` = `media` it returns the content itself.")
    return " ".join(filter(None, told))


def _effect(verb: str, name: str) -> Effect:
    kind = _EFFECTS.get(verb, "write")
    if kind == "write" and _LOSING.intersection(names.words(name.rpartition(".")[2])[:2]):
        kind = "destructive"
    return Effect.model_validate({"kind": kind, "idempotent": verb in _REPEATABLE, "inferred": True})


def _auth(method: Node, scopes: Node) -> JsonValue:
    wanted = texts(method, "scopes")
    schemes: dict[str, JsonValue] = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
    if wanted:
        told: dict[str, JsonValue] = {scope: text(part(scopes, scope), "description") for scope in wanted}
        flow: dict[str, JsonValue] = {
            "authorizationUrl": _AUTHORIZATION_URL,
            "tokenUrl": _TOKEN_URL,
            "scopes": told,
        }
        token: dict[str, JsonValue] = {"type": "oauth2", "flows": {"authorizationCode": flow}}
        schemes = {"oauth2": token, **schemes}
    return schemes


def _security(method: Node) -> list[JsonValue]:
    """Return the alternatives: a token with any one of the scopes; for public data a key, which a few go without."""
    scopes = texts(method, "scopes")
    tokens: list[JsonValue] = [{"oauth2": [scope]} for scope in scopes]
    return [*tokens, {"key": []}] if scopes else [{"key": []}, {}]
