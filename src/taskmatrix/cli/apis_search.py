"""`taskmatrix apis search`: finds APIs by what they do, or says that nothing fits."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from taskmatrix.cli import apis_quality
from taskmatrix.cli.apis_listing import first_sentence, need_package, print_rows, summary
from taskmatrix.cli.background import make_vectors
from taskmatrix.cli.explaining import explanation_json, print_explained
from taskmatrix.cli.failures import DONE, FAILED, print_error, print_warning
from taskmatrix.core.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.documents import ApiDocument
    from taskmatrix.core.effects import EffectKind
    from taskmatrix.core.protocols import Found, Match

NEAREST = 3
"""Names told where nothing fits."""

Grade = Literal["bronze", "silver", "gold"]
_GRADES: tuple[Grade, ...] = ("bronze", "silver", "gold")


def search(
    query: Annotated[list[str], typer.Argument(metavar="QUERY…", help="What the API should do, in words.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="At most this many.")] = 10,
    package: Annotated[list[str] | None, typer.Option("--package", help="Only in this package (repeatable).")] = None,
    owner: Annotated[list[str] | None, typer.Option("--owner", help="Only of this owner (repeatable).")] = None,
    effects: Annotated[
        list[str] | None,
        typer.Option("--effects", help="Only with this effect: read, write, destructive, physical (repeatable)."),
    ] = None,
    grade: Annotated[
        Grade | None, typer.Option("--grade", help="Only documents of this grade or a better one.")
    ] = None,
    callable_: Annotated[
        bool, typer.Option("--callable", help="Only what can be called from here, with the credentials there are.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show what brought each result.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Find APIs by what they do. The exit status is 1 if nothing fits; what was asked for is then noted."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.search import ANYTHING, SearchFilter

    text = " ".join(query)
    if not text.strip():
        raise UsageError("the query is empty", hint="taskmatrix apis search 'create a slide'")
    with TaskMatrix() as tm:
        for name in package or ():
            need_package(tm.registry, name)
        for name in owner or ():
            _need_owner(tm, name)
        where = SearchFilter(
            packages=tuple(package or ()),
            owners=tuple(owner or ()),
            effects=tuple(_effect(kind) for kind in effects or ()),
            allows=_allows(tm, grade, can_call=callable_),
        )
        found = tm.selector.search(text, limit=limit, where=where, explain=explain)
        noted = bool(found.unmet) and all(_is_noted(tm, step) for step in found.unmet)
        shown = found if found.fits else ()
        grades = apis_quality.grade_labels(tm, [m.document for m in shown])
        if as_json:
            told = {"query": text, "matches": [_match_json(m, grades, explain=explain) for m in shown]}
            unmet = {"unmet": found.unmet, "noted": noted} if found.unmet else {}
            nearest = {} if found.fits else {"nearest": _nearest(found)}
            print(json.dumps(told | nearest | unmet))
        else:
            _print_matches(shown, grades, explain=explain)
            if found.unmet:
                _print_unmet(found, noted=noted, narrowed=where != ANYTHING)
        if found.lacks_vectors:
            make_vectors(tm, few=0)
    return DONE if found.fits else FAILED


def _effect(given: str) -> "EffectKind":
    from taskmatrix.core.effects import EffectKind

    kinds: dict[str, EffectKind] = {kind: kind for kind in get_args(EffectKind)}
    if given not in kinds:
        raise UsageError(f"{given!r} is no effect", hint=f"one of {', '.join(kinds)}")
    return kinds[given]


def _need_owner(tm: "TaskMatrix", name: str) -> None:
    from taskmatrix.store import OwnerStore

    if OwnerStore(tm.database).get(name) is None:
        raise NotFoundError(f"there is no owner {name!r}", hint="taskmatrix apis owners list")


def _allows(tm: "TaskMatrix", grade: Grade | None, *, can_call: bool) -> "Callable[[ApiDocument], bool] | None":
    """Return what is asked about each document that was found, or None where anything will do."""
    checks: list[Callable[[ApiDocument], bool]] = []
    if can_call:
        from taskmatrix.app.callable import Callability
        from taskmatrix.policy import DefaultPolicy

        checks.append(Callability(tm.database, tm.credentials, DefaultPolicy()))
    if grade is not None:
        good = _GRADES[_GRADES.index(grade) :]
        checks.append(lambda document: apis_quality.grade_labels(tm, [document])[document.id] in good)
    return (lambda document: all(check(document) for check in checks)) if checks else None


def _is_noted(tm: "TaskMatrix", text: str) -> bool:
    """Whether the selector has kept what nothing fits: it cannot where the database is read-only or busy."""
    from taskmatrix.app.demand import KeptDemand
    from taskmatrix.store import DemandStore

    return DemandStore(tm.database).find(KeptDemand(tm.home).kept_as(text)) is not None


def _match_json(match: "Match", grades: Mapping[str, str], *, explain: bool) -> dict[str, object]:
    told = summary(match.document)
    told |= {"score": round(match.score, 4), "why": match.why, "grade": grades[match.document.id]}
    return told | ({"explanation": explanation_json(match.explanation)} if explain else {})


def _print_matches(matches: "Sequence[Match]", grades: Mapping[str, str], *, explain: bool) -> None:
    rows = [
        (m.document.id, f"{m.score:.2f}", grades[m.document.id], first_sentence(m.document.description), m.why)
        for m in matches
    ]
    if not explain:
        print_rows(rows)
        return
    for match, row in zip(matches, rows, strict=True):
        print_explained(match, row[:-1])


def _print_unmet(found: "Found", *, noted: bool, narrowed: bool) -> None:
    advice = "leave out some of the options" if narrowed else "taskmatrix apis import adds APIs"
    nearest = [] if found.fits else _nearest(found)
    closest = f"the closest are {', '.join(nearest)}; " if nearest else ""
    kept = "; it was noted: taskmatrix apis unmet" if noted else ""
    said = "no API fits " + ", ".join(repr(step[:500]) for step in found.unmet)
    if found.fits:
        print_warning(f"{said}; {advice}{kept}")
    else:
        print_error(said, f"{closest}{advice}{kept}")


def _nearest(found: "Found") -> list[str]:
    return [match.document.id for match in found[:NEAREST]]
