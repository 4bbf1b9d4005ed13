"""Calling HTTP operations: from checked arguments to a request, from a limited answer to a value."""

from taskmatrix.api_platform.callers.http.calls import HttpCalls
from taskmatrix.api_platform.callers.http.login import Login
from taskmatrix.api_platform.callers.http.schemes import PackageScheme, schemes_of
from taskmatrix.api_platform.callers.http.sending import HttpLimits

__all__ = ["HttpCalls", "HttpLimits", "Login", "PackageScheme", "schemes_of"]
