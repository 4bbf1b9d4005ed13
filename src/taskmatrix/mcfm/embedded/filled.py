"""One argument of a planned call, and where it was read."""

from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.programs import Argument
from taskmatrix.mcfm.embedded.values.candidates import Candidate


@dataclass(frozen=True, slots=True)
class Filled:
    """One argument: its value, the span it was read from (None for a default) and how sure that is (0…1)."""

    value: JsonValue
    source: Candidate | None
    confidence: float

    def describe(self, api: str, parameter: str) -> Argument:
        """Return the argument as the program reports it."""
        origin = "default" if self.source is None else "said" if self.confidence >= 0.5 else "guess"
        text = self.source.text if self.source else ""
        return Argument(api=api, parameter=parameter, origin=origin, text=text, confidence=round(self.confidence, 3))
