"""What a call gives back: the schema of its first success, and the errors it documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.api_platform.importers.json_parts import Node, node, part, text
from taskmatrix.api_platform.importers.openapi.media import JSON, best_type, is_json, is_text
from taskmatrix.api_platform.importers.openapi.prose import tidy
from taskmatrix.api_platform.importers.openapi.references import References
from taskmatrix.api_platform.importers.openapi.shapes import Part

_EMPTY = ("204", "205")
_MOST_ERRORS = 20
_LONGEST_ERROR = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back: `accept` is what is asked for, `errors` are (status, description) as JSON."""

    description: str
    schema: Part
    accept: str | None = None
    errors: Sequence[Mapping[str, JsonValue]] = ()


class AnswerReader:
    """Reads the responses of OpenAPI 3 and Swagger 2."""

    def __init__(self, references: References, *, swagger: bool) -> None:
        self._references = references
        self._swagger = swagger

    def read(self, given: JsonValue, path: str, produces: Sequence[str]) -> Answer:
        """Return what the responses of an operation say. Raises ImportRefusedError."""
        responses = {str(code): (value, f"{path}.{code}") for code, value in node(given).items()}
        good = [code for code in sorted(responses) if code[:1] == "2"]
        if not good and "default" in responses:
            good = ["default"]
        code = self._best(good, responses)
        errors = self._errors({c: r for c, r in responses.items() if c != code and c[:1] not in ("1", "2", "3", "x")})
        if code is None:
            return Answer("", Part({}, path), errors=errors)
        found = self._references.resolve(*responses[code])
        if found is None:
            return Answer("", Part({}, path), errors=errors)
        response = node(found.value)
        told = tidy(response.get("description"))
        if self._swagger:
            return self._swagger_answer(response, found.path, produces, told, errors)
        content = part(response, "content")
        media = best_type(content)
        if media is None:
            schema: JsonValue = {"type": "null"} if code in _EMPTY else {}
            return Answer(told, Part(schema, found.path), errors=errors)
        where = f"{found.path}.content.{media}.schema"
        return _answer(told, Part(node(content[media]).get("schema"), where), media, errors)

    def _best(self, good: Sequence[str], responses: Mapping[str, tuple[JsonValue, str]]) -> str | None:
        """Return the first success that has content, else the first."""
        for code in good:
            found = self._references.resolve(*responses[code])
            if found is not None and (part(node(found.value), "content") or "schema" in node(found.value)):
                return code
        return good[0] if good else None

    def _swagger_answer(
        self,
        response: Node,
        path: str,
        produces: Sequence[str],
        told: str,
        errors: Sequence[Mapping[str, JsonValue]],
    ) -> Answer:
        if "schema" not in response:
            return Answer(told, Part({}, path), errors=errors)
        media = best_type(produces) or JSON
        schema = Part(response["schema"], f"{path}.schema")
        if text(node(schema.value), "type") == "file" and is_json(media):
            media = next((m for m in produces if not is_json(m)), "application/octet-stream")
        return _answer(told, schema, media, errors)

    def _errors(self, responses: Mapping[str, tuple[JsonValue, str]]) -> Sequence[Mapping[str, JsonValue]]:
        errors: list[Mapping[str, JsonValue]] = []
        for code in sorted(responses)[:_MOST_ERRORS]:
            found = self._references.resolve(*responses[code])
            told = tidy(node(found.value).get("description"), _LONGEST_ERROR) if found is not None else ""
            errors.append({"name": code, "description": told})
        return errors


def _answer(told: str, schema: Part, media: str, errors: Sequence[Mapping[str, JsonValue]]) -> Answer:
    kind = media.strip()
    accept = kind if "/" in kind and "*" not in kind else None
    if is_json(kind):
        return Answer(told, schema, accept or JSON, errors)
    # A text comes as it is, anything else as an artifact, whatever the schema says of its parts.
    typed: JsonValue = {"type": "string"} if is_text(kind) else {}
    return Answer(f"{told.rstrip('. ')} ({kind})".strip(), Part(typed, schema.path), accept, errors)
