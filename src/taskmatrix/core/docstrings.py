"""The sections of a Google-style docstring, as the parts of an API document.

Source of the format: Google Python Style Guide, section 3.8.3. `Composition:` is ours: the paper's composition
instructions.
"""

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"^(Args|Arguments|Parameters|Returns|Raises|Examples?|Composition):\s*(.*)$")
_ENTRY = re.compile(r"^(\*{0,2}[\w.]+)\s*(?:\([^)]*\))?:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring."""

    description: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])
    returns: str = ""
    errors: dict[str, str] = field(default_factory=dict[str, str])
    examples: tuple[str, ...] = ()
    composition: str = ""


def parse_docstring(text: str | None) -> Docstring:
    """Read a docstring; a text without sections is all description."""
    sections: dict[str, list[str]] = {"": []}
    current = ""
    for line in inspect.cleandoc(text or "").splitlines():
        heading = _SECTION.match(line)
        if heading:
            current = {"Arguments": "Args", "Parameters": "Args", "Example": "Examples"}.get(heading[1], heading[1])
            sections.setdefault(current, [])
            if heading[2]:
                sections[current].append(heading[2])
        else:
            sections[current].append(line)
    return Docstring(
        description=_prose(sections[""]),
        parameters=_entries(sections.get("Args", [])),
        returns=_prose(sections.get("Returns", [])),
        errors=_entries(sections.get("Raises", [])),
        examples=_examples(sections.get("Examples", [])),
        composition=_prose(sections.get("Composition", [])),
    )


def _prose(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(line.strip() for line in lines)).strip()


def _entries(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    current = ""
    for line in inspect.cleandoc("\n".join(lines)).splitlines():
        entry = _ENTRY.match(line)
        if entry:
            current = entry[1].lstrip("*")
            found[current] = entry[2]
        elif current and line.strip():
            found[current] += " " + line.strip()
    return {name: text.strip() for name, text in found.items()}


def _examples(lines: list[str]) -> tuple[str, ...]:
    """One example per paragraph; doctest prompts are taken off."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc("\n".join(lines)))
    cleaned = (re.sub(r"^(>>>|\.\.\.) ?", "", block, flags=re.MULTILINE).strip() for block in blocks)
    return tuple(block for block in cleaned if block)
