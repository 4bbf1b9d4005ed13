"""What brought a search result, for people and as JSON."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from taskmatrix.cli.terminal import console, visible

if TYPE_CHECKING:
    from taskmatrix.core.protocols import Match
    from taskmatrix.core.search import Explanation

SHOWN_CONTRIBUTIONS = 4

IN_WORDS = {
    "covered": "words found",
    "matches": "how many words",
    "titled": "what it is called",
    "summarised": "its first sentence",
    "lead": "first word in its name",
    "packaged": "what its package is called",
    "words": "BM25 beside the best",
    "word strength": "BM25 for so many words",
    "word place": "rank by words",
    "meaning": "near in meaning",
    "meaning gap": "how near beside the nearest",
    "meaning place": "rank by meaning",
    "no vector": "no vector yet",
    "meaning lead": "how much the nearest stands out",
    "neighbours": "its package among the best",
    "confirmed": "confirmed instructions",
    "unknown": "words nothing holds",
}
"""The figures of `selector/features.py` as people read them; the others tell by their names."""


def print_explained(match: "Match", headline: Sequence[str]) -> None:
    """Print a result with what brought it below, a line for each kind of reason."""
    title = "  ".join(visible(cell) for cell in headline if cell)
    if not sys.stdout.isatty():
        print(title)
        for label, reason in reasons(match):
            print(visible(f"    {label:<14} {reason}"))
        return
    from rich.table import Table
    from rich.text import Text

    out = console()
    out.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, reason in reasons(match):
        table.add_row(f"    {label}", visible(reason))
    out.print(table)


def reasons(match: "Match") -> list[tuple[str, str]]:
    """Return what brought a result, as pairs of a label and a line."""
    said = match.explanation
    if said is None:
        return [("why", match.why)] if match.why else []
    rows = [(f"in {found.part}", ", ".join(found.words)) for found in said.words if found.words]
    if said.word_rank is not None:
        rows.append(("by words", f"rank {said.word_rank}, BM25 {said.word_score:.2f}"))
    if said.meaning is not None:
        rank = f"rank {said.meaning_rank}, " if said.meaning_rank is not None else ""
        rows.append(("by meaning", f"{rank}cosine {said.meaning:.3f}"))
    if said.contributions:
        parts = said.contributions[:SHOWN_CONTRIBUTIONS]
        heaviest = [f"{weight:+.2f} {IN_WORDS.get(name, name)}" for name, weight in parts]
        more = len(said.contributions) - len(heaviest)
        rows.append(("weighed", ", ".join(heaviest) + (f" and {more} more" if more else "")))
    if said.step:
        rows.append(("for the step", said.step))
    if said.left_out:
        rows.append(("left out", f"{said.left_out:,} that say nearly the same"))
    return rows


def explanation_json(said: "Explanation | None") -> dict[str, object] | None:
    """Return what brought a result as JSON, or None where nothing is known."""
    if said is None:
        return None
    return {
        "words": {found.part: list(found.words) for found in said.words},
        "word_rank": said.word_rank,
        "word_score": round(said.word_score, 4),
        "meaning": None if said.meaning is None else round(said.meaning, 4),
        "meaning_rank": said.meaning_rank,
        "contributions": {name: round(weight, 4) for name, weight in said.contributions},
        "step": said.step,
        "left_out": said.left_out,
    }
