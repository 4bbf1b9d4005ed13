from pathlib import Path

import pytest
from hypothesis import settings
from small_set import APIS, CASES, write_lines

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "apis.jsonl", APIS)
    write_lines(tmp_path / "cases.jsonl.gz", CASES)
    return tmp_path
