"""A clause over APIs that have to be composed: `add a slide titled X with the content Y`.

The documents say that these APIs belong together (something has to be selected before text is inserted, a file saved
after it was changed), so one clause may need several of them:

1. values that say where (`in talk.pptx`, `on slide 3`) go to APIs that others need before them: see `locating`;
2. every verb with its object that names an API (`add a slide` → `create_slide`) is a call;
3. every value that none of these takes needs a carrier: the API that takes such a value and, itself or through what
   must come before it, speaks of the words around the value (`titled "X"` → `insert_text` after `select_title`);
4. words that nothing accounts for yet may name an API, or a switch of one, by themselves (`bold`, `at the left`).

What must come before and after is added later: see `completion`.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from taskmatrix.mcfm.embedded.composing.anchoring import WHATEVER, Anchor, find_anchors
from taskmatrix.mcfm.embedded.composing.carrying import PRONOUNS, Carrier, Reading, item_phrases, without_vocabulary
from taskmatrix.mcfm.embedded.composing.filling import Filling, file_words, fill
from taskmatrix.mcfm.embedded.composing.locating import locate, open_file
from taskmatrix.mcfm.embedded.composing.ranking import coverage
from taskmatrix.mcfm.embedded.composing.several import counts, several
from taskmatrix.mcfm.embedded.composing.slots import Passage
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary, same_action
from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS
from taskmatrix.mcfm.embedded.instruction.language import content_stems, related, synonyms
from taskmatrix.mcfm.embedded.plan import Argument, FromItem, Loop, Plan, PlannedCall
from taskmatrix.mcfm.embedded.results import item_field
from taskmatrix.mcfm.embedded.values.candidates import LITERALS, Candidate
from taskmatrix.mcfm.embedded.values.converting import convert

if TYPE_CHECKING:
    from taskmatrix.mcfm.embedded.composing.planning import Ranked, Reader


_PLACED = frozenset(("path", "url", "number", "percent"))
"""Values that one thing takes wherever they are said."""
_CHANGING = frozenset("change replace rename rewrite edit update set".split())


def compose(
    reader: "Reader",
    passage: Passage,
    ranked: "Sequence[Ranked]",
    package: str,
    plan: Plan,
    step: int,
    loop: Loop | None,
) -> list[PlannedCall]:
    """Return the calls of one clause in order; empty if nothing fits."""
    return _Composer(reader, passage, ranked, package, plan, step, loop).compose()


class _Composer:
    def __init__(
        self,
        reader: "Reader",
        passage: Passage,
        ranked: "Sequence[Ranked]",
        package: str,
        plan: Plan,
        step: int,
        loop: Loop | None,
    ) -> None:
        self.reader, self.ranked, self.plan, self.step, self.loop = reader, ranked, plan, step, loop
        self.views = [v for v in reader.views if v.document.package == package]
        if passage.only_asks:
            self.views = [v for v in self.views if v.document.effects.kind == "read"]
        self.vocabulary = Vocabulary(self.views, reader.composition, reader.weights)
        self.reading = Reading(without_vocabulary(passage, self.vocabulary), self.vocabulary, reader.weights)
        self.reading.items = item_phrases(reader.text, passage, loop) if loop else []
        self.passage, self.words, self.verb = self.reading.passage, self.reading.words, self.reading.verb
        self.reading.carried = self._carried()
        self.start = passage.tokens[0].start if passage.tokens else 0
        self.used: list[Candidate] = []

    def compose(self) -> list[PlannedCall]:
        """Return the calls in the order in which they run."""
        places: list[PlannedCall] = []
        if self.reader.pending is not None:
            places += locate(self.reader, self.reader.pending, self.vocabulary, self.plan, self.step)
            self.reader.pending = None if places else self.reader.pending
        places += locate(self.reader, self.passage, self.vocabulary, self.plan, self.step)
        self.reading.located = [s for call in places for s in call.sources]
        self.used += self.reading.located
        reached = [call.view for call in places]
        anchors = find_anchors(self.reading)
        anchored = [self._anchored(a, self._before_next(a, anchors)) for a in anchors]
        self.reading.explained = {t.start for a in anchors for t in a.words} | self._place_words()
        calls = [c for a in anchored if not (a.missing and a.view in reached) for c in self._spread(a)]
        calls += self._switched(calls)
        calls += self._carried_values(calls)
        calls += self._counted(calls)
        calls += self._spoken([*places, *calls])
        opened = [c for c in calls if c.goes]
        places, calls = [*places, *opened, *self._opened(calls)], [c for c in calls if c not in opened]
        if not calls or (self.passage.is_question and all(self.vocabulary.selects(c.view) for c in calls)):
            calls += self._fallback(bool(places or calls))
        calls += self._cleared(calls)
        if not self._is_read([*places, *calls]):
            self.plan.unread.append(self.passage.text)
        return [*places, *self._roots_first(sorted(calls, key=lambda c: c.place))]

    def _is_read(self, calls: Sequence[PlannedCall]) -> bool:
        """Whether the calls account for at least half of what the clause says, besides its verbs and values.

        What a thing is to be about (`a slide about honey`) has to be accounted for in any case.
        """
        values = [*self.used, *(s for call in calls for s in call.sources)]
        said = [
            t
            for t in self.words
            if t.is_content
            and not t.text[0].isdigit()
            and t.text.lower() not in VERBS | WHATEVER
            and not any(v.start <= t.start < v.end for v in (*values, *self.reading.items))
        ]
        known = self._covered(calls) | {w for v in values for w in file_words(v)} | set(self.vocabulary.words)
        left = [t for t in said if t.stem not in known and not any(related(t.stem, k) for k in known)]
        about = any(before.text.lower() == "about" and word in left for before, word in pairwise(self.words))
        return not calls or not left or (len(left) < 0.5 * len(said) and not about)

    def _place_words(self) -> set[int]:
        """Where the nouns lie that only say where: `slide` in `on slide 2`."""
        located = self.reading.located
        return {t.start for t in self.words for v in located if 0 <= v.start - t.end <= 1 and t.is_content}

    def _opened(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """Open a file that nothing else took, where the clause only asks about it or changes what is in it."""
        if any(self.vocabulary.enables(c.view) for c in (*calls, *self.plan.calls())):
            return []
        free = [v for v in self.reading.literals() if v.kind == "path" and not any(v.overlaps(u) for u in self.used)]
        found = [open_file(self.reader, self.passage, self.vocabulary, value, self.step) for value in free[:1]]
        opened = [call for call in found if call is not None]
        self.used += [s for call in opened for s in call.sources]
        return opened

    def _roots_first(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """`add a slide to a new deck`: what all else needs comes first, wherever it is said."""
        composition = self.reader.composition
        roots = [c for c in calls if self.vocabulary.enables(c.view) and not composition.earlier(c.view.id)]
        return [*roots, *(c for c in calls if c not in roots)]

    def _carried(self) -> tuple[str, ...]:
        """What `it` means in this clause: the object of the call before."""
        pronoun = any(t.text.lower() in PRONOUNS for t in self.words)
        earlier = [c for c in self.plan.calls() if not c.added and c.view.object_stems]
        return earlier[-1].view.object_stems if pronoun and earlier else ()

    # Step 2: verbs with their objects

    def _anchored(self, anchor: Anchor, passage: Passage) -> PlannedCall:
        filling = self._fill(anchor.view, passage)
        self.used += filling.sources
        sure = 0.9 if anchor.verb.stem == anchor.view.verb else 0.75
        said = dict.fromkeys((anchor.verb.text, *(t.text for t in anchor.words)))
        call = PlannedCall(
            anchor.view, dict(filling.arguments), filling.missing, anchor.words[0].start, self.step, sure
        )
        call.why = f"said: {' … '.join(said)}"
        return call

    def _before_next(self, anchor: Anchor, anchors: Sequence[Anchor]) -> Passage:
        """The clause without the texts behind the next thing that is made: those of `a deck with a slide titled X`.

        Not where that is many and the text is one: `a deck with three slides titled X`.
        """
        here, values = anchor.words[0].start, self.passage.values
        for word in (a.words[-1] for a in anchors if a.words[0].start > here and self.vocabulary.makes(a.view)):
            behind = [v for v in values if v.start >= word.end and v.kind not in _PLACED]
            if word.stem == word.text.lower() or any(v.kind == "list" for v in behind):
                values = tuple(v for v in values if v not in behind)
        return Passage(self.passage.text, self.passage.tokens, values)

    def _fill(self, view: ApiView, passage: Passage | None = None) -> Filling:
        """Fill an API's parameters; a choice whose words are things of the package needs its parameter named."""
        passage = passage or self.passage
        taken = self.used + self.reading.items
        filling = fill(view, passage, self.reader.weights, taken)
        heard = {t.stem for t in self.words}
        for parameter in view.parameters:
            given = filling.arguments.get(parameter.name)
            if given is None or not parameter.choices or parameter.required:
                continue
            stems = content_stems(str(given.value))
            if any(self.vocabulary.is_thing(s) or s in self.vocabulary.selectable for s in stems) and not heard & set(
                parameter.name_stems
            ):
                del filling.arguments[parameter.name]
        return filling

    def _spread(self, call: PlannedCall) -> list[PlannedCall]:
        """One call for each item of a list, where a call took the first of them for a single value."""
        for name, argument in list(call.arguments.items()):
            if not isinstance(argument, Filled) or argument.source is None or isinstance(argument.value, list):
                continue
            source = argument.source
            group = next((v for v in self.passage.values if v.items and source == v.items[0]), None)
            parameter = call.view.parameter(name)
            if group is None or parameter is None or source.kind not in LITERALS:
                continue
            calls = [call]
            for item in group.items[1:]:
                if item in self.used:
                    break
                self.used.append(item)
                arguments = {**call.arguments, name: Filled(convert(item, parameter), item, argument.confidence)}
                calls.append(PlannedCall(call.view, arguments, (), item.start, self.step, call.confidence))
            return calls
        return [call]

    # Step 3: carriers of values

    def _carried_values(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        added: list[PlannedCall] = []
        for value in self.reading.open_values():
            if any(value.overlaps(u) for u in self.used) or counts(value, self.passage, calls):
                continue
            added += [c for c in self._carry(value, [*calls, *added]) if c not in added]
        return added

    def _carry(self, value: Candidate, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """The call that takes a value; for a list that no API takes whole, one call for each of its items."""
        whole = self.reading.best_carrier(value, calls)
        if value.kind == "path" and (whole is None or not self.reading.action(whole.view)):
            return self._opened(calls) or ([self._call(value, whole)] if whole else [])
        single = self.reading.best_carrier(value.items[0], calls) if value.items else None
        if whole and (single is None or whole.score >= single.score):
            known = next((c for c in calls if c.view is whole.view and whole.parameter.name not in c.arguments), None)
            if known is not None:
                self._give(known, value, whole)
                return []
            return [self._call(value, whole)]
        if single is None:
            return []
        made = self._made_for_each(value, calls)
        filled = [self._call(item, single) for item in value.items]
        return [filled[0], *(c for call in filled[1:] for c in (*self._again(made, call), call))]

    def _counted(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """The calls that are missing of as many as are asked for."""
        added: list[PlannedCall] = []
        for value in self.passage.values:
            missing = several(value, self.passage, calls, self.vocabulary)
            if missing is not None:
                self.used.append(value)
                self.reader.counted.append(value)
                added += missing
        return added

    def _made_for_each(self, value: Candidate, calls: Sequence[PlannedCall]) -> PlannedCall | None:
        """The call whose object stands in the plural before a list of names: `slides titled "A", "B" and "C"`."""
        before = [c for c in calls if c.place < value.start and self.vocabulary.makes(c.view)]
        if not before:
            return None
        made = max(before, key=lambda c: c.place)
        word = next((t for t in self.words if t.start == made.place), None)
        between = [t for t in self.words if word and word.end <= t.start and t.end <= value.start]
        plural = word is not None and word.text.lower().endswith("s") and word.stem != word.text.lower()
        return made if plural and len([t for t in between if t.is_content]) <= 2 else None

    def _again(self, made: PlannedCall | None, call: PlannedCall) -> list[PlannedCall]:
        if made is None:
            return []
        return [PlannedCall(made.view, dict(made.arguments), (), call.place - 1, made.step, made.confidence)]

    def _call(self, value: Candidate, carrier: Carrier) -> PlannedCall:
        rest = self._fill(carrier.view, Passage(self.passage.text, self.passage.tokens, ()))
        call = PlannedCall(
            carrier.view, dict(rest.arguments), rest.missing, value.start, self.step, carrier.confidence
        )
        call.why = f"takes {value.text}"
        call.about = tuple(self.reading.called(value))
        self._give(call, value, carrier)
        return call

    def _give(self, call: PlannedCall, value: Candidate, carrier: Carrier) -> None:
        name = carrier.parameter.name
        if self.loop is not None and value in self.reading.items:
            source = self.loop.origin
            call.arguments[name] = FromItem(self.loop, item_field(source.call.view, source.path, value.text))
        else:
            sure = carrier.confidence
            call.arguments[name] = Filled(convert(value, carrier.parameter), value, sure)
        call.missing = tuple(m for m in call.missing if m != name)
        self.used.append(value)

    # Step 4: words that name an API by themselves

    def _switched(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """An API one of whose yes-or-no parameters is said: `bold`, `underlined`."""
        heard = {t.stem for t in self.words if t.is_content} - self.vocabulary.words
        for view in self.views:
            switches = {
                s for p in view.parameters if p.type == "bool" and len(p.name_stems) == 1 for s in p.name_stems
            }
            if heard & switches and not any(p.required for p in view.parameters):
                if any(c.view is view for c in calls):
                    continue
                filling = self._fill(view)
                self.used += filling.sources
                place = min(t.start for t in self.words if t.stem in switches)
                return [PlannedCall(view, dict(filling.arguments), (), place, self.step, 0.7)]
        return []

    def _spoken(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        added: list[PlannedCall] = []
        while len(added) < 3:
            heard = {t.stem for t in self.words if t.is_content}
            left = heard - self._covered([*calls, *added])
            known = [c.view for c in (*calls, *added)]
            scored = [(self._speaks(v, heard, left), v) for v in self.views if v not in known]
            score, view = max(scored, key=lambda s: s[0], default=(0.0, None))
            if view is None or score <= 0:
                break
            filling = self._fill(view)
            self.used += filling.sources
            said = {*view.object_stems, *(s for p in view.parameters for s in p.name_stems)}
            place = min((t.start for t in self.words if t.stem in said), default=self.start)
            added.append(PlannedCall(view, dict(filling.arguments), filling.missing, place, self.step, 0.6))
        return added

    def _covered(self, calls: Sequence[PlannedCall]) -> set[str]:
        """The stems of the clause that the calls so far account for."""
        known: set[str] = set()
        for call in calls:
            known |= set(call.view.name_stems) | self.vocabulary.reach(call.view)
            for name, argument in call.arguments.items():
                parameter = call.view.parameter(name)
                known |= {*parameter.name_stems, *parameter.stems} if parameter else set()
                if isinstance(argument, Filled):
                    known |= set(content_stems(str(argument.value)))
        heard = {t.stem for t in self.words}
        return known | {h for h in heard if any(related(h, k) for k in known)}

    def _speaks(self, view: ApiView, heard: set[str], left: set[str]) -> float:
        """How much an API's name says of the words left over; 0 unless most of what is special about it is said."""
        special = self.vocabulary.special
        if any(p.required for p in view.parameters):
            return 0.0
        fresh = {s for s in left & set(view.object_stems) if special(s) >= 0.4}
        if not fresh:
            return 0.0
        asked = any(same_action(h, view.verb) for h in heard)
        idle = self.vocabulary.selects(view) or self.vocabulary.makes(view) or view.document.effects.kind == "read"
        if idle and not asked:
            return 0.0
        telling = [s for s in view.object_stems if special(s) >= 0.4]
        said = sum(special(s) for s in telling if s in heard) / sum(special(s) for s in telling)
        return said * sum(special(s) for s in fresh) if said >= 0.6 else 0.0

    def _is_new(self) -> bool:
        """Whether the clause works on something just made, in which there is nothing to replace yet."""
        enabling = [c for c in self.plan.calls() if self.vocabulary.enables(c.view)]
        making = [c for c in enabling if self.vocabulary.makes(c.view)]
        return bool(making) and enabling[-1] is making[-1] and not self.reading.located

    def _fallback(self, located: bool) -> list[PlannedCall]:
        """No verb names an API and no value needs one: take the best ranked API, if it fits and covers the words."""
        words = [t.stem for t in self.words if t.is_content]
        reading = self.verb is not None and same_action(self.verb.stem, "get")
        asks = located and (self.passage.is_question or reading)
        counts = re.search(r"\bhow many\b|\bnumber of\b", self.passage.text, re.I)
        wanted = "count" if counts else "get"
        for ranked in sorted(self.ranked, key=lambda r: not (asks and same_action(r.view.verb, wanted))):
            view = ranked.view
            if view not in self.views or (located and self.vocabulary.enables(view)):
                continue
            reads = view.document.effects.kind == "read"
            known = frozenset((*view.name_stems, *view.description_stems, *view.parameter_stems))
            covers = coverage(words, known, self.reader.weights.idf) >= 0.45 and ranked.fits >= 0.4
            if covers or (asks and reads):
                filling = self._fill(view)
                arguments: dict[str, Argument] = dict(filling.arguments)
                return [PlannedCall(view, arguments, filling.missing, self.start, self.step, max(0.5, ranked.fits))]
        return []

    def _cleared(self, calls: Sequence[PlannedCall]) -> list[PlannedCall]:
        """`change the title to X` replaces: what the inserting API would add to is deleted first."""
        if self.verb is None or self.verb.text.lower() not in _CHANGING or self._is_new():
            return []
        added: list[PlannedCall] = []
        for call in calls:
            if not self.vocabulary.makes(call.view):
                continue
            for view in self.views:
                deletes = synonyms(view.verb) & synonyms("delet") and view.object_stems == call.view.object_stems
                known = any(c.view is view for c in added) or any(p.required for p in view.parameters)
                if deletes and not known:
                    added.append(PlannedCall(view, {}, (), call.place - 1, self.step, 0.9))
        return added
