"""The events of steps 1 to 4: how a run is planned, and what is asked meanwhile."""

from typing import Literal

from pydantic import Field

from taskmatrix.core.event_parts import ApiVersion, Irreversible, JournalEvent, StepChoices
from taskmatrix.core.limits import Cost
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import CheckReport, Program
from taskmatrix.core.questions import Question


class WorldRead(JournalEvent):
    """What a package says of the world as it is now, for the model: the turn before left something open there."""

    type: Literal["world_read"] = "world_read"
    package: str
    api: str
    text: str


class RoundStarted(JournalEvent):
    """What was planned did not work: it is planned once more, from what was done and learned. Rounds count from 2.

    The calls of the program that follows are numbered on from those before.
    """

    type: Literal["round_started"] = "round_started"
    round: int
    reason: str = Field(description="what went wrong, in words for the model and the user")


class OutlineProposed(JournalEvent):
    """Step 1: the steps in words."""

    type: Literal["outline_proposed"] = "outline_proposed"
    outline: Outline


class ApisSelected(JournalEvent):
    """Step 2: what the selector found for each step."""

    type: Literal["apis_selected"] = "apis_selected"
    steps: tuple[StepChoices, ...]


class ProgramWritten(JournalEvent):
    """Step 3: the action code; `attempt` counts repairs from 1."""

    type: Literal["program_written"] = "program_written"
    program: Program
    attempt: int = 1
    versions: tuple[ApiVersion, ...] = Field(
        default=(), description="of a program that was given, what it is to be checked against"
    )


class ProgramChecked(JournalEvent):
    """Step 4: what the verifier found."""

    type: Literal["program_checked"] = "program_checked"
    report: CheckReport
    attempt: int = 1
    versions: tuple[ApiVersion, ...] = Field(
        default=(), description="what the program was checked against: the run keeps to these, whatever is changed"
    )
    irreversible: tuple[Irreversible, ...] = Field(default=(), description="calls that nothing takes back")


class QuestionAsked(JournalEvent):
    """The instruction leaves something open: the run waits, and plans on with the answer.

    `number` counts the questions of the run from 1; `hint` says how to answer from elsewhere.
    """

    type: Literal["question_asked"] = "question_asked"
    number: int
    question: Question
    hint: str | None = None


class QuestionAnswered(JournalEvent):
    """Somebody answered the question of that number."""

    type: Literal["question_answered"] = "question_answered"
    number: int
    answer: str
    by: str


class ModelReplied(JournalEvent):
    """What a chat model answered, kept whole so that a failed run can be read.

    `input_tokens` count all of the prompt; `cached_tokens` are those of them that the provider had kept. None is what
    it does not report (0 in old journals).
    """

    type: Literal["model_replied"] = "model_replied"
    purpose: Literal["outline", "program", "summary"]
    text: str
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    seconds: float = 0.0
    cost: Cost | None = Field(default=None, description="by the prices in the settings; None where there are none")


class ModelWriting(JournalEvent):
    """A chat model is writing: a piece of its answer as it arrives. Only shown; never in a journal."""

    type: Literal["model_writing"] = "model_writing"
    purpose: Literal["outline", "program", "summary"]
    text: str
