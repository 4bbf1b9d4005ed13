"""Small packages, and a stage on which programs over them run with the real parts."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from taskmatrix.api_platform.callers import FunctionCaller
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiStateError
from taskmatrix.core.events import EVENT, ApprovalRequested, Event
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Limits, Policy
from taskmatrix.executor import Executor, Job, Outcome
from taskmatrix.policy import DefaultPolicy
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store.blobs import FileBlobs

if TYPE_CHECKING:
    from forked import ForkedCommands

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)


@api(package="desk", effects="read")
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@api(package="desk", effects="write")
def open_note(context: RunContext, path: str) -> int:
    """Open a note; return its size."""
    data = context.read_input(path)
    context.state["open"] = {"path": path, "blob": context.put_blob(data)}
    return len(data)


@api(package="desk", effects="write")
def new_note(context: RunContext, path: str) -> str:
    """Start a note that will be saved at a path; return the path."""
    claimed = context.claim_output(path)
    context.state["open"] = {"path": claimed, "blob": context.put_blob(b"")}
    return claimed


@api(package="desk", effects="write")
def append(context: RunContext, text: str) -> int:
    """Add a line to the open note; return how many bytes it has."""
    note = _open(context)
    data = context.get_blob(note["blob"]) + text.encode() + b"\n"
    context.state["open"] = note | {"blob": context.put_blob(data)}
    if text == "fail":
        raise ApiError("this line cannot be added", hint="write another")
    return len(data)


@api(package="desk", effects="write")
def save(context: RunContext, path: str = "") -> str:
    """Save the open note, under its own path or another; return where."""
    note = _open(context)
    artifact = context.write_output(path or note["path"], context.get_blob(note["blob"]), "text/plain")
    return str(artifact.path)


@api(package="desk", effects="write")
def save_then_fail(context: RunContext, path: str) -> None:
    """Save the open note at a path, and fail afterwards."""
    context.write_output(path, context.get_blob(_open(context)["blob"]), "text/plain")
    raise ApiError("saved, but the printer is out of paper")


def _open(context: RunContext) -> dict[str, Any]:
    note: Any = context.state.get("open")
    if note is None:
        raise ApiStateError("no note is open", hint="call open_note or new_note first")
    return note


@api(package="desk", effects="read")
def clock(context: RunContext) -> str:
    """Tell the time."""
    return f"{context.run_id} {context.now.isoformat()} {context.directory.name}"


@api(package="shop", effects=Effect(kind="destructive", undo="shop.refund"))
def pay(context: RunContext, amount: int) -> int:
    """Pay an amount; return the sum of all payments."""
    if amount < 0:
        raise ApiArgumentError(f"{amount} cannot be paid")
    with (context.directory / "ledger").open("a") as ledger:
        ledger.write(f"{amount}\n")
    paid: Any = context.state.get("paid", 0)
    context.state["paid"] = paid + amount
    return paid + amount


@api(package="shop")
def guess(text: str) -> str:
    """Do something whose effect nobody declared."""
    return text.upper()


@api(package="odd", effects="read")
def crash() -> None:
    """Fail like a program error."""
    raise ZeroDivisionError("one over nothing")


@api(package="odd", effects="read")
def keep_odd(context: RunContext) -> None:
    """Keep something without a JSON form."""
    context.state["x"] = {1, 2}
    context.state["y"] = b"bytes"  # type: ignore[assignment]


@api(package="odd", effects="read")
def big(size: int) -> str:
    """Return a long text."""
    return "x" * size


@api(package="odd", effects="read")
def not_a_number() -> float:
    """Return no number that JSON has."""
    return float("nan")


@api(package="odd", effects="read")
def binary() -> list[bytes]:
    """Return bytes that are no text."""
    return [bytes(range(256))]


@api(package="odd", effects="read")
def big_state(context: RunContext, size: int) -> int:
    """Keep a long text; return the length of what was kept before."""
    before: Any = context.state.get("text", "")
    context.state["text"] = "x" * size
    return len(before)


@api(package="odd", effects="read")
async def wait() -> None:
    """Wait for ever."""
    await anyio.sleep_forever()


@api(package="odd", effects="write")
def kill_process(context: RunContext, path: str) -> None:
    """End this process in the middle of the call."""
    context.claim_output(path)
    os.kill(os.getpid(), 9)


FUNCTIONS = (
    add, open_note, new_note, append, save, save_then_fail, clock, pay, guess, crash, keep_odd, big, not_a_number,
    binary, big_state, wait,
    kill_process,
)  # fmt: skip


def documents() -> tuple[ApiDocument, ...]:
    return tuple(d.document(d.package or "") for f in FUNCTIONS if (d := definition_of(f)) is not None)


def caller_for(document: ApiDocument) -> FunctionCaller:
    found = (definition_of(f) for f in FUNCTIONS)
    return FunctionCaller(next(d for d in found if d and (d.package, d.name) == (document.package, document.name)))


def never(request: ApprovalRequested) -> str | None:
    return None


@dataclass
class Stage:
    """A working directory, a blob store and a journal in a list."""

    directory: Path
    home: Path
    sandbox: MontySandbox
    policy: Policy = field(default_factory=DefaultPolicy)
    events: list[Event] = field(default_factory=list)
    asked: list[ApprovalRequested] = field(default_factory=list)
    answers: Callable[[ApprovalRequested], str | None] = never
    limits: Limits = field(default_factory=Limits)
    code: str = ""

    def executor(self) -> Executor:
        return Executor(
            sandbox=self.sandbox,
            blobs=FileBlobs(self.home),
            policy=self.policy,
            callers=caller_for,
            limits=self.limits,
            clock=lambda: NOW,
        )

    def record(self, event: Event, *more: Event, durable: bool = True) -> Event:
        first = len(self.events)
        for each in (event, *more):
            self.events.append(each.model_copy(update={"seq": len(self.events) + 1, "at": NOW}))
        return self.events[first]

    async def approve(self, request: ApprovalRequested) -> str | None:
        self.asked.append(request)
        return self.answers(request)

    def job(self, code: str = "", *, yes: bool = False) -> Job:
        return Job("r1", Program(code=code), documents(), self.directory, assume_yes=yes)

    def run(self, code: str, *, yes: bool = False) -> Outcome:
        self.code = code
        return anyio.run(self.executor().execute, self.job(code, yes=yes), self.record, self.approve)

    def resume(self, answer: str, events: Sequence[Event] | None = None) -> Outcome:
        known = list(self.events if events is None else events)
        return anyio.run(self.executor().resume, self.job(self.code), known, answer, self.record, self.approve)

    def go_on(self, events: Sequence[Event] | None = None, *, yes: bool = False) -> Outcome:
        known = list(self.events if events is None else events)
        return anyio.run(self.executor().go_on, self.job(self.code, yes=yes), known, self.record, self.approve)

    def types(self) -> list[str]:
        return [event.type for event in self.events]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.directory.iterdir())


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from executor_stage import Stage
from taskmatrix.core.events import EVENT
from taskmatrix.sandbox import MontySandbox
work, journal, answer, output = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5]
stage = Stage(work, work.parent / "home", MontySandbox())
stage.answers = lambda request: output if output in request.options else None
stage.events = [EVENT.validate_json(line) for line in journal.read_text().splitlines()]
outcome = stage.resume(answer)
journal.write_text("\\n".join(EVENT.dump_json(e).decode() for e in stage.events))
print(outcome.status, outcome.value, outcome.error)
stage.sandbox.close()
"""


def resume_in_new_process(
    commands: "ForkedCommands", stage: Stage, journal: Path, answer: str, output: str = ""
) -> str:
    """Go on with a journal in another process; `output` is what it answers where a file is in the way."""
    arguments = [str(Path(__file__).parent), str(stage.directory), str(journal), answer, output]
    done = commands.run(*arguments, code=CHILD)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def store_journal(stage: Stage, journal: Path) -> Path:
    journal.write_text("\n".join(EVENT.dump_json(event).decode() for event in stage.events))
    return journal
