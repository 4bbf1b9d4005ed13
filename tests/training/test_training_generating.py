import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from taskmatrix.evaluation.gold import find_gold_faults
from taskmatrix.evaluation.sets import PlanningSet, load_planning_set

SCRIPT = Path(__file__).parents[2] / "training" / "generate_instructions.py"
SOURCES = (
    "jentic mcp_tools ppconnectors google aws office_js office_vba "
    "py_matplotlib py_pandas py_pptx py_scipy py_skimage py_sympy"
).split()


def parameter(name: str, kind: str, about: str, required: bool = False, **schema: object) -> dict:
    return {"name": name, "description": about, "required": required, "schema": {"type": kind, **schema}}


DOCUMENTS = [
    {
        "package": "library",
        "name": "search_books",
        "description": "Search for books in the catalogue.",
        "parameters": [
            parameter("title", "string", "Title of the book.", True),
            parameter("author", "string", "Name of the author."),
            parameter("limit", "integer", "How many results at most."),
            parameter("language", "string", "Language of the book.", enum=["english", "french", "german"]),
        ],
    },
    {
        "package": "library",
        "name": "reserve_book",
        "description": "Reserve a book for a member.",
        "parameters": [
            parameter("title", "string", "Title of the book.", True),
            parameter("member_email", "string", "E-mail address of the member.", True),
            parameter("pickup_date", "string", "Date on which it is fetched (YYYY-MM-DD)."),
            parameter("notify", "boolean", "Whether the member gets a message."),
        ],
    },
    {
        "package": "garden",
        "name": "water_plants",
        "description": "Water the plants of a garden bed.",
        "parameters": [
            parameter("duration", "number", "How many minutes.", True),
            parameter("beds", "array", "Names of the beds.", items={"type": "string"}),
        ],
    },
    {
        "package": "garden",
        "name": "measure_moisture",
        "description": "Measure the moisture of the soil.",
        "parameters": [parameter("depth", "number", "Depth in cm.", True)],
    },
]
COMMANDS = [
    ("pack file {{notes.txt}} --level {{9}}", "Pack a file with a level of compression"),
    ("pack file {{image.png}} --level {{3}} --keep", "Pack a file and keep the original"),
    ("pack list {{backup.zip}}", "List the content of an archive"),
    ("pack list {{photos.zip}} --long", "List the content of an archive with details"),
    ("pack verify {{data.zip}} --password {{secret}}", "Check an archive that has a password"),
]
AZURE = {
    "package": "Azure CLI: az shelf",
    "name": "az shelf create",
    "description": "Create a shelf.",
    "parameters": [
        {"name": "--name", "description": "Name of the shelf.", "required": True, "schema": {}},
        {"name": "--location", "description": "Where it stands.", "required": False, "schema": {}},
    ],
}


def write(path: Path, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for source in SOURCES:
        write(folder / "corpus" / f"{source}.jsonl.gz", DOCUMENTS if source == "jentic" else [])
    page = {"package": "CLI: pack", "name": "pack", "description": "Pack files.", "parameters": []}
    tldr = [{"query": query, "relevant": ["CLI: pack.pack"], "call": call} for call, query in COMMANDS]
    rows = [{"id": f"tldr-{number}", **tldr[number % len(tldr)]} for number in range(40)]
    write(folder / "retrieval" / "tldr" / "apis.jsonl.gz", [page])
    write(folder / "retrieval" / "tldr" / "cases.jsonl.gz", rows)
    create = {"query": "Create a shelf in a location", "relevant": ["Azure CLI: az shelf.az shelf create"]}
    rows = [
        {"id": f"azure-{number}", **create, "call": f"az shelf create --name Shelf{number} --location westeurope"}
        for number in range(20)
    ]
    write(folder / "retrieval" / "azure_cli" / "apis.jsonl.gz", [AZURE])
    write(folder / "retrieval" / "azure_cli" / "cases.jsonl.gz", rows)
    return folder


def generate(data: Path, out: Path, cases: int, *options: str) -> None:
    command = [sys.executable, str(SCRIPT), str(data), str(out), "--cases", str(cases), *options]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> PlanningSet:
    out = tmp_path_factory.mktemp("made")
    generate(data, out, 200)
    return load_planning_set(out)


def test_generated_cases_are_a_planning_set_whose_gold_fits_its_documents(made: PlanningSet) -> None:
    assert len(made.cases) == 200
    assert [fault for case in made.cases for fault in find_gold_faults(case, made.documents)] == []


def test_generated_cases_have_refusals_single_calls_and_several(made: PlanningSet) -> None:
    counts = {min(len(case.expected), 2) for case in made.cases}
    assert counts == {0, 1, 2}


def test_the_same_documents_give_the_same_cases(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(data, tmp_path / name, 40)
    one, two = ((tmp_path / name / "cases.jsonl").read_text(encoding="utf-8") for name in ("one", "two"))
    assert one == two


def test_values_stand_in_the_instruction_where_their_spans_say(data: Path, tmp_path: Path) -> None:
    generate(data, tmp_path, 100)
    cases = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    spans = [
        (case["instruction"], *span) for case in cases for call in case["expected"] for span in call["spans"].values()
    ]
    assert spans
    assert all(text[start:end].strip() for text, start, end in spans)


def test_dialogues_say_every_value_of_their_call_and_some_end_without_one(data: Path, tmp_path: Path) -> None:
    generate(data, tmp_path, 120, "--dialogues")
    made = load_planning_set(tmp_path)
    assert [fault for case in made.cases for fault in find_gold_faults(case, made.documents)] == []
    lines = [json.loads(line) for line in (tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {len(case["expected"]) for case in lines} == {0, 1}
    assert {case["messages"][-1]["role"] for case in lines} == {"user", "assistant"}
    for case in lines:
        said = "\n".join(message["content"] for message in case["messages"]).lower()
        values = [golds for call in case["expected"] for golds in call["arguments"].values()]
        for golds in values:
            texts = [gold for gold in golds if isinstance(gold, str) and gold.replace(" ", "").isalpha()]
            assert not texts or any(text.lower() in said for text in texts), case["id"]
