"""Asking at the terminal: for approvals, and for what an instruction leaves open."""

import select
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from taskmatrix.cli.outlining import ask_outline
from taskmatrix.cli.terminal import visible
from taskmatrix.cli.watching import RunDisplay
from taskmatrix.core.errors import RunCancelledError, UsageError
from taskmatrix.core.events import ApprovalRequested, QuestionAsked


class TerminalApprover:
    """Asks at the terminal; where nobody sits at one, the run is left waiting."""

    def __init__(self, display: RunDisplay, ask: Callable[[str], str] | None = None) -> None:
        self._display = display
        self._ask = ask or read_line

    async def __call__(self, request: ApprovalRequested) -> str | None:
        """Return the option chosen, or None to leave the run waiting."""
        if not is_somebody_there():
            return None
        self._display.pause()
        labels = " / ".join(option.removeprefix("approve-") for option in request.options)
        question = f"  {labels} (Enter leaves the run waiting): "
        while True:
            try:
                with _interruptible():
                    typed = self._ask(question)
            except KeyboardInterrupt:
                raise RunCancelledError("stopped at an approval") from None
            except EOFError:
                return None
            if not typed.strip():
                return None
            chosen = choose(typed, request.options)
            if chosen is not None:
                return chosen
            print(f"  {typed.strip()!r} is none of them")


class TerminalAsker:
    """Asks questions at the terminal; where nobody sits at one, the run is left waiting."""

    def __init__(self, display: RunDisplay, ask: Callable[[str], str] | None = None) -> None:
        self._display = display
        self._ask = ask or read_line

    async def __call__(self, request: QuestionAsked) -> str | None:
        """Return the answer, empty where the run is to end, or None (Ctrl-D) to leave it waiting."""
        from taskmatrix.conversation import read_answer

        if not is_somebody_there():
            return None
        self._display.pause()
        if request.question.about == "outline":
            return self._ask_outline(request)
        which = "the number or your words" if request.question.numbered else "your answer"
        while True:
            try:
                with _interruptible():
                    typed = self._ask(f"  {which} (Enter ends the run without any call): ")
                return read_answer(request.question, typed)
            except KeyboardInterrupt:
                raise RunCancelledError("stopped at a question") from None
            except EOFError:
                return None
            except UsageError as error:
                print(f"  {visible(error.message)}; {visible(error.hint or '')}")

    def _ask_outline(self, request: QuestionAsked) -> str | None:
        try:
            with _interruptible():
                return ask_outline(request.question, self._ask)
        except KeyboardInterrupt:
            raise RunCancelledError("stopped at its outline") from None
        except EOFError:
            return None


def is_somebody_there() -> bool:
    """Whether a person can be asked here."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def read_line(question: str) -> str:
    """Ask for a line at the terminal. Raises EOFError at Ctrl-D, KeyboardInterrupt at Ctrl-C.

    `input` loses a Ctrl-C that comes after its prompt and before it reads; a wait that ends now and then does not.
    """
    print(question, end="", flush=True)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        pass
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


def choose(typed: str, options: tuple[str, ...]) -> str | None:
    """Return the option that was typed, in full or by a beginning that only it has; else None.

    `approve-run` and `approve-always` go by `run` and `always`, too.
    """
    word = typed.strip().lower()
    word = {"a": "approve", "y": "approve", "yes": "approve", "n": "deny", "no": "deny"}.get(word, word)
    if word in options:
        return word
    matching = [option for option in options if word and option.removeprefix("approve-").startswith(word)]
    return matching[0] if len(matching) == 1 else None


@contextmanager
def _interruptible() -> Generator[None, None, None]:
    """Let Ctrl-C end the question: while an event loop runs, it would only be noted for later."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
