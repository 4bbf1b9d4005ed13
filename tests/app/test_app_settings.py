from pathlib import Path

import pytest

from taskmatrix.app import TaskMatrix, make_mcfm, read_settings
from taskmatrix.app.settings import DEFAULT_OPENAI_MODEL
from taskmatrix.core.errors import SettingError

VARIABLES = ("TASKMATRIX_HOME", "TASKMATRIX_MODEL", "TASKMATRIX_DATABASE_URL")
OPENAI = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *OPENAI):
        monkeypatch.delenv(name, raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = read_settings()
    assert settings.model_name == "embedded"
    assert settings.folder.is_absolute()


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, *OPENAI):
        monkeypatch.setenv(name, "")
    settings = read_settings()
    assert (settings.home, settings.model_name) == (None, "embedded")


def test_a_key_or_an_address_chooses_an_openai_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert read_settings().model_name == f"openai:{DEFAULT_OPENAI_MODEL}"
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("OPENAI_MODEL", "local")
    assert read_settings().model_name == "openai:local"


def test_a_model_that_was_named_wins_over_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("TASKMATRIX_MODEL", "embedded")
    assert make_mcfm().name == "embedded"
    assert make_mcfm("openai:other").name == "openai:other"


def test_a_key_never_shows_in_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert "sk-secret" not in repr(read_settings())


def test_a_name_that_means_nothing_is_a_setting_error() -> None:
    for name in ("gpt", "nowhere:x", "openai:", "  "):
        with pytest.raises(SettingError):
            make_mcfm(name)


def test_no_env_file_of_the_current_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TASKMATRIX_MODEL=openai:planted\n")
    monkeypatch.chdir(tmp_path)
    assert read_settings().model_name == "embedded"


def test_arguments_win_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMATRIX_HOME", "/nowhere")
    tm = TaskMatrix(home=tmp_path, model="embedded")
    assert tm.home == tmp_path
    assert tm.settings.model_name == "embedded"
