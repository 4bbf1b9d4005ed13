"""Reads what a chat model wrote: the program in its prose, a refusal, a question, notes."""

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass
from typing import Literal

from taskmatrix.core.errors import ModelAnswerError, NeedsInputError, NothingFitsError
from taskmatrix.core.questions import Question
from taskmatrix.core.stubs import clean

MAX_CODE = 100_000
MAX_LINE = 2_000
MAX_TRIMMED_LINES = 40
MAX_DIRECTIVE_LINES = 30
MAX_CHOICES = 9
_PYTHON = ("python", "py", "python3")
_FENCE = re.compile(r"^[ \t]*(?:[-*>][ \t]+)?(`{3,}|~{3,})[ \t]*([\w+.#-]*)[^`\n]*$")
_DIRECTIVE = re.compile(r"^[\s#>*_`-]*(NOTHING FITS|QUESTION)[*_`]*\s*:[*_`]*\s*(.*)$")
_NOTE = re.compile(r"^[\s>*_-]*NOTE[*_]*:[*_]*\s*(.+)$")
_LISTED = re.compile(r"^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+(\S.*)$")
_THOUGHTS = ("think", "thinking", "reasoning")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language tag in lower case, and its text."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A reply taken apart: fenced blocks, and the prose around them."""

    blocks: tuple[Block, ...]
    prose: str


@dataclass(frozen=True, slots=True)
class ProgramText:
    """A program found in a reply, with the notes the model added for the user."""

    code: str
    notes: tuple[str, ...] = ()


def read_program(text: str) -> ProgramText:
    """Find the program in a reply.

    Raises NothingFitsError and NeedsInputError where the model says so, ModelAnswerError where there is no program.
    A block that was meant as Python but does not parse is returned as it is: its check says where it is wrong.
    """
    answer = without_thoughts(text)
    parts = split(answer)
    raise_directive(parts.prose)
    for block in parts.blocks:
        if not is_program(block.text):
            raise_directive(block.text)
    code = _longest(parts.blocks, answer) if parts.blocks else _bare_code(answer)
    if not code:
        raise ModelAnswerError(
            "the model answered without a program",
            answer=text,
            hint="try again, put the instruction in other words, or try another model",
        )
    if len(code) > MAX_CODE:
        raise ModelAnswerError(
            f"the model wrote a program of {len(code):,} characters",
            answer=text,
            hint=f"at most {MAX_CODE:,} are taken: ask for less at once",
        )
    notes = (_NOTE.match(line[:MAX_LINE]) for line in parts.prose.split("\n"))
    return ProgramText(code.strip("\n") + "\n", tuple(clean(note[1]) for note in notes if note))


def without_thoughts(text: str) -> str:
    """Drop the thinking that some servers leave in the answer, also where only its end is marked."""
    for tag in _THOUGHTS:
        thought, end, rest = text.partition(f"</{tag}>")
        # Further down the same characters may be a string of the program.
        if end and (thought.lstrip().startswith(f"<{tag}>") or "```" not in thought):
            text = rest
    return text


def split(text: str) -> Parts:
    """Take a reply apart. A block that is never closed goes to the end."""
    blocks: list[Block] = []
    prose: list[str] = []
    inside: list[str] = []
    mark = language = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        found = _FENCE.match(line)
        if mark and found and found[1].startswith(mark) and not found[2]:
            blocks.append(_block(language, inside))
            mark, inside = "", []
        elif mark:
            inside.append(line)
        elif found:
            mark, language = found[1], found[2].lower()
        else:
            prose.append(line)
    if mark:
        blocks.append(_block(language, inside))
    return Parts(tuple(blocks), "\n".join(prose))


def _block(language: str, lines: list[str]) -> Block:
    return Block(language, textwrap.dedent("\n".join(lines)).strip("\n"))


def is_program(text: str) -> bool:
    """Whether a text is Python that does something: words such as `Sorry` parse as well."""
    tree = parse(text)
    return tree is not None and any(isinstance(n, ast.Import | ast.ImportFrom | ast.Call) for n in ast.walk(tree))


def parse(text: str) -> ast.Module | None:
    """Return the syntax tree of a text, or None if it is no Python, whatever it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def raise_directive(text: str, only: Literal["QUESTION"] | None = None) -> None:
    """Raise what a line `NOTHING FITS: …` or `QUESTION: …` says, with the lines that go on with it.

    It counts beside a program as well: a model that asks should not have its guess run.
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        found = _DIRECTIVE.match(line[:MAX_LINE])
        if found is None or (only and found[1] != only):
            continue
        said, choices = _directive([found[2], *lines[number + 1 : number + 1 + MAX_DIRECTIVE_LINES]])
        if found[1] == "QUESTION":
            question = Question(said or "What exactly should be done?", choices=choices)
            raise NeedsInputError(question, hint="answer it, or say more in the instruction")
        said = f"{said} {'; '.join(choices)}".strip()
        raise NothingFitsError(
            f"no offered API fits: {said}" if said else "no offered API fits",
            hint="import APIs that can do it (taskmatrix apis import), or put the instruction in other words",
        )


def _directive(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return the words of a directive up to an empty line, and what is listed below: answers to choose from."""
    words: list[str] = []
    choices: list[str] = []
    gap = False
    for line in (line[:MAX_LINE] for line in lines):
        listed = _LISTED.match(line)
        said = clean(line.lstrip("#> \t")).strip("*_` ")
        if _NOTE.match(line) or _DIRECTIVE.match(line):
            break
        if not said:
            gap = bool(words)
        elif listed and words:
            choices.append(clean(listed[1]).strip("*_` "))
        elif gap or choices:
            break
        else:
            words.append(said)
    if len(choices) < 2:
        words, choices = words + choices, []
    return " ".join(words)[:MAX_LINE], tuple(choices[:MAX_CHOICES])


def _longest(blocks: tuple[Block, ...], answer: str) -> str:
    """Return the longest block that is a program (the last of equals), else the longest meant as one."""
    found = [b.text for b in blocks if is_program(b.text)]
    if not found:
        found = [t for t in (_widest(answer),) if is_program(t)]
    if not found:
        found = [b.text for b in blocks if parse(b.text) is None and _is_meant_as_program(b)]
    return max(reversed(found), key=len, default="")


def _widest(answer: str) -> str:
    """Return all between the first and the last fence: a program may hold a fence in a string."""
    lines = answer.replace("\r\n", "\n").split("\n")
    fences = [i for i, line in enumerate(lines) if _FENCE.match(line)]
    return textwrap.dedent("\n".join(lines[fences[0] + 1 : fences[-1]])) if len(fences) > 2 else ""


def _is_meant_as_program(block: Block) -> bool:
    return block.language in _PYTHON or (
        not block.language and bool(re.search(r"(?m)^(from [\w.]+ )?import \w", block.text))
    )


def _bare_code(text: str) -> str:
    """Find a program without a fence: all of the text, or from the first import to the last line that parses."""
    if len(text) > 2 * MAX_CODE:
        return ""
    lines = text.replace("\r\n", "\n").split("\n")
    start = next((i for i, line in enumerate(lines) if re.match(r"(from [\w.]+ )?import \w", line)), None)
    if start is None:
        return text if is_program(text) else ""
    for end in range(len(lines), max(start, len(lines) - MAX_TRIMMED_LINES), -1):
        candidate = "\n".join(lines[start:end])
        if is_program(candidate):
            return candidate
    return ""
