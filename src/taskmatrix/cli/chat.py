"""`taskmatrix chat`: one instruction after the other, each of which may lean on those before."""

import contextlib
import re
import signal
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.chat_lines import Leave, read_lines
from taskmatrix.cli.chat_questions import COMMAND, Answers
from taskmatrix.cli.failures import DONE, exit_status, show_error, status_of_run
from taskmatrix.cli.run import (
    MODELS,
    Looking,
    account,
    show_ending,
    until_stopped,
    warn_of_problems,
    when_reviewed,
)
from taskmatrix.cli.runs_listing import UNDONE
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import TaskMatrixError, UsageError

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.conversation import RunSummary
    from taskmatrix.core.events import Run
    from taskmatrix.core.outlines import Review
    from taskmatrix.store import ConversationRecord

UNDO = re.compile(
    r"^\s*(?:please\s+)?undo(?:\s+(?:it|that|this|the last (?:one|turn|step)|turn (\d{1,6})))?[\s.!]*$", re.IGNORECASE
)
"""What nobody says of anything but turns."""

HELP = """\
  /attach FILE     give a file along with the next instruction
  /outline on|off  look at each outline before it is carried out, or at none
  /runs            the turns so far
  /undo [TURN]     take back what the last turn did; once more, the turn before it
  /stop            give up a turn that waits for an answer
  /new             begin another conversation
  /quit            leave, as Ctrl-D does; Ctrl-C ends a turn"""


def chat(
    conversation: Annotated[
        str | None, typer.Argument(help="With --continue: its id, or a part of it.", metavar="[CHAT]")
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--continue", "-c", help="Go on with CHAT, else with this folder's newest.")
    ] = False,
    model: Annotated[str | None, typer.Option("--model", help=MODELS)] = None,
    review: Looking = None,
    directory: Annotated[
        Path | None, typer.Option("--directory", help="Where relative paths start; else the current folder.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve everything; never overwrite a file.")] = False,
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", help="A file to give along with the first instruction.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help='The most that the calls of one turn may cost, as "5 USD".')
    ] = None,
) -> int:
    """Carry out one instruction after the other; each may refer to those before, and finds open what they opened.

    Type an instruction, or /help. Where nobody sits at a terminal, each line of the standard input is a turn, or an
    answer to what the turn before asks, and the exit status is that of the first turn which is not done.
    """
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.approving import is_somebody_there

    with TaskMatrix(model=model) as tm:
        record = _found(tm, conversation, directory) if go_on or conversation else None
        talk = Talk(tm, record, directory, assume_yes=yes, budget=budget, review=review)
        talk.attached = [path.expanduser().absolute() for path in attach or ()]
        talk.greet()
        warn_of_problems(tm)
        with _leaving_in_order() as leave:
            try:
                for line in read_lines(tm.home, leave):
                    talk.take(line)
            except Leave:
                pass
        talk.part()
        return DONE if is_somebody_there() else next((status for status in talk.statuses if status), DONE)


def _found(tm: "TaskMatrix", conversation: str | None, directory: Path | None) -> "ConversationRecord":
    if conversation is None:
        return tm.chats.newest(directory)
    found = tm.chats.find(conversation)
    if directory is not None and str(directory.absolute()) != found.directory:
        raise UsageError(f"conversation {found.id} is in {found.directory}", hint="leave --directory out")
    return found


class Talk:
    """A conversation at the command line. All that it knows besides the journal is what the next turn is given."""

    def __init__(
        self,
        tm: "TaskMatrix",
        record: "ConversationRecord | None",
        directory: Path | None,
        *,
        assume_yes: bool,
        budget: str | None,
        review: bool | None = None,
    ) -> None:
        self._tm = tm
        self._record = record
        self._directory = directory
        self._yes = assume_yes
        self._budget = budget
        self._review: Review = when_reviewed(review, asks=not assume_yes)
        self.attached: list[Path] = []
        self.statuses: list[int] = []

    def greet(self) -> None:
        """Say which conversation this is; where the last turn waits, for what."""
        from taskmatrix.cli.approving import is_somebody_there

        out = console()
        if self._record is not None:
            out.print(f"{self._record.id}  {visible(self._record.title)}  ({_count(self._record.turns)} so far)")
            self._say_what_is_asked()
        if is_somebody_there():
            out.print("Say what to do. /help shows more, Ctrl-D leaves.")

    def part(self) -> None:
        """Say how to go on with it."""
        if self._record is not None:
            console().print(f"\nGo on with it:  taskmatrix chat --continue {self._record.id}")

    def take(self, line: str) -> None:
        """Take a line: a command, an answer to what the last turn asks, else an instruction. Raises Leave."""
        from taskmatrix.cli.approving import is_somebody_there

        if not is_somebody_there():
            console().print(f"\n> {visible(line)}")
        try:
            line = UNDO.sub(r"/undo \1", line)
            command = COMMAND.fullmatch(line.strip())
            waiting = self._waiting()
            if command is not None:
                self._command(command[1], (command[2] or "").strip())
            elif waiting is not None:
                self._answer(waiting, line)
            else:
                self._turn(line)
        except (TaskMatrixError, KeyboardInterrupt) as error:
            show_error(error)
            self.statuses.append(exit_status(error))

    def _turn(self, instruction: str) -> None:
        record = self._record = self._record or self._tm.chats.start(directory=self._directory)
        order = partial(
            self._tm.run_sync,
            instruction,
            conversation=record.id,
            assume_yes=self._yes,
            directory=record.directory,
            budget=self._budget,
            attachments=self.attached,
            review=self._review,
        )
        try:
            self._carry_out(order)
        finally:
            self.attached = []
            if self._tm.chats.last_run(record.id) is None:  # it was not even begun
                self._tm.chats.delete(record.id)
                self._record = None

    def _answer(self, told: "RunSummary", typed: str) -> None:
        """Answer what the last turn waits for. Raises UsageError for what is no answer to it."""
        from taskmatrix.cli.approving import choose

        answer = choose(typed, told.pending.options) if told.pending else typed
        if answer is None:
            options = " or ".join(told.pending.options) if told.pending else ""
            raise UsageError(f"{typed!r} is no answer to what is asked", hint=f"it takes {options}; /stop gives it up")
        self._go_on(told, answer)

    def _go_on(self, told: "RunSummary", answer: str) -> None:
        # What the turn came to when it began to wait does not count any more.
        del self.statuses[-1:]
        self._carry_out(partial(self._tm.resume_sync, told.id, answer, by=account()), told.id)

    def _carry_out(self, work: "partial[Run]", run_id: str = "") -> None:
        """Carry out a turn, or go on with one, and show it. Ctrl-C ends it, and not the conversation.

        Raises Leave where that was said at a question; the turn then waits.
        """
        from taskmatrix.cli.approving import TerminalApprover, TerminalAsker
        from taskmatrix.cli.undoing import offer_undo
        from taskmatrix.cli.watching import RunDisplay
        from taskmatrix.conversation import summarize

        ask = Answers({"help": _show_help, "?": _show_help, "runs": self._show_runs})
        with RunDisplay(console()) as display:
            at_terminal = partial(work, approver=TerminalApprover(display, ask), asker=TerminalAsker(display, ask))
            run = until_stopped(self._tm, lambda watch: at_terminal(watch=watch), display.watch, run_id=run_id)
        told = summarize(run)
        self.statuses.append(status_of_run(told.status, told.error and told.error.code))
        show_ending(told)
        if ask.leaves:
            raise Leave
        if run.status == "waiting":
            self._say_how_to_answer(told)
        offer_undo(self._tm, run)

    def _waiting(self) -> "RunSummary | None":
        """Return the last turn if it waits for an answer."""
        from taskmatrix.conversation import summarize

        run = self._tm.chats.last_run(self._record.id) if self._record is not None else None
        return summarize(run) if run is not None and run.status == "waiting" else None

    def _say_what_is_asked(self) -> None:
        told = self._waiting()
        if told is None:
            return
        asked = told.question.question.text if told.question else ""
        if told.pending is not None:
            asked = f"{told.pending.api}: {told.pending.reason}"
        console().print(f"The last turn asks: {visible(asked)}")
        self._say_how_to_answer(told)

    def _say_how_to_answer(self, told: "RunSummary") -> None:
        answers = " / ".join(told.pending.options) if told.pending else "the answer"
        console().print(f"\nSay {answers}, or /stop.")

    def _command(self, name: str, argument: str) -> None:
        match name:
            case "help" | "?":
                _show_help()
            case "quit" | "exit":
                raise Leave
            case "attach":
                self._attach(argument)
            case "outline":
                self._set_review(argument)
            case "runs":
                self._show_runs()
            case "undo":
                self._undo(argument)
            case "stop":
                self._stop()
            case "new":
                self._record = None
                console().print("The next instruction begins another conversation.")
            case _:
                raise UsageError(f"there is no /{name}", hint="/help shows what there is")

    def _attach(self, name: str) -> None:
        folder = Path(self._record.directory) if self._record is not None else self._directory or Path.cwd()
        path = folder / Path(name).expanduser()
        if not name or not path.is_file():
            raise UsageError(f"{name!r} is no file", hint="/attach FILE, with a path from " + str(folder))
        self.attached.append(path.absolute())
        console().print(f"With the next instruction: {', '.join(visible(one.name) for one in self.attached)}")

    def _set_review(self, wanted: str) -> None:
        if wanted not in ("on", "off"):
            raise UsageError(f"the outline is shown first, or not: {wanted!r} is neither", hint="/outline on, or off")
        self._review = "always" if wanted == "on" else "never"

    def _show_runs(self) -> None:
        from taskmatrix.conversation import summarize

        runs = self._tm.chats.show(self._record.id).runs if self._record is not None else {}
        for turn, run in runs.items():
            state = run.status + UNDONE[summarize(run).undone]
            console().print(f"{turn:>4}  {run.id}  {state:<12}  {visible(_line(run.instruction), limit=100)}")
        if not runs:
            console().print("nothing was said yet")

    def _undo(self, wanted: str) -> None:
        """Take back the last turn that is not yet, or the one whose number is given."""
        from taskmatrix.cli.undoing import take_back

        if self._record is None:
            raise UsageError("nothing was done yet", hint="/runs shows the turns")
        if wanted and not re.fullmatch(r"[0-9]{1,6}", wanted):
            raise UsageError(
                f"{wanted!r} is no turn", hint="/undo, or /undo TURN with a number; /runs shows the turns"
            )
        found = self._tm.chats.to_take_back(self._record.id, int(wanted) if wanted else None)
        if found is None:
            console().print("Nothing is left that could be taken back.")
            return
        console().print(f"Taking back turn {found.turn}: {visible(_line(found.run.instruction), limit=100)}")
        steps = take_back(self._tm, found.run.id, None, yes=self._yes, quiet=False)
        undone = [step.state == "undone" for step in steps]
        how = "is taken back" if all(undone) else "is taken back in part" if any(undone) else "is not taken back"
        console().print(f"\nTurn {found.turn} {how if steps else 'changed nothing that could be taken back'}.")

    def _stop(self) -> None:
        """Give up the turn that waits: no call it asks about is made."""
        told = self._waiting()
        if told is None:
            raise UsageError("no turn waits for an answer", hint="Ctrl-C ends a turn while it is carried out")
        self._go_on(
            told, "" if told.question else "stop" if told.pending and "stop" in told.pending.options else "deny"
        )


@contextlib.contextmanager
def _leaving_in_order() -> "Generator[Leave]":
    """Give what is raised once this process is to end: as after Ctrl-C, but the conversation ends too."""
    leave = Leave()

    def end(_number: int, _frame: object) -> None:
        leave.wanted = True
        signal.raise_signal(signal.SIGINT)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield leave
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_help() -> None:
    console().print(HELP)


def _count(turns: int) -> str:
    return "1 turn" if turns == 1 else f"{turns} turns"


def _line(text: str) -> str:
    return " ".join(text.split())
