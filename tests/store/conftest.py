from collections.abc import Iterator
from pathlib import Path

import pytest

from taskmatrix.store import Database, open_database


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """For what only a file can show."""
    with open_database(None, tmp_path / "home") as opened:
        yield opened
