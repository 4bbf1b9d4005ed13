"""Calls that a program makes together: they come out together, and are answered as they finish."""

from itertools import chain

import anyio
import pytest
from pydantic import JsonValue

from taskmatrix.core.errors import LimitError, SandboxError
from taskmatrix.core.protocols import Limits, ModuleStub, Raised, SandboxRun, Value

WEATHER = ModuleStub(
    "weather",
    "def get_weather(city: str, days: int = 1) -> int: ...\ndef note(text: str) -> None: ...\n",
    ("get_weather", "note"),
)

TOGETHER = """
import asyncio
from weather import get_weather
async def main():
    return await asyncio.gather(*[asyncio.to_thread(get_weather, city) for city in ["Paris", "Rome", "Oslo"]])
asyncio.run(main())
"""

MIXED = """
import asyncio
from weather import get_weather, note
async def follow(city):
    first = await asyncio.to_thread(get_weather, city)
    note(f"{city} {first}")
    return await asyncio.to_thread(get_weather, city, days=first)
async def main():
    return await asyncio.gather(follow("Paris"), follow("Rome"))
asyncio.run(main())
"""


def steps(sandbox, code: str, given: list[dict[int, Value | Raised]], limits: Limits | None = None):
    """Return what a program returns for each batch of answers."""

    async def main():
        seen: list[object] = []
        async with sandbox.start(code, [WEATHER], limits or Limits(), print) as run:
            for answers in [{}, *given]:
                step = await run.advance(answers)
                seen.append(step if isinstance(step, Value) else [_short(call) for call in step])
        return seen

    return anyio.run(main)


def _short(call) -> tuple[object, ...]:
    return (call.id, call.function, *call.args, *call.kwargs.values(), call.line, call.awaited)


def test_calls_started_together_come_out_together_and_take_their_answers_in_any_order(sandbox):
    seen = steps(sandbox, TOGETHER, [{3: Value(3)}, {1: Value(1)}, {2: Value(2)}])
    calls = [(i, "get_weather", city, 5, True) for i, city in enumerate(["Paris", "Rome", "Oslo"], 1)]
    assert seen == [calls, [], [], Value([1, 2, 3])]


def test_answers_may_be_given_several_at_once(sandbox):
    assert steps(sandbox, TOGETHER, [{2: Value(2), 3: Value(3), 1: Value(1)}])[-1] == Value([1, 2, 3])


def test_the_same_answers_in_the_same_order_make_the_same_calls_however_they_are_bundled(sandbox):
    order: list[tuple[int, Value]] = [(2, Value(7)), (3, Value(None)), (1, Value(5)), (5, Value(None))]
    one_by_one = steps(sandbox, MIXED, [{number: answer} for number, answer in order])
    bundled = steps(sandbox, MIXED, [{2: Value(7)}, {1: Value(5), 3: Value(None)}, {5: Value(None)}])
    assert [*chain(*one_by_one)] == [*chain(*bundled)]
    assert one_by_one[0] == [(1, "get_weather", "Paris", 5, True), (2, "get_weather", "Rome", 5, True)]
    assert one_by_one[1:] == [
        [(3, "note", "Rome 7", 6, False)],
        [(4, "get_weather", "Rome", 7, 7, True)],
        [(5, "note", "Paris 5", 6, False)],
        [(6, "get_weather", "Paris", 5, 7, True)],
    ]


def test_an_answer_that_comes_while_the_program_stands_at_another_call_is_kept_for_later(sandbox):
    seen = steps(sandbox, MIXED, [{1: Value(1)}, {2: Value(2)}, {3: Value(None)}])
    assert seen[2] == [] and seen[3] == [
        (4, "get_weather", "Paris", 1, 7, True),
        (5, "note", "Rome 2", 6, False),
    ]


def test_one_call_that_fails_fails_the_others_unless_the_program_says_otherwise(sandbox):
    with pytest.raises(SandboxError, match="RuntimeError: no Rome"):
        steps(sandbox, TOGETHER, [{2: Raised("no Rome")}])
    careful = TOGETHER.replace(
        "async def main",
        "async def ask(city):\n    try:\n        return await asyncio.to_thread(get_weather, city)\n"
        "    except RuntimeError as error:\n        return str(error)\nasync def main",
    ).replace("asyncio.to_thread(get_weather, city) for", "ask(city) for")
    assert steps(sandbox, careful, [{2: Raised("no Rome")}, {1: Value(1), 3: Value(3)}])[-1] == Value(
        [1, "no Rome", 3]
    )


def test_a_function_of_the_programs_own_runs_too(sandbox):
    code = "import asyncio\nawait asyncio.gather(asyncio.to_thread(len, 'abc'), asyncio.to_thread(sorted, [2, 1]))"
    assert steps(sandbox, code, []) == [Value([3, [1, 2]])]


def test_a_call_that_nobody_awaits_is_not_made(sandbox):
    assert steps(sandbox, "import asyncio\nfrom weather import note\nasyncio.to_thread(note, 'x')\n5", []) == [
        Value(5)
    ]


def test_calls_made_together_are_counted(sandbox):
    with pytest.raises(LimitError) as caught:
        steps(sandbox, TOGETHER, [], Limits(calls=2))
    assert caught.value.limit == "calls"


def test_an_argument_that_is_no_json_fails_that_call_alone(sandbox):
    code = (
        "import asyncio\nfrom weather import note\ntry:\n    await asyncio.to_thread(note, len)\n"
        "except TypeError as error:\n    text = str(error)\ntext"
    )
    assert "weather.note" in str(steps(sandbox, code, [])[0])


def test_an_answer_to_a_call_that_waits_for_none_is_refused(sandbox):
    with pytest.raises(SandboxError, match="no call 4 waits"):
        steps(sandbox, TOGETHER, [{4: Value(1)}])
    with pytest.raises(SandboxError, match="no call 1 waits"):
        steps(sandbox, TOGETHER, [{1: Value(1)}, {1: Value(1)}])


def test_errors_and_calls_name_lines_of_the_program(sandbox):
    with pytest.raises(SandboxError) as caught:
        steps(sandbox, TOGETHER + "\n1 / 0", [{1: Value(1), 2: Value(2), 3: Value(3)}])
    assert caught.value.line == 8


def saved(sandbox, code: str, given: dict[int, Value | Raised]) -> bytes:
    async def main() -> bytes:
        async with sandbox.start(code, [WEATHER], Limits(), print) as run:
            await run.advance({})
            if given:
                await run.advance(given)
            return await run.snapshot()

    return anyio.run(main)


def resumed(sandbox, data: bytes, given: list[dict[int, Value | Raised]]) -> list[object]:
    async def go(run: SandboxRun) -> list[object]:
        seen: list[object] = []
        for answers in [{}, *given]:
            step = await run.advance(answers)
            seen.append(step if isinstance(step, Value) else [_short(call) for call in step])
        return seen

    async def main() -> list[object]:
        async with sandbox.restore(data, print) as run:
            return await go(run)

    return anyio.run(main)


def test_a_program_that_waits_for_several_calls_is_saved_with_all_of_them(monty):
    data = saved(monty, TOGETHER, {2: Value(2)})
    calls = [(1, "get_weather", "Paris", 5, True), (3, "get_weather", "Oslo", 5, True)]
    assert resumed(monty, data, [{3: Value(3)}, {1: Value(1)}]) == [calls, [], Value([1, 2, 3])]
    assert resumed(monty, data, [{1: Value(4), 3: Value(6)}])[-1] == Value([4, 2, 6])
    assert len(data) < 20_000


def test_an_answer_kept_for_later_is_saved_too(monty):
    async def main() -> bytes:
        async with monty.start(MIXED, [WEATHER], Limits(), print) as run:
            await run.advance({})
            await run.advance({1: Value(1)})
            await run.advance({2: Value(2)})
            return await run.snapshot()

    seen = resumed(monty, anyio.run(main), [{3: Value(None)}])
    assert seen[0] == [(3, "note", "Paris 1", 6, False)]
    assert seen[1] == [(4, "get_weather", "Paris", 1, 7, True), (5, "note", "Rome 2", 6, False)]


@pytest.mark.parametrize(
    ("argument", "rule"),
    [("'Paris', 'two'", "invalid-argument-type"), ("", "missing-argument"), ("town='Paris'", "unknown-argument")],
)
def test_calls_made_together_are_type_checked(monty, argument, rule):
    call = f"asyncio.to_thread(get_weather{', ' if argument else ''}{argument})"
    code = f"import asyncio\nfrom weather import get_weather\nasync def main():\n    return await {call}\n"
    found = [f for f in monty.check(code, [WEATHER]) if f.severity == "error"]
    assert rule in [f.rule for f in found] and {f.line for f in found} == {4}


def test_the_result_of_a_call_made_together_has_its_type(monty):
    code = TOGETHER.replace("return await", "found: list[str] = await").replace("asyncio.run(main())", "")
    assert [f.rule for f in monty.check(code, [WEATHER])] == ["invalid-assignment"]
    assert not monty.check(TOGETHER, [WEATHER])


def test_a_json_value_crosses_both_ways(sandbox):
    value: JsonValue = {"a": [1, 2.5, None, True, "é"], "b": {}}
    code = (
        f"import asyncio\nfrom weather import note\nx = note({value!r})\ny = await asyncio.to_thread(note, x)\n[x, y]"
    )
    assert steps(sandbox, code, [{1: Value(value)}, {2: Value(value)}])[-1] == Value([value, value])
