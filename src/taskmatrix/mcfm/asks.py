"""What each prompt asks, apart from what surrounds it: by this a recorded reply is found again.

Left out is what may be otherwise when a recording is replayed and still asks the same: the clock, what packages say of
the world, which APIs are on offer and how answers were worded. What was learned from a round holds paths and
times; it only tells rounds apart.
"""

from collections.abc import Sequence

from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Ask, Request, Turn


def outline_ask(request: Request) -> Ask:
    """Return what the prompt for an outline, or for a revision of one, asks."""
    return Ask("outline", {**_parts(request), "edit": request.edit}, {"learned": request.learned})


def program_ask(request: Request) -> Ask:
    """Return what the prompt for a program, or for its repair, asks."""
    if request.previous is None:
        return Ask("program", _parts(request), {"learned": request.learned})
    parts = {**_parts(request), "program to repair": request.previous.code}
    return Ask("repair", parts, {"learned": request.learned})


def summary_ask(turns: Sequence[Turn], previous: str) -> Ask:
    """Return what the prompt for a summary asks."""
    return Ask("summary", {"turns": _said(turns)}, {"summary before": previous})


def _parts(request: Request) -> dict[str, str]:
    return {
        "instruction": request.instruction,
        "turns before": _said(request.context.turns),
        "attachments": "\n".join(f"{a.artifact.name}: {a.text}" for a in request.context.attachments),
        "replies": "\n".join(answered.text for answered in request.answers),
        "outline": _steps(request.outline) if request.outline is not None else "",
    }


def _said(turns: Sequence[Turn]) -> str:
    return "\n".join(turn.text for turn in turns if turn.role == "user")


def _steps(outline: Outline) -> str:
    return "\n".join(f"{step.text}; {'; '.join(step.needs)}; {step.yields}" for step in outline.steps)
