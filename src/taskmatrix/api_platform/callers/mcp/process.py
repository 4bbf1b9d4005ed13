"""The stdio transport: a server as a child process, one JSON message a line.

Written here rather than taken from `mcp.client.stdio`, because a server is not trusted: a line has a longest length,
what it prints on standard error stays out of the user's terminal and is told when it fails, and its whole process
group ends with it, also when the server itself has gone before its children.
"""

import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from subprocess import PIPE
from typing import TYPE_CHECKING

import anyio
from anyio.abc import ByteReceiveStream, Process

from taskmatrix.api_platform.callers.mcp.endpoints import CommandEndpoint
from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.callers.mcp.symptoms import Symptoms

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage

_POLL_SECONDS = 0.01
_LONGEST_COMPLAINT = 64 * 1024
_CLOSED = (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream, OSError)


@asynccontextmanager
async def command_transport(
    endpoint: CommandEndpoint, limits: McpLimits, symptoms: Symptoms
) -> AsyncGenerator["TransportStreams", None]:
    """Start the server; leaving the block ends it and everything it started. Raises OSError."""
    from mcp.shared.message import SessionMessage

    process = await anyio.open_process(
        list(endpoint.argv),
        env=dict(endpoint.env),
        stderr=PIPE,
        cwd=endpoint.directory,
        start_new_session=True,
    )
    # From here to the task group nothing may wait, or a cancellation would leave the process behind.
    arrived, inbox = anyio.create_memory_object_stream["SessionMessage | Exception"](0)
    outbox, leaving = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as group:
        group.start_soon(_read, process, arrived, limits, symptoms)
        group.start_soon(_write, process, leaving, symptoms)
        group.start_soon(_listen, process, symptoms)
        try:
            yield inbox, outbox
        finally:
            by_itself = symptoms.hung_up
            with anyio.CancelScope(shield=True):
                inbox.close()
                outbox.close()
                await _end(process, limits.grace_seconds)
                symptoms.exit_status = process.returncode if by_itself else None
                group.cancel_scope.cancel()


async def _read(
    process: Process,
    arrived: "MemoryObjectSendStream[SessionMessage | Exception]",
    limits: McpLimits,
    symptoms: Symptoms,
) -> None:
    """Hand over what the server prints until it stops, or prints too much that is no message."""
    assert process.stdout is not None
    pieces: list[bytes] = []
    waiting = 0
    try:
        async with arrived:
            while symptoms.rubbish <= limits.rubbish_bytes:
                chunk = await process.stdout.receive()
                symptoms.received += len(chunk)
                *lines, rest = chunk.split(b"\n")
                for line in lines:
                    await _hand_over(b"".join([*pieces, line]), arrived, symptoms)
                    pieces, waiting = [], 0
                pieces.append(rest)
                waiting += len(rest)
                if waiting > limits.message_bytes:
                    symptoms.too_large = True
                    return
    except anyio.EndOfStream:
        symptoms.hung_up = True
    except _CLOSED:
        pass
    finally:
        symptoms.ended()
        await _drain(process.stdout)


async def _drain(stream: ByteReceiveStream) -> None:
    """Throw away the rest, so that a server that still prints comes to notice that it is to end."""
    with suppress(*_CLOSED):
        while True:
            await stream.receive()


async def _hand_over(
    line: bytes, arrived: "MemoryObjectSendStream[SessionMessage | Exception]", symptoms: Symptoms
) -> None:
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    if not line.strip():
        return
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        symptoms.find_rubbish(line)
        return
    symptoms.heard += 1
    await arrived.send(SessionMessage(message))


async def _write(process: Process, leaving: "MemoryObjectReceiveStream[SessionMessage]", symptoms: Symptoms) -> None:
    assert process.stdin is not None
    try:
        async with leaving:
            async for item in leaving:
                text = item.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.stdin.send(text.encode() + b"\n")
    except _CLOSED:
        symptoms.ended()


async def _listen(process: Process, symptoms: Symptoms) -> None:
    """Keep what the server says on standard error away from the terminal."""
    assert process.stderr is not None
    rest = b""
    with suppress(*_CLOSED):
        while True:
            *lines, rest = (rest + await process.stderr.receive()).split(b"\n")
            for line in lines:
                symptoms.complain(line.decode("utf-8", "replace"))
            if len(rest) > _LONGEST_COMPLAINT:
                rest = b""


async def _end(process: Process, grace: float) -> None:
    """Close its input, give it time to end, then end its process group and wait for that."""
    if process.stdin is not None:
        with suppress(*_CLOSED):
            await process.stdin.aclose()
    # Not `process.wait()`, which also waits for pipes that a child may have inherited.
    with anyio.move_on_after(grace):
        while process.returncode is None:
            await anyio.sleep(_POLL_SECONDS)
    if _signal(process, signal.SIGTERM):
        with anyio.move_on_after(grace):
            while _signal(process, 0):
                await anyio.sleep(_POLL_SECONDS)
        _signal(process, signal.SIGKILL)
        with anyio.move_on_after(grace):
            while process.returncode is None:
                await anyio.sleep(_POLL_SECONDS)
    _close_pipes(process)


def _signal(process: Process, number: int) -> bool:
    """Signal the process group, whose number is the first process's; False if nobody is left in it."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # zombies, on some systems, and processes of another user
        return number == 0
    return True


def _close_pipes(process: Process) -> None:
    """Close asyncio's transport: nothing public does while a process that left the group holds an end of a pipe."""
    transport = getattr(getattr(process, "_process", None), "_transport", None)
    close = getattr(transport, "close", None)
    if callable(close):
        with suppress(PermissionError):
            close()
