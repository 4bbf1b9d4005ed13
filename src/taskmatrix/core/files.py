"""Which parameters name files on this machine, and whether a call reads or writes them, or only names them.

A document says so with `"x-file": "read" | "write" | "name"`, in the parameter's schema or beside it. A file that is
only named is left to a later call to write, there or elsewhere. Where the document says nothing, a text whose format
or name is that of a path is taken for a file of what the API does: read for an API that reads, and perhaps written
for any other.
"""

from dataclasses import dataclass
from typing import cast, get_args

from pydantic import Field

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.programs import FileWay

KEY = "x-file"

READS = Field(json_schema_extra={KEY: "read"})
WRITES = Field(json_schema_extra={KEY: "write"})
NAMES = Field(json_schema_extra={KEY: "name"})
"""For the parameters of Python functions: `path: Annotated[str, WRITES]`; `NAMES` where a later call is to write."""

_FORMATS = frozenset(("path", "file-path", "filename"))
_NAMES = frozenset(("path", "file", "filename", "filepath"))
_ELSEWHERE = frozenset(("http", "aws"))
"""Callers whose APIs are on other machines: a path there is none of ours."""


@dataclass(frozen=True, slots=True)
class FileUse:
    """What a call does with the file that a parameter names; `stated` says that its document does."""

    way: FileWay
    stated: bool


def file_use(document: ApiDocument, parameter: Parameter) -> FileUse | None:
    """Return what a call does with the file that a parameter names; None where it names none of this machine."""
    for stated in ((parameter.model_extra or {}).get(KEY), parameter.type.get(KEY)):
        if stated in get_args(FileWay):
            return FileUse(cast(FileWay, stated), stated=True)
    if document.source.kind in _ELSEWHERE or not _is_text(parameter):
        return None
    named = (names.words(parameter.name) or [""])[-1] in _NAMES
    if not named and parameter.type.get("format") not in _FORMATS:
        return None
    return FileUse("read" if document.effects.kind == "read" else "write", stated=False)


def _is_text(parameter: Parameter) -> bool:
    options = parameter.type.get("anyOf")
    schemas = options if isinstance(options, list) else [parameter.type]
    return any(isinstance(schema, dict) and schema.get("type") == "string" for schema in schemas)
