"""What a program is told that went over a limit."""

from taskmatrix.core.errors import LimitError

_HINTS = {
    "calls": "do it in parts, such as one file or one section at a time",
    "time": "do it in parts, or with fewer steps",
    "time (sleeping)": "leave the waiting out",
    "memory": "do it in parts, and keep less at the same time",
    "output": "print less",
    "recursion": "write a loop instead",
}


def exceeded(message: str, limit: str, line: int = 0) -> LimitError:
    """Return the error of a program that used more than it may; `limit` names what."""
    return LimitError(f"{message} (limit: {limit})", line=line, hint=_HINTS[limit], limit=limit.partition(" ")[0])
