"""What a document says of how its API may be called: how long, how often, how many at a time, for how much money.

    {"timeout_s": 20, "rate": {"calls": 10, "per_s": 60}, "concurrent": 4, "retries": 3, "backoff_s": 0.5,
     "cost": {"amount": 0.02, "currency": "USD"}}

Every part is optional. What is wrong is read over, and told by `limit_faults`: a document is not lost for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from taskmatrix.core.errors import UsageError

DAY = 86_400.0

Seconds = Annotated[float, Field(gt=0, le=DAY, allow_inf_nan=False)]


class _Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rate(_Limit):
    """At most `calls` in any `per_s` seconds."""

    calls: int = Field(ge=1, le=1_000_000)
    per_s: Seconds


class Cost(_Limit):
    """What one call costs. `currency` is a code of three letters, or whatever unit its owner counts in."""

    amount: Decimal = Field(ge=0, le=1_000_000_000, allow_inf_nan=False)
    currency: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9 _-]{0,19}$")


class CallLimits(_Limit):
    """The limits of one API; None where its document says nothing."""

    timeout_s: Seconds | None = None
    rate: Rate | None = None
    concurrent: int | None = Field(default=None, ge=1, le=10_000)
    retries: int | None = Field(default=None, ge=0, le=20)
    backoff_s: Seconds | None = None
    cost: Cost | None = None

    def __str__(self) -> str:
        rate, cost = self.rate, self.cost
        parts = [
            f"{cost.amount:f} {cost.currency} a call" if cost else "",
            f"{rate.calls} calls in {rate.per_s:g} s" if rate else "",
            f"{self.concurrent} at a time" if self.concurrent else "",
            f"{self.timeout_s:g} s a call" if self.timeout_s else "",
        ]
        return ", ".join(part for part in parts if part)


NO_LIMITS = CallLimits()


@dataclass(frozen=True, slots=True)
class LimitFault:
    """What is wrong with a part of the limits; `path` is below `limits`, empty for all of it."""

    path: str
    message: str


def read_limits(stated: JsonValue) -> CallLimits:
    """Return what is right in the limits that a document states."""
    if not stated:
        return NO_LIMITS
    try:
        return CallLimits.model_validate(stated)
    except ValidationError as error:
        if not isinstance(stated, Mapping):
            return NO_LIMITS
        wrong = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
        return CallLimits.model_validate({name: value for name, value in stated.items() if name not in wrong})


def limit_faults(stated: JsonValue) -> Iterator[LimitFault]:
    """Yield what is wrong in the limits that a document states, part by part."""
    if stated is None:
        return
    if not isinstance(stated, Mapping):
        yield LimitFault("", 'limits are an object, such as {"timeout_s": 20}')
        return
    try:
        CallLimits.model_validate(stated)
    except ValidationError as error:
        for fault in error.errors():
            message = f"is none of {', '.join(CallLimits.model_fields)}" if _unknown(fault) else str(fault["msg"])
            yield LimitFault(".".join(map(str, fault["loc"])), message)


def read_budget(text: str) -> dict[str, Decimal]:
    """Read `5 USD` or `5 USD, 2.50 EUR`: the most that may be spent in each currency. Raises UsageError."""
    budget: dict[str, Decimal] = {}
    for part in text.split(","):
        amount, _, currency = part.strip().partition(" ")
        try:
            cost = Cost.model_validate({"amount": amount, "currency": currency.strip()})
        except ValidationError:
            raise UsageError(f"{part.strip()!r} is no amount of money", hint='write it as "5 USD"') from None
        budget[cost.currency] = cost.amount
    return budget


def _unknown(fault: object) -> bool:
    found = cast("Mapping[str, object]", fault)
    return found["type"] == "extra_forbidden" and len(cast("tuple[object, ...]", found["loc"])) == 1
