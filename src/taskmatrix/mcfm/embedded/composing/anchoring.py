"""Calls that a verb and its object name: `add a slide` is `create_slide`."""

from collections.abc import Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.composing.carrying import PRONOUNS, Reading
from taskmatrix.mcfm.embedded.composing.filling import prior
from taskmatrix.mcfm.embedded.composing.slots import Passage
from taskmatrix.mcfm.embedded.composing.vocabulary import same_action
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.language import PREPOSITIONS, Token, related
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.converting import convert

_HAVING = frozenset("have has contain contains".split())
WHATEVER = frozenset("file document result results work change changes everything".split())


@dataclass(frozen=True, slots=True)
class Anchor:
    """An API that a verb and an object name, and the tokens that name it."""

    view: ApiView
    verb: Token
    words: tuple[Token, ...]


def find_anchors(reading: Reading) -> list[Anchor]:
    """Match verbs and objects; the API with the longer object wins the words they share, exact ones first."""
    kept: list[Anchor] = []
    for exact in (True, False):
        found = [a for view in reading.vocabulary.views for a in _anchors_of(reading, view, exact=exact)]
        found.sort(key=lambda a: (-len(a.words), a.verb.stem != a.view.verb, a.words[0].start))
        for anchor in found:
            places = {t.start for t in anchor.words}
            if not any(places & {t.start for t in k.words} for k in kept):
                kept.append(anchor)
    return kept


def _anchors_of(reading: Reading, view: ApiView, *, exact: bool) -> list[Anchor]:
    wanted = [s for s in view.object_stems if s not in ("to", "the", "of", "in", "on")]
    having = reading.vocabulary.makes(view)
    verbs = [t for t in reading.words if same_action(t.stem, view.verb) or (having and t.text.lower() in _HAVING)]
    if not wanted or not verbs:
        return []
    pronoun = next((t for t in reading.words if t.start >= verbs[-1].end and t.text.lower() in PRONOUNS), None)
    if pronoun is not None and exact and verbs[-1].stem == view.verb and set(wanted) == set(reading.carried):
        return [Anchor(view, verbs[-1], (pronoun,))]
    found: list[Anchor] = []
    for index, word in enumerate(reading.words):
        if not exact and any(related(word.stem, t) for t in reading.vocabulary.selectable):
            continue  # it names something to select, not what the verb makes
        taken = _run(reading.words, index, wanted, exact=exact)
        before = [v for v in verbs if v.start < word.start]
        if not taken or not before or before[-1] in taken or not _is_object(reading, view, before[-1], taken[0]):
            continue
        if not found or reading.words[index - 1].text.lower() in ("a", "an", "another"):
            found.append(Anchor(view, before[-1], taken))
    return found or (_anchor_by_verb(reading, view) if exact else [])


def _anchor_by_verb(reading: Reading, view: ApiView) -> list[Anchor]:
    """A verb that only this API has says enough when its object is a pronoun, or a value it takes: `save it`."""
    said = next((t for t in reading.words if t.stem == view.verb), None)
    if said is None or not _is_first(reading, said) or sum(v.verb == view.verb for v in reading.vocabulary.views) > 1:
        return []
    after = [t for t in reading.passage.tokens if t.start >= said.end and t.text.lower() not in ("the", "my", "all")]
    ends = not after or after[0].text.lower() in {*PRONOUNS, *WHATEVER, "as", "to", ".", ","}
    value = next((v for v in reading.literals() if after and v.start <= after[0].start < v.end), None)
    takes = value is not None and any(_suits(value, p, reading.passage) for p in view.parameters)
    return [Anchor(view, said, (said,))] if ends or takes else []


def _is_first(reading: Reading, token: Token) -> bool:
    return token is reading.words[0] or (reading.verb is not None and token.start == reading.verb.start)


def _is_object(reading: Reading, view: ApiView, verb: Token, word: Token) -> bool:
    """Whether a word is what the verb acts on, not where (`on the slide`) or whose (`of the slide`)."""
    between = [t.text.lower() for t in reading.passage.tokens if verb.end <= t.start and t.end <= word.start]
    stated = any(v.kind in ("quote", "path", "url") for v in reading.literals())
    moved = verb.text.lower() == "make" or (verb.text.lower() in ("place", "put") and not stated)
    if moved and reading.vocabulary.makes(view) and {"the", "its", "this"} & set(between):
        return False  # to make the picture smaller is not to make a picture
    for text in reversed(between):
        if text in ("and", ",", "or"):
            return True
        if text == "with" and reading.vocabulary.makes(view):
            return True  # create a deck with a slide
        if text in PREPOSITIONS:
            return text in view.spoken_name
    return True


def _suits(value: Candidate, parameter: ParameterView, passage: Passage) -> bool:
    return convert(value, parameter) is not None and prior(parameter, value, passage.around(value)) >= 0


def _run(words: Sequence[Token], index: int, wanted: Sequence[str], *, exact: bool) -> tuple[Token, ...]:
    """The tokens from `index` on that spell the wanted stems in order, with at most stop words between them."""
    taken: list[Token] = []
    position = index
    for stem in wanted:
        while position < len(words) and taken and not words[position].is_content:
            position += 1
        if position >= len(words):
            return ()
        word = words[position].stem
        if word != stem and (exact or not related(word, stem)):
            return ()
        taken.append(words[position])
        position += 1
    return tuple(taken)
