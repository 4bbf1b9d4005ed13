"""`taskmatrix runs`: look at runs, and answer those that wait."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE, print_error
from taskmatrix.cli.run import Json, account, answer_command, answer_commands, conclude, print_json, until_stopped
from taskmatrix.cli.terminal import console, visible
from taskmatrix.cli.undoing import offer_undo, undo
from taskmatrix.cli.values import show_call, value
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import RunSummary
    from taskmatrix.core.events import ModelReplied, Run

app = typer.Typer(help="List, show and answer runs.", no_args_is_help=True)
app.command()(value)
app.command()(undo)

RunId = Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")]


@app.command(name="list")
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
    if as_json:
        import json

        shown = [run.model_dump(mode="json", exclude={"events"}) for run in found]
        print(json.dumps([row | ({"asks": asked[row["id"]]} if row["id"] in asked else {}) for row in shown]))
        return DONE
    out = console()
    for run in found:
        out.print(f"{run.id}  {run.status:<11}  {run.started:%Y-%m-%d %H:%M}  {_one_line(run.instruction)}")
        if asked.get(run.id):
            out.print(f"{'':<14}asks: {_one_line(asked[run.id])}")
        if run.status == "interrupted":
            out.print(f"{'':<14}goes on with: taskmatrix runs resume {run.id}")
    if not found:
        out.print("no run waits" if waiting else 'no runs yet; start one with taskmatrix "INSTRUCTION"')
    return DONE


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


@app.command()
def show(
    run_id: RunId,
    call: Annotated[int | None, typer.Option("--call", min=1, help="Show this call with all that is known.")] = None,
    as_json: Json = False,
) -> int:
    """Show a run from its journal, or one of its calls."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.rendering import unused_reply
    from taskmatrix.cli.watching import RunDisplay
    from taskmatrix.conversation import summarize

    with TaskMatrix() as tm:
        if call is not None:
            return show_call(tm, run_id, call, as_json=as_json)
        run = tm.history.run(run_id)
        said = tm.opinions.of(run.id)
    told = summarize(run)
    if as_json:
        print_json(run)
        return DONE
    out = console()
    out.print(f"{visible(run.instruction)}\n{run.status}, started {run.started:%Y-%m-%d %H:%M:%S} UTC\n")
    with RunDisplay(out, live=False) as display:
        for event in run.events:
            display.watch(event)
    if (reply := _unused_reply(run)) is not None:
        out.print(unused_reply(reply, run.id))
    if told.error is not None:
        print_error(told.error.message, told.error.hint)
    for command in answer_commands(told):
        out.print(f"  {command}")
    for feedback in said:
        out.print(f"\nFeedback: {feedback.verdict}  {visible(feedback.text)}".rstrip())
    return DONE


def _unused_reply(run: "Run") -> "ModelReplied | None":
    """Return what the model said last, where a run failed right after it."""
    last = run.events[-2] if run.status == "failed" and len(run.events) > 1 else None
    return last if last is not None and last.type == "model_replied" else None


@app.command()
def approve(
    run_id: RunId,
    answer: Annotated[
        str | None, typer.Option("--with", help="The answer, where more than approve and deny is offered.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Answer what a waiting run asks, and go on with it."""
    return _answer(run_id, answer, as_json=as_json)


@app.command()
def deny(run_id: RunId, as_json: Json = False) -> int:
    """Refuse what a waiting run asks.

    Its program sees the refusal as an error, and may go on without the call. A run that asks a question is ended
    without any call.
    """
    return _answer(run_id, "deny", as_json=as_json)


@app.command()
def resume(run_id: RunId, as_json: Json = False) -> int:
    """Go on with a run whose process ended, from where its journal ends; a run that waits asks again.

    No call that has an answer is made again. One that was sent and never answered is sent again only where that
    does no harm; of any other you are asked whether it happened.
    """
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.history.run(run_id).id
        return _go_on(tm, partial(tm.go_on_sync, found), found, as_json=as_json)


@app.command(context_settings={"ignore_unknown_options": True})  # an answer may be -5
def answer(
    run_id: RunId,
    text: Annotated[
        list[str], typer.Argument(help="The answer, in your words or a choice's number.", metavar="ANSWER")
    ],
    as_json: Json = False,
) -> int:
    """Answer the question of a waiting run, which is then planned again and goes on.

    An empty answer ends the run without any call.
    """
    return _answer(run_id, " ".join(text), as_json=as_json, in_words=True)


def _answer(run_id: str, answer: str | None, *, as_json: bool, in_words: bool = False) -> int:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import summarize

    with TaskMatrix() as tm:
        told = summarize(tm.history.run(run_id))
        given = (answer or "") if in_words else _decision(told, answer)
        return _go_on(tm, partial(tm.resume_sync, told.id, given, by=account()), told.id, as_json=as_json)


def _go_on(tm: "TaskMatrix", work: "Callable[..., Run]", run_id: str, *, as_json: bool) -> int:
    """Carry a run on at the terminal, which is asked and shows what happens."""
    from taskmatrix.cli.approving import TerminalApprover, TerminalAsker
    from taskmatrix.cli.watching import RunDisplay

    if as_json:
        return print_json(until_stopped(tm, lambda watch: work(watch=watch), run_id=run_id))
    with RunDisplay(console()) as display:
        at_terminal = partial(work, approver=TerminalApprover(display), asker=TerminalAsker(display))
        result = until_stopped(tm, lambda watch: at_terminal(watch=watch), display.watch, run_id=run_id)
    status = conclude(result)
    offer_undo(tm, result)
    return status


def _decision(told: "RunSummary", answer: str | None) -> str:
    """Return what approving or denying means for a run. Raises UsageError where it asks something else."""
    if told.question is None:
        return _named(told, answer) if answer else _approving(told)
    if answer == "deny":
        return ""
    raise UsageError(
        f"run {told.id} waits for no approval, it asks: {told.question.question.text}",
        hint=f"answer with: {answer_commands(told)[0]}",
    )


def _named(told: "RunSummary", answer: str) -> str:
    """Return the answer that a word means: `always` is `approve-always`."""
    from taskmatrix.cli.approving import choose

    options = told.pending.options if told.pending else ()
    if answer == "deny" and "stop" in options:  # of a call that may have happened
        return "stop"
    return choose(answer, options) or answer


def _approving(told: "RunSummary") -> str:
    """Return the answer that a bare `approve` means. Raises UsageError where it could mean several things."""
    options = told.pending.options if told.pending else ("approve",)
    if "approve" in options:
        return "approve"
    choices = [option for option in options if option != "deny"]
    if len(choices) == 1:
        return choices[0]
    raise UsageError(
        f"run {told.id} can be approved in several ways: {', '.join(choices)}",
        hint=f"choose one: {answer_command(told.id, choices[0])}",
    )
