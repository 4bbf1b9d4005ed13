"""A writer that is killed, and a machine that loses power: what is committed stays right, the rest is told apart."""

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from forked import ForkedCommands
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.vectors.index import VectorIndex

KILLS = 12
LAST = 600
COMMIT_EVERY = 4
KEYS = 2_500

# Change n puts 60 keys with vectors of its own, or removes 60. A digest says which change its vector is from.
FEED = """
from functools import cache
import numpy as np

@cache
def change(number):
    rng = np.random.default_rng(number)
    keys = np.unique(rng.integers(1, 2_500, 60)).astype(np.uint64)
    vectors = None if number % 3 == 2 else rng.standard_normal((len(keys), 256)).astype(np.float32)
    return keys, vectors

def apply(update, number):
    keys, vectors = change(number)
    if vectors is None:
        update.remove(keys)
    else:
        digests = np.full(len(keys), number, np.uint64)
        update.put(keys, digests, np.full((len(keys), 3), number, np.uint32), vectors)
"""

WRITER = f"""
import sys
from pathlib import Path
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.vectors.index import VectorIndex
{FEED}
index = VectorIndex(Path(sys.argv[1]), "crash", np.zeros(256, np.float32))
update = index.writer()
for number in range(index.state().change + 1, {LAST} + 1):
    apply(update, number)
    print(number, flush=True)
    if number % {COMMIT_EVERY} == 0:
        update.commit(IndexState(number))
        print("committed", flush=True)
"""

feed: dict[str, object] = {}
exec(FEED, feed)  # noqa: S102 the same few lines for both processes
change, apply = feed["change"], feed["apply"]


def expected(upto: int) -> dict[int, int]:
    """Return from which change each key's row must be."""
    held: dict[int, int] = {}
    for number in range(1, upto + 1):
        keys, vectors = change(number)
        for key in keys.tolist():
            if vectors is None:
                held.pop(key, None)
            else:
                held[key] = number
    return held


def vector_of(key: int, number: int) -> np.ndarray:
    keys, vectors = change(number)
    vector = vectors[keys.tolist().index(key)]
    return vector / np.linalg.norm(vector)


def look(index: VectorIndex, window: int) -> int:
    """Assert that rows are right, but for those of changes that were not committed: right, or not trusted."""
    done = index.state().change
    held = expected(done)
    open_keys = {key for number in range(done + 1, done + window + 1) for key in change(number)[0].tolist()}
    keys = np.arange(1, KEYS, dtype=np.uint64)
    digests = index.digests(keys).tolist()
    for key, digest in zip(keys.tolist(), digests, strict=True):
        if key not in open_keys:
            assert digest == held.get(key, 0)
        if 0 < digest <= LAST:
            found = index.similarities(vector_of(key, digest), np.array([key], np.uint64))[0]
            assert found == pytest.approx(1, abs=0.001), (key, digest)
    return done


@pytest.mark.slow
def test_after_every_kill_what_was_committed_is_right(tmp_path: Path, forked_commands: ForkedCommands) -> None:
    chance = random.Random(5)
    done = 0
    for _ in range(KILLS):
        writer = forked_commands.talk(str(tmp_path), code=WRITER)
        assert writer.stdout is not None
        heard = [writer.stdout.readline() for _ in range(chance.randint(2, 50))]
        writer.kill()
        rest = writer.communicate().split("\n")
        now = look(VectorIndex(tmp_path, "crash", np.zeros(256, np.float32)), window=COMMIT_EVERY)
        acknowledged = sum(line.strip() == "committed" for line in [*heard, *rest])
        assert now >= done + COMMIT_EVERY * acknowledged
        done = now

    finish(tmp_path)


def finish(folder: Path) -> None:
    """Follow the feed to its end, and assert that nothing is wrong any more."""
    index = VectorIndex(folder, "crash", np.zeros(256, np.float32))
    update = index.writer()
    assert update is not None
    for number in range(index.state().change + 1, LAST + 1):
        apply(update, number)
    update.commit(IndexState(LAST))
    update.close()
    assert look(index, window=0) == LAST
    assert index.size() == len(expected(LAST))
    query = np.random.default_rng(1).standard_normal((1, 256)).astype(np.float32)
    found = index.search(query, KEYS)[0].keys.tolist()
    assert sorted(found) == sorted(expected(LAST))


@pytest.mark.parametrize("seed", range(6))
def test_after_a_loss_of_power_rows_of_mixed_pages_are_told_from_whole_ones(tmp_path: Path, seed: int) -> None:
    before, after, folder = tmp_path / "before", tmp_path / "after", tmp_path / "folder"
    index = VectorIndex(folder, "crash", np.zeros(256, np.float32))
    update = index.writer()
    assert update is not None
    for number in range(1, 41):
        apply(update, number)
    update.commit(IndexState(40))
    shutil.copytree(folder, before)
    for number in range(41, 61):
        apply(update, number)
    update.close()
    shutil.copytree(folder, after)

    # Any page may have reached the disk, in any order; `state` has not.
    rng = np.random.default_rng(seed)
    for name in ("columns", "rows"):
        old, new = (before / name).read_bytes(), (after / name).read_bytes()
        old = old.ljust(len(new), b"\0")
        pages = [(old, new)[rng.integers(2)][at : at + 512] for at in range(0, len(new), 512)]
        (folder / name).write_bytes(b"".join(pages))

    assert look(VectorIndex(folder, "crash", np.zeros(256, np.float32)), window=20) == 40
    finish(folder)
