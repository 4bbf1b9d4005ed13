"""`HttpCalls`: the call of an HTTP operation, from the arguments to the value."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import anyio
from pydantic import JsonValue

from taskmatrix.api_platform.callers.http.addresses import checked_server
from taskmatrix.api_platform.callers.http.answers import value_of
from taskmatrix.api_platform.callers.http.arguments import check_arguments, with_key
from taskmatrix.api_platform.callers.http.bodies import Body, build_body
from taskmatrix.api_platform.callers.http.clients import Clients
from taskmatrix.api_platform.callers.http.failures import failure_of
from taskmatrix.api_platform.callers.http.requests import build_request
from taskmatrix.api_platform.callers.http.security import Presenter
from taskmatrix.api_platform.callers.http.sending import Answer, HttpLimits, Progress, send
from taskmatrix.api_platform.http_sources import HttpSource, http_source
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiLimitError, ApiUnavailableError, TaskMatrixError
from taskmatrix.core.limits import read_limits
from taskmatrix.core.protocols import Caller
from taskmatrix.policy.credentials import Credentials
from taskmatrix.policy.redaction import Redactor

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call, as far as it does not depend on credentials."""

    document: ApiDocument
    source: HttpSource
    server: str
    arguments: Mapping[str, JsonValue]
    body: Body | None


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """The same calls to another server."""

    calls: "HttpCalls"
    server: str

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the API there."""
        return await self.calls.call(document, arguments, context, server=self.server)


class HttpCalls:
    """Implements `Caller` for documents whose source is an HTTP operation.

    Connections are kept for the next call of the same event loop: `aclose` ends them, before the loop ends.
    """

    def __init__(self, credentials: Credentials, *, limits: HttpLimits | None = None) -> None:
        self._credentials = credentials
        self._limits = limits or HttpLimits()
        self._clients = Clients()

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the API at the server its document names."""
        return await self.call(document, arguments, context)

    def at(self, server: str) -> Caller:
        """Return a caller that goes to another server than the documents name, such as an owner's sandbox.

        Credentials go there only if they were given for it.
        """
        return _Elsewhere(self, server)

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        await self._clients.aclose()

    async def call(
        self,
        document: ApiDocument,
        arguments: Mapping[str, JsonValue],
        context: RunContext,
        *,
        server: str | None = None,
    ) -> JsonValue:
        """Call the API and return its value: JSON, text, None, or the handle of an artifact.

        Raises ApiNotCallableError, ApiArgumentError, CredentialError before anything is sent; then ApiAccessError,
        ApiUnavailableError, ApiLimitError, ApiError. No secret is in any of them, nor in the value.
        """
        source = http_source(document)
        address = checked_server(document, source, server)
        checked = check_arguments(document, source, with_key(source, arguments, context.key))
        body = await build_body(document, source, checked, context)
        call = _Call(document, source, address, checked, body)
        started, progress = time.perf_counter(), Progress()
        answer, redactor = None, Redactor()
        seconds = read_limits(document.limits).timeout_s or self._limits.seconds
        with anyio.move_on_after(seconds):
            answer, redactor = await self._exchange(call, progress)
        if answer is None:
            raise _too_slow(document, seconds, progress)
        _log.debug("%s answered %d in %.3f s", document.id, answer.status, time.perf_counter() - started)
        if answer.status == 304:
            return None
        if answer.status >= 300:
            raise failure_of(answer, document, source, redactor)
        try:
            return await value_of(answer, context, redactor)
        except TaskMatrixError as error:
            raise type(error)(f"{document.id}: {error.message}", hint=error.hint) from None

    async def _exchange(self, call: _Call, progress: Progress) -> "tuple[Answer, Redactor]":
        presenter = Presenter(self._credentials, self._clients)
        presented = await presenter.present(call.document, call.source, call.server)
        while True:
            redactor = Redactor(presented.secrets)
            outgoing = build_request(call.source, call.server, call.arguments, call.body, presented)
            try:
                answer = await send(self._clients, outgoing, self._limits, redactor, progress)
            except TaskMatrixError as error:
                message = redactor.text(f"{call.document.id}: {error.message}")
                error.message, error.args = message, (message,)
                raise
            if answer.status != 401 or not presented.renewable:
                return answer, redactor
            # The server took the token back before its time: a fresh one is tried, once.
            presented = await presenter.present(call.document, call.source, call.server, renew=True)
            presented = replace(presented, renewable=False)


def _too_slow(document: ApiDocument, seconds: float, progress: Progress) -> TaskMatrixError:
    if progress.answering:
        return ApiLimitError(f"{document.id}: the answer was not complete after {seconds:g} seconds")
    return ApiUnavailableError(f"{document.id} did not answer within {seconds:g} seconds", hint="try again later")
