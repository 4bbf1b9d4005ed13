from datetime import UTC, datetime, timedelta

import pytest

from taskmatrix.core.errors import AlreadyRegisteredError, ConflictError, NotFoundError, StoreError, UsageError
from taskmatrix.store import (
    AuditLog,
    CheckRecord,
    CheckStore,
    Database,
    IdempotencyStore,
    IdempotentAnswer,
    Notes,
    OwnerStore,
)

HASHES = [digit * 64 for digit in "abc"]


def test_an_owner_is_known_by_the_hash_of_its_key(database: Database) -> None:
    owners = OwnerStore(database)
    alice = owners.add("alice", HASHES[0])
    operator = owners.add("Operator", HASHES[1], "operator")
    assert owners.by_hash(HASHES[0]) == alice == owners.get("alice")
    assert owners.by_hash(HASHES[2]) is None
    assert owners.get("bob") is None
    assert owners.all() == [operator, alice]
    assert (alice.role, operator.role) == ("owner", "operator")


def test_an_owners_name_and_key_are_its_own(database: Database) -> None:
    owners = OwnerStore(database)
    owners.add("alice", HASHES[0])
    with pytest.raises(AlreadyRegisteredError, match="alice"):
        owners.add("alice", HASHES[1])
    with pytest.raises(StoreError):
        owners.add("bob", HASHES[0])


def test_a_key_that_was_replaced_or_revoked_is_nobodys(database: Database) -> None:
    owners = OwnerStore(database)
    owners.add("alice", HASHES[0])
    owners.replace_key("alice", HASHES[1])
    assert owners.by_hash(HASHES[0]) is None
    assert owners.by_hash(HASHES[1]) == owners.get("alice")
    revoked = owners.revoke("alice")
    assert revoked.revoked is not None
    assert owners.by_hash(HASHES[1]) is None
    assert owners.get("alice") == revoked
    assert owners.replace_key("alice", HASHES[2]).revoked is None


@pytest.mark.parametrize("name", ["nobody", "\0", "\ud800"])
def test_an_owner_that_is_not_there_cannot_be_changed(database: Database, name: str) -> None:
    owners = OwnerStore(database)
    assert owners.get(name) is None
    assert owners.by_hash(name) is None
    with pytest.raises(NotFoundError):
        owners.revoke(name)
    with pytest.raises(NotFoundError):
        owners.replace_key(name, HASHES[0])


def test_the_audit_log_is_read_newest_first(database: Database) -> None:
    log = AuditLog(database)
    log.write("alice", "register", "mail.send", "done")
    log.write("bob", "update", "mail.send", "refused", "forbidden", "it is alice's")
    log.write("bob", "register", "mail.read", "held", detail="host changed")
    found = log.read()
    assert [(r.actor, r.action, r.target, r.outcome, r.code, r.detail) for r in found] == [
        ("bob", "register", "mail.read", "held", None, "host changed"),
        ("bob", "update", "mail.send", "refused", "forbidden", "it is alice's"),
        ("alice", "register", "mail.send", "done", None, ""),
    ]
    assert log.read(1) == found[:1]
    assert log.read(target="mail.send") == found[1:]
    assert all(datetime.now(UTC) - record.at < timedelta(minutes=1) for record in found)


def test_the_audit_log_takes_any_text_and_cuts_what_is_long(database: Database) -> None:
    log = AuditLog(database)
    hostile = "ü\0\ud800" * 1_000_000
    log.write(hostile, hostile, hostile, "refused", "name.charset", hostile)
    (record,) = log.read(target=hostile)
    assert record.target.startswith("ü??")
    assert len(record.target.encode()) <= 1_000
    assert len(record.detail.encode()) <= 4_000


def test_an_answer_is_kept_once_for_each_owner_and_key(database: Database) -> None:
    store = IdempotencyStore(database)
    assert store.find("alice", "k1") is None
    store.keep("alice", "k1", HASHES[0], {"api": "mail.send", "text": "a\0\ud800"})
    store.keep("bob", "k1", HASHES[1], None)
    assert store.find("alice", "k1") == IdempotentAnswer(HASHES[0], {"api": "mail.send", "text": "a\0\ud800"})
    assert store.find("bob", "k1") == IdempotentAnswer(HASHES[1], None)
    with pytest.raises(ConflictError, match="k1"):
        store.keep("alice", "k1", HASHES[0], {})


@pytest.mark.parametrize("key", ["", "x" * 201, "\0", "\ud800"])
def test_a_key_that_cannot_be_kept_is_refused(database: Database, key: str) -> None:
    store = IdempotencyStore(database)
    with pytest.raises(UsageError):
        store.find("alice", key)
    with pytest.raises(UsageError):
        store.keep("alice", key, HASHES[0], {})


def test_old_answers_are_forgotten(database: Database) -> None:
    store = IdempotencyStore(database)
    store.keep("alice", "k1", HASHES[0], 1)
    between = datetime.now(UTC) + timedelta(microseconds=1)
    assert store.forget(between - timedelta(hours=1)) == 0
    assert store.forget(between) == 1
    assert store.find("alice", "k1") is None


def test_the_last_checks_of_an_api_are_read_newest_first(database: Database) -> None:
    store = CheckStore(database)
    now = datetime.now(UTC)
    good = CheckRecord("mail", "send", HASHES[0], now, passed=True, seconds=0.25, shape='{"type": "string"}')
    bad = CheckRecord("mail", "send", HASHES[0], now, passed=False, problem="no answer")
    for check in (good, bad, CheckRecord("mail", "other", HASHES[0], now, passed=True)):
        store.add(check)
    assert store.last("mail", "send") == [bad, good]
    assert store.last("mail", "send", 1) == [bad]
    assert store.last("mail", "\0") == []


def test_a_problem_of_any_text_is_kept(database: Database) -> None:
    store = CheckStore(database)
    store.add(CheckRecord("mail", "send", HASHES[0], datetime.now(UTC), passed=False, problem="\0\ud800" * 20_000))
    assert store.last("mail", "send")[0].problem == "??" * 8_000


def test_a_note_of_any_text_is_kept(database: Database) -> None:
    Notes(database, "x").put("k", "a\0b\ud800")
    assert Notes(database, "x").all() == {"k": "a?b?"}
