import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_catalogue import OFFICE, cut_off, make_document

from databases import SERVER, DatabasePlace
from taskmatrix.core.errors import SettingError
from taskmatrix.core.search import ANYTHING, SearchFilter
from taskmatrix.selector.database import following
from taskmatrix.selector.database.following import signed
from taskmatrix.selector.database.index import DatabaseVectors
from taskmatrix.selector.database.search import DatabaseSearch, PendingVector
from taskmatrix.selector.database.words import group, narrow, quote, score, write_words
from taskmatrix.selector.keys import key_of
from taskmatrix.selector.queries import read_query
from taskmatrix.selector.retrieval import Candidate, Query
from taskmatrix.store import Catalogue, Database
from taskmatrix.store.confirmed import ConfirmedStore

CENTRE = np.zeros(256, np.float32)


@pytest.fixture
def shared(postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    with DatabasePlace(tmp_path / "home", postgres_url).open() as opened:
        yield opened


@pytest.fixture
def office(shared: Database) -> Catalogue:
    catalogue = Catalogue(shared)
    catalogue.put_many(OFFICE)
    return catalogue


@pytest.fixture
def search(shared: Database, office: Catalogue) -> DatabaseSearch:
    made = DatabaseSearch(shared, office, "test", CENTRE)
    made.follow()
    return made


def ask(search: DatabaseSearch, text: str, vector: np.ndarray | None = None, **more: object) -> list[Candidate]:
    where = SearchFilter(**more)  # type: ignore[arg-type]
    found = search.candidates([Query(text, read_query(text), vector)], 10, where)[0]
    return sorted(found, key=lambda c: (-c.score, -(c.meaning or 0.0)))


def names(found: list[Candidate]) -> list[str]:
    return [candidate.name for candidate in found]


def vector_of(name: str) -> np.ndarray:
    drawn = np.random.default_rng(sum(name.encode())).normal(size=256).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def embed(search: DatabaseSearch, limit: int = 100) -> int:
    pending = search.pending_vectors(limit)
    return search.put_vectors(pending, np.stack([vector_of(p.passage) for p in pending])) if pending else 0


def test_a_file_cannot_be_searched_in_the_database(tmp_path: Path) -> None:
    with DatabasePlace(tmp_path / "home", None).open() as opened, pytest.raises(SettingError):
        DatabaseSearch(opened, Catalogue(opened))


@pytest.mark.parametrize(
    ("query", "api"),
    [
        ("create slides", "createSlide"),
        ("put a picture on it", "insert_picture"),
        ("send an email to Anna", "send-message"),
        ("what will the weather be in Paris", "get.forecast"),
        ("CONVERTING CURRENCIES", "convert_currency"),
    ],
)
def test_an_api_is_found_in_the_database_by_its_words_in_any_form(
    search: DatabaseSearch, query: str, api: str
) -> None:
    assert names(ask(search, query))[0] == api


def test_a_candidate_from_the_database_has_the_stems_of_its_parts(search: DatabaseSearch) -> None:
    found = ask(search, "insert picture")[0]
    assert found.titles == ("insert", "pictur")
    assert found.packages == {"deck"}
    assert {"pictur", "file", "slide"} <= found.summary
    assert "width" in found.rest
    assert found.meaning is None


@pytest.mark.parametrize(
    "query", ['name:"', "AND (", "*", "a' | b", "\\", "it's o'clock", "\x00\x01", "🎉🎉", "שקופית", "", "\ud800", "%s"]
)
def test_any_query_is_answered_by_the_database(search: DatabaseSearch, query: str) -> None:
    assert len(ask(search, query, vector_of("x"))) <= 20


def test_documents_of_any_words_can_be_kept_in_the_database(search: DatabaseSearch, office: Catalogue) -> None:
    odd = ["x" * 1_000, "a'b", "a\\b", "🎉", " ", "né", "AND", "한국어", "%s", "a|b&c"]
    office.put_many([make_document(name, name, f"It is a strange thing, called {name}.") for name in odd])
    search.follow()
    assert {c.package for c in ask(search, "strange thing")} == set(odd)
    assert {"né"} == {c.package for c in ask(search, "né")}


def test_what_changes_in_the_catalogue_changes_in_the_database_search(
    search: DatabaseSearch, office: Catalogue
) -> None:
    office.put(make_document("kitchen", "bake_bread", "Bake bread."))
    search.follow()
    assert names(ask(search, "bake bread")) == ["bake_bread"]
    office.put(make_document("kitchen", "bake_bread", "Fry fish."))
    search.follow()
    assert "bread" not in ask(search, "fish")[0].summary
    office.remove("kitchen", "bake_bread")
    search.follow()
    assert ask(search, "bake fish") == []
    assert not search.knows("fish")


def test_what_is_in_quarantine_is_not_found_in_the_database(search: DatabaseSearch, office: Catalogue) -> None:
    office.quarantine("mail", "send-message", "spam")
    search.follow()
    assert "send-message" not in names(ask(search, "send message"))
    office.quarantine("mail", "send-message", None)
    search.follow()
    assert names(ask(search, "send message"))[0] == "send-message"


def test_rarity_is_the_same_as_in_an_index_of_this_machine(search: DatabaseSearch) -> None:
    assert search.rarity("slide") == pytest.approx(math.log1p((9 - 3 + 0.5) / 3.5))
    assert search.knows("slide")
    assert not search.knows("piano")


def test_counts_of_stems_are_right_after_any_changes(search: DatabaseSearch, office: Catalogue) -> None:
    for number in range(3):
        office.put(make_document("p", f"n{number}", "Make bread."))
    search.follow()
    office.put(make_document("p", "n0", "Make coffee."))
    office.remove("p", "n1")
    search.follow()
    assert search.rarity("bread") == pytest.approx(math.log1p((11 - 1 + 0.5) / 1.5))
    assert search.status().documents == office.count()


def test_a_search_in_the_database_can_be_narrowed(shared: Database, search: DatabaseSearch, office: Catalogue) -> None:
    office.put(make_document("disk", "wipe", "Wipe the file system.", effects="destructive"))
    office.apply([], owner="ann")
    search.follow()
    embed(search)
    near = vector_of("anything")
    assert {c.package for c in ask(search, "file", near, packages=("mail", "weather"))} == {"mail", "weather"}
    assert names(ask(search, "file", near, effects=("destructive",))) == ["wipe"]
    assert ask(search, "file", near, owners=("nobody",)) == []
    found = search.candidates([Query("file", read_query("file"), near)], 20, ANYTHING, ["package:deck"])[0]
    assert {c.package for c in found} == {"mail", "weather", "money", "disk"}


def test_words_are_searched_before_there_are_vectors_and_both_after(search: DatabaseSearch) -> None:
    wanted = search.pending_vectors(1)[0]
    assert [c.meaning for c in ask(search, "slide", vector_of(wanted.passage))] == [None] * 3
    assert search.put_vectors([wanted], np.stack([vector_of(wanted.passage)])) == 1
    found = max(ask(search, "", vector_of(wanted.passage)), key=lambda c: c.meaning or 0.0)
    assert found.meaning == pytest.approx(1.0, abs=0.01)
    assert embed(search) == 8
    assert search.status().vectors == 9
    assert all(c.meaning is not None for c in ask(search, "slide", vector_of(wanted.passage)))


def test_no_two_nodes_are_given_the_same_documents_to_embed(shared: Database, search: DatabaseSearch) -> None:
    other = DatabaseSearch(shared, Catalogue(shared), "test", CENTRE)
    keys = {p.key for p in search.pending_vectors(5)}, {p.key for p in other.pending_vectors(5)}
    assert len(keys[0]) == 5
    assert len(keys[1]) == 4
    assert not keys[0] & keys[1]


def test_documents_whose_encoding_was_cut_short_are_left_to_others(shared: Database, office: Catalogue) -> None:
    class Cut:
        name, centre, runs = "test", CENTRE, 0

        def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
            raise NotImplementedError

        def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
            assert DatabaseVectors(shared, office, lambda: self).status().running
            self.runs += 1
            if self.runs == 1:
                raise KeyboardInterrupt
            return np.stack([vector_of(text) for text in texts])

    encoder = Cut()
    vectors = DatabaseVectors(shared, office, lambda: encoder)
    with pytest.raises(KeyboardInterrupt):
        vectors.catch_up()
    assert not vectors.status().running
    status = DatabaseVectors(shared, office, lambda: encoder).catch_up()
    assert (status.done, status.running) == (9, False)


def test_a_document_that_changes_loses_its_vector_and_one_that_reads_the_same_keeps_it(
    search: DatabaseSearch, office: Catalogue
) -> None:
    embed(search)
    office.put(make_document("deck", "open", "Unlock the door.", "path"))
    office.put(make_document("deck", "save", "Write the presentation to a file.", "path", examples=["save it"]))
    search.follow()
    assert search.status().vectors == 8
    assert [p.passage.split(".")[0] for p in search.pending_vectors(10)] == ["open"]


def test_a_vector_of_what_a_document_said_before_is_not_kept(search: DatabaseSearch, office: Catalogue) -> None:
    pending = search.pending_vectors(100)
    office.put(make_document("deck", "open", "Unlock the door.", "path"))
    search.follow()
    assert search.put_vectors(pending, np.stack([vector_of(p.passage) for p in pending])) == 8
    assert embed(search) == 1


def test_a_vector_of_a_document_that_is_gone_is_not_kept(search: DatabaseSearch, office: Catalogue) -> None:
    pending = search.pending_vectors(100)
    office.remove("deck", "open")
    search.follow()
    assert search.put_vectors(pending, np.stack([vector_of(p.passage) for p in pending])) == 8
    assert search.put_vectors([PendingVector(1, 1, "?")], vector_of("?")[None]) == 0


def test_vectors_of_another_encoder_are_left_alone_until_they_are_made_anew(
    shared: Database, search: DatabaseSearch, office: Catalogue
) -> None:
    embed(search)
    newer = DatabaseSearch(shared, office, "newer", CENTRE)
    assert newer.pending_vectors(10) == []
    assert all(c.meaning is None for c in ask(newer, "slide", vector_of("x")))
    newer.restart_vectors()
    assert embed(newer) == 9
    assert newer.status().encoder == "newer"


def test_a_second_node_finds_what_the_first_has_written(shared: Database, search: DatabaseSearch) -> None:
    other = DatabaseSearch(shared, Catalogue(shared), "test", CENTRE)
    assert names(ask(other, "create slides"))[0] == "createSlide"


def test_nothing_is_found_where_there_are_no_tables_and_they_are_made_again(search: DatabaseSearch) -> None:
    search.rebuild()
    assert ask(search, "slide", vector_of("x")) == []
    assert search.pending_vectors(1) == []
    search.follow()
    assert names(ask(search, "create slides"))[0] == "createSlide"


def test_a_catalogue_restored_from_before_is_followed_from_the_start(shared: Database, search: DatabaseSearch) -> None:
    with shared.write() as connection:
        connection.exec_driver_sql("UPDATE search1_state SET change = 1000")
    search.follow()
    assert search.status().change == 9
    assert search.status().documents == 9


def test_a_long_filling_that_is_cut_off_goes_on_where_it_was(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAGE", 10)
    monkeypatch.setattr(following, "BATCH", 20)
    catalogue = Catalogue(shared)
    catalogue.put_many([make_document("p", f"bake_{n}", "Bake bread.") for n in range(50)])
    cut_off(catalogue, monkeypatch, page=4)
    first = DatabaseSearch(shared, catalogue)
    with pytest.raises(KeyboardInterrupt):
        first.follow()
    assert first.status().change == 20
    catalogue.put(make_document("p", "bake_3", "Fry fish."))
    second = DatabaseSearch(shared, Catalogue(shared))
    second.follow()
    assert second.status().documents == 50
    assert second.rarity("fish") == pytest.approx(math.log1p((50 - 1 + 0.5) / 1.5))


_FOLLOW = """
import sys
from pathlib import Path
from taskmatrix.selector.database import following as database_following
from taskmatrix.selector.database.search import DatabaseSearch
from taskmatrix.store import Catalogue, open_database
database_following.PAGE = database_following.BATCH = 7
with open_database(sys.argv[1], Path(sys.argv[2])) as database:
    print("open", flush=True)
    while True:
        DatabaseSearch(database, Catalogue(database)).follow()
        print("followed", flush=True)
"""


def test_nodes_that_are_killed_while_they_follow_leave_tables_that_agree_with_the_catalogue(
    shared: Database, postgres_url: str, tmp_path: Path
) -> None:
    catalogue = Catalogue(shared)
    command = [sys.executable, "-c", _FOLLOW, postgres_url, str(tmp_path / "node")]
    for turn in range(3):
        nodes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        for node in nodes:
            assert node.stdout is not None
            assert node.stdout.readline() == b"open\n"
        catalogue.put_many([make_document("p", f"bake_{n}", f"Bake bread {turn}.") for n in range(40 * turn + 40)])
        catalogue.remove("p", "bake_1")
        for node in nodes:
            node.send_signal(signal.SIGKILL)
            node.communicate()
        with shared.read() as connection:
            change = connection.exec_driver_sql(
                "SELECT CASE WHEN to_regclass('search1_state') IS NULL THEN 0 ELSE 1 END"
            ).scalar_one()
            if change:
                counted, kept = connection.exec_driver_sql(
                    "SELECT documents, (SELECT count(*) FROM search1_documents) FROM search1_state"
                ).one()
                assert counted == kept
    search = DatabaseSearch(shared, catalogue)
    search.follow()
    assert search.status().documents == catalogue.count() == 119
    assert search.rarity("bread") == pytest.approx(math.log1p(0.5 / 119.5))


def test_the_graph_of_the_extension_finds_the_nearest(shared: Database, office: Catalogue) -> None:
    with psycopg.connect(os.environ[SERVER], autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone():
            pytest.skip("this PostgreSQL has no extension `vector`")
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    office.put_many([make_document("p", f"bake_{n}", f"Bake bread number {n}.") for n in range(300)])
    search = DatabaseSearch(shared, office, "test", CENTRE)
    search.follow()
    pending = search.pending_vectors(1_000)
    near = np.stack([np.random.default_rng(n).normal(size=256) for n in range(309)]).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    assert search.put_vectors(pending, near) == 309
    assert search.index_vectors()
    assert search.status().graph
    for wanted, vector in list(zip(pending, near, strict=True))[:20]:
        best = max(ask(search, "", vector), key=lambda c: c.meaning or 0.0)
        assert signed(key_of(best.package, best.name)) == wanted.key
        assert best.meaning == pytest.approx(1.0, abs=0.01)
    assert {c.package for c in ask(search, "", near[0], packages=("mail",))} == {"mail"}
    assert {c.package for c in ask(search, "", near[0], effects=("read",))} == set()
    office.put(make_document("q", "new", "Something new."))
    search.follow()
    assert embed(search) == 1


def test_an_api_for_which_the_query_was_confirmed_comes_first(
    search: DatabaseSearch, shared: Database, office: Catalogue
) -> None:
    ConfirmedStore(shared).add("money", "convert_currency", "how rich am I in yen", by="ann")
    search.follow()
    assert ask(search, "am I rich in yen?")[0].confirmed >= {"rich", "yen"}
    office.put_many([make_document("p", f"rich_yen_{n}", "Rich in yen, rich in yen.") for n in range(60)])
    search.follow()
    assert names(ask(search, "how rich am I in yen"))[0] == "convert_currency"
    assert len(ask(search, "rich yen")) == 10


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["bread", "coffee", None])), max_size=15))
def test_after_any_changes_exactly_what_is_registered_is_in_the_database_search(
    shared: Database, steps: list[tuple[int, str | None]]
) -> None:
    catalogue = Catalogue(shared)
    search = DatabaseSearch(shared, catalogue)
    for index, (number, word) in enumerate(steps):
        if word is None:
            catalogue.remove("p", f"n{number}x")
        else:
            catalogue.put(make_document("p", f"n{number}x", f"Make {word}."))
        if index % 3 == 0:
            search.follow()
    search.follow()
    for word in ("bread", "coffee"):
        assert set(names(ask(search, word))) == {d.name for d in catalogue.documents() if word in d.description}


def test_rare_stems_match_alone_and_common_ones_only_together() -> None:
    assert narrow({"tide": 30, "piano": 0}, 1_000_000) == "'tide'"
    assert narrow({"tide": 30, "list": 40_000, "buoy": 40_000}, 1_000_000, 10_000) == "'tide' | ('buoy' & 'list')"
    assert narrow({"get": 900_000, "list": 900_000}, 1_000_000) == "'get' & 'list'"
    assert narrow({"piano": 0}, 1_000_000) == ""
    assert narrow({"get": 9, "list": 9}, 9) == "'get' | 'list'"


def test_words_that_count_the_same_are_in_one_group() -> None:
    assert [(g.query, g.size) for g in group({"a": 1.0, "b": 1.0, "c": 9.0})] == [("'a' | 'b'", 2), ("'c'", 1)]
    assert group({}) == []


@given(st.dictionaries(st.text(min_size=1).filter(lambda t: " " not in t), st.integers(1, 40_000), min_size=1))
def test_how_often_a_stem_is_in_a_document_is_read_back_as_it_was_written(counts: dict[str, int]) -> None:
    words = write_words(counts)
    length = sum(counts.values())
    for term in read_query("create the slide").terms:
        assert (score([term], {term.stem: 1.0}, words, length, length) > 0) == (term.stem in counts)
    assert quote("a'b\\c") == "'a''b\\\\c'"


def test_a_selector_over_the_database_answers_as_one_over_files(postgres_url: str, tmp_path: Path) -> None:
    from small_catalogue import CATALOGUE

    from taskmatrix.api_platform import ApiRegistry
    from taskmatrix.models.encoder import load_encoder
    from taskmatrix.selector import ApiSelector
    from taskmatrix.selector.database.index import DatabaseIndex
    from taskmatrix.store import open_database

    with open_database(postgres_url, tmp_path) as database:
        registry = ApiRegistry(database)
        registry.register_many(CATALOGUE)
        files = ApiSelector(registry, tmp_path)
        tables = ApiSelector(registry, None, index=DatabaseIndex(database, registry, load_encoder))
        assert tables.search("send a mail to my colleague")[0].document.id == "mail.send_message"
        assert tables.embedding.waiting() == len(CATALOGUE)
        for selector in (files, tables):
            status = selector.embedding.catch_up()
            assert (status.done, status.total) == (len(CATALOGUE), len(CATALOGUE))
        for query in ("how hot will it be outside tomorrow", "book a hotel for two nights", "switch off the lamp"):
            own, other = (selector.search(query, limit=1)[0] for selector in (tables, files))
            assert own.document.id == other.document.id
            assert own.score == pytest.approx(other.score, abs=0.1)
        registry.remove("weather.get_forecast")
        assert all(m.document.name != "get_forecast" for m in tables.search("how hot will it be outside tomorrow"))
