"""The calls of one API that an instruction tells, read by the cross-encoder.

An API is read against the whole instruction. Where another call of it follows ("for Paris and for Rome"), it is read
again with the values of the first call marked as used, or part by part where that reads better (`dealing`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.agreeing import on_24_hours, with_day_and_time
from taskmatrix.mcfm.embedded.composing.ranking import Phrase, rank_features, read_phrase
from taskmatrix.mcfm.embedded.composing.scoring import Weights
from taskmatrix.mcfm.embedded.dealing import Dealt, deal
from taskmatrix.mcfm.embedded.documents.objects import flatten, gather, owners
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.doubting import doubt_between
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Evidence
from taskmatrix.mcfm.embedded.encoder.decoding import Arguments, Shared, decode
from taskmatrix.mcfm.embedded.encoder.sequences import Piece, Said
from taskmatrix.mcfm.embedded.instruction.clauses import Clause
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.instruction.segments import Place, meets, without
from taskmatrix.mcfm.embedded.learning.blending import reader_of
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.linking import linked, points_back
from taskmatrix.mcfm.embedded.plan import Argument, PlannedCall
from taskmatrix.mcfm.embedded.repeating import (
    MOST_CALLS,
    in_sequence,
    is_same,
    left_over,
    moved,
    placed,
    places_of,
    spread,
    stay_home,
)
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values
from taskmatrix.mcfm.embedded.values.converting import convert_span

AGAIN = 0.3
"""Below this probability an API is not called again: it is read with the values of its calls marked as used."""
LIKELY_MORE, LIKELY_ITEMS = 0.3, 0.4
"""Another call is likely from this probability on where parts of the text are alike, or items stand in a row: `the fox
and the hound` may be one title."""
MORE = 0.03
"""Above this probability the API is read again; whether it fits once more decides."""
FITS, FITS_PART = 0.5, 0.2
"""How well an API must fit a part of the instruction: less where it fits all of it."""


@dataclass(slots=True)
class CallReader:
    """One instruction, with what was said before it; `recall`: what examples say of it."""

    encoder: CrossEncoder
    weights: Weights
    said: Said
    clauses: Sequence[Clause]
    now: datetime | None = None
    recall: Recall | None = None
    whole: "CallReader | None" = None
    """The reader of the whole instruction, of which this one reads a part."""
    away: Sequence[Place] = ()
    """Parts of what was said in whose place there are blanks."""
    _found: list[Candidate] | None = field(default=None, init=False)
    _moved: list[Candidate] | None = field(default=None, init=False)
    _dealings: dict[str, Dealt] = field(default_factory=dict[str, Dealt], init=False)
    """What its parts tell of an API: asked for again where it fits no whole instruction."""
    _phrases: dict[str, Phrase] = field(default_factory=dict[str, Phrase], init=False)
    _converted: dict[tuple[int, int, int], tuple[ParameterView, JsonValue]] = field(
        default_factory=dict[tuple[int, int, int], tuple[ParameterView, JsonValue]], init=False
    )
    """By place and parameter, which is kept so that no other one gets its id."""

    def call(self, view: ApiView, *, has_results: bool = False, used: Sequence[tuple[int, int]] = ()) -> PlannedCall:
        """Return the call of one API, whether or not it fits; `used` are places that hold no values of it."""
        taken = [(self.base + start, self.base + end) for start, end in used]
        evidence = self._read(self.encoder.builder.pieces(self.said), view, taken)
        return self._call(evidence, self._decode(evidence, has_results)[0])

    @property
    def base(self) -> int:
        """Where the instruction itself begins in what was said."""
        return (self.whole or self).said.turns[-1].start

    def linked(self, calls: Sequence[PlannedCall], earlier: Sequence[PlannedCall] = ()) -> list[PlannedCall]:
        """Give results of calls to those that want them, and put each call after those that it takes them from."""
        return linked(calls, (self.whole or self).clauses, earlier)

    def _read(
        self, pieces: Sequence[Piece], view: ApiView, used: Sequence[tuple[int, int]] = (), least: float = 0.0
    ) -> Evidence:
        return replace(self.encoder.read(pieces, flatten(view), used, least=least), view=view)

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

    def _own(self) -> list[Candidate]:
        """The typed values of the instruction in its own places, found once."""
        if self._moved is None:
            self._moved = [moved(v, -self.base) for v in self._values() if v.start >= self.base]
        return self._moved

    def convert(self, start: int, end: int, parameter: ParameterView) -> JsonValue:
        """Return the value that the words from `start` to `end` of all that was said stand for; None for none.

        No value goes from one turn on into the next, or over a part that is left out. What was converted is
        remembered: each call is decoded again.
        """
        key = (start, end, id(parameter))
        if key not in self._converted:
            within = any(turn.start <= start and end <= turn.end for turn in (self.whole or self).said.turns)
            within = within and not meets((start, end), self.away)
            value = convert_span(self.said.text, start, end, parameter, self.now) if within else None
            self._converted[key] = (parameter, value)
        return self._converted[key][1]

    def masked(self, away: Sequence[Place]) -> "CallReader":
        """Return a reader of the same instruction with blanks in place of some parts of what was said."""
        said = Said(without(self.said.text, away), self.said.turns)
        return replace(self, said=said, whole=self.whole or self, away=(*self.away, *away))

    def _calls(
        self, pieces: Sequence[Piece], evidence: Evidence, shared: Sequence[Shared], *, has_results: bool
    ) -> list[PlannedCall]:
        """The calls of one API, in the order of the text."""
        made: list[PlannedCall] = []
        used: list[Place] = []
        dealt = Dealt()
        several = evidence.more >= LIKELY_MORE
        while len(made) < MOST_CALLS:
            reading, *others = self._decode(evidence, has_results, shared, used)
            call = self._call(evidence, reading, used)
            call.doubt = doubt_between(reading, others)
            in_sequence(call, self._lists(), self._convert_item)
            if made and (not reading.filled or any(is_same(call, other) for other in made)):
                break
            if several and not made:
                dealt = self._dealt(evidence, call, has_results=has_results)
            apart = [] if made else self._spread(call, evidence)
            if apart:
                return dealt.calls if len(dealt.calls) >= len(apart) and dealt.worth > (call.joint or 0.0) else apart
            stay_home(call, made, (self.whole or self).clauses, self._step)
            made.append(call)
            known = {*used}
            used += reading.spans
            used += self._places(call).values()
            if evidence.more < MORE or not reading.spans or known == {*used}:
                break
            evidence = self._read(pieces, evidence.view, used, AGAIN)
            if evidence.fits < AGAIN:
                break
        worth = math.prod(c.joint or 1e-9 for c in made) ** (1 / len(made)) if len(made) > several else 0.0
        return dealt.calls if dealt.worth > worth else made

    def _dealt(self, evidence: Evidence, call: PlannedCall, *, has_results: bool) -> Dealt:
        """One call for each part of the instruction that tells of one; not where examples say what is meant."""
        if self.recall is not None:
            return Dealt()
        if evidence.view.id in self._dealings:
            return self._dealings[evidence.view.id]
        least = FITS_PART if evidence.fits >= FITS else FITS

        @cache  # one part may be told in several ways
        def read(away: tuple[Place, ...]) -> tuple[PlannedCall, float] | None:
            reader = self.masked(away)
            found = reader._read(reader.encoder.builder.pieces(reader.said), evidence.view)
            if found.fits < least:
                return None
            return reader._call(found, reader._decode(found, has_results)[0]), found.more

        place, taken = self.said.turns[-1].place, self._places(call)
        dealt = deal(self.said.text, place, evidence, taken, self._values(), read, self._places)
        self._dealings[evidence.view.id] = dealt
        return dealt

    def _places(self, call: PlannedCall) -> dict[str, Place]:
        """Where the arguments of a call stand in all that was said, by parameter."""
        return {name: (self.base + start, self.base + end) for name, (start, end) in places_of(call).items()}

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
            used = [s for c in made for s in self._places(c).values()]
            again = self._read(pieces, evidence.view, used, AGAIN)
            reading = self._decode(again, has_results, (), used)[0]
            call = self._call(again, reading, used)
            mine = places_of(call)
            fresh = [n for n, s in mine.items() if meets(s, twins.get(n, ()))]
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
        with_day_and_time(call, self._own)
        return call

    def _spread(self, call: PlannedCall, evidence: Evidence) -> list[PlannedCall]:
        """One call for each item, where several stand in the place of a single value: `for Paris and Rome`."""
        return spread(call, self._lists(), self._convert_item, likely=evidence.more >= LIKELY_ITEMS)

    def _lists(self) -> list[Candidate]:
        """The lists of two items or more in the instruction."""
        lists = [v for v in self._values() if v.kind == "list" and 1 < len(v.items) <= MOST_CALLS]
        return [moved(v, -self.base) for v in lists if v.start >= self.base]

    def _convert_item(self, item: Candidate, parameter: ParameterView) -> JsonValue:
        return self.convert(self.base + item.start, self.base + item.end, parameter)

    def _by_words(self, clause: Clause, views: Sequence[ApiView]) -> list[tuple[float, ApiView]]:
        phrase = self._phrases.get(clause.text)
        if phrase is None:
            phrase = read_phrase(tokenize(clause.text), find_values(clause.text, self.now))
            self._phrases[clause.text] = phrase
        scored = [(self.weights.rank_logit(rank_features(phrase, v, self.weights.idf)), v) for v in views]
        return sorted(scored, key=lambda s: -s[0])

    def _spoken_at(self, view: ApiView) -> int:
        """Where an API without values is spoken of: in the clause whose words fit it best."""
        scored = [(self._by_words(clause, [view])[0][0], -clause.start) for clause in self.clauses]
        return -max(scored)[1] if scored else 0

    def _step(self, place: int) -> int:
        steps = list(enumerate((self.whole or self).clauses, 1))
        inside = next((i for i, c in steps if c.start <= place < c.end), None)
        return inside or max((s for s in steps if s[1].start <= place), key=lambda s: s[1].start, default=(1, None))[0]
