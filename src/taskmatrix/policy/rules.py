"""Which calls run, which are asked about, which are refused: a table that is read from the top."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.effects import EffectKind
from taskmatrix.core.protocols import Decision
from taskmatrix.policy.conditions import Condition

Verdict = Literal["run", "ask", "refuse"]

Provenance = Literal["said", "event", "result", "default", "guess"]
"""Where a value comes from: the instruction, what another call returned, a default, or nowhere."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: the first that matches a call decides.

    `package` and `api` are globs over the original names; an `api` with a dot and without a package is meant with
    it, as in `shop.pay`, and the package's name then stands there in full. `effects` are the kinds it is for, none
    meaning all; `inferred` matches only effects that were inferred (True) or declared (False). All conditions on
    `arguments` must hold. `origin` is kept for values that tell where they come from: as none does yet, a rule with
    it never lets anything run, and asks or refuses whatever the origin. `source` says where the rule is written.
    """

    verdict: Verdict
    reason: str = ""
    package: str = "*"
    api: str = "*"
    effects: tuple[EffectKind, ...] = ()
    inferred: bool | None = None
    arguments: tuple[Condition, ...] = ()
    origin: Provenance | None = None
    source: str = ""

    def matches(self, document: ApiDocument, arguments: Mapping[str, JsonValue] | None = None) -> bool:
        """Whether the rule is about a call of this API."""
        effect, runs = document.effects, self.verdict == "run"
        return (
            self._is_about(document)
            and (not self.effects or effect.kind in self.effects)
            and (self.inferred is None or effect.inferred == self.inferred)
            and not (self.origin and runs)
            and all(c.holds(document, arguments or {}, strictly=runs) for c in self.arguments)
        )

    def __str__(self) -> str:
        """Return the rule in words: `refuse calls of shop.pay where amount > 100`."""
        parts = [self.verdict, {None: "", True: "inferred ", False: "declared "}[self.inferred]]
        parts[1] += " or ".join(self.effects) + (" " if self.effects else "") + "calls"
        if self.api != "*":
            parts.append(f"of {self.api}" + (f" of the package {self.package}" if self.package != "*" else ""))
        elif self.package != "*":
            parts.append(f"of the package {self.package}")
        if self.arguments:
            parts.append("where " + " and ".join(map(str, self.arguments)))
        if self.origin:
            parts.append(f"with values of the origin {self.origin}")
        return " ".join(parts)

    def _is_about(self, document: ApiDocument) -> bool:
        if self.package == "*" and "." in self.api:
            name = self.api.removeprefix(f"{document.package}.")
            return name != self.api and fnmatchcase(document.name, name)
        return fnmatchcase(document.package, self.package) and fnmatchcase(document.name, self.api)


DEFAULT_RULES: tuple[Rule, ...] = tuple(
    replace(rule, source="default")
    for rule in (
        Rule("run", effects=("read",)),
        Rule("ask", "it moves something in the world", effects=("physical",)),
        Rule("ask", "it cannot be taken back", effects=("destructive",)),
        Rule("ask", "what it changes is not declared, only inferred", inferred=True),
        Rule("run", effects=("write",)),
    )
)
"""Reads and declared writes run; what cannot be taken back, moves matter or is unknown is asked about."""


class DefaultPolicy:
    """Implements `Policy` with a table of rules. A call that no rule matches is asked about."""

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        self.rules = tuple(rules)

    def decide(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Decision:
        """Decide on one call by the first rule that matches it."""
        rule = self.rule_for(document, arguments)
        if rule is None:
            return Decision("ask", "no rule of the policy covers it", rule="none")
        return Decision(rule.verdict, rule.reason or _reason(rule), rule=str(rule))

    def rule_for(self, document: ApiDocument, arguments: Mapping[str, JsonValue]) -> Rule | None:
        """Return the rule that decides on a call; None where no rule is about it."""
        return next((rule for rule in self.rules if rule.matches(document, arguments)), None)


def _reason(rule: Rule) -> str:
    return "" if rule.verdict == "run" else f"a rule says so: {rule}"


def approve_all(policy: DefaultPolicy | None = None) -> DefaultPolicy:
    """Return the policy that runs what another would ask about, and refuses what the other refuses."""
    rules = (policy or DefaultPolicy()).rules
    changed = (replace(r, verdict="run") if r.verdict == "ask" else r for r in rules)
    return DefaultPolicy((*changed, Rule("run")))
