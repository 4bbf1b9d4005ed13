"""Calls of APIs that stand alone, read from the whole instruction at once by the cross-encoder.

Every API on offer that may fit is read against the instruction. One that fits is decoded into a call; where another
call of it follows ("for Paris and for Rome"), it is read again with the values of the first call marked as used.
Results feed arguments where the cross-encoder says so: from the call whose outcome is nearest in name and type.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.composing.ranking import coverage, rank_features, read_phrase
from taskmatrix.mcfm.embedded.composing.scoring import Weights
from taskmatrix.mcfm.embedded.documents.objects import flatten, gather, owners
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence
from taskmatrix.mcfm.embedded.encoder.decoding import Arguments, Blend, decode
from taskmatrix.mcfm.embedded.encoder.sequences import Piece, Said, Turn
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS, Clause
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.plan import Argument, Doubt, FromResult, Plan, PlannedCall
from taskmatrix.mcfm.embedded.results import source_for
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span

FITS = 0.5
"""Below this probability an API is not called."""
RIVAL = 0.8
"""An API that takes nothing but what another one takes is called too only if it fits this well."""
READ_ALL = 5
"""So many APIs on offer are all read; of more, the best of each clause by their words."""
PER_CLAUSE, MOST_READ = 3, 10
WORDS_COUNT = 0.5
"""What the log odds of the words weigh beside those of the cross-encoder."""
LIKELY_MORE = 0.3
"""Where items stand in a row, another call needs no more than this to be likely."""
NEARLY = 0.5
"""A reading this much as likely as the first is worth a question."""
SPOKEN_OF = 0.3
"""A clause of whose words the called APIs know less than this share speaks of something else."""
MOST_CALLS = 8
MORE = 0.5


_BACK = frozenset("it its that this them these those their result results him her his they same there".split())


@dataclass(slots=True)
class DirectReader:
    """One instruction, with what was said before it, against the APIs on offer."""

    encoder: CrossEncoder
    weights: Weights
    said: Said
    clauses: Sequence[Clause]
    now: datetime | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict[str, Evidence])
    recall: Recall | None = None
    """What examples say of the instruction."""
    whole: "DirectReader | None" = None
    """The reader of the whole instruction, of which this one reads a part."""
    _found: list[Candidate] | None = field(default=None, init=False)

    def part(self, clauses: Sequence[Clause]) -> "DirectReader":
        """Return a reader of these clauses alone: what lies from the first to the last of them."""
        base, now = self.base, self.said.turns[-1]
        start, end = min(c.start for c in clauses), max(c.end for c in clauses)
        turns = (*self.said.turns[:-1], Turn(base + start, base + end, now.role))
        return replace(self, said=Said(self.said.text, turns), clauses=clauses, evidence={}, whole=self.whole or self)

    def plan(self, views: Sequence[ApiView]) -> Plan:
        """Return the plan over APIs that stand alone; it is empty where none fits."""
        plan = Plan(list(linked(self.calls(views))))
        called = {call.view.id for call in plan.calls()}
        plan.unread += self._unread(list(plan.calls()))
        plan.rival = max((e.fits for e in self.evidence.values() if e.view.id not in called), default=0.0)
        return plan

    def calls(self, views: Sequence[ApiView], *, has_results: bool = False) -> list[PlannedCall]:
        """Return the calls in order, without the results that they want: see `linked`."""
        pieces = self.encoder.builder.pieces(self.said)
        if not pieces:
            return []
        likely = self.likely(views)
        if self.recall is not None:
            likely += [v for v in self.recall.likely() if v.id not in {other.id for other in likely}]
        for view in likely:
            read = self._read(pieces, view)
            self.evidence[view.id] = replace(read, fits=self.recall.fits(view.id, read.fits)) if self.recall else read
        crowded = len(views) > READ_ALL
        fitting = [e for e in self.evidence.values() if e.fits >= FITS]
        fitting.sort(key=lambda e: -self._worth(e, crowded))
        several = (has_results and self._points_back()) or len(fitting) > 1
        calls: list[PlannedCall] = []
        for evidence in fitting:
            made = self._calls(pieces, evidence, has_results=several)
            if not (_is_taken(made, calls) if crowded else self._is_covered(made, calls, evidence)):
                calls += made
        return sorted(calls, key=lambda c: (c.step, c.place))

    def call(self, view: ApiView, *, has_results: bool = False, used: Sequence[tuple[int, int]] = ()) -> PlannedCall:
        """Return the call of one API, whether or not it fits; `used` are places that hold no values of it."""
        taken = [(self.base + start, self.base + end) for start, end in used]
        evidence = self._read(self.encoder.builder.pieces(self.said), view, taken)
        return self._call(evidence, self._decode(evidence, has_results, None)[0])

    def _worth(self, evidence: Evidence, crowded: bool) -> float:
        """How well an API fits, as log odds; among many that are alike the words of its best clause count as well."""
        odds = math.log(evidence.fits / max(1e-6, 1 - evidence.fits))
        if not crowded:
            return odds
        return odds + WORDS_COUNT * max((self._by_words(c, [evidence.view])[0][0] for c in self.clauses), default=0.0)

    def _unread(self, calls: Sequence[PlannedCall]) -> list[str]:
        """The clauses that ask for something, lie outside all calls, and speak of what no call is about."""
        if not calls:
            return []
        known: set[str] = set()
        for call in calls:
            known |= {*call.view.name_stems, *call.view.description_stems, *call.view.parameter_stems}
        found: list[str] = []
        for number, clause in enumerate(self.clauses, 1):
            tokens = tokenize(clause.text)
            stems = [t.stem for t in tokens if t.is_content and t.text.lower() not in VERBS]
            first = next((t.text.lower() for t in tokens if t.is_content), "")
            if any(call.step == number for call in calls) or first not in VERBS or len(stems) < 2:
                continue
            if coverage(stems, frozenset(known), self.weights.idf) < SPOKEN_OF:
                found.append(clause.text)
        return found

    def likely(self, views: Sequence[ApiView]) -> list[ApiView]:
        """Return the APIs worth reading: the best of each clause by their words."""
        if len(views) <= READ_ALL:
            return list(views)
        best: dict[str, ApiView] = {}
        for clause in self.clauses:
            for _, view in self._by_words(clause, views)[:PER_CLAUSE]:
                best.setdefault(view.id, view)
        return list(best.values())[:MOST_READ]

    def _by_words(self, clause: Clause, views: Sequence[ApiView]) -> list[tuple[float, ApiView]]:
        tokens = tokenize(clause.text)
        phrase = read_phrase(tokens, find_values(clause.text, self.now))
        scored = [(self.weights.rank_logit(rank_features(phrase, v, self.weights.idf)), v) for v in views]
        return sorted(scored, key=lambda s: -s[0])

    @property
    def base(self) -> int:
        """Where the instruction itself begins in what was said."""
        return (self.whole or self).said.turns[-1].start

    def _read(self, pieces: Sequence[Piece], view: ApiView, used: Sequence[tuple[int, int]] = ()) -> Evidence:
        return replace(self.encoder.read(pieces, flatten(view), used), view=view)

    def _points_back(self) -> bool:
        """Whether a word points to what was read before: `send it to Ann`."""
        return any(t.text.lower() in _BACK for clause in self.clauses for t in tokenize(clause.text))

    def _decode(self, evidence: Evidence, has_results: bool, blend: Blend | None) -> list[Arguments]:
        return decode(
            evidence, self.said.text, self._convert, has_results=has_results, blend=blend, values=self._values()
        )

    def _values(self) -> list[Candidate]:
        """The typed values of all that was said, found once."""
        if self._found is None:
            self._found = find_values(self.said.text, self.now)
        return self._found

    def _convert(self, start: int, end: int, parameter: ParameterView) -> JsonValue:
        return convert_span(self.said.text, start, end, parameter, self.now)

    def _calls(self, pieces: Sequence[Piece], evidence: Evidence, *, has_results: bool) -> list[PlannedCall]:
        """The calls of one API, in the order of the text."""
        made: list[PlannedCall] = []
        used: list[tuple[int, int]] = []
        while len(made) < MOST_CALLS:
            blend = self.recall.blender(evidence.view.id) if self.recall else None
            reading, *others = self._decode(evidence, has_results, blend)
            call = self._call(evidence, reading)
            call.doubt = _doubt(reading, others)
            if made and (not reading.filled or any(_same(call, other) for other in made)):
                break
            spread = [] if made else self._spread(call, evidence)
            if spread:
                return spread
            made.append(call)
            used += reading.spans
            if evidence.more < MORE or not reading.spans:
                break
            evidence = self._read(pieces, evidence.view, used)
        return made

    def _call(self, evidence: Evidence, reading: Arguments) -> PlannedCall:
        given = gather(evidence.view, reading.filled)
        arguments: dict[str, Argument] = {name: self._placed(filled) for name, filled in given.items()}
        spans = [s for s in reading.spans if s[0] >= self.base]
        place = min((s[0] - self.base for s in spans), default=self._spoken_at(evidence.view))
        missing = tuple(n for n in owners(evidence.view, reading.missing) if n not in arguments)
        call = PlannedCall(evidence.view, arguments, missing, place, self._step(place), evidence.fits)
        call.wanting, call.joint = reading.from_results, reading.probability
        return call

    def _spread(self, call: PlannedCall, evidence: Evidence) -> list[PlannedCall]:
        """One call for each item, where several stand in the place of a single value: `for Paris and Rome`."""
        lists = [v for v in self._values() if v.kind == "list" and 1 < len(v.items) <= MOST_CALLS]
        given = {n: s for n, a in call.arguments.items() if (s := _span(a)) is not None}
        for name, (start, end) in given.items():
            parameter = call.view.parameter(name)
            if parameter is None or parameter.type in ("list", "dict", "bool"):
                continue
            for found in lists:
                items = [(i.start - self.base, i.end - self.base) for i in found.items]
                whole = (start, end) == (found.start - self.base, found.end - self.base)
                if evidence.more < LIKELY_MORE or not (whole or (start, end) in items):
                    continue
                others = [s for n, s in given.items() if n != name]
                if any(s[0] < o[1] and o[0] < s[1] for s in items for o in others):
                    continue
                values = [self._convert(i.start, i.end, parameter) for i in found.items]
                if None not in values and len(set(map(repr, values))) == len(values):
                    return [self._with(call, name, v, i) for v, i in zip(values, found.items, strict=True)]
        return []

    def _with(self, call: PlannedCall, name: str, value: JsonValue, item: Candidate) -> PlannedCall:
        known = call.arguments[name]
        sure = known.confidence if isinstance(known, Filled) else 1.0
        arguments = {**call.arguments, name: self._placed(Filled(value, item, sure))}
        return replace(call, arguments=arguments, place=item.start - self.base, doubt=None)

    def _placed(self, filled: Filled) -> Filled:
        """The same with places in the instruction; what was said before it has none."""
        source = filled.source
        if source is None or source.start < 0:
            return filled
        at = max(-1, source.start - self.base)
        moved = Candidate(
            at, at + source.end - source.start if at >= 0 else -1, source.text, source.value, source.kind
        )
        return Filled(filled.value, moved, filled.confidence)

    def _spoken_at(self, view: ApiView) -> int:
        """Where an API without values is spoken of: in the clause whose words fit it best."""
        scored = [(self._by_words(clause, [view])[0][0], -clause.start) for clause in self.clauses]
        return -max(scored)[1] if scored else 0

    def _step(self, place: int) -> int:
        steps = list(enumerate((self.whole or self).clauses, 1))
        inside = next((i for i, c in steps if c.start <= place < c.end), None)
        return inside or max((s for s in steps if s[1].start <= place), key=lambda s: s[1].start, default=(1, None))[0]

    def _is_covered(self, made: Sequence[PlannedCall], calls: Sequence[PlannedCall], evidence: Evidence) -> bool:
        """Whether better fitting calls already take all that these take: two APIs for one thing.

        Both are meant where each is spoken of in words of its own: `the temperature and the humidity in Paris`.
        """
        taken = {_span(a) for c in calls for a in c.arguments.values()} - {None}
        own = {_span(a) for c in made for a in c.arguments.values()} - {None}
        if not calls or not own <= taken or not any(c.step == m.step for c in calls for m in made):
            return False
        known = {s for c in calls for s in (*c.view.name_stems, *c.view.description_stems, *c.view.parameter_stems)}
        spoken = {t.stem for clause in self.clauses for t in tokenize(clause.text) if t.is_content}
        return evidence.fits < RIVAL or not (set(evidence.view.name_stems) - known) & spoken


def _doubt(reading: Arguments, others: Sequence[Arguments]) -> Doubt | None:
    """The value in which a reading nearly as likely differs, where it differs in one alone."""
    for other in others:
        if other.probability < NEARLY * reading.probability:
            return None
        names = {*reading.filled, *other.filled}
        differing = [n for n in names if _value(reading.filled.get(n)) != _value(other.filled.get(n))]
        if len(differing) == 1 and differing[0] in reading.filled and differing[0] in other.filled:
            return Doubt(differing[0], other.filled[differing[0]])
    return None


def _value(filled: Filled | None) -> object:
    return None if filled is None else (filled.value,)


def _is_taken(made: Sequence[PlannedCall], calls: Sequence[PlannedCall]) -> bool:
    """Whether calls already there take what these would: of many APIs that are alike one answers each clause."""
    own = [s for call in made for a in call.arguments.values() if (s := _span(a)) is not None]
    if not own:
        return any(call.step == other.step for call in made for other in calls)
    taken = [s for call in calls for a in call.arguments.values() if (s := _span(a)) is not None]
    shared = sum(any(s[0] < t[1] and t[0] < s[1] for t in taken) for s in own)
    return 2 * shared >= len(own)


def _span(argument: Argument) -> tuple[int, int] | None:
    source = argument.source if isinstance(argument, Filled) else None
    return (source.start, source.end) if source is not None and source.start >= 0 else None


def _same(one: PlannedCall, other: PlannedCall) -> bool:
    def values(call: PlannedCall) -> dict[str, object]:
        return {n: a.value for n, a in call.arguments.items() if isinstance(a, Filled)}

    return one.view is other.view and values(one) == values(other)


def linked(calls: Sequence[PlannedCall], earlier: Sequence[PlannedCall] = ()) -> list[PlannedCall]:
    """Give results to the parameters that want them, and put each call after those that it takes them from.

    `earlier` calls are made already; only their results are of use.
    """
    for index, call in enumerate(calls):
        before = [*earlier, *calls[:index]]
        others = [*before, *(c for c in calls[index + 1 :] if call not in _sources(c))]
        for parameter in call.view.parameters:
            if parameter.name not in call.wanting:
                continue
            source = source_for(parameter, before) or source_for(parameter, others)
            if source is None and before:
                source = FromResult(before[-1])
            if source is not None:
                call.arguments[parameter.name] = source
            elif parameter.required:
                call.missing = (*call.missing, parameter.name)
    ordered: list[PlannedCall] = []
    for call in calls:
        _place(call, calls, ordered, 0)
    return ordered


def _sources(call: PlannedCall) -> list[PlannedCall]:
    return [a.call for a in call.arguments.values() if isinstance(a, FromResult)]


def _place(call: PlannedCall, calls: Sequence[PlannedCall], ordered: list[PlannedCall], depth: int) -> None:
    if call in ordered or call not in calls or depth > MOST_READ:
        return
    for source in _sources(call):
        _place(source, calls, ordered, depth + 1)
    ordered.append(call)
