"""Every call that changes something belongs to a step of the outline, and every step is done."""

import pytest
from verifier_documents import DECK, MAIL, STORE, found

from taskmatrix.core.programs import Plan, PlannedStep

HEAD = "import deck, mail, store\n"


def plan(*steps: str, must: bool = False) -> Plan:
    """Write steps down as `words: api api`."""
    found: list[PlannedStep] = []
    for step in steps:
        words, _, apis = step.partition(":")
        found.append(PlannedStep(text=words, apis=tuple(apis.split()), must=tuple(apis.split()) if must else ()))
    return Plan(steps=tuple(found))


@pytest.fixture
def effects(verifier):
    def of(code: str, asked: Plan) -> list[tuple[int, str]]:
        report = verifier.check(HEAD + code, (*DECK, *MAIL, *STORE), asked)
        return [
            (line - 1, rule) for line, rule, _ in found(report) if rule in ("effect-without-step", "step-not-done")
        ]

    return of


@pytest.mark.parametrize(
    "code",
    [
        "deck.delete_deck()",
        "if deck.slides():\n    deck.delete_deck()",
        "for s in deck.slides():\n    deck.delete_deck()",
        "try:\n    deck.delete_deck()\nfinally:\n    pass",
        "def f():\n    deck.delete_deck()\nf()",
        "f = lambda: deck.delete_deck()\nf()",
        "f = deck.delete_deck\nf()",
        "[deck.delete_deck() for s in deck.slides()]",
    ],
)
def test_an_effect_that_no_step_asks_for_is_an_error_wherever_it_is(effects, code):
    place = next(i for i, line in enumerate(code.splitlines(), 1) if "delete_deck" in line)
    assert effects(code, plan("look: deck.slides")) == [(place, "effect-without-step")]
    assert effects(code, plan("delete it: deck.delete_deck")) == []


def test_reads_belong_to_any_step_and_without_a_plan_nothing_is_said(effects, verifier):
    assert effects("deck.slides()", plan("send: mail.send")) == []
    assert verifier.check(HEAD + "deck.delete_deck()", (*DECK, *MAIL, *STORE)).ok


def test_what_a_rule_makes_part_of_a_call_belongs_to_its_step(effects):
    assert effects("deck.open_deck('a')\ndeck.save()", plan("open the deck: deck.open_deck")) == []
    assert effects("store.open_box()\nstore.put('a')\nstore.close_box()", plan("keep it: store.put")) == []
    assert effects("deck.open_deck('a')\ndeck.save()\nmail.send('x')", plan("open: deck.open_deck")) == [
        (3, "effect-without-step")
    ]


def test_the_finding_names_effect_and_steps(verifier):
    report = verifier.check(HEAD + "deck.delete_deck()", (*DECK, *MAIL, *STORE), plan("look: deck.slides"))
    (finding,) = report.findings
    assert finding.message == "`deck.delete_deck` cannot be taken back, and no step of the outline asks for it"
    assert "1. look" in finding.hint


STEPS = plan("move it: mail.move", "tell her: mail.send", "tell him: mail.send", must=True)


def test_a_step_that_is_not_done_is_an_error(effects):
    assert effects("mail.send('a')\nmail.send('b')", STEPS) == [(-1, "step-not-done")]


@pytest.mark.parametrize("heading", ["# {}. do", "# step {}: do", "#{}) do", "#   Step {}. do"])
def test_what_stands_under_a_step_must_do_it(effects, heading):
    one, two, three = (heading.format(n) for n in (1, 2, 3))
    move = "mail.move(mail.find('a')['id'])"
    assert effects(f"{one}\n{move}\n{two}\nmail.send('a')\n{three}\nmail.send('b')", STEPS) == []
    assert effects(f"{one}\n{move}\n{two}\nmail.send('a')\n{three}\nx = 1", STEPS) == [(-1, "step-not-done")]
    assert effects(f"{one}\n{move}\n{two}\n{three}\nfor n in ['a', 'b']:\n    mail.send(n)", STEPS) == []


def test_a_program_with_functions_is_not_judged_by_what_stands_under_its_steps(effects):
    move = "# 1. move\nmail.move(mail.find('a')['id'])"
    code = f"def tell(n):\n    mail.send(n)\n{move}\n# 2. tell\ntell('a')\n# 3. tell\ntell('b')"
    assert effects(code, STEPS) == []
