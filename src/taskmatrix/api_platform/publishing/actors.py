"""Who acts on the registry."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["owner", "operator"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody known by name: an owner of packages and APIs, or an operator, who answers for the whole registry."""

    name: str
    role: Role = "owner"

    @property
    def is_operator(self) -> bool:
        """Whether this is an operator."""
        return self.role == "operator"

    @property
    def owns_as(self) -> str | None:
        """The owner that is written down for what this actor adds; None is the operator."""
        return None if self.is_operator else self.name


OPERATOR = Actor("operator", "operator")
"""Whoever has the machine: the local command line and Python need no key."""
