"""An answer as it arrives, piece by piece, until it is whole."""

from collections.abc import Callable
from dataclasses import dataclass, field

from taskmatrix.core.errors import ModelAnswerError
from taskmatrix.core.protocols import Reply

MAX_CHARACTERS = 1_000_000


@dataclass(slots=True)
class Answer:
    """Collects the pieces and shows them to `on_text`; `end` is why the model stopped, once it has."""

    name: str
    on_text: Callable[[str], None] | None = None
    end: str = ""
    refusal: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    _pieces: list[str] = field(default_factory=list[str])
    _size: int = 0

    @property
    def shown(self) -> bool:
        """Whether somebody has seen a part of it."""
        return self.on_text is not None and self._size > 0

    @property
    def text(self) -> str:
        """What has arrived so far."""
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        """Take the next piece. Raises ModelAnswerError when the answer grows beyond all measure."""
        if not piece:
            return
        self._size += len(piece)
        if self._size > MAX_CHARACTERS:
            raise ModelAnswerError(
                f"{self.name} wrote more than {MAX_CHARACTERS:,} characters",
                answer=self.text,
                hint="the model runs on and on: try again, or try another model",
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
                hint="put the instruction in other words, or try another model",
            )
        if self.end == "length":
            raise ModelAnswerError(
                f"{self.name} reached its output limit in the middle of its answer",
                answer=text,
                hint="ask for less at once, raise the server's limit, or try another model",
            )
        if not text.strip():
            raise ModelAnswerError(f"{self.name} gave an empty answer", hint="try again, or try another model")
        return Reply(text, self.input_tokens, self.output_tokens, self.model or self.name.partition(":")[2])
