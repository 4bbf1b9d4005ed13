"""One instruction and one API document as a sequence of tokens: what the cross-encoder reads.

    [CLS] what was said before … [SEP] the instruction [SEP] name: description [P] parameter: description [C] choice …

Every parameter and every choice begins with a mark of its own, whose hidden state stands for it. The word pieces do
not tell case, so each token carries its shape beside its role. Shared by training and run time.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.language import STOP_WORDS, stem

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

Role = Literal["now", "user", "assistant", "tool"]

CLS, SEP, PARAMETER_MARK, CHOICE_MARK = 101, 102, 1, 2
TYPES = ("str", "int", "float", "bool", "list", "dict", "Any")
ROLES = 8 + 2 * len(TYPES)
"""Rows of the table of roles: document, instruction, earlier user, assistant, tool, used, choice, –, parameters."""
SHAPES = 6
"""Rows of the table of shapes: plain, Capital, CAPITALS, number, quoted, in a list of choices that was said."""
_SAID: dict[Role, int] = {"now": 1, "user": 2, "assistant": 3, "tool": 4}
_USED, _CHOICE = 5, 6

MOST_SAID, MOST_TOKENS = 200, 448
DESCRIPTION_TOKENS, PARAMETER_TOKENS, CHOICE_TOKENS = 32, 24, 6
MOST_CHOICES, MOST_PARAMETERS = 16, 48
MOST_OF_LONG_LISTS, FEWEST_OF_A_LIST = 160, 4
"""Choices that lists of over `MOST_CHOICES` show together, and how many each shows at least: of a document with dozens
of such lists they take most of the time.
"""
SHORTEST_ABBREVIATION = 3
_QUOTES = "\"'“”‘’`"
_MARKS = ".,;:!?()[]" + _QUOTES


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch `start:end` of what was said, and by whom; `now` is the instruction itself."""

    start: int
    end: int
    role: Role

    @property
    def place(self) -> tuple[int, int]:
        """Where the turn stands in the text."""
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said, as one text: earlier turns first, the instruction last."""

    text: str
    turns: tuple[Turn, ...]

    @classmethod
    def of(cls, instruction: str, before: Sequence[tuple[Role, str]] = ()) -> "Said":
        """Join earlier turns and the instruction, a line break between them."""
        turns: list[Turn] = []
        text = ""
        told: list[tuple[Role, str]] = [*before, ("now", instruction)]
        for role, words in told:
            turns.append(Turn(len(text), len(text) + len(words), role))
            text += words + "\n"
        return cls(text[:-1], tuple(turns))


@dataclass(frozen=True, slots=True)
class Piece:
    """A token of what was said: its id and its place in the text."""

    id: int
    start: int
    end: int
    role: int
    shape: int


@dataclass(slots=True)
class Pair:
    """Token ids, roles and shapes, all of one length, with the places of marks.

    `pieces[i]` stands at `first + i`. `parameters[k]` is the place of the mark of `views[k]`, `choices[k]` the places
    of its choices, and `chosen[k]` the indexes of these in `ParameterView.choices`.
    """

    ids: list[int] = field(default_factory=list[int])
    roles: list[int] = field(default_factory=list[int])
    shapes: list[int] = field(default_factory=list[int])
    first: int = 1
    pieces: Sequence[Piece] = ()
    views: list[ParameterView] = field(default_factory=list[ParameterView])
    parameters: list[int] = field(default_factory=list[int])
    choices: list[list[int]] = field(default_factory=list[list[int]])
    chosen: list[list[int]] = field(default_factory=list[list[int]])

    def add(self, ids: Sequence[int], role: int, shape: int = 0) -> None:
        """Append tokens of one role and shape."""
        self.ids += ids
        self.roles += [role] * len(ids)
        self.shapes += [shape] * len(ids)


class SequenceBuilder:
    """Builds sequences with one tokenizer; documents are cut into tokens once."""

    def __init__(self, tokenizer: "Tokenizer") -> None:
        self._tokenizer = tokenizer
        self._words = lru_cache(maxsize=20_000)(self._encode)

    def count(self, text: str) -> int:
        """Return how many word pieces a text has."""
        return len(self._encode(text))

    def pieces(self, said: Said, most: int = MOST_SAID) -> list[Piece]:
        """Return the tokens of what was said, the last `most` of them."""
        found: list[Piece] = []
        for turn in reversed(said.turns):
            if len(found) >= most:
                break
            found = [*self._turn(said.text, turn), *found]
        return found[-most:]

    def build(
        self,
        pieces: Sequence[Piece],
        view: ApiView,
        used: Sequence[tuple[int, int]] = (),
        most_tokens: int | None = None,
    ) -> list[Pair]:
        """Return the sequences of one API: several where its parameters do not fit into one.

        `used` are the spans that earlier calls of this API took. With `most_tokens` there are no more of them than
        have so many tokens together (but one), with the parameters that matter most.
        """
        head = self._head(pieces, view, used)
        made = [_copy(head)]
        sequences = len(view.parameters) if most_tokens is None else max(1, most_tokens // MOST_TOKENS)
        room = sequences * (MOST_TOKENS - len(head.ids)) // (1 + PARAMETER_TOKENS)
        wanted = min(MOST_PARAMETERS, max(1, room))
        listed = any(p.choices for p in view.parameters) or len(view.parameters) > wanted
        heard = {stem(w): w for w in _heard(pieces, self._tokenizer)} if listed else dict[str, str]()
        spoken = _spoken_of(view.parameters, heard, wanted)
        long_lists = sum(len(p.choices) > MOST_CHOICES and not p.counts for p in spoken)
        most = min(MOST_CHOICES, max(FEWEST_OF_A_LIST, MOST_OF_LONG_LISTS // max(1, long_lists)))
        for parameter in spoken:
            block = self._block(parameter, heard, most)
            if len(made[-1].ids) + len(block.ids) > MOST_TOKENS and made[-1].parameters:
                if len(made) >= sequences:
                    break
                made.append(_copy(head))
            _append(made[-1], block)
        return made

    def _turn(self, text: str, turn: Turn) -> Iterator[Piece]:
        words = text[turn.start : turn.end]
        encoded = self._tokenizer.encode(words.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)
        role = _SAID[turn.role]
        quoted = _quoted(words)
        for index, (start, end) in zip(encoded.ids, encoded.offsets, strict=True):
            yield Piece(index, turn.start + start, turn.start + end, role, _shape(words, start, end, quoted))

    def _head(self, pieces: Sequence[Piece], view: ApiView, used: Sequence[tuple[int, int]]) -> Pair:
        made = Pair(pieces=pieces)
        made.add((CLS,), 0)
        for piece in pieces:
            taken = any(start < piece.end and piece.start < end for start, end in used)
            made.add((piece.id,), _USED if taken else piece.role, piece.shape)
        made.add((SEP,), 0)
        name = " ".join(names.words(view.document.name))
        made.add(self._words(f"{name}: {view.document.description[:400]}")[:DESCRIPTION_TOKENS], 0)
        return made

    def _block(self, parameter: ParameterView, heard: Mapping[str, str], most: int) -> Pair:
        block = Pair(views=[parameter], parameters=[0])
        shown = "int" if parameter.counts and parameter.type == "str" else parameter.type
        block.add((PARAMETER_MARK,), 8 + 2 * TYPES.index(shown) + parameter.required)
        name = " ".join(names.words(parameter.name))
        block.add(self._words(f"{name}: {parameter.text[:300]}")[:PARAMETER_TOKENS], 0)
        places: list[int] = []
        chosen = [] if parameter.counts else _likely(parameter, heard, most)
        for index in chosen:
            places.append(len(block.ids))
            words = _choice_words(parameter, parameter.choices[index])
            words += [long for word in words if (long := self._spelled_out(word, heard))]
            block.add((CHOICE_MARK,), _CHOICE, 5 if any(stem(w) in heard for w in words) else 0)
            block.add(self._words(" ".join(words))[:CHOICE_TOKENS], 0)
        block.choices.append(places)
        block.chosen.append(chosen)
        return block

    def _spelled_out(self, word: str, heard: Mapping[str, str]) -> str:
        """What was said that a word which the tokenizer does not know is short for: `ascending` for `asc`; or none."""
        if len(word) < SHORTEST_ABBREVIATION or len(self._words(word)) == 1:
            return ""
        return next((w for w in heard.values() if w != word and w.startswith(word.lower())), "")

    def _encode(self, text: str) -> tuple[int, ...]:
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return tuple(self._tokenizer.encode(clean, add_special_tokens=False).ids)


def takes_list(roles: "np.ndarray") -> "np.ndarray":
    """Return which roles of marks are those of parameters that take a list."""
    return (roles - 8) // 2 == TYPES.index("list")


def _spoken_of(parameters: Sequence[ParameterView], heard: Mapping[str, str], most: int) -> Sequence[ParameterView]:
    """All parameters of most APIs; of very many the required ones, then those that share words with what was said."""
    if len(parameters) <= most:
        return parameters
    ranked = sorted(
        parameters, key=lambda p: (not p.required, -len(heard.keys() & {*p.name_stems, *p.stems}), p.index)
    )
    return sorted(ranked[:most], key=lambda p: p.index)


def _choice_words(parameter: ParameterView, choice: object) -> list[str]:
    """The words of a choice, and of what it is said to mean."""
    return [*_words(str(choice)), *parameter.meanings.get(str(choice), "").split()]


@lru_cache(maxsize=20_000)
def _words(choice: str) -> tuple[str, ...]:
    return (*(names.words(choice) or [choice]),)


def _likely(parameter: ParameterView, heard: Mapping[str, str], most: int) -> list[int]:
    """The choices to offer: all of a few; `most` of many, first those that share most words with what was said."""
    choices = parameter.choices
    if len(choices) <= MOST_CHOICES:
        return list(range(len(choices)))
    texts = tuple(map(str, choices))
    places, meanings = _places(texts), {i: m for i, text in enumerate(texts) if (m := parameter.meanings.get(text))}
    solid = {said for said, word in heard.items() if word.lower() not in STOP_WORDS}
    own = Counter(i for said in solid for i in places.get(said, ()))
    shared = own.copy()
    for index, meaning in meanings.items():
        shared[index] += len({stem(w) for w in meaning.split()} & solid - {stem(w) for w in _words(texts[index])})
    return sorted(sorted(range(len(choices)), key=lambda i: (-own[i], -shared[i]))[:most])


@lru_cache(maxsize=64)
def _places(choices: tuple[str, ...]) -> dict[str, list[int]]:
    """Which of the choices hold a word, by its stem."""
    found = defaultdict[str, list[int]](list)
    for index, choice in enumerate(choices):
        for word in {stem(w) for w in _words(choice)}:
            found[word].append(index)
    return dict(found)


def _heard(pieces: Sequence[Piece], tokenizer: "Tokenizer") -> list[str]:
    return [word.strip(_MARKS) or word for word in tokenizer.decode([p.id for p in pieces]).split()]


def _copy(head: Pair) -> Pair:
    return Pair(list(head.ids), list(head.roles), list(head.shapes), head.first, head.pieces)


def _append(made: Pair, block: Pair) -> None:
    at = len(made.ids)
    made.ids += block.ids
    made.roles += block.roles
    made.shapes += block.shapes
    made.views += block.views
    made.parameters.append(at)
    made.choices.append([at + place for place in block.choices[0]])
    made.chosen += block.chosen


def _quoted(text: str) -> list[bool]:
    """Whether each character lies in quotes."""
    inside, found, opened = False, list[bool](), ""
    for index, mark in enumerate(text):
        apostrophe = (
            mark in "'’" and 0 < index < len(text) - 1 and text[index - 1].isalnum() and text[index + 1].isalnum()
        )
        if mark in _QUOTES and not apostrophe:
            if not inside:
                inside, opened = True, mark
            elif mark == opened or (opened in "“‘" and mark in "”’"):
                inside = False
        found.append(inside)
    return found


def _shape(text: str, start: int, end: int, quoted: Sequence[bool]) -> int:
    piece = text[start:end]
    if quoted[start] if start < len(quoted) else False:
        return 4
    if piece.isdigit():
        return 3
    if piece.isupper():
        return 2 if len(piece) > 1 else 1
    return 1 if piece[:1].isupper() else 0
