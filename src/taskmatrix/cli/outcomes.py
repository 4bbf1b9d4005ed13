"""What was verified after a run, what was not, and what changed beyond the request."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from taskmatrix.cli.rendering import heading
from taskmatrix.cli.terminal import visible
from taskmatrix.core.paths import told

if TYPE_CHECKING:
    from rich.console import RenderableType

    from taskmatrix.core.documents import ApiDocument, Package
    from taskmatrix.core.event_parts import Fact
    from taskmatrix.core.events import OutcomeChecked

_MARKS = {"verified": ("✓", "green"), "false": ("✗", "red"), "unverified": ("?", "yellow")}
_SHOWN = 12
"""Verified facts that are shown one by one."""


def outcome(event: "OutcomeChecked") -> "RenderableType | None":
    """Show what the world is like after a run: what is wrong first. None where there is nothing to tell."""
    if not event.facts and not event.beyond:
        return None
    good = [fact for fact in event.facts if fact.state == "verified"]
    others = sorted((fact for fact in event.facts if fact.state != "verified"), key=lambda fact: fact.state)
    lines = [heading("Outcome", _counts(event))]
    lines += [_line(fact) for fact in (*others, *good[:_SHOWN])]
    if len(good) > _SHOWN:
        lines.append(Text(f"    and {len(good) - _SHOWN} more verified", style="dim"))
    if event.beyond:
        lines.append(Text("  Changed beyond the request:", style="red"))
        lines += [Text(f"    {visible(change)}") for change in event.beyond]
    return Group(*lines)


def promises(document: "ApiDocument") -> Iterator[str]:
    """Yield what a document says of the world after a call, as comments for `apis show`."""
    for ensured in document.ensures:
        yield f"# ensures: {told(ensured.says or f'{ensured.read} {ensured.path}'.strip())}"
    if document.changes is not None:
        yield f"# changes: {told(', '.join(document.changes)) or 'nothing'}"


def views(package: "Package") -> Iterator[str]:
    """Yield by which APIs a package is looked at, as a comment for `apis show`."""
    named = [f"{part}: {name}" for part, name in (("view", package.view), ("state", package.state)) if name]
    if named:
        yield f"# {'; '.join(named)}"


def _counts(event: "OutcomeChecked") -> str:
    states = [fact.state for fact in event.facts]
    kinds = [("verified", "verified"), ("not verified", "unverified"), ("not so", "false")]
    return ", ".join(f"{states.count(state)} {words}" for words, state in kinds if state in states)


def _line(fact: "Fact") -> Text:
    mark, style = _MARKS[fact.state]
    line = Text.assemble((f"  {mark} ", style), visible(" ".join(fact.text.split())))
    return line.append(f": {visible(fact.why)}", style="dim") if fact.why else line
