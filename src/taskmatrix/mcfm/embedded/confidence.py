"""How sure a plan is: from the probabilities of its parts to that of the whole.

A logistic regression over some figures of the plan, fitted by `training/train_confidence.py` on cases that no
weights were trained on (Platt scaling with more than one input: Platt, Probabilistic Outputs for Support Vector
Machines, 1999).
"""

import json
import math
from functools import lru_cache
from importlib.resources import files
from typing import TypeGuard

from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems
from taskmatrix.mcfm.embedded.plan import Argument, Plan, PlannedCall

FIGURES = (
    "one",
    "fits_sum",
    "fits_least",
    "joint_sum",
    "joint_least",
    "missing",
    "unused",
    "unread",
    "several",
    "results",
    "rival",
    "unexplained",
    "longest",
    "composed",
    "composed_product",
)


REFUSAL = ("refusal", "refusal_odds")


def figures(plan: Plan) -> tuple[float, ...]:
    """Return the inputs of the regression, in the order of `FIGURES`."""
    calls = [call for call in plan.calls() if not call.added]
    composed = any(call.joint is None for call in calls)
    fits = [_log(call.confidence) for call in calls]
    joints = [_log(_joint(call)) for call in calls]
    results = sum(not isinstance(a, Filled) for call in calls for a in call.arguments.values())
    given = (
        1.0,
        max(-6.0, sum(fits)),
        min(fits, default=0.0),
        max(-12.0, sum(joints)),
        min(joints, default=0.0),
        min(3, sum(len(call.missing) for call in calls)),
        min(3, len(plan.unused)),
        min(3, len(plan.unread)),
        math.log(max(1, len(calls))),
        min(3, results),
        _log(1 - plan.rival),
        unexplained(plan),
        min(
            10, max((len(str(a.value).split()) for c in calls for a in c.arguments.values() if _is_text(a)), default=0)
        ),
    )
    if not composed:
        return (*given, 0.0, 0.0)
    # Calls composed by rules have no joint probabilities: one figure of their own stands for all.
    return (*(0.0,) * len(given), 1.0, max(-12.0, _log(plan.confidence)))


def calibrated(plan: Plan) -> float:
    """Return the probability (0…1) that every call and argument of a plan is right; 0 for one without calls."""
    if not any(not call.added for call in plan.calls()):
        return 0.0
    return _sigmoid(sum(w * x for w, x in zip(_weights(FIGURES), figures(plan), strict=True)))


def calibrated_refusal(plan: Plan) -> float:
    """Return the probability that it is right to call nothing, where a plan has no calls."""
    return _sigmoid(sum(w * x for w, x in zip(_weights(REFUSAL), refusal_figures(plan), strict=True)))


def refusal_figures(plan: Plan) -> tuple[float, ...]:
    """Return the inputs of the regression for refusals, in the order of `REFUSAL`."""
    return 1.0, _log(1 - plan.rival) - _log(plan.rival)


def unexplained(plan: Plan) -> float:
    """Return the share of the instruction's content words that neither a value nor a called API's document holds."""
    said = content_stems(plan.text)
    known: set[str] = set()
    for call in plan.calls():
        known |= {*call.view.name_stems, *call.view.description_stems, *call.view.parameter_stems}
        for argument in call.arguments.values():
            if isinstance(argument, Filled):
                known |= {
                    *content_stems(str(argument.value)),
                    *content_stems(argument.source.text if argument.source else ""),
                }
    return sum(stem not in known for stem in said) / len(said) if said else 0.0


def _is_text(argument: Argument) -> TypeGuard[Filled]:
    return isinstance(argument, Filled) and isinstance(argument.value, str)


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _joint(call: PlannedCall) -> float:
    if call.joint is not None:
        return call.joint
    return math.prod(a.confidence if isinstance(a, Filled) else 0.8 for a in call.arguments.values())


def _log(probability: float) -> float:
    return math.log(max(1e-4, min(1.0, probability)))


@lru_cache(maxsize=2)
def _weights(figures: tuple[str, ...]) -> tuple[float, ...]:
    said = json.loads(files("taskmatrix.mcfm.embedded").joinpath("confidence.json").read_text())
    return tuple(float(said[name]) for name in figures)
