"""Models that replay and record: for tests, demonstrations and bug reports without any server.

A script is JSON Lines, one reply a line:

    {"reply": "…", "when": "words of the last message", "repeat": true, "input_tokens": 9, "output_tokens": 4}
    {"error": "overloaded", "hint": "try again", "code": "model-failed"}

Only `reply` or `error` is needed; both together are an error that keeps the words so far as its answer. A call
takes the first reply not yet taken whose `when`, if any, occurs in the last message; one marked `repeat` is never
used up. `RecordingModel` writes the same lines, with what was asked: `ask` holds the kind of request and a digest of
each part that decides the reply. A line with `ask` answers that alone, wherever it stands.
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError, NotFoundError, SettingError
from taskmatrix.core.protocols import Ask, ChatModel, Message, Reply
from taskmatrix.models.answers import ANOTHER
from taskmatrix.models.asks import ask_of, differing, digests_of, why_unanswered
from taskmatrix.models.media import label

SHOWN_CHARACTERS = 120
_TOLD = ("input_tokens", "output_tokens", "cached_tokens", "model", "unseen")


class ScriptedReply(BaseModel):
    """One line of a script."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reply: str | None = None
    error: str | None = Field(default=None, description="raise ModelError with this message instead")
    hint: str | None = None
    code: Literal["model-failed", "model-access"] = Field(default="model-failed", description="which ModelError")
    when: str = ""
    repeat: bool = False
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    model: str = ""
    unseen: tuple[str, ...] = Field(default=(), description="media that the model was not shown")
    ask: dict[str, str] = Field(default_factory=dict[str, str], description="what it answers, as recorded")
    asked: str = Field(default="", description="the last message, as recorded; for people, not compared")
    given: tuple[str, ...] = Field(default=(), description="its media, likewise")

    @model_validator(mode="after")
    def _says_something(self) -> "ScriptedReply":
        if self.reply is None and self.error is None:
            raise ValueError("reply or error is needed")
        return self


class ScriptedModel:
    """A chat model that replies from a script. `calls` holds the messages of every call so far."""

    def __init__(self, replies: Iterable[str | ScriptedReply], *, name: str = "scripted") -> None:
        self._left = [ScriptedReply(reply=r) if isinstance(r, str) else r for r in replies]
        self._taken: list[ScriptedReply] = []
        self._name = name
        self.calls: list[tuple[Message, ...]] = []

    @classmethod
    def from_file(cls, path: Path) -> "ScriptedModel":
        """Read a script. Raises NotFoundError, SettingError naming file and line."""
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            raise NotFoundError(f"no script at {str(path)!r}", hint="scripted:PATH takes a JSON Lines file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(
                f"the script {str(path)!r} cannot be read: {error}", hint="is it a text file?"
            ) from None
        replies = [_parse(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
        return cls(replies, name=f"scripted:{path}")

    @property
    def name(self) -> str:
        """`scripted`, or `scripted:PATH`."""
        return self._name

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Reply with the first line that fits. Raises ModelError when none does, or when the script says so."""
        self.calls.append(tuple(messages))
        found = self._take(messages[-1].content if messages else "", ask_of(messages))
        if found.error is not None:
            raise _failure(found, found.error)
        text = found.reply or ""
        if on_text is not None:
            for piece in text.splitlines(keepends=True):
                on_text(piece)
        return Reply(
            text,
            found.input_tokens,
            found.output_tokens,
            found.model or self._name,
            found.cached_tokens,
            found.unseen,
        )

    def _take(self, last: str, ask: Ask) -> ScriptedReply:
        asked = digests_of(ask)
        for loosely in (False, True):
            for index, entry in enumerate(self._left):
                if not differing(asked, entry.ask, loosely=loosely) if entry.ask else entry.when in last:
                    if entry.repeat:
                        return entry
                    self._taken.append(entry)
                    return self._left.pop(index)
        raise self._lacking(last, ask)

    def _lacking(self, last: str, ask: Ask) -> ModelError:
        left, taken = ([each.ask for each in entries if each.ask] for entries in (self._left, self._taken))
        if not left and not taken:
            shown = last if len(last) <= SHOWN_CHARACTERS else "…" + last[-SHOWN_CHARACTERS:]
            why = f"none of the {len(self._left)} left fits" if self._left else "all are used up"
            return ModelError(
                f"{self._name} has no reply to {shown!r}: {why}",
                hint=f"add a line to the script; without `when` it answers anything, {ANOTHER}",
            )
        about = next((text for text in ask.parts.values() if text.strip()), "")
        shown = about if len(about) <= SHOWN_CHARACTERS else about[:SHOWN_CHARACTERS] + "…"
        return ModelError(
            f"{self._name} has no reply where the {ask.kind} for {shown!r} is asked: "
            f"{why_unanswered(digests_of(ask), left, taken)}",
            hint="do as when it was recorded, add a line with the reply, or record anew with TASKMATRIX_RECORD, "
            + ANOTHER,
        )


class RecordingModel:
    """Passes everything on to another model and appends each reply to a script."""

    def __init__(self, model: ChatModel, path: Path) -> None:
        self._model = model
        self._path = path

    @property
    def name(self) -> str:
        """The name of the model recorded."""
        return self._model.name

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Ask the model, record what it says, failures included, and return it. Raises ModelError."""
        last = messages[-1] if messages else Message("user", "")
        about = ScriptedReply(
            reply="",
            ask=digests_of(ask_of(messages)),
            asked=last.content,
            given=tuple(label(media) for media in last.media),
        )
        try:
            reply = await self._model.complete(messages, on_text=on_text)
        except ModelError as error:
            half = error.answer if isinstance(error, ModelAnswerError) else None
            code = "model-access" if isinstance(error, ModelAccessError) else "model-failed"
            failed = {"reply": half, "error": error.message, "hint": error.hint, "code": code}
            self._append(about.model_copy(update=failed))
            raise
        told = {"reply": reply.text} | {name: getattr(reply, name) for name in _TOLD}
        self._append(about.model_copy(update=told))
        return reply

    def _append(self, entry: ScriptedReply) -> None:
        # ASCII escapes: a model may write half a surrogate pair, which has no UTF-8.
        line = json.dumps(entry.model_dump(exclude_defaults=True)) + "\n"
        try:
            # Readable by its owner only: prompts hold what the user said and what packages read.
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(line.encode("ascii"))
        except OSError as error:
            raise SettingError(
                f"the recording {str(self._path)!r} cannot be written: {error.strerror}",
                hint="choose a place that can be written",
            ) from error


def _failure(entry: ScriptedReply, message: str) -> ModelError:
    if entry.reply is not None:
        return ModelAnswerError(message, answer=entry.reply, hint=entry.hint)
    kind = ModelAccessError if entry.code == "model-access" else ModelError
    return kind(message, hint=entry.hint)


def _parse(line: str, where: str) -> ScriptedReply:
    try:
        return ScriptedReply.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise SettingError(
            f"{where}: {field + ': ' if field else ''}{first['msg']}",
            hint='a line of a script looks like {"reply": "…", "when": "…"}',
        ) from None
