"""How a version answers cases: the plan's calls against the calls that are right, without running them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.calls import Order, compare_calls
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import TaskMatrixError
from taskmatrix.core.matching import ExpectedCall
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Call, Context, Request
from taskmatrix.mcfm.embedded.confidence import calibrated
from taskmatrix.mcfm.embedded.deciding import plan_request
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.learning.examples import Example
from taskmatrix.mcfm.embedded.learning.learned import Learned
from taskmatrix.mcfm.embedded.plan import Argument, FromResult, Plan


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether the calls planned for a case are right, how sure the shipped regression is, how near an example is."""

    is_right: bool
    sure: float = 0.0
    near: float = 0.0


def answer(learned: Learned, example: Example, documents: Mapping[str, ApiDocument], offered: Sequence[str]) -> Answer:
    """Plan an example over the APIs on offer; right are exactly its calls."""
    outline = Outline(steps=tuple(Step(text=s) for s in example.outline)) if example.outline else None
    given = tuple(documents[api] for api in dict.fromkeys((*example.apis, *offered)) if api in documents)
    request = Request(example.instruction, Context(turns=example.turns), outline, given)
    try:
        plan = plan_request(request, learned)
    except TaskMatrixError:
        return Answer(not example.calls)
    order: Order = "sequence" if len(example.calls) > 1 else "any"
    expected = [
        ExpectedCall(c.api, {n: list(v) for n, v in c.arguments.items()}, frozenset(), c.id) for c in example.calls
    ]
    is_right = compare_calls(calls_of(plan), expected, order, documents).exact
    return Answer(is_right, calibrated(plan), learned.near(request))


def calls_of(plan: Plan) -> list[Call]:
    """Return the calls of a plan in order; an argument from elsewhere than a value or a result is null."""
    calls = list(plan.calls())
    names = {id(call): f"c{n}" for n, call in enumerate(calls)}
    return [
        Call(call.view.id, {n: _value(a, names) for n, a in call.arguments.items()}, names[id(call)]) for call in calls
    ]


def _value(argument: Argument, names: Mapping[int, str]) -> JsonValue:
    if isinstance(argument, Filled):
        return argument.value
    if isinstance(argument, FromResult):
        return {"$ref": names.get(id(argument.call), "")}
    return None
