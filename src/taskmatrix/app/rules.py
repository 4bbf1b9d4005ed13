"""The rule table of a user: the project's file, the user's own rules, the defaults; and what was permitted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.core.permits import Permit, PermittedCall
from taskmatrix.policy import DEFAULT_RULES, DefaultPolicy, Rule
from taskmatrix.policy.reading import PROJECT_FILE, ProjectRules, WrittenRule, find_project_rules, read_rule
from taskmatrix.store import Database, Notes, PermitStore, RuleStore


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule as the table shows it: `id` by which it can be removed, where it is one's own; whether it counts."""

    rule: Rule
    id: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What would be done with a call: the rule that says so (None: none covers it), or the permit that covers it."""

    verdict: Literal["run", "ask", "refuse"]
    reason: str
    listed: ListedRule | None
    permit: str = ""


class RuleBook:
    """Reads, adds and removes rules; lists and revokes permits."""

    def __init__(self, database: Database) -> None:
        self._own = RuleStore(database)
        self._trusted = Notes(database, "trusted")
        self.permits = PermitStore(database)

    def table(self, folder: Path) -> list[ListedRule]:
        """Return the rules for runs in a folder; the first that matches decides.

        Rules of a project's file that let something run count once the user trusts the file as it is: a run may
        have written it. Raises SettingError for a rule that cannot be read, naming where it is.
        """
        project = find_project_rules(folder)
        trusted = project is not None and self._is_trusted(project)
        listed = [ListedRule(r, counts=trusted or r.verdict != "run") for r in (project.rules if project else ())]
        for number, body in self._own.bodies():
            fields: dict[str, Any] = json.loads(body)
            listed.append(ListedRule(read_rule(fields, f"your rule r{number}"), f"r{number}"))
        return [*listed, *(ListedRule(rule) for rule in DEFAULT_RULES)]

    def policy(self, folder: Path) -> DefaultPolicy:
        """Return the policy for runs in a folder. Raises SettingError for rules that cannot be read."""
        return DefaultPolicy([listed.rule for listed in self.table(folder) if listed.counts])

    def judge(self, document: ApiDocument, arguments: Mapping[str, JsonValue], folder: Path) -> Judged:
        """Say what would be done with a call in a folder. Raises SettingError."""
        table = self.table(folder)
        listed = next((r for r in table if r.counts and r.rule.matches(document, arguments)), None)
        decision = DefaultPolicy([listed.rule] if listed else []).decide(document, arguments)
        if decision.verdict == "ask":
            call = PermittedCall(document=document, arguments=arguments, directory=str(folder))
            permit = self.permits.find(call)
            if permit is not None:
                return Judged("run", decision.reason, listed, f"approved always by {permit.by} ({permit.id})")
        return Judged(decision.verdict, decision.reason, listed)

    def add(self, fields: dict[str, Any], *, by: str, last: bool = False) -> ListedRule:
        """Keep a rule of the user, before all others of theirs, or after them. Raises SettingError."""
        read_rule(fields, "the rule")
        body = WrittenRule.model_validate(fields).model_dump_json(exclude_defaults=True)
        kept = self._own.add(body, by=by, last=last)
        return ListedRule(read_rule(fields, f"your rule r{kept.number}"), f"r{kept.number}")

    def remove(self, name: str) -> None:
        """Remove a rule of the user (`r3`), or revoke a permit (`p3`). Raises NotFoundError, UsageError."""
        kind, number = name[:1].lower(), name[1:]
        if kind not in ("r", "p") or not (number.isascii() and number.isdigit()) or len(number) > 9:
            raise UsageError(
                f"{name!r} is no rule of yours and no permit",
                hint=f"taskmatrix rules list shows them, as r1 or p1; rules of a {PROJECT_FILE} are removed there",
            )
        store = self._own if kind == "r" else self.permits
        if not store.remove(int(number)):
            raise NotFoundError(f"there is no {'rule' if kind == 'r' else 'permit'} {name!r}")

    def trust(self, folder: Path) -> ProjectRules:
        """Let the project's file count in full, as it is now; changed, it has to be trusted again.

        Raises NotFoundError where there is none, SettingError for one that cannot be read.
        """
        project = find_project_rules(folder)
        if project is None:
            raise NotFoundError(f"there is no {PROJECT_FILE} in {str(folder)!r} or above it")
        self._trusted.put(str(project.path), project.digest)
        return project

    def permitted(self) -> list[Permit]:
        """Return the calls that are not asked about again, oldest first."""
        return list(self.permits.all())

    def _is_trusted(self, project: ProjectRules) -> bool:
        return self._trusted.all().get(str(project.path)) == project.digest
