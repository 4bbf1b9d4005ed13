"""What changes something and is not certain is asked about: how sure the writer of the program says it is."""

from collections.abc import Mapping

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Decision, Policy

CERTAIN = 0.3
"""A program less likely right than this is confirmed at each call that changes something."""


class DoubtingPolicy:
    """Implements `Policy` for one program: what another policy would run is asked about where the program guesses."""

    def __init__(self, policy: Policy, program: Program) -> None:
        self._policy = policy
        self._confidence = program.confidence
        self._guessed = {(a.api, a.parameter) for a in program.arguments if a.origin == "guess"}

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision:
        """Decide as the other policy does, but ask before a change that rests on a guess."""
        decision = self._policy.decide(document, arguments)
        if decision.verdict != "run" or document.effects.kind == "read":
            return decision
        guessed = [name for name in arguments if (document.id, name) in self._guessed]
        if guessed:
            return Decision("ask", f"{guessed[0]} is a guess", rule=f"{guessed[0]} is a guess")
        if self._confidence < CERTAIN:
            reason = f"the model is not sure that this is what was asked ({self._confidence:.0%})"
            return Decision("ask", reason, rule="the model is not sure")
        return decision
