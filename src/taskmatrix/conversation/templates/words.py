"""Words that the user wants as a slot wherever a program says them, also inside of longer texts."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.conversation.templates.feeding import Program
from taskmatrix.conversation.templates.literals import literals_in
from taskmatrix.conversation.templates.wording import find_word
from taskmatrix.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Worded:
    """A text of a program, and the expression that says it with slots."""

    node: ast.expr
    code: str


def worded(program: Program, words: Mapping[str, str]) -> Sequence[Worded]:
    """Return the texts that say one of the words (name → text), as expressions over the names.

    What is written in small letters, as names of files are, follows the value in small letters. Raises UsageError for
    words that no text says, and for a name that the program uses.
    """
    used = {node.id for node in ast.walk(program.tree) if isinstance(node, ast.Name)}
    clash = next((name for name in words if name in used), None)
    if clash is not None:
        raise UsageError(f"the program uses the name {clash!r} for something else", hint="call the slot otherwise")
    texts = literals_in(
        program, lambda _, value: isinstance(value, str) and any(find_word(value, w) for w in words.values())
    )
    found = [Worded(node, _expression(value, words)) for node, value in texts if isinstance(value, str)]
    said = " ".join(each.code for each in found)
    unsaid = next((name for name in words if not re.search(rf"\b{re.escape(name)}\b", said)), None)
    if unsaid is not None:
        raise UsageError(
            f"the program says {words[unsaid]!r} nowhere", hint="name a word that stands in a text of the program"
        )
    return found


def _expression(text: str, words: Mapping[str, str]) -> str:
    spans = sorted(
        ((span, name) for name, word in words.items() for span in find_word(text, word)),
        key=lambda pair: (pair[0].start, -pair[0].end),
    )
    parts: list[str] = []
    at = 0
    for span, name in spans:
        if span.start < at:
            continue
        if span.start > at:
            parts.append(repr(text[at : span.start]))
        there, word = text[span.start : span.end], words[name]
        parts.append(f"{name}.lower()" if there != word and there == word.lower() else name)
        at = span.end
    if at < len(text):
        parts.append(repr(text[at:]))
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"
