"""Which calls run, which are asked about, which are refused: a table that is read from the top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import EffectKind
from taskmatrix.core.protocols import Decision

Verdict = Literal["run", "ask", "refuse"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: the first that matches a call decides.

    `package` and `api` are globs over the original names; `effects` are the kinds it is for, none meaning all;
    `inferred` matches only effects that were inferred (True) or declared (False).
    """

    verdict: Verdict
    reason: str = ""
    package: str = "*"
    api: str = "*"
    effects: tuple[EffectKind, ...] = ()
    inferred: bool | None = None

    def matches(self, document: ApiDocument) -> bool:
        """Whether the rule is about this API."""
        effect = document.effects
        return (
            fnmatchcase(document.package, self.package)
            and fnmatchcase(document.name, self.api)
            and (not self.effects or effect.kind in self.effects)
            and (self.inferred is None or effect.inferred == self.inferred)
        )


DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("run", effects=("read",)),
    Rule("ask", "it moves something in the world", effects=("physical",)),
    Rule("ask", "it cannot be taken back", effects=("destructive",)),
    Rule("ask", "what it changes is not declared, only inferred", inferred=True),
    Rule("run", effects=("write",)),
)
"""Reads and declared writes run; what cannot be taken back, moves matter or is unknown is asked about."""


class DefaultPolicy:
    """Implements `Policy` with a table of rules. A call that no rule matches is asked about."""

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        self.rules = tuple(rules)

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision:
        """Decide on one call by the first rule that matches it."""
        for rule in self.rules:
            if rule.matches(document):
                return Decision(rule.verdict, rule.reason)
        return Decision("ask", "no rule of the policy covers it")


def approve_all(policy: DefaultPolicy | None = None) -> DefaultPolicy:
    """Return the policy that runs what another would ask about, and refuses what the other refuses."""
    rules = (policy or DefaultPolicy()).rules
    changed = (
        Rule("run", r.reason, r.package, r.api, r.effects, r.inferred) if r.verdict == "ask" else r for r in rules
    )
    return DefaultPolicy((*changed, Rule("run")))
