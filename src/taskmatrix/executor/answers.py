"""Answers that are not what the API's document says: noted with the call, and given to the program as they are.

The program was checked against the document, so it may well fail on such an answer: then the note tells why. It is no
error by itself, since documents are wrong more often than answers are unusable.
"""

from pydantic import JsonValue

from taskmatrix.api_platform.validation import fault
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.documents import ApiDocument

_FOREIGN = frozenset(("http", "mcp", "aws"))
"""Python functions cannot lie: what they return is converted to what they declare."""


def untrue(document: ApiDocument, result: JsonValue) -> str:
    """Return how an answer differs from the schema that the document gives it; empty where it fits."""
    if document.source.kind not in _FOREIGN or not document.returns.type or result is None or _is_handle(result):
        return ""
    wrong = fault(document.returns.type, result)
    return f"the answer is not what the document says: {wrong}" if wrong else ""


def _is_handle(result: JsonValue) -> bool:
    """Whether the answer was kept as an artifact, whatever its schema says of the bytes."""
    return isinstance(result, dict) and set(Artifact.model_fields) >= result.keys() >= {"digest", "media_type"}
