"""Artifacts: images, audio, decks, tables and files, passed between APIs by handle."""

from pydantic import BaseModel, ConfigDict, Field


class Artifact(BaseModel):
    """A handle on something a run made or was given. The bytes never enter a model's context.

    `digest` names the bytes in the blob store (SHA-256, hex; empty where the file is too large to be kept, and only
    `path` has it); `path` is where the user finds the file, if it was written to one.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    media_type: str
    digest: str
    size: int = Field(description="bytes")
    path: str | None = None
