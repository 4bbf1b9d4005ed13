"""Publishing: who owns what, how it changes, and what must be seen by the operator first."""

from taskmatrix.api_platform.publishing.actors import OPERATOR, Actor
from taskmatrix.api_platform.publishing.changes import held_back, is_callable, judge_for, preferred
from taskmatrix.api_platform.publishing.differences import differences
from taskmatrix.api_platform.publishing.naming import skeleton
from taskmatrix.api_platform.publishing.outcomes import Registration, Removal
from taskmatrix.api_platform.publishing.owners import Owner, Owners
from taskmatrix.api_platform.publishing.publisher import Publisher

__all__ = [
    "OPERATOR",
    "Actor",
    "Owner",
    "Owners",
    "Publisher",
    "Registration",
    "Removal",
    "differences",
    "held_back",
    "is_callable",
    "judge_for",
    "preferred",
    "skeleton",
]
