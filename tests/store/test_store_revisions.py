import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_documents import document, prepared

from taskmatrix.core.documents import Package
from taskmatrix.core.errors import DocumentError, NotFoundError, StaleVersionError
from taskmatrix.store import Catalogue, Database, prepare


def test_a_new_api_is_at_revision_one(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a")], by="alice")
    entry = catalogue.entry("mail", "a")
    assert entry is not None
    assert (entry.revision, entry.owner, entry.source, entry.quarantined) == (1, None, None, None)
    assert entry.digest == document("a").digest()
    assert catalogue.entry("mail", "b") is None
    assert [(r.number, r.by) for r in catalogue.history("mail", "a")] == [(1, "alice")]


def test_every_version_can_be_read_again(database: Database) -> None:
    catalogue = Catalogue(database)
    for number, who in enumerate(("alice", "bob", "carol"), start=1):
        catalogue.apply([prepared("a", description=f"v{number}")], by=who)
    assert [(r.number, r.by, r.document.description) for r in catalogue.history("mail", "a")] == [
        (1, "alice", "v1"),
        (2, "bob", "v2"),
        (3, "carol", "v3"),
    ]
    assert [d and d.description for d in (catalogue.revision("mail", "a", n) for n in (0, 1, 3, 4))] == [
        None,
        "v1",
        "v3",
        None,
    ]
    for number in (1, 2, 3):
        pinned = document("a", description=f"v{number}")
        assert catalogue.at_digest("mail", "a", pinned.digest()) == pinned
    assert catalogue.at_digest("mail", "a", "0" * 64) is None


def test_the_history_goes_on_where_a_name_was_freed(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a", description="v1"))
    catalogue.put(document("a", description="v2"))
    catalogue.remove("mail", "a")
    assert [r.document.description for r in catalogue.history("mail", "a")] == ["v1", "v2"]
    assert catalogue.at_digest("mail", "a", document("a", description="v2").digest()) is not None
    tombstone = catalogue.tombstone("mail", "a")
    assert tombstone is not None
    assert tombstone.revision == 2
    catalogue.put(document("a", description="v3"))
    assert [r.number for r in catalogue.history("mail", "a")] == [1, 2, 3]
    assert catalogue.tombstone("mail", "a") is None


def test_a_tombstone_says_whose_the_name_was(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b")], owner="alice")
    catalogue.give("mail", "b", "bob")
    catalogue.remove("mail", "a")
    assert catalogue.package_tombstones("mail") == catalogue.tombstone("mail", "a")
    catalogue.remove_package("mail")
    found = [catalogue.tombstone("mail", name) for name in ("a", "b")]
    assert [t and t.owner for t in found] == ["alice", "bob"]
    assert catalogue.package_tombstones("mail") == found[1]
    assert catalogue.package_tombstones("other") is None


def test_replacing_the_current_revision_makes_the_next(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    entry = catalogue.replace(document("a", description="new"), expected=1, by="alice")
    assert (entry.revision, entry.document.description) == (2, "new")
    assert catalogue.history("mail", "a")[-1].by == "alice"


def test_replacing_a_revision_that_is_no_longer_current_is_refused(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    catalogue.put(document("a", description="somebody else's"))
    with pytest.raises(StaleVersionError, match="is at revision 2, not 1"):
        catalogue.replace(document("a", description="mine"), expected=1, by="alice")
    assert len(catalogue.history("mail", "a")) == 2
    with pytest.raises(NotFoundError):
        catalogue.replace(document("b"), expected=1, by="alice")


def test_new_packages_and_apis_get_their_owner(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a")], owner="alice")
    catalogue.apply([prepared("b")], owner="bob")
    catalogue.apply([prepared("c")])
    catalogue.apply([prepared("a", description="new")], owner="bob")
    entries = [catalogue.entry("mail", name) for name in ("a", "b", "c")]
    assert [e and e.owner for e in entries] == ["alice", "bob", "alice"]
    assert catalogue.package_owner("mail") == "alice"
    catalogue.describe(Package(name="mail", description="letters"), owner="bob")
    assert catalogue.package_owner("mail") == "alice"


def test_a_package_is_given_with_the_apis_that_are_its_owners(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.apply([prepared("a"), prepared("b")], owner="alice")
    catalogue.give("mail", "b", "bob")
    catalogue.give("mail", None, "carol")
    entries = [catalogue.entry("mail", name) for name in ("a", "b")]
    assert [e and e.owner for e in entries] == ["carol", "bob"]
    catalogue.give("mail", "b", "carol")
    catalogue.give("mail", None, "dave")
    entry = catalogue.entry("mail", "b")
    assert entry is not None
    assert entry.owner == "dave"


@pytest.mark.parametrize(("package", "name"), [("none", None), ("mail", "none"), ("\0", None), ("mail", "\ud800")])
def test_what_is_not_there_cannot_be_given(database: Database, package: str, name: str | None) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    with pytest.raises(NotFoundError):
        catalogue.give(package, name, "alice")


def test_packages_are_found_by_the_form_that_look_alikes_share(database: Database) -> None:
    older = Catalogue(database, skeleton=lambda _name: "")
    older.put(document("a", "Mail"))
    catalogue = Catalogue(database)
    catalogue.put(document("a", "mail"))
    catalogue.put(document("a", "post"))
    assert catalogue.skeletons("mail") == ["Mail", "mail"]
    assert catalogue.skeletons("letters") == []


@pytest.mark.parametrize(
    ("package", "name"), [("a\0b", "n"), ("p", "\0"), ("p" * 2_000, "n" * 501), ("ü" * 1_251, "n")]
)
def test_names_that_no_index_holds_are_refused(package: str, name: str) -> None:
    with pytest.raises(DocumentError) as caught:
        prepare(document(name, package))
    assert caught.value.code == "name.charset"
    assert caught.value.path in ("package", "name")


def test_the_longest_names_are_kept(database: Database) -> None:
    catalogue = Catalogue(database)
    # Letters by no rule: an index that compresses would hold more of others.
    long = "".join(chr(0x4E00 + n * n * 7_919 % 20_000) for n in range(833))
    for description in ("v1", "v2"):
        catalogue.put(document("n", long, description))
    catalogue.remove(long, "n")
    assert [r.number for r in catalogue.history(long, "n")] == [1, 2]


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "x" * 100_000])
def test_asking_for_names_that_cannot_be_finds_nothing(database: Database, text: str) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    assert catalogue.get(text, "a") is None
    assert catalogue.get("mail", text) is None
    assert catalogue.find(text) is None
    assert catalogue.entry(text, text) is None
    assert catalogue.package(text) is None
    assert catalogue.package_owner(text) is None
    assert not catalogue.documents(text)
    assert not catalogue.digests(text)
    assert not catalogue.names(text)
    assert catalogue.count(text) == 0
    assert not catalogue.history("mail", text)
    assert catalogue.revision(text, "a", 1) is None
    assert catalogue.at_digest("mail", "a", text) is None
    assert catalogue.tombstone(text, "a") is None
    assert catalogue.package_tombstones(text) is None
    assert not catalogue.skeletons(text)
    assert not catalogue.pending(text)
    assert not catalogue.drop_pending("mail", text)
    assert not catalogue.remove("mail", text)
    assert catalogue.remove_package(text) == 0


def test_a_document_with_an_escaped_nul_comes_back(database: Database) -> None:
    catalogue = Catalogue(database)
    whole = document("a", description="before\0after", examples=["a(x='\0')"])
    catalogue.put(whole)
    assert catalogue.get("mail", "a") == whole
    assert catalogue.changes(0)[0].document == whole


steps = st.lists(st.tuples(st.sampled_from(["put", "remove"]), st.sampled_from("ab"), st.sampled_from("xyz")))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_the_history_keeps_every_version_in_order(
    database: Database, some: list[tuple[str, str, str]]
) -> None:
    catalogue = Catalogue(database)
    catalogue.remove_package("mail")
    start = {name: [r.document.description for r in catalogue.history("mail", name)] for name in "ab"}
    expected = {name: list(start[name]) for name in "ab"}
    served: dict[str, str] = {}
    for what, name, description in some:
        if what == "remove":
            assert catalogue.remove("mail", name) == (name in served)
            served.pop(name, None)
        else:
            catalogue.put(document(name, description=description))
            if served.get(name) != description:
                expected[name].append(description)
            served[name] = description
    for name in "ab":
        found = catalogue.history("mail", name)
        assert [r.document.description for r in found] == expected[name]
        assert [r.number for r in found] == list(range(1, len(found) + 1))
        entry = catalogue.entry("mail", name)
        assert (entry and entry.document.description) == served.get(name)
        assert (catalogue.tombstone("mail", name) is None) == (name in served or not found)
