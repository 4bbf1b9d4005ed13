"""Security schemes: how credentials are presented, never what they are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.api_platform.importers.openapi.inputs import Input
from taskmatrix.api_platform.importers.openapi.prose import tidy
from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.importers.openapi.remarks import Remarks

Json = dict[str, JsonValue]

_FLOWS = {"implicit": "implicit", "password": "password", "application": "clientCredentials",
    "accessCode": "authorizationCode"}  # fmt: skip
_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")
_HEADER = "Authorization"
_TOKEN = re.compile(r"(?:x[-_])?(?:access|auth|oauth|bearer)?[-_]?token", re.IGNORECASE)
_TOKEN_TOLD = re.compile(r"\b(?:auth\w*|access|bearer|oauth)[ -]token", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Security:
    """The alternatives of an operation, and the schemes they name."""

    schemes: Mapping[str, Json] = field(default_factory=dict[str, Json])
    alternatives: Sequence[Mapping[str, Sequence[str]]] = ()

    def presents(self, one: Input) -> bool:
        """Whether a parameter is what a scheme presents: the credential is looked up, and no argument.

        Some documents declare an API key, or the token of a bearer scheme, as a parameter once more.
        """
        if any(
            s["type"] == "apiKey" and s.get("in") == one.place and str(s.get("name")).lower() == one.wire.lower()
            for s in self.schemes.values()
        ):
            return True
        bearer = any(s["type"] == "oauth2" or s.get("scheme") == "bearer" for s in self.schemes.values())
        token = one.place in ("header", "query") and _TOKEN.fullmatch(one.wire) and _TOKEN_TOLD.search(one.description)
        return bearer and bool(token)


class SecurityReader:
    """Reads the security schemes of one document."""

    def __init__(self, document: Node, references: References, remarks: Remarks, *, base: str | None) -> None:
        self._remarks = remarks
        self._base = base
        self._default = document.get("security")
        swagger = "swagger" in document
        given = part(document, "securityDefinitions") if swagger else part(part(document, "components"), _SCHEMES)
        where = "securityDefinitions" if swagger else f"components.{_SCHEMES}"
        self._schemes: dict[str, Json] = {}
        for name, value in given.items():
            found = references.resolve(value, f"{where}.{name}")
            scheme = self._scheme(node(found.value), swagger=swagger) if found is not None else None
            if scheme is None:
                remarks.add(f"the security scheme {name!r} cannot be read")
            else:
                self._schemes[name] = scheme

    def read(self, operation: Node, *, authorization: bool) -> Security:
        """Return what an operation needs; `authorization` says that it takes a header of that name as a parameter."""
        given = operation.get("security", self._default)
        alternatives: list[dict[str, list[str]]] = []
        for one in given if isinstance(given, list) else ():
            names = list(node(one))
            unknown = [name for name in names if name not in self._schemes]
            for name in unknown:
                self._remarks.add(f"the security scheme {name!r} is not described")
            if not unknown:
                use = {name: texts(node(one), name) for name in names}
                alternatives += [use] if use not in alternatives else []
        if authorization and not any(alternatives):
            # Nobody says how it is made, but a credential it is: it must not become an argument.
            self._remarks.add(
                "the header Authorization is a parameter of some operations; it was taken as a credential"
            )
            return Security({_HEADER: {"type": "apiKey", "in": "header", "name": _HEADER}}, [{_HEADER: []}])
        scopes: dict[str, list[str]] = {}
        for use in alternatives:
            for name, wanted in use.items():
                scopes.setdefault(name, []).extend(wanted)
        schemes = {name: _with_scopes(self._schemes[name], wanted) for name, wanted in scopes.items()}
        return Security(schemes, alternatives if any(alternatives) else [])

    def _scheme(self, given: Node, *, swagger: bool) -> Json | None:
        kind = text(given, "type")
        scheme: Json = {"type": kind}
        if kind == "apiKey":
            if text(given, "in") not in ("header", "query", "cookie") or not text(given, "name"):
                return None
            scheme |= {"in": text(given, "in"), "name": text(given, "name")}
        elif kind == "basic" and swagger:
            scheme |= {"type": "http", "scheme": "basic"}
        elif kind == "http":
            scheme["scheme"] = text(given, "scheme").lower() or "bearer"
        elif kind == "oauth2":
            flows = {_FLOWS.get(text(given, "flow"), ""): given} if swagger else part(given, "flows")
            scheme["flows"] = {n: self._flow(node(flow)) for n, flow in flows.items() if n and not n.startswith("x-")}
        elif kind == "openIdConnect":
            scheme["openIdConnectUrl"] = self._address(text(given, "openIdConnectUrl"))
        elif kind != "mutualTLS":
            return None
        told = tidy(given.get("description"), _LONGEST)
        return scheme | ({"description": told} if told else {})

    def _flow(self, given: Node) -> Json:
        flow: Json = {key: self._address(text(given, key)) for key in _URLS if text(given, key)}
        flow["scopes"] = {name: tidy(told, _LONGEST) for name, told in part(given, "scopes").items()}
        return flow

    def _address(self, url: str) -> str:
        return urljoin(self._base, url) if self._base else url


_SCHEMES = "securitySchemes"


def _with_scopes(scheme: Json, wanted: Sequence[str]) -> Json:
    """Leave out the scopes an operation does not need: some documents list hundreds."""
    flows = scheme.get("flows")
    if not isinstance(flows, dict):
        return scheme
    kept: Json = {}
    for name, flow in flows.items():
        scopes = part(node(flow), "scopes")
        kept[name] = {**node(flow), "scopes": {scope: scopes[scope] for scope in wanted if scope in scopes}}
    return {**scheme, "flows": kept}
