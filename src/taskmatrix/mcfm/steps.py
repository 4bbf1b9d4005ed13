"""Reads the steps of an outline from what a chat model wrote."""

import re

from taskmatrix.core.errors import ModelAnswerError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.stubs import clean
from taskmatrix.mcfm.replies import MAX_LINE, raise_directive, split, without_thoughts

MAX_CHARACTERS = 100_000
MAX_STEPS = 100
MAX_ANSWER = 20_000
_NUMBERED = re.compile(
    r"^(\s*)(?:#+\s*)?(?:[-*•]\s+)?([*_]*)(?:step\s+)?\d{1,3}\s*([*_]*)(?:[.):]([*_]*)(?:\s+|(?=[^\W\d]))|[–-]\s+)(.+)$",
    re.IGNORECASE,
)
_BULLETED = re.compile(r"^(\s*)([-*•])\s+(.+)$")
_FIELD = re.compile(r"^[\s*_•-]*(needs|yields)[*_]*\s*:[*_]*\s*(.*)$", re.IGNORECASE)
_EXPLICIT = re.compile(r"^[\s*_`#>-]*EXPLICIT\b[*_`]*\s*:?[*_`]*\s*(.*)$")
_ANSWER = re.compile(r"^[\s*_`#>]*ANSWER[*_`]*\s*:[*_`]*\s*(.*)$")
_FIRST = re.compile(r"^[\s*_`#>-]*(?:QUESTION|EXPLICIT)\b[*_`]*\s*:")
_BOLD = re.compile(r"(?<![\w*])\*\*(\S(?:.*?\S)?)\*\*(?![\w*])")
_NOTHING = ("", "-", "none", "nothing", "n/a")


def read_outline(text: str, instruction: str) -> Outline:
    """Read an outline from a reply: its steps, or the answer where nothing needs to be done.

    Raises NeedsInputError for a question, ModelAnswerError where there is neither, or far too many steps.
    """
    answer = without_thoughts(text)
    if told := _answer(answer):
        return Outline(steps=(), answer=told)
    parts = split(answer)
    # Some models put the list, or the question, into a block.
    bodies = [parts.prose, *(block.text for block in parts.blocks)]
    for part in bodies:
        raise_directive(part, only="QUESTION")
    body = next((b for b in bodies if len(answer) <= MAX_CHARACTERS and _steps(b)), parts.prose)
    explicit = next(
        (m for m in (_EXPLICIT.match(line[:MAX_LINE]) for b in bodies for line in b.split("\n")) if m), None
    )
    steps = _steps(body) if len(answer) <= MAX_CHARACTERS else ()
    if not steps and explicit:
        steps = (Step(text=clean(instruction)),)
    if not steps:
        raise ModelAnswerError(
            "the model answered without an outline",
            answer=text,
            hint="try again, put the instruction in other words, or try another model",
        )
    if len(steps) > MAX_STEPS:
        raise ModelAnswerError(
            f"the model wrote an outline of {len(steps)} steps",
            answer=text,
            hint=f"at most {MAX_STEPS} are taken: ask for less at once",
        )
    return Outline(steps=steps, explicit=bool(explicit), reason=clean(explicit[1]) if explicit else "")


def _answer(text: str) -> str:
    """Return what follows `ANSWER:`, to the end; empty where steps or another directive come first."""
    lines = text.replace("\r\n", "\n").split("\n")
    at = next((n for n, line in enumerate(lines) if _ANSWER.match(line[:MAX_LINE])), None)
    if at is None or len(text) > MAX_CHARACTERS:
        return ""
    before = lines[:at]
    if _steps("\n".join(before)) or any(_FIRST.match(line[:MAX_LINE]) for line in before):
        return ""
    told = [re.sub(_ANSWER, r"\1", lines[at]), *lines[at + 1 :]]
    if before and before[-1].lstrip().startswith(("```", "~~~")):
        # The whole answer stands in a block.
        end = next((n for n, line in enumerate(told) if line.strip() == before[-1].strip()[:3]), len(told))
        told = told[:end]
    said = "\n".join(told).strip()
    return (said.removesuffix("**") if said.count("**") % 2 else said)[:MAX_ANSWER].strip()


def _steps(text: str) -> tuple[Step, ...]:
    """Read a numbered list, or a plain bulleted one. What is indented below a step belongs to it."""
    lines = [line.expandtabs(4) for line in text.split("\n")]
    pattern = _NUMBERED if any(map(_NUMBERED.match, lines)) else _BULLETED
    steps: list[Step] = []
    indent = 0
    gap = False
    for line in lines:
        if not line.strip():
            gap = True
            continue
        head = pattern.match(line)
        field = _FIELD.match(line)
        if head and not steps:
            indent = len(head[1])
        if field and steps:
            steps[-1] = _with_field(steps[-1], field[1].lower(), field[2])
        elif head and len(head[1]) <= indent + 1:
            opened = head[2] if pattern is _NUMBERED and not (head[3] or head[4]) else ""
            steps.append(_step(opened + head[head.re.groups]))
        elif steps and len(line) - len(line.lstrip()) > indent:
            steps[-1] = steps[-1].model_copy(update={"text": f"{steps[-1].text} {_words(line)}"})
        elif steps and gap:
            break
        gap = False
    return tuple(steps)


def _step(text: str) -> Step:
    """Read one step; fields may follow on the same line behind `|`."""
    head, *rest = text.split(" | ")
    step = Step(text=_words(head))
    for part in rest:
        field = _FIELD.match(part)
        if field:
            step = _with_field(step, field[1].lower(), field[2])
        else:
            step = step.model_copy(update={"text": f"{step.text} | {_words(part)}"})
    return step


def _with_field(step: Step, name: str, value: str) -> Step:
    if name == "yields":
        words = _words(value)
        return step.model_copy(update={"yields": "" if words.lower() in _NOTHING else words})
    needs = tuple(n for n in map(_words, value.split(";")) if n.lower() not in _NOTHING)
    return step.model_copy(update={"needs": needs})


def _words(text: str) -> str:
    """Fold white space and take off a bullet and bold type; `2**10` is neither."""
    words = re.sub(r"^[-*•]\s+", "", clean(text))
    return _BOLD.sub(r"\1", words) if len(words) <= MAX_LINE else words
