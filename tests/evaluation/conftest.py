from pathlib import Path

import pytest
from small_set import APIS, CASES, write_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "apis.jsonl", APIS)
    write_lines(tmp_path / "cases.jsonl.gz", CASES)
    return tmp_path
