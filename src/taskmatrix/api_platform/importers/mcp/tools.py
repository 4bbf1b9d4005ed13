"""From the tools and resources of a server to API documents."""

import json
from collections.abc import Iterator, Sequence

from mcp_types import Resource, ResourceTemplate, Tool
from pydantic import JsonValue

from taskmatrix.api_platform.callers.mcp.calls import KIND, RESOURCES
from taskmatrix.api_platform.callers.mcp.effects import effect_of
from taskmatrix.api_platform.importers.json_parts import text
from taskmatrix.api_platform.importers.mcp.schemas import fields_of, standalone
from taskmatrix.api_platform.importers.reports import ProblemList
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError
from taskmatrix.policy.redaction import Redactor

LONGEST_DOCUMENT = 1024 * 1024

_LISTED = 100
_LINE = 200


class Documents:
    """Writes the documents of one server's APIs. What cannot become one is noted in `invalid`."""

    def __init__(self, package: str, identity: str, redactor: Redactor, invalid: ProblemList) -> None:
        self._package = package
        self._identity = identity
        self._redactor = redactor
        self._invalid = invalid

    def of(
        self, tools: Sequence[Tool], resources: Sequence[Resource], templates: Sequence[ResourceTemplate]
    ) -> Iterator[ApiDocument]:
        """Give a document for each tool, and one for reading the resources if there are any."""
        seen: set[str] = set()
        for tool in tools:
            if tool.name in seen:
                self._invalid.add(0, f"the tool {tool.name!r} is listed twice")
                continue
            try:
                yield self._document(self._tool(tool))
            except DocumentError as error:
                self._invalid.add(0, f"the tool {tool.name[:200]!r} is left out: {error.message}")
                continue
            seen.add(tool.name)
        if resources or templates:
            yield self._document(self._reading(resources, templates, seen))

    def _tool(self, tool: Tool) -> dict[str, JsonValue]:
        hints = tool.annotations
        title = tool.title or (hints.title if hints else None)
        parameters: list[JsonValue] = []
        for field in fields_of(tool.input_schema):
            schema = {key: value for key, value in field.schema.items() if key != "description"}
            parameters.append(
                {
                    "name": field.name,
                    "description": text(field.schema, "description"),
                    "required": field.required,
                    "schema": schema,
                }
            )
        return {
            "package": self._package,
            "name": tool.name,
            "description": tool.description or title or "",
            "parameters": parameters,
            "returns": _returns(tool),
            "effects": effect_of(hints).model_dump(mode="json"),
            "source": {"kind": KIND, "server": self._identity, "tool": tool.name},
            **({"title": title} if title else {}),
        }

    def _reading(
        self, resources: Sequence[Resource], templates: Sequence[ResourceTemplate], taken: set[str]
    ) -> dict[str, JsonValue]:
        lines = [_line(r.uri, r.title or r.name, r.description) for r in resources]
        lines += [_line(t.uri_template, t.title or t.name, t.description) for t in templates]
        more = f"\nand {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
        name = "read_resource"
        while name in taken:
            name = f"{name}_"
        example = resources[0].uri if resources else templates[0].uri_template
        schema: dict[str, JsonValue] = {"type": "string"}
        return {
            "package": self._package,
            "name": name,
            "description": "Read one of the resources that this server offers. They are:\n"
            + "\n".join(lines[:_LISTED])
            + more,
            "parameters": [
                {
                    "name": "uri",
                    "description": f"the address of the resource, such as {example[:_LINE]}"
                    + (", with values in the place of what stands in braces" if templates else ""),
                    "required": True,
                    "schema": schema,
                }
            ],
            "returns": {
                "description": "the text of the resource; a handle on its bytes (name, media_type, digest, size) if"
                " it is no text; a list if it has several parts"
            },
            "effects": {"kind": "read", "idempotent": True, "inferred": True},
            "source": {"kind": KIND, "server": self._identity, "method": RESOURCES},
        }

    def _document(self, fields: dict[str, JsonValue]) -> ApiDocument:
        source = fields.pop("source")
        try:
            size = len(json.dumps(fields, allow_nan=False))
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"it holds something that is no JSON: {error}") from error
        if size > LONGEST_DOCUMENT:
            raise DocumentError(f"its document would have {size:,} bytes, {LONGEST_DOCUMENT:,} are allowed")
        # A server may tell the credentials it was started with.
        clean = self._redactor.value(fields)
        assert isinstance(clean, dict)
        return parse_document({**clean, "source": source})


def _returns(tool: Tool) -> dict[str, JsonValue]:
    if tool.output_schema is not None:
        schema = standalone(tool.output_schema)
        return {"schema": schema, "description": text(schema, "description")}
    return {
        "description": "what the tool answers: a text, a handle on a file (name, media_type, digest, size), or a list"
        " of these"
    }


def _line(uri: str, name: str, description: str | None) -> str:
    told = f"{uri} – {name}" + (f": {description}" if description else "")
    told = " ".join(told.split())
    return told if len(told) <= _LINE else told[:_LINE] + "…"
