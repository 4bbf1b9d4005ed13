import hashlib
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from taskmatrix.core.errors import NotFoundError, StoreError, StoreFullError
from taskmatrix.store import Database, DatabaseBlobs, FileBlobs, tables
from taskmatrix.store.blob_rows import PART


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_000))
def test_bytes_come_back_by_their_digest(tmp_path: Path, data: bytes) -> None:
    blobs = FileBlobs(tmp_path)
    digest = blobs.put(data)
    assert digest == hashlib.sha256(data).hexdigest()
    assert blobs.put(data) == digest
    assert blobs.get(digest) == data


def test_a_blob_lies_in_a_folder_named_by_its_beginning_and_nothing_else_is_left(tmp_path: Path) -> None:
    digest = FileBlobs(tmp_path).put(b"abc")
    files = [p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file()]
    assert files == [Path("blobs") / digest[:2] / digest[2:]]


@pytest.mark.parametrize("digest", ["", "../../x", "0" * 63, "0" * 65, "Z" * 64, "0" * 64])
def test_a_digest_of_nothing_is_not_found(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFoundError):
        FileBlobs(tmp_path).get(digest)


def test_damaged_bytes_are_not_given_out_and_are_repaired_when_put_again(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    digest = blobs.put(b"abc")
    (tmp_path / "blobs" / digest[:2] / digest[2:]).write_bytes(b"ab")
    with pytest.raises(NotFoundError, match="damaged"):
        blobs.get(digest)
    blobs.put(b"abc")
    assert blobs.get(digest) == b"abc"


def test_no_space_is_told_and_leaves_no_file(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
        with pytest.raises(StoreFullError, match="no space is left"):
            FileBlobs(tmp_path).put(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file in the way")
    with pytest.raises(StoreError) as caught:
        FileBlobs(tmp_path).put(b"abc")
    assert caught.value.hint


@pytest.mark.parametrize("size", [0, 1, PART, 2 * PART + 1])
def test_blobs_as_rows_come_back_whole(database: Database, tmp_path: Path, size: int) -> None:
    blobs = DatabaseBlobs(database, tmp_path)
    data = bytes(range(256)) * (size // 256 + 1)
    digest = blobs.put(data[:size])
    assert blobs.put(data[:size]) == digest
    assert DatabaseBlobs(database, tmp_path / "elsewhere").get(digest) == data[:size]


def test_blobs_as_rows_are_refused_when_damaged_or_gone_and_earlier_files_are_found(
    database: Database, tmp_path: Path
) -> None:
    blobs = DatabaseBlobs(database, tmp_path)
    digest = blobs.put(b"abc")
    with database.write() as connection:
        connection.execute(update(tables.blobs).values(data=b"abd"))
    with pytest.raises(NotFoundError, match="damaged"):
        blobs.get(digest)
    with pytest.raises(NotFoundError, match="gone"):
        blobs.get("0" * 64)
    assert blobs.get(FileBlobs(tmp_path).put(b"earlier")) == b"earlier"
