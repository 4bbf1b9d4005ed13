import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import parse_document
from taskmatrix.core.effects import UNKNOWN, Effect
from taskmatrix.policy import DEFAULT_RULES, DefaultPolicy, Rule, approve_all


def api(effects=None, package="shop", name="pay"):
    data = {"package": package, "name": name, "description": "d", "parameters": []}
    document = parse_document(data)
    return document if effects is None else document.model_copy(update={"effects": Effect.model_validate(effects)})


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [
        ("read", "run"),
        ("write", "run"),
        ("destructive", "ask"),
        ("physical", "ask"),
        ({"kind": "read", "inferred": True}, "run"),
        ({"kind": "write", "inferred": True}, "ask"),
        ({"kind": "destructive", "inferred": True}, "ask"),
        (None, "ask"),
    ],
)
def test_the_default_policy_asks_about_what_is_risky_or_unknown(effects, verdict):
    decision = DefaultPolicy().decide(api(effects), {})
    assert decision.verdict == verdict
    assert bool(decision.reason) == (verdict == "ask")


def test_a_document_that_says_nothing_counts_as_an_inferred_write():
    assert api().effects == UNKNOWN


def test_the_first_rule_that_matches_decides():
    rules = (
        Rule("refuse", "never", package="shop", api="pay"),
        Rule("ask", "ask first", package="shop"),
        Rule("run", api="get_*"),
    )
    policy = DefaultPolicy(rules)
    assert policy.decide(api("read"), {}).verdict == "refuse"
    assert policy.decide(api("read", name="list"), {}).reason == "ask first"
    assert policy.decide(api("write", package="web", name="get_page"), {}).verdict == "run"


def test_what_no_rule_covers_is_asked_about():
    decision = DefaultPolicy(()).decide(api("read"), {})
    assert (decision.verdict, decision.reason) == ("ask", "no rule of the policy covers it")


def test_globs_match_whole_original_names():
    rule = Rule("run", package="az *", api="* delete")
    assert rule.matches(api("write", package="az vm", name="disk delete"))
    assert not rule.matches(api("write", package="az vm", name="disk delete now"))


@given(st.sampled_from(["read", "write", "destructive", "physical"]), st.booleans())
def test_approving_everything_still_refuses_what_was_refused(kind, inferred):
    document = api({"kind": kind, "inferred": inferred})
    assert approve_all().decide(document, {}).verdict == "run"
    strict = DefaultPolicy((Rule("refuse", "no", effects=("destructive",)), *DEFAULT_RULES))
    expected = "refuse" if kind == "destructive" else "run"
    assert approve_all(strict).decide(document, {}).verdict == expected
