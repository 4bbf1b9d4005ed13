"""What a call is given: the parameters of an operation, before their schemas are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.api_platform.http_sources import Place
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text
from taskmatrix.api_platform.importers.openapi.prose import tidy
from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.api_platform.importers.openapi.shapes import Part

_VARIABLE = re.compile(r"\{([^{}/]+)\}")
_PLACES: dict[str, Place] = {"path": "path", "query": "query", "header": "header", "cookie": "cookie"}
# HTTP owns these; OpenAPI says that a parameter of such a name is to be ignored.
_OWN_HEADERS = frozenset(("accept", "content-type", "authorization", "content-length", "host", "cookie", "connection",
    "transfer-encoding"))  # fmt: skip
_STYLES = {
    "csv": {"explode": False},
    "ssv": {"style": "spaceDelimited", "explode": False},
    "tsv": {"style": "tabDelimited", "explode": False},
    "pipes": {"style": "pipeDelimited", "explode": False},
    "multi": {"style": "form", "explode": True},
}
_NO_SCHEMA = frozenset(("name", "in", "required", "description", "schema", "content", "style", "explode",
    "allowReserved", "collectionFormat", "allowEmptyValue", "deprecated", "example", "examples"))  # fmt: skip


@dataclass(slots=True)
class Input:
    """One argument: `wire` is its name in the request, `name` the one a program uses, `how` the rest of its place."""

    name: str
    wire: str
    place: Place
    schema: Part
    description: str = ""
    required: bool = False
    how: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])

    def source(self) -> dict[str, JsonValue]:
        """Return what the caller needs to know, as JSON."""
        place: dict[str, JsonValue] = {"in": self.place}
        if self.wire != self.name and self.place != "body":
            place["name"] = self.wire
        return place | self.how


@dataclass(frozen=True, slots=True)
class Declared:
    """The parameters an operation declares: those it takes, and those of Swagger 2 that make its body.

    `authorization` says that a header of that name was among them: a credential, which is no argument. `complete`
    is False where some are not in the document: a call without them would be another call.
    """

    inputs: Sequence[Input]
    body: Sequence[Part]
    authorization: bool = False
    complete: bool = True


class ParameterReader:
    """Reads parameter objects of OpenAPI 3 and Swagger 2."""

    def __init__(self, references: References, remarks: Remarks, *, swagger: bool) -> None:
        self._references = references
        self._remarks = remarks
        self._swagger = swagger

    def read(self, places: Iterable[Part], path: str, label: str) -> Declared:
        """Return the parameters of an operation; `places` are its lists, a later one overrides an earlier one.

        A variable of the path that nobody declared is added. Raises ImportRefusedError.
        """
        declared = self._declared(places)
        complete = all(one is not None for one in declared)
        if not complete:
            self._remarks.add(f"{label}: some of its parameters are not in the document, so it cannot be called")
        inputs: dict[tuple[str, str], Input] = {}
        body: list[Part] = []
        authorization = False
        for one in filter(None, declared):
            parameter = node(one.value)
            place, name = text(parameter, "in"), text(parameter, "name")
            if place in ("body", "formData") and self._swagger:
                body.append(one)
            elif place == "header" and name.strip().lower() in _OWN_HEADERS:
                authorization = authorization or name.strip().lower() == "authorization"
            elif place in _PLACES and name.strip():
                inputs[place, name] = self._input(parameter, name, _PLACES[place], one.path)
            else:
                self._remarks.add(f"{label}: a parameter {name!r} in {place!r} was left out")
        variables = list(dict.fromkeys(_VARIABLE.findall(path)))
        for name in variables:
            if ("path", name) not in inputs:
                self._remarks.add(f"{label}: the path variable {name!r} is not described; it was taken as a text")
                inputs["path", name] = Input(name, name, "path", Part({"type": "string"}, ""), "", True)
        stray = [key for key in inputs if key[0] == "path" and key[1] not in variables]
        for key in stray:
            self._remarks.add(f"{label}: {key[1]!r} is said to be in the path, which does not have it; left out")
            del inputs[key]
        return Declared(_named(list(inputs.values())), body, authorization, complete)

    def _declared(self, places: Iterable[Part]) -> Sequence[Part | None]:
        """Return each parameter once; None for those that are not in the document."""
        found: dict[tuple[str, str], Part | None] = {}
        for place in places:
            for i, given in enumerate(place.value if isinstance(place.value, list) else ()):
                one = self._references.resolve(given, f"{place.path}.{i}")
                if one is None:
                    found["", place.path] = None
                    continue
                key = text(node(one.value), "in"), text(node(one.value), "name")
                found[key] = Part(one.value, one.path)
        return list(found.values())

    def _input(self, parameter: Node, name: str, place: Place, path: str) -> Input:
        schema, media = self._schema(parameter, path)
        told = tidy(parameter.get("description"))
        if parameter.get("deprecated") is True and "deprecated" not in told.lower():
            told = f"Deprecated. {told}".strip()
        how = self._how(parameter, place)
        if media is not None:
            how = dict[str, JsonValue](content=media)
        required = parameter.get("required") is True or place == "path"
        return Input(name, name, place, schema, told, required, how)

    def _schema(self, parameter: Node, path: str) -> tuple[Part, str | None]:
        content = part(parameter, "content")
        for media, given in content.items():
            return Part(node(given).get("schema"), f"{path}.content.{media}.schema"), media
        if "schema" in parameter:
            schema = parameter["schema"]
            sample = parameter.get("example")
            if sample is not None and isinstance(schema, dict) and "$ref" not in schema and "example" not in schema:
                schema = {**schema, "example": sample}
            return Part(schema, f"{path}.schema"), None
        # Swagger 2, and documents of version 3 that were written as if they were Swagger 2.
        return Part({k: v for k, v in parameter.items() if k not in _NO_SCHEMA}, path), None

    def _how(self, parameter: Node, place: Place) -> dict[str, JsonValue]:
        if self._swagger:
            return collection_style(parameter)
        how: dict[str, JsonValue] = {}
        usual = "form" if place in ("query", "cookie") else "simple"
        style = text(parameter, "style") or usual
        explode = parameter.get("explode")
        if style != usual:
            how["style"] = style
        if isinstance(explode, bool) and explode != (style == "form"):
            how["explode"] = explode
        if parameter.get("allowReserved") is True:
            how["reserved"] = True
        return how


def collection_style(parameter: Node) -> dict[str, JsonValue]:
    """Return how Swagger 2 writes an array (`collectionFormat`), in the words of OpenAPI 3."""
    if parameter.get("type") != "array":
        return {}
    given = text(parameter, "collectionFormat") or "csv"
    return dict[str, JsonValue](_STYLES.get(given, _STYLES["csv"]))


def _named(inputs: list[Input]) -> list[Input]:
    """Give parameters of one name in two places two names: the first keeps it."""
    taken: set[str] = set()
    for one in inputs:
        one.name = free_name(one.name, one.place, taken)
        taken.add(one.name)
    return inputs


def free_name(name: str, place: str, taken: "set[str]") -> str:
    """Return a name nobody has: `query.id` where `id` is taken."""
    while name in taken:
        name = f"{place}.{name}"
    return name
