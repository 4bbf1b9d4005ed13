"""How far a run has been planned: what is proposed, answered, and learned from rounds that did not work."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from taskmatrix.conversation.outline_edits import edit_outline, is_accepted, is_declined
from taskmatrix.conversation.outline_text import outline_question
from taskmatrix.conversation.parts import Order
from taskmatrix.conversation.questions import MOST_QUESTIONS, read_answer, reworded
from taskmatrix.conversation.rounds import MOST_ROUNDS
from taskmatrix.core.errors import NeedsInputError, QuestionDeclinedError, RunCancelledError, UsageError
from taskmatrix.core.events import Event, OutlineProposed, QuestionAnswered, QuestionAsked, RoundStarted, WorldRead
from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Asker, Context, Record, Selection
from taskmatrix.core.questions import Answered, Question

_NOT_UNDERSTOOD = 'say it as in "drop step 2", "add … after step 1", "2: …" or "move 3 before 1"'


@dataclass(slots=True)
class Planning:
    """The state of a run's planning. An event of the run changes what it says, and the run is planned on from here.

    `present` is an outline that the model is to change: by the user's words (`edit`), or by what went wrong
    (`learned`). `redrafts` says that the model can.
    """

    order: Order
    asker: Asker
    redrafts: bool = False
    outline: Outline | None = None
    selection: Selection | None = None
    answers: tuple[Answered, ...] = ()
    round: int = 1
    learned: str = ""
    present: Outline | None = None
    edit: str = ""
    context: Context | None = None
    world: list[WorldRead] = field(default_factory=list[WorldRead])
    _asked: dict[int, Question] = field(default_factory=dict[int, Question])
    _accepted: bool = False
    _unstuck: bool = False
    _told: str = ""

    def follow(self, events: Iterable[Event]) -> "Planning":
        """Take in what a journal says; return this."""
        for event in events:
            self._apply(event)
        return self

    def propose(self, outline: Outline, record: Record) -> None:
        """Take an outline as the one to carry out."""
        self._apply(record(OutlineProposed(outline=outline)))

    def begin_round(self, reason: str, record: Record) -> None:
        """Plan anew, from what went wrong."""
        self._apply(record(RoundStarted(round=self.round + 1, reason=reason)))

    def check_ready(self) -> None:
        """Raise NeedsInputError where the user is to be asked before anything more is planned."""
        if self.round > MOST_ROUNDS and not self._unstuck:
            raise NeedsInputError(Question(f"It does not work: {self.learned} What is to be done?", about="stuck"))

    def check_outline(self) -> None:
        """Raise NeedsInputError where the user is to see the outline first."""
        review, outline = self.order.review, self.outline
        wanted = review == "always" or (review == "unless-explicit" and outline is not None and not outline.explicit)
        if wanted and outline is not None and not self._accepted:
            raise NeedsInputError(outline_question(outline, self._told))

    async def ask(self, error: NeedsInputError, record: Record) -> bool:
        """Ask what keeps the run from being planned; False where it now waits for the answer.

        Raises QuestionDeclinedError where the answer is empty, and the error where enough was asked.
        """
        if len(self.answers) >= MOST_QUESTIONS and not error.question.about:
            raise NeedsInputError(
                error.question,
                hint=f"{MOST_QUESTIONS} questions were asked already; say it all in the instruction",
                best=error.best,
            ) from error
        asked = QuestionAsked(
            number=max(self._asked, default=0) + 1,
            question=error.question,
            hint=f'answer it with `taskmatrix runs answer {self.order.run_id} "…"`, or give the instruction again and '
            "say it there",
        )
        record(asked)
        self._apply(asked)
        typed = await self.asker(asked)
        if typed is None:
            return False
        self.take(asked, read_answer(asked.question, typed), record)
        return True

    def take(self, asked: QuestionAsked, answer: str, record: Record) -> None:
        """Take an answer down. Raises QuestionDeclinedError where it is none, RunCancelledError with nothing to do."""
        outline = asked.question.about == "outline"
        if not answer or (outline and is_declined(answer)):
            declined = "the outline was not accepted" if outline else "the question was not answered"
            called = "" if self.round > 1 else ", and nothing was called"
            raise QuestionDeclinedError(f"{declined}: the run ended{called}")
        before = self.outline
        self._apply(record(QuestionAnswered(number=asked.number, answer=answer, by="user")))
        if self.outline is not None and self.outline is not before:
            if not self.outline.steps:
                raise RunCancelledError("nothing is left to do")
            record(OutlineProposed(outline=self.outline))

    def _apply(self, event: Event) -> None:
        match event:
            case OutlineProposed():
                changed = self.outline != event.outline
                self.outline, self.edit, self.present = event.outline, "", None
                self.selection = None if changed else self.selection
                self._accepted = False
            case RoundStarted():
                self.present, self.outline, self.selection = self.outline or self.present, None, None
                self.round, self.learned, self._unstuck = event.round, event.reason, False
            case QuestionAsked():
                self._asked[event.number] = event.question
            case QuestionAnswered():
                self._take(Answered(self._asked[event.number], event.answer))
            case WorldRead():
                self.world.append(event)
            case _:
                pass

    def _take(self, answered: Answered) -> None:
        match answered.question.about:
            case "outline":
                self._review(answered.text)
            case "stuck":
                self._unstuck = True
                self.answers = (*self.answers, answered)
            case _:
                self.answers = (*self.answers, answered)
                if self.outline is not None and answered.question.step is not None:
                    self.outline, self.selection = reworded(self.outline, answered), None

    def _review(self, words: str) -> None:
        """Do what the user says of the outline. Words that no rule understands go to a model that can."""
        self._accepted, self._told = is_accepted(words), ""
        if self._accepted or self.outline is None:
            return
        try:
            edited = edit_outline(self.outline, words)
        except UsageError as error:
            self._told = f"{error.message}: is it right as it is?"
            return
        if edited is not None:
            self.outline, self.selection = edited, None
        elif self.redrafts:
            self.present, self.outline, self.edit = self.outline, None, words
        else:
            self._told = f"{words!r} was not understood ({_NOT_UNDERSTOOD}): is it right as it is?"
