"""The source of an API that is an HTTP operation, whatever format documented it.

Importers write it (as plain JSON, into `ApiDocument.source`), the HTTP caller reads it, the life cycle compares it:
an update that moves an API to another host waits for approval. It holds everything a call needs except credentials.
"""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiNotCallableError, DocumentError

KIND = "http"

_VARIABLE = re.compile(r"\{\+?([^{}]+)\}")

Place = Literal["path", "query", "header", "cookie", "json", "form", "multipart", "body"]
"""Where an argument goes. `json`, `form` and `multipart` are fields of a body, `body` is the whole of it."""


class HttpParameter(BaseModel):
    """Where one argument goes, and how arrays and objects are written there (OpenAPI's `style` and `explode`).

    `name` is the name on the wire, where it differs from the parameter's. `reserved` leaves `/` unescaped in a
    path (RFC 6570 `{+name}`, which Google's documents use); dot segments are refused all the same. `content` is
    the media type of a parameter that is serialised as a document of its own.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    place: Place = Field(alias="in")
    name: str | None = None
    style: str | None = None
    explode: bool | None = None
    reserved: bool = False
    content: str | None = None


class SecurityScheme(BaseModel):
    """How a credential is presented. Never holds one.

    `type` is OpenAPI's: `apiKey` (with `in` and `name`), `http` (with `scheme`: `basic`, `bearer`), `oauth2`
    (with `flows`), `openIdConnect`.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="allow")

    type: str
    place: Literal["header", "query", "cookie"] | None = Field(default=None, alias="in")
    name: str | None = None
    scheme: str | None = None
    flows: Mapping[str, Mapping[str, JsonValue]] | None = None


class HttpSource(BaseModel):
    """One operation: `server` is the absolute base URL with nothing left open, None where none is known.

    `parameters` has an entry for each parameter of the document. `body` is the media type the body is sent in,
    `accept` what is asked for. `security` are the alternatives, each a set of schemes (with their scopes) that are
    presented together; an empty set means that none is needed. `document.auth` holds those schemes by name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["http"] = KIND
    method: str
    server: str | None = None
    path: str
    parameters: Mapping[str, HttpParameter] = Field(default_factory=dict[str, HttpParameter])
    body: str | None = None
    accept: str | None = None
    security: tuple[Mapping[str, tuple[str, ...]], ...] = ()


def http_source(document: ApiDocument) -> HttpSource:
    """Return the operation behind a document. Raises ApiNotCallableError where its source is none."""
    extra = document.source.model_extra or {}
    try:
        return HttpSource.model_validate({"kind": document.source.kind, **extra})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ApiNotCallableError(
            f"{document.id} cannot be called: source.{where}: {first['msg']}", hint="import its source again"
        ) from error


def check_operation(document: ApiDocument) -> None:
    """Refuse a document whose HTTP operation could never be called. Raises DocumentError with the field's path."""
    try:
        source = http_source(document)
    except ApiNotCallableError as error:
        raise DocumentError(error.message, path="source", hint="see docs/design/http-calls.md") from error
    if source.server is not None and not source.server.lower().startswith(("https://", "http://")):
        raise DocumentError(
            f"source.server: {source.server!r} is no web address", path="source.server", hint="it begins with https://"
        )
    given = {p.name or name for name, p in source.parameters.items() if p.place == "path"}
    missing = [name for name in _VARIABLE.findall(source.path) if name not in given]
    if missing:
        raise DocumentError(
            f"source.path: {{{missing[0]}}} is no path parameter of source.parameters",
            path="source.path",
            hint='as in {"id": {"in": "path"}}',
        )


def security_schemes(document: ApiDocument) -> Mapping[str, SecurityScheme]:
    """Return the security schemes of a document by name. Raises ApiNotCallableError for any that is none."""
    schemes = document.auth if isinstance(document.auth, dict) else {}
    try:
        return {name: SecurityScheme.model_validate(scheme) for name, scheme in schemes.items()}
    except ValidationError as error:
        raise ApiNotCallableError(
            f"{document.id} cannot be called: its security scheme cannot be read: {error.errors()[0]['msg']}"
        ) from error
