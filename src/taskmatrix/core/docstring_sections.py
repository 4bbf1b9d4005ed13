"""The sections of a docstring, whichever of the three usual styles it is written in.

    Google      Args:                    Google Python Style Guide, section 3.8.3
                    x: The first.
    NumPy       Parameters               numpydoc
                ----------
                x : int
                    The first.
    Sphinx      :param int x: The first. the Python domain's field lists
                :type x: int

Styles may be mixed. `Composition:` is ours: the paper's composition instructions.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["text", "google", "numpy", "sphinx"]
Kind = Literal["description", "parameters", "types", "returns", "result type", "errors", "examples", "composition", ""]

_KINDS: dict[str, Kind] = {
    "args": "parameters",
    "arguments": "parameters",
    "parameters": "parameters",
    "params": "parameters",
    "other parameters": "parameters",
    "keyword args": "parameters",
    "keyword arguments": "parameters",
    "returns": "returns",
    "return": "returns",
    "yields": "returns",
    "raises": "errors",
    "examples": "examples",
    "example": "examples",
    "composition": "composition",
    "note": "description",
    "notes": "description",
    "warning": "description",
    "warnings": "description",
    "attributes": "",
    "methods": "",
    "receives": "",
    "references": "",
    "see also": "",
    "todo": "",
    "warns": "",
}
_BESIDE = {"args", "arguments", "parameters", "returns", "raises", "example", "examples", "composition"}
_FIELDS: dict[str, Kind] = {
    **dict.fromkeys(("param", "parameter", "arg", "argument", "key", "keyword", "kwarg"), "parameters"),
    "type": "types",
    **dict.fromkeys(("return", "returns", "yield", "yields"), "returns"),
    "rtype": "result type",
    **dict.fromkeys(("raise", "raises", "except", "exception"), "errors"),
    **dict.fromkeys(("var", "ivar", "cvar", "vartype", "meta"), ""),
}
_HEADING = re.compile(r"([A-Z][A-Za-z ]{2,20}):\s*(.*)")
_UNDERLINE = re.compile(r"\s*[-=~]{3,}\s*")
_FIELD = re.compile(r":([a-z]+)(?:[ \t]+([^:\n]*))?:(?:[ \t]+|$)(.*)")


@dataclass(slots=True)
class Section:
    """Lines that belong together. `subject` is what a Sphinx field is about: `int x` of `:param int x:`."""

    kind: Kind
    style: Style
    subject: str = ""
    lines: list[str] = field(default_factory=list[str])


def sections(text: str) -> Iterator[Section]:
    """Give the sections of a docstring, in order; what stands outside of any is description."""
    lines = inspect.cleandoc(text).splitlines()
    current = Section("description", "text")
    index = 0
    while index < len(lines):
        line = lines[index]
        opened = _opened(line, lines[index + 1] if index + 1 < len(lines) else "")
        if opened is not None:
            yield current
            current = opened
            index += 2 if opened.style == "numpy" else 1
            continue
        if _ends(current, line):
            yield current
            current = Section("description", "text")
        current.lines.append(line)
        index += 1
    yield current


def _opened(line: str, following: str) -> Section | None:
    name = line.strip().lower()
    if name in _KINDS and _UNDERLINE.fullmatch(following):
        # What numpydoc calls notes are pages about the implementation.
        return Section(_KINDS[name] if name != "notes" else "", "numpy")
    found = _FIELD.match(line)
    if found and found[1] in _FIELDS:
        return Section(_FIELDS[found[1]], "sphinx", (found[2] or "").strip(), [found[3]])
    heading = _HEADING.fullmatch(line)
    name = heading[1].lower() if heading else ""
    if heading and name in _KINDS and (not heading[2] or name in _BESIDE):
        return Section(_KINDS[name], "google", "", [heading[2]] if heading[2] else [])
    return None


def _ends(current: Section, line: str) -> bool:
    """Whether a line that opens nothing stands outside of the section: back at the margin, after a blank line."""
    if current.style not in ("google", "sphinx") or not line or line[0].isspace():
        return False
    indented = current.style == "sphinx" or any(each[:1].isspace() and each.strip() for each in current.lines)
    return indented and bool(current.lines) and not current.lines[-1].strip()
