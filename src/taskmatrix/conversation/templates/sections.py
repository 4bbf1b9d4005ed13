"""The parts of Markdown that a template is written in: sections, fenced blocks, tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"## (.+?)\s*")
_FENCE = re.compile(r"(`{3,})([a-z]*)\s*")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under a heading: its lines outside of fences, and what is in its fences."""

    lines: tuple[str, ...]
    blocks: tuple[str, ...]


def sections_of(text: str) -> dict[str, Section]:
    """Return title → section. Raises ValueError for a fence without an end, and a title that is there twice."""
    found: dict[str, Section] = {}
    title, lines, blocks = "", list[str](), list[str]()

    def close() -> None:
        if title and title in found:
            raise ValueError(f"the section {title!r} is there twice")
        found[title] = Section(tuple(lines), tuple(blocks))

    rows = iter(text.split("\n"))
    for row in rows:
        if fence := _FENCE.fullmatch(row):
            blocks.append(_block(fence[1], rows))
        elif heading := _HEADING.fullmatch(row):
            close()
            title, lines, blocks = heading[1], [], []
        elif row.strip():
            lines.append(row)
    close()
    return found


def _block(fence: str, rows: Iterator[str]) -> str:
    inside: list[str] = []
    for row in rows:
        if row.startswith(fence) and not row.strip("` "):
            return "\n".join(inside)
        inside.append(row)
    raise ValueError("a block that begins with ``` has no end")


def fenced(language: str, text: str) -> str:
    """Return a text in a fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are texts of one line."""
    lines = [head, ["---"] * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def rows_of(section: Section, columns: int) -> list[list[str]]:
    """Return the rows of a section's table. Raises ValueError for one of another width."""
    rows = [line.strip() for line in section.lines if line.lstrip().startswith("|")]
    found: list[list[str]] = []
    for row in rows[2:]:
        cells = _cells(row)
        if len(cells) != columns:
            raise ValueError(f"a row of a table has {len(cells)} cells instead of {columns}: {row[:80]}")
        found.append(cells)
    return found


def _cells(row: str) -> list[str]:
    """Split a row at the bars that are not escaped."""
    cells, cell, characters = list[str](), "", iter(row.removeprefix("|"))
    for character in characters:
        if character == "\\":
            cell += character + next(characters, "")
        elif character == "|":
            cells.append(_plain(cell.strip(" ")))
            cell = ""
        else:
            cell += character
    return cells


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|")


def _plain(cell: str) -> str:
    return re.sub(r"\\(.)", r"\1", cell)
