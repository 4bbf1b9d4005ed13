"""Names of chat models, as in `--model`: `openai:NAME`, `azure:DEPLOYMENT`, `anthropic:NAME`, `scripted:PATH`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from taskmatrix.core.errors import SettingError
from taskmatrix.core.protocols import ChatModel


def _openai(name: str) -> ChatModel:
    from taskmatrix.models.openai import OpenAIChatModel

    return OpenAIChatModel(name)


def _azure(deployment: str) -> ChatModel:
    from taskmatrix.models.azure import AzureChatModel

    return AzureChatModel(deployment)


def _anthropic(name: str) -> ChatModel:
    from taskmatrix.models.anthropic import AnthropicChatModel

    return AnthropicChatModel(name)


def _scripted(path: str) -> ChatModel:
    from taskmatrix.models.scripted import ScriptedModel

    return ScriptedModel.from_file(Path(path).expanduser())


PROVIDERS: Mapping[str, Callable[[str], ChatModel]] = {
    "openai": _openai,
    "azure": _azure,
    "anthropic": _anthropic,
    "scripted": _scripted,
}


def open_model(name: str, *, record: Path | None = None) -> ChatModel:
    """Return the chat model called `name`. Nothing is contacted yet, and no key is asked for.

    What it replies is appended to the script `record`, if there is one.

    Raises SettingError for a name of no provider, or without a model; NotFoundError for a script that is not there.
    """
    provider, colon, model = name.strip().partition(":")
    make = PROVIDERS.get(provider)
    if make is None or not colon or not model.strip():
        raise SettingError(
            f"{name!r} names no chat model",
            hint="use embedded, openai:NAME, azure:DEPLOYMENT, anthropic:NAME or scripted:PATH"
            + (f", as in {provider}:NAME" if make and provider != "scripted" else ""),
        )
    opened = make(model.strip())
    if record is None:
        return opened
    from taskmatrix.models.scripted import RecordingModel

    return RecordingModel(opened, record.expanduser())
