"""The event journal of a run: append-only, numbered, each event typed.

The command line, the web UI, the HTTP stream and tracing are views of it, and a run resumes from it.
A call goes `intended → sent → done | failed`; both ends are written before anyone sees a result.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, field_validator

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.event_parts import ApiVersion as ApiVersion
from taskmatrix.core.event_parts import Choice as Choice
from taskmatrix.core.event_parts import Fact as Fact
from taskmatrix.core.event_parts import FactState as FactState
from taskmatrix.core.event_parts import Irreversible as Irreversible
from taskmatrix.core.event_parts import JournalEvent
from taskmatrix.core.event_parts import Session as Session
from taskmatrix.core.event_parts import StepChoices as StepChoices
from taskmatrix.core.event_parts import UndoExtent as UndoExtent
from taskmatrix.core.event_parts import UndoState as UndoState
from taskmatrix.core.event_parts import UndoStep as UndoStep
from taskmatrix.core.happenings import EventKind, Happening
from taskmatrix.core.limits import Cost
from taskmatrix.core.outlines import Review
from taskmatrix.core.planning_events import ApisSelected as ApisSelected
from taskmatrix.core.planning_events import ModelReplied as ModelReplied
from taskmatrix.core.planning_events import ModelWriting as ModelWriting
from taskmatrix.core.planning_events import OutlineProposed as OutlineProposed
from taskmatrix.core.planning_events import ProgramChecked as ProgramChecked
from taskmatrix.core.planning_events import ProgramWritten as ProgramWritten
from taskmatrix.core.planning_events import QuestionAnswered as QuestionAnswered
from taskmatrix.core.planning_events import QuestionAsked as QuestionAsked
from taskmatrix.core.planning_events import RoundStarted as RoundStarted
from taskmatrix.core.planning_events import WorldRead as WorldRead
from taskmatrix.core.triggers import Trigger

RunStatus = Literal["queued", "running", "waiting", "done", "failed", "cancelled", "interrupted"]
"""`interrupted` is never written: a run is read so that was left running by a process that is gone."""


class RunQueued(JournalEvent):
    """The run waits for a worker: somebody asked for it, or a schedule whose time has come."""

    type: Literal["run_queued"] = "run_queued"
    run_id: str = Field(default="", description="by which the run is found again")
    tenant: str = Field(default="", description="for whom: workers are shared fairly between tenants")
    schedule: str = Field(default="", description="the schedule that it comes from")
    cause: str = Field(default="", description="what the schedule waited for, in words")
    payload: JsonValue = Field(default=None, description="what came with the event that the schedule waited for")
    kind: EventKind | Literal[""] = Field(default="", description="of event that it waited for")
    key: str = Field(default="", description="the topic or path of that event")

    @property
    def happening(self) -> Happening | None:
        """The event; None for a run that none has started."""
        return Happening(kind=self.kind, key=self.key, payload=self.payload) if self.kind else None


class RunScheduled(JournalEvent):
    """The program was not run now but kept as a schedule; `due` is its first time, None where it awaits none."""

    type: Literal["run_scheduled"] = "run_scheduled"
    schedule: str
    name: str
    trigger: str = Field(description="what it waits for, in words")
    zone: str
    due: datetime | None = None
    planned: bool = Field(default=True, description="False: its words are planned each time, with what happened")


class RunStarted(JournalEvent):
    """The instruction was accepted."""

    type: Literal["run_started"] = "run_started"
    run_id: str = Field(default="", description="by which the run is found again")
    instruction: str
    model: str
    directory: str
    now: datetime | None = Field(default=None, description="the clock that the instruction's dates are read against")
    dry_run: bool = False
    assume_yes: bool = False
    budget: dict[str, Decimal] | None = Field(default=None, description="currency → the most that its calls may cost")
    trigger: Trigger | None = Field(default=None, description="for what the program is to be kept, not run")
    scheduled: bool = Field(default=False, description="whether it is to become a schedule, and is never run now")
    name: str = Field(default="", description="of the schedule")
    zone: str = Field(default="", description="IANA, of the schedule's times of day")
    conversation: str = Field(default="", description="the conversation whose turn it is")
    turn: int = Field(default=0, description="1, 2, 3 … within the conversation")
    session: Session | None = Field(default=None, description="what earlier turns left open")
    attachments: tuple[Artifact, ...] = Field(default=(), description="what the user gave along with the instruction")
    pinned: tuple[str, ...] = Field(default=(), description="APIs (`package.name`) that the user wants on offer")
    review: Review = Field(default="never", description="whether the user looks at the outline first")


class StatesRead(JournalEvent):
    """How packages were before a program's first call: blobs of what their `state` APIs gave, or why they did not."""

    type: Literal["states_read"] = "states_read"
    states: dict[str, str] = Field(default_factory=dict[str, str], description="package → digest")
    unread: dict[str, str] = Field(default_factory=dict[str, str], description="package → why")


class CallIntended(JournalEvent):
    """A call is about to be made, with its actual arguments."""

    type: Literal["call_intended"] = "call_intended"
    call: int
    api: str
    arguments: dict[str, JsonValue]
    effect: str
    line: int = 0
    undoes: int | None = Field(default=None, description="the call that this one takes back")
    key: str = Field(default="", description="the idempotency key, the same for all attempts of the call")
    permit: str = Field(default="", description="why it was not asked about, where a rule would have asked")


class CallSent(JournalEvent):
    """The call was handed to the API; without a `done` or `failed` after it, nobody knows whether it happened."""

    type: Literal["call_sent"] = "call_sent"
    call: int
    attempt: int = 1
    cost: Cost | None = Field(default=None, description="what the API's document says that this attempt costs")


class CallRetried(JournalEvent):
    """An attempt failed in a way that another may mend: why, and how long the call waits before it is sent again."""

    type: Literal["call_retried"] = "call_retried"
    call: int
    attempt: int
    code: str
    message: str
    wait_s: float


class CallDone(JournalEvent):
    """The call returned. `state` is the package's session state after it, if it changed."""

    type: Literal["call_done"] = "call_done"
    call: int
    result: JsonValue
    seconds: float
    state: dict[str, JsonValue] | None = None
    claims: dict[str, str] | None = Field(default=None, description="new: output path asked for → path claimed")
    owned: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="new: file that the run may replace → SHA-256 of what it must hold for that",
    )
    warning: str = Field(default="", description="how the result is not what the API's document says")

    @field_validator("owned", mode="before")
    @classmethod
    def _take_names_alone(cls, owned: object) -> object:
        """Read journals that named the files only: what they held is unknown, so the run asks before it writes."""
        return dict.fromkeys(cast("list[str]", owned), "unknown") if isinstance(owned, list | tuple) else owned


class CallFailed(JournalEvent):
    """The call raised; the program may handle it."""

    type: Literal["call_failed"] = "call_failed"
    call: int
    code: str
    message: str
    hint: str | None = None
    seconds: float = 0.0
    unsure: bool = Field(default=False, description="it may have happened all the same")


class ArtifactMade(JournalEvent):
    """A file or other result worth showing."""

    type: Literal["artifact_made"] = "artifact_made"
    artifact: Artifact
    call: int = 0
    before: str | None = Field(
        default=None,
        description="SHA-256 of what the file held before, kept as a blob; empty where there was no file, None where "
        "that was not kept",
    )


class ApprovalRequested(JournalEvent):
    """The run waits: `reason` says why, `options` what can be answered, best default first.

    `kind` is what is asked about: a call that a policy does not let run by itself, a file in the way of one, or a
    call of which nobody knows whether it happened.
    """

    type: Literal["approval_requested"] = "approval_requested"
    call: int
    api: str
    arguments: dict[str, JsonValue]
    reason: str
    options: tuple[str, ...] = ("approve", "deny")
    path: str | None = Field(default=None, description="the file in the way, if the question is about one")
    kind: Literal["call", "file", "outcome-unknown"] = "call"
    changes: str = Field(default="", description="in one sentence, what the call will change")
    undo: str = Field(default="", description="what takes it back, or that nothing does")
    rule: str = Field(default="", description="the rule that asks; an answer for the run is for what it asks about")
    expires: datetime | None = Field(default=None, description="answered later than this, the run ends as failed")


class ApprovalAnswered(JournalEvent):
    """Somebody, or the policy in force, answered."""

    type: Literal["approval_answered"] = "approval_answered"
    call: int
    answer: str
    by: str


class Printed(JournalEvent):
    """The program printed something."""

    type: Literal["printed"] = "printed"
    text: str
    stream: Literal["stdout", "stderr"] = "stdout"


class RunPaused(JournalEvent):
    """The process let go of the run: `snapshot` names the saved interpreter in the blob store."""

    type: Literal["run_paused"] = "run_paused"
    snapshot: str
    call: int


class OutcomeChecked(JournalEvent):
    """After the program: what was verified of the world, and what changed in it that no call was to change."""

    type: Literal["outcome_checked"] = "outcome_checked"
    facts: tuple[Fact, ...] = ()
    beyond: tuple[str, ...] = Field(default=(), description="changes beyond the request, in words")

    @property
    def ok(self) -> bool:
        """Whether nothing was found to be otherwise."""
        return not self.beyond and all(fact.state != "false" for fact in self.facts)


class LimitReached(JournalEvent):
    """The run is ended because it used more than it may: `allowed` and `used` say how much, in words."""

    type: Literal["limit_reached"] = "limit_reached"
    limit: str = Field(description="time, memory, recursion, output, calls, money or wall time")
    allowed: str = ""
    used: str = ""


class RunFinished(JournalEvent):
    """The last event of a run, whatever became of it."""

    type: Literal["run_finished"] = "run_finished"
    status: Literal["done", "failed", "cancelled"]
    answer: str = ""
    code: str | None = None
    message: str | None = None
    hint: str | None = None


class UndoFinished(JournalEvent):
    """Taking back calls of an ended run came to its end: one step for each call, last call first."""

    type: Literal["undo_finished"] = "undo_finished"
    steps: tuple[UndoStep, ...]
    extent: UndoExtent | None = Field(
        default=None, description="how much of all that the run changed is taken back now; None in old journals"
    )


Event = Annotated[
    RunQueued
    | RunScheduled
    | RunStarted
    | WorldRead
    | RoundStarted
    | OutlineProposed
    | ApisSelected
    | ProgramWritten
    | ProgramChecked
    | StatesRead
    | CallIntended
    | CallSent
    | CallRetried
    | CallDone
    | CallFailed
    | ArtifactMade
    | ApprovalRequested
    | ApprovalAnswered
    | QuestionAsked
    | QuestionAnswered
    | Printed
    | ModelReplied
    | ModelWriting
    | OutcomeChecked
    | RunPaused
    | LimitReached
    | RunFinished
    | UndoFinished,
    Field(discriminator="type"),
]

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes the JSON form of any event."""


class Run(BaseModel):
    """A run as its journal tells it."""

    model_config = ConfigDict(frozen=True)

    id: str
    instruction: str
    status: RunStatus
    started: datetime
    finished: datetime | None = None
    events: tuple[Event, ...] = ()
