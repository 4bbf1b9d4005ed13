"""`taskmatrix runs undo`: take back what a run did; and saying after a run what can be taken back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE, FAILED
from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.events import Run, UndoStep

_SHOWN = 5


def undo(
    run_id: Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")],
    call: Annotated[
        list[int] | None, typer.Option("--call", min=1, help="Only the call of this number; may be given again.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what can be taken back; do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve every call that takes something back.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> int:
    """Take back what a run did, last call first: files as they were, and calls by the undo their document names.

    Exit status: 0 if all of it is taken back, 1 if something is not.
    """
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        run = tm.history.run(run_id)
        found, done_before = run.id, run.events[-1:] and run.events[-1].type == "undo_finished"
        if dry_run:
            steps = tm.undo_plan(found, call)
            left = [step for step in steps if step.state not in ("undone", "can-be-undone")]
        else:
            steps = take_back(tm, found, call, yes=yes, quiet=as_json)
            done_before = done_before and tm.history.run(found).events[-1] == run.events[-1]
            left = [step for step in steps if step.state != "undone"]
    if as_json:
        import json

        print(json.dumps({"id": found, "dry_run": dry_run, "steps": [step.model_dump() for step in steps]}))
    elif dry_run or not steps or done_before:
        from taskmatrix.cli.rendering import undo_steps

        out = console()
        if done_before and not dry_run:
            out.print("It was taken back before; there is nothing more to take back.")
        out.print(undo_steps(steps) if steps else "This run changed nothing that could be taken back.")
    return FAILED if left else DONE


def offer_undo(tm: "TaskMatrix", run: "Run") -> None:
    """After a failed or denied run, say what can be taken back; at a terminal, ask whether to.

    The run's exit status is its own, whatever is answered.
    """
    denied = any(event.type == "call_failed" and event.code == "approval-denied" for event in run.events)
    if run.status not in ("failed", "cancelled") and not (denied and run.status == "done"):
        return
    steps = tm.undo_plan(run.id)
    open_steps = [step for step in steps if step.state == "can-be-undone"]
    out = console()
    for state, told in (("unknown", "May have happened"), ("cannot-be-undone", "Cannot be taken back")):
        stay = [step for step in steps if step.state == state]
        if stay:
            out.print(f"\n{told}: {_names(stay)}")
    if not open_steps:
        return
    out.print(f"\nCan be taken back: {_names(open_steps)}\n  taskmatrix runs undo {run.id}")
    if _agreed():
        take_back(tm, run.id, None, yes=False, quiet=False)


def take_back(
    tm: "TaskMatrix", run_id: str, calls: Sequence[int] | None, *, yes: bool, quiet: bool
) -> "Sequence[UndoStep]":
    """Take back calls of a run, shown and asked about here unless `quiet`; return what became of each."""
    from taskmatrix.app.approvers import leave_waiting
    from taskmatrix.cli.approving import TerminalApprover
    from taskmatrix.cli.watching import RunDisplay

    if quiet:
        run = tm.undo_sync(run_id, calls, assume_yes=yes, approver=leave_waiting)
    else:
        with RunDisplay(console()) as display:
            approver = TerminalApprover(display)
            run = tm.undo_sync(run_id, calls, assume_yes=yes, approver=approver, watch=display.watch)
    last = run.events[-1]
    return last.steps if last.type == "undo_finished" else ()


def _agreed() -> bool:
    from taskmatrix.cli.approving import is_somebody_there, read_line

    if not is_somebody_there():
        return False
    try:
        return read_line("Take it back? yes / no (Enter: no): ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        return False


def _names(steps: "Sequence[UndoStep]") -> str:
    shown = [
        f"{step.call} {visible(step.api)}" + (f" ({visible(step.restores)})" if step.restores else "")
        for step in steps[:_SHOWN]
    ]
    more = len(steps) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
