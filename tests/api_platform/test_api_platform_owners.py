import re
from hashlib import sha256

import pytest

from databases import DatabasePlace
from taskmatrix.api_platform import ApiRegistry
from taskmatrix.api_platform.publishing import OPERATOR, Actor, Owners
from taskmatrix.core.errors import AlreadyRegisteredError, ForbiddenError, NotFoundError, TaskMatrixError, UsageError
from taskmatrix.store import AuditLog
from taskmatrix.store.tables import metadata


@pytest.fixture
def owners(registry: ApiRegistry) -> Owners:
    return Owners(registry.database)


def told(registry: ApiRegistry) -> list[tuple[str, str, str, str, str | None]]:
    records = AuditLog(registry.database).read()
    return [(r.actor, r.action, r.target, r.outcome, r.code) for r in reversed(records)]


def test_a_key_says_who_somebody_is(owners: Owners) -> None:
    ada, boss = owners.add("ada"), owners.add("boss", "operator")
    assert re.fullmatch(r"tm_[A-Za-z0-9_-]{43}", ada)
    assert owners.authenticate(ada) == Actor("ada", "owner")
    assert owners.authenticate(f" {boss}\n") == Actor("boss", "operator")
    assert [(o.name, o.role, o.revoked) for o in owners.list()] == [("ada", "owner", None), ("boss", "operator", None)]


def test_only_a_hash_of_a_key_is_kept(owners: Owners, registry: ApiRegistry, database_place: DatabasePlace) -> None:
    key = owners.add("ada")
    owners.authenticate(key)
    with pytest.raises(ForbiddenError):
        owners.authenticate(key[:-1])
    with registry.database.read() as connection:
        kept = [str(connection.execute(table.select()).all()) for table in metadata.sorted_tables]
    assert any(sha256(key.encode()).hexdigest() in rows for rows in kept)
    assert not any(key[3:30] in rows for rows in kept)
    registry.database.close()
    files = [path for path in database_place.home.rglob("*") if path.is_file()]
    assert bool(files) == (database_place.url is None)
    for path in files:
        assert key[3:30].encode() not in path.read_bytes()


@pytest.mark.parametrize("key", ["", "tm_", "tm_" + "A" * 43, "x" * 100_000, "\ud800", "ada"])
def test_an_unknown_key_is_refused_without_saying_more(owners: Owners, registry: ApiRegistry, key: str) -> None:
    owners.add("ada")
    with pytest.raises(ForbiddenError, match="the key is not valid"):
        owners.authenticate(key)
    assert told(registry)[1:] == [("unknown", "authenticate", "key", "refused", "forbidden")]


def test_a_new_key_ends_the_old_one_and_a_revoked_one_is_no_key(owners: Owners) -> None:
    first = owners.add("ada")
    second = owners.rotate("ada")
    with pytest.raises(ForbiddenError):
        owners.authenticate(first)
    owners.revoke("ada")
    with pytest.raises(ForbiddenError):
        owners.authenticate(second)
    assert owners.list()[0].revoked is not None
    assert owners.authenticate(owners.rotate("ada")).name == "ada"


@pytest.mark.parametrize("name", ["", "Ada", "a b", "operator", "unknown", "аda", "a" * 65, "-ada", "ada\n"])
def test_a_name_that_could_be_taken_for_another_is_no_owner(owners: Owners, name: str) -> None:
    with pytest.raises(UsageError):
        owners.add(name)
    assert owners.list() == []


def test_a_name_is_given_once_also_after_it_was_revoked(owners: Owners) -> None:
    owners.add("ada")
    owners.revoke("ada")
    with pytest.raises(AlreadyRegisteredError):
        owners.add("ada")
    for act in (owners.rotate, owners.revoke):
        with pytest.raises(NotFoundError):
            act("grace")


def test_owners_are_changed_by_the_operator_and_a_key_by_its_owner(registry: ApiRegistry, owners: Owners) -> None:
    owners.add("ada")
    owners.add("grace")
    as_ada = Owners(registry.database, Actor("ada"))
    assert owners.authenticate(as_ada.rotate("ada")).name == "ada"
    for act in (lambda: as_ada.add("eve"), lambda: as_ada.revoke("grace"), lambda: as_ada.rotate("grace")):
        with pytest.raises(ForbiddenError):
            act()
    assert [o.name for o in owners.list()] == ["ada", "grace"]


def test_whatever_is_done_or_refused_leaves_one_record(registry: ApiRegistry, owners: Owners) -> None:
    owners.add("ada")
    for act in (lambda: owners.add("ada"), lambda: owners.add("A"), lambda: owners.revoke("eve")):
        with pytest.raises(TaskMatrixError):
            act()
    owners.rotate("ada")
    owners.revoke("ada")
    assert told(registry) == [
        (OPERATOR.name, "owners.add", "ada", "done", None),
        (OPERATOR.name, "owners.add", "ada", "refused", "already-registered"),
        (OPERATOR.name, "owners.add", "A", "refused", "usage"),
        (OPERATOR.name, "owners.revoke", "eve", "refused", "not-found"),
        (OPERATOR.name, "owners.rotate", "ada", "done", None),
        (OPERATOR.name, "owners.revoke", "ada", "done", None),
    ]
