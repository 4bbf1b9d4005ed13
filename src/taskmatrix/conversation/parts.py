"""What the loop is made of: the parts it calls, each known by its protocol only."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.events import (
    ApiVersion,
    Event,
    OutcomeChecked,
    Run,
    RunFinished,
    RunScheduled,
    Session,
    StatesRead,
    WorldRead,
)
from taskmatrix.core.happenings import Happening
from taskmatrix.core.outlines import Review
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.protocols import Context, Journal, Mcfm, Registry, Selector, Turn, UsedBefore, Verifier
from taskmatrix.core.triggers import Trigger
from taskmatrix.executor import Budget, Executor, Job

if TYPE_CHECKING:
    from taskmatrix.conversation.templates.inlining import Expanded


class RunJournal(Journal, Protocol):
    """The journal with its bookkeeping: runs are opened and read back."""

    def create(
        self,
        run_id: str,
        instruction: str,
        model: str,
        directory: str,
        *,
        opening: Sequence[Event] = (),
        durable: bool = True,
    ) -> Run:
        """Open the journal of a new run with its first events, all or none of it. Raises StoreError."""
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

    `judges_steps` says that the MCFM itself tells whether a step can be left out, and plans anew where a plan does not
    work, as a chat model does. From any other, a program that does nothing for a step that no API fits is not run.
    """

    mcfm: Mcfm
    registry: RunRegistry
    selector: Selector
    verifier: Verifier
    executor: Executor
    journal: RunJournal
    judges_steps: bool = False
    keep: "Keep | None" = None
    memory: "Memory | None" = None
    expand: "Expand | None" = None
    outcomes: "Outcomes | None" = None


@dataclass(frozen=True, slots=True)
class Given:
    """A program that is there already, over the APIs it may call: no model is asked.

    `versions` name its documents where only that is known of them; `report` is its check, once it has passed.
    """

    program: Program
    documents: tuple[ApiDocument, ...] = ()
    versions: tuple[ApiVersion, ...] = ()
    report: CheckReport | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What a user asks for: the instruction, where relative paths start, and how far to go.

    With `dry_run` the program is written and checked, not run. `assume_yes` answers every approval with its
    first safe option, as `--yes` does. `given` is the program, where none needs to be written. `now` is the clock
    that dates are read against; None for this machine's at the start. With a `trigger` the program is kept as a
    schedule called `name`, not run; where it is `scheduled` without one, the words say when. `budget` is the most that
    its calls may cost, by currency. `review` says when the user looks at the outline first; `pinned` are APIs or
    packages that are on offer whatever is found. It may be a `turn` of a `conversation`, whose earlier turns left a
    `session` open; `compacted` are turns that have just left its context. `event` is what started it, where something
    did.
    """

    run_id: str
    instruction: str
    directory: Path
    dry_run: bool = False
    assume_yes: bool = False
    given: Given | None = None
    now: datetime | None = None
    trigger: Trigger | None = None
    scheduled: bool = False
    name: str = ""
    zone: str = ""
    tenant: str = ""
    budget: Budget | None = None
    review: Review = "never"
    pinned: tuple[str, ...] = ()
    attachments: tuple[Artifact, ...] = ()
    conversation: str = ""
    turn: int = 0
    session: Session | None = None
    compacted: "Compacted | None" = None
    event: Happening | None = None


Keep = Callable[[Order, Program | None, tuple[ApiVersion, ...], Trigger], RunScheduled]
"""Keeps a checked program as a schedule; without one, the instruction, to be planned when it is known what happened.

Raises ScheduleError, ConflictError for a name that is taken.
"""


@dataclass(frozen=True, slots=True)
class Compacted:
    """Turns that have just left the context for the summary, which tells them in a line each.

    A chat model may put them, and the summary `before`, in better words, which then reach up to the turn `reaches`.
    """

    turns: tuple[Turn, ...]
    before: str
    reaches: int


class Memory(Protocol):
    """What a turn may draw on besides its instruction."""

    def context(self, order: Order) -> Context:
        """Return what was said and done in the turns before, and what the user gave along."""
        ...

    async def look(self, order: Order, context: Context) -> Sequence[WorldRead]:
        """Return what packages say of the world as it is now."""
        ...

    def keep_summary(self, conversation: str, text: str, reaches: int) -> None:
        """Keep what the turns up to `reaches` were about."""
        ...

    def used(self, documents: Sequence[ApiDocument]) -> tuple[UsedBefore, ...]:
        """Return confirmed runs over some of these APIs."""
        ...


class Outcomes(Protocol):
    """Looks at the world before and after a program."""

    async def before(self, job: Job, report: CheckReport, events: Sequence[Event]) -> StatesRead | None:
        """Return how the packages are that a checked program may change; None where none of them tells."""
        ...

    async def after(self, job: Job, events: Sequence[Event]) -> OutcomeChecked:
        """Return what was verified after a program, and what changed that no call was to change."""
        ...


Expand = Callable[[Program, Sequence[ApiDocument]], "Expanded"]
"""Puts the templates that a program calls into it, and their APIs on offer."""

Watch = Callable[[Event], None]
"""Sees each event when it is in the journal."""

End = Callable[[str, RunFinished], Awaitable[Event]]
"""Writes down how a run ended, and returns that as stored once the disk has it. Raises StoreError."""
