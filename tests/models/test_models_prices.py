from decimal import Decimal

import pytest

from taskmatrix.core.errors import SettingError
from taskmatrix.core.limits import Cost
from taskmatrix.core.protocols import Reply
from taskmatrix.models import ModelPrice, cost_of, read_price


def test_a_price_is_that_of_a_million_tokens_in_and_out():
    price = read_price("1.25/10 USD")
    assert price == ModelPrice(Decimal("1.25"), Decimal("1.25"), Decimal(10), "USD")
    assert cost_of(Reply("x", 2_000_000, 500_000), price) == Cost(amount=Decimal("7.5"), currency="USD")


def test_what_the_provider_had_kept_has_its_own_price():
    price = read_price(" 1.25/0.125/10  EUR ")
    assert cost_of(Reply("x", 1_000_000, 0, cached_tokens=800_000), price) == Cost(
        amount=Decimal("0.35"), currency="EUR"
    )


def test_amounts_are_exact():
    assert cost_of(Reply("x", 1, 1), read_price("0.1/0.2 USD")) == Cost(amount=Decimal("0.0000003"), currency="USD")


def test_without_a_price_or_without_counts_there_is_no_cost():
    assert cost_of(Reply("x", 5, 5), None) is None
    assert cost_of(Reply("x"), read_price("1/1 USD")) is None


def test_a_server_that_counts_more_as_kept_than_there_was_makes_nothing_cheaper_than_free():
    cost = cost_of(Reply("x", 10, 0, cached_tokens=1_000), read_price("1/0/1 USD"))
    assert cost is not None and cost.amount == 0


@pytest.mark.parametrize(
    "text", ["", "free", "1.25", "1.25 USD", "1.25/10", "-1/10 USD", "1/2/3/4 USD", "1e9/1 USD", "NaN/1 USD", "1/2 $"]
)
def test_what_is_no_price_is_refused_with_an_example(text):
    with pytest.raises(SettingError) as caught:
        read_price(text)
    assert "1.25/10 USD" in (caught.value.hint or "")
