"""Calls of APIs that stand alone, read from the whole instruction at once by the cross-encoder.

Every API on offer that may fit is read against the instruction; one that fits is called (`calling`). Two APIs seldom
take the same value where each has words of its own, so each is read knowing what the others take, and then without
the parts of the instruction that tell of others alone.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from taskmatrix.mcfm.embedded.agreeing import with_measures
from taskmatrix.mcfm.embedded.calling import FITS, LIKELY_MORE, CallReader
from taskmatrix.mcfm.embedded.dealing import told_elsewhere
from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import Evidence
from taskmatrix.mcfm.embedded.encoder.decoding import Shared
from taskmatrix.mcfm.embedded.encoder.sequences import Piece, Said, Turn
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, asks
from taskmatrix.mcfm.embedded.instruction.language import tokenize
from taskmatrix.mcfm.embedded.instruction.segments import Place
from taskmatrix.mcfm.embedded.plan import Plan, PlannedCall
from taskmatrix.mcfm.embedded.repeating import in_order, is_same
from taskmatrix.mcfm.embedded.rivals import (
    is_called_by_name,
    is_covered,
    is_taken,
    of_own_steps,
    takes_more,
    undisputed,
)
from taskmatrix.mcfm.embedded.unheard import is_whole, unanswered, unheard, untold
from taskmatrix.mcfm.embedded.values.stated_units import states_units

FITS_NAMED, FITS_LACKING, FITS_STATED = 0.2, 0.8, 0.02
"""Below `FITS` an API is not called, or below the second probability where it lacks a value that it needs; the
likeliest below the first where the words hold its name, below the last where they state the units it converts."""
SHARING, SHARING_AWAY = 0.5, 0.97
"""How seldom an API takes what another one takes, and words of a clause where only the other one has its values."""
READ_ALL, FOREMOST, PER_CLAUSE, MOST_READ = 5, 4, 3, 16
"""So many APIs on offer are all read; of more, the first (they fit the whole best) and the best of each clause."""
WORDS_COUNT = 0.5
"""What the log odds of the words weigh beside those of the cross-encoder."""
CLEARLY = 1.5
"""An API is the best of a clause by this much in the log odds of its words."""
SEVERAL = 0.7
"""Where no API fits all of an instruction, one of which several calls are this likely may fit its parts."""
SURE = 0.5
"""How likely the arguments are of a call that is told in words from which no other one takes anything."""
EXCHANGE = 3
"""Turns of the latest exchange: what was asked before, what was answered, the instruction."""


@dataclass(slots=True)
class DirectReader(CallReader):
    """One instruction, with what was said before it, against the APIs on offer."""

    evidence: dict[str, Evidence] = field(default_factory=dict[str, Evidence])

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
        asked = unanswered(self.clauses, made)
        alone = [c for c in self.clauses if not made or c.text in unread or c in asked]
        silent = list[Clause]()
        if alone and len(self.clauses) > 1 and len(self.said.turns) == 1:
            # What is asked beside other things may be heard when it is read alone.
            found = [(c, self.part([c]).calls(views, has_results=bool(made))) for c in alone]
            silent = [c for c, calls in found if not calls]
            known = {call.view.id for call in made}
            told = [
                k
                for c, calls in found
                for k in calls
                if (is_whole(k) and (k.view.id not in known or takes_more(k, made)))
                or (c not in asked and k.view.id not in known)
            ]
            fresh = [call for call in told if not any(is_same(call, other) for other in made)]
            made = sorted([*made, *fresh], key=lambda c: (c.step, c.place))
        if made and self.recall is None and len(self.said.turns) == 1:
            made = self._with_untold(views, made, [c for c in self.clauses if c not in silent])
        plan = Plan(list(self.linked(made)), unread=unheard(self.clauses, made, self.weights.idf))
        called = {call.view.id for call in plan.calls()}
        plan.rival = max((e.fits for e in self.evidence.values() if e.view.id not in called), default=0.0)
        return plan

    def _with_untold(
        self, views: Sequence[ApiView], made: list[PlannedCall], clauses: Sequence[Clause]
    ) -> list[PlannedCall]:
        """The calls, and those told in words of these clauses from which none of them takes anything."""
        known = {call.view.id for call in made}
        planned = [*made]
        fresh = [v for v in views if v.id not in known or self._more(v) >= LIKELY_MORE]
        left = untold(self.said.text, clauses, made, self._own()) if fresh else []
        for call in (call for part in left for call in self.part([part]).calls(fresh, has_results=True)):
            sure = call.confidence >= FITS_LACKING and (call.joint or 0.0) >= SURE
            more = is_whole(call) and takes_more(call, planned)
            if more and sure and not any(is_same(call, other) for other in made):
                made.append(call)
        return sorted(made, key=lambda c: (c.step, c.place))

    def _more(self, view: ApiView) -> float:
        return self.evidence[view.id].more if view.id in self.evidence else 0.0

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
        fitting = [e for e in self.evidence.values() if e.fits >= FITS] or self._named() or self._several()
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
        told = {e.view.id: self._calls(pieces, e, shared.get(e.view.id, ()), has_results=several) for e in kept}
        away = self._away(told)
        calls: list[PlannedCall] = []
        for evidence in kept:
            name = evidence.view.id
            made = self._at_home(told[name], evidence, away.get(name, ()), shared.get(name, ()), has_results=several)
            if not self._is_needless(made, calls, evidence, crowded):
                calls += made
        for evidence in kept:
            calls += self._left_over(pieces, evidence, calls, has_results=several)
            in_order([call for call in calls if call.view is evidence.view])
        if len(calls) == 1 and self.recall is None:
            with_measures(calls[0], self._own(), self._convert_item)
        return sorted(of_own_steps(undisputed(calls), self._step), key=lambda c: (c.step, c.place))

    def _named(self) -> list[Evidence]:
        """The likeliest API, where the words hold its whole name (`turn on the lights`) or its units."""
        best = max(self.evidence.values(), key=lambda e: e.fits, default=None)
        return [best] if best is not None and best.fits >= self._least(best.view) else []

    def _several(self) -> list[Evidence]:
        """The API of which several calls are likely and that fits parts of an instruction, if none fits all of it."""
        best = max(self.evidence.values(), key=lambda e: e.more, default=None)
        if best is None or best.more < SEVERAL or len(self.said.turns) > 1:
            return []
        whole = self._read(self.encoder.builder.pieces(self.said), best.view)
        call = self._call(whole, self._decode(whole, False)[0])
        return [whole] if self._dealt(whole, call, has_results=False).calls else []

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

    def _away(self, told: Mapping[str, Sequence[PlannedCall]]) -> Mapping[str, Sequence[Place]]:
        """The parts of the instruction that tell of other APIs alone, by API; not where examples say what is meant."""
        if len(told) < 2 or self.recall is not None:
            return {}
        taken = {
            name: [
                p for c in calls for p in self._places(c).values() or [(self.base + c.place, self.base + c.place + 1)]
            ]
            for name, calls in told.items()
        }
        return told_elsewhere(self.said.text, self.said.turns[-1].place, taken, self._values())

    def _at_home(
        self,
        calls: Sequence[PlannedCall],
        evidence: Evidence,
        away: Sequence[Place],
        shared: Sequence[Shared],
        *,
        has_results: bool,
    ) -> Sequence[PlannedCall]:
        """The calls of one API, read without the parts of the instruction that tell of other APIs alone."""
        if not away or any(call.wanting for call in calls):
            return calls
        reader = self.masked(away)
        pieces = self.encoder.builder.pieces(reader.said)
        found = reader._read(pieces, evidence.view)
        alone = reader._calls(pieces, found, shared, has_results=has_results) if found.fits >= FITS else []
        return alone if 0 < len(alone) <= len(calls) and not any(call.missing for call in alone) else calls

    def _words(self, turn: Turn) -> str:
        return self.said.text[turn.start : turn.end]

    def _is_needless(
        self, made: Sequence[PlannedCall], calls: Sequence[PlannedCall], evidence: Evidence, crowded: bool
    ) -> bool:
        """Whether the calls already there do what these would."""
        if crowded:
            alone = self._answers_alone(evidence.view, [c.view for c in calls])
            return is_taken(made, calls) and not alone and not is_called_by_name(evidence, calls, self.clauses)
        return is_covered(made, calls, evidence, self.clauses, self._own())

    def _answers_alone(self, view: ApiView, others: Sequence[ApiView]) -> bool:
        """Whether an API clearly fits one clause best by its words, and each of the others another one."""
        together = list({v.id: v for v in (view, *others)}.values())
        best: set[str] = set()
        for clause in self.clauses:
            ranked = self._by_words(clause, together) if asks(clause) and len(together) > 1 else []
            if ranked and ranked[0][0] > ranked[1][0] + CLEARLY:
                best.add(ranked[0][1].id)
        return best == {v.id for v in together}
