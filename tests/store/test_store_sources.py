import pytest
from sqlalchemy import text
from store_documents import document, prepared, source

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.store import Catalogue, Database, PutCounts


def names(catalogue: Catalogue, package: str | None = None) -> list[str]:
    return [d.name for d in catalogue.documents(package)]


def test_an_import_says_where_its_apis_are_from(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b")], source=source(server="x"))
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert entry.source == "openapi:mail"
    kept = catalogue.source("openapi:mail")
    assert kept is not None
    assert (kept.kind, kept.location, kept.options, kept.apis) == (
        "openapi",
        "/somewhere/openapi:mail",
        {"server": "x"},
        2,
    )
    assert kept.imported is not None
    assert catalogue.sources() == [kept]
    assert catalogue.source("other") is None


def test_importing_again_updates_and_removes_what_the_source_offers_no_more(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("same"), prepared("changed"), prepared("gone")], source=source())
    again = [prepared("same"), prepared("changed", description="new"), prepared("fresh")]
    assert catalogue.apply(again, source=source()) == PutCounts(added=1, updated=1, unchanged=1, removed=1)
    assert names(catalogue) == ["changed", "fresh", "same"]
    assert catalogue.tombstone("mail", "gone") is not None
    kept = catalogue.source("openapi:mail")
    assert kept is not None
    assert kept.apis == 3
    assert len(catalogue.sources()) == 1


def test_a_part_of_a_source_removes_nothing(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b")], source=source())
    counts = catalogue.apply([prepared("b", description="new")], source=source(), whole=False)
    assert counts == PutCounts(updated=1)
    assert names(catalogue) == ["a", "b"]


def test_importing_the_same_again_makes_no_change(database: Database) -> None:
    catalogue = Catalogue(database)
    some = [prepared(f"n{i}") for i in range(5)]
    catalogue.apply(some, source=source())
    before = catalogue.latest_change()
    assert catalogue.apply(some, source=source()) == PutCounts(unchanged=5)
    assert catalogue.latest_change() == before


def test_many_that_are_gone_are_removed_page_by_page(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply((prepared(f"n{i:05}", f"p{i % 7}") for i in range(5_000)), source=source())
    counts = catalogue.apply((prepared(f"n{i:05}", f"p{i % 7}") for i in range(0, 5_000, 10)), source=source())
    assert counts == PutCounts(unchanged=500, removed=4_500)
    assert catalogue.count() == 500


def test_two_imports_in_one_transaction_follow_each_other(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b")], source=source())
    with database.write():
        assert catalogue.apply([prepared("a")], source=source()).removed == 1
        assert catalogue.apply([prepared("b")], source=source()).removed == 1
    assert names(catalogue) == ["b"]


def test_only_its_own_apis_are_removed_by_a_source(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("by hand"))
    catalogue.apply([prepared("of the first")], source=source("first"))
    catalogue.apply([prepared("of the second")], source=source("second"))
    catalogue.apply([prepared("x")], source=source("first"))
    assert names(catalogue) == ["by hand", "of the second", "x"]


@pytest.mark.parametrize("before", ["first", None])
def test_an_api_from_elsewhere_is_kept_unless_the_new_one_is_preferred(database: Database, before: str | None) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a", description="old")], source=source(before) if before else None)
    new = [prepared("a", description="new")]
    assert catalogue.apply(new, source=source("second")) == PutCounts(kept=1)
    asked: list[tuple[str, str]] = []

    def never(served: ApiDocument, offered: ApiDocument) -> bool:
        asked.append((served.description, offered.description))
        return False

    assert catalogue.apply(new, source=source("second"), prefer=never) == PutCounts(kept=1)
    assert asked == [("old", "new")]
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert (entry.document.description, entry.source) == ("old", before)
    assert catalogue.apply(new, source=source("second"), prefer=lambda _old, _new: True) == PutCounts(updated=1)
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert (entry.document.description, entry.source) == ("new", "second")


def test_what_is_registered_by_hand_belongs_to_no_source_any_more(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a")], source=source())
    catalogue.put(document("a", description="by hand"))
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert entry.source is None
    catalogue.apply([], source=source())
    assert names(catalogue) == ["a"]


def test_the_same_document_of_before_there_were_sources_is_adopted(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("old"), prepared("other")])
    catalogue.apply([], source=source())
    with database.write() as connection:
        connection.execute(text("UPDATE apis SET author = '' WHERE name = 'old'"))
    assert catalogue.apply([prepared("old"), prepared("other")], source=source()) == PutCounts(unchanged=2)
    assert [e and e.source for e in (catalogue.entry("mail", n) for n in ("old", "other"))] == ["openapi:mail", None]
    assert names(catalogue) == ["old", "other"]


def test_a_package_that_a_source_brought_goes_with_its_last_api(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.describe(Package(name="own"))
    catalogue.apply([prepared("a", "brought"), prepared("a", "own")], source=source())
    catalogue.apply([], source=source())
    assert [p.name for p in catalogue.packages()] == ["own"]


def test_forgetting_a_source_removes_what_is_from_it(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("by hand"))
    catalogue.apply((prepared(f"n{i}", f"p{i % 3}") for i in range(900)), source=source())
    assert catalogue.remove_source("openapi:mail") == 900
    assert names(catalogue) == ["by hand"]
    assert [p.name for p in catalogue.packages()] == ["mail"]
    assert catalogue.source("openapi:mail") is None
    with pytest.raises(NotFoundError):
        catalogue.remove_source("openapi:mail")


@pytest.mark.parametrize("identity", ["x" * 2_001, "\0", "\ud800"])
def test_an_identity_that_cannot_be_kept_is_refused(database: Database, identity: str) -> None:
    with pytest.raises(UsageError):
        Catalogue(database).apply([prepared("a")], source=source(identity))
    assert Catalogue(database).count() == 0
    assert Catalogue(database).source(identity) is None


def test_an_import_that_breaks_leaves_the_source_as_it_was(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a")], source=source())
    before = catalogue.source("openapi:mail")

    def rows():
        yield prepared("b")
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        catalogue.apply(rows(), source=source(changed="yes"))
    assert catalogue.source("openapi:mail") == before
    assert names(catalogue) == ["a"]
    assert catalogue.apply([prepared("b")], source=source()) == PutCounts(added=1, removed=1)


def test_what_is_older_than_sources_goes_to_the_source_that_inherits_it(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("old"), prepared("another"), prepared("by hand")])
    with database.write() as connection:
        connection.execute(text("UPDATE apis SET author = '' WHERE name <> 'by hand'"))
    offered = [prepared(name, description="new") for name in ("old", "another", "by hand")]

    def inherit(served: ApiDocument, _offered: ApiDocument) -> bool:
        return served.name != "another"

    assert catalogue.apply(offered, source=source()) == PutCounts(kept=3)
    assert catalogue.apply(offered, source=source(), inherit=inherit) == PutCounts(updated=1, kept=2)
    assert catalogue.apply(offered, source=source(), inherit=inherit) == PutCounts(unchanged=1, kept=2)
    entry = catalogue.entry("mail", "old")
    assert entry is not None
    assert (entry.source, entry.revision, entry.document.description) == ("openapi:mail", 2, "new")
    assert [r.by for r in catalogue.history("mail", "old")] == ["", "operator"]
    assert catalogue.apply(offered[1:], source=source()) == PutCounts(removed=1, kept=2)
