"""What the embedded model reads in an API document: its words, its types, and what must come before what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from pydantic import JsonValue

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter
from taskmatrix.core.schemas import kind
from taskmatrix.core.stubs import is_required
from taskmatrix.mcfm.embedded.instruction.language import content_stems, name_stems, stem

_CHOICES = re.compile(
    r"(?:one of|options?(?: are)?|choose from|possible values(?: are)?|can be|either|valid values(?: are)?)\s*:?\s*"
    r"[\[(\"']?([^.;\])]{3,200})",
    re.I,
)
_NO_CHOICES = re.compile(r"\w+ed (?:from|by|in|with|via|using|through|as|to|for|on)\b|(?:found|set|left|any)\b", re.I)
"""What follows `can be` where it names no choices: `can be obtained from …`."""
_QUOTED_CHOICES = re.compile(r"([\"'`])[\w -]{1,30}\1(?:\s*(?:,\s*or|,|or)\s*([\"'`])[\w -]{1,30}\2)+")
_LETTERS = re.compile(r"((?:[A-Z]{1,3}, ?)*[A-Z]{1,3},? or [A-Z]{1,3})(?=[.,;)]|$)")
"""Choices that a description begins with: `C, F or K`."""
MAX_MEANINGS = 4_000
"""Characters of a description in which the meanings of choices are looked for."""
_QUOTED = re.compile(r"([\"'`])([\w.+-]+(?: [\w.+-]+){0,2})\1")
_MEANING = re.compile(r"\s*(?:for|means?|meaning|=|:|[–—-]\s|\()\s*([^\"'`;,.()]{2,60})", re.I)
_YES_AND_NO = (("true", "false"), ("yes", "no"))
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BEGINS_EXAMPLES = re.compile(r"\b(?:such as|e\.g|for example|examples?|like)\b", re.I)
_SAID_TYPE = re.compile(
    r"(?:^\s*\(?|\bas an?\s+|\bbe an?\s+|,\s*an?\s+)(string|integer|number|boolean|array|list|float|int|bool)\b", re.I
)
_SAID_RANGE = re.compile(r"\b(?:from|between) -?\d+(?:\.\d+)? (?:to|and) -?\d+(?:\.\d+)?(?![\w:./-])")
"""A range of figures: what lies between them is a number ("Brightness percentage from 0 to 100")."""
_FLAG = re.compile(
    r"\s*(?:(?:an? )?(?:bool(?:ean)?|flag|toggle)\b(?!(?: value| flag)?(?:,| or\b))|whether\b(?! and\b)|"
    r"(?:set to )?true if\b)",
    re.I,
)
_EXAMPLES = re.compile(r"(?:e\.g\.,?|for example,?|such as|like)\s*:?\s*([^.;)]{2,160})", re.I)


@dataclass(frozen=True)
class ParameterView:
    """A parameter as the model reads it."""

    parameter: Parameter
    index: int

    @property
    def name(self) -> str:
        """The original name."""
        return self.parameter.name

    @cached_property
    def required(self) -> bool:
        """Whether a call must give it."""
        return is_required(self.parameter)

    @cached_property
    def type(self) -> str:
        """`str int float bool list dict` or `Any`, also from a description that begins with it or tells a range."""
        declared = kind(self.parameter.type)
        if declared == "Any":
            said = _SAID_TYPE.search(self.text)
            if said:
                return kind({"type": said.group(1).lower()})
            if _SAID_RANGE.search(self.text):
                return "float"
        return "bool" if self.flag else declared

    @cached_property
    def flag(self) -> tuple[str, str] | None:
        """What a text stands for yes and no: its two choices if they say just that, or `true` and `false` where it is
        described as such; None for any other parameter, also for one that is declared as true or false.
        """
        if kind(self.parameter.type) != "str":
            return None
        choices = self.parameter.choices
        if not choices:
            return ("true", "false") if _FLAG.match(self.text) else None
        texts = {choice.lower(): choice for choice in choices if isinstance(choice, str)}
        pair = next((p for p in _YES_AND_NO if {*texts} == {*p} and len(choices) == 2), None)
        return (texts[pair[0]], texts[pair[1]]) if pair else None

    def written(self, value: JsonValue) -> JsonValue:
        """Return a value as the API takes it: yes and no as the texts that stand for them, if such do."""
        return self.flag[0 if value else 1] if self.flag and isinstance(value, bool) else value

    @cached_property
    def item_type(self) -> str:
        """The type of the items of a list."""
        items = self.parameter.type.get("items")
        return kind(items) if isinstance(items, dict) else "Any"

    @property
    def text(self) -> str:
        """The description."""
        return self.parameter.description

    @cached_property
    def name_stems(self) -> tuple[str, ...]:
        """The stems of the words of the name."""
        return name_stems(self.name)

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the description's content words."""
        return frozenset(content_stems(self.text))

    @cached_property
    def choices(self) -> tuple[JsonValue, ...]:
        """The allowed values: an enum, or a list that the description spells out."""
        found = self.parameter.choices
        if found:
            return () if self.flag else found
        items = self.parameter.type.get("items")
        values = items.get("enum") if isinstance(items, dict) else None
        if isinstance(values, list):
            return tuple(values)
        if self.type not in ("str", "Any"):
            return ()
        if len(self.meanings) > 1:
            return tuple(self.meanings)
        if letters := _LETTERS.match(self.text):
            return tuple(re.findall(r"[A-Z]+", letters[1]))
        quoted = _QUOTED_CHOICES.search(self.text)
        if quoted and not _BEGINS_EXAMPLES.search(self.text[: quoted.start()]):
            return tuple(re.findall(r"[\"'`]([^\"'`]+)[\"'`]", quoted.group()))
        match = _CHOICES.search(self.text)
        words = _listed(match.group(1)) if match and not _NO_CHOICES.match(match.group(1)) else []
        return tuple(words) if 2 <= len(words) <= 20 and all(len(w.split()) <= 3 for w in words) else ()

    @cached_property
    def counts(self) -> bool:
        """Whether all its choices are numbers: what is said is then a number, not one of some words."""
        return bool(self.choices) and all(_NUMBER.fullmatch(str(choice)) for choice in self.choices)

    @cached_property
    def meanings(self) -> dict[str, str]:
        """What the description says of one choice after the other: `'c' for Celsius, 'f' for Fahrenheit`.

        Words that all have in common (`order` of `ascending order`) are left out: they tell none apart.
        """
        found: dict[str, str] = {}
        examples = _BEGINS_EXAMPLES.search(self.text[:MAX_MEANINGS])
        text = self.text[: examples.start() if examples else MAX_MEANINGS]
        quoted = list(_QUOTED.finditer(text))
        ends = [*(q.start() for q in quoted[1:]), len(text)]
        for this, end in zip(quoted, ends[: len(quoted)], strict=True):
            meaning = _MEANING.match(text[this.end() : end])
            if meaning:
                found.setdefault(this[2], meaning[1].strip())
            elif found:
                break
        words = [set(meaning.split()) for meaning in found.values()]
        common = words[0].intersection(*words[1:]) if len(words) > 1 else set[str]()
        apart = {c: " ".join(w for w in m.split() if w not in common) for c, m in found.items()}
        return apart if all(apart.values()) else found

    @cached_property
    def examples(self) -> frozenset[str]:
        """Values that the description gives as examples, lower case."""
        match = _EXAMPLES.search(self.text)
        return frozenset(word.lower() for word in _listed(match.group(1))) if match else frozenset()


def _listed(text: str) -> list[str]:
    parts = re.split(r",|\bor\b|\band\b|/|\|", text)
    return [cleaned for part in parts if (cleaned := part.strip().strip("'\"[]()`").strip())]


@dataclass(frozen=True)
class ApiView:
    """An API document as the model reads it."""

    document: ApiDocument
    parameters: tuple[ParameterView, ...] = field(default=())
    prefix: int = 0
    """How many words its name shares with all names of its package (`HassTurnOn`): they tell nothing."""

    @property
    def id(self) -> str:
        """`package.name`."""
        return self.document.id

    @cached_property
    def name_stems(self) -> tuple[str, ...]:
        """The stems of the words of the API's own name (the part after the last dot)."""
        return name_stems(self.document.name.rsplit(".", 1)[-1])[self.prefix :]

    @cached_property
    def full_name_stems(self) -> frozenset[str]:
        """The stems of all words of the API's name: `lights` too of `lights.set`."""
        return frozenset(name_stems(self.document.name))

    @cached_property
    def package_stems(self) -> frozenset[str]:
        """The stems of the package's name and of what comes before the last dot of the API's name."""
        return frozenset(name_stems(self.document.package)) | self.full_name_stems

    @cached_property
    def description_stems(self) -> tuple[str, ...]:
        """The stems of the description's content words, in order."""
        return tuple(content_stems(self.document.description))

    @cached_property
    def parameter_stems(self) -> frozenset[str]:
        """The stems of all parameter names and descriptions."""
        return frozenset(s for p in self.parameters for s in (*p.name_stems, *p.stems))

    @cached_property
    def verb(self) -> str:
        """The stem of the word that says what it does: the first of the name, or of the description."""
        return self.name_stems[0] if self.name_stems else ""

    @cached_property
    def spoken_name(self) -> tuple[str, ...]:
        """The words of the name, as they are."""
        return tuple(names.words(self.document.name.rsplit(".", 1)[-1]))

    @cached_property
    def object_stems(self) -> tuple[str, ...]:
        """The stems of the name without its verb."""
        return self.name_stems[1:]

    def parameter(self, name: str) -> ParameterView | None:
        """Return the parameter called `name`, or None."""
        return next((p for p in self.parameters if p.name == name), None)


def read_document(document: ApiDocument) -> ApiView:
    """Return the view of one document."""
    return ApiView(document, tuple(ParameterView(p, i) for i, p in enumerate(document.parameters)))


def read_documents(documents: Sequence[ApiDocument]) -> list[ApiView]:
    """Return the views of the documents, in the same order."""
    views = [read_document(document) for document in documents]
    shared = _shared_prefixes(views)
    return [replace(v, prefix=1) if v.name_stems[:1] == shared.get(v.document.package) else v for v in views]


def _shared_prefixes(views: Sequence[ApiView]) -> dict[str, tuple[str, ...]]:
    """The first word of the names of each package in which nearly all of at least five names begin with it."""
    firsts: dict[str, list[tuple[str, ...]]] = {}
    for view in views:
        if len(view.name_stems) > 1:
            firsts.setdefault(view.document.package, []).append(view.name_stems[:1])
    common = {package: max(found, key=found.count) for package, found in firsts.items() if len(found) >= 5}
    return {p: word for p, word in common.items() if firsts[p].count(word) >= 0.9 * len(firsts[p])}


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of `alternatives` (APIs) has to come before, or after, `api`."""

    api: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything the documents on offer say about order."""

    before: tuple[Requirement, ...]
    after: tuple[Requirement, ...]

    def earlier(self, api: str) -> list[Requirement]:
        """Return what must come before `api`."""
        return [r for r in self.before if r.api == api]

    def later(self, api: str) -> list[Requirement]:
        """Return what must come after `api`."""
        return [r for r in self.after if r.api == api]


def read_composition(views: Sequence[ApiView]) -> Composition:
    """Collect the machine-checked rules and, where an API has none, what its prose says."""
    offered = {view.id for view in views}
    before: list[Requirement] = []
    after: list[Requirement] = []
    for view in views:
        document = view.document
        for rule in document.rules:
            names = tuple(n for n in map(document.resolve, rule.apis) if n in offered)
            if names and rule.kind in ("before", "after"):
                (before if rule.kind == "before" else after).append(Requirement(view.id, names))
        if not document.rules and document.composition:
            before += _from_prose(view, views)
    return Composition(_merge(before), tuple(after))


_SENTENCE = re.compile(r"[^.!?]+")
_FIRST = re.compile(r"\bfirst(?:ly)?\b", re.I)


def _from_prose(view: ApiView, views: Sequence[ApiView]) -> list[Requirement]:
    """Read `You should first call X before …`: X may be this API, another one, or a verb (`choose an object`)."""
    mates = [v for v in views if v.document.package == view.document.package]
    found: list[Requirement] = []
    for sentence in _SENTENCE.findall(view.document.composition):
        if not _FIRST.search(sentence) or re.search(r"\bnot\b", sentence, re.I):
            continue
        first, _, then = (
            re.split(r"\b(before|then|and then)\b", sentence, maxsplit=1, flags=re.I)
            if re.search(r"\b(?:before|then)\b", sentence, re.I)
            else (sentence, "", "")
        )
        named = [v for v in mates if re.search(rf"\b{re.escape(v.document.name)}\b", first)]
        if view in named:
            found += [Requirement(g.id, (view.id,)) for g in _governed(view, mates, then)]
        elif named:
            found.append(Requirement(view.id, tuple(v.id for v in named)))
        else:
            verbs = set(content_stems(first)) - {stem("first"), stem("call")}
            chosen = tuple(v.id for v in mates if v.verb in verbs and v.id != view.id)
            if chosen:
                found.append(Requirement(view.id, chosen))
            elif view.verb in verbs:
                found += [Requirement(g.id, (view.id,)) for g in _governed(view, mates, then)]
    return found


def _governed(view: ApiView, mates: Sequence[ApiView], phrase: str) -> list[ApiView]:
    """The APIs that a phrase such as `inserting text to or changing font attributes of the title` speaks of."""
    stems = set(content_stems(phrase))
    if not stems:
        return []
    verbs = {v.verb for v in mates}
    spoken = stems & verbs
    found: list[ApiView] = []
    for mate in mates:
        if mate.verb == view.verb or not mate.object_stems or mate.object_stems[0] in view.object_stems:
            continue
        by_name = mate.verb in spoken and mate.object_stems[0] in stems and len(mate.object_stems) == 1
        by_object = mate.object_stems[0] in stems - set(view.object_stems) and mate.verb not in spoken
        if by_name or by_object:
            found.append(mate)
    return found


def _merge(requirements: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Several prose rules about one API are alternatives of one requirement: any selection will do."""
    merged: dict[str, list[str]] = {}
    for requirement in requirements:
        names = merged.setdefault(requirement.api, [])
        names += [n for n in requirement.alternatives if n not in names]
    return tuple(Requirement(api, tuple(names)) for api, names in merged.items())
