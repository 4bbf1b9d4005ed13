"""Effects, permissions and approvals."""

from taskmatrix.policy.doubts import DoubtingPolicy
from taskmatrix.policy.repeats import RepeatingPolicy
from taskmatrix.policy.rules import DEFAULT_RULES, DefaultPolicy, Rule, approve_all

__all__ = ["DEFAULT_RULES", "DefaultPolicy", "DoubtingPolicy", "RepeatingPolicy", "Rule", "approve_all"]
