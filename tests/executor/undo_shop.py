"""A shop whose calls can be taken back, or not; it can be killed at a named point."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from executor_stage import NOW

from taskmatrix.api_platform.callers import FunctionCaller
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.context import RunContext
from taskmatrix.core.effects import Effect
from taskmatrix.core.errors import ApiArgumentError, ApiError
from taskmatrix.core.events import EVENT, ApprovalRequested, Event, UndoStep
from taskmatrix.core.programs import Program
from taskmatrix.executor import Executor, Job, Outcome, Reach, plan_undo
from taskmatrix.policy import DefaultPolicy
from taskmatrix.policy.rules import DEFAULT_RULES, Rule
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store.blobs import FileBlobs

_CANCEL = {
    "api": "cancel",
    "arguments": {
        "number": {"from": "result", "path": "order.id"},
        "item": {"from": "argument", "path": "item"},
        "why": {"value": "undone"},
    },
}


def _note(context: RunContext, line: str) -> None:
    with (context.directory / "ledger").open("a") as ledger:
        ledger.write(line + "\n")


def _kill_at(point: str) -> None:
    if os.environ.get("KILL_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)


@api(package="shop", effects=Effect.model_validate({"kind": "write", "undo": _CANCEL}))
def order(context: RunContext, item: str, count: int) -> dict[str, Any]:
    """Order an item."""
    if count < 0:
        raise ApiArgumentError(f"{count} cannot be ordered")
    number = (context.directory / "ledger").read_text().count("order") + 1 if context.state else 1
    context.state["ordered"] = True
    _note(context, f"order {item}")
    return {"order": {"id": f"A{number}"}} if count else {"order": None}


@api(package="shop", effects=Effect(kind="write", idempotent=True))
def cancel(context: RunContext, number: str, item: str = "", why: str = "") -> None:
    """Cancel an order; cancelling it again does nothing."""
    line = f"cancel {number} for {item} why={why}"
    if line not in (context.directory / "ledger").read_text().splitlines():
        _note(context, line)
    _kill_at("cancel")


@api(package="shop", effects=Effect(kind="write", undo="release"))
def reserve(context: RunContext, table: str) -> None:
    """Reserve a table."""
    _note(context, f"reserve {table}")


@api(package="shop", effects="write")
def release(context: RunContext, table: str) -> None:
    """Release a table."""
    _note(context, f"release {table}")


@api(package="shop", effects="write")
def mail(context: RunContext, text: str) -> None:
    """Send a letter."""
    _note(context, "mail")


@api(package="shop", effects=Effect(kind="write", undo="take_gift"))
def gift(context: RunContext, item: str) -> None:
    """Give something away."""
    _note(context, "gift")


@api(package="shop", effects=Effect(kind="write", undo="demand"))
def lend(context: RunContext, item: str) -> None:
    """Lend something."""
    _note(context, f"lend {item}")


@api(package="shop", effects="destructive")
def demand(context: RunContext, item: str) -> None:
    """Demand something back."""
    _note(context, f"demand {item}")


@api(package="shop", effects="destructive")
def pay(context: RunContext, amount: int) -> None:
    """Pay an amount."""
    _note(context, "pay")


@api(package="shop", effects="read")
def stock(context: RunContext) -> int:
    """Count the items."""
    return 3


@api(package="shop", effects="write")
def write(context: RunContext, path: str, text: str) -> str:
    """Write a text to a file."""
    return str(context.write_output(path, text.encode(), "text/plain").path)


@api(package="shop", effects="write")
def write_badly(context: RunContext, path: str) -> None:
    """Write a file, and fail."""
    context.write_output(path, b"x", "text/plain")
    raise ApiError("the printer is out of paper")


_FUNCTIONS = (order, cancel, reserve, release, mail, gift, lend, demand, pay, stock, write, write_badly)
_DEFINITIONS = {d.name: d for f in _FUNCTIONS if (d := definition_of(f)) is not None}
DOCUMENTS = tuple(d.document("shop") for d in _DEFINITIONS.values())
_BY_ID = {document.id: document for document in DOCUMENTS}


def never(request: ApprovalRequested) -> str | None:
    return None


@dataclass
class Shop:
    """Runs programs over the shop and takes them back, with the journal in a list, or in a file as well."""

    directory: Path
    home: Path
    sandbox: MontySandbox
    journal: Path | None = None
    events: list[Event] = field(default_factory=list)
    answers: Callable[[ApprovalRequested], str | None] = never

    def executor(self) -> Executor:
        return Executor(
            sandbox=self.sandbox,
            blobs=FileBlobs(self.home),
            policy=DefaultPolicy((Rule("refuse", "no money is spent", api="pay"), *DEFAULT_RULES)),
            callers=lambda document: FunctionCaller(_DEFINITIONS[document.name]),
            clock=lambda: NOW,
        )

    def record(self, event: Event, *more: Event, durable: bool = True) -> Event:
        first = len(self.events)
        for each in (event, *more):
            self.events.append(each.model_copy(update={"seq": len(self.events) + 1, "at": NOW}))
        if self.journal is not None:
            self.journal.write_text("\n".join(EVENT.dump_json(one).decode() for one in self.events))
        for each in (event, *more):
            _kill_at(each.type)
        return self.events[first]

    async def approve(self, request: ApprovalRequested) -> str | None:
        return self.answers(request)

    def job(self, code: str = "", *, yes: bool = False) -> Job:
        return Job("r1", Program(code=code), DOCUMENTS, self.directory, assume_yes=yes)

    def run(self, code: str) -> Outcome:
        return anyio.run(self.executor().execute, self.job(code), self.record, self.approve)

    def _planned(self, calls: Sequence[int] | None = None) -> Any:
        reach = Reach(_BY_ID, _BY_ID.get, {})
        return plan_undo(self.events, reach, FileBlobs(self.home), calls)

    def plan(self, calls: Sequence[int] | None = None) -> tuple[UndoStep, ...]:
        return tuple(one.step for one in self._planned(calls))

    def undo(self, calls: Sequence[int] | None = None, *, yes: bool = False) -> tuple[UndoStep, ...]:
        planned = self._planned(calls)
        return anyio.run(
            self.executor().undo, self.job(yes=yes), list(self.events), planned, self.record, self.approve
        )

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def ledger(self) -> list[str]:
        return (self.directory / "ledger").read_text().splitlines()
