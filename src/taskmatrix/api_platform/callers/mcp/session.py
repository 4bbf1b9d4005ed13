"""One open session with a server, kept by a task of its own.

The scopes that hold a connection have to be left by the task that entered them, and calls come from many tasks. So
`open` starts a task that enters them, waits until it is told to end, and leaves them. It is an asyncio task, not one
of an anyio task group, because no block of the program spans its life: it begins at the first call of a run and ends
with the run.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

import anyio
from mcp import ClientSession, MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_REQUEST,
    UNSUPPORTED_PROTOCOL_VERSION,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    InputRequiredResult,
    ReadResourceResult,
)
from pydantic import JsonValue, TypeAdapter, ValidationError

from taskmatrix.api_platform.callers.mcp.address import address_transport
from taskmatrix.api_platform.callers.mcp.endpoints import CommandEndpoint, Endpoint
from taskmatrix.api_platform.callers.mcp.failures import SessionLostError, of_answer, of_shape, of_start
from taskmatrix.api_platform.callers.mcp.limits import McpLimits
from taskmatrix.api_platform.callers.mcp.process import command_transport
from taskmatrix.api_platform.callers.mcp.symptoms import Symptoms
from taskmatrix.core.errors import ApiError, ApiLimitError

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

T = TypeVar("T")

# Without a handler of its own, the library's warnings would go to the user's terminal.
logging.getLogger("mcp").addHandler(logging.NullHandler())

_RESULT: TypeAdapter[CallToolResult | InputRequiredResult] = TypeAdapter(CallToolResult | InputRequiredResult)


class McpSession:
    """An initialised connection. Use `open_session`."""

    def __init__(self, endpoint: Endpoint, limits: McpLimits, *, probe: bool) -> None:
        self.limits = limits
        self.symptoms = Symptoms(endpoint.name, endpoint.redactor)
        self._endpoint = endpoint
        self._probe = probe
        self._session: ClientSession | None = None
        self._failure: ApiError | None = None
        self._settled = anyio.Event()
        self._ending = anyio.Event()
        self._done = anyio.Event()
        self._task: asyncio.Task[None] | None = None
        self._scope = anyio.CancelScope()

    @property
    def alive(self) -> bool:
        """Whether requests can be sent."""
        return self._session is not None and not self._ending.is_set() and not self._done.is_set()

    @property
    def client(self) -> ClientSession:
        """The protocol library's session, to be used within `ask`."""
        assert self._session is not None, "the session is not open"
        return self._session

    async def start(self) -> None:
        """Connect and shake hands. Raises ApiUnavailableError, ApiAccessError, ApiLimitError."""
        self._task = asyncio.create_task(self._hold(), name=f"mcp {self.symptoms.name}")
        try:
            await self._settled.wait()
        except BaseException:
            await self.close()
            raise
        if self._failure is not None:
            await self.close()
            raise self._failure

    async def close(self) -> None:
        """End the connection, and the process with all it started."""
        self._ending.set()
        if self._task is None:
            return
        if not self._settled.is_set():
            self._scope.cancel()
        with anyio.CancelScope(shield=True):
            # Each step of the ending is bounded by the grace; this is for a library that gets stuck.
            with anyio.move_on_after(5 * self.limits.grace_seconds + 5):
                await self._done.wait()
                return
            self._task.cancel()

    async def ask(
        self, request: Callable[[ClientSession], Awaitable[T]], subject: str, *, seconds: float | None = None
    ) -> T:
        """Send a request and wait for its answer.

        Raises SessionLostError if the connection is or gets lost, ApiLimitError after `seconds`, ApiError and its
        subclasses for what the server answers. A cancelled request is cancelled at the server too.
        """
        limit = self.limits.call_seconds if seconds is None else seconds
        if not self.alive:
            raise self._lost(subject)
        try:
            with anyio.fail_after(limit):
                return await request(self.client)
        except TimeoutError:
            raise ApiLimitError(f"{subject}: no answer within {limit:g} s") from None
        except MCPError as error:
            # An HTTP server that was started anew does not know the session, and says so.
            forgotten = error.code == INVALID_REQUEST and self.symptoms.http_status == 404
            if not self.symptoms.too_large and (error.code == CONNECTION_CLOSED or forgotten or not self.alive):
                # Only when it has ended is it known why.
                await self.close()
                raise self._lost(subject) from None
            raise of_answer(error, self.symptoms, subject) from None
        except ValidationError as error:
            raise of_shape(error, subject) from None

    async def call_tool(
        self, name: str, arguments: Mapping[str, JsonValue], subject: str, *, seconds: float | None = None
    ) -> CallToolResult:
        """Call a tool. Raises what `ask` raises."""
        # Not `ClientSession.call_tool`: it checks the answer against a schema of the server's own making, whose
        # patterns can take for ever.
        params = CallToolRequestParams(name=name, arguments=dict(arguments))
        answer = await self.ask(
            lambda s: s.send_request(CallToolRequest(params=params), _RESULT), subject, seconds=seconds
        )
        if isinstance(answer, InputRequiredResult):
            raise ApiError(
                f"{subject}: the server wants to ask something first, which is not supported",
                hint="look for a parameter of the tool that answers it",
            )
        return answer

    async def read_resource(self, uri: str, subject: str) -> ReadResourceResult:
        """Read a resource. Raises what `ask` raises."""
        return await self.ask(lambda s: s.read_resource(uri), subject)

    async def _hold(self) -> None:
        try:
            self._scope.deadline = anyio.current_time() + self._start_seconds()
            with self._scope:
                await self._connect(self._scope)
            if self._scope.cancelled_caught and not self._settled.is_set():
                self._failure = of_start(TimeoutError(), self.symptoms)
        except Exception as error:  # noqa: BLE001  # whatever a transport raises in the background
            self._failure = of_start(error, self.symptoms)
        finally:
            self._session = None
            self._done.set()
            self._settled.set()

    async def _connect(self, scope: anyio.CancelScope) -> None:
        self.symptoms.ended = self._ending.set
        async with (
            self._transport() as (inbox, outbox),
            ClientSession(
                inbox, outbox, client_info=Implementation(name="taskmatrix", version=version("taskmatrix"))
            ) as session,
        ):
            await self._shake_hands(session)
            self._session = session
            scope.deadline = math.inf
            self._settled.set()
            await self._ending.wait()
            # An HTTP server is told that the session ends, which it may not hear.
            scope.deadline = anyio.current_time() + 4 * self.limits.grace_seconds

    async def _shake_hands(self, session: ClientSession) -> None:
        """Agree on a protocol version: the newer way first, since the older one is what every server knows."""
        if self._probe:
            with anyio.move_on_after(self._start_seconds() / 2):
                try:
                    await session.discover()
                    return
                except (MCPError, RuntimeError, ValidationError):
                    pass
        try:
            await session.initialize()
        except MCPError as error:
            # It knows the newer way only, and was slow to say so.
            if error.code != UNSUPPORTED_PROTOCOL_VERSION:
                raise
            await session.discover()

    def _transport(self) -> "AbstractAsyncContextManager[TransportStreams]":
        if isinstance(self._endpoint, CommandEndpoint):
            return command_transport(self._endpoint, self.limits, self.symptoms)
        return address_transport(self._endpoint, self.limits, self.symptoms)

    def _start_seconds(self) -> float:
        return self.limits.launcher_seconds if self._endpoint.may_download else self.limits.start_seconds

    def _lost(self, subject: str) -> ApiError:
        if self.symptoms.too_large:
            return ApiLimitError(f"{subject}: the answer is too large")
        seen = self.symptoms.describe()
        return SessionLostError(
            f"{subject}: the connection to the MCP server {self.symptoms.name!r} is lost"
            + (f": {seen}" if seen else "")
        )

    @property
    def died_unheard(self) -> bool:
        """Whether the server ended without a single message, as some do when asked in the newer way first."""
        return self._failure is not None and not self.symptoms.heard and self.symptoms.exit_status is not None


async def open_session(endpoint: Endpoint, limits: McpLimits) -> McpSession:
    """Start or reach a server. Raises ApiUnavailableError, ApiAccessError, ApiLimitError."""
    session = McpSession(endpoint, limits, probe=True)
    try:
        await session.start()
    except ApiError:
        if not session.died_unheard:
            raise
        session = McpSession(endpoint, limits, probe=False)
        await session.start()
    return session
