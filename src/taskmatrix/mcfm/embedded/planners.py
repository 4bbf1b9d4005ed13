"""The two ways to plan what clauses ask for: directly, or composing APIs that belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.composing.filling import fill
from taskmatrix.mcfm.embedded.composing.planning import Reader, plan_clause, reach, source_of
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary
from taskmatrix.mcfm.embedded.direct import DirectReader
from taskmatrix.mcfm.embedded.documents.comparing import FOUND, Scope, same_reading
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.feeding import feed_items, settle
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS, Clause, Each, asks
from taskmatrix.mcfm.embedded.instruction.conditions import Span
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, content_stems, related, synonyms, tokenize
from taskmatrix.mcfm.embedded.plan import Argument, FromItem, FromResult, Node, Plan, PlannedCall
from taskmatrix.mcfm.embedded.results import Field, field_at, fields
from taskmatrix.mcfm.embedded.values.candidates import Candidate

_PRONOUNS = frozenset("it them this that these those one".split())
_POINTING = frozenset("it them these those they each results ones".split())


@dataclass(slots=True)
class ComposingPlanner:
    """Clause by clause, over documents that tie their APIs together."""

    reader: Reader
    steps: Sequence[Clause]
    filters: bool = False

    def clauses(self, clauses: Sequence[Clause], scope: Scope, plan: Plan) -> list[Node]:
        """Return the calls of each clause in turn; the plan sees them at once."""
        made: list[Node] = []
        for clause in clauses:
            # What is made for a clause is seen by the next one, though the caller puts it into the plan.
            seen = Plan([*plan.nodes, *made], unread=plan.unread, notes=plan.notes)
            made += plan_clause(
                self.reader, clause, seen, self._step(clause), scope.loops[-1] if scope.loops else None
            )
        return made

    def _step(self, clause: Clause) -> int:
        return next((i for i, c in enumerate(self.steps, 1) if c == clause), 1)

    def reach(self, clause: Clause, plan: Plan) -> list[Node]:
        """Return the calls that go where an earlier clause said."""
        reader, found = self.reader, list[Node]()
        for package in dict.fromkeys(v.document.package for v in reader.views):
            views = [v for v in reader.views if v.document.package == package]
            found += reach(reader, Vocabulary(views, reader.composition, reader.weights), plan, self._step(clause))
        return found

    def call(self, view: ApiView, words: Span, taken: Sequence[Candidate], scope: Scope) -> PlannedCall:
        """Return the call of one API with what the linear models find for it."""
        filling = fill(view, self.reader.passage(words.start, words.end), self.reader.weights, taken)
        return PlannedCall(view, dict(filling.arguments), filling.missing, words.start)

    def source(self, each: Each, scope: Scope, plan: Plan, nodes: list[Node]) -> FromResult | FromItem | None:
        """Return the list, after the calls that go where it lies."""
        if each.loose:
            return None
        seen = Plan(list(plan.nodes))
        known = len(seen.nodes)
        found = source_of(self.reader, each, seen, self._step(each.source))
        nodes += seen.nodes[known:]
        return found


@dataclass(slots=True)
class DirectPlanner:
    """By the cross-encoder, over APIs that stand alone."""

    reader: DirectReader
    views: Sequence[ApiView]
    filters: bool = True

    def reach(self, clause: Clause, plan: Plan) -> list[Node]:
        """Return nothing: these APIs go nowhere."""
        return []

    def clauses(self, clauses: Sequence[Clause], scope: Scope, plan: Plan) -> list[Node]:
        """Return the calls of the clauses, read together; one that this leaves out is read again alone."""
        made = self._read(clauses, scope)
        for clause in clauses:
            if not any(clause.start <= call.place < clause.end for call in made) and asks(clause):
                alone = self._read([clause], scope) if len(clauses) > 1 else []
                fresh = [c for c in alone if not any(same_reading(c, other) for other in made)]
                made = sorted([*made, *fresh], key=lambda c: c.place)
                if not alone and (not made or len(content_stems(clause.text)) > 1):
                    plan.unread.append(clause.text)
        return list(self.reader.linked(made, scope.calls))

    def _read(self, clauses: Sequence[Clause], scope: Scope) -> list[PlannedCall]:
        reader = self.reader.part(clauses)
        calls = reader.calls(self.views, has_results=bool(scope.calls or scope.loops))
        calls = calls or self._named(reader, clauses, scope)
        text = reader.said.text[reader.base :]
        for call in calls:
            feed_items(call, scope.loops, text)
            _refer_back(call, clauses, scope)
            settle(call)
        return _needed(calls, clauses, scope)

    def _named(self, reader: DirectReader, clauses: Sequence[Clause], scope: Scope) -> list[PlannedCall]:
        """`for each refund, pay it`: the API that the words name once the item stands for its pronoun."""
        heard = {t.stem for c in clauses for t in tokenize(c.text)}
        if not scope.loops or not any(asks(c) for c in clauses) or not heard & _PRONOUNS:
            return []
        heard |= {s for loop in scope.loops for s in content_stems(loop.item)}
        named = [v for v in self.views if set(v.name_stems) <= heard and v.document.effects.kind != "read"]
        return [reader.call(named[0], has_results=True)] if len(named) == 1 else []

    def call(self, view: ApiView, words: Span, taken: Sequence[Candidate], scope: Scope) -> PlannedCall:
        """Return the call of one API, without arguments among what is `taken`."""
        reader = self.reader.part([Clause(words.text, words.start, words.end)])
        call = reader.call(view, has_results=bool(scope.calls or scope.loops), used=[(t.start, t.end) for t in taken])
        for name, argument in list(call.arguments.items()):
            source = argument.source if isinstance(argument, Filled) else None
            if source is not None and any(source.overlaps(t) for t in taken):
                del call.arguments[name]
                parameter = call.view.parameter(name)
                call.missing = (*call.missing, name) if parameter and parameter.required else call.missing
        feed_items(call, scope.loops, self.reader.said.text[self.reader.base :])
        settle(call)
        return self.reader.linked([call], scope.calls)[0]

    def source(self, each: Each, scope: Scope, plan: Plan, nodes: list[Node]) -> FromResult | FromItem | None:
        """Return the list of the items: at hand, or read by the API whose result speaks of them."""
        at_hand = self._at_hand(each, scope)
        if at_hand is not None:
            return at_hand
        end = max(each.source.end, each.only.end if each.only else 0)
        start = min(each.source.start, self._item_start(each))
        text = self.reader.said.text[self.reader.base + start : self.reader.base + end]
        found: list[tuple[float, PlannedCall, tuple[str | int, ...]]] = []
        for view in self.views:
            score, part = max(((_lists(each, p, view), p) for p in fields(view, 3)), key=lambda f: f[0])
            if score <= 0 or view.document.effects.kind not in ("read", "unknown"):
                continue
            call = self.call(view, Span(text, start, end), [], scope)
            found.append((score - 0.6 * len(call.missing), call, part.path))
        if not found:
            return None
        _, call, path = max(found, key=lambda f: f[0])
        call.confidence = max(call.confidence, FOUND)
        call.why = f"reads the list of each {each.item}"
        call.step = self.reader.clauses.index(each.source) + 1 if each.source in self.reader.clauses else call.step
        nodes.append(call)
        return FromResult(call, path)

    def _item_start(self, each: Each) -> int:
        text = self.reader.said.text[self.reader.base : self.reader.base + each.source.end]
        at = text.rfind(each.item, 0, each.source.start + len(each.item))
        return at if at >= 0 else each.source.start

    def _at_hand(self, each: Each, scope: Scope) -> FromResult | FromItem | None:
        """A list that is there already: of the item of a loop around, or of a call before, the latest first."""
        points = bool(set(each.item.lower().split()) & _POINTING) or not content_stems(each.item)
        for loop in reversed(scope.loops):
            origin = loop.origin
            for part in field_at(origin.call.view, (*origin.path, 0), 2):
                if part.type == "list" and _lists(each, part, None) > 0:
                    return FromItem(loop, part.path)
        for call in reversed(scope.calls):
            lists = [p for p in fields(call.view, 3) if p.type == "list"]
            best = max(lists, key=lambda p: _lists(each, p, call.view), default=None)
            if best is not None and (points or _lists(each, best, call.view) > 0):
                return FromResult(call, best.path)
        return None


def _refer_back(call: PlannedCall, clauses: Sequence[Clause], scope: Scope) -> None:
    """`if the back door is open, lock it`: what was said for a parameter of the same name is meant again."""
    words = {t.text.lower() for c in clauses for t in tokenize(c.text)}
    for name, argument in list(call.arguments.items()):
        source = argument.source if isinstance(argument, Filled) else None
        said = source.text.lower() if source else ""
        is_verb = said in VERBS and any(c.start == source.start for c in clauses if source)
        if is_verb or said in _PRONOUNS:
            # Neither the verb that asks for the call nor a pronoun is a value.
            del call.arguments[name]
            parameter = call.view.parameter(name)
            call.missing = (*call.missing, name) if parameter and parameter.required else call.missing
    if not words & _PRONOUNS:
        return
    for name in call.missing:
        parameter = call.view.parameter(name)
        for earlier in reversed(scope.calls):
            known = _same_thing(parameter, earlier) if parameter else None
            if known is not None:
                call.arguments[name] = known
                call.missing = tuple(m for m in call.missing if m != name)
                call.wanting = tuple(w for w in call.wanting if w != name)
                break


def _same_thing(parameter: ParameterView, earlier: PlannedCall) -> Argument | None:
    """What an earlier call was given for a parameter of the same name, or for its only one of the same type."""
    alike = [n for n in earlier.arguments if (p := earlier.view.parameter(n)) and p.type == parameter.type]
    name = parameter.name if parameter.name in alike else alike[0] if len(alike) == 1 else None
    return earlier.arguments[name] if name is not None else None


def _needed(calls: Sequence[PlannedCall], clauses: Sequence[Clause], scope: Scope) -> list[PlannedCall]:
    """The calls without readings that are there already, and without those that another one makes pointless."""
    reads = any(_reads(c) for c in clauses)
    known = {c.view.id for c in scope.calls}
    fresh = [c for c in calls if reads or c.view.id not in known or c.view.document.effects.kind != "read"]
    whole = {c.step for c in fresh if not c.missing}
    return [c for c in fresh if not (c.missing and not c.arguments and c.step in whole)]


def _reads(clause: Clause) -> bool:
    """Whether a clause asks for something to be told."""
    words = [t for t in tokenize(clause.text) if t.is_word and t.text.lower() not in STOP_WORDS]
    return clause.text.rstrip().endswith("?") or bool(words and synonyms(words[0].stem) & synonyms("get"))


def _lists(each: Each, part: Field, view: ApiView | None) -> float:
    """How well a list in a result speaks of the items; 0 where it does not, or is no list."""
    if part.type != "list":
        return 0.0
    item = content_stems(each.item)[-1:]
    around = set(content_stems(each.source.text)) | set(content_stems(each.item))
    own = set(part.name_stems)
    named = own | ({*view.object_stems} if view and (not part.path or len(fields(view, 1)) <= 2) else set[str]())
    told = set(part.stems) | (set(view.description_stems) if view else set[str]())
    score = 2.0 * any(i in named for i in item) + 0.7 * any(related(i, n) for i in item for n in named)
    score += 0.8 * any(i in told for i in item)
    if score <= 0:
        return 0.0
    return score + 0.3 * len(around & (told | named)) - 0.1 * len(part.path)
