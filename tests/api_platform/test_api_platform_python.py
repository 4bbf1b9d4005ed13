import sys
from pathlib import Path
from textwrap import dedent

import pytest

from databases import DatabasePlace
from taskmatrix.api_platform import ApiRegistry, ImportReport, import_apis
from taskmatrix.api_platform.importers.detect import detect
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.store import PutCounts


@pytest.fixture
def database_place(tmp_path: Path) -> DatabasePlace:
    """One kind: what is read from a file is the same whatever it is kept in."""
    return DatabasePlace(tmp_path / "home", None)


WEATHER = '''
"""Weather of the past."""
from taskmatrix import api

@api(effects="read")
def rain(city: str, days: int = 7) -> list[float]:
    """Say how much it rained.

    Args:
        city: Where.
        days: How far back.

    Returns:
        Millimetres a day.

    Composition: Call `find_city` before.
    """
    return [0.5] * days

@api(package="cities", name="find-city")
def find_city(text: str) -> str:
    """Find a city."""
    return text

def helper() -> None: ...
'''


def write(tmp_path: Path, code: str, name: str = "weather.py") -> Path:
    path = tmp_path / name
    path.write_text(dedent(code))
    return path


def take(registry: ApiRegistry, source: object, **options: str) -> ImportReport:
    (report,) = import_apis(registry, str(source), **options)
    return report


def test_functions_of_a_file_become_apis_of_its_package(registry: ApiRegistry, tmp_path: Path) -> None:
    path = write(tmp_path, WEATHER)
    report = take(registry, path)
    assert report.counts == PutCounts(added=2)
    rain = registry.find("weather.rain")
    assert rain is not None
    assert rain.description == "Say how much it rained."
    assert [(p.name, p.description, p.required) for p in rain.parameters] == [
        ("city", "Where.", True),
        ("days", "How far back.", False),
    ]
    assert rain.returns.type == {"type": "array", "items": {"type": "number"}}
    assert rain.composition == "Call `find_city` before."
    assert rain.effects.kind == "read"
    assert rain.source.model_extra == {"path": str(path), "function": "rain"}
    assert registry.find("cities.find-city") is not None
    package = registry.package("weather")
    assert package is not None
    assert package.description == "Weather of the past."


def test_a_package_given_at_import_wins(registry: ApiRegistry, tmp_path: Path) -> None:
    assert take(registry, write(tmp_path, WEATHER), package="mine").packages == ("mine",)
    assert [d.id for d in registry.documents()] == ["mine.find-city", "mine.rain"]


def test_importing_again_updates_and_removes_what_is_gone(registry: ApiRegistry, tmp_path: Path) -> None:
    path = write(tmp_path, WEATHER)
    take(registry, path)
    assert take(registry, path).counts == PutCounts(unchanged=2)
    write(tmp_path, WEATHER.replace("def rain", "def snow").replace("Find a city.", "Find any city."))
    assert take(registry, path).counts == PutCounts(added=1, updated=1, removed=1)
    assert [d.id for d in registry.documents()] == ["cities.find-city", "weather.snow"]


def test_apis_of_another_source_in_the_same_package_stay(registry: ApiRegistry, tmp_path: Path) -> None:
    take(registry, write(tmp_path, WEATHER))
    (tmp_path / "other").mkdir()
    second = write(tmp_path / "other", WEATHER.replace("def rain", "def snow"))
    report = take(registry, second)
    assert registry.find("weather.rain") is not None
    assert "another source" in report.notes[0].message


def test_an_importable_module_is_taken_by_name(
    registry: ApiRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "site" / "tm_example_tools"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    write(folder, WEATHER)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    report = take(registry, "tm_example_tools.weather")
    assert report.source == "tm_example_tools.weather"
    rain = registry.find("weather.rain")
    assert rain is not None
    assert rain.source.model_extra == {"module": "tm_example_tools.weather", "function": "rain"}


def test_a_module_of_the_current_folder_is_found_and_remembers_where(
    registry: ApiRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, WEATHER, "tm_example_here.py")
    monkeypatch.chdir(tmp_path)
    take(registry, "tm_example_here")
    rain = registry.find("tm_example_here.rain")
    assert rain is not None
    assert (rain.source.model_extra or {})["root"] == str(tmp_path)
    assert str(tmp_path) not in sys.path
    del sys.modules["tm_example_here"]


REFUSED = {
    "x = 1\n": "no @api function",
    "def broken(:\n    pass\n": "line 1",
    "import nothing_of_that_name\n": "nothing_of_that_name",
    "raise SystemExit(3)\n": "SystemExit",
    "1 / 0\n": "ZeroDivisionError",
    "from taskmatrix import api\n@api\ndef f(a: int) -> int:\n    return a\n": "description is missing",
    'from taskmatrix import api\n@api\ndef f(*a: int) -> int:\n    """Do."""\n': "no fixed name",
    'from taskmatrix import api\n@api\ndef f(a: "Missing") -> int:\n    """Do."""\n': "Missing",
    'from taskmatrix import api\n@api\ndef f(a: object()) -> int:\n    """Do."""\n': "f",
    'from taskmatrix import api\nimport threading\n@api\ndef f(a: threading.Thread):\n    """Do."""\n': "JSON form",
    'from taskmatrix import api\n@api\ndef f():\n    """Do."""\n@api(name="f")\ndef g():\n    """Do."""\n': "twice",
    'from taskmatrix import api\n@api(effects="loud")\ndef f():\n    """Do."""\n': "ValidationError",
    "\0": "null bytes",
}


@pytest.mark.parametrize("code", REFUSED, ids=lambda code: code[:30])
def test_a_file_without_usable_apis_is_refused_saying_why(registry: ApiRegistry, tmp_path: Path, code: str) -> None:
    path = write(tmp_path, code, "refused.py")
    with pytest.raises(ImportRefusedError) as caught:
        take(registry, path)
    assert REFUSED[code] in caught.value.message
    assert "refused.py" in caught.value.message
    assert registry.count() == 0


def test_a_file_that_fails_leaves_no_half_made_module(registry: ApiRegistry, tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1\nraise RuntimeError\n", "half_made.py")
    for _ in range(2):
        with pytest.raises(ImportRefusedError, match="RuntimeError"):
            take(registry, path)
    assert not [name for name in sys.modules if "half_made" in name]


def test_a_file_without_apis_is_shown_how_to_write_one(registry: ApiRegistry, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError) as caught:
        take(registry, write(tmp_path, "x = 1\n"))
    assert "@api" in (caught.value.hint or "")


def test_a_file_may_import_its_neighbours_but_they_do_not_hide_installed_modules(
    registry: ApiRegistry, tmp_path: Path
) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong json')\n")
    (tmp_path / "tm_example_neighbour.py").write_text("FACTOR = 3\n")
    write(tmp_path, "import json\nfrom tm_example_neighbour import FACTOR\n" + WEATHER.lstrip().split("\n", 1)[1])
    assert take(registry, tmp_path / "weather.py").counts.added == 2
    del sys.modules["tm_example_neighbour"]


def test_a_folder_is_taken_file_by_file_and_others_are_not_run(registry: ApiRegistry, tmp_path: Path) -> None:
    folder = tmp_path / "apis"
    folder.mkdir()
    write(folder, WEATHER)
    (folder / "setup.py").write_text("raise RuntimeError('not to be run')\n")
    (folder / "notes.txt").write_text("notes")
    (folder / "more.jsonl").write_text('{"package": "p", "name": "n", "description": "d", "parameters": []}\n')
    reports = list(import_apis(registry, str(folder)))
    assert [Path(r.source).name for r in reports] == ["more.jsonl", "weather.py"]
    assert registry.count() == 3


def test_an_evaluation_set_is_taken_by_its_apis_only(tmp_path: Path) -> None:
    (tmp_path / "apis.jsonl").write_text("")
    (tmp_path / "cases.jsonl").write_text("")
    assert [d.value for d in detect(str(tmp_path))] == [str(tmp_path / "apis.jsonl")]


NOTHING = (
    "",
    ".hidden",
    "no/such/file.py",
    "no_such_module_anywhere",
    "ftp://example.org/apis.jsonl",
    "a b",
    "\x00",
)


@pytest.mark.parametrize("source", [*NOTHING, "x" * 5_000, "json;os"], ids=lambda text: ascii(text[:20]))
def test_what_is_nothing_to_import_is_refused_with_a_hint(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ImportRefusedError) as caught:
        detect(source)
    assert caught.value.hint


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(ImportRefusedError, match="cannot be imported"):
        detect(str(tmp_path / "picture.png"))


def test_a_module_of_the_standard_library_is_no_api_source(registry: ApiRegistry) -> None:
    with pytest.raises(ImportRefusedError, match="no @api function"):
        take(registry, "json")
