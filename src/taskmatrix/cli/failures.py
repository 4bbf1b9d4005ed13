"""From errors to exit statuses and messages: the one place where that is decided.

0 done. 1 it was tried, and failed or was refused. 2 what was typed is wrong, also where it names what is not there: no
run was begun. 3 a run waits. 130 stopped by Ctrl-C or a signal.
"""

import json
import logging
import os
import sys
from typing import TYPE_CHECKING

from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import DocumentError, ImportRefusedError, QuestionDeclinedError, TaskMatrixError

if TYPE_CHECKING:
    from taskmatrix.core.events import RunStatus

DONE, FAILED, USAGE, WAITING, INTERRUPTED = 0, 1, 2, 3, 130

_OF_RUN: "dict[RunStatus, int]" = {
    "done": DONE,
    "failed": FAILED,
    "waiting": WAITING,
    "queued": WAITING,
    "cancelled": INTERRUPTED,
    "running": FAILED,
    "interrupted": FAILED,
}

_logger = logging.getLogger(__name__)


def exit_status(error: BaseException) -> int:
    """Return the exit status that stands for an error."""
    if isinstance(error, TaskMatrixError):
        return error.exit_status
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return FAILED


def status_of_run(status: "RunStatus", code: str | None = None) -> int:
    """Return the exit status for what a run came to; `code` is that of the error it ended with."""
    return QuestionDeclinedError.exit_status if code == QuestionDeclinedError.code else _OF_RUN[status]


def show_error(error: BaseException, *, as_json: bool = False) -> None:
    """Say on standard error what went wrong and what to do; as JSON, on standard output."""
    path = ""
    if isinstance(error, TaskMatrixError):
        code, message, hint = error.code, error.message, error.hint
        path = path_of(error)
    elif isinstance(error, KeyboardInterrupt):
        code, message, hint = "cancelled", "stopped", "files are as the last finished save left them"
    else:
        code, message = "internal", f"TaskMatrix itself failed: {type(error).__name__}: {error}"
        hint = "this is a bug; run it again with --debug and report what it prints"
    if as_json:
        print_error_json(code, message, hint, path)
    else:
        print_error(message, hint)
    if debugging():
        _logger.error("the error in full", exc_info=error)


def path_of(error: TaskMatrixError) -> str:
    """Return the field of a document in which an error lies; empty for none."""
    return error.path if isinstance(error, DocumentError | ImportRefusedError) else ""


def print_error_json(code: str, message: str, hint: str | None = None, path: str = "") -> None:
    """Print an error that left no run behind as one JSON object, on standard output."""
    status = "cancelled" if code == "cancelled" else "failed"
    where = {"path": path} if path else {}
    print(json.dumps({"status": status, "error": {"code": code, "message": message, "hint": hint} | where}))


def print_error(message: str, hint: str | None = None) -> None:
    """Print `error: …` and `hint: …` on standard error."""
    from rich.text import Text

    err = console(sys.stderr)
    err.print(Text.assemble(("error: ", "bold red"), visible(message)))
    if hint:
        err.print(Text.assemble(("hint: ", "bold"), visible(hint)))


def print_warning(message: str) -> None:
    """Print `warning: …` on standard error."""
    from rich.text import Text

    console(sys.stderr).print(Text.assemble(("warning: ", "bold yellow"), visible(message)))


def debugging() -> bool:
    """Whether tracebacks and log messages are wanted."""
    return os.environ.get("TASKMATRIX_DEBUG", "").lower() not in ("", "0", "false", "no")


class _Warnings(logging.Handler):
    """Shows what the search had to make do with."""

    def emit(self, record: logging.LogRecord) -> None:
        print_warning(record.getMessage())


def start_logging() -> None:
    """Show log messages only when asked; users get errors, and warnings where a search is not what it could be."""
    logging.basicConfig(
        level=logging.DEBUG if debugging() else logging.CRITICAL,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    if debugging():
        for noisy in ("httpcore", "httpx", "httpx2", "openai", "asyncio", "markdown_it"):
            logging.getLogger(noisy).setLevel(logging.INFO)
    else:
        search = logging.getLogger("taskmatrix.selector")
        search.setLevel(logging.WARNING)
        search.propagate = False
        search.handlers = [_Warnings()]
