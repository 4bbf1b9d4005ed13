"""What a document was read otherwise than written for, said once each."""

from dataclasses import dataclass, field

from taskmatrix.api_platform.importers.reports import ProblemList

_MOST_KNOWN = 10_000


@dataclass(slots=True)
class Remarks:
    """Adds to the notes of a reading, leaving out what was said before."""

    notes: ProblemList
    _said: set[str] = field(default_factory=set[str])

    def add(self, message: str) -> None:
        """Note something, once."""
        if message in self._said:
            return
        if len(self._said) < _MOST_KNOWN:
            self._said.add(message)
        self.notes.add(0, message)
