"""One argument of a planned call, and where it was read."""

from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.programs import Argument
from taskmatrix.mcfm.embedded.values.candidates import VERBATIM, Candidate

_SURE, _SURE_OF_LITERALS = 0.5, 0.25
"""What is quoted, and a path, address or URL, stands there as it is: only where it belongs can be doubted."""


@dataclass(frozen=True, slots=True)
class Filled:
    """One argument: its value, the span it was read from (None for a default) and how sure that is (0…1)."""

    value: JsonValue
    source: Candidate | None
    confidence: float

    def describe(self, api: str, parameter: str) -> Argument:
        """Return the argument as the program reports it."""
        literal = self.source is not None and self.source.kind in VERBATIM
        said = self.confidence >= (_SURE_OF_LITERALS if literal else _SURE)
        origin = "default" if self.source is None else "said" if said else "guess"
        text = self.source.text if self.source else ""
        return Argument(api=api, parameter=parameter, origin=origin, text=text, confidence=round(self.confidence, 3))
