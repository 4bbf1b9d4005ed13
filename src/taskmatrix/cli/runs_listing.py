"""`taskmatrix runs list`: the newest runs, what became of them, and what those ask that wait."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import Json
from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from datetime import datetime

    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.events import Run, UndoExtent

UNDONE: "dict[UndoExtent, str]" = {"no": "", "partly": ", partly undone", "all": ", undone"}
"""What is said behind the status of a run."""

_SCHEDULED = {"kept_as": "nothing was run; kept as schedule", "schedule": "run by schedule"}


def list_runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many of the newest.")] = 20,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that wait for an answer.")] = False,
    as_json: Json = False,
) -> int:
    """List the newest runs, and what those ask that wait."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.journal.runs(limit, status="waiting") if waiting else tm.history.runs(limit)
        now = tm.clock()
        asked = {run.id: _asked(tm.history.run(run.id), now) for run in found if run.status == "waiting"}
        overtaken = {run.id: tm.chats.overtaken_by(run.id) for run in found if run.status == "interrupted"}
        undone, scheduled = _undone(tm, found), _scheduled(tm, found)
    if as_json:
        import json

        rows = [run.model_dump(mode="json", exclude={"events"}) for run in found]
        for row in rows:
            row |= scheduled.get(row["id"], {})
            row |= {"undone": undone[row["id"]], "overtaken_by": overtaken.get(row["id"], "")}
            row |= {"asks": asked[row["id"]]} if row["id"] in asked else {}
        print(json.dumps(rows))
        return DONE
    out = console()
    states = {run.id: ("overtaken" if overtaken.get(run.id) else run.status) + UNDONE[undone[run.id]] for run in found}
    width = max(map(len, states.values()), default=0)
    for run in found:
        out.print(f"{run.id}  {states[run.id]:<{width}}  {run.started:%Y-%m-%d %H:%M}  {_one_line(run.instruction)}")
        for how, schedule in scheduled.get(run.id, {}).items():
            out.print(f"{'':<14}{_SCHEDULED[how]} {visible(schedule)}")
        if asked.get(run.id):
            out.print(f"{'':<14}asks: {_one_line(asked[run.id])}")
        if overtaken.get(run.id):
            out.print(f"{'':<14}its conversation went on without it, with run {overtaken[run.id]}")
        elif run.status == "interrupted":
            out.print(f"{'':<14}goes on with: taskmatrix runs resume {run.id}")
    if not found:
        out.print("no run waits" if waiting else 'no runs yet; start one with taskmatrix "INSTRUCTION"')
    return DONE


def _scheduled(tm: "TaskMatrix", runs: "Sequence[Run]") -> "dict[str, dict[str, str]]":
    """Return of each run that has to do with a schedule which one it was kept as, or comes from."""
    from taskmatrix.core.events import RunQueued, RunScheduled

    ids = [run.id for run in runs]
    kept = tm.journal.latest(ids, "run_scheduled")
    fired = tm.journal.latest(ids, "run_queued")
    return {i: {"kept_as": event.name} for i, event in kept.items() if isinstance(event, RunScheduled)} | {
        i: {"schedule": event.schedule}
        for i, event in fired.items()
        if isinstance(event, RunQueued) and event.schedule
    }


def _undone(tm: "TaskMatrix", runs: "Sequence[Run]") -> "dict[str, UndoExtent]":
    """Return how much of each run was taken back."""
    from taskmatrix.conversation import summarize

    ended = tm.journal.latest([run.id for run in runs], "undo_finished")
    shown = (run.model_copy(update={"events": (ended[run.id],) if run.id in ended else ()}) for run in runs)
    return {run.id: summarize(run).undone for run in shown}


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()), limit=100)


def _asked(run: "Run", now: "datetime") -> str:
    """Return what a run waits for; empty if it was answered meanwhile."""
    from taskmatrix.app.approvals import is_expired
    from taskmatrix.conversation import summarize

    told = summarize(run)
    if told.question is not None:
        return told.question.question.text.partition("\n")[0]
    if told.pending is None:
        return ""
    late = "expired: any answer ends the run; " if is_expired(told.pending, now) else ""
    return f"{late}{told.pending.api}: {told.pending.reason}"
