"""`taskmatrix run`: carry out an instruction and show every step."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE, print_error, print_warning, status_of_run
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import QuestionDeclinedError, UsageError

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import RunSummary, Watch
    from taskmatrix.core.events import Event, Run
    from taskmatrix.core.outlines import Review

Instruction = Annotated[list[str], typer.Argument(help="What to do, in plain words.", metavar="INSTRUCTION")]
MODELS = "embedded, openai:NAME, azure:DEPLOYMENT, anthropic:NAME or scripted:PATH."
Looking = Annotated[
    bool | None,
    typer.Option(
        "--review/--no-review",
        help="Look at the outline before it is carried out; at a terminal, unless the instruction says each step.",
    ),
]
Pinned = Annotated[
    list[str] | None, typer.Option("--with", help="An API or package to have on offer, whatever is found.")
]
Attached = Annotated[
    list[Path] | None, typer.Option("--attach", help="A file to give along: an image, a sound, a video, a text.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def run(
    instruction: Instruction,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write and check the program; do not run it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve everything; never overwrite a file.")] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Leave it to `taskmatrix worker`; print the run's id.")
    ] = False,
    tenant: Annotated[str, typer.Option("--tenant", help="For whom it is queued; workers are shared fairly.")] = "",
    as_json: Json = False,
    model: Annotated[str | None, typer.Option("--model", help=MODELS)] = None,
    directory: Annotated[
        Path | None, typer.Option("--directory", help="Where relative paths start; else the current folder.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help='The most that its calls may cost, as "5 USD" or "5 USD, 3 EUR".')
    ] = None,
    review: Looking = None,
    pinned: Pinned = None,
    attach: Attached = None,
    go_on: Annotated[
        bool, typer.Option("--continue", "-c", help="Go on from the last run in this folder, as its next turn.")
    ] = False,
    conversation: Annotated[str | None, typer.Option("--conversation", help="Go on with this conversation.")] = None,
) -> int:
    """Carry out an instruction, and show every step.

    The steps in words, the APIs chosen for each and why, the program, its check, its calls as they happen, what
    was made. Exit status: 0 done, 1 failed or refused, 2 wrong use, 3 waiting for an answer, 130 stopped.
    """
    from taskmatrix.app import TaskMatrix

    said = " ".join(instruction)
    with TaskMatrix(model=model) as tm:
        if go_on and conversation is None:
            conversation = _going_on(tm, directory, quiet=as_json)
        if queue:
            if attach or pinned or review or go_on or conversation:
                raise UsageError(
                    "a run that is queued takes no --review, --with, --attach, --continue or --conversation"
                )
            run_id = tm.submit(said, dry_run=dry_run, assume_yes=yes, directory=directory, tenant=tenant)
            told = f"Queued run {run_id}. It waits for `taskmatrix worker`."
            print(f'{{"id": "{run_id}", "status": "queued"}}') if as_json else console().print(told)
            return DONE
        order = partial(
            tm.run_sync,
            said,
            dry_run=dry_run,
            assume_yes=yes,
            directory=directory,
            budget=budget,
            review=when_reviewed(review, asks=not (yes or as_json)),
            pinned=pinned or (),
            attachments=attach or (),
            conversation=conversation,
        )
        if as_json:
            return print_json(until_stopped(tm, lambda watch: order(watch=watch)))
        return _show(tm, order)


def _show(tm: "TaskMatrix", order: "Callable[..., Run]") -> int:
    """Carry out an order, showing it as it happens; somebody at the terminal is asked."""
    from taskmatrix.cli.approving import TerminalApprover, TerminalAsker
    from taskmatrix.cli.undoing import offer_undo
    from taskmatrix.cli.watching import RunDisplay

    with RunDisplay(console()) as display:
        at_terminal = partial(order, approver=TerminalApprover(display), asker=TerminalAsker(display))
        result = until_stopped(tm, lambda watch: at_terminal(watch=watch), display.watch)
    warn_of_problems(tm)
    status = conclude(result)
    offer_undo(tm, result)
    return status


def _going_on(tm: "TaskMatrix", directory: Path | None, *, quiet: bool) -> str:
    """Return the conversation of the last run in a folder, and say what that was."""
    found = tm.chats.going_on(directory)
    last = tm.chats.last_run(found.id)
    if last is not None and not quiet:
        said = visible(" ".join(last.instruction.split()), limit=80)
        console().print(f"Goes on from {last.id} ({last.status}): {said}")
    return found.id


def when_reviewed(wanted: bool | None, *, asks: bool) -> "Review":
    """Return when the outline is looked at: without a wish, where somebody is there and it says more than they did."""
    from taskmatrix.cli.approving import is_somebody_there

    if wanted is None:
        return "unless-explicit" if asks and is_somebody_there() else "never"
    return "always" if wanted else "never"


def until_stopped(
    tm: "TaskMatrix", work: "Callable[[Watch], Run]", watch: "Watch | None" = None, run_id: str = ""
) -> "Run":
    """Do the work with a watcher and return its run: also the one that Ctrl-C ended in good order.

    `run_id` is that of a run that goes on; a new one tells its own.
    """
    found = [run_id] if run_id else []

    def look(event: "Event") -> None:
        if event.type == "run_started":
            found.append(event.run_id)
        if watch is not None:
            watch(event)

    try:
        return work(look)
    except KeyboardInterrupt:
        stopped = tm.history.run(found[0]) if found else None
        if stopped is None or stopped.status != "cancelled":
            raise
        return stopped


def print_json(result: "Run") -> int:
    """Print a run as one JSON object; return the exit status."""
    from taskmatrix.conversation import summarize

    told = summarize(result)
    print(told.model_dump_json())
    return status_of_run(told.status, told.error and told.error.code)


def warn_of_problems(tm: "TaskMatrix") -> None:
    """Say which installed packages could not be used."""
    for problem in tm.problems:
        print_warning(f"the package {problem.name!r} cannot be used: {problem.reason}")


def conclude(result: "Run") -> int:
    """Print what comes after a run: why it failed, how to go on, how to judge it. Returns the exit status."""
    from taskmatrix.conversation import summarize

    told = summarize(result)
    show_ending(told)
    if told.pending is not None or told.question is not None:
        _say_how_to_answer(told)
    elif told.status == "done" and told.calls:
        console().print(f'\nWas this right?  taskmatrix feedback {told.id} up   or   down "what was wrong"')
    else:
        console().print(f"\nThe whole run:  taskmatrix runs show {told.id}")
    return status_of_run(told.status, told.error and told.error.code)


def show_ending(told: "RunSummary") -> None:
    """Say why a run did not come to its end: that its user did not answer is no error of anybody's."""
    if told.error is None:
        return
    if told.error.code == QuestionDeclinedError.code:
        message = visible(told.error.message)
        console().print(f"\n{message[:1].upper()}{message[1:]}.")
    else:
        print_error(told.error.message, told.error.hint)


def _say_how_to_answer(told: "RunSummary") -> None:
    out = console()
    out.print("\nThe run waits for an answer; nothing is lost meanwhile. Answer with one of:")
    for command in answer_commands(told):
        out.print(f"  {command}")
    if told.question is not None:
        out.print("or give the instruction again and say it there.")


def answer_commands(told: "RunSummary") -> list[str]:
    """Return the commands that answer what a run waits for; none where it waits for nothing."""
    if told.question is not None:
        return [f'taskmatrix runs answer {told.id} "…"', f"taskmatrix runs deny {told.id}"]
    return [answer_command(told.id, option) for option in (told.pending.options if told.pending else ())]


def account() -> str:
    """Return who sits here, by the name of the account: it is kept with an answer."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "user"


def answer_command(run_id: str, option: str) -> str:
    """Return the command that gives an answer to a waiting run."""
    if option in ("approve", "deny"):
        return f"taskmatrix runs {option} {run_id}"
    return f"taskmatrix runs approve {run_id} --with {option}"
