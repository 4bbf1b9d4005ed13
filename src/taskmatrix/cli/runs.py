"""`taskmatrix runs`: look at runs, and answer those that wait."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import (
    Json,
    account,
    answer_command,
    answer_commands,
    conclude,
    print_json,
    show_ending,
    until_stopped,
)
from taskmatrix.cli.runs_listing import UNDONE, list_runs
from taskmatrix.cli.terminal import console, visible
from taskmatrix.cli.undoing import offer_undo, undo
from taskmatrix.cli.values import show_call, value
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import RunSummary
    from taskmatrix.conversation.usage import ModelUsage
    from taskmatrix.core.events import Event, ModelReplied, Run

app = typer.Typer(help="List, show and answer runs.", no_args_is_help=True)
app.command(name="list")(list_runs)
app.command()(value)
app.command()(undo)

RunId = Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")]


@app.command()
def show(
    run_id: RunId,
    call: Annotated[int | None, typer.Option("--call", min=1, help="Show this call with all that is known.")] = None,
    as_json: Json = False,
) -> int:
    """Show a run from its journal, or one of its calls."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.app.chats import OVERTAKEN
    from taskmatrix.cli.rendering import unused_reply
    from taskmatrix.cli.watching import RunDisplay
    from taskmatrix.conversation import summarize

    with TaskMatrix() as tm:
        if call is not None:
            return show_call(tm, run_id, call, as_json=as_json)
        run = tm.history.run(run_id)
        said = tm.opinions.of(run.id)
        told = summarize(run)
        if run.status == "interrupted" and (later := tm.chats.overtaken_by(run.id)):
            told = told.overtaken(later, OVERTAKEN)
    if as_json:
        print(told.model_dump_json())
        return DONE
    out = console()
    status = f"{'overtaken' if told.overtaken_by else run.status}{UNDONE[told.undone]}"
    out.print(f"{visible(run.instruction)}\n{status}, started {run.started:%Y-%m-%d %H:%M:%S} UTC\n")
    with RunDisplay(out, live=False) as display:
        for event in run.events:
            display.watch(event)
    if (reply := _unused_reply(run)) is not None:
        out.print(unused_reply(reply, run.id))
    show_ending(told)
    for command in answer_commands(told):
        out.print(f"  {command}")
    if told.usage.turns:
        out.print(f"\nModel: {_usage(told.usage)}")
    for feedback in said:
        out.print(f"\nFeedback: {feedback.verdict}  {visible(feedback.text)}".rstrip())
    return DONE


def _usage(usage: "ModelUsage") -> str:
    """Return in words what the model took; what its server does not report is unknown."""
    into, out, kept = (
        "unknown" if tokens is None else f"{tokens:,}"
        for tokens in (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
    )
    cost = "".join(f", {amount} {visible(currency)}" for currency, amount in usage.cost.items())
    replies = "1 reply" if usage.turns == 1 else f"{usage.turns:,} replies"
    return f"{replies} in {usage.seconds:.1f} s; tokens in: {into} (of them kept: {kept}), out: {out}{cost}"


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
        run = tm.history.run(run_id)
        return _go_on(tm, partial(tm.go_on_sync, run.id), run, as_json=as_json)


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
        run = tm.history.run(run_id)
        told = summarize(run)
        given = (answer or "") if in_words else _decision(told, answer)
        work = partial(tm.resume_sync, told.id, given, by=account())
        return _go_on(tm, work, run, as_json=as_json, answering=told)


def _go_on(
    tm: "TaskMatrix",
    work: "Callable[..., Run]",
    run: "Run",
    *,
    as_json: bool,
    answering: "RunSummary | None" = None,
) -> int:
    """Carry a run on at the terminal, which shows what is answered, is asked, and shows what happens."""
    from taskmatrix.cli.approving import TerminalApprover, TerminalAsker
    from taskmatrix.cli.watching import RunDisplay

    if as_json:
        return print_json(until_stopped(tm, lambda watch: work(watch=watch), run_id=run.id))
    with RunDisplay(console()) as display:
        display.recall(run.events)
        for event in _asked_by(answering) if answering is not None else ():
            display.watch(event)
        at_terminal = partial(work, approver=TerminalApprover(display), asker=TerminalAsker(display))
        result = until_stopped(tm, lambda watch: at_terminal(watch=watch), display.watch, run_id=run.id)
    status = conclude(result)
    offer_undo(tm, result)
    return status


def _asked_by(told: "RunSummary") -> "list[Event]":
    """Return what a run waits for, as it was asked: the call with its arguments, or the question with its outline."""
    asked = told.pending or told.question
    shown: list[Event] = [asked] if asked is not None else []
    if told.question is not None and told.question.question.about == "outline":
        shown = [*[event for event in told.events if event.type == "outline_proposed"][-1:], *shown]
    return shown


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
