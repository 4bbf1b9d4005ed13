"""Grades: how far a document can be relied on, by rules that anybody can check.

The idea is that of Home Assistant's integration quality scale: each grade is a list of checkable rules, and a grade
needs all rules of the ones below.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from taskmatrix.api_platform.quality.findings import LintFinding
from taskmatrix.api_platform.quality.parts import is_typed
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import CheckRecord

Grade = Literal["bronze", "silver", "gold"]

DRIFT = "drift: "
"""How the problem of a check begins that passed, though the result has changed."""


@dataclass(frozen=True, slots=True)
class _Case:
    document: ApiDocument
    findings: Sequence[LintFinding]
    last: CheckRecord | None


@dataclass(frozen=True, slots=True)
class GradeRule:
    """One rule of a grade; `missing` says in a few words what a document lacks, None if it lacks nothing."""

    grade: Grade
    asks: str
    missing: Callable[[_Case], str | None]


@dataclass(frozen=True, slots=True)
class Grading:
    """A grade, and why it is no better: what is missing for the next one, or what took it away."""

    grade: Grade | None
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.grade or "ungraded"


def _codes(case: _Case, *codes: str) -> str | None:
    found = [f for f in case.findings if f.code in codes]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].message}{more}" if found else None


def _worst(case: _Case, severity: str) -> str | None:
    found = [f for f in case.findings if f.severity == severity]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].path}: {found[0].message}{more}" if found else None


def _untyped(case: _Case) -> str | None:
    untyped = [p.name for p in case.document.parameters if not is_typed(p.type)]
    more = f" and {len(untyped) - 1} more" if len(untyped) > 1 else ""
    return f"{untyped[0]!r}{more} has no type" if untyped else None


def _composition(case: _Case) -> str | None:
    said = case.document.composition or case.document.rules
    return None if said else "nothing is said about what goes before and after"


def _example(case: _Case) -> str | None:
    if not case.document.examples:
        return "there is no example"
    # That it passes the type checker is seen when it is linted, and before it is run: see the last rule.
    return _codes(case, "example.no-python")


def _generated(case: _Case) -> str | None:
    parts = case.document.generated
    more = f" and {len(parts) - 1} more" if len(parts) > 1 else ""
    return f"{parts[0]}{more} was generated" if parts else None


def _checked(case: _Case) -> str | None:
    if case.last is None:
        return "its behaviour was never checked"
    if case.last.problem:
        return case.last.problem
    return None


GRADE_RULES: tuple[GradeRule, ...] = (
    GradeRule("bronze", "has a description", lambda c: _codes(c, "description.missing")),
    GradeRule("bronze", "has no lint errors", lambda c: _worst(c, "error")),
    GradeRule("bronze", "each parameter has a type", _untyped),
    GradeRule("silver", "each parameter and the result are described", lambda c: _codes(c, *_UNDESCRIBED)),
    GradeRule("silver", "has no lint warnings", lambda c: _worst(c, "warning")),
    GradeRule("gold", "was written by somebody: no part of it was generated", _generated),
    GradeRule("gold", "has an example that passes the type checker", _example),
    GradeRule("gold", "says what goes before and after, or that nothing does", _composition),
    GradeRule(
        "gold",
        "declares its effect",
        lambda c: "the effect is inferred" if c.document.effects.inferred else None,
    ),
    GradeRule("gold", "passed its last check of behaviour, with a result of the shape it had", _checked),
)
_UNDESCRIBED = ("parameter.undescribed", "result.undescribed")


def grading(
    document: ApiDocument,
    findings: Sequence[LintFinding],
    checks: Sequence[CheckRecord] = (),
    *,
    quarantined: str | None = None,
    digest: str | None = None,
) -> Grading:
    """Grade a document by its findings and its checks, newest first; a check counts for the document it was made of.

    A failed check, and quarantine, take the grade away. `digest` is the document's own, where it is known.
    """
    if quarantined is not None:
        return Grading(None, (f"in quarantine: {quarantined}",))
    last = checks[0] if checks else None
    if last is not None and last.digest != (digest or document.digest()):
        last = None
    if last is not None and not last.passed:
        return Grading(None, (f"failed its check: {last.problem or 'no reason recorded'}",))
    case = _Case(document, findings, last)
    reached: Grade | None = None
    for level in ("bronze", "silver", "gold"):
        missing = tuple(_missing(case, level))
        if missing:
            return Grading(reached, missing)
        reached = level
    return Grading(reached)


def grade(document: ApiDocument, findings: Sequence[LintFinding], checks: Sequence[CheckRecord] = ()) -> Grade | None:
    """Return the grade alone."""
    return grading(document, findings, checks).grade


def _missing(case: _Case, level: Grade) -> Iterator[str]:
    found = [rule.missing(case) for rule in GRADE_RULES if rule.grade == level]
    lacks = [lack for lack in found if lack is not None]
    # One fault may break two rules; the shorter of the two says it.
    yield from (lack for lack in lacks if not any(other != lack and other in lack for other in lacks))
