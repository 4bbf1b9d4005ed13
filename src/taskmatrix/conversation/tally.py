"""What a run's answer needs of its events, gathered as they are written: its journal need not be read again."""

from collections.abc import Iterable

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import ApprovalAnswered, ApprovalRequested, ArtifactMade, CallDone, CallIntended, Event
from taskmatrix.core.protocols import Record


class Tally:
    """Counts calls, and keeps which files were made (the last one written to each path) and which were opened."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.calls = 0
        self._artifacts: list[Artifact] = []
        self._opened: set[str] = set()
        self._in_the_way: dict[int, str] = {}
        self._written: set[str] = set()
        for event in events:
            self.add(event)

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """The files made, the last one written to each path."""
        return tuple(self._artifacts)

    @property
    def opened(self) -> frozenset[str]:
        """The paths of the files that were there before: read before they were written, or overwritten as was asked.

        What a call owns it has read, written, or may overwrite; the last two it has also claimed as an output.
        """
        return frozenset(self._opened)

    def add(self, event: Event) -> None:
        """Take in one more event."""
        match event:
            case CallIntended():
                self.calls += 1
            case CallDone():
                self._written.update((event.claims or {}).values())
                self._opened.update(path for path in event.owned if path not in self._written)
            case ApprovalRequested() if event.path is not None:
                self._in_the_way[event.call] = event.path
            case ApprovalAnswered() if event.answer == "overwrite" and event.call in self._in_the_way:
                self._opened.update({self._in_the_way[event.call]} - self._written)
            case ArtifactMade():
                path = event.artifact.path
                if path is not None:
                    self._written.add(path)
                self._artifacts = [a for a in self._artifacts if a.path is None or a.path != path]
                self._artifacts.append(event.artifact)
            case _:
                pass

    def recording(self, record: Record) -> Record:
        """Return what records events and takes them in."""

        def counted(event: Event, *more: Event, durable: bool = True) -> Event:
            stored = record(event, *more, durable=durable)
            for each in (event, *more):
                self.add(each)
            return stored

        return counted


def opened_files(events: Iterable[Event]) -> frozenset[str]:
    """Return the paths of the files that a run opened, and did not write before that."""
    return Tally(events).opened
