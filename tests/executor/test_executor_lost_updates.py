from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from executor_stage import CHILD, Stage, resume_in_new_process, store_journal

from taskmatrix.core.errors import ApprovalDeniedError
from taskmatrix.core.events import EVENT, ArtifactMade, CallDone

PAUSED = "import desk, shop\ndesk.open_note('n.txt')\ndesk.append('mine')\nshop.pay(1)\ndesk.save()"


@pytest.fixture
def note(stage):
    (stage.directory / "n.txt").write_text("old\n")
    return stage


def interfere(stage, change, output):
    """Answer every payment after changing the note, and every question about an output with `output`."""

    def answer(request):
        if request.path is not None:
            return output
        change(stage.directory / "n.txt")
        return "approve"

    stage.answers = answer


def contents(stage):
    return {p.name: p.read_text() for p in stage.directory.iterdir() if p.name != "ledger"}


def change(path):
    path.write_text("theirs\n")


def delete(path):
    path.unlink()


def swap(path):
    other = path.with_name("other")
    other.write_text("theirs\n")
    other.replace(path)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("rename", {"n.txt": "theirs\n", "n-2.txt": "old\nmine\n"}),
        ("overwrite", {"n.txt": "old\nmine\n"}),
        ("deny", {"n.txt": "theirs\n"}),
    ],
)
@pytest.mark.parametrize("how", [change, swap])
def test_a_file_changed_since_it_was_opened_is_asked_about(note, output, expected, how):
    interfere(note, how, output)
    outcome = note.run(PAUSED)
    assert contents(note) == expected
    _, request = note.asked
    assert request.options == ("rename", "overwrite", "deny")
    assert "n.txt' has been changed since it was opened" in request.reason and "n-2.txt" in request.reason
    assert isinstance(outcome.error, ApprovalDeniedError) == (output == "deny")


@pytest.mark.parametrize(
    ("output", "expected"),
    [("rename", {"n-2.txt": "old\nmine\n"}), ("overwrite", {"n.txt": "old\nmine\n"}), ("deny", {})],
)
def test_a_file_deleted_since_it_was_opened_is_asked_about(note, output, expected):
    interfere(note, delete, output)
    note.run(PAUSED)
    assert contents(note) == expected
    assert "n.txt' has been moved or deleted since it was opened" in note.asked[1].reason


def test_with_yes_a_changed_file_is_kept_and_the_free_name_taken(note):
    code = PAUSED.replace("shop.pay(1)", "desk.save('copy.txt')\ndesk.open_note('n.txt')\ndesk.append('mine')")
    real = note.record

    def record(event, *more, durable=True):
        _meddle(event, note)
        return real(event, *more, durable=durable)

    note.record = record
    assert note.run(code, yes=True).value == str(note.directory / "n-2.txt")
    assert contents(note)["n.txt"] == "theirs\n" and contents(note)["n-2.txt"] == "old\nmine\n"


def _meddle(event, stage):
    if isinstance(event, CallDone) and event.call == 5:  # between the last edit and the save
        change(stage.directory / "n.txt")


def test_a_file_written_again_with_the_same_content_is_not_asked_about(note):
    interfere(note, lambda path: path.write_text("old\n"), "deny")
    assert note.run(PAUSED).status == "done"
    assert contents(note) == {"n.txt": "old\nmine\n"} and len(note.asked) == 1


def test_what_the_run_wrote_itself_is_asked_about_once_others_changed_it(stage):
    interfere(stage, change, "rename")
    code = "import desk, shop\ndesk.new_note('n.txt')\ndesk.save()\nshop.pay(1)\ndesk.append('mine')\ndesk.save()"
    assert stage.run(code).status == "done"
    assert contents(stage) == {"n.txt": "theirs\n", "n-2.txt": "mine\n"}


def test_an_overwrite_that_was_allowed_is_asked_about_again_after_another_change(note):
    interfere(note, change, "overwrite")
    code = "import desk, shop\ndesk.new_note('n.txt')\nshop.pay(1)\ndesk.append('mine')\ndesk.save()"
    assert note.run(code).status == "done"
    assert [request.api for request in note.asked] == ["desk.new_note", "shop.pay", "desk.save"]


@pytest.mark.parametrize("how", [change, delete, swap])
def test_a_paused_run_that_is_approved_in_another_process_writes_over_nobodys_changes(
    note, tmp_path, forked_commands, how
):
    assert note.run(PAUSED).status == "waiting"
    how(note.directory / "n.txt")
    journal = store_journal(note, tmp_path / "journal")
    left = contents(note)
    assert resume_in_new_process(forked_commands, note, journal, "approve").startswith("waiting")
    assert contents(note) == left
    assert resume_in_new_process(forked_commands, note, journal, "rename").startswith("done")
    assert contents(note) == left | {"n-2.txt": "old\nmine\n"}


def test_a_journal_that_does_not_say_what_a_file_held_is_asked_about(note):
    note.run(PAUSED)
    older = [EVENT.dump_python(event, mode="json") for event in note.events]
    older = [event | ({"owned": list(event["owned"])} if "owned" in event else {}) for event in older]
    note.answers = lambda request: "rename"
    assert note.resume("approve", [EVENT.validate_python(event) for event in older]).status == "done"
    assert contents(note) == {"n.txt": "old\n", "n-2.txt": "old\nmine\n"}


def test_of_four_processes_that_edit_one_file_none_loses_what_another_wrote(note, sandbox, tmp_path, forked_commands):
    children = []
    for number in range(4):
        stage = Stage(note.directory, note.home, sandbox)
        assert stage.run(PAUSED.replace("mine", f"line {number}")).status == "waiting"
        journal = store_journal(stage, tmp_path / f"journal {number}")
        children.append([str(Path(__file__).parent), str(note.directory), str(journal), "approve", "rename"])
    with ThreadPoolExecutor(len(children)) as pool:
        ended = list(pool.map(lambda child: forked_commands.run(*child, code=CHILD), children))
    assert [child.stdout.split()[0] for child in ended] == ["done"] * 4
    found = contents(note)
    assert sorted(found) == ["n-2.txt", "n-3.txt", "n-4.txt", "n.txt"]
    assert sorted(found.values()) == [f"old\nline {number}\n" for number in range(4)]


def test_the_journal_says_what_an_opened_file_held(note):
    note.run("import desk\ndesk.open_note('n.txt')\ndesk.append('x')\ndesk.save()")
    opened, _, saved = note.of(CallDone)
    path = str(note.directory / "n.txt")
    assert opened.owned.keys() == saved.owned.keys() == {path} and opened.owned != saved.owned
    assert saved.owned[path] == note.of(ArtifactMade)[0].artifact.digest
