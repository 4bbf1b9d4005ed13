"""What a run asks before its program is written: the questions, their answers, and what the answers change."""

import unicodedata

from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.questions import Answered, Question

MOST_QUESTIONS = 5
"""A run that needs to know more than that is better given as another instruction."""

LONGEST_ANSWER = 8_000
"""Characters. Longer texts are files to be read by an API, not answers."""

LONGEST_OUTLINE = 60_000
"""Characters of an outline that was edited as a text."""


def read_answer(question: Question, typed: str) -> str:
    """Return an answer as the MCFM gets it. Raises UsageError for one that is too long or holds control characters."""
    longest = LONGEST_OUTLINE if question.about == "outline" else LONGEST_ANSWER
    if len(typed) > longest:
        raise UsageError(
            f"the answer has {len(typed):,} characters; {longest:,} is the most",
            hint="put long material in a file, and answer with the name of the file",
        )
    wrong = next((c for c in typed.strip() if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")), None)
    if wrong is not None:
        raise UsageError(
            f"the answer holds the character U+{ord(wrong):04X}, which is no text", hint="type the answer again"
        )
    return question.read(typed)


def reworded(outline: Outline, answered: Answered) -> Outline:
    """Return the outline with the answer in place of the words of the step that it is about, or without them."""
    words, instead = answered.question.step or "", "" if answered.leaves_out else answered.text
    steps: list[Step] = []
    found = False
    for step in outline.steps:
        if words in step.text and not found:
            found = True
            text = step.text.replace(words, instead, 1).strip()
            steps += [step.model_copy(update={"text": text})] if text else []
        else:
            steps.append(step)
    if not found and instead:
        steps.append(Step(text=instead))
    return Outline(steps=tuple(steps), reason="put in other words by an answer")
