"""What an earlier round of a run did is not done again without asking."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Decision, Policy


class RepeatingPolicy:
    """Implements `Policy`: asks before a change that is to be made once more, unless that makes no difference."""

    def __init__(self, policy: Policy, done: Sequence[tuple[str, Mapping[str, JsonValue]]]) -> None:
        self._policy = policy
        self._done = done

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision:
        """Decide as the other policy does, but ask before the very call that was made before."""
        decision = self._policy.decide(document, arguments)
        if decision.verdict == "run" and _matters(document) and (document.id, dict(arguments)) in self._done:
            reason = "this very call was made already, before the run was planned anew"
            return Decision("ask", reason, rule="made before")
        return decision


def _matters(document: ApiDocument) -> bool:
    """Whether a second time is another thing than once. What an installed package only writes may be written again."""
    effects, installed = document.effects, document.source.kind == "entry-point"
    return not effects.idempotent and effects.kind not in (("read", "write") if installed else ("read",))
