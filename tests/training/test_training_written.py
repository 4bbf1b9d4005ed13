import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from make_written_set import FILES, FaultError, Toolbox, convert, read_toolboxes

from taskmatrix.evaluation.gold import find_gold_faults
from taskmatrix.evaluation.sets import load_planning_set

SCRIPT = Path(__file__).parents[2] / "training" / "make_written_set.py"
TREES = {"name": "trees", "description": "Number of trees.", "required": True, "schema": {"type": "integer"}}
NOTE = {"name": "note", "description": "A note.", "required": False, "schema": {"type": "string"}}
UNIT = {"name": "unit", "description": "Unit.", "required": False, "schema": {"type": "string", "enum": ["kg", "t"]}}


APIS = [{"name": "estimate_yield", "description": "Estimate the yield of fruit.", "parameters": [TREES, UNIT, NOTE]}]


def toolbox(*cases: dict[str, Any]) -> Toolbox:
    return Toolbox("here", "orchard", [{"package": "orchard", **api} for api in APIS], list(cases))


def test_a_toolbox_becomes_cases_with_calls_without_and_with_a_question() -> None:
    told = toolbox(
        {"say": "What do 340 trees give?", "calls": [["estimate_yield", {"trees": {"any": [340, 341]}}]]},
        {"say": "Who won the contest?", "calls": []},
        {"say": "Estimate the yield of my trees", "asks": "estimate_yield"},
    )
    faults: list[str] = []
    called, refused, asked = convert([told], faults).cases
    assert faults == []
    assert called["expected"][0]["arguments"] == {"trees": [340, 341]}
    assert (refused["apis"], refused["expected"]) == (["orchard.estimate_yield"], [])
    assert (asked["split"], asked["apis"]) == ("ask", ["orchard.estimate_yield"])


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"trees": 7}, "trees: [7] is not found in what is said"),
        ({"unit": "kg"}, "orchard.estimate_yield needs trees"),
        ({"trees": 340, "unit": "stone"}, "unit: ['stone'] is no choice of ('kg', 't')"),
        ({"trees": 340, "note": "urgent"}, "note: ['urgent'] is not found in what is said"),
        ({"trees": {"any": []}}, "orchard.estimate_yield needs trees"),
        ({"trees": 340, "colour": "red"}, "orchard.estimate_yield has no parameter colour"),
    ],
)
def test_what_does_not_hold_together_is_named_and_left_out(given: dict[str, Any], fault: str) -> None:
    faults: list[str] = []
    told = toolbox({"say": "What do 340 trees give?", "calls": [["estimate_yield", given]]})
    assert convert([told], faults).cases == []
    assert [f.startswith(f"here case 0: {fault}") for f in faults] == [True]


@pytest.mark.parametrize("row", [{"say": "Hi"}, {"calls": []}, {"say": "Hi", "calls": [], "asks": "estimate_yield"}])
def test_a_case_says_something_and_has_calls_or_a_question(row: dict[str, Any]) -> None:
    faults: list[str] = []
    assert convert([toolbox(row)], faults).cases == []
    assert "'say' and one of 'calls' and 'asks' are needed" in faults[0]


def test_a_toolbox_that_is_there_twice_is_left_out() -> None:
    faults: list[str] = []
    told = toolbox({"say": "Who won the contest?", "calls": []})
    made = convert([told, told], faults)
    assert (len(made.apis), len(made.cases), faults) == (1, 1, ["here: orchard.estimate_yield is there twice"])


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n\n{'package'")
    with pytest.raises(FaultError, match=r"a\.jsonl:3 is no JSON"):
        read_toolboxes([tmp_path / "a.jsonl"])


def test_what_is_nearly_said_by_a_case_that_measures_is_left_out(tmp_path: Path) -> None:
    cases = [
        {"say": f"What do 340 {kind} trees give?", "calls": [["estimate_yield", {"trees": 340}]]} for kind in "ab"
    ]
    cases.append({"say": "Our neighbour has 12 trees; say what he may pick", "asks": "estimate_yield"})
    (tmp_path / "box.jsonl").write_text(json.dumps({"package": "orchard", "apis": APIS, "cases": cases}))
    (tmp_path / "measures").mkdir()
    kept = {"id": "1", "instruction": "what do 9 trees give", "expected": []}
    (tmp_path / "measures/cases.jsonl").write_text(json.dumps(kept))
    options = ["--files", str(tmp_path / "box.jsonl"), "--apart-from", str(tmp_path / "measures")]
    command = [sys.executable, str(SCRIPT), str(tmp_path / "set"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "1 cases, 1 APIs, 2 kept for measuring, 0 faults" in done.stdout


def test_all_that_was_written_holds_together(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith(", 0 faults")
    made = load_planning_set(tmp_path)
    assert len(FILES) == 71
    assert len(made.cases) > 31_000
    assert not [fault for row in made.cases for fault in find_gold_faults(row, made.documents)]
