from decimal import Decimal
from pathlib import Path

import anyio
import pytest

from models.replay_server import ReplayServer, ServedReply
from taskmatrix.app import make_mcfm
from taskmatrix.core.errors import SettingError
from taskmatrix.core.events import ModelReplied
from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Request

OUTLINE = "1. Count the words of the text\n"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "TASKMATRIX_RECORD", "TASKMATRIX_MODEL_PRICE", "TASKMATRIX_MODEL"):
        monkeypatch.delenv(name, raising=False)


def outlined(mcfm) -> tuple[Outline, ModelReplied]:
    heard: list[object] = []
    outline = anyio.run(mcfm.outline, Request("count the words"), heard.append)
    (reply,) = (event for event in heard if isinstance(event, ModelReplied))
    return outline, reply


def test_a_model_is_recorded_and_priced_by_the_settings_and_replayed_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dialogue.jsonl"
    monkeypatch.setenv("TASKMATRIX_RECORD", str(path))
    monkeypatch.setenv("TASKMATRIX_MODEL_PRICE", "2/1/10 EUR")
    said = ServedReply(reply=OUTLINE, input_tokens=1_000, cached_tokens=500, output_tokens=100)
    with ReplayServer([said]) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        outline, reply = outlined(make_mcfm("openai:m"))
    assert reply.cost is not None and (reply.cost.amount, reply.cost.currency) == (Decimal("0.0025"), "EUR")
    monkeypatch.delenv("TASKMATRIX_RECORD")
    again, replayed = outlined(make_mcfm(f"scripted:{path}"))
    assert again == outline and (replayed.text, replayed.cost) == (reply.text, reply.cost)


def test_where_to_record_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "script.jsonl").write_text(ServedReply(reply=OUTLINE).model_dump_json(include={"reply"}) + "\n")
    outlined(make_mcfm(f"scripted:{tmp_path}/script.jsonl", record=tmp_path / "copy.jsonl"))
    assert "Count" in (tmp_path / "copy.jsonl").read_text()


def test_a_price_that_is_none_is_refused_for_a_chat_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMATRIX_MODEL_PRICE", "cheap")
    with pytest.raises(SettingError, match="cheap"):
        make_mcfm("openai:m")
    assert make_mcfm("embedded").name == "embedded"


def test_a_model_is_named_without_a_key_or_an_address() -> None:
    for name in ("openai:m", "azure:m", "anthropic:m"):
        assert make_mcfm(name).name == name
