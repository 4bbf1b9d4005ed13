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
from taskmatrix.core.event_parts import Session as Session
from taskmatrix.core.event_parts import StepChoices as StepChoices
from taskmatrix.core.event_parts import UndoState as UndoState
from taskmatrix.core.event_parts import UndoStep as UndoStep
from taskmatrix.core.limits import Cost
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.questions import Question
from taskmatrix.core.triggers import Trigger

RunStatus = Literal["queued", "running", "waiting", "done", "failed", "cancelled", "interrupted"]
"""`interrupted` is never written: a run is read so that was left running by a process that is gone."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    seq: int = Field(default=0, description="1, 2, 3 … within the run; set by the journal")
    at: datetime | None = Field(default=None, description="UTC; set by the journal")


class RunQueued(_Event):
    """The run waits for a worker: somebody asked for it, or a schedule whose time has come."""

    type: Literal["run_queued"] = "run_queued"
    run_id: str = Field(default="", description="by which the run is found again")
    tenant: str = Field(default="", description="for whom: workers are shared fairly between tenants")
    schedule: str = Field(default="", description="the schedule that it comes from")
    cause: str = Field(default="", description="what the schedule waited for, in words")
    payload: JsonValue = Field(default=None, description="what came with the event that the schedule waited for")


class RunScheduled(_Event):
    """The program was not run now but kept as a schedule; `due` is its first time, None where it awaits none."""

    type: Literal["run_scheduled"] = "run_scheduled"
    schedule: str
    name: str
    trigger: str = Field(description="what it waits for, in words")
    zone: str
    due: datetime | None = None


class RunStarted(_Event):
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
    name: str = Field(default="", description="of the schedule")
    zone: str = Field(default="", description="IANA, of the schedule's times of day")
    conversation: str = Field(default="", description="the conversation whose turn it is")
    turn: int = Field(default=0, description="1, 2, 3 … within the conversation")
    session: Session | None = Field(default=None, description="what earlier turns left open")
    attachments: tuple[Artifact, ...] = Field(default=(), description="what the user gave along with the instruction")
    pinned: tuple[str, ...] = Field(default=(), description="APIs (`package.name`) that the user wants on offer")
    review: bool = Field(default=False, description="the user looks at the outline before it is carried out")


class WorldRead(_Event):
    """What a package says of the world as it is now, for the model: the turn before left something open there."""

    type: Literal["world_read"] = "world_read"
    package: str
    api: str
    text: str


class RoundStarted(_Event):
    """What was planned did not work: it is planned once more, from what was done and learned. Rounds count from 2.

    The calls of the program that follows are numbered on from those before.
    """

    type: Literal["round_started"] = "round_started"
    round: int
    reason: str = Field(description="what went wrong, in words for the model and the user")


class OutlineProposed(_Event):
    """Step 1: the steps in words."""

    type: Literal["outline_proposed"] = "outline_proposed"
    outline: Outline


class ApisSelected(_Event):
    """Step 2: what the selector found for each step."""

    type: Literal["apis_selected"] = "apis_selected"
    steps: tuple[StepChoices, ...]


class ProgramWritten(_Event):
    """Step 3: the action code; `attempt` counts repairs from 1."""

    type: Literal["program_written"] = "program_written"
    program: Program
    attempt: int = 1


class ProgramChecked(_Event):
    """Step 4: what the verifier found."""

    type: Literal["program_checked"] = "program_checked"
    report: CheckReport
    attempt: int = 1
    versions: tuple[ApiVersion, ...] = Field(
        default=(), description="what the program was checked against: the run keeps to these, whatever is changed"
    )
    irreversible: tuple[Irreversible, ...] = Field(default=(), description="calls that nothing takes back")


class CallIntended(_Event):
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


class CallSent(_Event):
    """The call was handed to the API; without a `done` or `failed` after it, nobody knows whether it happened."""

    type: Literal["call_sent"] = "call_sent"
    call: int
    attempt: int = 1
    cost: Cost | None = Field(default=None, description="what the API's document says that this attempt costs")


class CallRetried(_Event):
    """An attempt failed in a way that another may mend: why, and how long the call waits before it is sent again."""

    type: Literal["call_retried"] = "call_retried"
    call: int
    attempt: int
    code: str
    message: str
    wait_s: float


class CallDone(_Event):
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


class CallFailed(_Event):
    """The call raised; the program may handle it."""

    type: Literal["call_failed"] = "call_failed"
    call: int
    code: str
    message: str
    hint: str | None = None
    seconds: float = 0.0
    unsure: bool = Field(default=False, description="it may have happened all the same")


class ArtifactMade(_Event):
    """A file or other result worth showing."""

    type: Literal["artifact_made"] = "artifact_made"
    artifact: Artifact
    call: int = 0
    before: str | None = Field(
        default=None,
        description="SHA-256 of what the file held before, kept as a blob; empty where there was no file, None where "
        "that was not kept",
    )


class ApprovalRequested(_Event):
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


class ApprovalAnswered(_Event):
    """Somebody, or the policy in force, answered."""

    type: Literal["approval_answered"] = "approval_answered"
    call: int
    answer: str
    by: str


class QuestionAsked(_Event):
    """The instruction leaves something open: the run waits, and plans on with the answer.

    `number` counts the questions of the run from 1; `hint` says how to answer from elsewhere.
    """

    type: Literal["question_asked"] = "question_asked"
    number: int
    question: Question
    hint: str | None = None


class QuestionAnswered(_Event):
    """Somebody answered the question of that number."""

    type: Literal["question_answered"] = "question_answered"
    number: int
    answer: str
    by: str


class Printed(_Event):
    """The program printed something."""

    type: Literal["printed"] = "printed"
    text: str
    stream: Literal["stdout", "stderr"] = "stdout"


class ModelReplied(_Event):
    """What a chat model answered, kept whole so that a failed run can be read.

    `input_tokens` count all of the prompt; `cached_tokens` are those of them that the provider had kept.
    """

    type: Literal["model_replied"] = "model_replied"
    purpose: Literal["outline", "program", "summary"]
    text: str
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    seconds: float = 0.0
    cost: Cost | None = Field(default=None, description="by the prices in the settings; None where there are none")


class ModelWriting(_Event):
    """A chat model is writing: a piece of its answer as it arrives. Only shown; never in a journal."""

    type: Literal["model_writing"] = "model_writing"
    purpose: Literal["outline", "program", "summary"]
    text: str


class RunPaused(_Event):
    """The process let go of the run: `snapshot` names the saved interpreter in the blob store."""

    type: Literal["run_paused"] = "run_paused"
    snapshot: str
    call: int


class OutcomeChecked(_Event):
    """After the program: what was verified of the world, and what changed in it that no call was to change."""

    type: Literal["outcome_checked"] = "outcome_checked"
    facts: tuple[Fact, ...] = ()
    beyond: tuple[str, ...] = Field(default=(), description="changes beyond the request, in words")

    @property
    def ok(self) -> bool:
        """Whether nothing was found to be otherwise."""
        return not self.beyond and all(fact.state != "false" for fact in self.facts)


class LimitReached(_Event):
    """The run is ended because it used more than it may: `allowed` and `used` say how much, in words."""

    type: Literal["limit_reached"] = "limit_reached"
    limit: str = Field(description="time, memory, recursion, output, calls, money or wall time")
    allowed: str = ""
    used: str = ""


class RunFinished(_Event):
    """The last event of a run, whatever became of it."""

    type: Literal["run_finished"] = "run_finished"
    status: Literal["done", "failed", "cancelled"]
    answer: str = ""
    code: str | None = None
    message: str | None = None
    hint: str | None = None


class UndoFinished(_Event):
    """Taking back calls of an ended run came to its end: one step for each call, last call first."""

    type: Literal["undo_finished"] = "undo_finished"
    steps: tuple[UndoStep, ...]


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
