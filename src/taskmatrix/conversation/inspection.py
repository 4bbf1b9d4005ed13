"""Looking into a run: one call with all that is known of it, and any value that crossed a call, in full."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    Run,
)
from taskmatrix.core.protocols import BlobStore
from taskmatrix.executor.looks import artifacts_in, look_of, look_of_bytes, size_of
from taskmatrix.executor.payloads import restore, stub_of

_SHORTEST_HANDLE = 6


class CallReport(BaseModel):
    """One call as its journal tells it. Large values are stubs; `taskmatrix runs value` has them in full."""

    model_config = ConfigDict(frozen=True)

    call: int
    api: str
    effect: str
    line: int = Field(description="of the program, 1-based; 0 if unknown")
    key: str
    permit: str
    arguments: dict[str, JsonValue]
    status: Literal["intended", "waiting", "sent", "done", "failed"] = "intended"
    attempts: int = 0
    result: JsonValue = None
    look: str = Field(default="", description="what the result is")
    code: str | None = None
    message: str | None = None
    hint: str | None = None
    seconds: float | None = None
    asked: tuple[ApprovalRequested, ...] = ()
    answered: tuple[ApprovalAnswered, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a run in full: JSON, or the bytes of something it made. `look` says what it is."""

    name: str
    look: str
    value: JsonValue = None
    data: bytes | None = None
    media_type: str = "application/json"

    def content(self) -> bytes:
        """Return what a file of it holds."""
        if self.data is not None:
            return self.data
        return json.dumps(self.value, indent=2, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def report_call(run: Run, number: int) -> CallReport:
    """Gather what the journal says of one call. Raises NotFoundError."""
    report: CallReport | None = None
    for event in run.events:
        if isinstance(event, CallIntended) and event.call == number:
            report = CallReport(
                call=number,
                api=event.api,
                effect=event.effect,
                line=event.line,
                key=event.key,
                permit=event.permit,
                arguments=event.arguments,
            )
        elif report is not None and getattr(event, "call", None) == number:
            report = report.model_copy(update=_change(report, event))
    if report is None:
        made = sorted({event.call for event in run.events if isinstance(event, CallIntended)})
        hint = f"its calls are {', '.join(map(str, made[:20]))}" + (" …" if len(made) > 20 else "")
        raise NotFoundError(f"run {run.id} made no call {number}", hint=hint if made else "it made no calls")
    return report


def find_value(run: Run, what: Sequence[str], blobs: BlobStore) -> Found:
    """Return a value of a run: `call N` for the result of a call, or a handle or name of something it holds.

    A handle is the beginning of a digest, at least 6 characters. Only what the run's own journal names is found.
    Raises NotFoundError, UsageError.
    """
    if len(what) == 2 and what[0].lower() == "call" and what[1].isascii() and what[1].isdigit():
        return _result(run, int(what[1]), blobs)
    if len(what) != 1 or not what[0]:
        raise UsageError("say which value: a handle, or: call N", hint=f"taskmatrix runs show {run.id} shows them")
    wanted = what[0].removesuffix("…")
    held = dict(_held(run.events))
    named = {d: a for d, a in held.items() if isinstance(a, Artifact) and wanted in (a.name, a.path)}
    handles = [d for d in held if len(wanted) >= _SHORTEST_HANDLE and d.startswith(wanted.lower())]
    matching = list(named)[-1:] or handles
    if len(matching) != 1:
        known = ", ".join(d[:12] for d in list(held)[:10])
        raise NotFoundError(
            f"run {run.id} holds {'several values' if matching else 'no value'} {wanted!r}",
            hint=f"its handles are {known}" if known else "it holds no large values and made no files; try: call N",
        )
    return _open(matching[0], held[matching[0]], blobs)


def _change(report: CallReport, event: Event) -> dict[str, object]:
    match event:
        case CallSent():
            return {"status": "sent", "attempts": report.attempts + 1}
        case ApprovalRequested():
            return {"status": "waiting", "asked": (*report.asked, event)}
        case ApprovalAnswered():
            return {"status": "intended", "answered": (*report.answered, event)}
        case CallDone():
            stub = stub_of(event.result)
            look = stub.look if stub else look_of(event.result)
            return {"status": "done", "result": event.result, "seconds": event.seconds, "look": look}
        case CallFailed():
            told = {"code": event.code, "message": event.message, "hint": event.hint}
            return {"status": "failed", "seconds": event.seconds, **told}
        case ArtifactMade():
            return {"artifacts": (*report.artifacts, event.artifact)}
        case _:
            return {}


def _held(events: Sequence[Event]) -> Iterator[tuple[str, Artifact | None]]:
    """Yield the digests that a journal names, each with the artifact it is; None for a large value."""
    for event in events:
        match event:
            case CallIntended():
                stubs = [stub_of(value) for value in event.arguments.values()]
                yield from ((stub.digest, None) for stub in stubs if stub is not None)
            case CallDone():
                stub = stub_of(event.result)
                if stub is not None:
                    yield stub.digest, None
                yield from ((made.digest, made) for made in artifacts_in(event.result))
            case ArtifactMade():
                yield event.artifact.digest, event.artifact
            case _:
                pass


def _result(run: Run, number: int, blobs: BlobStore) -> Found:
    report = report_call(run, number)
    if report.status != "done":
        raise NotFoundError(
            f"call {number} of run {run.id} has no result: it is {report.status}",
            hint=f"taskmatrix runs show {run.id} --call {number}",
        )
    return Found(f"call {number}", report.look, restore(report.result, blobs))


def _open(digest: str, artifact: Artifact | None, blobs: BlobStore) -> Found:
    data = blobs.get(digest)
    if artifact is not None:
        return Found(artifact.name, look_of_bytes(data, artifact.media_type), None, data, artifact.media_type)
    value = cast(JsonValue, json.loads(data))
    return Found(digest[:12], f"{look_of(value)}, {size_of(len(data))}", value)
