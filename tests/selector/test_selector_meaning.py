"""Search by meaning: vectors are made in the background, and what they bring is found without a common word."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from memory_catalogue import MemoryCatalogue, make_document
from small_catalogue import CATALOGUE

from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.models.encoder import load_encoder
from taskmatrix.selector import ApiSelector
from taskmatrix.selector.keys import key_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.retrieval import Encoder


class CountingEncoder:
    """The real encoder; `encoded` holds what it was given."""

    def __init__(self) -> None:
        self._encoder = load_encoder()
        self.name, self.centre = self._encoder.name, self._encoder.centre
        self.encoded: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        return self._encoder.encode_passages(texts)


def no_encoder() -> Encoder:
    raise EncoderUnavailableError("encoder.onnx is missing")


def test_what_shares_no_word_with_the_request_is_found_by_its_meaning() -> None:
    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None)
    selector.embedding.catch_up()
    matches = selector.search("how hot will it be outside tomorrow", explain=True)
    assert matches[0].document.id == "weather.get_forecast"
    assert matches[0].explanation is not None
    assert matches[0].explanation.words == ()
    assert matches[0].explanation.meaning_rank == 1


def test_words_find_what_has_no_vector_yet() -> None:
    catalogue = MemoryCatalogue(CATALOGUE)
    selector = ApiSelector(catalogue, None)
    selector.embedding.catch_up()
    catalogue.put(make_document("garden", "prune_roses", "Prune the roses in the garden.", "bed"))
    assert selector.search("prune the roses")[0].document.id == "garden.prune_roses"
    assert selector.embedding.waiting() == 1


def test_what_is_removed_is_not_found_by_its_meaning_either() -> None:
    catalogue = MemoryCatalogue(CATALOGUE)
    selector = ApiSelector(catalogue, None)
    selector.embedding.catch_up()
    catalogue.remove("weather", "get_forecast")
    assert all(m.document.name != "get_forecast" for m in selector.search("how hot will it be outside tomorrow"))


def test_only_texts_that_changed_are_encoded_again(tmp_path: Path) -> None:
    catalogue, encoder = MemoryCatalogue(CATALOGUE), CountingEncoder()
    ApiSelector(catalogue, tmp_path, encoder=lambda: encoder).embedding.catch_up()
    assert len(encoder.encoded) == len(CATALOGUE)
    encoder.encoded.clear()
    changed = make_document("mail", "send_message", "Send a letter by pigeon.", "to")
    for document in [*CATALOGUE[1:4], changed]:
        catalogue.put(document)
    status = ApiSelector(catalogue, tmp_path, encoder=lambda: encoder).embedding.catch_up()
    assert encoder.encoded == [read_passage(changed)]
    assert (status.done, status.total) == (len(CATALOGUE), len(CATALOGUE))


def test_vectors_of_another_catalogue_are_kept_where_the_texts_are_the_same(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    ApiSelector(MemoryCatalogue(CATALOGUE), tmp_path, encoder=lambda: encoder).embedding.catch_up()
    encoder.encoded.clear()
    other = MemoryCatalogue([make_document("garden", "prune_roses", "Prune the roses."), *CATALOGUE[:3]])
    embedding = ApiSelector(other, tmp_path, encoder=lambda: encoder).embedding
    embedding.catch_up()
    assert len(encoder.encoded) == 1
    gone = key_of(CATALOGUE[-1].package, CATALOGUE[-1].name)
    assert embedding.vectors().size() == 4
    assert embedding.vectors().digests(np.array([gone], np.uint64)) == [0]


@pytest.mark.parametrize("pages", [1, 2])
def test_a_walk_of_another_catalogue_that_is_cut_short_begins_again_and_frees_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    monkeypatch.setattr("taskmatrix.selector.vectors.embedding.PAGE", 2)
    encoder = CountingEncoder()
    ApiSelector(MemoryCatalogue(CATALOGUE), tmp_path, encoder=lambda: encoder).embedding.catch_up()
    encoder.encoded.clear()
    other = MemoryCatalogue([make_document("garden", "prune_roses", "Prune the roses."), *CATALOGUE[-4:]])

    def cut_off(done: int, _total: int) -> None:
        if done >= 2 * pages:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ApiSelector(other, tmp_path, encoder=lambda: encoder).embedding.catch_up(cut_off)
    embedding = ApiSelector(other, tmp_path, encoder=lambda: encoder).embedding
    assert embedding.waiting() == 5
    embedding.catch_up()
    assert (embedding.vectors().size(), embedding.waiting()) == (5, 0)
    wanted = np.array([key_of(d.package, d.name) for d in other.documents()], np.uint64)
    assert embedding.vectors().digests(wanted).all()
    assert len(encoder.encoded) == 1


def test_an_empty_catalogue_frees_all_vectors_of_another(tmp_path: Path) -> None:
    ApiSelector(MemoryCatalogue(CATALOGUE), tmp_path).embedding.catch_up()
    embedding = ApiSelector(MemoryCatalogue(), tmp_path).embedding
    embedding.catch_up()
    assert embedding.vectors().size() == 0


def test_work_that_is_cut_short_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmatrix.selector.vectors.embedding.PAGE", 10)
    encoder = CountingEncoder()
    told: list[tuple[int, int]] = []
    first = ApiSelector(MemoryCatalogue(CATALOGUE), tmp_path, encoder=lambda: encoder).embedding
    assert first.catch_up(lambda done, total: told.append((done, total)), seconds=0).done == 10
    assert told == [(10, len(CATALOGUE))]
    second = ApiSelector(MemoryCatalogue(CATALOGUE), tmp_path, encoder=lambda: encoder).embedding
    assert second.catch_up().done == len(CATALOGUE)
    assert len(encoder.encoded) == len(CATALOGUE)


def test_two_do_not_make_the_same_vectors(tmp_path: Path) -> None:
    catalogue = MemoryCatalogue(CATALOGUE)
    one, other = (ApiSelector(catalogue, tmp_path).embedding for _ in range(2))
    update = one.vectors().writer()
    assert update is not None
    assert other.catch_up().running
    update.close()
    assert not other.catch_up().running


@pytest.mark.parametrize("damage", ["truncated", "foreign"])
def test_damaged_vectors_are_made_again_with_a_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    catalogue = MemoryCatalogue(CATALOGUE)
    ApiSelector(catalogue, tmp_path).embedding.catch_up()
    for file in (tmp_path / "index" / "vectors").iterdir():
        if file.is_file() and file.stat().st_size:
            file.write_bytes(file.read_bytes()[:7] if damage == "truncated" else b"not an index" * 100)
    selector = ApiSelector(catalogue, tmp_path)
    assert selector.search("send a mail")[0].document.id == "mail.send_message"
    assert selector.embedding.catch_up().done == len(CATALOGUE)
    assert "cannot be used" in caplog.text


def test_without_an_encoder_words_are_searched_and_it_is_said(caplog: pytest.LogCaptureFixture) -> None:
    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None, encoder=no_encoder)
    for _ in range(2):
        assert selector.search("hotel room tonight please for two")[0].document.id == "travel.book_hotel"
    assert caplog.text.count("encoder.onnx is missing") == 1


def test_what_fits_in_words_alone_is_not_encoded() -> None:
    asked: list[str] = []

    class Watched(CountingEncoder):
        def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
            asked.extend(texts)
            return super().encode_queries(texts)

    encoder = Watched()
    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None, encoder=lambda: encoder)
    selector.embedding.catch_up()
    query = "convert an amount from one currency to another"
    assert selector.search(query)[0].document.id == "money.convert_currency"
    assert asked == []
    selector.search("how hot will it be outside tomorrow")
    assert asked == ["how hot will it be outside tomorrow"]


def test_a_search_knows_whether_it_lacked_vectors_that_can_be_made() -> None:
    by_words, by_meaning = "convert an amount from one currency to another", "how hot will it be outside tomorrow"
    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None)
    assert not selector.search(by_words).lacks_vectors
    assert selector.search(by_meaning).lacks_vectors
    selector.embedding.catch_up()
    assert not selector.search(by_meaning).lacks_vectors
    assert not ApiSelector(MemoryCatalogue(CATALOGUE), None, encoder=no_encoder).search(by_meaning).lacks_vectors


KILLED = """
import os, signal, sys
from pathlib import Path
from taskmatrix.api_platform import ApiRegistry
from taskmatrix.selector import ApiSelector
from taskmatrix.selector.vectors import embedding
from taskmatrix.store import open_database
embedding.PAGE = 5
home, after = Path(sys.argv[1]), int(sys.argv[2])
with open_database(None, home) as database:
    def killed(done, total):
        if done >= after:
            os.kill(os.getpid(), signal.SIGKILL)
    ApiSelector(ApiRegistry(database), home).embedding.catch_up(killed)
"""


def test_a_process_killed_while_encoding_costs_at_most_a_page(tmp_path: Path) -> None:
    from taskmatrix.api_platform import ApiRegistry
    from taskmatrix.store import open_database

    with open_database(None, tmp_path) as database:
        registry = ApiRegistry(database)
        registry.register_many(CATALOGUE)
        command = [sys.executable, "-c", KILLED, str(tmp_path), "10"]
        assert subprocess.run(command, env=os.environ.copy(), check=False).returncode == -signal.SIGKILL
        encoder = CountingEncoder()
        status = ApiSelector(registry, tmp_path, encoder=lambda: encoder).embedding.catch_up()
        assert (status.done, status.total) == (len(CATALOGUE), len(CATALOGUE))
        assert len(encoder.encoded) == len(CATALOGUE) - 10


def test_an_explanation_can_be_written_as_json() -> None:
    from dataclasses import asdict

    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None)
    selector.embedding.catch_up()
    (match,) = selector.search("how hot will it be outside tomorrow", limit=1, explain=True)
    assert match.explanation is not None
    told = json.loads(json.dumps(asdict(match.explanation)))
    assert told["meaning_rank"] == 1
    assert told["contributions"]
