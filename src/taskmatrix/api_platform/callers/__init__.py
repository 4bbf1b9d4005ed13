"""Making the calls of APIs: one caller for each kind of source."""

from taskmatrix.api_platform.callers.choice import caller_for
from taskmatrix.api_platform.callers.functions import FunctionCaller

__all__ = ["FunctionCaller", "caller_for"]
