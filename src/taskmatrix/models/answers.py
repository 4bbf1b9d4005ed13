"""An answer as it arrives, piece by piece, until it is whole."""

from collections.abc import Callable
from dataclasses import dataclass, field

from taskmatrix.core.errors import ModelAnswerError
from taskmatrix.core.protocols import Reply

MAX_CHARACTERS = 1_000_000
ANOTHER = "or use another model (--model NAME, or --model embedded)"
"""How hints end: another model is offered, and never used by itself."""
ANEW = "\n\n[the answer broke off; it begins anew]\n\n"


@dataclass(slots=True)
class Answer:
    """Collects the pieces and shows them to `on_text`; `end` is why the model stopped, once it has.

    One answer stands for all attempts of a call: each begins anew, and `said` is what the last one that said
    anything said.
    """

    name: str
    on_text: Callable[[str], None] | None = None
    end: str = ""
    refusal: str = ""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    _pieces: list[str] = field(default_factory=list[str])
    _size: int = 0
    _before: str = ""

    @property
    def text(self) -> str:
        """What has arrived so far."""
        return "".join(self._pieces)

    @property
    def said(self) -> str:
        """What has arrived so far, or did in an earlier attempt."""
        return self.text or self._before

    def begin(self) -> None:
        """Forget what an attempt said, for another; whoever saw a part of it is told."""
        self._before = self.said
        if self.on_text is not None and self._size > 0:
            self.on_text(ANEW)
        self.end = self.refusal = self.model = ""
        self.input_tokens = self.output_tokens = self.cached_tokens = None
        self._size = 0
        self._pieces.clear()

    def add(self, piece: str) -> None:
        """Take the next piece. Raises ModelAnswerError when the answer grows beyond all measure."""
        if not piece:
            return
        self._size += len(piece)
        if self._size > MAX_CHARACTERS:
            raise ModelAnswerError(
                f"{self.name} wrote more than {MAX_CHARACTERS:,} characters",
                answer=self.text,
                hint=f"the model runs on and on: try again, {ANOTHER}",
            )
        self._pieces.append(piece)
        if self.on_text is not None:
            self.on_text(piece)

    def reply(self) -> Reply:
        """Return the whole answer. Raises ModelAnswerError for an empty, cut or refused one."""
        text = self.text
        if self.refusal or self.end == "content_filter":
            raise ModelAnswerError(
                f"{self.name} refused to answer" + (f": {self.refusal[:300]}" if self.refusal else ""),
                answer=text or self.refusal,
                hint=f"put the instruction in other words, {ANOTHER}",
            )
        if self.end == "length":
            raise ModelAnswerError(
                f"{self.name} reached its output limit in the middle of its answer",
                answer=text,
                hint=f"ask for less at once, raise the server's limit, {ANOTHER}",
            )
        if not text.strip():
            raise ModelAnswerError(f"{self.name} gave an empty answer", hint=f"try again, {ANOTHER}")
        return Reply(
            text,
            self.input_tokens,
            self.output_tokens,
            self.model or self.name.partition(":")[2],
            self.cached_tokens,
        )
