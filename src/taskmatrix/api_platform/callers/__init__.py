"""Making the calls of APIs: one caller for each kind of source."""

from taskmatrix.api_platform.callers.choice import ApiCallers, caller_for
from taskmatrix.api_platform.callers.functions import FunctionCaller

__all__ = ["ApiCallers", "FunctionCaller", "caller_for"]
