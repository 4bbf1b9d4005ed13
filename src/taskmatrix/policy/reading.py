"""Rules as people write them: `[[rules]]` of a `taskmatrix.toml`, and the same fields as JSON."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from taskmatrix.core.effects import EffectKind
from taskmatrix.core.errors import SettingError
from taskmatrix.policy.conditions import read_condition
from taskmatrix.policy.rules import Provenance, Rule, Verdict

PROJECT_FILE = "taskmatrix.toml"
LARGEST_FILE = 1_000_000
"""Bytes. A table of rules is written to be read."""

_HEADER = re.compile(r"\s*\[\[\s*(rules|'rules'|\"rules\")\s*\]\]")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class WrittenRule(BaseModel):
    """A rule with its conditions as texts. A single effect or condition may stand without brackets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict
    reason: str = ""
    package: str = Field(default="*", min_length=1)
    api: str = Field(default="*", min_length=1)
    effects: Annotated[tuple[EffectKind, ...], BeforeValidator(_listed)] = ()
    inferred: bool | None = Field(default=None, strict=True)
    arguments: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    origin: Provenance | None = None

    def rule(self, source: str) -> Rule:
        """Return the rule. Raises SettingError for a condition that cannot be read."""
        conditions = tuple(read_condition(text) for text in self.arguments)
        return Rule(
            self.verdict, self.reason, self.package, self.api, self.effects, self.inferred, conditions, self.origin,
            source,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """The rules of a project's file, and the digest of its content."""

    path: Path
    digest: str
    rules: tuple[Rule, ...]


def read_rule(data: Mapping[str, Any], source: str) -> Rule:
    """Read one rule from its fields. Raises SettingError saying which field is wrong."""
    try:
        return WrittenRule.model_validate(dict(data)).rule(source)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the rule"
        fields = ", ".join(WrittenRule.model_fields)
        raise SettingError(f"{source}: {where}: {first['msg']}", hint=f"a rule has the fields {fields}") from error
    except SettingError as error:
        raise SettingError(f"{source}: {error.message}", hint=error.hint) from error


def find_project_rules(folder: Path) -> ProjectRules | None:
    """Read the nearest `taskmatrix.toml`, in a folder or above it; None where there is none.

    Raises SettingError naming file and line for anything in it that is not understood.
    """
    for place in (folder, *folder.parents):
        path = place / PROJECT_FILE
        try:
            if not path.is_file():  # opening a pipe would wait for ever
                if path.exists():
                    raise SettingError(f"{str(path)!r} is no file")
                continue
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise SettingError(f"{str(path)!r} cannot be read: {error.strerror}") from error
        return ProjectRules(path, hashlib.sha256(data).hexdigest(), _rules_in(data, path))
    return None


def _rules_in(data: bytes, path: Path) -> tuple[Rule, ...]:
    if len(data) > LARGEST_FILE:
        raise SettingError(f"{str(path)!r} has more than {LARGEST_FILE:,} bytes")
    try:
        text = data.decode("utf-8-sig")
        content: dict[str, Any] = tomllib.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:  # a TOMLDecodeError says in which line
        raise SettingError(f"{str(path)!r} is no TOML: {error}") from error
    unknown = [key for key in content if key != "rules"]
    if unknown:
        raise SettingError(f"{str(path)!r} holds {unknown[0]!r}, which means nothing here", hint="write [[rules]]")
    found: object = content.get("rules", [])
    tables = cast("list[object]", found) if isinstance(found, list) else [found]
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if _HEADER.match(line)]
    return tuple(
        _rule_of(
            table, f"{path}, rule {number}" + (f", line {lines[number - 1]}" if len(lines) == len(tables) else "")
        )
        for number, table in enumerate(tables, start=1)
    )


def _rule_of(table: object, source: str) -> Rule:
    if not isinstance(table, dict):
        raise SettingError(f"{source}: a rule is a table", hint="write [[rules]] above its fields")
    return read_rule(cast("dict[str, Any]", table), source)
