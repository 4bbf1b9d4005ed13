"""What registering and removing did."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["added", "updated", "unchanged", "held"]


@dataclass(frozen=True, slots=True)
class Registration:
    """What registering one document did.

    `revision` is the number of the version that is served now; of a `held` change, the one that goes on being
    served, and `reason` says why the change waits for the operator.
    """

    api: str
    outcome: Outcome
    revision: int = 1
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed: one API, or a package with all of its APIs."""

    name: str
    kind: Literal["api", "package"]
    apis: int
