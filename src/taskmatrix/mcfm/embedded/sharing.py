"""Plans for what is asked of several things at once, put together of a plan for each thing.

The model reads calls of one API for the values of a list (`the weather in Paris and Rome`). Where examples say what
things are (`the fan and the lights` are two domains, and no value that stands in the words), each is planned alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.instruction.conjuncts import MOST, Conjunct, conjuncts
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.repeating import is_same, moved
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values


def plan_apart(plan: Plan, clauses: Sequence[Clause], recall: Recall, planned: Callable[[str], Plan]) -> Plan:
    """Return the plan of an instruction; thing by thing, where examples know each and that makes no fewer calls.

    `planned` plans the words of one thing. A list that an argument takes whole stays one.
    """
    text = plan.text
    if len(clauses) > MOST:
        return plan
    shares = conjuncts(text, clauses, [values for values in lists_of(clauses) if not _is_taken(values, plan)])
    if not shares or not all(recall.part(share.of(text)).is_known() for share in shares):
        return plan
    made: list[PlannedCall] = []
    rival = 0.0
    for share in shares:
        part = planned(share.of(text))
        calls = list(part.calls())
        whole = calls == part.nodes and not part.unused and not part.unread and part.schedule is None
        if not calls or not whole or any(call.missing for call in calls):
            return plan
        made += [_in_place(call, share) for call in calls]
        rival = max(rival, part.rival)
    distinct = not any(is_same(one, other) for n, one in enumerate(made) for other in made[:n])
    if not distinct or len(made) < sum(1 for _ in plan.calls()):
        return plan
    return Plan(list(made), text, rival=rival)


def lists_of(clauses: Sequence[Clause]) -> list[Candidate]:
    """Return the lists in clauses, none of which goes from one clause on into the next."""
    return [moved(v, c.start) for c in clauses for v in find_values(c.text) if v.kind == "list"]


def _is_taken(values: Candidate, plan: Plan) -> bool:
    """Whether one argument of a plan takes all items of a list."""
    taken = [str(a.value).casefold() for a in plan.values() if isinstance(a, Filled)]
    return any(all(item.text.casefold() in said for item in values.items) for said in taken)


def _in_place(call: PlannedCall, share: Conjunct) -> PlannedCall:
    """The call as one of the whole instruction: its values stand where they are said there."""
    for name, argument in call.arguments.items():
        if isinstance(argument, Filled) and argument.source is not None and argument.source.start >= 0:
            place = share.place(argument.source.start, argument.source.end) or (-1, -1)
            source = replace(argument.source, start=place[0], end=place[1], items=())
            call.arguments[name] = replace(argument, source=source)
    call.step, call.place = share.step, share.pieces[0][0]
    return call
