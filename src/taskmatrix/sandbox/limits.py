"""What a program is told that went over a limit."""

import re

from taskmatrix.core.errors import LimitError

_HINTS = {
    "calls": "do it in parts, such as one file or one section at a time",
    "time": "do it in parts, or with fewer steps",
    "time (sleeping)": "leave the waiting out",
    "memory": "do it in parts, and keep less at the same time",
    "output": "print less",
    "recursion": "write a loop instead",
    "recursion (nesting)": "nest less deeply",
}

_MONTY = {
    "TimeoutError: feed time limit exceeded": "time",
    "TimeoutError: sleep limit exceeded": "time (sleeping)",
    "MemoryError: memory limit exceeded": "memory",
    "MemoryError: the worker exceeded its memory limit": "memory",
    "RuntimeError: suspension limit ": "calls",
    "RecursionError: maximum recursion depth": "recursion",
    "Source is too deeply nested": "recursion (nesting)",
    "json.JSONDecodeError: recursion limit exceeded": "recursion (nesting)",
    r"re.PatternError: Parsing error at position \d+: Pattern too deeply nested": "recursion (nesting)",
}
"""How Monty's messages begin, as patterns: with the type, so that no words of an API's error are taken for a limit."""

_MARKS = tuple((re.compile(mark), limit) for mark, limit in _MONTY.items())


def exceeded(message: str, limit: str, line: int = 0) -> LimitError:
    """Return the error of a program that used more than it may; `limit` names what."""
    return LimitError(f"{message} (limit: {limit})", line=line, hint=_HINTS[limit], limit=limit.partition(" ")[0])


def limit_of(message: str) -> str | None:
    """Return the limit that a message of Monty's tells of, as `exceeded` takes it; None for any other error."""
    return next((limit for mark, limit in _MARKS if mark.match(message)), None)
