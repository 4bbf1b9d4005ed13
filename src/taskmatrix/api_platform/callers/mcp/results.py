"""What a tool answers, as a value a program can use.

Structured content is given as it is: it has the type the tool's `outputSchema` states. Otherwise one text is that
text (also where it happens to be JSON: a program that wants to read it can), several contents are a list. Bytes never
come along: they go into the run's blobs, and the value holds a handle on them, the fields of an `Artifact`.
"""

import base64
import binascii
import json
import mimetypes
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from mcp_types import (
    AudioContent,
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ReadResourceResult,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.context import RunContext
from taskmatrix.core.errors import ApiError, ApiLimitError

Read = Callable[[str], Awaitable[ReadResourceResult]]
"""Reads a resource of the same server by its address."""


@dataclass(slots=True)
class ResultReader:
    """Turns the answer to one call into its value. `subject` names the call in errors, `name` its artifacts."""

    context: RunContext
    subject: str
    name: str
    read: Read
    most: int
    _size: int = 0

    async def of_tool(self, result: CallToolResult) -> JsonValue:
        """Return the value of a tool's answer. Raises ApiError, ApiLimitError."""
        structured: JsonValue = result.structured_content
        if structured is None and "structured_content" not in result.model_fields_set:
            return _single([await self._block(block) for block in result.content])
        self._count_json(structured)
        media = [block for block in result.content if not isinstance(block, TextContent)]
        if media and isinstance(structured, dict) and "artifacts" not in structured:
            artifacts: list[JsonValue] = [await self._block(block) for block in media]
            return {**structured, "artifacts": artifacts}
        return structured

    def of_resource(self, result: ReadResourceResult) -> JsonValue:
        """Return the value of a resource: its text, or a handle on its bytes. Raises ApiError, ApiLimitError."""
        return _single([self._contents(contents) for contents in result.contents])

    async def _block(self, block: ContentBlock) -> JsonValue:
        if isinstance(block, TextContent):
            self._count(len(block.text))
            return block.text
        if isinstance(block, ImageContent | AudioContent):
            return self._artifact(block.data, block.mime_type, self.name)
        if isinstance(block, EmbeddedResource):
            return self._contents(block.resource)
        return await self._linked(block)

    async def _linked(self, link: ResourceLink) -> JsonValue:
        """Fetch what a link names from the server itself; another address is left as it is."""
        try:
            contents = (await self.read(link.uri)).contents
        except ApiLimitError:
            raise
        except ApiError:
            return {"uri": link.uri, "name": link.name, "media_type": link.mime_type}
        return _single([self._contents(part, link.name) for part in contents])

    def _contents(self, contents: TextResourceContents | BlobResourceContents, name: str | None = None) -> JsonValue:
        if isinstance(contents, TextResourceContents):
            self._count(len(contents.text))
            return contents.text
        media_type = contents.mime_type or "application/octet-stream"
        return self._artifact(contents.blob, media_type, _file_name(contents.uri) or name or self.name)

    def _artifact(self, data: str, media_type: str, name: str) -> JsonValue:
        self._count(len(data) * 3 // 4)
        try:
            content = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ApiError(f"{self.subject}: the server sent bytes that are no base64") from error
        if "." not in name:
            name += mimetypes.guess_extension(media_type.partition(";")[0].strip()) or ""
        digest = self.context.put_blob(content)
        artifact = Artifact(name=name, media_type=media_type, digest=digest, size=len(content))
        return artifact.model_dump(mode="json", exclude_none=True)

    def _count_json(self, value: JsonValue) -> None:
        try:
            self._count(len(json.dumps(value, allow_nan=False)))
        except (ValueError, RecursionError) as error:
            raise ApiError(f"{self.subject}: the server's answer holds something that is no JSON") from error

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self.most:
            raise ApiLimitError(
                f"{self.subject}: the answer is larger than {self.most // 1024 // 1024} MB",
                hint="ask for less at once",
            )


def text_of(content: Sequence[ContentBlock]) -> str:
    """Return the texts of an answer in one."""
    return "\n".join(block.text for block in content if isinstance(block, TextContent))


def _single(values: list[JsonValue]) -> JsonValue:
    return None if not values else values[0] if len(values) == 1 else values


def _file_name(uri: str) -> str:
    try:
        last = unquote(urlsplit(uri).path).rpartition("/")[2]
    except ValueError:
        return ""
    # The name may be used to save it: no folders, no invisible characters.
    return re.sub(r"[^\w .()+-]", "_", last).strip(" .")[:100]
