import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from taskmatrix.api_platform import ApiRegistry, entry_points
from taskmatrix.store import Database


@pytest.fixture
def registry(database: Database) -> ApiRegistry:
    """An empty registry, once for each kind of database."""
    return ApiRegistry(database)


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution the way pip does: a module and its metadata in a folder of the search path."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    modules = set(sys.modules)
    loaded = dict(entry_points._loaded)

    def add(module: str, code: str, *, package: str, attribute: str = "package", version: str = "1.0") -> Path:
        file = site / f"{module}.py"
        file.write_text(dedent(code))
        metadata = site / f"{module}-{version}.dist-info"
        metadata.mkdir(exist_ok=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
        (metadata / "entry_points.txt").write_text(f"[taskmatrix.packages]\n{package} = {module}:{attribute}\n")
        return file

    yield add
    for name in set(sys.modules) - modules:
        del sys.modules[name]
    entry_points._loaded.clear()
    entry_points._loaded.update(loaded)
