"""Which files a run may write: new ones it has claimed, and existing ones that are its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from taskmatrix.core.errors import ApiFileError
from taskmatrix.executor.files import check_place

OUTPUT_OPTIONS = ("rename", "overwrite", "deny")
"""What can be answered when an output exists already, the harmless one first."""


class OutputExists(ApiFileError):
    """Something is at an output path that the run neither opened nor wrote.

    A question more than an error: the executor asks what to do, and makes the call again.
    """

    def __init__(self, asked: Path, target: Path, free: Path) -> None:
        super().__init__(f"{str(target)!r} exists already", hint=f"overwrite it, or write {free.name!r}")
        self.asked = asked
        self.target = target
        self.free = free


@dataclass(slots=True)
class Claims:
    """Paths asked for → paths claimed, and the existing files that may be replaced. All absolute."""

    claimed: dict[str, str] = field(default_factory=dict[str, str])
    owned: set[str] = field(default_factory=set[str])

    def copy(self) -> "Claims":
        """Return a copy that changes by itself."""
        return Claims(dict(self.claimed), set(self.owned))

    def own(self, path: Path) -> None:
        """Note that the run has opened or written a file."""
        self.owned.add(str(path))

    def owns(self, path: Path) -> bool:
        """Whether the run may replace what is at a path."""
        return str(path) in self.owned

    def claim(self, asked: Path, shown: str) -> Path:
        """Return the path to write for a path asked for.

        Raises OutputExists, and ApiFileError if nothing can be written there.
        """
        target = Path(self.claimed.get(str(asked), str(asked)))
        check_place(target, shown)
        if target.exists() and not self.owns(target):
            raise self.question(asked, target)
        self.claimed[str(asked)] = str(target)
        return target

    def question(self, asked: Path, target: Path) -> OutputExists:
        """Return the question what to do about a file that is in the way."""
        return OutputExists(asked, target, self._free(asked))

    def asked_for(self, target: Path) -> Path:
        """Return the path asked for of which `target` is what was claimed; `target` itself if it is none."""
        found = (asked for asked, claimed in self.claimed.items() if claimed == str(target))
        return Path(next(found, str(target)))

    def settle(self, question: OutputExists, answer: str) -> None:
        """Note the user's answer, `overwrite` or `rename`."""
        if answer == "overwrite":
            self.claimed[str(question.asked)] = str(question.target)
            self.own(question.target)
        else:
            free = str(self._free(question.asked))
            # A package may know the file by the name it was promised before.
            self.claimed.update({str(question.asked): free, str(question.target): free})

    def added(self, since: "Claims") -> "Claims":
        """Return what is here and was not in an earlier copy."""
        claimed = {k: v for k, v in self.claimed.items() if since.claimed.get(k) != v}
        return Claims(claimed, self.owned - since.owned)

    def update(self, claimed: Mapping[str, str] | None, owned: tuple[str, ...]) -> None:
        """Take up what an event of this run says."""
        self.claimed.update(claimed or {})
        self.owned.update(owned)

    def _free(self, asked: Path) -> Path:
        number = 2
        while True:
            path = asked.with_name(f"{asked.stem}-{number}{asked.suffix}")
            if not path.exists() and str(path) not in self.claimed.values():
                return path
            number += 1
