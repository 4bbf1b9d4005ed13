import pytest

from taskmatrix.api_platform import ApiRegistry
from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.policy.redaction import Redactor
from taskmatrix.store import AuditLog, Database


@pytest.fixture
def own(database: Database) -> ApiRegistry:
    registry = ApiRegistry(database)
    document = {"package": "mail", "name": "send", "description": "Send a letter.", "parameters": []}
    registry.register(parse_document(document))
    return registry


def test_what_is_confirmed_can_be_read_and_withdrawn(own: ApiRegistry) -> None:
    assert own.confirm("mail", "send", "drop  a line to Ann", by="bob") == "drop a line to Ann"
    (kept,) = own.confirmed("mail", "send")
    assert (kept.instruction, kept.by) == ("drop a line to Ann", "bob")
    assert own.changes(0)[-1].confirmed == ("drop a line to Ann",)
    own.withdraw("mail", "send", "Drop a line to Ann.")
    assert own.confirmed("mail", "send") == []
    with pytest.raises(NotFoundError):
        own.withdraw("mail", "send", "drop a line to Ann")


def test_the_audit_log_tells_who_confirmed_what(own: ApiRegistry, database: Database) -> None:
    own.confirm("mail", "send", "drop a line", by="bob")
    own.withdraw("mail", "send", "drop a line", by="ann")
    told = [(r.actor, r.action, r.target, r.detail) for r in AuditLog(database).read(2)]
    assert told == [
        ("ann", "withdraw", "mail.send", "drop a line"),
        ("bob", "confirm", "mail.send", "drop a line"),
    ]


def test_no_credential_is_kept(own: ApiRegistry, database: Database) -> None:
    known = Redactor(["swordfish"])
    said = "send swordfish and password=hunter2 to Ann"
    assert own.confirm("mail", "send", said, known=known) == "send *** and password=*** to Ann"
    assert "hunter2" not in str(AuditLog(database).read(1))
    own.withdraw("mail", "send", said, known=known)
    assert own.confirmed("mail", "send") == []


def test_nothing_is_confirmed_for_what_is_not_there(own: ApiRegistry, database: Database) -> None:
    with pytest.raises(NotFoundError):
        own.confirm("mail", "receive", "look into the box")
    with pytest.raises(UsageError):
        own.confirm("mail", "send", "  ")
    assert AuditLog(database).read() == []
