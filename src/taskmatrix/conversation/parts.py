"""What the loop is made of: the parts it calls, each known by its protocol only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.events import Event, Run
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Journal, Mcfm, Registry, Selector, Verifier
from taskmatrix.executor import Executor


class RunJournal(Journal, Protocol):
    """The journal with its bookkeeping: runs are opened and read back."""

    def create(self, run_id: str, instruction: str, model: str, directory: str) -> Run:
        """Open the journal of a new run."""
        ...

    def run(self, run_id: str) -> Run:
        """Return a run with its events. Raises NotFoundError."""
        ...


class RunRegistry(Registry, Protocol):
    """The catalogue with its memory: a run goes on with the documents it started with."""

    def kept(self, package: str, name: str, digest: str, *, quarantined: bool = False) -> ApiDocument:
        """Return the version of an API that has this digest, also of one that was removed.

        Raises ApiGoneError, also for an API in quarantine unless `quarantined` ones will do.
        """
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one conversation.

    `judges_steps` says that the MCFM itself tells whether a step can be left out, as a chat model does. From any
    other, a program that does nothing for a step that no API fits is not run.
    """

    mcfm: Mcfm
    registry: RunRegistry
    selector: Selector
    verifier: Verifier
    executor: Executor
    journal: RunJournal
    judges_steps: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A program that is there already, over the APIs it may call: no model is asked."""

    program: Program
    documents: tuple[ApiDocument, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What a user asks for: the instruction, where relative paths start, and how far to go.

    With `dry_run` the program is written and checked, not run. `assume_yes` answers every approval with its
    first safe option, as `--yes` does. `given` is the program, where none needs to be written. `now` is the clock
    that dates are read against; None for this machine's at the start.
    """

    run_id: str
    instruction: str
    directory: Path
    dry_run: bool = False
    assume_yes: bool = False
    given: Given | None = None
    now: datetime | None = None


Watch = Callable[[Event], None]
"""Sees each event when it is in the journal."""
