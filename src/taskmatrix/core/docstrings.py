"""A docstring as the parts of an API document, in Google's, NumPy's or Sphinx's style."""

import inspect
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from taskmatrix.core.docstring_sections import Section, sections

_ENTRY = re.compile(r"^(\*{0,2}[\w.]+)\s*(?:\(([^)]*)\))?:\s*(.*)$")
_NUMPY_ENTRY = re.compile(r"^(\*{0,2}[A-Za-z_][\w.]*(?:\s*,\s*\*{0,2}[A-Za-z_][\w.]*)*)(?:\s*:\s*(.*))?$")
_SIGNATURE = re.compile(r"\A[A-Za-z_][\w.]*\([^\n]*\)(?:\s*->[^\n]*)?\n(?:\s*\n|\Z)")
_ROLE = re.compile(r":[a-z:]+:`~?([^`<>]+)`")
_PROMPT = re.compile(r"^(>>>|\.\.\.)( |$)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring. Types are the words it uses for them: `int, optional`, `array_like`."""

    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, str] = field(default_factory=dict[str, str])
    returns: str = ""
    result_type: str = ""
    errors: dict[str, str] = field(default_factory=dict[str, str])
    examples: tuple[str, ...] = ()
    composition: str = ""


@dataclass(slots=True)
class _Entries:
    """What a list of names says: texts and types by name."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    types: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, name: str, text: str, type_words: str = "") -> None:
        name = name.lstrip("*")
        self.texts[name] = f"{self.texts.get(name, '')} {text}".strip()
        if type_words.strip():
            self.types[name] = type_words.strip()


def parse_docstring(text: str | None) -> Docstring:
    """Read a docstring; a text without sections is all description."""
    found = list(sections(text or ""))
    description: list[str] = []
    examples: list[str] = []
    for section in found:
        if section.kind == "description":
            told, shown = _apart("\n".join(section.lines))
            description.append(told)
            examples += shown
        elif section.kind == "examples":
            examples += _examples(section)
    parameters = _entries(s for s in found if s.kind in ("parameters", "types"))
    returned = [_result(s) for s in found if s.kind == "returns"]
    result_types = [_prose(s.lines) for s in found if s.kind == "result type"]
    return Docstring(
        description=_prose([_SIGNATURE.sub("", description[0]), *description[1:]]),
        parameters=parameters.texts,
        types=parameters.types,
        returns=_prose([told.description for told in returned]),
        result_type=next(filter(None, [*result_types, *(told.result_type for told in returned)]), ""),
        errors=_entries(s for s in found if s.kind == "errors").texts,
        examples=tuple(examples),
        composition=_prose([line for s in found if s.kind == "composition" for line in s.lines]),
    )


@dataclass(frozen=True, slots=True)
class _Result:
    description: str = ""
    result_type: str = ""


def _prose(lines: Iterable[str]) -> str:
    return _ROLE.sub(r"`\1`", re.sub(r"\s+", " ", " ".join(line.strip() for line in lines)).strip())


def _entries(found: Iterable[Section]) -> _Entries:
    entries = _Entries()
    for section in found:
        if section.style == "sphinx":
            _read_field(section, entries)
        else:
            _read_list(section, entries)
    entries.texts = {name: _prose([text]) for name, text in entries.texts.items()}
    return entries


def _read_field(section: Section, entries: _Entries) -> None:
    """Read `:param int x: The first.`, `:type x: int`, `:raises KeyError: …`."""
    words = section.subject.split()
    if words and section.kind == "types":
        entries.types[words[-1].lstrip("*")] = _prose(section.lines)
    elif words:
        entries.add(words[-1], " ".join(section.lines), " ".join(words[:-1]))


def _read_list(section: Section, entries: _Entries) -> None:
    """Read names with their texts, each beside its name (Google) or below it (NumPy)."""
    numpy = section.style == "numpy"
    current: list[str] = []
    for line in _flush(section):
        entry = None if numpy and line[:1].isspace() else (_NUMPY_ENTRY if numpy else _ENTRY).match(line)
        if entry and numpy:
            current = [name.strip() for name in entry[1].split(",")]
            for name in current:
                entries.add(name, "", entry[2] or "")
        elif entry:
            current = [entry[1]]
            entries.add(entry[1], entry[3], entry[2] or "")
        elif line.strip():
            for name in current:
                entries.add(name, line.strip())


def _flush(section: Section) -> list[str]:
    """Return the lines without the indentation they share. In Google's style the first may stand by its heading."""
    text = "\n".join(section.lines)
    return (textwrap.dedent(text) if section.style == "numpy" else inspect.cleandoc(text)).splitlines()


def _result(section: Section) -> _Result:
    if section.style != "numpy":
        return _Result(_prose(section.lines))
    kinds: list[str] = []
    told: list[str] = []
    for line in _flush(section):
        if line[:1].isspace() or not line.strip():
            told.append(line)
        else:
            name, colon, words = line.partition(" : ")
            kinds.append((words if colon else name).strip())
            told.append(f"{name.strip()}:" if colon else "")
    text = _prose(told)
    return _Result(text or ", ".join(kinds), kinds[0] if len(kinds) == 1 else "")


def _apart(text: str) -> tuple[str, list[str]]:
    """Return a description without the doctests in it, and those as examples."""
    blocks = re.split(r"\n[^\S\n]*\n", text)
    shown = [block for block in blocks if block.lstrip().startswith(">>> ")]
    told = [block for block in blocks if not block.lstrip().startswith(">>> ")]
    return "\n\n".join(told), [code for block in shown if (code := _code(block))]


def _examples(section: Section) -> list[str]:
    """One example per paragraph; where NumPy's style has doctests, the paragraphs between them are words."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc("\n".join(section.lines)))
    typed = [block for block in blocks if ">>>" in block] if section.style == "numpy" else []
    return [code for block in typed or blocks if (code := _code(block))]


def _code(block: str) -> str:
    """Return the code of a paragraph: of a doctest what was typed in, and not what came out."""
    lines = inspect.cleandoc(block).splitlines()
    if any(line.startswith(">>>") for line in lines):
        lines = [_PROMPT.sub("", line) for line in lines if _PROMPT.match(line)]
    return "\n".join(lines).strip()
