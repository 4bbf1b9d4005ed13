from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from small_set import APIS, CASES, Asks, Oracle, Raises, Silent, Writes, call, write_lines

from taskmatrix.core.errors import ModelError, NothingFitsError
from taskmatrix.core.protocols import Call, Mcfm
from taskmatrix.evaluation import case_line, measure_planning, planning_figures


def figures(folder: Path, mcfm: Mcfm, **options: Any) -> dict[str, Any]:
    return planning_figures(measure_planning(folder, mcfm, **options))


def test_an_oracle_is_right_in_everything(folder: Path) -> None:
    found = figures(folder, Oracle())
    assert found["cases"] == 4
    assert found["exact"] == found["api_f1"] == found["argument_f1"] == 1
    assert found["abstention"] == {"precision": 1.0, "recall": 1.0}
    assert found["selective"] == {"100": 1.0, "70": 1.0, "50": 1.0, "20": 1.0}
    assert found["errors"] == {}
    assert found["gold_invalid"] == []
    assert found["split/easy/exact"] == found["split/hard/exact"] == 1
    assert found["split/easy/cases"] == found["split/hard/cases"] == 1


def test_doing_nothing_is_right_only_where_nothing_is_asked(folder: Path) -> None:
    found = figures(folder, Silent())
    assert found["exact"] == 0.25
    assert found["api_f1"] == found["argument_f1"] == 0
    assert found["abstention"] == {"precision": 0.25, "recall": 1.0}
    assert found["ece"] == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("def (", "syntax"),
        ("from deck import nothing", "unknown-api"),
        ("raise ValueError('no')", "raised"),
        ("from mail import send\nif send(to=[]):\n    pass", "opaque"),
    ],
)
def test_programs_that_break_off_count_by_kind_and_as_wrong(folder: Path, code: str, kind: str) -> None:
    write_lines(folder / "cases.jsonl.gz", [{**CASES[3], "expected": []}, CASES[3]])
    found = figures(folder, Writes(code))
    assert found["errors"] == {kind: 2}
    assert found["exact"] == 0
    assert found["abstention"]["precision"] is None, "a program that broke off did not choose to do nothing"


def test_a_question_counts_as_its_best_reading(folder: Path) -> None:
    write_lines(folder / "cases.jsonl.gz", [CASES[0]])
    found = figures(folder, Asks())
    assert found["asked"] == found["exact"] == 1


def test_a_model_that_fails_counts_as_an_error_and_a_refusal_does_not(folder: Path) -> None:
    assert figures(folder, Raises(ModelError("gone")))["errors"] == {"model-failed": 4}
    assert figures(folder, Raises(ZeroDivisionError("a bug")))["errors"] == {"crashed": 4}
    refused = figures(folder, Raises(NothingFitsError("no")))
    assert refused["errors"] == {}
    assert refused["abstention"]["recall"] == 1


def test_exactly_the_apis_of_a_case_are_on_offer_else_the_selector_finds_them(folder: Path) -> None:
    oracle = Oracle()
    measure_planning(folder, oracle)
    offered = {r.instruction: sorted(d.id for d in r.documents) for r in oracle.requests}
    assert offered[str(CASES[0]["instruction"])] == ["deck.create_slide", "mail.send"]
    assert offered["Send it to Anna and Bob."] == ["mail.send"]
    assert {"deck.create_slide", "deck.insert picture"} <= set(offered[str(CASES[1]["instruction"])])


def test_what_nothing_in_the_set_fits_is_refused_before_the_model_is_asked(folder: Path) -> None:
    write_lines(folder / "cases.jsonl.gz", [{"id": 1, "instruction": "Tune my piano.", "expected": []}])
    oracle = Oracle()
    assert figures(folder, oracle)["exact"] == 1
    assert oracle.requests == []


def test_cases_of_a_session_see_the_earlier_instructions_with_their_gold_calls(folder: Path) -> None:
    session = [
        {
            "id": n,
            "session": s,
            "instruction": f"Send {n}.",
            "apis": ["mail.send"],
            "expected": [call("mail.send", to=[[n]])],
        }
        for n, s in (("a", "s"), ("b", "t"), ("c", "s"))
    ]
    write_lines(folder / "cases.jsonl.gz", session)
    oracle = Oracle()
    measure_planning(folder, oracle)
    turns = [[(t.text, t.calls) for t in r.context.turns] for r in oracle.requests]
    assert turns == [[], [], [("Send a.", (Call("mail.send", {"to": ["a"]}, None),))]]


def test_dialogues_are_given_as_context(folder: Path) -> None:
    oracle = Oracle()
    measure_planning(folder, oracle)
    request = next(r for r in oracle.requests if r.instruction == "Send it to Anna and Bob.")
    assert [(t.role, t.text) for t in request.context.turns] == [
        ("user", "Send a message."),
        ("assistant", "To whom?"),
    ]


def test_a_case_is_read_against_its_own_clock_else_against_the_one_given(folder: Path) -> None:
    write_lines(folder / "cases.jsonl.gz", [{**CASES[0], "now": "2019-03-01T09:00:00+01:00"}, *CASES[1:]])
    given = datetime(2020, 2, 29, 12, tzinfo=UTC)
    oracle = Oracle()
    measure_planning(folder, oracle, now=given)
    clocks = [request.context.now for request in oracle.requests]
    assert clocks[0] == datetime.fromisoformat("2019-03-01T09:00:00+01:00")
    assert clocks[-1] == given


def test_composition_instructions_can_be_left_out(folder: Path) -> None:
    with_it, without_it = Oracle(), Oracle()
    measure_planning(folder, with_it)
    measure_planning(folder, without_it, without="composition")
    assert with_it.requests[0].documents[0].composition == "Call open first."
    assert all(not d.composition and not d.rules for r in without_it.requests for d in r.documents)


def test_invalid_gold_is_told_and_stays_in_the_figures(folder: Path) -> None:
    broken = {**CASES[0], "expected": [call("deck.create_slide", colour=["red"])]}
    write_lines(folder / "cases.jsonl.gz", [broken])
    found = figures(folder, Oracle())
    assert found["cases"] == 1
    assert found["gold_invalid"] == [
        {
            "id": "one",
            "reasons": [
                "deck.create_slide: no parameter 'colour'",
                "deck.create_slide: required parameter 'title' is not given",
            ],
        }
    ]


def test_the_line_of_a_case_tells_how_it_failed(folder: Path) -> None:
    results = measure_planning(folder, Writes("from mail import send\nsend(to=['Eve'])\n1 / 0"), limit=1)
    line = case_line(results[0])
    assert line["predicted"] == [{"id": "c0", "api": "mail.send", "arguments": {"to": ["Eve"]}}]
    assert line["error"] == "raised"
    assert "ZeroDivisionError" in str(line["detail"])
    assert line["program"] == "from mail import send\nsend(to=['Eve'])\n1 / 0"


def test_progress_is_told_case_by_case(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    measure_planning(folder, Oracle(), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_set_is_what_is_measured_and_not_what_happens_to_be_registered(folder: Path) -> None:
    write_lines(folder / "apis.jsonl", APIS[:1])
    write_lines(folder / "cases.jsonl.gz", [{"id": 1, "instruction": "Send a mail.", "expected": []}])
    assert figures(folder, Oracle())["abstention"]["recall"] == 1
