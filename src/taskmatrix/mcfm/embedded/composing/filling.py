"""Filling an API's parameters from a passage: one span one slot, types and choices respected, the best total first."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from taskmatrix.mcfm.embedded.composing.scoring import Weights, probability
from taskmatrix.mcfm.embedded.composing.slots import Passage, Surroundings, slot_features
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.instruction.language import content_stems, is_color, related, synonyms
from taskmatrix.mcfm.embedded.values.candidates import VERBATIM, Candidate, is_place_in_order
from taskmatrix.mcfm.embedded.values.converting import convert, is_color_name

OPTIONAL_LOGIT = 0.0
"""An optional parameter is given only when the value fits more likely than not."""
REQUIRED_LOGIT = -9.0
"""A required one takes the best value there is; whether that is good enough to run is decided later."""

STATED, TOLD = 0.3, 0.9
"""What is quoted is meant for something: in a required parameter it is no mere guess, behind its name it is sure."""

_NEGATIONS = frozenset("not no without exclude excluding never don't doesn't disable".split())
_HOLLOW = frozenset(
    content_stems("is include included including use enable enabled flag whether show return only with")
)


@dataclass(frozen=True, slots=True)
class Filling:
    """The arguments found for one call, and the required parameters that nothing in the passage fills."""

    arguments: dict[str, Filled] = field(default_factory=dict[str, Filled])
    missing: tuple[str, ...] = ()

    @property
    def sources(self) -> list[Candidate]:
        """The spans that were used."""
        return [f.source for f in self.arguments.values() if f.source is not None]

    @property
    def confidence(self) -> float:
        """The product of what is known of each argument; every missing one counts as one in five."""
        product = 0.2 ** len(self.missing)
        for filled in self.arguments.values():
            product *= filled.confidence
        return product


@dataclass(frozen=True, slots=True)
class _Pair:
    logit: float
    parameter: ParameterView
    value: Candidate
    converted: JsonValue


def fill(view: ApiView, passage: Passage, weights: Weights, taken: Sequence[Candidate] = ()) -> Filling:
    """Return the arguments of one call of an API, read from a passage; `taken` spans belong to other calls."""
    arguments: dict[str, Filled] = {}
    used = list(taken)
    for parameter in view.parameters:
        if parameter.choices:
            chosen = _choose(parameter, passage)
        elif parameter.type == "bool":
            chosen = _decide(parameter, view, passage)
        else:
            continue
        if chosen is not None:
            arguments[parameter.name] = chosen
    for pair in _pairs(view, passage, weights, arguments):
        name = pair.parameter.name
        if name in arguments or any(pair.value.overlaps(u) for u in used):
            continue
        sure = probability(pair.logit)
        if pair.value.kind in VERBATIM and _is_told(pair, view, passage):
            sure = max(sure, TOLD)
        elif pair.parameter.required and pair.value.kind in VERBATIM:
            sure = max(sure, STATED)
        arguments[name] = Filled(pair.converted, pair.value, sure)
        used.append(pair.value)
    missing = tuple(p.name for p in view.parameters if p.required and p.name not in arguments)
    order = {p.name: p.index for p in view.parameters}
    return Filling(dict(sorted(arguments.items(), key=lambda a: order[a[0]])), missing)


def _is_told(pair: _Pair, view: ApiView, passage: Passage) -> bool:
    """Whether a value stands behind the parameter's name (`with the title "Big"`), or is the one file."""
    name = pair.parameter.name_stems
    if {*name} <= {t.stem for t in passage.around(pair.value).left[-len(name) - 1 :]}:
        return True
    files = [p for p in view.parameters if _wants_file({*p.name_stems, *p.stems}, p)]
    said = [v for v in passage.values if v.kind == "path"]
    return files == [pair.parameter] and said == [pair.value]


def _wants_file(stems: set[str], parameter: ParameterView) -> bool:
    return bool(stems & _FILE_WORDS) and parameter.type in ("str", "Any")


def _pairs(view: ApiView, passage: Passage, weights: Weights, done: dict[str, Filled]) -> list[_Pair]:
    around = {id(v): passage.around(v) for v in passage.values}
    pairs: list[_Pair] = []
    for parameter in view.parameters:
        if parameter.name in done or parameter.choices or parameter.type == "bool":
            continue
        for value in passage.values:
            converted = convert(value, parameter)
            if converted is None:
                continue
            logit = weights.slot_logit(slot_features(parameter, value, passage, view, around[id(value)]))
            logit += prior(parameter, value, around[id(value)])
            if logit > (REQUIRED_LOGIT if parameter.required else OPTIONAL_LOGIT):
                pairs.append(_Pair(logit, parameter, value, converted))
    return sorted(pairs, key=lambda p: (-p.logit, p.parameter.index, p.value.start))


_FILES = {
    "image picture photo logo icon figur": "png jpg jpeg gif bmp svg webp tif tiff",
    "present deck powerpoint slide slideshow": "pptx ppt odp key",
    "document report word": "docx doc odt pdf txt md rtf",
    "tabl spreadsheet workbook data sheet": "csv xlsx xls ods tsv parquet",
    "audio sound music song speech record": "mp3 wav ogg flac m4a",
    "video film movi clip": "mp4 avi mov mkv webm",
}
_RANGE = {
    "from": frozenset("lower start from begin min minimum origin sourc depart".split()),
    "to": frozenset("upper end to stop max maximum destin target recipi arriv".split()),
}
_FORMULA_WORDS = frozenset("express equat formula function calcul".split())
FORMULA = 5.0
"""What a parameter that asks for a formula gains when it is given one."""
_FILE_WORDS = frozenset("path file filenam document folder directori".split())


def prior(parameter: ParameterView, value: Candidate, around: Surroundings) -> float:
    """Return what plain knowledge adds to a score: files are files, factors factors, colours colours."""
    lower = f"{parameter.name} {parameter.text}".lower()
    stems = {*parameter.name_stems, *parameter.stems}
    added = _file_prior(stems, parameter, value)
    if value.kind == "formula":
        return added + (FORMULA if stems & _FORMULA_WORDS else -3.0)
    if value.kind == "number":
        added += _number_prior(parameter, value, around, lower)
    before = around.left[-1].text.lower() if around.left else ""
    ends = _RANGE.get(before)
    if ends is not None and set(parameter.name_stems) & ends:
        added += 4.0
    if is_color_name(parameter.name):
        if value.kind == "quote" and not any(t.stem in ("color", "colour") for t in around.left[-2:]):
            return added - 6.0  # quoted words are text, even those that name a colour
        added += 4.0 + 0.5 * len(value.text.split()) if is_color(value.text) else -6.0
    elif is_color(value.text):
        added -= 1.0
    return added


def _number_prior(parameter: ParameterView, value: Candidate, around: Surroundings, lower: str) -> float:
    """Factors go where factors are asked for; `slide 3` and `3 pages` say what they count."""
    added = 0.0
    asks = any(word in lower for word in ("factor", "scale", "times as", "multipl", "ratio"))
    if value.text.lower() in ("once", "twice", "thrice") and "how many times" in lower:
        added += 6.0
    elif value.factor:
        added += 3.0 if asks else -2.0
    elif asks:
        added -= 1.0
    noun = next((t for t in reversed(around.left[-2:]) if t.is_content), None)
    counted = next((t for t in around.right[:1] if t.is_content), None)
    if any(t is not None and t.stem in parameter.name_stems for t in (noun, counted)):
        added += 5.5 - len(parameter.name_stems)
    elif is_place_in_order(value):
        added -= 4.0  # "the second slide" counts slides and nothing else
    if parameter.type in ("str", "Any") and not value.factor and not noun:
        added -= 1.0
    return added


def file_words(value: Candidate) -> list[str]:
    """Return the stems of what the name of a file says it is: `talk.pptx` is a presentation."""
    if value.kind != "path":
        return []
    ending = value.text.rsplit(".", 1)[-1].lower()
    return [word for words, endings in _FILES.items() if ending in endings.split() for word in words.split()]


def _file_prior(stems: set[str], parameter: ParameterView, value: Candidate) -> float:
    wants_file = _wants_file(stems, parameter)
    if value.kind != "path":
        named = value.kind == "quote" and "." in value.text
        return -3.0 if wants_file and not named else 0.0
    added = 2.5 if wants_file else -3.0
    ending = value.text.rsplit(".", 1)[-1].lower()
    for words, endings in _FILES.items():
        speaks = bool(stems & set(words.split()))
        if ending in endings.split():
            added += 1.5 if speaks else 0.0
        elif speaks:
            added -= 2.5
    return added


def _choose(parameter: ParameterView, passage: Passage) -> Filled | None:
    """Pick the choice whose words the passage says; the longest, then the nearest to the parameter's name."""
    stems = [t.stem for t in passage.tokens if t.is_word]
    words = " ".join(t.text.lower() for t in passage.tokens)
    best: tuple[float, JsonValue] | None = None
    for choice in parameter.choices:
        if not isinstance(choice, str):
            if any(v.kind == "number" and v.value == choice for v in passage.values) and not isinstance(choice, bool):
                best = max(best or (0.0, choice), (1.0, choice), key=lambda b: b[0])
            continue
        wanted = content_stems(choice.replace("_", " ").replace("-", " ")) or [choice.lower()]
        if all(w in stems for w in wanted):
            score = len(wanted) + 0.1 * (choice.lower() in words)
        elif len(choice) > 2 and all(any(_same_sense(w, s) for s in stems) for w in wanted):
            score = 0.6
        else:
            continue
        if best is None or score > best[0]:
            best = (score, choice)
    if best is None:
        return None
    score, choice = best
    value: JsonValue = [choice] if parameter.type == "list" else choice
    place = next((v for v in passage.values if v.text.lower() == str(choice).lower()), None)
    return Filled(value, place or Candidate(-1, -1, str(choice), choice, "phrase"), 0.9 if score >= 1 else 0.55)


def _same_sense(one: str, other: str) -> bool:
    return bool(synonyms(one) & synonyms(other) - synonyms("get"))


def _decide(parameter: ParameterView, view: ApiView, passage: Passage) -> Filled | None:
    """Say yes where the passage speaks of a boolean parameter, no where it denies it."""
    wanted = [s for s in parameter.name_stems if s not in _HOLLOW and s not in view.name_stems]
    tokens = [t for t in passage.tokens if t.is_word]
    if not wanted or not all(any(related(t.stem, w) for t in tokens) for w in wanted):
        return Filled(False, None, 0.4) if parameter.required else None
    for index, token in enumerate(tokens):
        if related(token.stem, wanted[0]):
            before = {t.text.lower() for t in tokens[max(0, index - 3) : index]}
            place = Candidate(token.start, token.end, token.text, token.text, "phrase")
            return Filled(not before & _NEGATIONS, place, 0.8)
    return Filled(False, None, 0.4) if parameter.required else None
