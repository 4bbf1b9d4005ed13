"""The body of a request as arguments: one for each field where it has fixed fields, else one for the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.api_platform.http_sources import Place
from taskmatrix.api_platform.importers.json_parts import Node, node, part, text, texts
from taskmatrix.api_platform.importers.openapi.inputs import Input, collection_style, free_name
from taskmatrix.api_platform.importers.openapi.media import JSON, MULTIPART, URLENCODED, best_type, is_json, is_text
from taskmatrix.api_platform.importers.openapi.prose import tidy
from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.importers.openapi.remarks import Remarks
from taskmatrix.api_platform.importers.openapi.shapes import Part, Shapes

_WHOLE = "What is sent."
_FILE = "A file: its path, or an artifact."


@dataclass(frozen=True, slots=True)
class Body:
    """The arguments that make the body, and the media type it is sent in; None for no body."""

    inputs: Sequence[Input] = ()
    media: str | None = None


class BodyReader:
    """Reads request bodies of OpenAPI 3, and the body and form parameters of Swagger 2."""

    def __init__(self, references: References, shapes: Shapes, remarks: Remarks) -> None:
        self._references = references
        self._shapes = shapes
        self._remarks = remarks

    def read(self, given: JsonValue, path: str, taken: set[str], label: str) -> Body:
        """Return the arguments of a `requestBody`; `taken` are names that others have. Raises ImportRefusedError."""
        found = self._references.resolve(given, path)
        if found is None:
            if given is not None:
                self._remarks.add(f"{label}: its body is not in the document; left out")
            return Body()
        body = node(found.value)
        content = part(body, "content")
        media = best_type(content)
        if media is None:
            return Body()
        entry = content[media]
        schema = Part(node(entry).get("schema"), f"{found.path}.content.{media}.schema")
        kind = media.strip() if "/" in media and "*" not in media else JSON
        read = self._read(schema, kind, body.get("required"), tidy(body.get("description")), taken)
        for one in read.inputs:
            if one.place == "form":
                one.how |= _encoding(part(part(node(entry), "encoding"), one.wire))
        return read

    def read_swagger(self, parameters: Sequence[Part], consumes: Sequence[str], taken: set[str]) -> Body:
        """Return the arguments that Swagger 2 declares as parameters in `body` or `formData`."""
        whole = next((p for p in parameters if text(node(p.value), "in") == "body"), None)
        if whole is not None:
            parameter = node(whole.value)
            media = best_type(dict.fromkeys(consumes)) or JSON
            schema = Part(parameter.get("schema"), f"{whole.path}.schema")
            kind = media if media not in (MULTIPART, URLENCODED) and "*" not in media else JSON
            return self._read(schema, kind, parameter.get("required"), tidy(parameter.get("description")), taken)
        if not parameters:
            return Body()
        files = any(text(node(p.value), "type") == "file" for p in parameters)
        multipart = files or (MULTIPART in consumes and URLENCODED not in consumes)
        fields: dict[str, JsonValue] = {}
        for one in parameters:
            fields[text(node(one.value), "name")] = {
                k: v for k, v in node(one.value).items() if k not in ("name", "in", "required", "collectionFormat")
            }
        required: list[JsonValue] = [n for n in fields if _is_required(parameters, n)]
        form: dict[str, JsonValue] = {"type": "object", "properties": fields, "required": required}
        schema = Part(form, parameters[0].path.rpartition(".")[0])
        read = self._read(schema, MULTIPART if multipart else URLENCODED, True, "", taken)
        declared = {text(node(p.value), "name"): node(p.value) for p in parameters}
        for one in read.inputs:
            if one.place == "form":
                one.how |= collection_style(declared[one.wire])
        return read

    def _read(self, schema: Part, media: str, required: JsonValue, told: str, taken: set[str]) -> Body:
        place = _place(media)
        shape = self._shapes.open(schema) if place is not None else None
        fields = shape.properties if shape is not None else {}
        writable = {n: p for n, p in fields.items() if n.strip() and not self._is_read_only(p)}
        closed = shape is not None and not shape.choices and not any(k in shape.keys for k in ("oneOf", "anyOf"))
        extra = shape.keys.get("additionalProperties") if shape is not None else None
        if place is None or shape is None or not writable or not closed or (isinstance(extra, dict) and extra):
            return Body([self._whole(schema, media, required, told, taken)], media)
        # Many documents forget `required` of the body, whose default is false, and mean its fields' all the same.
        needed = set(shape.required) if required is not False else set[str]()
        names = set(taken)
        inputs: list[Input] = []
        for wire, field in writable.items():
            name = free_name(wire, "body", names)
            names.add(name)
            described = tidy(self._described(field))
            inputs.append(Input(name, wire, place, field, described, wire in needed))
        return Body(inputs, media)

    def _whole(self, schema: Part, media: str, required: JsonValue, told: str, taken: set[str]) -> Input:
        if not is_json(media) and not media.startswith(("multipart/", URLENCODED)):
            # The fields of XML are written in ways that a JSON Schema does not say: the text is the argument.
            written: dict[str, JsonValue] = {"type": "string"}
            if not is_text(media):
                written["format"] = "binary"
            schema = Part(written, schema.path)
            what = f"The content, as {media}." if is_text(media) else f"{_FILE} Sent as {media}."
            told = f"{told} {what}".strip()
        name = free_name("body", "body", set(taken))
        return Input(name, name, "body", schema, told or tidy(self._described(schema)) or _WHOLE, required is True)

    def _described(self, part: Part) -> JsonValue:
        keys = self._shapes.open(part).keys
        if isinstance(part.value, dict) and "description" in part.value:
            return part.value["description"]
        told = keys.get("description") or keys.get("title")
        is_file = keys.get("format") == "binary" or keys.get("type") == "file"
        return told or (_FILE if is_file else "")

    def _is_read_only(self, part: Part) -> bool:
        value = part.value
        if not isinstance(value, dict):
            return False
        if value.get("readOnly") is True:
            return True
        return ("$ref" in value or "allOf" in value) and self._shapes.open(part).keys.get("readOnly") is True


def _place(media: str) -> Place | None:
    """Return where the fields of a body go; None for a body that has no fields."""
    if is_json(media):
        return "json"
    if media.startswith(URLENCODED):
        return "form"
    return "multipart" if media.startswith("multipart/") else None


def _encoding(given: Node) -> dict[str, JsonValue]:
    """Return how a field of a form is written, where its `encoding` says so."""
    how = {key: given[key] for key in ("style", "explode") if isinstance(given.get(key), str | bool)}
    if given.get("allowReserved") is True:
        how["reserved"] = True
    media = text(given, "contentType")
    return how or ({"content": media} if is_json(media) and media else {})


def _is_required(parameters: Sequence[Part], name: str) -> bool:
    return any(node(p.value).get("name") == name and node(p.value).get("required") is True for p in parameters)


def media_types(operation: Node, document: Node, key: str) -> Sequence[str]:
    """Return what Swagger 2 says an operation `consumes` or `produces`: its own list, else the document's."""
    return texts(operation, key) if key in operation else texts(document, key)
