"""Effects, permissions and approvals."""

from taskmatrix.policy.rules import DEFAULT_RULES, DefaultPolicy, Rule, approve_all

__all__ = ["DEFAULT_RULES", "DefaultPolicy", "Rule", "approve_all"]
