"""What an import did, and what it came across."""

from collections.abc import Callable
from dataclasses import dataclass, field

from taskmatrix.store import PutCounts

MOST_PROBLEMS = 1_000

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is (0 if unknown)."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """Something about one place in a source; `line` is 1-based, 0 where there is none, `code` an error's."""

    line: int
    message: str
    code: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


@dataclass(slots=True)
class ProblemList:
    """Keeps the first `MOST_PROBLEMS` and counts all: a hostile file must not fill the memory with complaints."""

    first: list[ImportProblem] = field(default_factory=list[ImportProblem])
    count: int = 0

    def add(self, line: int, message: str, code: str | None = None) -> None:
        """Note a problem."""
        self.count += 1
        if len(self.first) < MOST_PROBLEMS:
            self.first.append(ImportProblem(line, message, code))


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of importing one file, module or installed package.

    `invalid` are what was left out, `duplicates` came a second time in the same file, `notes` were imported in
    another form than they were written. The counts hold where the lists are cut at 1,000.
    """

    source: str
    kind: str
    counts: PutCounts
    packages: tuple[str, ...] = ()
    invalid: tuple[ImportProblem, ...] = ()
    invalid_count: int = 0
    duplicates: tuple[ImportProblem, ...] = ()
    duplicate_count: int = 0
    notes: tuple[ImportProblem, ...] = ()
    note_count: int = 0
