"""From a status that reports a failure to one of our errors, with the server's own explanation."""

from taskmatrix.api_platform.callers.http.explanations import explain
from taskmatrix.api_platform.callers.http.schemes import how_to_give
from taskmatrix.api_platform.callers.http.sending import Answer
from taskmatrix.api_platform.http_sources import HttpSource, security_schemes
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiUnavailableError,
    TaskMatrixError,
)
from taskmatrix.core.stubs import clean
from taskmatrix.policy.redaction import Redactor

_ARGUMENT = frozenset((400, 413, 414, 415, 416, 422, 431))
_ACCESS = frozenset((401, 402, 403, 407))
_BUSY = frozenset((408, 421, 423, 425, 429, 500, 502, 503, 504, 507, 509))


def failure_of(answer: Answer, document: ApiDocument, source: HttpSource, redactor: Redactor) -> TaskMatrixError:
    """Return the error that an answer with status 300 or more stands for."""
    status = answer.status
    said = redactor.text(explain(answer)) or redactor.text(clean(answer.reason)[:100])
    message = f"{document.id} answered {status}" + (f": {said}" if said else "")
    if status in _ARGUMENT:
        return ApiArgumentError(message)
    if status in _ACCESS:
        return ApiAccessError(message, hint=_credential_hint(document, source))
    if status in _BUSY or status >= 520:
        after = clean(answer.headers.get("retry-after", ""))[:60]
        return ApiUnavailableError(message, hint=_wait(after), after_s=_seconds(after))
    if status in (404, 410):
        return ApiError(message, hint="what it was asked for is not there: check the names and ids in the arguments")
    if status < 400:
        return ApiError(message, hint="the server sends the call elsewhere without saying where")
    return ApiError(message)


def _wait(after: str) -> str:
    if after.isascii() and after.isdigit():
        return f"try again in {after} seconds"
    return f"try again after {after}" if after else "try again later"


def _seconds(after: str) -> float | None:
    return float(after) if after.isascii() and after.isdigit() else None


def _credential_hint(document: ApiDocument, source: HttpSource) -> str:
    schemes = security_schemes(document)
    names = [name for alternative in source.security for name in alternative] or list(schemes)
    if not names:
        return "its document knows no way to give a credential"
    command = how_to_give(document.package, names[0], schemes.get(names[0]))
    return f"check the credential and the rights that come with it; to give another: {command}"
