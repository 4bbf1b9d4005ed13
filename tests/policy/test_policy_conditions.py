import math

import pytest

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import SettingError
from taskmatrix.policy import DEFAULT_RULES, DefaultPolicy, Rule
from taskmatrix.policy.conditions import read_condition
from taskmatrix.policy.reading import read_rule


def api(*parameters, package="shop", name="pay"):
    return parse_document({"package": package, "name": name, "description": "d", "parameters": list(parameters)})


def holds(text, arguments, *, strictly=False, document=None):
    return read_condition(text).holds(document or api(), arguments, strictly=strictly)


@pytest.mark.parametrize(
    ("text", "arguments", "fits"),
    [
        ("amount > 100", {"amount": 101}, True),
        ("amount > 100", {"amount": 100}, False),
        ("amount >= 100", {"amount": 100.0}, True),
        ("amount < -1.5", {"amount": -2}, True),
        ("amount <= 3", {"other": 1}, False),
        ("to = *@example.org", {"to": "a@example.org"}, True),
        ("to = *@example.org", {"to": "a@example.org.evil"}, False),
        ("to != *@example.org", {"to": "a@elsewhere"}, True),
        ("dry = true", {"dry": True}, True),
        ("amount = 5", {"amount": 5.0}, True),
        ("*path* = /etc/*", {"source_path": "/etc/passwd"}, True),
        ("message.to = x", {"message": {"to": "x", "cc": "y"}}, True),
        ("message.to = x", {"message.to": "x"}, True),
        ("items.price > 9", {"items": [{"price": 1}, {"price": 10}]}, True),
        ("message = *secret*", {"message": {"body": {"text": "a secret"}}}, True),
        ("to = \x1b[31m*", {"to": "x"}, False),
    ],
)
def test_a_condition_compares_the_values_an_argument_has(text, arguments, fits):
    assert holds(text, arguments) is fits


def test_what_lets_run_needs_every_value_and_what_stops_needs_one():
    several = {"to": ["a@example.org", "b@elsewhere"]}
    assert not holds("to = *@example.org", several, strictly=True)
    assert holds("to != *@example.org", several)
    assert holds("to = *@example.org", {"to": ["a@example.org"]}, strictly=True)
    assert not holds("to = *", {"to": []}, strictly=True)
    assert not holds("to = *", {}, strictly=True)


def test_a_number_in_disguise_stops_a_call_and_never_lets_it_run():
    assert holds("amount > 100", {"amount": " 500 "}) and not holds("amount > 100", {"amount": "500"}, strictly=True)
    assert holds("amount > 100", {"amount": math.nan}) and not holds("amount < 1", {"amount": math.nan}, strictly=True)
    assert not holds("amount > 0", {"amount": True})
    assert holds("amount > 100", {"amount": 10**5000})


def test_an_argument_that_is_left_out_has_its_stated_default():
    document = api({"name": "amount", "schema": {"type": "integer", "default": 1000}})
    assert holds("amount > 100", {}, document=document)
    assert not holds("amount > 100", {"amount": 1}, document=document)


@pytest.mark.parametrize(
    "text", ["", "amount", "= 3", "amount > many", "amount < nan", "a..b = 1", f"{'a.' * 30}a = 1"]
)
def test_a_condition_that_means_nothing_is_refused(text):
    with pytest.raises(SettingError):
        read_condition(text)


def test_rules_on_arguments_decide_in_order():
    rules = (
        read_rule({"verdict": "refuse", "api": "shop.pay", "arguments": "amount > 100", "reason": "too much"}, "t"),
        read_rule({"verdict": "run", "package": "shop", "arguments": ["amount <= 10"]}, "t"),
    )
    policy = DefaultPolicy((*rules, *DEFAULT_RULES))
    assert [policy.decide(api(), {"amount": n}).verdict for n in (101, 50, 10)] == ["refuse", "ask", "run"]
    decided = policy.decide(api(), {"amount": 101})
    assert (decided.reason, decided.rule) == ("too much", "refuse calls of shop.pay where amount > 100")


def test_a_dotted_name_means_this_package_only():
    rule = Rule("run", api="shop.pay*")
    assert rule.matches(api(name="pay_all"))
    assert not rule.matches(api(package="evil", name="shop.pay"))
    assert not Rule("run", api="shop.*").matches(api(package="shop2"))
    assert not Rule("run", api="s*.pay").matches(api())
    assert Rule("run", package="mail", api="user.get").matches(api(package="mail", name="user.get"))


def test_a_rule_about_an_origin_never_lets_run_and_always_stops():
    assert not Rule("run", origin="said").matches(api())
    assert Rule("refuse", origin="result").matches(api())
    with pytest.raises(SettingError, match="origin"):
        read_rule({"verdict": "refuse", "origin": "elsewhere"}, "t")
