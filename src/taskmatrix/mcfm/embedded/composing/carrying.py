"""Which API takes a value that no verb names one for: `titled "X"`, `with the content "Y"`, `in red`."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from taskmatrix.mcfm.embedded.composing.filling import file_words, prior
from taskmatrix.mcfm.embedded.composing.ranking import coverage
from taskmatrix.mcfm.embedded.composing.scoring import Weights, probability
from taskmatrix.mcfm.embedded.composing.slots import Passage, slot_features
from taskmatrix.mcfm.embedded.composing.vocabulary import Vocabulary, same_action
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.clauses import VERBS
from taskmatrix.mcfm.embedded.instruction.language import Token, content_stems, is_naming, related_to_any, synonyms
from taskmatrix.mcfm.embedded.plan import Loop, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import LITERALS, VERBATIM, Candidate
from taskmatrix.mcfm.embedded.values.converting import convert

CARRIES = -1.0
"""A carrier needs at least this score; below it the value is left over and said so."""
PRONOUNS = frozenset("it them its this that they".split())
_BEYOND = frozenset("after before behind between".split())
_AFTER_VALUE = frozenset("as to into onto in for on wide tall pt points".split())


@dataclass(frozen=True, slots=True)
class Carrier:
    """The API and parameter that take a value, how well they suit it, and how much better than any other API."""

    score: float
    view: ApiView
    parameter: ParameterView
    margin: float = 0.0

    @property
    def confidence(self) -> float:
        """The probability that this is where the value belongs."""
        return probability(0.5 * self.score + 1.2 * min(3.0, self.margin) + 0.5)


@dataclass
class Reading:
    """One clause read with the vocabulary of a package.

    `carried` is what `it` means here; `items` are the words that stand for a loop's item; `located` are the values
    that said where; `explained` is where the words lie that name a call already.
    """

    passage: Passage
    vocabulary: Vocabulary
    weights: Weights
    carried: tuple[str, ...] = ()
    items: list[Candidate] = field(default_factory=list[Candidate])
    located: list[Candidate] = field(default_factory=list[Candidate])
    explained: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self.verb = next((t for t in self.passage.tokens if t.text.lower() in VERBS), None)
        self.words = spoken_words(self.passage)

    def called(self, value: Candidate) -> list[str]:
        """What a quote says of the thing named right before it: `a slide "Day 1"` gives its title."""
        before = [t for t in self.passage.tokens if t.end <= value.start and t.is_word][-1:]
        named = value.kind == "quote" and bool(before) and before[0].start in self.explained
        named = named and value.start - before[0].end <= 2
        listed = any(value in v.items for v in self.passage.values if self._is_listed(v))
        return [self.vocabulary.title] if named or listed else []

    def _is_listed(self, value: Candidate) -> bool:
        """Whether a list says what the things before it are called: `slides: Honey and Wax`, `slides called …`."""
        before = [t for t in self.passage.tokens if t.end <= value.start and t.is_word]
        if value.kind != "list" or not before or value.start - before[-1].end > 2:
            return False
        thing = before[-2:][0] if is_naming(before[-1].text) else before[-1]
        return thing.start in self.explained and thing.stem != thing.text.lower()

    def literals(self) -> list[Candidate]:
        """Return the values that say something definite and do not say where."""
        return [v for v in self.passage.values if v.kind in LITERALS and v not in self.located]

    def _is_name(self, value: Candidate) -> bool:
        """Whether a value is what something is called: `a slide called Alice`."""
        before = [t for t in self.passage.tokens if t.end <= value.start][-1:]
        return (
            value.kind in ("name", "phrase")
            and bool(before)
            and is_naming(before[0].text)
            and before[0].end == value.start - 1
        )

    def open_values(self) -> list[Candidate]:
        """Return what has to go somewhere: literals, lists of them, and in a loop its item."""
        literal = [
            v
            for v in self.passage.values
            if v.kind in LITERALS
            or (v.kind == "list" and v.items and v.items[0].kind in LITERALS)
            or self._is_name(v)
            or self._is_listed(v)
        ]
        literal += self.items
        outer = [v for v in literal if not any(o.contains(v) and o != v for o in literal)]
        return sorted(outer, key=lambda v: v.start)

    def best_carrier(self, value: Candidate, calls: Sequence[PlannedCall]) -> Carrier | None:
        """Return the best carrier of a value; `calls` of the clause that still lack a parameter come first."""
        window = self._window(value)
        before = [c for c in calls if c.place <= value.start]
        nearest = max((c.place for c in before), default=0)
        near = [c for c in before if c.place == nearest]
        waiting = {(id(c.view), p.name) for c in near for p in c.view.parameters if p.name not in c.arguments}

        def score(view: ApiView, parameter: ParameterView) -> float:
            started = (id(view), parameter.name) in waiting
            return self._carrying(view, parameter, value, window, started=started)

        options = [
            Carrier(score(view, parameter), view, parameter)
            for view in self.vocabulary.views
            for parameter in view.parameters
            if not parameter.choices and parameter.type != "bool" and convert(value, parameter) is not None
        ]
        best = max(options, key=lambda c: c.score, default=None)
        if best is None or best.score < CARRIES:
            return None
        rival = max((o.score for o in options if o.view is not best.view), default=best.score - 3.0)
        return replace(best, margin=best.score - rival)

    def _carrying(
        self, view: ApiView, parameter: ParameterView, value: Candidate, window: Sequence[Token], *, started: bool
    ) -> float:
        """Score an API as the carrier of a value: the slot, the words around, and what must come before."""
        around = self.passage.around(value)
        features = slot_features(parameter, value, self.passage, view, around)
        aside = {t.stem for t in _beside(window)}
        spoken = [
            t
            for t in window
            if t.is_content and not t.text[0].isdigit() and t.start not in self.explained and not self._is_mere_verb(t)
        ]
        words = [self.vocabulary.meaning(t) for t in spoken] or self.called(value)
        reach = self.vocabulary.reach(view)
        known = {*view.name_stems, *parameter.name_stems, *parameter.stems} | reach
        first = not any(v.end <= value.start for v in self.literals())
        near = words or list(self.carried if first else ())
        weigh = self.vocabulary.weight
        covered = coverage(near, frozenset(known), lambda s: weigh(s) * (0.4 if s in aside else 1)) if near else 0.3
        slot = self.weights.slot_logit(features) + prior(parameter, value, around)
        beyond = {t.text.lower() for t in around.left[-3:]} & _BEYOND
        if beyond and not beyond & set(parameter.text.lower().split()):
            return CARRIES - 1.0  # a place in an order that this API knows nothing of: `after slide 2`
        others = sum(1 for p in view.parameters if p.required and p is not parameter)
        others += 2 * (0 < len(self.literals()) <= others)
        words = [*words, *file_words(value)]
        named = _free_text(value, parameter, words)
        exact = started and len(parameter.name_stems) == 1 and parameter.name_stems[0] in words
        named += 1.5 + exact if started else self._naming(view, parameter, words, aside, reach)
        if words and covered < 0.1 and value.kind == "quote":
            named -= 1.5  # it is said what the text is, and this API knows no such thing
        return 0.2 * max(-8.0, min(6.0, slot)) + 3.0 * covered + named + self.action(view) - 1.0 * others - 1.6

    def _naming(
        self, view: ApiView, parameter: ParameterView, words: Sequence[str], aside: set[str], reach: frozenset[str]
    ) -> float:
        """What the API's name adds: a thing it is about should be said, and making one must be asked for."""
        score = 0.0
        carried = () if self.vocabulary.makes(view) else self.carried  # `it` is there already
        central = [w for w in (*words, *carried) if w not in aside]
        reached = any(related_to_any(r, words) for r in reach)
        unsaid = False
        for stem in view.object_stems:
            if stem in parameter.name_stems:
                continue
            if related_to_any(stem, central):
                score += 1.0
            elif related_to_any(stem, words):
                score += 0.2
            else:
                unsaid = True
                thing = 2.2 if self.vocabulary.is_thing(stem) else 1.0
                score -= 0.6 if reached else thing * self.vocabulary.special(stem)
        if unsaid and self.vocabulary.makes(view):
            score -= 2.0
        if synonyms(view.verb) & synonyms("delet") and not self.action(view):
            score -= 3.0
        if self.vocabulary.makes(view) and self._only_deletes():
            score -= 3.0
        idle = view.document.effects.kind == "read" and not self.vocabulary.selects(view)
        if idle and not self.action(view) and not self.passage.is_question:
            score -= 3.0
        return max(-6.0, score)

    def _only_deletes(self) -> bool:
        """Whether the clause asks to take something away and not to make anything."""
        stems = [t.stem for t in self.words]
        deletes = any(synonyms(s) & synonyms("delet") for s in stems)
        return deletes and not any(synonyms(s) & synonyms("insert") for s in stems)

    def action(self, view: ApiView) -> float:
        """How well the clause's verbs name what an API does; a verb that few APIs share says most."""
        stems = [t.stem for t in self.words]
        if view.verb in stems:
            return 0.8 + 2.0 * max(0.0, 2 * self.vocabulary.special(view.verb) - 1)
        return 0.8 if any(same_action(s, view.verb) for s in stems) else 0.0

    def _is_mere_verb(self, token: Token) -> bool:
        """Whether a word only says what to do: `type`, but not `name` or `title`, which also say what it is."""
        return (
            self.verb is not None
            and token.start == self.verb.start
            and self.vocabulary.meaning(token) == token.stem
            and not related_to_any(token.stem, ["name"])
        )

    def _window(self, value: Candidate) -> list[Token]:
        """The words that belong to a value: those since the value before it, and `as the …` right after it."""
        floor = max((v.end for v in self.literals() if v.end <= value.start), default=0)
        before = [t for t in self.words if floor <= t.start and t.end <= value.start]
        following = [t for t in self.words if t.start >= value.end]
        after: list[Token] = []
        if following and following[0].text.lower() in _AFTER_VALUE:
            after = following[:5]
        elif following and value.kind in ("number", "percent", "color"):
            after = [t for t in following[:3] if t.start - value.end < 24]
        elif following and not before:
            after = following[:2]
        ceiling = min((v.start for v in self.literals() if v.start >= value.end), default=1 << 60)
        return [*before, *(t for t in after if t.start < ceiling)]


_TEXT = frozenset("text content messag titl bodi note comment caption descript sentenc queri question word".split())
_MEASURES = frozenset("id idx index num number count size width height left top angl type style level format".split())


def _free_text(value: Candidate, parameter: ParameterView, words: Sequence[str]) -> float:
    """Quoted words are text before they are the name of a type, an identifier or a measure nobody spoke of."""
    stems = set(parameter.name_stems)
    if value.kind in ("number", "percent"):
        return -2.0 if stems & _TEXT else 0.0
    if value.kind != "quote":
        return 0.0
    if stems & _MEASURES and not related_to_any(parameter.name_stems[-1], words):
        return -1.2
    return 0.8 if stems & _TEXT else 0.0


def spoken_words(passage: Passage) -> list[Token]:
    """The words of a passage outside quotes and names of files."""
    closed = [(v.start, v.end) for v in passage.values if v.kind in VERBATIM]
    return [t for t in passage.tokens if t.is_word and not any(s <= t.start and t.end <= e for s, e in closed)]


def item_phrases(text: str, passage: Passage, loop: Loop) -> list[Candidate]:
    """`its name`, `the company`, `it`: the words that stand for the loop's item in its body."""
    item = (content_stems(loop.item) or [""])[-1]
    tokens = [t for t in passage.tokens if t.is_word]
    found: list[Candidate] = []
    for index, token in enumerate(tokens):
        follower = tokens[index + 1] if index + 1 < len(tokens) else None
        word = token.text.lower()
        if word in ("its", "their", "his", "her") and follower is not None:
            end = follower.end
        elif (item and token.stem == item) or word in ("it", "them"):
            end = follower.end if follower is not None and follower.text.lower() == "name" else token.end
        else:
            continue
        found.append(Candidate(token.start, end, text[token.start : end], text[token.start : end], "quote"))
    return found


def without_vocabulary(passage: Passage, vocabulary: Vocabulary) -> Passage:
    """Words that name the package's own things (`slide`, `picture`) are no values."""

    def is_value(value: Candidate) -> bool:
        if value.kind not in ("phrase", "list") or (value.items and value.items[0].kind != "phrase"):
            return True
        inside = [t for t in passage.around(value).inside if t.is_content]
        return not all(t.stem in vocabulary.words for t in inside)

    return Passage(passage.text, passage.tokens, tuple(v for v in passage.values if is_value(v)))


def _beside(window: Sequence[Token]) -> list[Token]:
    """The words of `of the slide`, `on the page`: they say where or whose, not what."""
    found: list[Token] = []
    inside = False
    for token in window:
        if token.text.lower() in ("of", "on", "in", "into", "within", "from", "inside"):
            inside = True
        elif inside and token.is_content:
            found.append(token)
            inside = False
    return found
