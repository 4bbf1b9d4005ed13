import pytest
from store_documents import document, prepared, source

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import NotFoundError
from taskmatrix.store import Catalogue, Database, PutCounts


def wary(served: ApiDocument, offered: ApiDocument) -> str | None:
    return f"{served.description} became {offered.description}" if "evil" in offered.description else None


def offer(catalogue: Catalogue, description: str, by: str = "alice") -> PutCounts:
    return catalogue.apply([prepared("a", description=description)], by=by, judge=wary)


def description(catalogue: Catalogue) -> str | None:
    found = catalogue.get("mail", "a")
    return found and found.description


def test_a_change_that_must_wait_leaves_what_is_served(database: Database) -> None:
    catalogue = Catalogue(database)
    assert offer(catalogue, "evil from the start") == PutCounts(added=1)
    catalogue.put(document("a", description="good"))
    before = catalogue.latest_change()
    assert offer(catalogue, "evil") == PutCounts(held=1)
    assert description(catalogue) == "good"
    assert catalogue.latest_change() == before
    (waiting,) = catalogue.pending()
    assert (waiting.package, waiting.name, waiting.reason, waiting.by) == ("mail", "a", "good became evil", "alice")
    assert waiting.document.description == "evil"
    assert catalogue.pending("mail") == [waiting]
    assert catalogue.pending("other") == []


def test_the_operator_lets_a_change_through(database: Database) -> None:
    catalogue = Catalogue(database)
    offer(catalogue, "good")
    offer(catalogue, "evil")
    entry = catalogue.take_pending("mail", "a", "operator")
    assert (entry.revision, entry.document.description) == (2, "evil")
    assert catalogue.history("mail", "a")[-1].by == "operator"
    assert catalogue.pending() == []
    with pytest.raises(NotFoundError, match=r"mail\.a"):
        catalogue.take_pending("mail", "a", "operator")


def test_the_operator_refuses_a_change(database: Database) -> None:
    catalogue = Catalogue(database)
    offer(catalogue, "good")
    offer(catalogue, "evil")
    assert catalogue.drop_pending("mail", "a")
    assert not catalogue.drop_pending("mail", "a")
    assert description(catalogue) == "good"


@pytest.mark.parametrize("later", ["good", "better"])
def test_what_is_offered_later_takes_the_place_of_what_waits(database: Database, later: str) -> None:
    catalogue = Catalogue(database)
    offer(catalogue, "good")
    offer(catalogue, "evil")
    offer(catalogue, later)
    assert catalogue.pending() == []
    assert description(catalogue) == later


def test_of_two_changes_that_must_wait_the_last_does(database: Database) -> None:
    catalogue = Catalogue(database)
    offer(catalogue, "good")
    offer(catalogue, "evil")
    offer(catalogue, "evil again", by="bob")
    (waiting,) = catalogue.pending()
    assert (waiting.document.description, waiting.by) == ("evil again", "bob")
    assert offer(catalogue, "evil again", by="carol") == PutCounts(held=1)
    assert catalogue.pending() == [waiting]


def test_nothing_waits_for_an_api_that_was_removed(database: Database) -> None:
    catalogue = Catalogue(database)
    offer(catalogue, "good")
    offer(catalogue, "evil")
    catalogue.remove("mail", "a")
    assert catalogue.pending() == []


def test_what_waits_stays_of_its_source(database: Database) -> None:
    catalogue = Catalogue(database)
    for text, held in (("good", 0), ("evil", 1), ("evil", 1)):
        counts = catalogue.apply([prepared("a", description=text)], source=source(), judge=wary)
        assert (counts.held, counts.removed) == (held, 0)
    catalogue.take_pending("mail", "a", "operator")
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert (entry.document.description, entry.source) == ("evil", "openapi:mail")


def test_a_preferred_document_of_another_source_is_judged_too(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a", description="good")], source=source("first"))
    evil = [prepared("a", description="evil")]
    assert catalogue.apply(evil, source=source("second"), judge=wary) == PutCounts(kept=1)
    held = catalogue.apply(evil, source=source("second"), judge=wary, prefer=lambda _old, _new: True)
    assert held == PutCounts(held=1)
    catalogue.take_pending("mail", "a", "operator")
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert entry.source == "second"


def test_an_api_in_quarantine_is_gone_from_the_feed_and_comes_back(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    catalogue.put(document("b"))
    catalogue.quarantine("mail", "a", "it answers nothing")
    assert [(c.number, c.name, c.document is None) for c in catalogue.changes(0)] == [(2, "b", False), (3, "a", True)]
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert (entry.quarantined, entry.revision) == ("it answers nothing", 1)
    assert catalogue.get("mail", "a") == catalogue.find("mail.a") == document("a")
    assert [d.name for d in catalogue.documents()] == ["a", "b"]
    assert [d.name for d in catalogue.documents(served=True)] == ["b"]
    assert (catalogue.count(), catalogue.count(served=True), catalogue.count("mail", served=True)) == (2, 1, 1)
    catalogue.put(document("a", description="new"))
    assert catalogue.changes(3)[0].document is None
    catalogue.quarantine("mail", "a", None)
    assert [(c.number, c.name, c.document is None) for c in catalogue.changes(4)] == [(5, "a", False)]
    assert catalogue.count(served=True) == 2


def test_quarantine_that_changes_nothing_is_no_change(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    catalogue.quarantine("mail", "a", None)
    assert catalogue.latest_change() == 1
    with pytest.raises(NotFoundError):
        catalogue.quarantine("mail", "none", "why")


def test_the_feed_tells_owners_and_who_got_what(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b"), prepared("c")], owner="ada")
    assert [(c.name, c.owner) for c in catalogue.changes(0)] == [("a", "ada"), ("b", "ada"), ("c", "ada")]
    catalogue.give("mail", "b", "eve")
    assert [(c.number, c.name, c.owner) for c in catalogue.changes(3)] == [(4, "b", "eve")]
    catalogue.give("mail", None, "bob")
    assert [(c.number, c.name, c.owner) for c in catalogue.changes(4)] == [(5, "a", "bob"), (6, "c", "bob")]
    catalogue.give("mail", None, None)
    assert [(c.number, c.name, c.owner) for c in catalogue.changes(6)] == [(7, "a", ""), (8, "c", "")]
    assert catalogue.latest_change() == 8
