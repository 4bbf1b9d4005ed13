"""What a model's answers cost, by prices that the user states: no list of ours would stay right."""

import re
from dataclasses import dataclass
from decimal import Decimal

from pydantic import ValidationError

from taskmatrix.core.errors import SettingError
from taskmatrix.core.limits import Cost
from taskmatrix.core.protocols import Reply

_AMOUNT = r"(\d{1,9}(?:\.\d{1,9})?)"
_PRICE = re.compile(rf"{_AMOUNT}/{_AMOUNT}(?:/{_AMOUNT})?\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """Prices of a million tokens: of the input, of the part of it that the provider had kept, and of the output."""

    input: Decimal
    cached: Decimal
    output: Decimal
    currency: str


def read_price(text: str) -> ModelPrice:
    """Read `1.25/10 USD` (input/output) or `1.25/0.125/10 USD` (input/kept input/output). Raises SettingError."""
    found = _PRICE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        first, second, third, currency = found.groups()
        Cost(amount=Decimal(0), currency=currency)
    except (ValueError, ValidationError):
        raise SettingError(
            f"{text!r} is no price of a model",
            hint='TASKMATRIX_MODEL_PRICE is that of a million tokens in and out: "1.25/10 USD", or "1.25/0.125/10 USD"'
            " with the price of kept input between them",
        ) from None
    kept, output = (second, third) if third else (first, second)
    return ModelPrice(Decimal(first), Decimal(kept), Decimal(output), currency)


def cost_of(reply: Reply, price: ModelPrice | None) -> Cost | None:
    """Return what a reply costs; None without a price, or from a server that counts no tokens.

    Where it does not say how much of the input it had kept, all of it counts as new.
    """
    if price is None or reply.input_tokens is None or reply.output_tokens is None:
        return None
    kept = min(reply.cached_tokens or 0, reply.input_tokens)
    amount = (reply.input_tokens - kept) * price.input + kept * price.cached + reply.output_tokens * price.output
    return Cost(amount=amount.scaleb(-6), currency=price.currency)
