"""What was imported before there were sources goes on being updated by importing it again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from taskmatrix.api_platform import ApiRegistry, import_apis
from taskmatrix.store import PutCounts
from taskmatrix.store.tables import apis

CODE = '''
from taskmatrix import api


@api(effects="read")
def weigh(name: str) -> float:
    """{text}

    Args:
        name: What is weighed.
    """
    return 2.5
'''


def line(name: str, **fields: Any) -> str:
    return json.dumps({"package": "mail", "name": name, "description": "d", "parameters": []} | fields) + "\n"


def called(server: str) -> dict[str, Any]:
    return {"kind": "http", "method": "POST", "server": server, "path": "/send"}


@pytest.fixture
def age(registry: ApiRegistry) -> Callable[[], None]:
    """Make everything that is registered as old as what an upgrade leaves: of no source and nobody in particular."""

    def forget() -> None:
        with registry.database.write() as connection:
            connection.execute(update(apis).values(source_id=None, author=""))

    return forget


def take(registry: ApiRegistry, path: Path) -> PutCounts:
    (report,) = import_apis(registry, str(path))
    return report.counts


def test_a_module_that_changed_meanwhile_is_updated_and_has_a_source(
    registry: ApiRegistry, age: Callable[[], None], tmp_path: Path
) -> None:
    room = tmp_path / "room.py"
    room.write_text(CODE.format(text="Weigh a thing."))
    take(registry, room)
    age()
    room.write_text(CODE.format(text="Weigh a thing on the scale."))
    assert take(registry, room) == PutCounts(updated=1)
    entry = registry.entry("room", "weigh")
    assert entry is not None
    assert (entry.document.description, entry.revision) == ("Weigh a thing on the scale.", 2)
    assert entry.source is not None
    room.write_text(CODE.format(text="Weigh it."))
    assert take(registry, room) == PutCounts(updated=1)


def test_lines_that_changed_meanwhile_are_updated(
    registry: ApiRegistry, age: Callable[[], None], tmp_path: Path
) -> None:
    lines = tmp_path / "mail.jsonl"
    here = called("https://a.example")
    lines.write_text(line("read") + line("list", source={"kind": "rest", "url": "a"}) + line("send", source=here))
    take(registry, lines)
    age()
    new = line("read", description="new") + line("list", source={"kind": "rest", "url": "b"})
    lines.write_text(new + line("send", description="new", source=here))
    assert take(registry, lines) == PutCounts(updated=3)
    assert take(registry, lines) == PutCounts(unchanged=3)


def test_what_leads_elsewhere_or_asks_for_more_takes_nothing_over_unseen(
    registry: ApiRegistry, age: Callable[[], None], tmp_path: Path
) -> None:
    lines = tmp_path / "mail.jsonl"
    here = called("https://a.example")
    lines.write_text(line("moved", source=here) + line("needs", source=here))
    take(registry, lines)
    age()
    needed = [{"name": "iban", "required": True, "schema": {"type": "string"}}]
    elsewhere = called("https://evil.example")
    lines.write_text(line("moved", source=elsewhere) + line("needs", source=here, parameters=needed))
    assert take(registry, lines) == PutCounts(kept=1, held=1)
    assert [change.name for change in registry.catalogue.pending()] == ["needs"]
    taken = registry.catalogue.take_pending("mail", "needs", "operator")
    assert taken.source is not None
    assert take(registry, lines) == PutCounts(unchanged=1, kept=1)
