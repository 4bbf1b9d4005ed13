"""From what the protocol library raises to the one error tree."""

from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from taskmatrix.api_platform.callers.mcp.symptoms import Symptoms
from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiLimitError,
    ApiUnavailableError,
)

if TYPE_CHECKING:
    from mcp import MCPError

LONGEST = 2_000

_ACCESS_HINT = (
    "give the server its credential: an Authorization header in the file it was imported from"
    ' ("headers": {"Authorization": "Bearer ${env:TOKEN}"}), or the credential \'Authorization\' stored for it'
)


class SessionLostError(ApiUnavailableError):
    """The server ended or the connection broke while it was used."""


def shorten(text: str) -> str:
    """Cut a text of a server to what an error can hold."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def of_start(error: BaseException, symptoms: Symptoms) -> ApiError:
    """Return the error that stands for a server that could not be started or reached."""
    cause = _first(error)
    what = f"the MCP server {symptoms.name!r}"
    seen = symptoms.describe()
    if isinstance(cause, FileNotFoundError | PermissionError | NotADirectoryError) or (
        isinstance(cause, OSError) and not symptoms.heard and not isinstance(cause, ConnectionError | TimeoutError)
    ):
        reason = symptoms.redactor.text(cause.strerror or str(cause))
        return ApiUnavailableError(
            f"{what} cannot be started: {reason}", hint="see whether its command is installed and on the PATH"
        )
    if symptoms.http_status in (401, 403):
        return ApiAccessError(f"{what} refuses access (HTTP status {symptoms.http_status})", hint=_ACCESS_HINT)
    if symptoms.too_large:
        return ApiLimitError(f"{what} sends messages that are too large")
    if isinstance(cause, TimeoutError):
        return ApiUnavailableError(f"{what} does not answer" + (f": {seen}" if seen else ""))
    if isinstance(cause, httpx2.HTTPError):
        reason = symptoms.redactor.text(str(cause))
        return ApiUnavailableError(
            f"{what} cannot be reached: {reason or type(cause).__name__}", hint="see whether it is running"
        )
    reason = seen or shorten(symptoms.redactor.text(str(cause)))
    return ApiUnavailableError(
        f"{what} does not speak MCP: {reason}" if reason else f"{what} ended before it answered"
    )


def of_answer(error: "MCPError", symptoms: Symptoms, subject: str) -> ApiError:
    """Return the error that stands for one a server answered a request with."""
    from mcp_types import INVALID_PARAMS, URL_ELICITATION_REQUIRED

    text = shorten(symptoms.redactor.text(error.message))
    status = symptoms.http_status
    if symptoms.too_large:
        symptoms.too_large = False
        return ApiLimitError(f"{subject}: the answer is too large")
    if status in (401, 403):
        return ApiAccessError(f"{subject}: the server refuses access (HTTP status {status})", hint=_ACCESS_HINT)
    if status is not None and (status == 429 or status >= 500):
        return ApiUnavailableError(f"{subject}: {text} (HTTP status {status})", hint="try again later")
    if error.code == URL_ELICITATION_REQUIRED:
        return ApiAccessError(f"{subject}: the server wants you to open a page first: {text}")
    if error.code == INVALID_PARAMS:
        return ApiArgumentError(f"{subject}: {text}")
    return ApiError(f"{subject}: {text} (MCP error {error.code})")


def of_shape(error: ValidationError | ValueError, subject: str) -> ApiError:
    """Return the error that stands for an answer that is not what MCP prescribes."""
    detail = ""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        detail = f" ({'.'.join(str(part) for part in first['loc'])}: {first['msg']})"
    return ApiError(f"{subject}: the server's answer is not what MCP prescribes{shorten(detail)}")


def _first(error: BaseException) -> BaseException:
    """Return the first single error of a group: the one that took the others down."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return error  # pyright: ignore[reportUnknownVariableType]
