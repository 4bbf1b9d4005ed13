"""Runs as their journals tell them, made by hand."""

from datetime import UTC, datetime

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    ApiVersion,
    ArtifactMade,
    CallDone,
    CallFailed,
    CallIntended,
    CallSent,
    Event,
    ProgramChecked,
    Run,
    RunFinished,
    RunStarted,
    Session,
)
from taskmatrix.core.programs import CheckReport

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
DECK = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def file(path: str, digest: str) -> Artifact:
    return Artifact(name=path.rpartition("/")[2], media_type=DECK, digest=digest, size=3, path=path)


def call(
    number: int,
    api: str,
    *,
    state: dict[str, JsonValue] | None = None,
    wrote: tuple[str, str] | None = None,
    failed: bool = False,
    **arguments: JsonValue,
) -> list[Event]:
    """Return the events of a call that ended; `wrote` is a path and what it then holds."""
    begun: list[Event] = [
        CallIntended(call=number, api=api, arguments=arguments, effect="write"),
        CallSent(call=number),
    ]
    if failed:
        return [*begun, CallFailed(call=number, code="api-failed", message="it broke")]
    owned = {wrote[0]: wrote[1]} if wrote else {}
    done = CallDone(
        call=number, result=None, seconds=0, state=state, owned=owned, claims=dict.fromkeys(owned, "") or None
    )
    return [*begun, done, *([ArtifactMade(artifact=file(*wrote), call=number)] if wrote else [])]


def told(
    instruction: str,
    *events: list[Event],
    session: Session | None = None,
    answer: str = "",
    failed: str = "",
    packages: tuple[str, ...] = ("powerpoint",),
) -> Run:
    """Return an ended run; its program may call any API `x` of the packages that is called in its events."""
    inner = [event for part in events for event in part]
    names = {event.api for event in inner if isinstance(event, CallIntended)}
    versions = [
        ApiVersion(package=p, name=name.removeprefix(f"{p}."), digest="d")
        for name in sorted(names)
        for p in packages
        if name.startswith(f"{p}.")
    ]
    status = "failed" if failed else "done"
    ending = RunFinished(status=status, answer=answer, code="api-failed" if failed else None, message=failed or None)
    started = RunStarted(instruction=instruction, model="m", directory="/work", session=session)
    checked = ProgramChecked(report=CheckReport(), versions=tuple(versions))
    return Run(
        id="0123456789ab",
        instruction=instruction,
        status=status,
        started=NOW,
        finished=NOW,
        events=(started, checked, *inner, ending),
    )
