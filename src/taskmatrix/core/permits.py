"""Calls that somebody approved once and for all: this API, as documented then, with exactly these arguments."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from taskmatrix.core.documents import ApiDocument, digest_of

ELSEWHERE = frozenset({"http", "aws"})
"""Sources whose calls reach another machine: the folder of a run means nothing to them."""


class Permit(BaseModel):
    """A call that is not asked about again."""

    model_config = ConfigDict(frozen=True)

    number: int
    package: str
    name: str
    digest: str = Field(description="of the API's document; a changed one asks again")
    arguments: str = Field(description="JSON, cut where it is long")
    directory: str = Field(default="", description="the folder it is for, where relative paths mean something")
    run: str = Field(description="in which it was given")
    at: datetime
    by: str

    @property
    def id(self) -> str:
        """By which it is listed and revoked."""
        return f"p{self.number}"


class PermittedCall(BaseModel):
    """A call as permits know it."""

    model_config = ConfigDict(frozen=True)

    document: ApiDocument
    arguments: Mapping[str, JsonValue]
    directory: str

    @property
    def folder(self) -> str:
        """The folder that counts for this call; empty where none does."""
        return "" if self.document.source.kind in ELSEWHERE else self.directory

    def digest(self) -> str:
        """Return what tells this call from all others (hex, 64 characters)."""
        document = self.document
        return digest_of(
            {
                "package": document.package,
                "name": document.name,
                "document": document.digest(),
                "arguments": dict(self.arguments),
                "directory": self.folder,
            }
        )


class Permits(Protocol):
    """Where permits are kept."""

    def find(self, call: PermittedCall) -> Permit | None:
        """Return the permit that covers a call; None where none does."""
        ...

    def add(self, call: PermittedCall, *, run: str, by: str) -> Permit:
        """Keep a permit, durably. Raises StoreError."""
        ...
