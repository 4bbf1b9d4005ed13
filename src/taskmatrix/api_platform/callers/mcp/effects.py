"""What the annotations of a tool say about its effect.

They are hints of a server that may be wrong or lie, so the effect counts as inferred, as the MCP specification asks.
Silence about one hint has the meaning the specification gives it (a tool that may write may destroy). A tool with no
hint at all is one whose effect is unknown.
"""

from typing import TYPE_CHECKING

from taskmatrix.core.effects import UNKNOWN, Effect, EffectKind

if TYPE_CHECKING:
    from mcp_types import ToolAnnotations

_RANK: dict[EffectKind, int] = {"read": 0, "write": 1, "destructive": 2, "physical": 3}


def effect_of(hints: "ToolAnnotations | None") -> Effect:
    """Return the effect a tool's annotations state; `open_world` is noted where a server says so."""
    if hints is None or not states_effect(hints):
        return UNKNOWN
    kind: EffectKind = (
        "read" if hints.read_only_hint else "write" if hints.destructive_hint is False else "destructive"
    )
    idempotent = bool(hints.idempotent_hint) or kind == "read"
    open_world = {"open_world": True} if hints.open_world_hint else {}
    return Effect.model_validate({"kind": kind, "idempotent": idempotent, "inferred": True, **open_world})


def states_effect(hints: "ToolAnnotations | None") -> bool:
    """Say whether annotations speak about effects at all."""
    return hints is not None and any(
        hint is not None
        for hint in (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    )


def is_worse(kind: EffectKind, than: EffectKind) -> bool:
    """Say whether an effect does more harm than another."""
    return _RANK[kind] > _RANK[than]
