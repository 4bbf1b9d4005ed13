"""What waits to be run: orders in the queue, and the schedules that give them."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from taskmatrix.core.events import ApiVersion
from taskmatrix.core.happenings import Happening
from taskmatrix.core.programs import Program
from taskmatrix.core.triggers import Trigger

ScheduleState = Literal["active", "paused", "ended"]


class Task(BaseModel):
    """What is to be done by a run that starts later, in any process.

    With a `program` no model is asked: it runs over the very `versions` of the APIs it was checked against. `now` is
    the clock that the dates of an instruction are read against. It may be started by an `event`; `lacking` says what
    of its words that event does not have, so that it cannot be done.
    """

    model_config = ConfigDict(frozen=True)

    instruction: str
    directory: str
    model: str
    assume_yes: bool = False
    dry_run: bool = False
    tenant: str = Field(default="", max_length=200)
    now: AwareDatetime | None = None
    program: Program | None = None
    versions: tuple[ApiVersion, ...] = ()
    event: Happening | None = None
    lacking: str = ""


class QueuedRun(BaseModel):
    """A run that waits for a worker."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    task: Task


class Schedule(BaseModel):
    """A task with what it waits for. `due` is its next time, `last` and `last_run` tell of its last firing."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str = Field(min_length=1, max_length=200)
    trigger: Trigger
    zone: str = Field(description="IANA time zone that times of day are of")
    task: Task
    created: AwareDatetime
    state: ScheduleState = "active"
    due: datetime | None = None
    fired: int = 0
    last: datetime | None = None
    last_run: str | None = None
