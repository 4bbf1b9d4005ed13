"""What a person says about a run: the F of the paper's `min L(A, F)`."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Feedback(BaseModel):
    """One judgement of one run, by its user."""

    model_config = ConfigDict(frozen=True)

    run: str
    verdict: Literal["up", "down", "correction", "undo"]
    text: str = ""
    at: datetime
