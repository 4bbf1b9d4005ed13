from collections.abc import Callable
from contextlib import aclosing

import anyio
import anyio.to_thread
import pytest

from taskmatrix.conversation.streaming import stream
from taskmatrix.core.events import Event, Printed

Watch = Callable[[Event], None]


def test_events_arrive_in_order_and_from_worker_threads_too() -> None:
    async def work(watch: Watch) -> None:
        watch(Printed(text="1"))
        await anyio.to_thread.run_sync(lambda: watch(Printed(text="2")))
        watch(Printed(text="3"))

    async def read() -> list[str]:
        return [event.text async for event in stream(work) if isinstance(event, Printed)]

    assert anyio.run(read) == ["1", "2", "3"]


def test_what_the_work_raises_is_raised_after_its_events() -> None:
    seen: list[Event] = []

    async def work(watch: Watch) -> None:
        watch(Printed(text="before"))
        raise ValueError("broke off")

    async def read() -> None:
        async for event in stream(work):
            seen.append(event)

    with pytest.raises(ValueError, match="broke off"):
        anyio.run(read)
    assert len(seen) == 1


def test_closing_the_stream_cancels_the_work_and_waits_for_its_clean_up() -> None:
    ended: list[str] = []

    async def work(watch: Watch) -> None:
        try:
            watch(Printed(text="1"))
            await anyio.sleep_forever()
        finally:
            watch(Printed(text="nobody reads this"))
            ended.append("cleaned up")

    async def read() -> None:
        async with aclosing(stream(work)) as events:  # type: ignore[type-var]
            async for _ in events:
                break
        assert ended == ["cleaned up"]

    anyio.run(read)


def test_a_reader_that_is_cancelled_takes_the_work_with_it() -> None:
    ended: list[str] = []

    async def work(watch: Watch) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("cleaned up")

    async def read() -> None:
        with anyio.move_on_after(0.01):
            async for _ in stream(work):
                pass

    anyio.run(read)
    assert ended == ["cleaned up"]
