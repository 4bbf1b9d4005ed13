import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskmatrix.selector.keys import key_of, tag_of
from taskmatrix.selector.states import IndexDamagedError, IndexState
from taskmatrix.selector.vectors.index import RowFilter, VectorIndex, VectorUpdate
from taskmatrix.selector.vectors.scan import QueryVector, nearest_codes, quantised
from taskmatrix.selector.vectors.table import room_for, runs, whole_runs

ENCODER = "tests"
CENTRE = np.zeros(256, np.float32)


def some_vectors(count: int, seed: int = 0, clusters: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((count, 256), dtype=np.float32)
    if clusters:
        centres = np.random.default_rng(clusters).standard_normal((clusters, 256), dtype=np.float32)
        vectors = 0.8 * vectors + centres[rng.integers(clusters, size=count)]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def keys_from(first: int, count: int) -> np.ndarray:
    return np.arange(first, first + count, dtype=np.uint64)


def tags_of(keys: np.ndarray) -> np.ndarray:
    return np.stack((keys % 7 + 1, keys % 5 + 1, keys % 3 + 1), axis=1).astype(np.uint32)


def writer_of(index: VectorIndex) -> VectorUpdate:
    update = index.writer()
    assert update is not None
    return update


def put(index: VectorIndex, keys: np.ndarray, vectors: np.ndarray, change: int = 1) -> None:
    update = writer_of(index)
    update.put(keys, keys + np.uint64(1), tags_of(keys), vectors)
    update.commit(IndexState(change, "p", "n"))
    update.close()


def remove(index: VectorIndex, keys: np.ndarray) -> None:
    update = writer_of(index)
    update.remove(keys)
    update.commit(IndexState(2, "p", "n"))
    update.close()


def by_brute_force(vectors: dict[int, np.ndarray], query: np.ndarray, limit: int) -> list[int]:
    order = sorted(vectors, key=lambda key: (-float(vectors[key] @ query), key))
    return order[:limit]


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "vectors" if request.param == "folder" else None


def test_an_empty_index_answers_and_makes_no_files(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    index = VectorIndex(folder, ENCODER, CENTRE)

    assert index.state() == IndexState()
    assert index.size() == 0
    assert [len(found.keys) for found in index.search(some_vectors(2), 5)] == [0, 0]
    assert np.isnan(index.similarities(some_vectors(1)[0], keys_from(1, 2))).all()
    assert index.digests(keys_from(1, 2)).tolist() == [0, 0]
    assert not folder.exists()


def test_what_was_put_is_found_by_its_vector(place: Path | None) -> None:
    index, vectors = VectorIndex(place, ENCODER, CENTRE), some_vectors(300)
    put(index, keys_from(1, 300), vectors, change=9)

    found = index.search(vectors[[3, 200]], 5)

    assert [int(nearest.keys[0]) for nearest in found] == [4, 201]
    assert found[0].cosines[0] == pytest.approx(1, abs=0.001)
    assert (np.diff(found[0].cosines) <= 0).all()
    assert index.size() == 300
    assert index.state() == IndexState(9, "p", "n")
    assert index.digests(np.array([1, 300, 301], np.uint64)).tolist() == [2, 301, 0]


# Among vectors without any structure, the nearest are hardly nearer than the rest: the worst case.
@pytest.mark.parametrize(("clusters", "least"), [(0, 0.6), (40, 0.95)])
def test_recall_is_high_when_codes_choose_what_is_compared(clusters: int, least: float) -> None:
    vectors, queries = some_vectors(30_000, 1, clusters), some_vectors(40, 2, clusters)
    index = VectorIndex(None, ENCODER, vectors.mean(axis=0))
    put(index, keys_from(1, len(vectors)), vectors)

    hits = 0
    for query, nearest in zip(queries, index.search(queries, 10), strict=True):
        hits += len(set((np.argsort(-(vectors @ query))[:10] + 1).tolist()) & set(nearest.keys.tolist()))

    assert hits / (10 * len(queries)) >= least


def test_similarities_are_to_the_bit_what_search_gives(place: Path | None) -> None:
    vectors, queries = some_vectors(5_000, 3, 20), some_vectors(3, 4, 20)
    index = VectorIndex(place, ENCODER, CENTRE)
    put(index, keys_from(1, len(vectors)), vectors)

    alone = [index.search(query[None], 50)[0] for query in queries]
    for query, one, of_batch in zip(queries, alone, index.search(queries, 50), strict=True):
        again = index.similarities(query, np.concatenate((one.keys, keys_from(10**6, 1))))
        assert again[:-1].tobytes() == one.cosines.tobytes()
        assert np.isnan(again[-1])
        assert of_batch.keys.tolist() == one.keys.tolist()
        assert of_batch.cosines.tobytes() == one.cosines.tobytes()
        exact = vectors[(one.keys - np.uint64(1)).astype(int)] @ query
        assert np.abs(exact - one.cosines).max() < 0.01


def test_a_narrow_filter_misses_nothing() -> None:
    vectors, queries = some_vectors(24_000, 5), some_vectors(4, 6)
    index, keys = VectorIndex(None, ENCODER, CENTRE), keys_from(1, 24_000)
    put(index, keys, vectors)
    where = RowFilter(packages=(1, 3), effects=(2,), beside=(4,))
    tags = tags_of(keys)
    passing = np.isin(tags[:, 0], (1, 3)) & (tags[:, 2] == 2) & (tags[:, 1] != 4)

    for query, nearest in zip(queries, index.search(queries, 30, where), strict=True):
        exact = index.similarities(query, keys[passing])
        assert nearest.cosines.tolist() == sorted(exact.tolist(), reverse=True)[:30]
        assert passing[(nearest.keys - np.uint64(1)).astype(int)].all()


def test_a_wide_filter_finds_only_what_passes() -> None:
    vectors, queries = some_vectors(40_000, 5, 50), some_vectors(4, 6, 50)
    index, keys = VectorIndex(None, ENCODER, CENTRE), keys_from(1, 40_000)
    put(index, keys, vectors)
    passing = tags_of(keys)[:, 1] != 2

    for query, nearest in zip(queries, index.search(queries, 10, RowFilter(beside=(2,))), strict=True):
        best = keys[passing][np.argsort(-(vectors[passing] @ query))[:10]]
        assert passing[(nearest.keys - np.uint64(1)).astype(int)].all()
        assert len(set(best.tolist()) & set(nearest.keys.tolist())) >= 8


def test_a_filter_that_nothing_passes_finds_nothing(place: Path | None) -> None:
    index = VectorIndex(place, ENCODER, CENTRE)
    put(index, keys_from(1, 20), some_vectors(20))

    assert index.search(some_vectors(1), 5, RowFilter(owners=(99,)))[0].keys.tolist() == []


def test_freed_slots_are_used_again_and_never_found_meanwhile(tmp_path: Path) -> None:
    index, vectors = VectorIndex(tmp_path, ENCODER, CENTRE), some_vectors(1_000)
    put(index, keys_from(1, 1_000), vectors)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())

    remove(index, keys_from(1, 900))
    assert index.size() == 100
    assert set(index.search(vectors[:1], 1_000)[0].keys.tolist()) == set(range(901, 1_001))
    assert not index.digests(keys_from(1, 900)).any()

    put(index, keys_from(5_001, 900), vectors[:900])
    assert index.size() == 1_000
    assert index.search(vectors[:1], 1)[0].keys.tolist() == [5_001]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= size + 100


def test_removed_rows_near_the_query_do_not_crowd_out_others() -> None:
    near = some_vectors(1, 1) + 0.3 * some_vectors(6_000, 2)
    index = VectorIndex(None, ENCODER, CENTRE)
    put(index, keys_from(1, 6_000), near.astype(np.float32))
    put(index, keys_from(10_001, 4_000), some_vectors(4_000, 3))
    remove(index, keys_from(1, 6_000))

    assert len(index.search(some_vectors(1, 1), 60)[0].keys) == 60


def test_a_sweep_frees_what_was_neither_put_nor_kept(place: Path | None) -> None:
    index = VectorIndex(place, ENCODER, CENTRE)
    put(index, keys_from(1, 3_000), some_vectors(3_000))
    update = writer_of(index)
    update.begin_sweep()
    update.keep(keys_from(1, 10))
    update.put(keys_from(2_995, 100), keys_from(2_995, 100), tags_of(keys_from(2_995, 100)), some_vectors(100, 1))
    update.end_sweep()
    update.commit(IndexState(2))
    update.close()

    assert index.size() == 110
    assert np.flatnonzero(index.digests(keys_from(1, 4_000))).tolist() == [*range(10), *range(2_994, 3_094)]


def test_keeping_with_other_tags_changes_the_tags_alone(place: Path | None) -> None:
    index, vectors, keys = VectorIndex(place, ENCODER, CENTRE), some_vectors(20), keys_from(1, 20)
    put(index, keys, vectors)
    before = index.digests(keys).tolist()
    update = writer_of(index)
    update.keep(keys[:4], np.full((4, 3), tag_of("someone"), np.uint32))
    update.commit(IndexState(2))
    update.close()

    found = index.search(vectors[:1], 20, RowFilter(owners=(tag_of("someone"),)))[0]
    assert sorted(found.keys.tolist()) == [1, 2, 3, 4]
    assert index.digests(keys).tolist() == before


def test_rows_of_another_encoder_or_centre_count_as_not_there(tmp_path: Path) -> None:
    put(VectorIndex(tmp_path, ENCODER, CENTRE), keys_from(1, 50), some_vectors(50))

    for other in (VectorIndex(tmp_path, "other", CENTRE), VectorIndex(tmp_path, ENCODER, CENTRE + 1)):
        assert (other.size(), other.state()) == (0, IndexState())
        assert len(other.search(some_vectors(1), 5)[0].keys) == 0
    assert VectorIndex(tmp_path, ENCODER, CENTRE).size() == 50

    index, other = VectorIndex(tmp_path, ENCODER, CENTRE), VectorIndex(tmp_path, "other", CENTRE)
    put(other, keys_from(90, 2), some_vectors(2))
    assert (other.size(), index.size()) == (2, 0)
    assert other.digests(keys_from(1, 50)).tolist() == [0] * 50


def test_what_is_not_committed_is_not_seen_after_closing(place: Path | None) -> None:
    index = VectorIndex(place, ENCODER, CENTRE)
    put(index, keys_from(1, 5), some_vectors(5))
    update = writer_of(index)
    update.put(keys_from(50, 2_000), keys_from(50, 2_000), tags_of(keys_from(50, 2_000)), some_vectors(2_000))
    assert index.size() == 2_005
    update.close()

    assert (index.size(), index.state().change) == (5, 1)


def test_only_one_writes_at_a_time(place: Path | None) -> None:
    index = VectorIndex(place, ENCODER, CENTRE)
    update = writer_of(index)
    assert index.writer() is None
    if place is not None:
        assert VectorIndex(place, ENCODER, CENTRE).writer() is None
    update.close()
    update.close()
    writer_of(index).close()


def test_the_last_of_a_repeated_key_counts(place: Path | None) -> None:
    index, vectors = VectorIndex(place, ENCODER, CENTRE), some_vectors(3)
    update = writer_of(index)
    update.put(np.array([7, 8, 7], np.uint64), keys_from(1, 3), np.ones((3, 3), np.uint32), vectors)
    update.commit(IndexState(1))

    assert index.size() == 2
    assert index.digests(np.array([7, 8], np.uint64)).tolist() == [3, 2]
    assert index.search(vectors[2:], 1)[0].keys.tolist() == [7]


@pytest.mark.parametrize(
    ("keys", "digests", "vectors"),
    [
        ([0], [1], np.ones((1, 256))),
        ([1], [0], np.ones((1, 256))),
        ([1], [1], np.ones((1, 255))),
        ([1, 2], [1, 2], np.ones((1, 256))),
        ([1], [1], np.full((1, 256), np.nan)),
    ],
)
def test_rows_that_cannot_be_are_refused(keys: list[int], digests: list[int], vectors: np.ndarray) -> None:
    index = VectorIndex(None, ENCODER, CENTRE)
    with pytest.raises(ValueError):
        writer_of(index).put(
            np.array(keys, np.uint64), np.array(digests, np.uint64), np.ones((len(keys), 3), np.uint32), vectors
        )


def test_vectors_and_queries_of_zeros_have_cosines_of_zero() -> None:
    index = VectorIndex(None, ENCODER, CENTRE)
    put(index, keys_from(1, 2), np.stack((np.zeros(256, np.float32), some_vectors(1)[0])))

    assert index.search(np.zeros((1, 256), np.float32), 2)[0].cosines.tolist() == [0, 0]
    assert sorted(index.search(some_vectors(1), 2)[0].cosines.tolist())[0] == 0


def test_a_code_that_differs_in_every_bit_is_only_looked_at() -> None:
    index = VectorIndex(None, ENCODER, np.zeros(256, np.float32))
    vectors = np.concatenate((some_vectors(3_000), -some_vectors(1)))
    put(index, keys_from(1, 3_001), vectors)

    nearest = index.search(some_vectors(1), 10)[0]

    assert (nearest.keys[0], nearest.cosines[0]) == (1, pytest.approx(1, abs=0.01))
    assert 3_001 not in nearest.keys
    assert index.similarities(some_vectors(1)[0], np.array([3_001], np.uint64))[0] == pytest.approx(-1, abs=0.01)


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 3_000), st.integers(1, 200), st.integers(0, 255))
def test_the_nearest_codes_are_all_those_up_to_some_distance(seed: int, count: int, wanted: int, most: int) -> None:
    row = np.random.default_rng(seed).integers(0, most + 1, count).astype(np.uint8)

    slots = nearest_codes(row, wanted)

    possible = int((row < 255).sum())
    assert min(wanted, possible) <= len(slots) <= max(2 * wanted, 0)
    assert len(set(slots.tolist())) == len(slots)
    left_out = np.setdiff1d(np.flatnonzero(row < 255), slots)
    assert not len(left_out) or not len(slots) or row[left_out].min() >= row[slots].max()


@given(st.integers(1, 400_000))
def test_runs_cover_the_slots_and_files_grow_by_whole_runs(top: int) -> None:
    found = list(runs(top))

    assert [run.start for run in found] == [0, *(run.start + run.size for run in found[:-1])]
    assert sum(run.used for run in found) == top
    assert room_for(top) == found[-1].start + found[-1].size
    assert whole_runs(room_for(top)) == room_for(top)
    assert whole_runs(room_for(top) + 1_023) == room_for(top)
    assert whole_runs(room_for(top) - 1) <= found[-1].start


def test_sums_of_queries_and_rows_are_whole_numbers_that_float32_holds() -> None:
    rows, _ = quantised(np.ones((1, 256), np.float32))
    query = QueryVector(np.ones(256, np.float32))

    assert np.abs(rows[0].astype(int) * query.numbers.astype(int)).sum() < 2**24


@settings(max_examples=25)
@given(st.data())
def test_after_any_changes_the_index_holds_what_a_dictionary_would(data: st.DataObject) -> None:
    index, held = VectorIndex(None, ENCODER, CENTRE), dict[int, int]()
    source = some_vectors(64, 11)
    for _ in range(data.draw(st.integers(1, 8))):
        update = writer_of(index)
        keys = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=30))
        if data.draw(st.booleans()):
            which = data.draw(st.lists(st.integers(0, 63), min_size=len(keys), max_size=len(keys)))
            tags = tags_of(np.array(keys, np.uint64))
            update.put(np.array(keys, np.uint64), np.array(which, np.uint64) + np.uint64(1), tags, source[which])
            held |= dict(zip(keys, which, strict=True))
        else:
            update.remove(np.array(keys, np.uint64))
            held = {key: which for key, which in held.items() if key not in keys}
        update.commit(IndexState(1))
        update.close()

    assert index.size() == len(held)
    expected = [held.get(key, -1) + 1 for key in range(1, 41)]
    assert index.digests(keys_from(1, 40)).tolist() == expected
    query = source[data.draw(st.integers(0, 63))]
    found = index.search(query[None], 40)[0]
    assert sorted(found.keys.tolist()) == sorted(held)
    for key, cosine in zip(found.keys.tolist(), found.cosines.tolist(), strict=True):
        assert cosine == pytest.approx(float(source[held[key]] @ query), abs=0.01)


def test_a_registry_of_twenty_costs_little(tmp_path: Path) -> None:
    put(VectorIndex(tmp_path, ENCODER, CENTRE), keys_from(1, 20), some_vectors(20))

    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 400_000


READER = """
import sys
from pathlib import Path
import numpy as np
from taskmatrix.selector.vectors.index import VectorIndex

index = VectorIndex(Path(sys.argv[1]), "tests", np.zeros(256, np.float32))
print("ready", flush=True)
queries = np.random.default_rng(3).standard_normal((2, 256)).astype(np.float32)
searches, sizes = 0, set()
while index.state().change < 30:
    found = index.search(queries, 20)
    assert all(key > 0 for nearest in found for key in nearest.keys.tolist())
    sizes.add(index.size())
    searches += 1
print(index.size(), searches, len(sizes))
"""


def test_another_process_reads_while_the_files_grow(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path, ENCODER, CENTRE)
    reader = subprocess.Popen([sys.executable, "-c", READER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    for change in range(1, 31):
        put(index, keys_from(1_000 * change, 1_000), some_vectors(1_000, change), change)

    told, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    assert told.split()[0] == "30000"
    last = some_vectors(1_000, 30)
    assert index.search(last[:1], 1)[0].keys.tolist() == [30_000]


def test_what_another_index_commits_is_seen_at_the_next_call(tmp_path: Path) -> None:
    one, two = VectorIndex(tmp_path, ENCODER, CENTRE), VectorIndex(tmp_path, ENCODER, CENTRE)
    vectors = some_vectors(3_000)
    for start in range(0, 3_000, 500):
        put(one, keys_from(start + 1, 500), vectors[start : start + 500], start + 1)
        assert two.size() == start + 500
        assert two.state().change == start + 1
        assert two.search(vectors[start : start + 1], 1)[0].keys.tolist() == [start + 1]
    remove(one, keys_from(1, 10))
    assert np.isnan(two.similarities(vectors[0], keys_from(1, 11))).tolist() == [True] * 10 + [False]


@pytest.mark.parametrize("name", ["columns", "rows", "state"])
@pytest.mark.parametrize("left", [0, 100, 5_000])
def test_a_truncated_file_is_told(tmp_path: Path, name: str, left: int) -> None:
    put(VectorIndex(tmp_path, ENCODER, CENTRE), keys_from(1, 2_000), some_vectors(2_000))
    os.truncate(tmp_path / name, min(left, (tmp_path / name).stat().st_size - 1))

    with pytest.raises(IndexDamagedError):
        VectorIndex(tmp_path, ENCODER, CENTRE)


@pytest.mark.parametrize("name", ["columns", "rows", "state"])
def test_a_flipped_byte_at_the_head_of_a_file_is_told(tmp_path: Path, name: str) -> None:
    put(VectorIndex(tmp_path, ENCODER, CENTRE), keys_from(1, 20), some_vectors(20))
    content = bytearray((tmp_path / name).read_bytes())
    for place in (0, 21, 60, 100):
        flipped = content.copy()
        flipped[place] ^= 4
        (tmp_path / name).write_bytes(flipped)
        with pytest.raises(IndexDamagedError):
            VectorIndex(tmp_path, ENCODER, CENTRE)


def test_foreign_files_and_other_formats_are_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"taskmatrix vectors 0\n{}\n")
    with pytest.raises(IndexDamagedError, match="its format is 'taskmatrix vectors 0'"):
        VectorIndex(tmp_path, ENCODER, CENTRE)
    (tmp_path / "state").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(IndexDamagedError, match="not ours"):
        VectorIndex(tmp_path, ENCODER, CENTRE)
    with pytest.raises(IndexDamagedError):
        VectorIndex(tmp_path / "state", ENCODER, CENTRE).writer()


def test_files_of_two_indexes_do_not_mix(tmp_path: Path) -> None:
    for name in ("one", "two"):
        put(VectorIndex(tmp_path / name, ENCODER, CENTRE), keys_from(1, 20), some_vectors(20))
    (tmp_path / "one" / "rows").write_bytes((tmp_path / "two" / "rows").read_bytes())

    with pytest.raises(IndexDamagedError, match="of another index"):
        VectorIndex(tmp_path / "one", ENCODER, CENTRE)


def test_a_folder_that_was_put_aside_is_not_written_any_more(tmp_path: Path) -> None:
    index = VectorIndex(tmp_path / "vectors", ENCODER, CENTRE)
    put(index, keys_from(1, 20), some_vectors(20))
    update = writer_of(index)
    (tmp_path / "vectors").rename(tmp_path / "aside")
    put(VectorIndex(tmp_path / "vectors", ENCODER, CENTRE), keys_from(1, 3), some_vectors(3))

    with pytest.raises(IndexDamagedError, match="put it aside"):
        update.commit(IndexState(7))
    update.close()
    assert index.size() == 3


def test_keys_and_tags_tell_names_apart() -> None:
    assert key_of("a", "b c") != key_of("a b", "c")
    assert key_of("half", "\ud800") != key_of("half", "\ud801")
    assert 0 < key_of("", "") < 2**64
    assert 0 < tag_of("") < 2**32
