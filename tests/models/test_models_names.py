import subprocess
import sys

import pytest

from taskmatrix.core.errors import SettingError
from taskmatrix.models import open_model


def test_a_model_is_opened_without_key_or_contact(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert open_model("openai:gpt-5").name == "openai:gpt-5"
    assert open_model("anthropic:claude").name == "anthropic:claude"


def test_a_model_name_may_hold_colons():
    assert open_model("openai:llama3.2:1b").name == "openai:llama3.2:1b"


@pytest.mark.parametrize("name", ["", "openai", "openai:", "openai: ", "gpt-5", "azure:", "embedded", ":", "OPENAI:x"])
def test_a_name_of_no_model_is_refused_with_what_exists(name):
    with pytest.raises(SettingError) as caught:
        open_model(name)
    assert "openai:NAME" in (caught.value.hint or "") and "scripted:PATH" in (caught.value.hint or "")
    assert repr(name) in caught.value.message


def test_opening_a_model_imports_no_sdk():
    code = (
        "import sys; from taskmatrix.models import open_model; open_model('openai:x'); open_model('anthropic:x');"
        "sys.exit(any(m in sys.modules for m in ('openai', 'anthropic', 'httpx2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
