"""The action executor: runs programs, journals every event, pauses where a call is risky."""

from taskmatrix.executor.context import ExecutionContext
from taskmatrix.executor.execution import Executor, Job, Outcome
from taskmatrix.executor.irreversible import find_irreversible
from taskmatrix.executor.spending import Budget
from taskmatrix.executor.undoing import Planned, Reach, plan_undo

__all__ = [
    "Budget",
    "ExecutionContext",
    "Executor",
    "Job",
    "Outcome",
    "Planned",
    "Reach",
    "find_irreversible",
    "plan_undo",
]
