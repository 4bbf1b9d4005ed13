"""What a run asks before its program is written: the questions, their answers, and what the answers change."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from taskmatrix.conversation.parts import Order
from taskmatrix.core.errors import NeedsInputError, RunCancelledError, UsageError
from taskmatrix.core.events import Event, OutlineProposed, QuestionAnswered, QuestionAsked
from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Asker, Record, Selection
from taskmatrix.core.questions import Answered, Question

MOST_QUESTIONS = 5
"""A run that needs to know more than that is better given as another instruction."""

LONGEST_ANSWER = 8_000
"""Characters. Longer texts are files to be read by an API, not answers."""


def read_answer(question: Question, typed: str) -> str:
    """Return an answer as the MCFM gets it. Raises UsageError for one that is too long or holds control characters."""
    if len(typed) > LONGEST_ANSWER:
        raise UsageError(
            f"the answer has {len(typed):,} characters; {LONGEST_ANSWER:,} is the most",
            hint="put long material in a file, and answer with the name of the file",
        )
    wrong = next((c for c in typed.strip() if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")), None)
    if wrong is not None:
        raise UsageError(
            f"the answer holds the character U+{ord(wrong):04X}, which is no text", hint="type the answer again"
        )
    return question.read(typed)


@dataclass(slots=True)
class Planning:
    """How far a run has been planned. An answer changes what it says, and the run is planned on from here."""

    order: Order
    asker: Asker
    outline: Outline | None = None
    selection: Selection | None = None
    answers: tuple[Answered, ...] = ()

    async def ask(self, error: NeedsInputError, record: Record) -> bool:
        """Ask what keeps the run from being planned; False where it now waits for the answer.

        Raises RunCancelledError where the answer is empty, and the error where enough was asked.
        """
        if len(self.answers) >= MOST_QUESTIONS:
            raise NeedsInputError(
                error.question,
                hint=f"{MOST_QUESTIONS} questions were asked already; say it all in the instruction",
                best=error.best,
            ) from error
        asked = QuestionAsked(
            number=len(self.answers) + 1,
            question=error.question,
            hint=f'answer it with `taskmatrix runs answer {self.order.run_id} "…"`, or give the instruction again and '
            "say it there",
        )
        record(asked)
        typed = await self.asker(asked)
        if typed is None:
            return False
        self.take(asked, read_answer(asked.question, typed), record)
        return True

    def take(self, asked: QuestionAsked, answer: str, record: Record) -> None:
        """Take an answer down. Raises RunCancelledError where it is empty, or leaves nothing to do."""
        if not answer:
            raise RunCancelledError("stopped at a question")
        record(QuestionAnswered(number=asked.number, answer=answer, by="user"))
        answered = Answered(asked.question, answer)
        self.answers = (*self.answers, answered)
        if self.outline is None or answered.question.step is None:
            return
        self.outline, self.selection = reworded(self.outline, answered), None
        if not self.outline.steps:
            raise RunCancelledError("nothing is left to do")
        record(OutlineProposed(outline=self.outline))


def answers_in(events: Iterable[Event]) -> tuple[Answered, ...]:
    """Return what was asked and answered in a journal, oldest first."""
    asked: dict[int, Question] = {}
    found: list[Answered] = []
    for event in events:
        if isinstance(event, QuestionAsked):
            asked[event.number] = event.question
        elif isinstance(event, QuestionAnswered):
            found.append(Answered(asked[event.number], event.answer))
    return tuple(found)


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
