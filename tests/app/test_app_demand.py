import sqlite3
from contextlib import closing
from pathlib import Path

from databases import DatabasePlace
from taskmatrix.app.demand import KeptDemand
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.vault import Vault
from taskmatrix.store import DemandStore, open_database


def wish(log: KeptDemand, text: str) -> None:
    with closing(log):
        log.unmet(text, [])


def test_a_wish_is_kept_beside_the_registry(database_place: DatabasePlace) -> None:
    with closing(KeptDemand(database_place.home, database_place.url)) as log:
        log.unmet("fold the laundry", ["home.robot"])
        log.unmet("fold the laundry", [], origin="search")
    with database_place.open() as database:
        (kept,) = DemandStore(database).most_asked()
    assert (kept.text, kept.times, kept.origin) == ("fold the laundry", 2, "search")


def test_no_credential_is_kept_in_a_wish(tmp_path: Path) -> None:
    Vault(tmp_path).set_value("mail", "basic", Secret("ann:correct horse"), hosts=["https://mail.example"])
    wish(KeptDemand(tmp_path), "say correct horse with token=abc to the wizard")
    with open_database(None, tmp_path) as database:
        (kept,) = DemandStore(database).most_asked()
    assert kept.text == "say *** with token=*** to the wizard"


def test_a_database_that_somebody_else_is_writing_costs_the_wish_only(tmp_path: Path) -> None:
    log = KeptDemand(tmp_path)
    log.unmet("one", [])
    with closing(log), closing(sqlite3.connect(tmp_path / "taskmatrix.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log.unmet("two", [])
    with open_database(None, tmp_path) as database:
        assert [kept.text for kept in DemandStore(database).most_asked()] == ["one"]


def test_a_place_that_cannot_be_written_costs_the_wish_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    wish(KeptDemand(tmp_path / "file"), "one")
    (tmp_path / "taskmatrix.db").write_text("not a database")
    wish(KeptDemand(tmp_path), "one")
    wish(KeptDemand(tmp_path, "nonsense://"), "one")
    assert (tmp_path / "taskmatrix.db").read_text() == "not a database"


def test_a_damaged_vault_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{")
    wish(KeptDemand(tmp_path), "fold the laundry")
    with open_database(None, tmp_path) as database:
        assert DemandStore(database).count() == 1
