from collections.abc import Iterator
from pathlib import Path

import pytest

from taskmatrix.store import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(None, tmp_path / "home") as opened:
        yield opened
