"""Work that reports to a callback, as an asynchronous iterator of what it reports."""

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

import anyio

from taskmatrix.core.events import Event


async def stream(work: Callable[[Callable[[Event], None]], Awaitable[object]]) -> AsyncGenerator[Event, None]:
    """Start `work` with a watcher and yield the events it sees; raises what `work` raises.

    The work has a task of its own, so that an iterator which nobody finishes can be closed from anywhere:
    closing it cancels the work and waits until it has cleaned up.
    """
    send, receive = anyio.create_memory_object_stream[Event](math.inf)
    loop = asyncio.get_running_loop()

    def deliver(event: Event) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # nobody reads any more
            send.send_nowait(event)

    def watch(event: Event) -> None:
        # Events come from worker threads too, and a memory stream belongs to its loop.
        loop.call_soon_threadsafe(deliver, event)

    async def carry() -> None:
        try:
            await work(watch)
        finally:
            loop.call_soon(send.close)

    task = asyncio.ensure_future(carry())
    try:
        async with receive:
            async for event in receive:
                yield event
        await task
    finally:
        task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task])
