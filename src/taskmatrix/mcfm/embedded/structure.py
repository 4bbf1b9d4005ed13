"""From the parts of an instruction to a plan: calls, and the loops and branches around them.

What single clauses ask for is planned by a `Planner`: `DirectPlanner` for APIs that stand alone, `ComposingPlanner`
where the documents tie APIs together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.comparing import FOUND, Comparer, Finding, Scope
from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.documents.traits import find_traits
from taskmatrix.mcfm.embedded.feeding import within
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, Each, If, Part, leaves
from taskmatrix.mcfm.embedded.instruction.conditions import Condition, Span, read_condition
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS
from taskmatrix.mcfm.embedded.instruction.postponing import waits_itself
from taskmatrix.mcfm.embedded.plan import (
    Branch,
    Comparison,
    FromItem,
    FromResult,
    Loop,
    Node,
    Plan,
    PlannedCall,
    Trait,
    bodies,
)
from taskmatrix.mcfm.embedded.values.candidates import Candidate


class Planner(Protocol):
    """Plans what clauses ask for. `filters`: of lists, it leaves those items to the loop that are not meant."""

    @property
    def filters(self) -> bool:
        """Whether loops are to leave out items that are not meant."""
        ...

    def clauses(self, clauses: Sequence[Clause], scope: Scope, plan: Plan) -> list[Node]:
        """Return the calls of clauses that follow each other."""
        ...

    def reach(self, clause: Clause, plan: Plan) -> list[Node]:
        """Return the calls that go where the value of a condition lies."""
        ...

    def call(self, view: ApiView, words: Span, taken: Sequence[Candidate], scope: Scope) -> PlannedCall:
        """Return the call of one API, its values read from `words`; those `taken` are none of them."""
        ...

    def source(self, each: Each, scope: Scope, plan: Plan, nodes: list[Node]) -> FromResult | FromItem | None:
        """Return the list that a loop goes through, and append the calls that read it; None where there is none."""
        ...


@dataclass(slots=True)
class Structure:
    """One instruction being planned. `steps` are its clauses, numbered from 1 in plan and program."""

    text: str
    views: Sequence[ApiView]
    parts: Sequence[Part]
    planner: Planner
    now: datetime | None = None
    plan: Plan = field(default_factory=Plan)
    comparer: Comparer = field(init=False)
    steps: list[Clause] = field(init=False)

    def __post_init__(self) -> None:
        self.comparer = Comparer(self.text, self.views, self.planner.call, self.now)
        self.steps = leaves(self.parts)

    def make(self) -> Plan:
        """Return the plan; it is empty where nothing fits."""
        self._walk(self.parts, self.plan.nodes, Scope())
        _see(self.plan.nodes, [], ())
        return self.plan

    def _walk(self, parts: Sequence[Part], nodes: list[Node], scope: Scope) -> None:
        run: list[Clause] = []
        for part in (*parts, None):
            if isinstance(part, Clause) and (not run or part.start >= run[-1].end):
                run.append(part)
                continue
            if run:
                self._extend(nodes, self.planner.clauses(run, scope, self.plan), scope)
            run = [part] if isinstance(part, Clause) else []
            if isinstance(part, Each):
                self._each(part, nodes, scope)
            elif isinstance(part, If):
                self._if(part, nodes, scope)

    def _extend(self, nodes: list[Node], made: Sequence[Node], scope: Scope) -> None:
        nodes += made
        scope.calls += [n for n in made if isinstance(n, PlannedCall)]

    def _step(self, clause: Clause) -> int:
        return self.steps.index(clause) + 1 if clause in self.steps else 0

    def _each(self, each: Each, nodes: list[Node], scope: Scope) -> None:
        before: list[Node] = []
        source = self.planner.source(each, scope, self.plan, before)
        self._extend(nodes, before, scope)
        if source is None:
            self._walk(each.body, nodes, scope)
            if not each.loose:
                self.plan.notes.append(f"no API on offer reads the list of {each.item!r}")
            return
        loop = Loop(source, _item(each, source), step=self._step(each.source))
        nodes.append(loop)
        inner = scope.inside(loop)
        self._walk(each.body, self._only(each, loop, inner, before), inner)
        if not loop.body:
            nodes.remove(loop)

    def _only(self, each: Each, loop: Loop, scope: Scope, before: Sequence[Node]) -> list[Node]:
        """The body for the items that are meant: all of them, or those of `each unread mail whose sender is Ann`."""
        body = loop.body
        traits = find_traits(each.item, each.source.start, loop.source) if self.planner.filters else ()
        if traits is None:
            self.plan.unread.append(f"find out which are {each.item}")
            return body
        if traits:
            held = tuple(_held(loop, trait) for trait in traits)
            body.append(Branch(held, step=loop.step))
            body = body[-1].body if isinstance(body[-1], Branch) else body
        if each.only is not None and not _takes(before, each.only):
            branch = self._branch(each.only, scope, body, loop.step)
            body = branch.body if branch is not None else body
        return body

    def _if(self, part: If, nodes: list[Node], scope: Scope) -> None:
        branch = self._branch(part.condition, scope, nodes, self._step(part.condition), negated=part.negated)
        told = self._told(part, scope) if branch is None else []
        if told:
            self.plan.unread.pop()
            self._extend(nodes, told, scope)
            return
        if branch is None:
            # Nothing tells, so nothing of it may be done: not even where the user leaves the question out.
            branch = Branch((), step=self._step(part.condition))
            nodes.append(branch)
        self._walk(part.body, branch.body, scope.inside())
        self._walk(part.otherwise, branch.otherwise, scope.inside())
        if not branch.body and not branch.otherwise:
            nodes.remove(branch)

    def _told(self, part: If, scope: Scope) -> list[Node]:
        """The calls that take a condition as arguments, of APIs that wait themselves: `alert me if it drops`."""
        inner = [c for c in part.body if isinstance(c, Clause)]
        if part.otherwise or len(inner) != len(part.body):
            return []
        clauses = sorted([part.condition, *inner], key=lambda c: c.start)
        made = self.planner.clauses(clauses, scope.inside(), Plan())
        calls = [c for c in made if isinstance(c, PlannedCall)]
        waits = all(waits_itself(c.view) and _takes([c], part.condition) for c in calls)
        return made if calls and waits and not any(c.missing for c in calls) else []

    def _branch(
        self, clause: Clause, scope: Scope, nodes: list[Node], step: int, *, negated: bool = False
    ) -> Branch | None:
        """Append the calls that a condition needs and its branch; where nothing tells, say what is open."""
        self._extend(nodes, self.planner.reach(clause, self.plan), scope)
        condition = read_condition(clause)
        found = self._findings(condition, scope)
        comparisons: list[Comparison] = []
        for finding in found:
            if finding is None:
                break
            for call in finding.calls:
                call.step, call.place = step, clause.start
                call.confidence = max(call.confidence, FOUND)
                call.why = call.why or f"tells whether {clause.text}"
            self._extend(nodes, finding.calls, scope)
            comparisons.append(finding.comparison)
        if len(comparisons) < max(1, len(condition.tests)):
            self.plan.unread.append(f"find out whether {clause.text}")
            return None
        if contradicts(condition, comparisons):
            self.plan.unread.append(f"{clause.text} (no value can be both)")
            return None
        branch = Branch(tuple(comparisons), condition.any_holds, negated, step=step)
        nodes.append(branch)
        return branch

    # The calls of one test are seen by the next.
    def _findings(self, condition: Condition, scope: Scope) -> list[Finding | None]:
        found: list[Finding | None] = []
        inner = scope.inside()
        for test in condition.tests if not condition.mixed else ():
            finding = self.comparer.find(test, inner, condition.tests)
            found.append(finding)
            inner.calls += finding.calls if finding else []
        return found


def contradicts(condition: Condition, comparisons: Sequence[Comparison]) -> bool:
    """Whether numbers that must all hold exclude each other: above 30 and below 20."""
    if condition.any_holds:
        return False
    bounds: dict[object, tuple[float, float]] = {}
    for one in comparisons:
        value = one.right.value if isinstance(one.right, Filled) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or one.operator in ("!=", "in"):
            continue
        operator = one.operator
        if one.negated:
            operator = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(operator, "!=")
        key = (type(one.left), id(getattr(one.left, "call", None) or getattr(one.left, "loop", None)), one.left.path)
        low, high = bounds.get(key, (float("-inf"), float("inf")))
        if operator in (">", ">=", "=="):
            low = max(low, value)
        if operator in ("<", "<=", "=="):
            high = min(high, value)
        strict = operator in ("<", ">")
        if low > high or (low == high and strict):
            return True
        bounds[key] = (low, high)
    return False


def _held(loop: Loop, trait: Trait) -> Comparison:
    field = FromItem(loop, trait.path)
    if trait.choice is None:
        return Comparison(field, "true", negated=trait.negated)
    return Comparison(field, "==", Filled(trait.choice, None, 0.9), negated=trait.negated)


def _item(each: Each, source: FromResult | FromItem) -> str:
    """What one item is called: the noun that was said; for `each of them` the name of the list."""
    said = each.item.split()[-1:]
    if said and said[0].lower() not in STOP_WORDS:
        return said[0]
    name = next((p for p in reversed(source.path) if isinstance(p, str)), None)
    if name is None and isinstance(source, FromResult):
        name = source.call.view.document.name.rsplit(".", 1)[-1]
    word = (names.words(name or "") or ["item"])[-1].lower()
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _takes(nodes: Sequence[Node], clause: Clause) -> bool:
    """Whether a call takes what a clause says: the API itself leaves out the others."""
    calls = [n for n in nodes if isinstance(n, PlannedCall)]
    return any(clause.start <= s.start < clause.end for c in calls for s in c.sources)


def _see(nodes: Sequence[Node], visible: list[PlannedCall], loops: tuple[Loop, ...]) -> None:
    """Take back what a call would need from a place it cannot see."""
    for node in nodes:
        if isinstance(node, PlannedCall):
            within(node, visible, loops)
            visible.append(node)
        for body in bodies(node):
            _see(body, list(visible), (*loops, node) if isinstance(node, Loop) else loops)
