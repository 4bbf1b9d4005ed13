"""Chat models behind Anthropic's Messages protocol. The SDK is an optional extra: `taskmatrix[anthropic]`."""

import os
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from taskmatrix.core.errors import ModelAccessError
from taskmatrix.core.protocols import Message, Reply
from taskmatrix.models.answers import ANOTHER, Answer
from taskmatrix.models.attempts import Patience, Setback, persist
from taskmatrix.models.endpoint import open_endpoint
from taskmatrix.models.failures import Provider, message_in
from taskmatrix.models.media import IMAGES, Senses, Showing, Sight, label

DEFAULT_URL = "https://api.anthropic.com"
MAX_OUTPUT_TOKENS = 16_000
"""The protocol wants a limit; a program of 4,000 lines stays under it."""
SENSES = Senses(IMAGES, item_bytes=3_750_000, all_bytes=20_000_000)
"""As base64 an image may take 5 MB and a request 32 MB."""
_ENDS = {"max_tokens": "length", "model_context_window_exceeded": "length", "refusal": "content_filter"}


class AnthropicChatModel:
    """A Claude model. `base_url` defaults to `ANTHROPIC_BASE_URL`, `api_key` to `ANTHROPIC_API_KEY`."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._model = model
        self._base_url = base_url
        self._api_key = api_key
        self._patience = patience or Patience()
        self._sight = Sight(SENSES)

    @property
    def name(self) -> str:
        """`anthropic:NAME`."""
        return f"anthropic:{self._model}"

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer; `on_text` sees the pieces as they arrive.

        Raises ModelAccessError (no SDK, key, address or model name), ModelAnswerError, ModelError.
        """
        sdk = self._sdk()
        provider = self._provider()
        answer = Answer(self.name, on_text)
        showing = self._sight.of(messages)

        async def attempt() -> Reply | Setback:
            while True:
                answer.begin()
                outcome = await self._attempt(sdk, provider, showing, answer)
                if outcome is not None:
                    return outcome

        return replace(await persist(attempt, self._patience, answer), unseen=showing.unseen)

    def _sdk(self) -> Any:
        try:
            return import_module("anthropic")
        except ImportError:
            raise ModelAccessError(
                f"{self.name} needs a package that is not installed",
                hint="pip install 'taskmatrix[anthropic]', " + ANOTHER,
            ) from None

    def _provider(self) -> Provider:
        key = self._api_key or os.environ.get("ANTHROPIC_API_KEY")
        if not key:
            raise ModelAccessError(
                f"{self.name} needs a key, and ANTHROPIC_API_KEY is not set",
                hint="set ANTHROPIC_API_KEY, " + ANOTHER,
            )
        url = self._base_url or os.environ.get("ANTHROPIC_BASE_URL") or DEFAULT_URL
        return Provider(self.name, "ANTHROPIC_API_KEY", open_endpoint(url, key, "ANTHROPIC_API_KEY"))

    async def _attempt(self, sdk: Any, provider: Provider, showing: Showing, answer: Answer) -> Reply | Setback | None:
        """Return None where it is to be asked again, as some media are no longer shown."""
        import httpx2

        endpoint = provider.endpoint
        http = endpoint.client(self._patience.silence)
        try:
            async with sdk.AsyncAnthropic(
                api_key=endpoint.key, base_url=endpoint.url, http_client=http, timeout=http.timeout, max_retries=0
            ) as client:
                return await self._ask(client, showing.messages, answer, provider)
        except sdk.APIStatusError as error:
            # An error event inside a stream comes with the status of the stream: 200.
            if error.status_code < 300:
                return provider.interrupted(message_in(error.body))
            if showing.give_up(error.status_code, error.body):
                return None
            return provider.refused(error.status_code, error.body, error.response.headers)
        except (sdk.APIConnectionError, httpx2.HTTPError) as error:
            cause = str(error.__cause__ or error)
            return provider.interrupted(cause) if answer.text else provider.unreachable(cause)
        except sdk.APIError as error:
            return provider.interrupted(message_in(error.body) or error.message)
        except (ValueError, RecursionError):
            return provider.garbled("something that is no message stream")

    async def _ask(
        self, client: Any, messages: Sequence[Message], answer: Answer, provider: Provider
    ) -> Reply | Setback:
        system = "\n\n".join(m.content for m in messages if m.role == "system")
        stream = await client.messages.create(
            model=self._model,
            max_tokens=MAX_OUTPUT_TOKENS,
            # The system text and the stubs come first and repeat from call to call: let them be cached.
            cache_control={"type": "ephemeral"},
            messages=[_spoken(message) for message in messages if message.role != "system"],
            stream=True,
            # Said again here, as the SDK would else put its own ten minutes in place of the client's.
            timeout=client.timeout,
            **({"system": system} if system else {}),
        )
        async with stream:
            kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "text/event-stream":
                return provider.garbled(f"{kind or 'an unnamed type'} instead of a message stream")
            async for event in stream:
                _take(event, answer)
        if not answer.end:
            return provider.interrupted("the stream ended early")
        return answer.reply()


def _spoken(message: Message) -> dict[str, object]:
    """Return a message in the protocol's words: a text, or a list of blocks where it has images."""
    if not message.media:
        return {"role": message.role, "content": message.content}
    blocks: list[dict[str, object]] = [{"type": "text", "text": message.content}]
    for media in message.media:
        source = {"type": "base64", "media_type": media.media_type, "data": b64encode(media.data).decode("ascii")}
        blocks.append({"type": "text", "text": f"[{label(media)}]"})
        blocks.append({"type": "image", "source": source})
    return {"role": message.role, "content": blocks}


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Usage(_Lenient):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class _Started(_Lenient):
    model: str | None = None
    usage: _Usage | None = None


class _Delta(_Lenient):
    text: str | None = None
    stop_reason: str | None = None


class _Event(_Lenient):
    type: str | None = None
    message: _Started | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None


def _take(data: object, answer: Answer) -> None:
    """Add one event of the stream to the answer. Raises ValueError for something else."""
    if isinstance(data, BaseModel):
        data = cast(Mapping[str, object], data.model_dump(warnings=False))
    event = _Event.model_validate(data)
    usage = event.usage or (event.message.usage if event.message else None)
    if event.message is not None:
        answer.model = event.message.model or answer.model
    if usage is not None:
        parts = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        answer.input_tokens = sum(part or 0 for part in parts) or answer.input_tokens
        answer.output_tokens = usage.output_tokens or answer.output_tokens
        if usage.cache_read_input_tokens is not None:
            answer.cached_tokens = usage.cache_read_input_tokens
    if event.delta is not None:
        if event.delta.stop_reason:
            answer.end = _ENDS.get(event.delta.stop_reason, event.delta.stop_reason)
        answer.add(event.delta.text or "")
