"""What a call does to the world beyond returning a value."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

EffectKind = Literal["read", "write", "destructive", "physical"]


class Effect(BaseModel):
    """The effect an API declares, or an importer inferred.

    `read` changes nothing. `write` adds or changes something that can be changed back. `destructive` loses
    something, or cannot be taken back. `physical` moves matter. An API that says nothing counts as `write`,
    with `inferred` set.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    kind: EffectKind = "write"
    idempotent: bool = False
    inferred: bool = False
    sinks: tuple[str, ...] = Field(
        default=(), description="parameters whose values leave the machine or reach a person"
    )
    undo: str | None = Field(default=None, description="`package.name` of the API that takes the call back")

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    @model_serializer(mode="wrap")
    def _to_word(self, handler: Any) -> Any:
        data: dict[str, Any] = handler(self)
        plain = {name: value for name, value in data.items() if value not in (False, (), [], None)}
        return plain["kind"] if set(plain) == {"kind"} else plain


UNKNOWN = Effect(kind="write", inferred=True)
"""What counts when a document says nothing about effects."""
