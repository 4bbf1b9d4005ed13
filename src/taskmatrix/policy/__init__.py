"""Effects, permissions and approvals."""

from taskmatrix.policy.doubts import DoubtingPolicy
from taskmatrix.policy.rules import DEFAULT_RULES, DefaultPolicy, Rule, approve_all

__all__ = ["DEFAULT_RULES", "DefaultPolicy", "DoubtingPolicy", "Rule", "approve_all"]
