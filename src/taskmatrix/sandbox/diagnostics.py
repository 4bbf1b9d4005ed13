"""What the sandbox's type checker and parser say, as findings."""

import builtins
import json
import re
from collections.abc import Iterator
from typing import cast

from taskmatrix.core.programs import Finding
from taskmatrix.sandbox.language import RUNS_UNTYPED, member_hint, module_hint

_NAME_HINTS = {
    "open": "files are read and written by the APIs on offer",
    "super": "write one class without a base",
    "staticmethod": "write a function",
    "input": "the instruction holds all there is to know",
}
_MODULE = re.compile(r"[Mm]odule `([^`]+)`")
_NAME = re.compile(r"Name `([^`]+)`")


def read_types(text: str) -> Iterator[Finding]:
    """Yield a finding for each of the type checker's diagnostics (JSON, one line before the program).

    Lines count from the program's own first line; what concerns the line before it is left out.
    """
    for entry in cast("list[dict[str, object]]", json.loads(text)):
        location = cast("dict[str, int]", entry.get("location") or {})
        line = int(location.get("row", 1)) - 1
        if line < 1 and location:
            continue
        rule, message = str(entry.get("code")), str(entry.get("message"))
        name = _NAME.search(message)
        if rule == "unresolved-reference" and name and name.group(1) in RUNS_UNTYPED:
            continue
        yield Finding(
            rule=rule,
            message=message,
            line=max(line, 0),
            column=int(location.get("column", 0)),
            severity="warning" if rule in _WARNINGS else "error",
            hint=_hint(rule, message),
        )


def names_nothing(finding: Finding) -> bool:
    """Whether a finding is about a name that no Python has."""
    name = _NAME.search(finding.message)
    return finding.rule == "unresolved-reference" and name is not None and not hasattr(builtins, name.group(1))


_WARNINGS = frozenset(("revealed-type", "undefined-reveal", "deprecated", "redundant-cast"))


def _hint(rule: str, message: str) -> str:
    if rule == "unresolved-import" and message.startswith("Cannot resolve"):
        module = _MODULE.search(message)
        return module_hint(module.group(1)) if module else ""
    if rule in ("unresolved-import", "unresolved-attribute"):
        module = _MODULE.search(message)
        return member_hint(module.group(1)) if module else ""
    if rule == "unresolved-reference":
        name = _NAME.search(message)
        return _NAME_HINTS.get(name.group(1), _lacking(name.group(1))) if name else ""
    return ""


def _lacking(name: str) -> str:
    return "this Python has no such name; use lists, dicts and functions" if hasattr(builtins, name) else ""
