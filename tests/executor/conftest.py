from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from executor_stage import Stage

from taskmatrix.sandbox import MontySandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[MontySandbox]:
    sandbox = MontySandbox()
    yield sandbox
    anyio.run(sandbox.aclose)


@pytest.fixture
def stage(tmp_path: Path, sandbox: MontySandbox) -> Stage:
    (tmp_path / "work").mkdir()
    return Stage(tmp_path / "work", tmp_path / "home", sandbox)
