"""What the documents say must also happen: the calls before, and after, those that were asked for."""

from collections.abc import Sequence

from taskmatrix.mcfm.embedded.composing.planning import Reader
from taskmatrix.mcfm.embedded.documents.reading import ApiView, Requirement
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import Token, content_stems, plain, related_to_any, stem, synonyms
from taskmatrix.mcfm.embedded.plan import Argument, Branch, FromItem, Loop, Node, Plan, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import VERBATIM

_MARKS = frozenset(("quote", "path", "number"))
_MAKING = synonyms("insert") | synonyms("creat")
_CALLED, _TITLES = ({stem(w) for w in words.split()} for words in ("called named entitled", "title name"))


class Completer:
    """Adds the calls that composition rules ask for."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.by_id = {v.id: v for v in reader.views}
        self.done: list[str] = list(reader.history)
        self.selecting = self._selecting()

    def complete(self, plan: Plan) -> None:
        """Insert what must come before each call, then append what must come after any."""
        plan.nodes = self._before(plan.nodes)
        self._after(plan)
        self._take_back(list(plan.calls()))

    def _take_back(self, calls: Sequence[PlannedCall]) -> None:
        """Give what makes something the path that a call which has to come after it is told, and may do without.

        `Create a presentation titled Bees and save it as bees.pptx` names the file that is created.
        """
        for number, call in enumerate(calls):
            if not synonyms(call.view.verb) & _MAKING:
                continue
            after = {a for r in self.reader.composition.later(call.view.id) for a in r.alternatives}
            for later in (c for c in calls[number + 1 :] if c.view.id in after):
                for name in [n for n, a in later.arguments.items() if _is_path(a)]:
                    meant = self._meant(call, name)
                    if name not in call.missing and meant is None:
                        continue
                    if meant is not None:
                        call.arguments[meant] = call.arguments.pop(name)
                    call.arguments[name] = later.arguments.pop(name)
                    call.missing = tuple(m for m in call.missing if m != name)

    def _meant(self, call: PlannedCall, name: str) -> str | None:
        """The free text parameter that the words before what a call took for a path say: `titled Bees`."""
        parameter, argument = call.view.parameter(name), call.arguments.get(name)
        if parameter is None or not parameter.required or not isinstance(argument, Filled) or _is_path(argument):
            return None
        if argument.source is None:
            return None
        place = argument.source.start
        before = [t.stem for t in self.reader.tokens if t.end <= place][-2:]
        said = {*before, *(_TITLES if {*before} & _CALLED else ())}
        free = [p for p in call.view.parameters if p.type == "str" and p.name not in call.arguments]
        return next((p.name for p in free if {*p.name_stems} & said), None)

    def _selecting(self) -> frozenset[str]:
        """The APIs that one has to choose between: an alternative of a requirement that has several."""
        several = [r for r in self.reader.composition.before if len(r.alternatives) > 1]
        return frozenset(a for r in several for a in r.alternatives)

    def _before(self, nodes: Sequence[Node]) -> list[Node]:
        ordered: list[Node] = []
        for node in nodes:
            if isinstance(node, Loop):
                node.body = self._before(node.body)
                ordered.append(node)
                continue
            if isinstance(node, Branch):
                # What only one side did cannot be relied on afterwards.
                known = len(self.done)
                node.body = self._before(node.body)
                del self.done[known:]
                node.otherwise = self._before(node.otherwise)
                del self.done[known:]
                ordered.append(node)
                continue
            ordered += self._needed(node, depth=0)
            ordered.append(node)
            self.done.append(node.view.id)
        return ordered

    def _needed(self, call: PlannedCall, depth: int) -> list[PlannedCall]:
        added: list[PlannedCall] = []
        if depth > 4:
            return added
        for requirement in self.reader.composition.earlier(call.view.id):
            chosen = self._choose(call, requirement)
            if chosen is None:
                continue
            extra = PlannedCall(
                chosen, {}, tuple(p.name for p in chosen.parameters if p.required), call.place, call.step
            )
            extra.added, extra.why = True, f"has to come before {call.view.document.name}"
            added += [*self._needed(extra, depth + 1), extra]
            self.done.append(chosen.id)
        return added

    def _choose(self, call: PlannedCall, requirement: Requirement) -> ApiView | None:
        """The alternative that the words around the call's values name, unless it is in force already."""
        alternatives = [self.by_id[a] for a in requirement.alternatives if a in self.by_id]
        if not alternatives:
            return None
        current = self._in_force(requirement)
        near, clause = self._circles(call)
        named = self._named(call, alternatives, near)
        if named is None and current is not None and near:
            return self._next(call, alternatives, current)
        named = named or self._named(call, alternatives, [clause])
        if named is not None:
            return None if current == named.id else named
        if current is not None:
            return None
        # Nothing new is made unasked: better to ask which one to open than to create one.
        alternatives = [a for a in alternatives if not synonyms(a.verb) & _MAKING] or alternatives
        free = [a for a in alternatives if not any(p.required for p in a.parameters)]
        return max(free or alternatives, key=lambda a: _spoken_of(a, call.view))

    def _next(self, call: PlannedCall, alternatives: Sequence[ApiView], current: str) -> ApiView | None:
        """After a value that was named (`titled "A"`), one that is not (`with "B"`) goes to the next place."""
        joined = [t.text.lower() for t in self.reader.tokens if t.end <= call.place][-1:]
        last = self.done[-1] if self.done else ""
        if last != call.view.id or joined not in (["with"], ["containing"], ["saying"], [":"]):
            return None
        index = next((i for i, a in enumerate(alternatives) if a.id == current), len(alternatives))
        return alternatives[index + 1] if index + 1 < len(alternatives) else None

    def _in_force(self, requirement: Requirement) -> str | None:
        """The alternative that was called last and still holds; making a thing counts as having chosen it."""
        for api in reversed(self.done):
            if api in requirement.alternatives:
                return api
            view = self.by_id.get(api)
            if view is None or self._keeps(api, requirement) or not self._is_focus(requirement):
                continue
            if any(
                api in r.alternatives for a in requirement.alternatives for r in self.reader.composition.earlier(a)
            ):
                return None
            made = synonyms(view.verb) & _MAKING
            for alternative in requirement.alternatives:
                other = self.by_id.get(alternative)
                if made and other and other.object_stems and set(other.object_stems) <= set(view.object_stems):
                    return alternative
            if made or api in self.selecting:
                return None
        return None

    def _is_focus(self, requirement: Requirement) -> bool:
        """Whether the alternatives exclude each other (select this or that), not just have to have happened."""
        verbs = {self.by_id[a].verb for a in requirement.alternatives if a in self.by_id}
        return len(requirement.alternatives) > 1 and len(verbs) == 1

    def _keeps(self, api: str, requirement: Requirement) -> bool:
        """Whether an API works on what was chosen and so leaves it chosen."""
        return any(set(r.alternatives) & set(requirement.alternatives) for r in self.reader.composition.earlier(api))

    def _named(
        self, call: PlannedCall, alternatives: Sequence[ApiView], circles: Sequence[Sequence[Token]]
    ) -> ApiView | None:
        shared = [a.object_stems for a in alternatives]
        distinct = [a for a in alternatives if a.object_stems and shared.count(a.object_stems) == 1]
        distinct = [a for a in distinct if not synonyms(a.verb) & _MAKING and a.verb != call.view.verb]
        if not distinct:
            return None
        spoken = [
            list(call.about),
            *([plain(t.stem, self.reader.names) for t in words if t.is_content] for words in circles),
        ]
        for stems in spoken:
            said = [a for a in distinct if stems and all(related_to_any(s, stems) for s in a.object_stems)]
            if said:
                return max(said, key=lambda a: len(a.object_stems))
        return None

    def _circles(self, call: PlannedCall) -> tuple[list[list[Token]], list[Token]]:
        """The words close to the call's value (none if it has no value), and those of its whole clause."""
        tokens = [t for t in self.reader.tokens if not self._quoted(t)]
        place = next((s for s in call.sources if s.start >= 0), None)
        item = any(isinstance(a, FromItem) for a in call.arguments.values())
        start, end = (place.start, place.end) if place else (call.place, call.place)
        clause = [t for t in tokens if self._same_clause(t, start)]
        if place is None and not item:
            return [], clause
        mark = max((v.end for v in self.reader.values if v.kind in _MARKS and v.end <= start), default=0)
        before = [t for t in tokens if mark <= t.start and t.end <= start and self._same_clause(t, start)]
        return [before[-6:], _as_phrase([t for t in tokens if t.start >= end])], clause

    def _quoted(self, token: Token) -> bool:
        return any(v.kind in VERBATIM and v.start <= token.start and token.end <= v.end for v in self.reader.values)

    def _same_clause(self, token: Token, place: int) -> bool:
        for start, end in self.reader.clauses:
            if start <= place <= end:
                return start <= token.start and token.end <= end
        return False

    def _after(self, plan: Plan) -> None:
        calls = list(plan.calls())
        closing: list[PlannedCall] = []
        for call in calls:
            for requirement in self.reader.composition.later(call.view.id):
                later = [c.view.id for c in [*calls[calls.index(call) + 1 :], *closing]]
                if any(a in later for a in requirement.alternatives):
                    continue
                chosen = next((self.by_id[a] for a in requirement.alternatives if a in self.by_id), None)
                if chosen is not None and not any(p.required for p in chosen.parameters):
                    extra = PlannedCall(chosen, {}, (), call.place, 0)
                    extra.added, extra.why = True, f"has to come after {call.view.document.name}"
                    plan.nodes.append(extra)
                    closing.append(extra)


def _is_path(argument: Argument) -> bool:
    return isinstance(argument, Filled) and argument.source is not None and argument.source.kind == "path"


def _spoken_of(alternative: ApiView, view: ApiView) -> int:
    """How often an API's own document speaks of what an alternative is about."""
    document = view.document
    text = " ".join((document.description, document.composition, *(p.text for p in view.parameters)))
    stems = content_stems(text)
    return sum(stems.count(s) for s in alternative.object_stems)


def _as_phrase(tokens: Sequence[Token]) -> list[Token]:
    """`as the title`, `to the content`: what follows a value directly."""
    if tokens and tokens[0].text.lower() in ("as", "to", "into", "in", "for"):
        return list(tokens[:5])
    return []
