from datetime import UTC, datetime, timedelta

from taskmatrix.store import Database, DemandStore


def test_wishes_are_counted_by_their_words(database: Database) -> None:
    store = DemandStore(database)
    assert store.record_unmet("Fold the laundry", ["home.lamp", "home.door"], origin="search")
    assert store.record_unmet("walk the dog", origin="run")
    assert store.record_unmet("  fold the\nlaundry! ", ["home.robot"], origin="run")
    first, second = store.most_asked()
    assert (first.text, first.times, first.nearest, first.origin) == ("Fold the laundry", 2, ("home.robot",), "run")
    assert (second.text, second.times, second.nearest) == ("walk the dog", 1, ())
    assert datetime.now(UTC) - first.last < timedelta(minutes=1)
    assert first.first <= first.last
    assert store.count() == 2
    assert [one.text for one in store.most_asked(1)] == ["Fold the laundry"]


def test_a_wish_is_found_by_its_words(database: Database) -> None:
    store = DemandStore(database)
    store.record_unmet("Fold the laundry", origin="search")
    found = store.find("fold the laundry?")
    assert found is not None
    assert found.times == 1
    assert store.find("walk the dog") is None
    assert store.find("") is None


def test_what_says_nothing_is_no_wish(database: Database) -> None:
    store = DemandStore(database)
    for text in ("", "  ", "?!", "🙂", "\0"):
        assert not store.record_unmet(text, origin="search")
    assert store.count() == 0


def test_any_text_can_be_kept(database: Database) -> None:
    store = DemandStore(database)
    for text in ("x" * 1_000_000, "a\0b\ud800", "שלום עולם", 'name:" AND (', "\x1b[2J a"):
        assert store.record_unmet(text, ["odd\0.\ud800"], origin="search")
    assert store.count() == 5
    assert max(len(one.text) for one in store.most_asked()) == 500


def test_the_rarest_and_oldest_make_room(database: Database) -> None:
    store = DemandStore(database, most=3)
    for text in ("one", "two", "two", "three", "three"):
        store.record_unmet(text, origin="search")
    store.record_unmet("four", origin="search")
    assert {one.text for one in store.most_asked()} == {"two", "three", "four"}
    store.record_unmet("five", origin="search")
    assert {one.text for one in store.most_asked()} == {"two", "three", "five"}


def test_something_new_comes_in_where_all_else_was_asked_for_often(database: Database) -> None:
    store = DemandStore(database, most=2)
    for text in ("one", "one", "two", "two", "new"):
        store.record_unmet(text, origin="search")
    assert {one.text for one in store.most_asked()} == {"two", "new"}


def test_all_can_be_forgotten(database: Database) -> None:
    store = DemandStore(database)
    store.record_unmet("one", origin="search")
    store.record_unmet("two", origin="search")
    assert store.clear() == 2
    assert store.most_asked() == []
