import os
import resource
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.errors import ApiFileError
from taskmatrix.executor import contents, files
from taskmatrix.executor.claims import Claims


def write(path: Path, data: bytes, *, replace: bool = False) -> None:
    replaces = contents.fingerprint(path) if replace else contents.NOTHING
    files.write_file(path, data, path.name, replaces=replaces)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read(path: Path) -> bytes:
    return files.read_file(path, path.name)


@pytest.fixture(params=["unnamed", "named"])
def any_system(request, monkeypatch):
    """Run with files that have no name until they are whole, and as on systems without them."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system has no unnamed files")


@pytest.mark.usefixtures("any_system")
def test_a_file_is_written_and_nothing_else_is_left(tmp_path):
    write(tmp_path / "a.bin", b"one" * 100_000)
    write(tmp_path / "a.bin", b"two", replace=True)
    assert (tmp_path / "a.bin").read_bytes() == b"two"
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.usefixtures("any_system")
def test_a_new_file_never_replaces_one_that_is_there(tmp_path):
    (tmp_path / "a").write_text("theirs")
    with pytest.raises(FileExistsError):
        write(tmp_path / "a", b"mine")
    assert (tmp_path / "a").read_text() == "theirs" and names(tmp_path) == ["a"]


@pytest.mark.usefixtures("any_system")
def test_a_replaced_file_keeps_its_mode_and_a_new_one_follows_the_umask(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0o640)
    write(tmp_path / "a", b"y", replace=True)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    before = os.umask(0o027)
    try:
        write(tmp_path / "b", b"y")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o640


@pytest.mark.usefixtures("any_system")
def test_a_file_that_may_not_grow_so_large_is_refused_and_the_old_one_stays(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(ApiFileError, match="larger than allowed") as caught:
            write(tmp_path / "a", b"x" * 100_000, replace=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.hint and (tmp_path / "a").read_bytes() == b"old" and names(tmp_path) == ["a"]


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = [mount or "mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    if mount is None or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("no small file system can be mounted here (needs root)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.usefixtures("any_system")
def test_on_a_full_disk_the_old_file_stays_and_nothing_else_is_left(small_disk):
    write(small_disk / "a", b"old")
    for replace, name in ((True, "a"), (False, "b")):
        with pytest.raises(ApiFileError, match="the disk is full"):
            write(small_disk / name, b"x" * 200_000, replace=replace)
    assert (small_disk / "a").read_bytes() == b"old" and names(small_disk) == ["a"]
    write(small_disk / "b", b"fits")


def test_a_place_mounted_read_only_is_refused(small_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(ApiFileError, match="read-only"):
        files.check_place(small_disk / "a", "a")
    with pytest.raises(ApiFileError, match="read-only"):
        write(small_disk / "a", b"x")


@pytest.mark.usefixtures("any_system")
def test_of_many_who_replace_the_same_file_at_once_one_succeeds(tmp_path):
    path, many = tmp_path / "a", 8
    barrier = Barrier(many)

    def replace(data: bytes, known: str) -> bytes | None:
        barrier.wait()
        try:
            files.write_file(path, data, "a", replaces=known)
        except FileExistsError:
            return None
        return data

    with ThreadPoolExecutor(many) as pool:
        for turn in range(10):
            path.write_bytes(b"old %d" % turn)
            known = contents.fingerprint(path)
            done = list(pool.map(replace, [b"%d by %d" % (turn, i) for i in range(many)], [known] * many))
            assert [data for data in done if data] == [path.read_bytes()]
    assert names(tmp_path) == ["a"]


@pytest.mark.usefixtures("any_system")
@pytest.mark.parametrize("theirs", [b"theirs", None])
def test_a_change_while_the_new_file_is_written_is_kept(tmp_path, monkeypatch, theirs):
    path, real = tmp_path / "a", os.fsync
    path.write_bytes(b"old")
    known = contents.fingerprint(path)

    def change(descriptor: int) -> None:
        real(descriptor)
        path.unlink(missing_ok=True)
        if theirs is not None:
            path.write_bytes(theirs)

    monkeypatch.setattr(os, "fsync", change)
    with pytest.raises(FileExistsError):
        files.write_file(path, b"mine", "a", replaces=known)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([theirs] if theirs else [])


def test_a_fingerprint_is_of_the_content_alone(tmp_path):
    (tmp_path / "a").write_bytes(b"same")
    (tmp_path / "b").write_bytes(b"same")
    assert contents.fingerprint(tmp_path / "a") == contents.fingerprint(tmp_path / "b")
    assert contents.fingerprint(tmp_path / "a") == contents.fingerprint_of(b"same")
    assert contents.fingerprint(tmp_path / "c") == contents.fingerprint(tmp_path / "a" / "c") == contents.NOTHING


KILLED = """
import os, signal, sys
from pathlib import Path
from taskmatrix.executor import contents, files
real = os.fsync
def die(descriptor):
    real(descriptor)
    os.kill(os.getpid(), signal.SIGKILL)
os.fsync = die
path = Path(sys.argv[1])
files.write_file(path, b"new" * 1000, "a", replaces=contents.fingerprint(path))
"""


def test_a_kill_in_the_middle_of_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a")], check=False).returncode == -9
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_what_cannot_be_read_is_named_with_a_hint(tmp_path):
    (tmp_path / "empty.txt").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge.txt").touch()
    os.truncate(tmp_path / "huge.txt", files.MAX_INPUT_BYTES + 1)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ApiFileError, match="a file, not a folder"):
        read(tmp_path / "empty.txt" / "x")
    for name, words in {
        "missing.txt": "does not exist",
        "empty.txt": "zero bytes",
        "folder": "is a folder",
        "pipe": "not an ordinary file",
        "huge.txt": "536,870,913 bytes",
        "loop": "links go round",
        "n" * 300: "name is too long",
    }.items():
        with pytest.raises(ApiFileError, match=words) as caught:
            read(tmp_path / name)
        assert name[:20] in caught.value.message and caught.value.hint


def test_a_missing_file_is_told_what_is_there(tmp_path):
    (tmp_path / "companies.pptx").touch()
    with pytest.raises(ApiFileError) as caught:
        read(tmp_path / "company.pptx")
    assert caught.value.hint == "files there: companies.pptx"


def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0)
    code = (
        "import sys, pathlib; from taskmatrix.executor import files; files.read_file(pathlib.Path(sys.argv[1]), 'a')"
    )
    rights = "-dac_override,-dac_read_search"  # by which root may read everything
    bound = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*bound, sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True, check=False
    )
    assert "ApiFileError: 'a' cannot be read: permission denied" in done.stderr


def test_places_where_nothing_can_be_written_are_named_before_the_work(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "locked").write_text("x")
    (tmp_path / "locked").chmod(0o444)
    os.mkfifo(tmp_path / "pipe")
    for name, words in {
        "folder": "is a folder",
        "no/x": "does not exist",
        "locked": "is read-only",
        "pipe": "not an ordinary file",
    }.items():
        with pytest.raises(ApiFileError, match=words):
            files.check_place(tmp_path / name, name)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="the system has no folder in which no files can be made")
def test_a_folder_of_the_system_that_takes_no_files_is_not_said_to_be_missing():
    with pytest.raises(ApiFileError, match="'x' cannot be written: '/proc' is a folder in which no files"):
        write(Path("/proc/x"), b"x")


@pytest.mark.parametrize("path", ["", "  ", "a\0b", "~nobody-here/x"])
def test_what_is_no_path_is_refused(tmp_path, path):
    with pytest.raises(ApiFileError):
        files.absolute(tmp_path, path)


def test_a_link_is_written_through_to_its_file(tmp_path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    target = files.absolute(tmp_path, "link.txt")
    write(target, b"new", replace=True)
    assert (tmp_path / "link.txt").is_symlink() and (tmp_path / "real.txt").read_text() == "new"


@given(st.text(min_size=1, max_size=40))
def test_any_text_is_a_path_or_a_file_error(text):
    try:
        assert files.absolute(Path("/tmp"), text).is_absolute()
    except ApiFileError as error:
        assert error.message


def test_a_free_name_is_one_that_is_neither_there_nor_claimed(tmp_path):
    for name in ("a.tar", "a-2.tar"):
        (tmp_path / name).touch()
    claims = Claims(claimed={"x": str(tmp_path / "a-3.tar")})
    question = claims.question(tmp_path / "a.tar", tmp_path / "a.tar")
    assert question.free == tmp_path / "a-4.tar"
