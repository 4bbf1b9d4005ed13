import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from public_sets import banking77, clinc150, sgd_train, taskmaster3
from public_sets.checkouts import Checkout, CheckoutError
from public_sets.planning_set import PlanningSet, call, case, document, parameter, read_number, read_table, write_set
from public_sets.sources import SOURCES, Source
from public_sets.type_names import read_type, typed_value

from taskmatrix.evaluation.gold import find_gold_faults
from taskmatrix.evaluation.sets import load_planning_set

SCRIPT = Path(__file__).parents[2] / "training" / "make_public_sets.py"
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]


def commit(folder: Path, files: dict[str, str]) -> Checkout:
    """Return a checkout of a repository that holds these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "files"]):
        subprocess.run([*GIT, *command], cwd=folder, check=True)
    head = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return Checkout(folder, Source("owner/name", head.stdout.strip(), "MIT", "everything"))


def test_files_are_read_at_the_commit_whatever_lies_in_the_folder(tmp_path: Path) -> None:
    checkout = commit(tmp_path / "work", {"data/b.txt": "two\r\n", "data/a.txt": "one", "c.md": ""})
    (tmp_path / "work/data/a.txt").write_text("changed")
    assert checkout.paths(r"data/[^/]*\.txt") == ["data/a.txt", "data/b.txt"]
    assert checkout.read(["data/b.txt", "c.md", "data/a.txt"]) == {
        "data/b.txt": b"two\r\n",
        "c.md": b"",
        "data/a.txt": b"one",
    }
    assert checkout.text("data/b.txt") == "two\n"


def test_a_bare_repository_is_read_like_a_work_tree(tmp_path: Path) -> None:
    source = commit(tmp_path / "work", {"a.txt": "one"}).source
    subprocess.run([*GIT, "clone", "-q", "--bare", str(tmp_path / "work"), str(tmp_path / "bare")], check=True)
    assert Checkout(tmp_path / "bare", source).text("a.txt") == "one"


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    checkout = commit(tmp_path / "work", {"a.txt": "one"})
    with pytest.raises(CheckoutError, match=r"gone is missing: git clone https://github.com/owner/name"):
        Checkout(tmp_path / "gone", checkout.source)
    with pytest.raises(CheckoutError, match="no checkout of owner/name with commit 0000"):
        Checkout(tmp_path / "work", Source("owner/name", "0" * 40, "MIT", ""))
    with pytest.raises(CheckoutError, match=r"lacks b\.txt at commit"):
        checkout.data("b.txt")


def test_the_script_refuses_before_it_writes_where_a_checkout_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path), str(tmp_path / "out"), "clinc150"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "clinc+oos-eval is missing: git clone https://github.com/clinc/oos-eval" in done.stderr
    assert not (tmp_path / "out").exists()


def test_every_set_names_its_sources_with_whole_commits() -> None:
    sources = [source for found in SOURCES.values() for source in found]
    assert len(SOURCES) == 18
    assert all(len(source.commit) == 40 and source.licence and source.reads for source in sources)


def sound(folder: Path, made: PlanningSet) -> list[str]:
    write_set(folder, made)
    read = load_planning_set(folder)
    return [fault for row in read.cases for fault in find_gold_faults(row, read.documents)]


def test_intents_become_cases_that_choose_or_refuse(tmp_path: Path) -> None:
    intents = list(read_table("clinc150"))
    splits = {split: [] for split in clinc150.SPLITS}
    splits["train"] = [[f"please {intent.replace('_', ' ')}", intent] for intent in intents]
    splits["oos_test"] = [["how tall is the tower", "oos"]]
    files = {"data/data_full.json": json.dumps(splits), "data/domains.json": json.dumps({"home": intents})}
    made = clinc150.convert(commit(tmp_path / "work", files))
    assert {row["kind"] for row in made.cases} == {"call", "left_out", "out_of_scope"}
    assert sound(tmp_path / "set", made) == []


def test_the_same_rows_give_the_same_cases(tmp_path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["text", "category"])
    writer.writerows(
        [f"My {intent} question, number {n}", intent] for n in range(3) for intent in read_table("banking77")
    )
    checkout = commit(tmp_path / "work", {f"banking_data/{split}.csv": text.getvalue() for split in ("train", "test")})
    made = banking77.convert(checkout)
    assert made == banking77.convert(checkout)
    assert sound(tmp_path / "set", made) == []


def test_a_set_that_contradicts_itself_is_not_written(tmp_path: Path) -> None:
    api = document("shop", "order", "Order.", [parameter("item", "Thing.", required=True)])
    made = PlanningSet([api], [case("1", "Order.", ["shop.order"], [call("shop.order", {})], "call")])
    with pytest.raises(ValueError, match=r"1: shop\.order lacks item"):
        write_set(tmp_path / "set", made)


@pytest.mark.parametrize(
    ("text", "schema", "optional"),
    [
        ("str", {"type": "string"}, False),
        ("List[int], optional", {"type": "array", "items": {"type": "integer"}}, True),
        ("Optional[float]", {"type": "number"}, True),
        ("Union[int, str]", {"type": ["integer", "string"]}, False),
        ("Dict[str, int]", {"type": "object"}, False),
        ("Widget", {}, False),
    ],
)
def test_types_are_read_as_documents_write_them(text: str, schema: dict, optional: bool) -> None:
    assert (read_type(text).schema, read_type(text).optional) == (schema, optional)


def test_values_in_quotes_get_their_schemas_type() -> None:
    assert typed_value("7", {"type": "integer"}) == 7
    assert typed_value("true", {"type": "boolean"}) is True
    assert typed_value("[1, 2]", {"type": "array"}) == [1, 2]
    assert typed_value("seven", {"type": "integer"}) == "seven"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,200 people", 1200), ("2.5", 2.5), ("twenty-three", 23), ("a couple", 2), ("3 or 4", None), ("some", None)],
)
def test_one_number_is_read_from_digits_or_words(text: str, number: float | None) -> None:
    assert read_number(text) == number


SPLIT = (
    "<U>Saturday, two of us.<C><U>I want to see Emma.<A>Where?<U>In Salem, Oregon."
    "<PN>resolve_location<PAN>location<PAV>Salem, Oregon<PR>resolve_location<PRAN>location<PRAV>Salem, Oregon"
    "<PN>find_theaters<PAN>location<PAV>Salem, Oregon<PAN>name.movie<PAV>Emma"
    "<PR>find_theaters<PRAN>name.theater<PRAV>Century 16<A>Century 16 has it. When, and how many?"
    "\t[PN]book_tickets[PAN]name.movie[PAV]Emma[PAN]name.theater[PAV]Century 16[PAN]num.tickets[PAV]two"
    "[PAN]date.showing[PAV]Saturday\tdlg-1\n"
    "<U>Which one?<C><U>Hello\t[PN]find_showtimes[PAN]name.movie[PAV]Nobody said this\tdlg-2\n"
)


def judged(reward: float) -> str:
    context = [{"role": "user", "text": f"What is Thor about, take {reward}?"}]
    answer = {"api": {"get_movie_attribute": {"name.movie": "Thor", "attribute": "description.plot"}}}
    return json.dumps([{"context": json.dumps(context), "generation": json.dumps(answer), "reward": reward}])


def test_ticket_dialogues_expect_the_call_after_a_users_turn(tmp_path: Path) -> None:
    files = {
        "splits/train/train-bc.tsv": SPLIT,
        "reward/reward_00.json": judged(1.0),
        "reward/reward_01.json": judged(0),
    }
    made = taskmaster3.convert(commit(tmp_path / "work", {f"TM-3-2020/{path}": text for path, text in files.items()}))
    write_set(tmp_path / "set", made)
    found = {gold["api"].split(".")[1]: list(gold["arguments"].values()) for c in made.cases for gold in c["expected"]}
    first = {"find_theaters", "book_tickets", "get_movie_attribute"}
    assert set(found) <= first | {"searchCinemas", "buyTickets", "filmDetails"}
    assert sorted(sorted(map(str, values)) for values in found.values()) == [
        ["['Century 16']", "['Emma']", "['Saturday']", "[2]"],
        ["['Emma']", "['Salem, Oregon']"],
        ["['Thor']", "['plot']"],
    ]
    booked = next(c for c in made.cases if len(c.get("messages", ())) > 3)
    assert [m["role"] for m in booked["messages"]] == ["user", "assistant", "user", "tool", "assistant", "user"]
    assert made.dropped["value not said"] == 1


def schema(version: int) -> str:
    """Two services: the calls of Banks_2 measure. A version names all else, in the same order."""
    mark = f"_{version}" if version else ""
    kinds = {"kind": ["checking", "savings"], "name": [], "count": ["1", "2"], "urgent": ["True", "False"]}
    slots = [
        {"name": name + mark, "description": f"The {name}", "is_categorical": bool(values), "possible_values": values}
        for name, values in kinds.items()
    ]
    intents = [
        {
            "name": f"Pay{mark}",
            "description": "Pay somebody",
            "required_slots": [f"kind{mark}", f"name{mark}"],
            "optional_slots": {f"count{mark}": "1", f"urgent{mark}": "False"},
        }
    ]
    services = [f"Banks_1{mark and version}", f"Banks_2{mark and version}"]
    return json.dumps(
        [{"service_name": s, "description": "A bank", "slots": slots, "intents": intents} for s in services]
    )


def payment(number: int, service: str) -> dict:
    def user(text: str) -> dict:
        return {
            "speaker": "USER",
            "utterance": text,
            "frames": [{"service": service, "state": {"active_intent": "Pay"}}],
        }

    asks = {"service": service, "actions": [{"act": "REQUEST", "slot": "name"}]}
    values = {"kind": "savings", "name": "Ann", "count": "2", "urgent": "True"}
    pays = {"service": service, "actions": [], "service_call": {"method": "Pay", "parameters": values}}
    turns = [
        user("Pay twice from my savings, it is urgent."),
        {"speaker": "SYSTEM", "utterance": "Whom?", "frames": [asks]},
        user("Ann"),
        {"speaker": "SYSTEM", "utterance": "Done.", "frames": [pays]},
    ]
    return {"dialogue_id": f"1_{number:05}", "services": [service], "turns": turns}


def test_dialogues_of_services_that_measure_are_left_out(tmp_path: Path) -> None:
    dialogues = [payment(n, "Banks_1") for n in range(60)] + [payment(n, "Banks_2") for n in range(60, 63)]
    files = {"train/schema.json": schema(0), "train/dialogues_001.json": json.dumps(dialogues)}
    files |= {f"sgd_x/data/v{n}/train/schema.json": schema(n) for n in range(1, 6)}
    files["train/dialogues_037.json"] = "[ absent where the shipped set was made"
    made = sgd_train.convert(commit(tmp_path / "work", files))
    assert sound(tmp_path / "set", made) == []
    assert made.dropped["calls a service that is measured"] == 3
    assert not [api for api in made.apis if "Banks_2" in api["package"]]
    packages = {gold["api"].split(".")[0] for c in made.cases for gold in c["expected"]}
    assert packages == {"sgd", *(f"sgd_v{n}" for n in range(1, 6))}
    values = {api.split(".")[0]: list(given.values()) for c in made.cases for api, given in called(c)}
    assert values["sgd"] == [["savings"], ["Ann"], ["2"], ["True"]]
    assert values["sgd_v2"] == [["savings"], ["Ann"], [2], [True]]
    asked = [c for c in made.cases if not c["expected"]]
    assert asked
    assert {c["split"] for c in asked} == {"ask"}
    assert all(c["messages"][-1]["content"] == "Pay twice from my savings, it is urgent." for c in asked)


def called(made: dict) -> list[tuple[str, dict]]:
    return [(gold["api"], gold["arguments"]) for gold in made["expected"]]
