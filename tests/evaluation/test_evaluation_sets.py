import gzip
from pathlib import Path

import pytest
from small_set import APIS, CASES, call, write_lines

from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import EvaluationSetError
from taskmatrix.evaluation.cases import PlanningCase
from taskmatrix.evaluation.gold import find_gold_faults
from taskmatrix.evaluation.sets import load_planning_set, load_retrieval_set


def test_a_set_is_read_plain_or_packed(folder: Path) -> None:
    given = load_planning_set(folder)
    assert list(given.documents) == ["deck.create_slide", "deck.insert picture", "mail.send"]
    assert [case.id for case in given.cases] == ["one", "two", "3", "four"]
    assert [case.request for case in given.cases][-1] == "Send it to Anna and Bob."
    assert [turn.text for turn in given.cases[-1].turns] == ["Send a message.", "To whom?"]
    assert len(load_planning_set(folder, limit=2).cases) == 2


def test_a_planning_set_can_be_searched_without_the_cases_that_expect_nothing(folder: Path) -> None:
    given = load_retrieval_set(folder)
    assert [(case.query, case.relevant) for case in given.cases] == [
        ('Create a slide titled "A".', ("deck.create_slide",)),
        ("Create a slide titled B and put a picture on it.", ("deck.create_slide", "deck.insert picture")),
        ("Send it to Anna and Bob.", ("mail.send",)),
    ]
    assert given.skipped == 1


def test_of_documents_and_parameters_of_one_name_the_first_counts(tmp_path: Path) -> None:
    twice = {**APIS[0], "parameters": [{"name": "x", "description": "path"}, {"name": "x"}, {"name": "y"}]}
    write_lines(tmp_path / "apis.jsonl", [twice, APIS[0]])
    write_lines(tmp_path / "cases.jsonl", [])
    (document,) = load_planning_set(tmp_path).documents.values()
    assert [(p.name, p.description) for p in document.parameters] == [("x", "path"), ("y", "")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ("\xff", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"id": "x", "query": "q", "relevant": []}', "no 'expected'"),
        ('{"id": "x", "expected": []}', "neither an instruction nor a user message"),
        ('{"id": "x", "instruction": "i", "expected": [{"arguments": {}}]}', "expected.0.api"),
        ('{"id": "x", "instruction": "i", "expected": [{"api": "a", "arguments": {"p": 1}}]}', "arguments.p"),
        ('{"id": "x", "instruction": "i", "expected": [], "order": "upwards"}', "order"),
        ('{"id": "x", "instruction": "i", "expected": [], "apis": ["no.such"]}', "'no.such' is on offer"),
        ('{"id": "x", "messages": [{"role": "king", "content": ""}], "expected": []}', "messages.0.role"),
    ],
)
def test_a_malformed_case_is_refused_with_file_and_line(folder: Path, line: str, message: str) -> None:
    (folder / "cases.jsonl.gz").unlink()
    write_lines(folder / "cases.jsonl", CASES[:1])
    with (folder / "cases.jsonl").open("ab") as stream:
        stream.write(b"\n" + line.encode("latin-1") + b"\n")
    with pytest.raises(EvaluationSetError) as caught:
        load_planning_set(folder)
    assert f"{folder / 'cases.jsonl'}, line 3: " in caught.value.message
    assert message in caught.value.message


def test_a_malformed_document_is_refused_with_file_and_line(folder: Path) -> None:
    write_lines(folder / "apis.jsonl", [APIS[0], {"package": "p", "name": "", "description": "", "parameters": []}])
    with pytest.raises(EvaluationSetError, match=r"apis\.jsonl, line 2: name: "):
        load_planning_set(folder)


def test_missing_and_damaged_files_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationSetError, match="has no apis"):
        load_planning_set(tmp_path / "nowhere")
    (folder / "cases.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(EvaluationSetError, match="cannot be read"):
        load_planning_set(folder)
    packed = gzip.compress(b'{"id": 1, "instruction": "i", "expected": []}\n' * 1000)
    (folder / "cases.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(EvaluationSetError, match="cannot be read"):
        load_planning_set(folder)


@pytest.mark.parametrize(
    ("expected", "fault"),
    [
        (call("deck.create_slide", title=["x"]), None),
        (call("deck.no_such"), "deck.no_such: no such API"),
        (call("deck.create_slide"), "required parameter 'title' is not given"),
        (call("deck.create_slide", title=[]), "required parameter 'title' is not given"),
        (call("deck.create_slide", title=["x"], colour=["red"]), "no parameter 'colour'"),
        (call("deck.insert picture", slide=[1], width=["wide"]), "width: 'wide' is no int"),
        (call("deck.insert picture", slide=[1], width=["7"]), None),
        (call("deck.insert picture", slide=[1], width=[7.5]), "width: 7.5 is no int"),
        (call("deck.insert picture", slide=[1], width=[True]), "width: True is no int"),
        (call("deck.insert picture", slide=[{"$ref": "c9"}]), "refers to 'c9', which no call has as id"),
        (call("mail.send", to=["anna"]), "to: 'anna' is no list"),
    ],
)
def test_gold_that_breaks_its_own_documents_is_told(expected: dict[str, object], fault: str | None) -> None:
    documents = {d.id: d for d in map(parse_document, APIS)}
    case = PlanningCase.model_validate({"id": "x", "instruction": "i", "expected": [expected]})
    faults = find_gold_faults(case, documents)
    assert faults == [] if fault is None else any(fault in told for told in faults), faults


@pytest.mark.parametrize(("name", "count"), [("read", 660), ("unread", 178)])
def test_the_golds_of_the_sets_that_come_with_the_project_keep_to_their_documents(name: str, count: int) -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "function_calls" / name
    given = load_planning_set(folder)
    assert len({case.id for case in given.cases}) == len(given.cases) == count
    assert [case.id for case in given.cases if find_gold_faults(case, given.documents)] == []
