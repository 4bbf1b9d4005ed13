"""What the calls of a run have cost, by what their documents say, against what it may spend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import LimitError
from taskmatrix.core.limits import Cost, read_limits

Budget = Mapping[str, Decimal]
"""Currency → the most that a run may spend in it; what it does not name may not be spent at all."""


@dataclass(slots=True)
class Spending:
    """Counts what is sent, in `spent` by currency. Without a budget everything may be spent."""

    budget: Budget | None = None
    spent: dict[str, Decimal] = field(default_factory=dict[str, Decimal])

    def spend(self, document: ApiDocument) -> Cost | None:
        """Count one more attempt of a call; return what it costs. Raises LimitError where that is too much."""
        cost = read_limits(document.limits).cost
        if cost is None:
            return None
        used, allowed = self._after(cost)
        if allowed is not None and used > allowed:
            raise LimitError(
                f"{document.id} was not called: it costs {_money(cost.amount, cost.currency)}, which makes "
                f"{_money(used, cost.currency)} of the {_money(allowed, cost.currency)} that this run may spend",
                limit="money",
                allowed=_money(allowed, cost.currency),
                used=_money(used - cost.amount, cost.currency),
                hint="give the run a larger --budget",
            )
        self.spent[cost.currency] = used
        return cost

    def _after(self, cost: Cost) -> tuple[Decimal, Decimal | None]:
        used = self.spent.get(cost.currency, Decimal(0)) + cost.amount
        return used, self.budget.get(cost.currency, Decimal(0)) if self.budget is not None else None


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount.normalize():f} {currency}"
