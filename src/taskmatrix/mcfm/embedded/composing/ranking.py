"""How well an API answers a clause, from the words of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.instruction.language import Token, related, synonyms
from taskmatrix.mcfm.embedded.values.candidates import Candidate

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clause as the ranker sees it: its content stems outside quotes, in order, and the values in it."""

    stems: tuple[str, ...]
    first: str
    values: tuple[Candidate, ...]
    question: bool = False


_PARTICLES = frozenset("on off up down in out".split())


def read_phrase(tokens: Sequence[Token], values: Sequence[Candidate], names: frozenset[str] = frozenset()) -> Phrase:
    """Build the ranker's view of a clause from its tokens and values.

    `names` are the stems of the names on offer: a particle (`turn on`) tells something where one of them holds it.
    """
    closed = [(v.start, v.end) for v in values if v.kind in ("quote", "url", "email", "path", "formula")]
    words = [t for t in tokens if not any(s <= t.start and t.end <= e for s, e in closed)]
    telling = _PARTICLES & names
    content = tuple(t.stem for t in words if (t.is_content or t.text.lower() in telling) and not t.text[0].isdigit())
    question = bool(tokens) and (
        tokens[-1].text == "?"
        or tokens[0].text.lower() in ("what", "who", "when", "where", "how", "is", "are", "which")
    )
    return Phrase(content, content[0] if content else "", tuple(values), question)


def _bin(value: float) -> str:
    return str(min(10, max(0, int(value * 10 + 0.5))))


def coverage(stems: Sequence[str], others: frozenset[str], idf: Idf) -> float:
    """Return the share of the stems' weight that is found in `others`; a synonym counts half."""
    total = found = 0.0
    groups = frozenset(g for o in others for g in synonyms(o))
    for stem in set(stems):
        weight = max(0.3, idf(stem))
        total += weight
        if stem in others:
            found += weight
        elif synonyms(stem) & groups:
            found += weight * 0.6
    return found / total if total else 0.0


def can_hold(parameter: ParameterView, candidate: Candidate) -> bool:
    """Whether a value could be converted to a parameter's type at all."""
    kind = parameter.type
    if parameter.choices and candidate.kind not in ("list",):
        return False
    if kind in ("int", "float"):
        return candidate.kind in ("number", "percent") and not (kind == "int" and isinstance(candidate.value, float))
    if kind == "bool":
        return False
    if kind == "dict":
        return False
    if kind == "list":
        return True
    if kind == "str":
        return candidate.kind != "list"
    return True


def rank_features(phrase: Phrase, view: ApiView, idf: Idf) -> list[str]:
    """Return the features of one (clause, API)."""
    words = frozenset(phrase.stems)
    name = view.name_stems
    own = frozenset(name)
    described = frozenset(view.description_stems)
    everything = own | described | view.parameter_stems | view.package_stems
    name_cover = coverage(name, words, idf)
    object_cover = coverage(view.object_stems, words, idf) if view.object_stems else name_cover
    query_name = coverage(phrase.stems, own | view.package_stems, idf)
    query_described = coverage(phrase.stems, own | described, idf)
    query_all = coverage(phrase.stems, everything, idf)
    describes = coverage(view.description_stems[:14], words, idf)
    verb = "same" if view.verb in words else "near" if any(related(view.verb, w) for w in words) else "none"
    first = (
        "same" if phrase.first == view.verb else "near" if phrase.first and related(phrase.first, view.verb) else "no"
    )
    required = [p for p in view.parameters if p.required]
    fillable = sum(1 for p in required if _fillable(p, phrase, words))
    share = fillable / len(required) if required else 1.0
    quotes = sum(1 for v in phrase.values if v.kind in ("quote", "path", "url", "email"))
    takes_text = any(p.type in ("str", "Any", "list") for p in view.parameters)
    numbers = sum(1 for v in phrase.values if v.kind in ("number", "percent"))
    takes_numbers = any(p.type in ("int", "float", "Any", "list") for p in view.parameters)
    return [
        "bias",
        "nc=" + _bin(name_cover),
        "oc=" + _bin(object_cover),
        "qn=" + _bin(query_name),
        "qd=" + _bin(query_described),
        "qa=" + _bin(query_all),
        "dc=" + _bin(describes),
        "verb=" + verb,
        "first=" + first,
        "fill=" + _bin(share),
        f"req={min(4, len(required))}",
        f"fill={_bin(share)}&req={min(3, len(required))}",
        f"quotes={min(2, quotes)}&text={takes_text}",
        f"numbers={min(3, numbers)}&num={takes_numbers}",
        f"oc={_bin(object_cover)}&qa={_bin(query_all)}",
        f"nc={_bin(name_cover)}&qd={_bin(query_described)}",
        f"oc={_bin(object_cover)}&verb={verb}",
        f"first={first}&oc={_bin(object_cover)}",
        f"len={min(12, len(phrase.stems))}&qa={_bin(query_all)}",
        f"question={phrase.question}&v={_reads(view)}",
        f"desc={min(5, len(view.description_stems) // 4)}",
    ]


def _reads(view: ApiView) -> str:
    return "read" if synonyms(view.verb) & synonyms("get") else "other"


def _fillable(parameter: ParameterView, phrase: Phrase, words: frozenset[str]) -> bool:
    if parameter.choices:
        return True
    if parameter.type == "bool":
        return True
    return any(can_hold(parameter, value) for value in phrase.values)
