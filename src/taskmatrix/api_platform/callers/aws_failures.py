"""What botocore raises, as errors of ours."""

import re

from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiNotCallableError,
    ApiUnavailableError,
    CredentialError,
    TaskMatrixError,
)

_ACCESS = re.compile(
    r"AccessDenied|Unauthorized|NotAuthorized|AuthFailure|InvalidClientTokenId|InvalidAccessKeyId|ExpiredToken"
    r"|UnrecognizedClient|SignatureDoesNotMatch|MissingAuthenticationToken|OptInRequired|IncompleteSignature|InvalidToken"
)
_BUSY = re.compile(
    r"Throttl|TooManyRequests|LimitExceeded$|RequestLimit|ThroughputExceeded|SlowDown|Unavailable|InternalError"
)
_ARGUMENT = re.compile(
    r"Validation|InvalidParameter|InvalidArgument|InvalidInput|InvalidRequest|Missing|Malformed|BadRequest"
)
_CREDENTIAL = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "TokenRetrievalError",
    "NoAuthTokenError",
    "SSOError",
    "RefreshWithMFAUnsupportedError",
    "MetadataRetrievalError",
}
_CHAIN = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE for a profile of the AWS configuration"


def failure(error: Exception, api: str) -> TaskMatrixError:
    """Return the error to raise for one of botocore's, which the call of `api` ended with."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ClientError" in kinds:
        return _refusal(error, api)
    told = f"{api}: {error}"
    if kinds & {"NoRegionError", "InvalidRegionError"}:
        return CredentialError(
            told, hint="set AWS_DEFAULT_REGION, or a region in the profile of the AWS configuration"
        )
    if kinds & _CREDENTIAL:
        return CredentialError(told, hint=_CHAIN)
    if "ParamValidationError" in kinds:
        return ApiArgumentError(f"{api}: " + "; ".join(str(error).splitlines()[1:] or [str(error)]))
    if kinds & {"HTTPClientError", "ConnectionError", "ReadTimeoutError", "IncompleteReadError"}:
        return ApiUnavailableError(told, hint="see that the network and AWS_ENDPOINT_URL, where it is set, are right")
    if kinds & {"UnknownServiceError", "DataNotFoundError", "ApiVersionNotFoundError"}:
        return ApiNotCallableError(told, hint="the installed botocore does not know it: import aws again")
    return ApiError(told)


def _refusal(error: Exception, api: str) -> TaskMatrixError:
    response: object = getattr(error, "response", None)
    said = _part(response, "Error")
    code = str(said.get("Code") or "")
    status = _part(response, "ResponseMetadata").get("HTTPStatusCode")
    message = f"{api}: {code}: {said.get('Message') or error}" if code else f"{api}: {error}"
    if _ACCESS.search(code) or status in (401, 403):
        return ApiAccessError(message, hint="see that the credentials in use may do this")
    if _BUSY.search(code) or status == 429 or (isinstance(status, int) and status >= 500):
        return ApiUnavailableError(message)
    if _ARGUMENT.search(code):
        return ApiArgumentError(message)
    return ApiError(message)


def _part(value: object, key: str) -> dict[str, object]:
    found: object = value.get(key) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
