"""Files that are missing, damaged or in the way, and disks that are full: a clear error, and nothing is lost."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]


def _script(work: Path, code: str) -> str:
    file = work.parent / "script.jsonl"
    replies = ("1. Open an existing PowerPoint presentation", f"```python\n{code}\n```")
    file.write_text("".join(json.dumps({"reply": reply}) + "\n" for reply in replies))
    return f"scripted:{file}"


OPEN = "from powerpoint import open_presentation\nopen_presentation('deck.pptx')"
MAKE = """
from powerpoint import new_presentation, save_presentation, create_slide, select_title, insert_text
new_presentation('deck.pptx', title='First')
create_slide()
select_title()
insert_text('Second')
save_presentation()
"""
BEYOND = """
from powerpoint import open_presentation, move_to_slide
open_presentation('deck.pptx')
move_to_slide(9)
"""


def _open(taskmatrix: Command, work: Path, code: str = OPEN) -> str:
    done = taskmatrix("run", "open the presentation deck.pptx", "--model", _script(work, code))
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    return done.stderr


def test_a_deck_that_is_missing_is_named(taskmatrix: Command, work: Path) -> None:
    assert "deck.pptx" in _open(taskmatrix, work)
    assert "does not exist" in _open(taskmatrix, work)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04 but cut short", b"plain text", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600]
)
def test_a_deck_that_is_none_is_named_and_stays_as_it_was(taskmatrix: Command, work: Path, data: bytes) -> None:
    (work / "deck.pptx").write_bytes(data)
    assert "deck.pptx" in _open(taskmatrix, work)
    assert (work / "deck.pptx").read_bytes() == data


def test_a_folder_in_the_place_of_a_deck_is_named(taskmatrix: Command, work: Path) -> None:
    (work / "deck.pptx").mkdir()
    assert "folder" in _open(taskmatrix, work)


def test_a_slide_number_out_of_range_says_what_there_is(taskmatrix: Command, work: Path) -> None:
    made = taskmatrix("run", "make a presentation", "--model", _script(work, MAKE))
    assert made.returncode == 0, made.stderr
    before = (work / "deck.pptx").read_bytes()
    said = _open(taskmatrix, work, BEYOND)
    assert "slide 9 is out of range" in said
    assert "2 slides" in said
    assert (work / "deck.pptx").read_bytes() == before


def test_a_folder_that_is_read_only_is_named(taskmatrix: Command, work: Path) -> None:
    script = _script(work, MAKE)
    work.chmod(0o500)
    done = taskmatrix("run", "make a presentation", "--model", script, bound=True)
    work.chmod(0o700)
    assert done.returncode == 1
    assert "read-only" in done.stderr


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mount a small disk of a size; the test is skipped where that is not allowed."""
    mounted: list[Path] = []

    def mount_one(size: str) -> Path:
        disk = tmp_path / f"disk-{size}"
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("a small disk cannot be mounted here")
        mounted.append(disk)
        return disk

    yield mount_one
    for disk in mounted:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_no_half_of_a_file_stays(
    taskmatrix: Command, work: Path, mount: Callable[[str], Path]
) -> None:
    disk = mount("8k")
    done = taskmatrix("run", "make it", "--model", _script(work, MAKE), "--directory", str(disk))
    assert done.returncode == 1
    assert "deck.pptx" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(disk.iterdir()) == []


def test_a_full_disk_under_the_journal_is_told(taskmatrix: Command, work: Path, mount: Callable[[str], Path]) -> None:
    home = mount("4m")
    assert taskmatrix("apis", "list", TASKMATRIX_HOME=str(home)).returncode == 0
    with (home / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))
    done = taskmatrix("run", "make it", "--model", _script(work, MAKE), TASKMATRIX_HOME=str(home))
    assert done.returncode == 1
    assert "taskmatrix.db" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (work / "deck.pptx").exists()
