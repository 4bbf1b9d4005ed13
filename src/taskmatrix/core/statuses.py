"""The one mapping from errors to HTTP status codes (RFC 9110)."""

from taskmatrix.core import errors

_STATUS: tuple[tuple[type[errors.TaskMatrixError], int], ...] = (
    (errors.StaleVersionError, 412),
    (errors.ConflictError, 409),
    (errors.ForbiddenError, 403),
    (errors.NotFoundError, 404),
    (errors.ApiGoneError, 410),
    (errors.UsageError, 400),
    (errors.DocumentError, 422),
    (errors.ImportRefusedError, 422),
    (errors.NothingFitsError, 422),
    (errors.NeedsInputError, 422),
    (errors.VerificationError, 422),
    (errors.ApiArgumentError, 422),
    (errors.CredentialError, 424),
    (errors.ApprovalDeniedError, 403),
    (errors.ApiUnavailableError, 503),
    (errors.ApiLimitError, 502),
    (errors.ApiError, 502),
    (errors.ModelError, 502),
    (errors.StoreBusyError, 503),
    (errors.StoreFullError, 507),
)


def http_status(error: errors.TaskMatrixError) -> int:
    """Return the HTTP status code of an error: the first class in the table that it belongs to, else 500."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
