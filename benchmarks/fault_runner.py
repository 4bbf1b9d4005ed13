"""Carries out or goes on with one run for `faults.py`, and kills itself at a named point.

    fault_runner.py HOME POINT start RUN PROGRAM | go-on RUN | answer RUN ANSWER

Points are `before:KIND` and `after:KIND` of the transaction that holds the first event of a kind about the payment
(call 2), and `before:send`, `after:send` of the request itself; `none` kills nowhere. Prints how the run stands.
"""

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.request import Request, urlopen

from taskmatrix import RunContext, TaskMatrix, api
from taskmatrix.core.effects import Effect
from taskmatrix.core.events import Event, Run, RunStatus
from taskmatrix.core.programs import Program
from taskmatrix.store import JournalStore

PAYMENT = 2
POINT = sys.argv[2]


def die_at(point: str) -> None:
    """End this process as the kernel would, if this is the point."""
    if point == POINT:
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
    ) -> Run:
        """Open a journal, unless this is where the process ends."""
        die_at("before:run_started")
        run = super().create(run_id, instruction, model, directory, status=status, opening=opening)
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


def main() -> None:
    """Do what the arguments say."""
    from dataclasses import replace

    from taskmatrix.conversation import Given, Order

    home, command, run_id, rest = Path(sys.argv[1]), sys.argv[3], sys.argv[4], sys.argv[5:]
    with TaskMatrix(home) as tm:
        tm.journal = DyingJournal(tm.database)
        for function in (price, charge, charge_once):
            tm.register(function)
        if command == "start":
            apis = ("shop.price", "shop.charge", "shop.charge_once")
            documents = tuple(document for name in apis if (document := tm.registry.find(name)))
            given = Given(Program(code=rest[0], apis=apis, author="faults"), documents)
            order = replace(Order(run_id, "pay the order", home), given=given, assume_yes=True)
            run = tm._carry_out(order, _nobody, None)  # pyright: ignore[reportPrivateUsage]
        elif command == "answer":
            run = tm.resume_sync(run_id, rest[0])
        else:
            run = tm.go_on_sync(run_id)
        ending = run.events[-1]
        print(run.status, getattr(ending, "code", None) or getattr(ending, "answer", ""))


async def _nobody(request: object) -> None:
    """Answer nothing."""


if __name__ == "__main__":
    main()
