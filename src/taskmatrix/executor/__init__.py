"""The action executor: runs programs, journals every event, pauses where a call is risky."""

from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.execution import Executor, Job, Outcome

__all__ = ["ExecutionContext", "Executor", "Job", "Outcome"]
