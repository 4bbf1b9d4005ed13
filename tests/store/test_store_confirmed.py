import pytest
from store_documents import document

from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.store import Catalogue, ConfirmedStore, Database
from taskmatrix.store.confirmed import MOST_CONFIRMED


@pytest.fixture
def catalogue(database: Database) -> Catalogue:
    catalogue = Catalogue(database)
    catalogue.put_many([document("send"), document("read")])
    return catalogue


def said(database: Database, name: str) -> list[str]:
    return [one.instruction for one in ConfirmedStore(database).of("mail", name)]


def test_an_instruction_comes_with_the_next_change_of_its_api(catalogue: Catalogue, database: Database) -> None:
    before = catalogue.latest_change()
    assert ConfirmedStore(database).add("mail", "send", "  write to\n my boss ", by="ann")
    (change,) = catalogue.changes(before)
    assert (change.number, change.name, change.confirmed) == (before + 1, "send", ("write to my boss",))
    assert [(c.name, c.confirmed) for c in catalogue.changes(0)] == [("read", ()), ("send", ("write to my boss",))]
    (kept,) = ConfirmedStore(database).of("mail", "send")
    assert (kept.package, kept.name, kept.by) == ("mail", "send", "ann")


def test_an_instruction_is_known_again_by_its_words(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    store.add("mail", "send", "write to my boss", by="ann")
    store.add("mail", "send", "drop a line", by="ann")
    before = catalogue.latest_change()
    assert not store.add("mail", "send", "Write to my BOSS!", by="bob")
    assert said(database, "send") == ["Write to my BOSS!", "drop a line"]
    assert catalogue.latest_change() == before


def test_the_same_words_may_be_for_two_apis(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    assert store.add("mail", "send", "mail", by="ann")
    assert store.add("mail", "read", "mail", by="ann")
    assert [c.confirmed for c in catalogue.changes(0)] == [("mail",), ("mail",)]


def test_of_too_many_the_oldest_go(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    with database.write():
        for number in range(MOST_CONFIRMED + 3):
            store.add("mail", "send", f"letter number {number}", by="ann")
    kept = said(database, "send")
    assert len(kept) == MOST_CONFIRMED
    assert (kept[0], kept[-1]) == (f"letter number {MOST_CONFIRMED + 2}", "letter number 3")


def test_what_is_withdrawn_leaves_the_feed(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    store.add("mail", "send", "write to my boss", by="ann")
    before = catalogue.latest_change()
    assert store.remove("mail", "send", "write to my boss.")
    assert [c.confirmed for c in catalogue.changes(before)] == [()]
    assert not store.remove("mail", "send", "write to my boss")
    assert not store.remove("mail", "s\0nd", "write")


def test_an_api_that_is_removed_loses_what_was_confirmed(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    store.add("mail", "send", "write", by="ann")
    store.add("mail", "read", "look", by="ann")
    catalogue.remove("mail", "send")
    catalogue.put(document("send"))
    assert said(database, "send") == []
    assert said(database, "read") == ["look"]
    catalogue.remove_package("mail")
    assert said(database, "read") == []


def test_a_new_version_keeps_what_was_confirmed(catalogue: Catalogue, database: Database) -> None:
    ConfirmedStore(database).add("mail", "send", "write", by="ann")
    before = catalogue.latest_change()
    catalogue.put(document("send", description="new"))
    assert [c.confirmed for c in catalogue.changes(before)] == [("write",)]


def test_only_words_for_an_api_that_is_there_are_kept(catalogue: Catalogue, database: Database) -> None:
    store = ConfirmedStore(database)
    for name in ("gone", "s\0nd", "\ud800"):
        with pytest.raises(NotFoundError):
            store.add("mail", name, "write", by="ann")
    for empty in ("", " \n", "?!…", "\0"):
        with pytest.raises(UsageError):
            store.add("mail", "send", empty, by="ann")
    assert store.add("mail", "send", "a\0b \ud800 " + "long " * 10_000, by="ann")
    assert said(database, "send")[0].startswith("a?b ? long")
    assert len(said(database, "send")[0]) <= 500
