"""What the chat model of a run used: tokens, time and money, from the journal."""

from collections.abc import Iterable
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from taskmatrix.core.events import Event, ModelReplied


class ModelUsage(BaseModel):
    """What a chat model was asked for in all; zeros for the embedded model.

    Tokens are None where a server did not report those of each reply. `cached_tokens` are part of `input_tokens`.
    """

    model_config = ConfigDict(frozen=True)

    turns: int = Field(default=0, description="how often it replied")
    input_tokens: int | None = 0
    output_tokens: int | None = 0
    cached_tokens: int | None = 0
    seconds: float = Field(default=0.0, description="spent waiting for it")
    cost: dict[str, Decimal] = Field(
        default_factory=dict[str, Decimal], description="currency → amount, of the replies whose price was known"
    )

    def __add__(self, reply: ModelReplied) -> "ModelUsage":
        """Return the usage with one more reply."""
        cost = dict(self.cost)
        if reply.cost is not None:
            cost[reply.cost.currency] = cost.get(reply.cost.currency, Decimal(0)) + reply.cost.amount
        return ModelUsage(
            turns=self.turns + 1,
            input_tokens=_sum(self.input_tokens, reply.input_tokens),
            output_tokens=_sum(self.output_tokens, reply.output_tokens),
            cached_tokens=_sum(self.cached_tokens, reply.cached_tokens),
            seconds=self.seconds + reply.seconds,
            cost=cost,
        )


def _sum(before: int | None, more: int | None) -> int | None:
    return None if before is None or more is None else before + more


def model_usage(events: Iterable[Event]) -> ModelUsage:
    """Return what the events of a run say of its model."""
    usage = ModelUsage()
    for event in events:
        if isinstance(event, ModelReplied):
            usage += event
    return usage
