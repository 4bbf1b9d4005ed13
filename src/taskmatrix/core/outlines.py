"""The solution outline: the steps of a task in plain words (step ① of Figure 1 in the paper)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Review = Literal["never", "unless-explicit", "always"]
"""Whether the user looks at an outline before it is carried out."""


class Step(BaseModel):
    """One step, in words a person can edit."""

    model_config = ConfigDict(frozen=True)

    text: str
    needs: tuple[str, ...] = Field(default=(), description="what it takes, in words")
    yields: str = Field(default="", description="what it gives, in words")


class Outline(BaseModel):
    """The steps of a task, in order.

    `explicit` says that the instruction itself already was the outline, so that nothing was added (§2.2: the
    step can be skipped when the instruction has sufficient detail); `reason` explains that decision, or why the
    steps were changed. `by` is who wrote them: the system changes an outline that cannot be carried out. With an
    `answer` there are no steps: what was said needs nothing done, only to be answered.
    """

    model_config = ConfigDict(frozen=True)

    steps: tuple[Step, ...]
    explicit: bool = False
    reason: str = ""
    by: Literal["model", "user", "system"] = "model"
    answer: str = ""
