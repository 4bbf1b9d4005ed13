"""From clauses to a plan: which API answers each clause, with which values, in which order.

An API that the documents let stand alone takes a whole clause. APIs that the documents tie together (select before
insert, save after editing) share one: see `composing`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from taskmatrix.mcfm.embedded.composing.composer import compose
from taskmatrix.mcfm.embedded.composing.filling import FORMULA, Filling, file_words, fill, prior
from taskmatrix.mcfm.embedded.composing.locating import locate
from taskmatrix.mcfm.embedded.composing.ranking import Phrase, rank_features, read_phrase
from taskmatrix.mcfm.embedded.composing.scoring import Weights
from taskmatrix.mcfm.embedded.composing.slots import Passage
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary
from taskmatrix.mcfm.embedded.documents.reading import ApiView, Composition
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS, Clause, Each
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, Token, tokenize
from taskmatrix.mcfm.embedded.plan import FromItem, FromResult, Loop, Node, Plan, PlannedCall
from taskmatrix.mcfm.embedded.results import Mention, item_field, list_in, mentioned, source_for, takes
from taskmatrix.mcfm.embedded.values.candidates import Candidate, find_values

FITS = 0.5
"""Below this probability an API does not answer a clause."""
TRAINED_ODDS = 1 / 11
"""Fitting to not fitting APIs in the training rows of the ranker."""
RIVALS = 12
"""More APIs than this on offer are not harder to tell apart: the rest have little to do with the clause."""
PRIOR = 0.8
"""How often one of the APIs on offer is taken to answer a clause."""
CONSIDERED = 6
"""How many of the best ranked APIs are filled and compared."""
_BACK_REFERENCES = frozenset("it its that this them these those result results him her he she they their same".split())


@dataclass
class Reader:
    """One instruction being read: its tokens and values, the APIs on offer, and the plan so far."""

    text: str
    views: Sequence[ApiView]
    composition: Composition
    weights: Weights
    names: frozenset[str] = field(init=False)
    tokens: list[Token] = field(init=False)
    values: list[Candidate] = field(init=False)
    history: tuple[str, ...] = ()
    """`package.name` of the calls of earlier turns, oldest first."""
    now: datetime | None = None
    """The clock of the run, which dates such as `tomorrow` are read against; None for this machine's."""
    pending: Passage | None = None
    """A clause that only says where (`In talk.pptx, …`), until it is known who can go there."""
    clauses: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Where each clause starts and ends."""
    counted: list[Candidate] = field(default_factory=list[Candidate])
    """Numbers that say how many calls there are: `add three slides`."""

    def __post_init__(self) -> None:
        self.names = frozenset(s for v in self.views for s in v.name_stems)
        self.tokens = tokenize(self.text)
        self.values = find_values(self.text, self.now)

    def passage(self, start: int, end: int) -> Passage:
        """Return the part of the instruction between two places."""
        return Passage(
            self.text[start:end],
            tuple(t for t in self.tokens if start <= t.start and t.end <= end),
            tuple(v for v in self.values if start <= v.start and v.end <= end),
        )


@dataclass(frozen=True, slots=True)
class Ranked:
    """An API and the probability that it answers a clause, before its parameters are looked at."""

    view: ApiView
    logit: float
    fits: float


def rank(phrase: Phrase, views: Sequence[ApiView], weights: Weights) -> list[Ranked]:
    """Return the APIs by how well they answer a clause, best first, each with its probability (Bayes' rule)."""
    logits = [weights.rank_logit(rank_features(phrase, v, weights.idf)) for v in views]
    each = PRIOR / max(1, min(len(views), RIVALS))
    evidence = [each * math.exp(max(-20.0, min(20.0, logit))) / TRAINED_ODDS for logit in logits]
    total = 1 - PRIOR + sum(evidence)
    ranked = [Ranked(v, logit, e / total) for v, logit, e in zip(views, logits, evidence, strict=True)]
    return sorted(ranked, key=lambda r: -r.logit)


def plan_clause(reader: Reader, clause: Clause, plan: Plan, step: int, loop: Loop | None = None) -> list[Node]:
    """Return the calls of one clause; `plan` holds what comes before it."""
    passage = reader.passage(clause.start, clause.end)
    phrase = read_phrase(passage.tokens, passage.values, reader.names)
    ranked = rank(phrase, reader.views, reader.weights)[:CONSIDERED]
    if not ranked:
        return []
    led = _led_by_formula(reader, passage)
    if led:
        ranked = [Ranked(r.view, r.logit, max(r.fits, FITS)) for r in rank(phrase, led, reader.weights)]
    package = _tied_package(reader, phrase, ranked, plan)
    if package is not None:
        calls = compose(reader, passage, ranked, package, plan, step, loop)
        if calls or ranked[0].view.document.package == package:
            if not calls and _asks(passage):
                plan.unread.append(clause.text)
            return list(calls)
    if ranked[0].fits < FITS and not phrase.stems and passage.values:
        reader.pending = passage
        return []
    if ranked[0].fits < FITS and not _close(ranked):
        if not _extend(reader, passage, plan) and _asks(passage):
            plan.unread.append(clause.text)
        return []
    call = _best_call(reader, passage, ranked, clause.start, step)
    previous = _last_call(plan)
    if previous is not None and previous.view is call.view and not _has_values(call):
        _extend(reader, passage, plan)
        return []
    _use_results(call, passage, plan, loop)
    return _spread(call)


def _close(ranked: Sequence[Ranked]) -> bool:
    """Whether several APIs fit about equally, one of which must be right: their parameters will tell."""
    return sum(r.fits for r in ranked) >= FITS and ranked[0].fits >= FITS / 2


def _led_by_formula(reader: Reader, passage: Passage) -> list[ApiView]:
    """The APIs that ask for a formula, where the clause states one: nothing else can be meant by it."""
    formulas = [v for v in passage.values if v.kind == "formula"]
    return [
        view
        for view in reader.views
        if any(p.required and prior(p, f, passage.around(f)) >= FORMULA for f in formulas for p in view.parameters)
    ]


def _tied_package(reader: Reader, phrase: Phrase, ranked: Sequence[Ranked], plan: Plan) -> str | None:
    """The package whose documents tie its APIs together, if the clause is about it."""
    tied = {v.document.package for v in reader.views for r in reader.composition.before if r.api == v.id}
    if not tied:
        return None
    best = ranked[0].view.document.package
    if best in tied and (ranked[0].fits >= FITS / 2 or len({v.document.package for v in reader.views}) == 1):
        return best
    previous = _last_call(plan)
    if ranked[0].fits < FITS and previous is not None and previous.view.document.package in tied:
        return previous.view.document.package
    if ranked[0].fits < FITS and previous is None:
        return next((name for name in sorted(tied) if _speaks_of(reader, name, phrase)), None)
    return None


def _speaks_of(reader: Reader, package: str, phrase: Phrase) -> bool:
    """Whether a clause uses a word of a package's names, or names a file of its kind."""
    known = {s for v in reader.views if v.document.package == package for s in v.name_stems}
    said = {*phrase.stems, *(w for v in phrase.values for w in file_words(v))}
    return bool(known & said)


def _best_call(reader: Reader, passage: Passage, ranked: Sequence[Ranked], place: int, step: int) -> PlannedCall:
    """Compare the best ranked APIs with their parameters filled: one that leaves values unused fits less."""
    telling = [v for v in passage.values if v.kind not in ("phrase", "name", "list")]

    def worth(option: tuple[Ranked, Filling]) -> float:
        ranked_api, filling = option
        unused = sum(1 for v in telling if not any(v.overlaps(s) for s in filling.sources))
        return ranked_api.logit - 1.2 * len(filling.missing) - 0.6 * unused

    options = [(r, fill(r.view, passage, reader.weights)) for r in ranked if r.logit > ranked[0].logit - 4]
    best, filling = max(options, key=worth)
    return PlannedCall(best.view, dict(filling.arguments), filling.missing, place, step, max(best.fits, 0.05))


def _has_values(call: PlannedCall) -> bool:
    return any(isinstance(a, Filled) and a.source is not None and a.confidence > 0.5 for a in call.arguments.values())


def _last_call(plan: Plan) -> PlannedCall | None:
    calls = list(plan.calls())
    return calls[-1] if calls else None


def _asks(passage: Passage) -> bool:
    """Whether a clause asks for something, by its verb or as a question; the rest is said in passing."""
    words = [t.text.lower() for t in passage.tokens if t.is_word]
    spoken = next((w for w in words if w not in STOP_WORDS), "")
    return passage.is_question or spoken in VERBS


def _extend(reader: Reader, passage: Passage, plan: Plan) -> bool:
    """Give the values of a clause that no API answers to the call before it; say whether it takes any."""
    call = _last_call(plan)
    if call is None or not passage.values:
        return False
    known_before = dict(call.arguments)
    start = min((t.start for t in passage.tokens), default=0)
    end = max((t.end for t in passage.tokens), default=0)
    filling = fill(call.view, reader.passage(min(call.place, start), end), reader.weights)
    for name, filled in filling.arguments.items():
        known = call.arguments.get(name)
        if known is None or (isinstance(known, Filled) and known.confidence < filled.confidence - 0.2):
            call.arguments[name] = filled
    call.missing = tuple(m for m in call.missing if m not in call.arguments)
    return call.arguments != known_before


def _use_results(call: PlannedCall, passage: Passage, plan: Plan, loop: Loop | None) -> None:
    """Fill what is missing from the results of earlier calls, and what a pronoun points back to."""
    earlier = list(plan.calls())
    if loop is not None:
        for name in call.missing:
            call.arguments[name] = FromItem(loop, item_field(loop.origin.call.view, loop.origin.path, name))
        call.missing = ()
        return
    points_back = any(t.text.lower() in _BACK_REFERENCES for t in passage.tokens)
    own = set(call.view.name_stems)
    mentions = mentioned([t.stem for t in passage.tokens if t.stem not in own], earlier)
    for parameter in call.view.parameters:
        known = call.arguments.get(parameter.name)
        loose = known is None or (isinstance(known, Filled) and _is_loose(known, passage))
        if not loose:
            continue
        mention = next((m for m in mentions if takes(parameter, m) and _speaks(known, m, passage)), None)
        if mention is not None and (parameter.required or known is not None):
            call.arguments[parameter.name] = mention.source
            continue
        weak = isinstance(known, Filled) and known.confidence < 0.35 and points_back
        if (parameter.name in call.missing or weak) and earlier:
            source = source_for(parameter, earlier)
            if source is None and points_back and parameter.required:
                source = FromResult(earlier[-1])
            if source is not None:
                call.arguments[parameter.name] = source
    call.missing = tuple(m for m in call.missing if m not in call.arguments)


def _is_loose(known: Filled, passage: Passage) -> bool:
    """Whether a value is only words of the instruction, which may as well speak of a result."""
    return known.source is None or known.source.kind in ("phrase", "name")


def _speaks(known: object, mention: Mention, passage: Passage) -> bool:
    """Whether the words given as a value are those that mention a result; nothing given will do as well."""
    if not isinstance(known, Filled) or known.source is None:
        return True
    inside = {t.stem for t in passage.around(known.source).inside if t.is_content}
    return bool(inside & mention.stems)


def _spread(call: PlannedCall) -> list[Node]:
    """One call per value where a list stands in the place of a single required value."""
    for name, argument in call.arguments.items():
        parameter = call.view.parameter(name)
        if (
            parameter is None
            or not isinstance(argument, Filled)
            or argument.source is None
            or parameter.type == "list"
        ):
            continue
        items = argument.source.items
        if len(items) > 1 and parameter.required:
            calls: list[Node] = []
            for item in items:
                arguments = dict(call.arguments)
                arguments[name] = Filled(item.value, item, argument.confidence)
                calls.append(PlannedCall(call.view, arguments, call.missing, call.place, call.step, call.confidence))
            return calls
    return [call]


def _located(reader: Reader, passage: Passage, plan: Plan, step: int) -> list[PlannedCall]:
    """The calls that go where the source lies: `on slide 3 of plan.pptx`."""
    found: list[PlannedCall] = []
    for package in dict.fromkeys(v.document.package for v in reader.views):
        views = [v for v in reader.views if v.document.package == package]
        vocabulary = Vocabulary(views, reader.composition, reader.weights)
        found += reach(reader, vocabulary, plan, step)
        found += locate(reader, passage, vocabulary, plan, step)
    return found


def reach(reader: Reader, vocabulary: Vocabulary, plan: Plan, step: int) -> list[PlannedCall]:
    """Return the calls that go where an earlier clause said (`In talk.pptx, …`), now that someone wants to."""
    found = locate(reader, reader.pending, vocabulary, plan, step) if reader.pending is not None else []
    reader.pending = None if found else reader.pending
    return found


def _same_values(call: PlannedCall, filling: Filling) -> bool:
    """Whether a call that goes somewhere is not needed, as the reading call says the place itself."""
    sources = [a.source for a in call.arguments.values() if isinstance(a, Filled)]
    return bool(sources) and all(s in filling.sources for s in sources)


def source_of(reader: Reader, each: Each, plan: Plan, step: int) -> FromResult | None:
    """Return the list that a loop goes through, after appending the calls that read it to the plan."""
    earlier = list(plan.calls())
    passage = reader.passage(each.source.start, each.source.end)
    whole = reader.passage(each.source.start - len(each.item) - 12, each.source.end)
    phrase = read_phrase(whole.tokens, whole.values, reader.names)
    best: tuple[float, ApiView, Filling, tuple[str | int, ...]] | None = None
    opened = [c for c in _located(reader, passage, plan, step) if c.view.document.effects.kind == "read"]
    outer = [a.source for c in opened[:-1] for a in c.arguments.values() if isinstance(a, Filled) and a.source]
    if len(opened) == 1 and any(v.kind == "path" for v in passage.values):
        outer = [a.source for c in opened for a in c.arguments.values() if isinstance(a, Filled) and a.source]
    for ranked in rank(phrase, reader.views, reader.weights):
        view = ranked.view
        told = view.document.effects.kind == "read" or view.document.returns.type
        path = list_in(view, each.item) if told else None
        if path is None:
            continue
        filling = fill(view, passage, reader.weights, outer)
        unused = sum(
            1 for v in passage.values if v.kind != "phrase" and not any(v.overlaps(s) for s in filling.sources)
        )
        score = (
            ranked.logit - 3 * len(filling.missing) - 2 * unused + (2 if view.document.effects.kind == "read" else 0)
        )
        if best is None or score > best[0]:
            best = (score, view, filling, path)
    for call in reversed(earlier):
        path = list_in(call.view, each.item)
        if path is not None and (best is None or not passage.values) and call.view.document.effects.kind == "read":
            return FromResult(call, path)
    if best is None:
        return None
    _, view, filling, path = best
    plan.nodes += [c for c in opened if not _same_values(c, filling)]
    call = PlannedCall(view, dict(filling.arguments), filling.missing, each.source.start, step)
    call.why = f"reads the list of each {each.item}"
    plan.nodes.append(call)
    return FromResult(call, path)
