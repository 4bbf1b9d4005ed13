"""What a call does to the world beyond returning a value, and what takes it back."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_serializer, model_validator

EffectKind = Literal["read", "write", "destructive", "physical"]


class Feed(BaseModel):
    """Where an argument of a compensation comes from: part of the call's result or of its arguments, or a value.

    `path` goes down by names and indexes, as in `order.items.0.id`; empty, it means the whole result. Of the
    arguments its first name is the parameter's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    origin: Literal["result", "argument"] | None = Field(default=None, alias="from")
    path: str = ""
    value: JsonValue = None

    @model_validator(mode="after")
    def _one_source(self) -> "Feed":
        if (self.origin is None) != ("value" in self.model_fields_set) or (self.path and self.origin is None):
            raise ValueError('give {"from": "result" or "argument", "path": …} or {"value": …}')
        if self.origin == "argument" and not self.path:
            raise ValueError("name the argument in `path`")
        return self

    @model_serializer(mode="wrap")
    def _as_given(self, handler: Any) -> Any:
        return {"value": self.value} if self.origin is None else {"from": self.origin, "path": self.path}


class Undo(BaseModel):
    """The API that takes a call back, and what it is given.

    Without `arguments`, its parameters are filled by equal names from the call's result, then from its arguments.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    api: str = Field(min_length=1, description="`package.name`, or `name` for the same package")
    arguments: dict[str, Feed] = Field(default_factory=dict[str, Feed])

    def __str__(self) -> str:
        return self.api


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
    undo: str | Undo | None = Field(default=None, description="the API that takes the call back, by name or in full")

    @property
    def compensation(self) -> Undo | None:
        """What takes the call back, also where only its name is given."""
        return Undo(api=self.undo) if isinstance(self.undo, str) and self.undo else self.undo or None

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
