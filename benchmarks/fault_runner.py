"""Carries out or goes on with one run for `faults.py`, and kills itself at a named point.

    fault_runner.py HOME POINT start RUN PROGRAM | go-on RUN | answer RUN ANSWER | prepare -
    fault_runner.py serve

`serve` reads such arguments, a JSON list a line, and does each in a process forked from this one, which has imported
all that a run imports, and opened nothing; it answers with an `Answer` as JSON. Points are `before:KIND` and
`after:KIND` of the transaction that holds the first event of a kind about the payment (call 2), and `before:send`,
`after:send` of the request itself; `none` kills nowhere. Prints how the run stands.
"""

import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TypedDict
from urllib.request import Request, urlopen

from taskmatrix import RunContext, TaskMatrix, api
from taskmatrix.core.effects import Effect
from taskmatrix.core.events import Event, Run, RunStatus
from taskmatrix.core.programs import Program
from taskmatrix.store import JournalStore, new_run_id

PAYMENT = 2
_point = "none"


class Answer(TypedDict):
    """What became of a process; its status is negative where a signal ended it."""

    status: int
    out: str
    errors: str


def die_at(point: str) -> None:
    """End this process as the kernel would, if this is the point."""
    if point == _point:
        os.kill(os.getpid(), signal.SIGKILL)


@api(package="shop", effects="read")
def price(order: str) -> int:
    """Tell the price of an order."""
    return len(order)


def _charge(order: str, headers: dict[str, str]) -> int:
    die_at("before:send")
    data = json.dumps({"order": order}).encode()
    request = Request(os.environ["PAYMENTS"] + "/charge", data, headers)
    with urlopen(request, timeout=30) as answer:
        charged = json.loads(answer.read())["charged"]
    die_at("after:send")
    return charged


@api(package="shop", effects=Effect(kind="destructive"))
def charge(order: str, amount: int) -> int:
    """Charge an order, where the API takes no idempotency key."""
    return _charge(order, {})


@api(package="shop", effects=Effect(kind="destructive", idempotent=True))
def charge_once(context: RunContext, order: str, amount: int) -> int:
    """Charge an order, where the API takes an idempotency key."""
    return _charge(order, {"Idempotency-Key": context.key})


class DyingJournal(JournalStore):
    """The journal, with a kill before or after a transaction."""

    def create(
        self,
        run_id: str,
        instruction: str,
        model: str,
        directory: str,
        *,
        status: RunStatus = "running",
        opening: Sequence[Event] = (),
        durable: bool = True,
    ) -> Run:
        """Open a journal, unless this is where the process ends."""
        die_at("before:run_started")
        run = super().create(run_id, instruction, model, directory, status=status, opening=opening, durable=durable)
        die_at("after:run_started")
        return run

    def append_all(self, run_id: str, new: Sequence[Event], *, durable: bool = True) -> Sequence[Event]:
        """Store events, unless this is where the process ends."""
        kinds = [e.type for e in new if getattr(e, "call", PAYMENT) == PAYMENT and e.type != "run_started"]
        for kind in kinds:
            die_at(f"before:{kind}")
        stored = super().append_all(run_id, new, durable=durable)
        for kind in kinds:
            die_at(f"after:{kind}")
        return stored


def carry_out(arguments: Sequence[str]) -> None:
    """Do what the arguments say."""
    global _point
    from dataclasses import replace

    from taskmatrix.conversation import Given, Order

    home, command, run_id, rest = Path(arguments[0]), arguments[2], arguments[3], arguments[4:]
    _point = arguments[1]
    with TaskMatrix(home) as tm:
        tm.journal = DyingJournal(tm.database)
        for function in (price, charge, charge_once):
            tm.register(function)
        if command == "prepare":
            return
        if command == "start":
            apis = ("shop.price", "shop.charge", "shop.charge_once")
            documents = tuple(document for name in apis if (document := tm.registry.find(name)))
            given = Given(Program(code=rest[0], apis=apis, author="faults"), documents)
            order = replace(Order(run_id, "pay the order", home), given=given, assume_yes=True)
            run = tm._carry_out(order, _nobody, _not_watching)  # pyright: ignore[reportPrivateUsage]
        elif command == "answer":
            run = tm.resume_sync(run_id, rest[0])
        else:
            run = tm.go_on_sync(run_id)
        ending = run.events[-1]
        print(run.status, getattr(ending, "code", None) or getattr(ending, "answer", ""))


def serve() -> None:
    """Fork a process for each line of the input."""
    with tempfile.TemporaryDirectory() as home:
        program = "import shop\nshop.price('a')"
        ran = _in_process([home, "modules", "start", new_run_id(), program])
    for name in json.loads(ran["errors"].splitlines()[-1]):
        with suppress(ImportError):
            import_module(name)
    for line in sys.stdin:
        # A fork takes no other thread along, and a lock that one held would be held for ever.
        assert threading.active_count() == 1 and len(list(Path("/proc/self/task").iterdir())) == 1
        print(json.dumps(_in_process(json.loads(line))), flush=True)


def _in_process(arguments: Sequence[str]) -> Answer:
    """Do what the arguments say in a process forked from this one."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            _end(arguments)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        errors.seek(0)
        return Answer(status=status, out=out.read(), errors=errors.read())


def _end(arguments: Sequence[str]) -> NoReturn:
    """Do what the arguments say, and end this process without returning to the loop that it was forked from."""
    status = 1
    try:
        carry_out(arguments)
        if arguments[1] == "modules":
            print(json.dumps(list(sys.modules)), file=sys.stderr)
        status = 0
    finally:
        if status:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


async def _nobody(request: object) -> None:
    """Answer nothing."""


def _not_watching(event: Event) -> None:
    """Look at no event."""


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        carry_out(sys.argv[1:])
