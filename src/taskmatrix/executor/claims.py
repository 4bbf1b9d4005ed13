"""Which files a run may write: new ones it has claimed, and existing ones that are still as it knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from taskmatrix.core.errors import ApiFileError
from taskmatrix.executor.contents import NOTHING, UNKNOWN, fingerprint
from taskmatrix.executor.files import check_place

OUTPUT_OPTIONS = ("rename", "overwrite", "deny")
"""What can be answered when an output exists already, the harmless one first."""


class OutputExists(ApiFileError):
    """What is at an output path is not what the run opened or wrote there; `why` says how so.

    A question more than an error: the executor asks what to do, and makes the call again.
    """

    def __init__(self, asked: Path, target: Path, free: Path, why: str) -> None:
        super().__init__(f"{str(target)!r} {why}", hint=f"overwrite it, or write {free.name!r}")
        self.asked = asked
        self.target = target
        self.free = free


@dataclass(slots=True)
class Claims:
    """Paths asked for → paths claimed, and the files that may be replaced → their fingerprints. All absolute."""

    claimed: dict[str, str] = field(default_factory=dict[str, str])
    owned: dict[str, str] = field(default_factory=dict[str, str])

    def copy(self) -> "Claims":
        """Return a copy that changes by itself."""
        return Claims(dict(self.claimed), dict(self.owned))

    def own(self, path: Path, content: str) -> None:
        """Note the fingerprint of what the run has read from, or written to, a file."""
        self.owned[str(path)] = content

    def expected(self, path: Path) -> str:
        """Return the fingerprint of what the run may replace at a path."""
        return self.owned.get(str(path), NOTHING)

    def claim(self, asked: Path, shown: str) -> Path:
        """Return the path to write for a path asked for.

        Raises OutputExists, and ApiFileError if nothing can be written there.
        """
        target = Path(self.claimed.get(str(asked), str(asked)))
        check_place(target, shown)
        if self._differs(target):
            raise self.question(asked, target)
        self.claimed[str(asked)] = str(target)
        return target

    def question(self, asked: Path, target: Path) -> OutputExists:
        """Return the question what to do about a file that is in the way."""
        why = "exists already"
        if self.expected(target) not in (NOTHING, UNKNOWN):
            change = "changed" if target.exists() else "moved or deleted"
            why = f"has been {change} since it was opened"
        return OutputExists(asked, target, self._free(asked), why)

    def asked_for(self, target: Path) -> Path:
        """Return the path asked for of which `target` is what was claimed; `target` itself if it is none."""
        found = (asked for asked, claimed in self.claimed.items() if claimed == str(target))
        return Path(next(found, str(target)))

    def settle(self, question: OutputExists, answer: str) -> None:
        """Note the user's answer, `overwrite` or `rename`."""
        if answer == "overwrite":
            self.claimed[str(question.asked)] = str(question.target)
            self.own(question.target, fingerprint(question.target))
        else:
            free = str(self._free(question.asked))
            # A package may know the file by the name it was promised before.
            self.claimed.update({str(question.asked): free, str(question.target): free})

    def added(self, since: "Claims") -> "Claims":
        """Return what is here and was not in an earlier copy."""
        claimed = {k: v for k, v in self.claimed.items() if since.claimed.get(k) != v}
        return Claims(claimed, {k: v for k, v in self.owned.items() if since.owned.get(k) != v})

    def update(self, claimed: Mapping[str, str] | None, owned: Mapping[str, str] | None) -> None:
        """Take up what an event of this run says."""
        self.claimed.update(claimed or {})
        self.owned.update(owned or {})

    def _differs(self, target: Path) -> bool:
        """Whether something else is at a path than what may be replaced there."""
        expected = self.expected(target)
        return fingerprint(target) != expected if expected else target.exists()

    def _free(self, asked: Path) -> Path:
        number = 2
        while True:
            path = asked.with_name(f"{asked.stem}-{number}{asked.suffix}")
            if not path.exists() and str(path) not in self.claimed.values():
                return path
            number += 1
