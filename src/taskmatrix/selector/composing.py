"""Makes a set of the choices for several steps: an API that takes what an earlier step gives fits better."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.ranking import Fit
from taskmatrix.selector.tokens import stems

LOOKED_AT = 5
"""How many choices of a step may change places."""

BONUS = 1.0
"""What being fed all of its inputs adds to a choice's logit; measured, see `docs/design/selector.md`."""

_COMMON = frozenset(
    "count data date descript id messag name number result status success text time titl type url valu".split()
)
"""Fields by these names say too little about what they hold."""

Documents = Callable[[Iterable[tuple[str, str]]], Mapping[tuple[str, str], ApiDocument]]


def compose(steps: Sequence[Sequence[Fit]], read: Documents) -> list[list[Fit]]:
    """Return the fits of each step, where those come forward that the best of an earlier step feeds."""
    if len(steps) < 2:
        return [list(fits) for fits in steps]
    documents = read([(fit.package, fit.name) for fits in steps for fit in fits[:LOOKED_AT]])
    composed: list[list[Fit]] = []
    given: set[tuple[str, ...]] = set()
    for fits in steps:
        if given:
            lifted = [
                _lifted(fit, _share_fed(documents.get((fit.package, fit.name)), given)) for fit in fits[:LOOKED_AT]
            ]
            fits = [*sorted(lifted, key=lambda fit: -fit.score), *fits[LOOKED_AT:]]
        composed.append(list(fits))
        best = documents.get((fits[0].package, fits[0].name)) if fits else None
        if best is not None:
            given |= outputs(best)
    return composed


def outputs(document: ApiDocument) -> set[tuple[str, ...]]:
    """Return the names of the fields that a call gives, as stems; names that say nothing are left out."""
    schema: Mapping[str, JsonValue] = document.returns.type
    items = schema.get("items")
    fields = schema.get("properties") or (items.get("properties") if isinstance(items, dict) else None)
    named = {_key(name) for name in fields} if isinstance(fields, dict) else set[tuple[str, ...]]()
    return {key for key in named if not _COMMON.issuperset(key)}


def _share_fed(document: ApiDocument | None, given: set[tuple[str, ...]]) -> float:
    needed = [_key(p.name) for p in document.parameters if p.required] if document is not None else []
    return sum(key in given for key in needed) / len(needed) if needed else 0.0


def _lifted(fit: Fit, share: float) -> Fit:
    if not share:
        return fit
    odds = math.exp(BONUS * share) * fit.score / max(1e-9, 1 - fit.score)
    return replace(fit, score=odds / (1 + odds))


def _key(name: str) -> tuple[str, ...]:
    return tuple(sorted(stems(name)))
