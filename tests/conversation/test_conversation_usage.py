from decimal import Decimal

from taskmatrix.conversation.usage import ModelUsage, model_usage
from taskmatrix.core.events import ModelReplied, Printed
from taskmatrix.core.limits import Cost


def replied(cost: str | None = None, currency: str = "USD", **counts) -> ModelReplied:
    price = Cost(amount=Decimal(cost), currency=currency) if cost else None
    return ModelReplied(purpose="program", text="x", cost=price, **counts)


def test_what_a_model_used_is_added_up():
    events = [
        replied(input_tokens=100, output_tokens=10, cached_tokens=60, seconds=1.5, cost="0.1"),
        Printed(text="x"),
        replied(input_tokens=50, output_tokens=5, cached_tokens=0, seconds=0.5, cost="0.2"),
    ]
    assert model_usage(events) == ModelUsage(
        turns=2, input_tokens=150, output_tokens=15, cached_tokens=60, seconds=2.0, cost={"USD": Decimal("0.3")}
    )


def test_what_a_server_does_not_report_of_one_reply_is_unknown_of_all():
    found = model_usage([replied(input_tokens=100, output_tokens=10, cached_tokens=60), replied(input_tokens=50)])
    assert (found.input_tokens, found.output_tokens, found.cached_tokens) == (150, None, None)


def test_currencies_are_kept_apart_and_a_reply_without_a_price_costs_nothing_known():
    events = [replied("1"), replied("2", "EUR"), replied()]
    assert model_usage(events).cost == {"USD": 1, "EUR": 2}
    assert model_usage(events).turns == 3


def test_a_run_without_a_chat_model_used_nothing():
    assert model_usage([]) == ModelUsage()
