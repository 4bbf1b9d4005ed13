import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_catalogue import OFFICE, MemoryCatalogue, cut_off, make_document

from taskmatrix.selector import ApiSelector
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.words import following
from taskmatrix.selector.words.index import WordIndex

FOLDER = Path("index") / "words"


def names(selector: ApiSelector, query: str) -> list[str]:
    return [match.document.name for match in selector.search(query)]


def test_what_is_added_changed_or_removed_shows_at_the_next_search(catalogue: MemoryCatalogue, tmp_path: Path) -> None:
    selector = ApiSelector(catalogue, tmp_path)
    assert names(selector, "bake bread") == []
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    assert names(selector, "bake bread") == ["bake_bread"]
    catalogue.put(make_document("kitchen", "bake_bread", "Roast coffee."))
    assert names(selector, "roast") == ["bake_bread"]
    catalogue.remove("kitchen", "bake_bread")
    assert names(selector, "roast bread") == []


def test_the_index_is_kept_between_processes_and_only_the_difference_is_read(
    catalogue: MemoryCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ApiSelector(catalogue, tmp_path).search("slide")
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    asked: list[int] = []
    changes = catalogue.changes

    def watched(since: int, limit: int = 1_000) -> object:
        asked.append(since)
        return changes(since, limit)

    monkeypatch.setattr(catalogue, "changes", watched)
    assert names(ApiSelector(catalogue, tmp_path), "bake bread") == ["bake_bread"]
    assert min(asked) >= len(OFFICE) - 1


def test_an_index_of_another_catalogue_is_built_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ApiSelector(MemoryCatalogue(OFFICE), tmp_path).search("slide")
    fewer = MemoryCatalogue([make_document("other", "ring_bell", "Ring a bell.")])
    selector = ApiSelector(fewer, tmp_path)
    assert names(selector, "ring the bell") == ["ring_bell"]
    assert names(selector, "slide") == []
    assert "belongs to another catalogue" in caplog.text
    same_number = MemoryCatalogue([make_document("third", "sing", "Sing a song.")])
    assert names(ApiSelector(same_number, tmp_path), "sing a song") == ["sing"]


def test_an_index_that_lacks_apis_is_built_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ApiSelector(MemoryCatalogue(OFFICE), tmp_path).search("slide")
    later = MemoryCatalogue([*OFFICE, *OFFICE[-1:]])
    later.log.pop(("deck", "createSlide"))
    later.put(make_document("deck", "createSlide", "Sing a song."))
    later.put(make_document("kitchen", "bake_bread", "Bake bread."))
    later.log.pop(("deck", "save"))
    assert names(ApiSelector(later, tmp_path), "sing a song") == ["createSlide"]
    assert "it holds 10 APIs of 9" in caplog.text


def _index_files(folder: Path) -> list[str]:
    """Return the names of the files that hold something; of those with random names the suffix."""
    files = [path.name for path in folder.iterdir() if path.stat().st_size]
    return [name if name.endswith(".json") else Path(name).suffix for name in files]


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_truncated_index_is_built_again_with_a_message(
    tmp_path: Path, kept: float, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue = MemoryCatalogue(OFFICE)
    ApiSelector(catalogue, tmp_path / "sound").search("slide")
    for suffix in _index_files(tmp_path / "sound" / FOLDER):
        home = tmp_path / suffix.strip(".")
        ApiSelector(catalogue, home).search("slide")
        (file,) = [p for p in (home / FOLDER).iterdir() if suffix in (p.name, p.suffix) and p.stat().st_size]
        file.write_bytes(file.read_bytes()[: int(kept * file.stat().st_size)])
        caplog.clear()
        selector = ApiSelector(catalogue, home)
        assert names(selector, "create a slide")[0] == "createSlide", suffix
        catalogue.put(make_document("later", f"x{suffix}", "Zebra crossing."))
        assert names(selector, "zebra"), suffix


def test_a_foreign_folder_or_file_in_its_place_is_replaced_with_a_message(
    catalogue: MemoryCatalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a" / FOLDER).mkdir(parents=True)
    (tmp_path / "a" / FOLDER / "meta.json").write_text('{"hello": "there"}')
    (tmp_path / "b" / "index").mkdir(parents=True)
    (tmp_path / "b" / FOLDER).write_text("I am a file")
    for home in (tmp_path / "a", tmp_path / "b"):
        caplog.clear()
        assert names(ApiSelector(catalogue, home), "create a slide")[0] == "createSlide"
        assert "building it again" in caplog.text
        assert [path.name for path in (home / "index").iterdir()] == ["words"]


def test_where_no_folder_can_be_made_the_search_works_from_memory(
    catalogue: MemoryCatalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "index").write_text("a file where the folder should be")
    selector = ApiSelector(catalogue, tmp_path)
    assert names(selector, "create a slide")[0] == "createSlide"
    assert "from memory" in caplog.text
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    assert names(selector, "bake bread") == ["bake_bread"]


def test_an_index_that_disappears_while_it_is_used_is_built_again(catalogue: MemoryCatalogue, tmp_path: Path) -> None:
    selector = ApiSelector(catalogue, tmp_path)
    selector.search("slide")
    shutil.rmtree(tmp_path / FOLDER)
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    assert names(selector, "bake bread") == ["bake_bread"]
    assert names(ApiSelector(catalogue, tmp_path), "create a slide")[0] == "createSlide"


def test_while_another_process_writes_the_search_answers_from_what_there_is(
    catalogue: MemoryCatalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(following, "WAIT_SECONDS", 0.0)
    selector = ApiSelector(catalogue, tmp_path)
    selector.search("slide")
    other = WordIndex(tmp_path / FOLDER).writer()
    assert other is not None
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    assert names(selector, "bake bread") == []
    assert names(selector, "create a slide")[0] == "createSlide"
    assert "another process is writing" in caplog.text
    other.close()
    assert names(selector, "bake bread") == ["bake_bread"]


def test_what_another_process_wrote_meanwhile_is_taken_over(
    catalogue: MemoryCatalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = ApiSelector(catalogue, tmp_path), ApiSelector(catalogue, tmp_path)
    one.search("slide")
    other.search("slide")
    catalogue.put(make_document("kitchen", "bake_bread", "Bake bread."))
    assert names(one, "bake bread") == ["bake_bread"]
    assert names(other, "bake bread") == ["bake_bread"]
    assert caplog.records == []


def test_many_threads_search_while_the_catalogue_grows(catalogue: MemoryCatalogue, tmp_path: Path) -> None:
    selector = ApiSelector(catalogue, tmp_path)
    wrong: list[str] = []

    def work() -> None:
        for _ in range(20):
            if names(selector, "create a slide")[:1] != ["createSlide"]:
                wrong.append("lost")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        catalogue.put(make_document("kitchen", f"bake_{number}", "Bake bread."))
    for thread in threads:
        thread.join()
    assert wrong == []
    selector.search("bake bread")
    assert WordIndex(tmp_path / FOLDER).size() == catalogue.count()


def test_a_long_update_that_is_cut_off_goes_on_where_it_was_made_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAGE", 10)
    monkeypatch.setattr(following, "COMMIT_EVERY", 20)
    catalogue = MemoryCatalogue([make_document("p", f"bake_{n}", "Bake bread.") for n in range(50)])
    cut_off(catalogue, monkeypatch, page=4)
    with pytest.raises(KeyboardInterrupt):
        ApiSelector(catalogue, tmp_path).search("bake")
    assert WordIndex(tmp_path / FOLDER).state().change == 20
    ApiSelector(catalogue, tmp_path).search("bake bread")
    assert WordIndex(tmp_path / FOLDER).state().change == 50
    assert WordIndex(tmp_path / FOLDER).size() == 50


_CRASH = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from memory_catalogue import make_document
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.words.index import WordIndex
update = WordIndex(Path(sys.argv[1])).writer()
for number in range(500):
    update.add(make_document("p", f"bake_{number}", "Bake bread."))
os.kill(os.getpid(), 9)
"""


def test_a_process_killed_while_writing_leaves_the_index_as_it_was(
    catalogue: MemoryCatalogue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ApiSelector(catalogue, tmp_path).search("slide")
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", _CRASH, str(tmp_path / FOLDER), here]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -9
    selector = ApiSelector(catalogue, tmp_path)
    assert names(selector, "create a slide")[0] == "createSlide"
    assert names(selector, "bake bread") == []
    assert caplog.records == []


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["bread", "coffee", None])), max_size=30))
def test_after_any_changes_exactly_what_is_registered_is_found(steps: list[tuple[int, str | None]]) -> None:
    catalogue = MemoryCatalogue()
    selector = ApiSelector(catalogue, None)
    for index, (number, word) in enumerate(steps):
        if word is None:
            catalogue.remove("p", f"n{number}x")
        else:
            catalogue.put(make_document("p", f"n{number}x", f"Make {word}."))
        if index % 3 == 0:
            selector.search("make")
    for word in ("bread", "coffee"):
        expected = {d.name for d in catalogue.documents() if word in d.description}
        assert set(names(selector, word)) == expected


def test_a_state_that_was_never_written_is_the_beginning(tmp_path: Path) -> None:
    assert WordIndex(tmp_path / "new").state() == IndexState()
