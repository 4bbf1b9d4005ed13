"""Whether an API's document wants a country, a language or a US state as a code, and writing it so.

A document asks for a code in words (`2-letter`, `ISO 3166-1 alpha-3`, `language code`) or by example (`e.g. 'en'`).
Where it shows a name among its examples and says nothing of codes, the words stay as they were said.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.mcfm.embedded.documents.reading import ParameterView
from taskmatrix.mcfm.embedded.values.codes import (
    country,
    country_of,
    is_country_code,
    is_language_code,
    is_state_code,
    language,
    us_state,
)

Subject = Literal["country", "language", "state"]
MAX_TEXT, MAX_EXAMPLES = 4_000, 40


@dataclass(frozen=True, slots=True)
class CodeForm:
    """How a code is written: of what, with how many letters, in capitals, with a region behind (and by which mark).

    `shown` are the codes that the document itself gives.
    """

    subject: Subject
    letters: int = 2
    capitals: bool = True
    region: str = ""
    shown: tuple[str, ...] = ()


_ASKS = re.compile(
    r"\bcodes?\b|\bISO\b|\balpha-?[23]\b|\b(?:2|3|two|three)[- ](?:letters?|char(?:acter)?s?|digits?)\b|\babbreviat|"
    r"\bBCP[ -]?47\b",
    re.I,
)
_OTHER_CODES = re.compile(
    r"\b(?:phone|dialing|dialling|calling|telephone|numeric|postal|zip|currency|airport|area)\b", re.I
)
_LETTERS = re.compile(r"\bISO[ -]?(?:3166|639)|\balpha-?[23]\b|\b(?:2|3|two|three)[- ](?:letters?|char)", re.I)
_CODE_OF = re.compile(
    r"(?:[^.\n]{0,40}?\b)(language|locale|country)[- ](?:abbreviation|codes?\b|ISO\b)|[^.\n]{0,40}?\bISO[ -]?3166",
    re.I,
)
_OF_THE_US = re.compile(r"\b(?:2|two)[- ]letter|\babbreviat|\bpostal|\b(?-i:US)\b", re.I)
_OR_NAME = re.compile(r"\bnames?\b.{0,20}\bor\b|\bor\b (?:\w+ ){0,2}names?\b", re.I)
_REGION = re.compile(r"(?:language|lang)[ _-]?(?:code)?\W{0,3}([_-])\W{0,2}(?:country|region)", re.I)
_LONG = re.compile(r"\balpha-?3\b|\b(?:3|three)[- ](?:letters?|char)|\bISO3\b|\biso_?a3\b|\bcca3\b", re.I)
_SUBJECTS: tuple[tuple[Subject, re.Pattern[str]], ...] = (
    ("language", re.compile(r"\b(?:lang|languages?|locales?)\b|\bISO[ -]?639", re.I)),
    ("country", re.compile(r"\b(?:country|countries|nation|nationality)\b|\bISO[ -]?3166", re.I)),
    ("state", re.compile(r"\bstates?\b(?! of )", re.I)),
)
_IS_CODE: dict[Subject, Callable[[str], bool]] = {
    "country": is_country_code,
    "language": is_language_code,
    "state": is_state_code,
}
_QUOTED = re.compile(r"[\"'`“‘]([\w-]{2,20}(?: [\w-]+)?)[\"'`”’]")
_AFTER = re.compile(
    r"(?:\be\.g\.?,?|\bfor example,?|\bsuch as|\blike|\bexamples?:?|\bdefaults?(?: is| to|:)?|\bi\.e\.?,?|=)\s*"
    r"[\"'`(]?"
    r"([A-Za-z]{2,20}(?:[-_][A-Za-z]{2})?(?:(?:\s*,\s*(?:or\s+|and\s+)?|\s+or\s+|\s*/\s*|\|)"
    r"[\"'`]?[A-Za-z]{2,3}(?:[-_][A-Za-z]{2})?(?![A-Za-z])[\"'`]?){0,12})",
    re.I,
)
_OTHERS = frozenset("all any auto global world worldwide none other intl international ww".split())


def asked_code(parameter: ParameterView) -> CodeForm | None:
    """Return the code that a document asks for; None where it asks for none."""
    schema = parameter.parameter.type
    given = [schema.get("example"), schema.get("default"), schema.get("const")]
    more = schema.get("examples")
    given += more[:MAX_EXAMPLES] if isinstance(more, list) else []
    examples = tuple(v for v in given if isinstance(v, str) and 1 < len(v) <= 40)
    return _find_form(" ".join(names.words(parameter.name)), parameter.text[:MAX_TEXT], examples)


@lru_cache(maxsize=8_192)
def _find_form(name: str, text: str, examples: tuple[str, ...]) -> CodeForm | None:
    by_name: list[Subject] = [subject for subject, pattern in _SUBJECTS if pattern.search(name)]
    subject = by_name[0] if by_name else _described(text)
    if subject is None or _OTHER_CODES.search(name):
        return None
    if _OR_NAME.search(text) or (subject == "language" and _LONG.search(text)):
        return None  # words will do, or these are codes that are not in the tables
    told = bool(_ASKS.search(name) or _ASKS.search(text))
    if _OTHER_CODES.search(text) and not _LETTERS.search(text):
        told = False
    found = [*examples, *_shown(text)]
    is_code = _IS_CODE[subject]
    codes = tuple(dict.fromkeys(e for e in found if is_code(e) and (len(e) != 2 or e.islower() or e.isupper())))
    if not codes and not (told and by_name) and not _LETTERS.search(text):
        return None
    if not told and (not codes or any(_reads(subject, e) for e in found if not is_code(e))):
        return None
    if subject == "state" and not codes and not _OF_THE_US.search(text):
        return None  # of which country the states are is open
    return _form(subject, f"{name} {text}", codes)


def _described(text: str) -> Subject | None:
    """What a description says first that it takes a code of."""
    match = _CODE_OF.match(text)
    return "language" if match and (match[1] or "").lower()[:1] == "l" else "country" if match else None


def _shown(text: str) -> list[str]:
    found = [m[1] for m in _QUOTED.finditer(text)]
    for match in _AFTER.finditer(text):
        found += re.findall(r"[A-Za-z]{2,20}(?:[-_][A-Za-z]{2})?", match[1])
    return found[:MAX_EXAMPLES]


def _reads(subject: Subject, text: str) -> bool:
    return bool(country(text) if subject == "country" else language(text) if subject == "language" else us_state(text))


def _form(subject: Subject, text: str, codes: tuple[str, ...]) -> CodeForm:
    if subject == "country":
        long = bool(_LONG.search(text)) if _LONG.search(text) or not codes else all(len(c) == 3 for c in codes)
        both = re.search(r"alpha-?2|(?:2|two)[- ]letter", text, re.I)
        letters = 3 if long and not both else 2
        return CodeForm(subject, letters, not codes or not all(c.islower() for c in codes), "", codes)
    if subject == "state":
        return CodeForm(subject, 2, not codes or not all(c.islower() for c in codes), "", codes)
    regional = [c for c in codes if len(c) > 3]
    all_regional = bool(regional) and len(regional) == len(codes)
    mark = ("_" if "_" in regional[0] else "-") if all_regional else ""
    spelled = _REGION.search(text)
    mark = mark or (spelled[1] if spelled else "")
    return CodeForm(subject, 2, bool(codes) and codes[0].isupper(), mark, codes)


def write_code(said: str, form: CodeForm) -> str:
    """Return what a text names as a code in a form; empty where it names nothing of the kind."""
    if form.subject == "country":
        found = country(said) or country_of(said)
        code = "" if found is None else found.alpha3 if form.letters == 3 else found.alpha2
    elif form.subject == "state":
        code = us_state(said)
    else:
        return _write_language(said, form)
    return code if form.capitals else code.lower()


def _write_language(said: str, form: CodeForm) -> str:
    found = language(said)
    if found is None:
        return ""
    wanted = f"{found.code}-{found.region}".lower() if found.region else found.code
    same = [c for c in form.shown if c.lower().replace("_", "-") == wanted]
    begin = [c for c in form.shown if c.lower().replace("_", "-").startswith(f"{found.code}-")]
    if same or (len(begin) == 1 and not found.region):
        return (same or begin)[0]
    code = found.code
    region = found.region or found.usual
    if not form.region or not region:
        return code.upper() if form.capitals else code
    lower = all(c.islower() for c in form.shown)
    return f"{code}{form.region}{region.lower() if lower else region}"


def choose_code(said: str, choices: Sequence[JsonValue]) -> str:
    """Return the one of several codes (`DE`, `fr-CA`) that a text names; empty where the choices are no codes."""
    words = tuple(c for c in choices if isinstance(c, str))
    if len(words) < 2 or len(words) < len(choices) - 1:
        return ""
    for subject in _code_subjects(words):
        if subject == "language":
            written = _write_language(said, CodeForm("language", capitals=False, shown=words))
            exact = [c for c in words if c.lower() == written.lower()]
        else:
            wanted = country(said) if subject == "country" else us_state(said)
            read: Callable[[str], object] = country if subject == "country" else us_state
            exact = [c for c in words if wanted and read(c.upper()) == wanted]
        if len(exact) == 1:
            return exact[0]
    return ""


@lru_cache(maxsize=2_048)
def _code_subjects(words: tuple[str, ...]) -> tuple[Subject, ...]:
    """Of what all the words are codes; a word such as `all` may be among them."""
    codes = [w for w in words if w.lower() not in _OTHERS]
    if len(codes) < 2 or any(len(c) > 7 for c in codes):
        return ()
    return tuple(subject for subject, is_code in _IS_CODE.items() if all(map(is_code, codes)))
