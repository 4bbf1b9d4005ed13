"""Calling AWS through botocore, which knows its protocols, its signatures and where its credentials come from.

Credentials and region come from botocore's own chain (environment, profile, role), never from a document or an
argument. `AWS_ENDPOINT_URL` is honoured.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol, cast

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from taskmatrix.api_platform.callers.aws_failures import failure
from taskmatrix.api_platform.callers.aws_values import Answer, Shape, request_value
from taskmatrix.core.context import RunContext
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ApiArgumentError, ApiNotCallableError, TaskMatrixError

KIND = "aws"
_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_ATTEMPTS = 3
_MOST_CLIENTS = 16


class _Source(BaseModel):
    """An AWS operation: the names that botocore gives to the service, and AWS to the operation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: str
    operation: str


class _Operation(Protocol):
    @property
    def input_shape(self) -> Shape | None: ...

    @property
    def has_event_stream_input(self) -> bool: ...


class _Service(Protocol):
    def operation_model(self, operation_name: str) -> _Operation: ...


class _Meta(Protocol):
    @property
    def service_model(self) -> _Service: ...

    @property
    def method_to_api_mapping(self) -> Mapping[str, str]: ...


class _Client(Protocol):
    @property
    def meta(self) -> _Meta: ...

    def close(self) -> None: ...


class _Session(Protocol):
    def get_config_variable(self, logical_name: str) -> str | None: ...

    def create_client(self, service_name: str, *, region_name: str | None, config: object) -> _Client: ...


class AwsCalls:
    """Makes the calls of AWS operations. Keeps the clients of the services used last; close it at the end."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._lock = threading.Lock()

    async def __call__(
        self, document: ApiDocument, arguments: Mapping[str, JsonValue], context: RunContext
    ) -> JsonValue:
        """Call the operation. Raises ApiError or a subclass, CredentialError for missing credentials or region."""
        try:
            source = _Source.model_validate(document.source.model_extra or {})
        except ValidationError as error:
            raise ApiNotCallableError(
                f"{document.id} cannot be called: its source names no service and operation", hint="import aws again"
            ) from error
        if document.name != f"{source.service}.{source.operation}":
            # Who approves a call reads the name: it must say what is done with the credentials of this machine.
            raise ApiNotCallableError(
                f"{document.id} cannot be called: its source is {source.service}.{source.operation}",
                hint="import aws again",
            )
        # Leaving a thread behind is safe only if it changes nothing: anything else is waited for.
        harmless = document.effects.kind == "read" and not document.effects.inferred
        return await anyio.to_thread.run_sync(
            self._call, document.id, source, dict(arguments), context, abandon_on_cancel=harmless
        )

    async def aclose(self) -> None:
        """Close the connections."""
        with self._lock:
            clients = list(self._clients.values())
            self._clients.clear()
        for client in clients:
            await anyio.to_thread.run_sync(client.close)

    def _call(self, api: str, source: _Source, arguments: dict[str, JsonValue], context: RunContext) -> JsonValue:
        try:
            client = self._client(source.service)
            method = _method(client, api, source.operation)
            request = _request(client, api, source.operation, arguments, context)
            response = cast(Mapping[str, object], getattr(client, method)(**request))
            answer = {key: value for key, value in response.items() if key != "ResponseMetadata"}
            return Answer(f"{source.service}-{source.operation}", context).json(answer)
        except TaskMatrixError:
            raise
        except Exception as error:  # A process edge: another library's errors.
            raise failure(error, api) from error

    def _client(self, service: str) -> _Client:
        with self._lock:
            client = self._clients.get(service)
            if client is None:
                client = self._clients[service] = _open(service)
                # One that is dropped here closes when the calls that use it are done with it.
                while len(self._clients) > _MOST_CLIENTS:
                    self._clients.popitem(last=False)
            self._clients.move_to_end(service)
            return client


def _open(service: str) -> _Client:
    try:
        import botocore.session  # pyright: ignore[reportMissingTypeStubs]
        from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]
    except ModuleNotFoundError as error:
        raise ApiNotCallableError(
            "AWS is called through botocore, which is not installed", hint="pip install 'taskmatrix[aws]'"
        ) from error
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    session = cast(_Session, botocore.session.get_session())  # pyright: ignore[reportUnknownMemberType]
    # The variable of AWS's other libraries, which botocore does not read.
    region = session.get_config_variable("region") or os.environ.get("AWS_REGION") or None
    return session.create_client(service, region_name=region, config=config)


def _method(client: _Client, api: str, operation: str) -> str:
    found = next((name for name, api_name in client.meta.method_to_api_mapping.items() if api_name == operation), None)
    if found is None:
        raise ApiNotCallableError(
            f"{api} cannot be called: the installed botocore has no operation {operation!r}", hint="import aws again"
        )
    return found


def _request(
    client: _Client, api: str, operation: str, arguments: Mapping[str, JsonValue], context: RunContext
) -> Mapping[str, object]:
    model = client.meta.service_model.operation_model(operation)
    if model.has_event_stream_input:
        raise ApiNotCallableError(f"{api} takes a stream of events, which cannot be sent here")
    if model.input_shape is None:
        if arguments:
            raise ApiArgumentError(f"{api} takes no arguments")
        return {}
    return cast(Mapping[str, object], request_value(model.input_shape, dict(arguments), operation, context))
