"""Calls of APIs that stand alone, read from the whole instruction at once by the cross-encoder.

Every API on offer that may fit is read against the instruction. One that fits is decoded into a call; where another
call of it follows ("for Paris and for Rome"), it is read again with the values of the first call marked as used.
Two APIs seldom take the same value where each has words of its own, so each is decoded knowing what the others take.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.agreeing import on_24_hours
from taskmatrix.mcfm.embedded.composing.ranking import Phrase, rank_features, read_phrase
from taskmatrix.mcfm.embedded.composing.scoring import Weights
from taskmatrix.mcfm.embedded.documents.objects import flatten, gather, owners
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.doubting import doubt_between
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence
from taskmatrix.mcfm.embedded.encoder.decoding import Arguments, Shared, decode
from taskmatrix.mcfm.embedded.encoder.sequences import Piece, Said, Turn
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, asks
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.learning.blending import reader_of
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.linking import linked, points_back
from taskmatrix.mcfm.embedded.plan import Argument, Plan, PlannedCall
from taskmatrix.mcfm.embedded.repeating import (
    MOST_CALLS,
    in_order,
    in_sequence,
    is_same,
    left_over,
    moved,
    placed,
    places_of,
    spread,
    stay_home,
)
from taskmatrix.mcfm.embedded.rivals import is_covered, is_taken
from taskmatrix.mcfm.embedded.unheard import unheard
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span
from taskmatrix.mcfm.embedded.values.stated_units import states_units

FITS, FITS_NAMED, FITS_LACKING = 0.5, 0.2, 0.8
FITS_STATED = 0.02
"""Below the first probability an API is not called, or below the third where it lacks a value that it needs; the
likeliest below the second where the words hold its name, below the last where they state the units it converts."""
AGAIN = 0.3
"""Below this probability it is not called again: it is read with the values of its calls marked as used."""
SHARING, SHARING_AWAY = 0.5, 0.97
"""How seldom an API takes what another one takes, and words of a clause where only the other one has its values."""
READ_ALL, FOREMOST, PER_CLAUSE, MOST_READ = 5, 4, 3, 16
"""So many APIs on offer are all read; of more, the first (they fit the whole best) and the best of each clause."""
WORDS_COUNT = 0.5
"""What the log odds of the words weigh beside those of the cross-encoder."""
CLEARLY = 1.5
"""An API is the best of a clause by this much in the log odds of its words."""
LIKELY_MORE = 0.3
"""Where items stand in a row, another call needs no more than this to be likely."""
EXCHANGE = 3
"""Turns of the latest exchange: what was asked before, what was answered, the instruction."""
MORE = 0.03
"""Above this probability the API is read again; whether it fits once more decides."""


@dataclass(slots=True)
class DirectReader:
    """One instruction, with what was said before it, against the APIs on offer; `recall`: what examples say of it."""

    encoder: CrossEncoder
    weights: Weights
    said: Said
    clauses: Sequence[Clause]
    now: datetime | None = None
    evidence: dict[str, Evidence] = field(default_factory=dict[str, Evidence])
    recall: Recall | None = None
    whole: "DirectReader | None" = None
    """The reader of the whole instruction, of which this one reads a part."""
    _found: list[Candidate] | None = field(default=None, init=False)
    _phrases: dict[str, Phrase] = field(default_factory=dict[str, Phrase], init=False)
    _converted: dict[tuple[int, int, int], tuple[ParameterView, JsonValue]] = field(
        default_factory=dict[tuple[int, int, int], tuple[ParameterView, JsonValue]], init=False
    )
    """By place and parameter, which is kept so that no other one gets its id."""

    def part(self, clauses: Sequence[Clause]) -> "DirectReader":
        """Return a reader of these clauses alone: what lies from the first to the last of them."""
        base, now = self.base, self.said.turns[-1]
        start, end = min(c.start for c in clauses), max(c.end for c in clauses)
        turns = (*self.said.turns[:-1], Turn(base + start, base + end, now.role))
        recall = self.recall and self.recall.part(self.said.text[base + start : base + end])
        said = Said(self.said.text, turns)
        return replace(self, said=said, clauses=clauses, evidence={}, whole=self.whole or self, recall=recall)

    def plan(self, views: Sequence[ApiView]) -> Plan:
        """Return the plan over APIs that stand alone; it is empty where none fits."""
        readers = [self.part(some) for some in self.recall.apart(self.clauses)] if self.recall else []
        made = [call for reader in readers for call in reader.calls(views)] or self.calls(views)
        for reader in readers:
            self.evidence |= reader.evidence
        unread = unheard(self.clauses, made, self.weights.idf)
        alone = [c for c in self.clauses if not made or c.text in unread]
        if alone and len(self.clauses) > 1 and len(self.said.turns) == 1:
            # What is asked beside other things may be heard when it is read alone.
            found = [self.part([clause]).calls(views, has_results=bool(made)) for clause in alone]
            fresh = [call for calls in found for call in calls if not any(is_same(call, other) for other in made)]
            made = sorted([*made, *fresh], key=lambda c: (c.step, c.place))
            unread = unheard(self.clauses, made, self.weights.idf)
        plan = Plan(list(self.linked(made)), unread=unread)
        called = {call.view.id for call in plan.calls()}
        plan.rival = max((e.fits for e in self.evidence.values() if e.view.id not in called), default=0.0)
        return plan

    def calls(self, views: Sequence[ApiView], *, has_results: bool = False) -> list[PlannedCall]:
        """Return the calls in order, without the results that they want: see `linking`."""
        pieces = self.encoder.builder.pieces(self.said)
        if not pieces:
            return []
        likely = self.likely(views)
        if self.recall is not None:
            likely += [v for v in self.recall.likely() if v.id not in {other.id for other in likely}]
        for view in likely:  # examples may say that it fits better than it seems
            least = min(FITS_NAMED, self._least(view)) if self.recall is None else 0.0
            self.evidence[view.id] = self._read(pieces, view, least=least)
        self._look_closer(pieces, likely)
        if self.recall is not None:
            fits = self.recall.fits({n: e.fits for n, e in self.evidence.items()}, alone=len(self.clauses) == 1)
            self.evidence = {name: replace(e, fits=fits[name]) for name, e in self.evidence.items()}
        crowded = len(views) > READ_ALL
        fitting = [e for e in self.evidence.values() if e.fits >= FITS] or self._named()
        fitting.sort(key=lambda e: -self._worth(e, crowded))
        several = (has_results and self._points_back()) or len(fitting) > 1
        kept, firsts = list[Evidence](), list[PlannedCall]()
        for evidence in fitting:
            first = self._call(evidence, self._decode(evidence, several)[0])
            lacking = first.missing and evidence.fits < FITS_LACKING and self._least(evidence.view) > FITS
            if not lacking and not self._is_needless([first], firsts, evidence, crowded):
                kept.append(evidence)
                firsts.append(first)
        shared = self._shared(kept, several)
        calls: list[PlannedCall] = []
        for evidence in kept:
            made = self._calls(pieces, evidence, shared.get(evidence.view.id, ()), has_results=several)
            if not self._is_needless(made, calls, evidence, crowded):
                calls += made
        for evidence in kept:
            calls += self._left_over(pieces, evidence, calls, has_results=several)
            in_order([call for call in calls if call.view is evidence.view])
        return sorted(calls, key=lambda c: (c.step, c.place))

    def call(self, view: ApiView, *, has_results: bool = False, used: Sequence[tuple[int, int]] = ()) -> PlannedCall:
        """Return the call of one API, whether or not it fits; `used` are places that hold no values of it."""
        taken = [(self.base + start, self.base + end) for start, end in used]
        evidence = self._read(self.encoder.builder.pieces(self.said), view, taken)
        return self._call(evidence, self._decode(evidence, has_results)[0])

    def linked(self, calls: Sequence[PlannedCall], earlier: Sequence[PlannedCall] = ()) -> list[PlannedCall]:
        """Give results of calls to those that want them, and put each call after those that it takes them from."""
        return linked(calls, (self.whole or self).clauses, earlier)

    def _named(self) -> list[Evidence]:
        """The likeliest API, where the words hold its whole name (`turn on the lights`) or its units."""
        best = max(self.evidence.values(), key=lambda e: e.fits, default=None)
        return [best] if best is not None and best.fits >= self._least(best.view) else []

    def _least(self, view: ApiView) -> float:
        """How well the likeliest API must fit: less where the words hold its whole name, or both its units."""
        place, said = self.said.turns[-1].place, {t.stem for c in self.clauses for t in tokenize(c.text)}
        if states_units(view.parameters, self.said.text, self._values(), place):
            return FITS_STATED
        return FITS_NAMED if {*view.name_stems} <= said else 1.0

    def _worth(self, evidence: Evidence, crowded: bool) -> float:
        """How well an API fits, as log odds; among many that are alike the words of its best clause count as well.

        Not those of a dialogue's last turn: `yes, my name is Ann` does not say what it is an answer to.
        """
        odds = math.log(evidence.fits / max(1e-6, 1 - evidence.fits))
        if not crowded or len(self.said.turns) > 1:
            return odds
        return odds + WORDS_COUNT * max((self._by_words(c, [evidence.view])[0][0] for c in self.clauses), default=0.0)

    def likely(self, views: Sequence[ApiView]) -> list[ApiView]:
        """Return the APIs worth reading: those on top of the offer, and the best of each clause by their words."""
        if len(views) <= READ_ALL:
            return list(views)
        best = {view.id: view for view in views[:FOREMOST]}
        ranked = [self._by_words(clause, views)[:PER_CLAUSE] for clause in self.clauses]
        for row in zip(*ranked, strict=True):  # the best of every clause before the second best of any
            best |= {view.id: view for _, view in row if view.id not in best}
        return list(best.values())[:MOST_READ]

    def _by_words(self, clause: Clause, views: Sequence[ApiView]) -> list[tuple[float, ApiView]]:
        phrase = self._phrases.get(clause.text)
        if phrase is None:
            phrase = read_phrase(tokenize(clause.text), find_values(clause.text, self.now))
            self._phrases[clause.text] = phrase
        scored = [(self.weights.rank_logit(rank_features(phrase, v, self.weights.idf)), v) for v in views]
        return sorted(scored, key=lambda s: -s[0])

    @property
    def base(self) -> int:
        """Where the instruction itself begins in what was said."""
        return (self.whole or self).said.turns[-1].start

    def _read(
        self, pieces: Sequence[Piece], view: ApiView, used: Sequence[tuple[int, int]] = (), least: float = 0.0
    ) -> Evidence:
        return replace(self.encoder.read(pieces, flatten(view), used, least=least), view=view)

    def _look_closer(self, pieces: Sequence[Piece], views: Sequence[ApiView]) -> None:
        """Where nothing fits a long dialogue, ask its latest exchange what fits: much was said of other matters."""
        turns = self.said.turns
        if len(turns) <= EXCHANGE or any(e.fits >= FITS for e in self.evidence.values()):
            return
        latest = Said.of(self._words(turns[-1]), [(t.role, self._words(t)) for t in turns[-EXCHANGE:-1]])
        last = self.encoder.builder.pieces(latest)
        for view in views:
            fits = self._read(last, view, least=1).fits
            known = self.evidence[view.id]
            known = self._read(pieces, view) if fits >= FITS_NAMED > known.fits else known
            self.evidence[view.id] = replace(known, fits=max(fits, known.fits))

    def _words(self, turn: Turn) -> str:
        return self.said.text[turn.start : turn.end]

    def _points_back(self) -> bool:
        """Whether a word points to what was read before: `send it to Ann`."""
        return any(map(points_back, self.clauses))

    def _decode(
        self,
        evidence: Evidence,
        has_results: bool,
        shared: Sequence[Shared] = (),
        used: Sequence[tuple[int, int]] = (),
    ) -> list[Arguments]:
        read = reader_of(self.said.text, self.said.turns[-1].start, self.convert, used)
        return decode(
            evidence,
            self.said.text,
            self.convert,
            has_results=has_results,
            blend=self.recall.blender(evidence.view.id, read=read) if self.recall else None,
            values=self._values(),
            shared=shared,
            within=self.said.turns[-1].place,
        )

    def _values(self) -> list[Candidate]:
        """The typed values of all that was said, found once."""
        if self._found is None:
            self._found = find_values(self.said.text, self.now)
        return self._found

    def convert(self, start: int, end: int, parameter: ParameterView) -> JsonValue:
        """Return the value that the words from `start` to `end` of all that was said stand for; None for none.

        No value goes from one turn on into the next. What was converted is remembered: each call is decoded again.
        """
        key = (start, end, id(parameter))
        if key not in self._converted:
            within = any(turn.start <= start and end <= turn.end for turn in (self.whole or self).said.turns)
            value = convert_span(self.said.text, start, end, parameter, self.now) if within else None
            self._converted[key] = (parameter, value)
        return self._converted[key][1]

    def _shared(self, kept: Sequence[Evidence], has_results: bool) -> dict[str, list[Shared]]:
        """What each API would have to share with others, by its id: see `SHARING`."""
        if len(kept) < 2:
            return {}
        read = {e.view.id: self._decode(e, has_results)[0].chances for e in kept}
        clauses = (self.whole or self).clauses
        found: dict[str, list[Shared]] = {}
        for own, spans in read.items():
            shared = found.setdefault(own, [])
            for other, theirs in read.items():
                if own == other:
                    continue
                home = {self._step_of(s) for s in spans if s not in theirs}
                foreign = {self._step_of(s) for s in theirs if s not in spans} - home if home else set[int]()
                for span, chance in theirs.items():
                    share = SHARING_AWAY if self._step_of(span) in foreign else SHARING
                    shared.append((*span, math.log(1 - share * min(1.0, chance))))
                away = [c for i, c in enumerate(clauses, 1) if i in foreign and asks(c)]
                shared += [(self.base + c.start, self.base + c.end, math.log(1 - SHARING_AWAY)) for c in away]
        return found

    def _step_of(self, span: tuple[int, int]) -> int:
        return self._step(span[0] - self.base) if span[0] >= self.base else 0

    def _calls(
        self, pieces: Sequence[Piece], evidence: Evidence, shared: Sequence[Shared], *, has_results: bool
    ) -> list[PlannedCall]:
        """The calls of one API, in the order of the text."""
        made: list[PlannedCall] = []
        used: list[tuple[int, int]] = []
        while len(made) < MOST_CALLS:
            reading, *others = self._decode(evidence, has_results, shared, used)
            call = self._call(evidence, reading, used)
            call.doubt = doubt_between(reading, others)
            in_sequence(call, self._lists(), self._convert_item)
            if made and (not reading.filled or any(is_same(call, other) for other in made)):
                break
            apart = [] if made else self._spread(call, evidence)
            if apart:
                return apart
            stay_home(call, made, (self.whole or self).clauses, self._step)
            made.append(call)
            known = {*used}
            used += reading.spans
            used += [(self.base + start, self.base + end) for start, end in places_of(call).values()]
            if evidence.more < MORE or not reading.spans or known == {*used}:
                break
            evidence = self._read(pieces, evidence.view, used, AGAIN)
            if evidence.fits < AGAIN:
                break
        return made

    def _left_over(
        self, pieces: Sequence[Piece], evidence: Evidence, calls: Sequence[PlannedCall], *, has_results: bool
    ) -> list[PlannedCall]:
        """More calls of one API, for values that no call takes and that are like those that its first call takes."""
        made = [c for c in calls if c.view is evidence.view]
        known = len(made)
        taken = [s for c in calls for s in places_of(c).values()]
        while 0 < len(made) < MOST_CALLS:
            twins = left_over(made[0], self._values(), taken, self.base, likely=evidence.more >= LIKELY_MORE)
            if not twins:
                break
            own = [s for c in made for s in places_of(c).values()]
            used = [(self.base + start, self.base + end) for start, end in own]
            again = self._read(pieces, evidence.view, used, AGAIN)
            reading = self._decode(again, has_results, (), used)[0]
            call = self._call(again, reading, used)
            mine = places_of(call)
            fresh = [n for n, s in mine.items() if any(s[0] < t[1] and t[0] < s[1] for t in twins.get(n, ()))]
            if again.fits < AGAIN or call.missing or not fresh:
                break
            stay_home(call, made, (self.whole or self).clauses, self._step)
            made.append(call)
            taken += mine.values()
        return made[known:]

    def _call(self, evidence: Evidence, reading: Arguments, used: Sequence[tuple[int, int]] = ()) -> PlannedCall:
        given = gather(evidence.view, reading.filled)
        arguments: dict[str, Argument] = {name: placed(filled, -self.base) for name, filled in given.items()}
        spans = [s for s in reading.spans if s[0] >= self.base]
        spans = [s for s in spans if s not in used] or spans
        place = min((s[0] - self.base for s in spans), default=self._spoken_at(evidence.view))
        missing = tuple(n for n in owners(evidence.view, reading.missing) if n not in arguments)
        call = PlannedCall(evidence.view, arguments, missing, place, self._step(place), evidence.fits)
        call.wanting, call.joint = reading.from_results, reading.probability
        on_24_hours(call)
        return call

    def _spread(self, call: PlannedCall, evidence: Evidence) -> list[PlannedCall]:
        """One call for each item, where several stand in the place of a single value: `for Paris and Rome`."""
        return spread(call, self._lists(), self._convert_item, likely=evidence.more >= LIKELY_MORE)

    def _lists(self) -> list[Candidate]:
        """The lists of two items or more in the instruction."""
        lists = [v for v in self._values() if v.kind == "list" and 1 < len(v.items) <= MOST_CALLS]
        return [moved(v, -self.base) for v in lists if v.start >= self.base]

    def _convert_item(self, item: Candidate, parameter: ParameterView) -> JsonValue:
        return self.convert(self.base + item.start, self.base + item.end, parameter)

    def _spoken_at(self, view: ApiView) -> int:
        """Where an API without values is spoken of: in the clause whose words fit it best."""
        scored = [(self._by_words(clause, [view])[0][0], -clause.start) for clause in self.clauses]
        return -max(scored)[1] if scored else 0

    def _step(self, place: int) -> int:
        steps = list(enumerate((self.whole or self).clauses, 1))
        inside = next((i for i, c in steps if c.start <= place < c.end), None)
        return inside or max((s for s in steps if s[1].start <= place), key=lambda s: s[1].start, default=(1, None))[0]

    def _is_needless(
        self, made: Sequence[PlannedCall], calls: Sequence[PlannedCall], evidence: Evidence, crowded: bool
    ) -> bool:
        """Whether the calls already there do what these would."""
        if crowded:
            return is_taken(made, calls) and not self._answers_alone(evidence.view, [c.view for c in calls])
        return is_covered(made, calls, evidence, self.clauses)

    def _answers_alone(self, view: ApiView, others: Sequence[ApiView]) -> bool:
        """Whether an API clearly fits one clause best by its words, and each of the others another one."""
        together = list({v.id: v for v in (view, *others)}.values())
        best: set[str] = set()
        for clause in self.clauses:
            ranked = self._by_words(clause, together) if asks(clause) and len(together) > 1 else []
            if ranked and ranked[0][0] > ranked[1][0] + CLEARLY:
                best.add(ranked[0][1].id)
        return best == {v.id for v in together}
