import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest

from taskmatrix.api_platform.callers import FunctionCaller
from taskmatrix.core.api import api, definition_of
from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import ApiArgumentError, ApiError, ApiLimitError, ApiUnavailableError
from taskmatrix.core.events import ArtifactMade, CallDone, CallFailed, CallRetried, CallSent, Event, LimitReached
from taskmatrix.core.limits import read_budget
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Limits
from taskmatrix.executor import Executor, Job, Outcome
from taskmatrix.executor.dispatch import CallDefaults, Dispatcher
from taskmatrix.policy.rules import DefaultPolicy, Rule
from taskmatrix.sandbox import MontySandbox
from taskmatrix.store.blobs import FileBlobs


def document(effects: Any = "read", **limits: object) -> ApiDocument:
    return parse_document(
        {
            "package": "shop",
            "name": "do_it",
            "description": "Do it.",
            "parameters": [],
            "effects": effects,
            "limits": limits or None,
        }
    )


@dataclass
class Api:
    """Fails as told, one error after another, then answers; counts its calls."""

    errors: list[Exception] = field(default_factory=list)
    calls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    gate: Callable[[], Any] | None = None

    async def __call__(self, document: ApiDocument, arguments: Any, context: Any) -> Any:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self.gate() if self.gate else anyio.lowlevel.checkpoint())
            if self.errors:
                raise self.errors.pop(0)
            return "done"
        finally:
            self.at_once -= 1


@dataclass
class Clock:
    """A clock that sleeping moves on."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()

    def dispatcher(self, **defaults: Any) -> Dispatcher:
        return Dispatcher(CallDefaults(**defaults), clock=self, sleep=self.sleep, chance=lambda: 1.0)


DOWN = "the shop is down"


def down(*, sent: bool = True, after_s: float | None = None) -> ApiUnavailableError:
    return ApiUnavailableError(DOWN, sent=sent, after_s=after_s)


@dataclass
class Stage:
    folder: Path
    sandbox: MontySandbox
    documents: tuple[ApiDocument, ...]
    caller: Any
    clock: Clock = field(default_factory=Clock)
    events: list[Event] = field(default_factory=list)
    dispatcher: Dispatcher | None = None
    run_seconds: float = 60.0
    limits: Limits = field(default_factory=Limits)

    def record(self, event: Event, *more: Event, durable: bool = True) -> Event:
        self.events += (event, *more)
        return event

    async def approve(self, request: Any) -> None:
        return None

    def run(self, code: str, budget: str | None = None) -> Outcome:
        executor = Executor(
            sandbox=self.sandbox,
            blobs=FileBlobs(self.folder),
            policy=DefaultPolicy((Rule("run"),)),
            callers=lambda document: self.caller,
            dispatcher=self.dispatcher or self.clock.dispatcher(),
            run_seconds=self.run_seconds,
            limits=self.limits,
            clock=lambda: datetime.now(UTC),
        )
        spend = read_budget(budget) if budget else None
        job = Job("r1", Program(code=code), self.documents, self.folder, budget=spend)
        return anyio.run(executor.execute, job, self.record, self.approve)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def make(tmp_path: Path, sandbox: MontySandbox) -> Callable[..., Stage]:
    def make(caller: Any, *documents: ApiDocument, **options: Any) -> Stage:
        return Stage(tmp_path, sandbox, documents, caller, **options)

    return make


def test_a_read_that_fails_for_now_is_sent_again_with_growing_pauses(make: Callable[..., Stage]) -> None:
    stage = make(Api([down(), down()]), document(backoff_s=2))
    assert stage.run("import shop\nshop.do_it()").value == "done"
    assert stage.clock.slept == [2, 4]
    assert [event.attempt for event in stage.of(CallSent)] == [1, 2, 3]
    assert [(event.attempt, event.code, event.wait_s) for event in stage.of(CallRetried)] == [
        (1, "api-unavailable", 2),
        (2, "api-unavailable", 4),
    ]
    assert len(stage.of(CallDone)) == 1


def test_a_call_is_sent_no_more_often_than_its_document_says(make: Callable[..., Stage]) -> None:
    stage = make(Api([down()] * 9), document(retries=3))
    assert stage.run("import shop\nshop.do_it()").error.code == "api-unavailable"
    assert stage.caller.calls == 4
    stage = make(Api([down()] * 9), document(retries=0))
    stage.run("import shop\nshop.do_it()")
    assert stage.caller.calls == 1


@pytest.mark.parametrize(
    ("effects", "error", "calls"),
    [
        ("write", down(), 1),
        ({"kind": "write", "idempotent": True}, down(), 2),
        ("write", down(sent=False), 2),
        ("read", ApiError("no"), 1),
        ("read", ApiArgumentError("no"), 1),
        ("read", ApiLimitError("too large"), 1),
    ],
)
def test_only_what_cannot_happen_twice_is_sent_again(
    make: Callable[..., Stage], effects: Any, error: Exception, calls: int
) -> None:
    stage = make(Api([error]), document(effects))
    stage.run("import shop\nshop.do_it()")
    assert stage.caller.calls == calls
    if calls == 1 and effects == "write":
        assert stage.of(CallFailed)[0].unsure


def test_the_api_is_left_alone_for_as_long_as_it_asks(make: Callable[..., Stage]) -> None:
    stage = make(Api([down(after_s=90)]), document())
    assert stage.run("import shop\nshop.do_it()").status == "done"
    assert stage.clock.slept == [90]
    stage = make(Api([down(after_s=5000)]), document())
    assert stage.run("import shop\nshop.do_it()").status == "failed"
    assert stage.clock.slept == []


def test_an_api_that_keeps_failing_is_not_called_until_it_had_time_to_recover() -> None:
    clock, api = Clock(), Api([down() for _ in range(5)])
    dispatcher = clock.dispatcher(failures=3, cool_down_s=30)
    asked = document("write")

    def call() -> Any:
        return anyio.run(dispatcher.call, api, asked, {}, None)

    for _ in range(3):
        with pytest.raises(ApiUnavailableError, match=DOWN):
            call()
    clock.now += 10
    with pytest.raises(ApiUnavailableError, match="tried again in 20 seconds; it was not called") as refused:
        call()
    assert not refused.value.sent
    assert api.calls == 3
    clock.now += 20
    with pytest.raises(ApiUnavailableError, match=DOWN):  # one try, which fails: it stays open
        call()
    with pytest.raises(ApiUnavailableError, match="tried again in 30 seconds"):
        call()
    api.errors.clear()
    clock.now += 31
    assert call() == "done"
    assert call() == "done"


def test_errors_of_an_api_that_is_there_do_not_count_as_failing() -> None:
    clock, api = Clock(), Api([ApiError("no such item") for _ in range(9)])
    dispatcher = clock.dispatcher(failures=3)
    for _ in range(9):
        with pytest.raises(ApiError, match="no such item"):
            anyio.run(dispatcher.call, api, document(), {}, None)
    assert api.calls == 9


def test_of_many_waiting_for_an_open_api_one_tries_it() -> None:
    clock, api = Clock(), Api([down()])
    dispatcher = clock.dispatcher(failures=1, cool_down_s=1)

    async def all_at_once() -> list[str]:
        with pytest.raises(ApiUnavailableError):
            await dispatcher.call(api, document(), {}, None)
        clock.now += 2
        said: list[str] = []

        async def one() -> None:
            try:
                said.append(await dispatcher.call(api, document(), {}, None))
            except ApiUnavailableError as error:
                said.append(error.message)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one)
        return said

    said = anyio.run(all_at_once)
    assert said.count("done") == 1
    assert sum("being tried again now" in word for word in said) == 4


def test_calls_keep_to_the_rate_and_wait_in_line() -> None:
    clock, api, sent = Clock(), Api(), []
    dispatcher = clock.dispatcher()
    limited = document(rate={"calls": 3, "per_s": 10})

    async def caller(document: ApiDocument, arguments: Any, context: Any) -> None:
        sent.append(clock.now - 1000)

    async def seven() -> None:
        for _ in range(7):
            await dispatcher.call(caller, limited, {}, None)

    anyio.run(seven)
    assert sent == [0, 0, 0, 10, 10, 10, 20]
    assert api.calls == 0
    with pytest.raises(ApiUnavailableError, match="takes 1 calls in 9000 seconds"):
        anyio.run(_twice, dispatcher, document(rate={"calls": 1, "per_s": 9000}))


async def _twice(dispatcher: Dispatcher, asked: ApiDocument) -> None:
    await dispatcher.call(Api(), asked.model_copy(update={"name": "other"}), {}, None)
    await dispatcher.call(Api(), asked.model_copy(update={"name": "other"}), {}, None)


def test_no_more_calls_are_under_way_than_the_document_says_and_others_are_not_held_up() -> None:
    clock, slow, quick = Clock(), Api(), Api()
    dispatcher = clock.dispatcher()

    async def many() -> None:
        gate = anyio.Event()
        slow.gate = gate.wait
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(dispatcher.call, slow, document(concurrent=2), {}, None)
            await anyio.wait_all_tasks_blocked()
            assert slow.at_once == 2
            other = document().model_copy(update={"name": "other"})
            assert await dispatcher.call(quick, other, {}, None) == "done"
            gate.set()

    anyio.run(many)
    assert (slow.calls, slow.most_at_once) == (6, 2)


def test_a_place_goes_from_one_event_loop_to_another_and_a_cancelled_wait_loses_none() -> None:
    dispatcher, one_at_a_time = Dispatcher(), document(concurrent=1)
    inside, leave, said = threading.Event(), threading.Event(), []

    async def hold(document: ApiDocument, arguments: Any, context: Any) -> str:
        inside.set()
        await anyio.to_thread.run_sync(leave.wait)
        return "held"

    def first() -> None:
        said.append(anyio.run(dispatcher.call, hold, one_at_a_time, {}, None))

    async def second() -> None:
        with anyio.move_on_after(0.01):
            await dispatcher.call(Api(), one_at_a_time, {}, None)
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await anyio.wait_all_tasks_blocked()
            leave.set()

    async def call() -> None:
        said.append(await dispatcher.call(Api(), one_at_a_time, {}, None))

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    anyio.run(second)
    thread.join()
    assert sorted(said) == ["done", "held"]
    assert anyio.run(dispatcher.call, Api(), one_at_a_time, {}, None) == "done"


def test_a_call_that_never_answers_ends_at_its_deadline(make: Callable[..., Stage]) -> None:
    stage = make(Api(gate=anyio.sleep_forever), document("write", timeout_s=0.05))
    outcome = stage.run("import shop\nshop.do_it()")
    assert outcome.error.code == "api-unavailable"
    assert "did not answer within 0.05 seconds; nobody knows" in outcome.error.message
    assert stage.of(CallFailed)[0].unsure


_left = threading.Event()
_late: list[Exception] = []


@api(package="shop", effects="write")
def do_it(context: Any = None) -> None:
    """Never end."""
    _left.wait()


def test_a_function_that_never_ends_is_left_behind_and_writes_no_file_any_more(
    make: Callable[..., Stage], tmp_path: Path
) -> None:
    from taskmatrix.core.context import RunContext

    _left.clear()
    over = threading.Event()

    @api(package="shop", effects="write", name="write_late")
    def write_late(context: RunContext) -> None:
        """Write a file when it is too late."""
        _left.wait()
        try:
            context.write_output("late.txt", b"x", "text/plain")
        except ApiLimitError as error:
            _late.append(error)
        over.set()

    definition = definition_of(write_late)
    assert definition is not None
    asked = definition.document("shop").model_copy(update={"limits": {"timeout_s": 0.05}})
    stage = make(FunctionCaller(definition), asked)
    outcome = stage.run("import shop\nshop.write_late()")
    assert "did not" in outcome.error.message
    _left.set()
    assert over.wait(10)
    assert not (tmp_path / "late.txt").exists()
    assert stage.of(ArtifactMade) == []
    assert "had been given up" in str(_late[-1])


def test_a_run_may_spend_what_its_budget_says_and_is_ended_before_the_call_that_is_too_much(
    make: Callable[..., Stage],
) -> None:
    stage = make(Api(), document(cost={"amount": 0.1, "currency": "USD"}))
    outcome = stage.run("import shop\nfor _ in range(9):\n    try:\n        shop.do_it()\n    except: pass", "0.3 USD")
    assert (outcome.status, outcome.error.code) == ("failed", "limit-exceeded")
    assert stage.caller.calls == 3
    (limit,) = stage.of(LimitReached)
    assert (limit.limit, limit.allowed, limit.used) == ("money", "0.3 USD", "0.3 USD")
    assert [str(event.cost.amount) for event in stage.of(CallSent)] == ["0.1"] * 3


def test_each_attempt_costs_and_no_other_currency_may_be_spent(make: Callable[..., Stage]) -> None:
    stage = make(Api([down()]), document(cost={"amount": 1, "currency": "USD"}))
    assert stage.run("import shop\nshop.do_it()", "1 USD").error.code == "limit-exceeded"
    stage = make(Api(), document(cost={"amount": 1, "currency": "EUR"}))
    assert "0 EUR" in stage.run("import shop\nshop.do_it()", "5 USD").error.message
    assert make(Api(), document(cost={"amount": 1, "currency": "EUR"})).run("import shop\nshop.do_it()").error is None


@pytest.mark.parametrize(
    ("code", "limits", "limit", "allowed"),
    [
        ("while True: pass", Limits(seconds=0.2), "time", "0.2 s"),
        ("x = [0] * 100_000_000", Limits(memory_bytes=10_000_000), "memory", "10,000,000 bytes"),
        ("def f(): f()\nf()", Limits(), "recursion", ""),
        ("print('x' * 5000)", Limits(output_bytes=1000), "output", "1,000 bytes"),
        ("import shop\nfor _ in range(9): shop.do_it()", Limits(calls=3), "calls", "3 calls"),
    ],
)
def test_what_a_program_uses_too_much_of_is_told_by_a_typed_event(
    make: Callable[..., Stage], code: str, limits: Limits, limit: str, allowed: str
) -> None:
    stage = make(Api(), document(), limits=limits)
    assert stage.run(code).error.code == "limit-exceeded"
    (reached,) = stage.of(LimitReached)
    assert (reached.limit, reached.allowed) == (limit, allowed)


def test_a_run_ends_when_it_takes_too_long_whatever_it_waits_for(make: Callable[..., Stage]) -> None:
    stage = make(Api(gate=anyio.sleep_forever), document(), run_seconds=0.05)
    assert stage.run("import shop\nshop.do_it()").error.code == "limit-exceeded"
    assert [(event.limit, event.allowed) for event in stage.of(LimitReached)] == [("wall time", "0.05 s")]
