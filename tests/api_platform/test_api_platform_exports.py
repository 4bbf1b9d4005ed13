import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskmatrix.api_platform import ApiRegistry, import_apis
from taskmatrix.api_platform.exports import export_lines
from taskmatrix.cli.apis import app
from taskmatrix.core.documents import parse_document
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.store import open_database

DOCUMENTS = [
    {
        "package": package,
        "name": name,
        "description": "Says something.",
        "parameters": [{"name": "--no-wait", "schema": {"type": "boolean", "default": False}, "x-own": 1}],
        "returns": {"schema": {"type": "object", "properties": {"b": {"type": "integer"}, "a": {}}}},
        "examples": ["az acat onboard"],
        "source": {"kind": "http", "method": "GET", "path": "/", "server": "https://example.com"},
        "extra": {"kept": [1, None]},
    }
    for package, name in (("az", "az acat onboard"), ("az", "user.profile.get"), ("MCP: ü", "do/it"))
]


def test_what_is_exported_is_imported_unchanged(registry: ApiRegistry, tmp_path: Path) -> None:
    registry.register_many(parse_document(d) for d in DOCUMENTS)
    path = tmp_path / "out.jsonl"
    path.write_text("".join(f"{line}\n" for line in export_lines(registry)), encoding="utf-8")

    with open_database(None, tmp_path / "another") as database:
        second = ApiRegistry(database)
        (report,) = import_apis(second, str(path))
        assert report.counts.added == 3
        assert [d.digest() for d in second.documents()] == [d.digest() for d in registry.documents()]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text("abc. -/é", min_size=1).filter(str.strip), min_size=1, max_size=8, unique=True))
def test_every_api_is_exported_once_whatever_its_name(registry: ApiRegistry, names: list[str]) -> None:
    for package in registry.packages():  # what the example before has left
        registry.remove(package.name)
    names = [name.strip() for name in names]
    registry.register_many(parse_document(DOCUMENTS[0] | {"name": name}) for name in names)
    found = [json.loads(line)["name"] for line in export_lines(registry)]
    assert sorted(found) == sorted(set(names))


def test_no_path_of_this_machine_is_exported(registry: ApiRegistry, tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text(
        'from taskmatrix import api\n@api\ndef count(text: str) -> int:\n    """Count words."""\n    return 1\n'
    )
    list(import_apis(registry, str(tmp_path / "words.py")))
    (line,) = export_lines(registry, ["words"])
    assert str(tmp_path) not in line
    assert json.loads(line)["source"]["kind"] == "python"


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    return lambda *arguments: app(["export", *arguments], standalone_mode=False)


def test_the_command_writes_lines_to_standard_output_or_a_file(
    export: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export("math")
    lines = capsys.readouterr().out.splitlines()
    assert {json.loads(line)["package"] for line in lines} == {"math"}
    export("math", "-o", str(tmp_path / "x.jsonl.gz"))
    assert gzip.decompress((tmp_path / "x.jsonl.gz").read_bytes()).decode().splitlines() == lines


def test_the_command_refuses_what_it_cannot_do(export: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        export("nothing")
    with pytest.raises(UsageError):
        export("math.evaluate")
    with pytest.raises(UsageError):
        export("math", "-o", str(tmp_path / "no" / "x.jsonl"))
    assert not list(tmp_path.glob(".x*"))
