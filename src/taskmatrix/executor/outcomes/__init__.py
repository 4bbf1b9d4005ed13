"""Facts about the changed world: looked up after a run, by what the documents of its calls say of it."""

from taskmatrix.executor.outcomes.checking import check_outcome, observe
from taskmatrix.executor.outcomes.looking import Observer, Visit
from taskmatrix.executor.outcomes.states import Before

__all__ = ["Before", "Observer", "Visit", "check_outcome", "observe"]
