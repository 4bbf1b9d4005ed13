"""The root of the error tree."""

from typing import ClassVar


class TaskMatrixError(Exception):
    """Base of every error TaskMatrix raises on purpose.

    `message` says what went wrong and with which thing; `hint` says what to do about it. `exit_status` is that of a
    command which it ends: 2 where what was typed is wrong, and nothing was begun.
    """

    code: str = "failed"
    retryable: ClassVar[bool] = False
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message
