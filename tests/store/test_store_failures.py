import os
import subprocess
import sys
from pathlib import Path

import pytest

WRITER = """
import resource, signal, sys
from pathlib import Path
from taskmatrix.core.errors import StoreError
from taskmatrix.store import Notes, open_database

home = Path(sys.argv[1])
if len(sys.argv) > 2:
    open_database(None, home).close()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with open_database(None, home) as database:
        for number in range(1_000):
            Notes(database, "notes").put(str(number), "x" * 1_000)
    print("written")
except StoreError as error:
    print(type(error).__name__, str(error).replace(str(home), "HOME"), error.hint, sep="|")
"""


def write_on_a_disk_of(options: str, tmp_path: Path) -> str:
    """Write a megabyte on a small disk in memory, which only the child process sees."""
    disk = tmp_path / "disk"
    disk.mkdir()
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    script = 'mount -t tmpfs -o "$1" none "$2" || exit 77; shift; exec "${@:2}" "$1/home"'
    command = [*alone, "bash", "-c", script, "bash", options, str(disk), sys.executable, "-c", WRITER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare, of util-linux, is not installed")
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("this system lets nobody mount a disk in memory")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "options", ["size=8k", "size=64k", "size=100k", "size=140k", "size=300k", "nr_inodes=3", "nr_inodes=4"]
)
def test_a_disk_that_fills_up_anywhere_is_told_as_full(options: str, tmp_path: Path) -> None:
    kind, message, hint = write_on_a_disk_of(options, tmp_path).split("|")
    assert (kind, message) == ("StoreFullError", "no space is left to write HOME/taskmatrix.db")
    assert "TASKMATRIX_HOME" in hint


@pytest.mark.parametrize("most_bytes", [1_000, 100_000])
def test_a_write_that_fails_on_a_disk_with_room_is_told_with_a_hint(most_bytes: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "home"), str(most_bytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    kind, message, hint = done.stdout.strip().split("|")
    assert (kind, message) == ("StoreError", "HOME/taskmatrix.db cannot be read or written: disk I/O error")
    assert "TASKMATRIX_HOME" in hint
