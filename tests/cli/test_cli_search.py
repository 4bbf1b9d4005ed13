import json
from collections.abc import Callable
from pathlib import Path

import pytest

from taskmatrix.api_platform.publishing import Owners
from taskmatrix.app import TaskMatrix
from taskmatrix.cli.apis import app
from taskmatrix.cli.explaining import IN_WORDS
from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.selector.features import FEATURES

CODE = '''
from taskmatrix import api


@api(effects="read")
def show_rain(city: str) -> float:
    """Say how much rain fell in a city.

    Args:
        city: Where.

    Returns:
        Millimetres.
    """
    return 0.5


@api(effects="destructive")
def forget_rain(city: str) -> None:
    """Forget how much rain fell in a city."""
'''
DOCUMENTED = {
    "package": "sky",
    "name": "make_rain",
    "description": "Make rain fall on a city.",
    "parameters": [],
    "effects": {"kind": "physical"},
}

Cli = Callable[..., int]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        status = app(list(arguments), standalone_mode=False)
        return status if isinstance(status, int) else 0

    (tmp_path / "weather.py").write_text(CODE)
    (tmp_path / "sky.json").write_text(json.dumps(DOCUMENTED))
    run("import", "weather.py")
    with TaskMatrix() as tm:
        key = Owners(tm.database).add("ann")
    run("register", "sky.json", "--key", key)
    capsys.readouterr()
    return run


@pytest.fixture
def found(cli: Cli, capsys: pytest.CaptureFixture[str]) -> Callable[..., set[str]]:
    """Return what a search for rain finds among the APIs about it."""

    def search(*options: str) -> set[str]:
        cli("search", "how much rain fell in the city", "--json", *options)
        listed = [match["api"] for match in json.loads(capsys.readouterr().out)["matches"]]
        return {api for api in listed if "rain" in api}

    return search


def test_a_search_can_be_narrowed_to_effects(found: Callable[..., set[str]]) -> None:
    assert found() == {"weather.show_rain", "weather.forget_rain", "sky.make_rain"}
    assert found("--effects", "read") == {"weather.show_rain"}
    assert found("--effects", "read", "--effects", "physical") == {"weather.show_rain", "sky.make_rain"}


def test_a_search_can_be_narrowed_to_an_owner(found: Callable[..., set[str]], cli: Cli) -> None:
    assert found("--owner", "ann") == {"sky.make_rain"}
    with pytest.raises(NotFoundError):
        cli("search", "rain", "--owner", "nobody")


def test_a_search_can_be_narrowed_to_grades(found: Callable[..., set[str]]) -> None:
    assert found("--grade", "silver") <= found("--grade", "bronze")
    assert "weather.forget_rain" not in found("--grade", "silver")
    assert found("--grade", "gold") == set()


def test_a_search_can_be_narrowed_to_what_can_be_called(found: Callable[..., set[str]], tmp_path: Path) -> None:
    assert found("--callable") == {"weather.show_rain", "weather.forget_rain"}
    (tmp_path / "weather.py").unlink()
    assert found("--callable") == set()


def test_an_effect_that_is_none_is_a_usage_error(cli: Cli) -> None:
    with pytest.raises(UsageError):
        cli("search", "rain", "--effects", "magic")


def test_an_explanation_says_what_brought_each_result(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("search", "show the rain", "--explain", "--limit", "1") == 0
    first, *reasons = capsys.readouterr().out.splitlines()
    assert first.startswith("weather.show_rain  ")
    assert any("rain" in line for line in reasons)
    cli("search", "show the rain", "--explain", "--json", "--limit", "1")
    (match,) = json.loads(capsys.readouterr().out)["matches"]
    assert match["explanation"]["words"]
    assert match["explanation"]["word_rank"] == 1
    assert match["explanation"]["contributions"]


def test_what_nothing_fits_is_noted_and_listed(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("search", "xyzzyplugh", "frobnicate") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no API fits 'xyzzyplugh frobnicate'" in err
    assert "taskmatrix apis unmet" in err
    assert cli("search", "Xyzzyplugh frobnicate!", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["matches"], told["noted"]) == ([], True)
    cli("unmet")
    assert capsys.readouterr().out.startswith("xyzzyplugh frobnicate\t2×\t")
    cli("unmet", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["total"] == 1
    assert (told["unmet"][0]["times"], told["unmet"][0]["origin"]) == (2, "search")
    cli("unmet", "--clear")
    assert capsys.readouterr().out == "forgotten: 1\n"
    cli("unmet")
    assert capsys.readouterr().err == "nothing was asked for in vain\n"


def test_what_is_left_out_by_an_option_is_no_demand(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("search", "how much rain fell", "--grade", "gold") == 1
    assert "leave out some of the options" in capsys.readouterr().err
    cli("unmet", "--json")
    assert json.loads(capsys.readouterr().out) == {"total": 0, "unmet": []}


def test_what_is_confirmed_is_found_by_its_words(cli: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    said = "did it pour with password=hunter2"
    cli("confirm", "weather.show_rain", said)
    assert capsys.readouterr().out == "weather.show_rain: now also found by 'did it pour with password=***'\n"
    cli("confirm", "weather.show_rain")
    assert capsys.readouterr().out.startswith("did it pour with password=***\t")
    assert cli("search", "did it pour") == 0
    assert capsys.readouterr().out.startswith("weather.show_rain\t")
    cli("confirm", "weather.show_rain", said, "--remove", "--json")
    assert json.loads(capsys.readouterr().out) == {"api": "weather.show_rain", "confirmed": []}


def test_only_an_api_can_be_confirmed_and_only_by_words(cli: Cli) -> None:
    for arguments in (["weather", "x"], ["weather.show_rain", "  "], ["weather.show_rain", "--remove"]):
        with pytest.raises(UsageError):
            cli("confirm", *arguments)
    for arguments in (["weather.gone", "x"], ["weather.show_rain", "never said", "--remove"]):
        with pytest.raises(NotFoundError):
            cli("confirm", *arguments)


def test_every_figure_of_an_explanation_has_its_words() -> None:
    assert set(IN_WORDS) <= set(FEATURES)
