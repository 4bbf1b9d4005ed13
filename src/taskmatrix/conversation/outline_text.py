"""An outline as a text that people edit in an editor of theirs, and that is read back.

    # Outline: change it, save it and close the editor.
    1. Look up the rooms
       yields: the rooms
    2. Switch each lamp on
       needs: the rooms; the time 18:00

The order of the lines counts, numbers do not. Whatever was left as it was is read back to the letter.
"""

import re
from collections.abc import Iterable, Sequence

from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.questions import Question
from taskmatrix.core.stubs import clean

MOST_STEPS = 100

_HEAD = "# Outline:"
_EXPLAINED = (
    f"{_HEAD} change it, save it and close the editor.",
    "# One step a line, in the order in which they are done; what they are numbered does not matter.",
    "# Delete a line to drop its step, add a line for another, move lines as you like.",
    "# `needs:` and `yields:` below a step belong to it. Lines like these are left out.",
)
_ASKED = "Is this how to do it?"
_NUMBER = re.compile(r"^\s*\d{1,4}[.):](?:\s+|$)")
_FIELD = re.compile(r"^\s*(needs|yields)\s*:\s*(.*)$", re.IGNORECASE)


def outline_question(outline: Outline, told: str = "") -> Question:
    """Return the question whether an outline is right: it holds the steps, so that it can be asked anywhere.

    `told` is what to say instead of the plain question, such as why an answer to it was not understood.
    """
    return Question("\n".join([clean(told) or _ASKED, *_lines(outline.steps)]), about="outline")


def outline_asked(question: Question) -> Outline:
    """Return the outline that a question shows, as far as its text tells."""
    return Outline(steps=tuple(_step(block, []) for block in _blocks(_asked_lines(question))))


def outline_text(outline: Outline) -> str:
    """Return an outline as a text to be edited; comment lines say how."""
    return _explained(_lines(outline.steps))


def text_asked(question: Question) -> str:
    """Return the text to be edited of the outline that a question shows: what `outline_text` gives for it."""
    return _explained(_asked_lines(question))


def is_outline_text(text: str) -> bool:
    """Whether an answer is an outline as a whole, as `outline_text` writes it."""
    return text.lstrip().startswith(_HEAD)


def as_outline_text(text: str) -> str:
    """Return an edited text so that it is known for one, whoever deleted its first line."""
    return text if is_outline_text(text) else f"{_HEAD}\n{text}"


def read_outline_text(text: str, outline: Outline) -> Outline:
    """Read an edited text back; steps that nobody changed are those of `outline`, to the letter.

    Raises UsageError where no step is left, or far too many are there.
    """
    blocks = _blocks(line for line in text.splitlines() if not line.startswith("#"))
    left = list(outline.steps)
    steps = tuple(_step(block, left) for block in blocks)
    if not steps:
        raise UsageError("no step is left", hint="keep at least one, or stop the run")
    if len(steps) > MOST_STEPS:
        raise UsageError(f"the outline has {len(steps)} steps", hint=f"at most {MOST_STEPS} are taken")
    if steps == outline.steps:
        return outline
    return Outline(steps=steps, by="user", reason="edited as a text")


def _asked_lines(question: Question) -> list[str]:
    return question.text.split("\n")[1:]


def _explained(lines: Sequence[str]) -> str:
    return "\n".join([*_EXPLAINED, "", *lines]) + "\n"


def _lines(steps: Sequence[Step]) -> list[str]:
    return [
        f"{number}. {line}" if not n else f"   {line}"
        for number, step in enumerate(steps, 1)
        for n, line in enumerate(_block(step))
    ]


def _block(step: Step) -> list[str]:
    lines = [clean(step.text)]
    if step.needs:
        lines.append(f"needs: {'; '.join(map(clean, step.needs))}")
    if step.yields:
        lines.append(f"yields: {clean(step.yields)}")
    return lines


def _blocks(lines: Iterable[str]) -> list[list[str]]:
    """Gather the lines of each step: its words, then its fields, in the form of `_block`."""
    blocks: list[list[str]] = []
    for line in lines:
        words = clean(line)
        numbered = _NUMBER.match(line)
        if numbered and clean(line[numbered.end() :]):
            blocks.append([clean(line[numbered.end() :])])
        elif numbered or not words:
            continue
        elif blocks and (field := _FIELD.match(line)):
            blocks[-1].append(f"{field[1].lower()}: {clean(field[2])}")
        elif blocks and line[0].isspace():
            # What is indented below a step goes on with its last line.
            blocks[-1][-1] += f" {words}"
        else:
            blocks.append([words])
    return blocks


def _step(block: list[str], left: list[Step]) -> Step:
    """Return the step of `left` that reads so, taking it from there, or else a new one."""
    for step in left:
        if _block(step) == block:
            left.remove(step)
            return step
    needs: list[str] = []
    yields: list[str] = []
    for name, _, value in (line.partition(": ") for line in block[1:]):
        if name == "needs":
            needs += filter(None, map(clean, value.split(";")))
        elif value:
            yields.append(value)
    return Step(text=block[0], needs=tuple(needs), yields="; ".join(yields))
