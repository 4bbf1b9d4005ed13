import os
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from databases import DatabasePlace
from taskmatrix.core.documents import ApiDocument, Package, Parameter, parse_document
from taskmatrix.core.errors import DocumentError, StoreError
from taskmatrix.store import Catalogue, Database, PutCounts, prepare


def document(name: str, package: str = "mail", description: str = "d", **more: object) -> ApiDocument:
    return parse_document({"package": package, "name": name, "description": description, "parameters": [], **more})


def test_what_was_put_comes_back_the_same(database: Database) -> None:
    whole = parse_document(
        {
            "package": "mail",
            "name": "send",
            "description": "Sends.",
            "parameters": [
                {"name": "to", "required": True, "schema": {"type": "array", "items": {"type": "string"}}, "x": 1}
            ],
            "returns": {"description": "the id", "schema": {"type": "string"}},
            "errors": [{"name": "Refused", "description": "by the server"}],
            "examples": ['send(to=["a@b.c"])'],
            "composition": "Call `login` before",
            "rules": [{"kind": "before", "apis": ["login"]}],
            "effects": {"kind": "write", "sinks": ["to"]},
            "source": {"kind": "rest", "method": "POST"},
            "unknown key": {"kept": [1, None, True]},
        }
    )
    catalogue = Catalogue(database)
    assert catalogue.put(whole) == "added"
    assert catalogue.get("mail", "send") == whole
    assert catalogue.find("mail.send") == whole


def test_a_document_that_is_not_there_is_none(database: Database) -> None:
    catalogue = Catalogue(database)
    assert catalogue.get("mail", "send") is None
    assert catalogue.find("mail.send") is None
    assert catalogue.package("mail") is None


def test_putting_the_same_again_changes_nothing(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("send"))
    assert catalogue.put(document("send")) == "unchanged"
    assert catalogue.latest_change() == 1


def test_an_update_replaces_the_document_and_is_a_new_change(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("a"), document("b")])
    assert catalogue.put(document("a", description="new")) == "updated"
    assert [(c.number, c.name, c.document and c.document.description) for c in catalogue.changes(0)] == [
        (2, "b", "d"),
        (3, "a", "new"),
    ]


def test_names_with_dots_are_found_by_their_printed_form(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("b.c", "a"), document("c", "a.b"), document("user.profile.get", "x.y")])
    assert catalogue.count() == 3
    assert catalogue.find("x.y.user.profile.get") == catalogue.get("x.y", "user.profile.get")
    assert catalogue.find("a.b.c") == catalogue.get("a", "b.c")
    assert catalogue.get("a.b", "c") is not None


def test_documents_come_by_package_and_name(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("b", "y"), document("a", "y"), document("z", "x")])
    assert [d.id for d in catalogue.documents()] == ["x.z", "y.a", "y.b"]
    assert [d.id for d in catalogue.documents("y")] == ["y.a", "y.b"]
    assert [d.id for d in catalogue.documents("y", after="a")] == ["y.b"]
    assert [d.id for d in catalogue.documents(limit=1)] == ["x.z"]
    assert catalogue.count("y") == 2


def test_packages_are_listed_with_what_is_said_of_them(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("a", "y"), document("a", "x")])
    catalogue.describe(Package(name="x", description="about x"))
    assert [(p.name, p.description) for p in catalogue.packages()] == [("x", "about x"), ("y", "")]
    catalogue.put(document("b", "x"))
    assert catalogue.package("x") == Package(name="x", description="about x")


def test_a_removed_api_is_gone_and_stays_in_the_feed_without_document(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("a"), document("b")])
    assert catalogue.remove("mail", "a")
    assert not catalogue.remove("mail", "a")
    assert catalogue.get("mail", "a") is None
    assert [(c.number, c.name, c.document is None) for c in catalogue.changes(2)] == [(3, "a", True)]


def test_an_api_that_comes_back_is_no_tombstone_any_more(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    catalogue.remove("mail", "a")
    assert catalogue.put(document("a")) == "added"
    assert [(c.number, c.document is None) for c in catalogue.changes(0)] == [(3, False)]


def test_removing_a_package_removes_its_apis_only(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document(f"n{i}", "x") for i in range(900)] + [document("a", "y")])
    assert catalogue.remove_package("x") == 900
    assert [p.name for p in catalogue.packages()] == ["y"]
    assert catalogue.count() == 1
    assert sum(c.document is None for c in catalogue.changes(0, limit=2_000)) == 900


def test_the_feed_comes_in_pages_without_a_gap(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document(f"n{i:03}") for i in range(30)])
    for i in range(0, 30, 3):
        catalogue.remove("mail", f"n{i:03}")
    seen: dict[str, bool] = {}
    since = 0
    while page := catalogue.changes(since, limit=7):
        assert [c.number for c in page] == sorted(c.number for c in page)
        assert page[0].number > since
        seen |= {c.name: c.document is not None for c in page}
        since = page[-1].number
    assert since == catalogue.latest_change()
    assert {name for name, there in seen.items() if there} == {d.name for d in catalogue.documents()}


def test_counts_say_what_became_of_many(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("a"), document("b")])
    again = [document("a"), document("b", description="new"), document("c")]
    assert catalogue.put_many(again) == PutCounts(added=1, updated=1, unchanged=1)


def test_of_one_document_twice_in_a_batch_the_last_counts(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("a", description="first"), document("a", description="last")])
    found = catalogue.get("mail", "a")
    assert found is not None
    assert found.description == "last"


def test_apply_is_all_or_nothing(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("old"))

    def rows():
        yield prepare(document("new"))
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        catalogue.apply(rows(), remove={"mail": ["old"]})
    assert [d.name for d in catalogue.documents()] == ["old"]
    assert catalogue.latest_change() == 1


def test_a_value_that_json_cannot_hold_is_a_document_error() -> None:
    endless = ApiDocument(
        package="p", name="n", description="d", parameters=(Parameter(name="x", type={"default": float("inf")}),)
    )
    half = ApiDocument(package="p", name="n", description="half \ud800", parameters=())
    for document, code in ((endless, "json.number"), (half, "encoding")):
        with pytest.raises(DocumentError, match="JSON cannot") as caught:
            prepare(document)
        assert caught.value.code == code


def test_a_stored_document_that_was_tampered_with_is_told(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put(document("a"))
    with database.write() as connection:
        connection.execute(text("UPDATE apis SET document = '{}'"))
    with pytest.raises(StoreError, match="cannot be read"):
        catalogue.get("mail", "a")


def test_names_are_found_by_a_piece_of_them_in_any_case(database: Database) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many([document("SendMail"), document("100%_done"), document("other")])
    assert catalogue.names("sendm") == ["mail.SendMail"]
    assert catalogue.names("0%_") == ["mail.100%_done"]
    assert catalogue.names("%x") == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
documents = st.builds(
    lambda package, name, description, parameter, extra: parse_document(
        {
            "package": package,
            "name": name,
            "description": description,
            "parameters": [{"name": parameter, "schema": {"default": extra}}],
            "x-extra": extra if extra is not None else 0,
        }
    ),
    names,
    names,
    st.text(),
    st.text(min_size=1),
    json_values,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents, max_size=4))
def test_any_documents_come_back_with_the_same_digest(database: Database, some: list[ApiDocument]) -> None:
    catalogue = Catalogue(database)
    catalogue.put_many(some)
    for one in {(d.package, d.name): d for d in some}.values():
        found = catalogue.get(one.package, one.name)
        assert found is not None
        assert found.digest() == one.digest()
        assert catalogue.put(found) == "unchanged"


def test_a_process_killed_while_it_writes_leaves_whole_batches(database_place: DatabasePlace) -> None:
    code = """
import sys, pathlib
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import Catalogue, open_database, prepare
catalogue = Catalogue(open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1])))
def document(k, n):
    return ApiDocument(package=f"p{k}", name=str(n), description="d", parameters=())
k = 0
while True:
    catalogue.apply([prepare(document(k, n)) for n in range(50)])
    print(k, flush=True)
    k += 1
"""
    arguments = [sys.executable, "-c", code, str(database_place.home), database_place.url or ""]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) == 5:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait()
    with database_place.open() as database, database.write():
        catalogue = Catalogue(database)
        assert catalogue.count() >= 300
        assert {catalogue.count(p.name) for p in catalogue.packages()} == {50}
        assert catalogue.latest_change() == catalogue.count()
