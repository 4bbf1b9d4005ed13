"""Chat models behind the OpenAI chat-completions protocol: OpenAI, Ollama, vLLM, llama.cpp, LM Studio …

The SDK makes the requests and splits the stream; retries, deadlines and limits are ours, since they must hold
for a stream as a whole. What arrives is validated here, because the SDK does not.
"""

import os
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationError

from taskmatrix.core.errors import ModelAccessError
from taskmatrix.core.protocols import Media, Message, Reply
from taskmatrix.models.answers import ANOTHER, Answer
from taskmatrix.models.attempts import Patience, Setback, persist
from taskmatrix.models.endpoint import Endpoint, open_endpoint, said_done
from taskmatrix.models.failures import Provider, message_in
from taskmatrix.models.media import IMAGES, SOUNDS, Senses, Showing, Sight, label

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam

DEFAULT_URL = "https://api.openai.com/v1"
PLACEHOLDER_KEY = "none"
"""Sent to a server of one's own that asks for no key: the protocol wants one."""
SENSES = Senses(IMAGES | SOUNDS, item_bytes=20_000_000, all_bytes=40_000_000)

Manner = Literal["stream with usage", "stream", "whole"]
_IN_STREAM = 500
"""Stands for the status of an error inside a stream, which has none."""
_PLAINER: dict[Manner, Manner] = {"stream with usage": "stream", "stream": "whole"}


class OpenAIChatModel:
    """A chat model on an OpenAI-compatible server.

    `base_url` defaults to `OPENAI_BASE_URL`, then to OpenAI's own; `api_key` to `OPENAI_API_KEY`. Both are looked
    up when a call is made, so that nothing is asked for before.
    """

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
        self._manner: Manner = "stream with usage"
        self._sight = Sight(SENSES)

    @property
    def name(self) -> str:
        """`openai:NAME`."""
        return f"openai:{self._model}"

    async def complete(self, messages: Sequence[Message], *, on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer; `on_text` sees the pieces as they arrive.

        Raises ModelAccessError (key, address or model name), ModelAnswerError (empty, cut, refused or garbled
        answer), ModelError (everything that may pass).
        """
        provider = self._provider()
        answer = Answer(self.name, on_text)
        showing = self._sight.of(messages)

        async def attempt() -> Reply | Setback:
            return await self._attempt(provider, showing, answer)

        return replace(await persist(attempt, self._patience, answer), unseen=showing.unseen)

    def _provider(self) -> Provider:
        url = self._base_url or os.environ.get("OPENAI_BASE_URL")
        key = self._api_key or os.environ.get("OPENAI_API_KEY")
        if not key and not url:
            raise ModelAccessError(
                f"{self.name} needs a key, and OPENAI_API_KEY is not set",
                hint="set OPENAI_API_KEY (or OPENAI_BASE_URL for a server of your own), " + ANOTHER,
            )
        return Provider(
            self.name, "OPENAI_API_KEY", open_endpoint(url or DEFAULT_URL, key or PLACEHOLDER_KEY, "OPENAI_API_KEY")
        )

    def _client(self, endpoint: Endpoint, http: "httpx2.AsyncClient") -> "AsyncOpenAI":
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=endpoint.key, base_url=endpoint.url, http_client=http, max_retries=0)

    async def _attempt(self, provider: Provider, showing: Showing, answer: Answer) -> Reply | Setback:
        import httpx2
        import openai

        while True:
            answer.begin()
            http = provider.endpoint.client(self._patience.silence)
            try:
                async with self._client(provider.endpoint, http) as client:
                    return await self._ask(client, showing.messages, answer, provider)
            except openai.APIStatusError as error:
                if showing.give_up(error.status_code, error.body):
                    continue
                plainer = _PLAINER.get(self._manner)
                if plainer and _rejects_streaming(error.status_code, error.body):
                    self._manner = plainer
                    continue
                return provider.refused(error.status_code, error.body, error.response.headers)
            except (openai.APIConnectionError, httpx2.HTTPError) as error:
                cause = _cause(error)
                return provider.interrupted(cause) if answer.text else provider.unreachable(cause)
            except openai.APIError as error:
                said = message_in(error.body) or error.message
                if not answer.text and showing.give_up(_IN_STREAM, said):
                    continue
                return provider.interrupted(said)
            except (ValueError, RecursionError):
                # Not chained: a parser's message quotes what it read.
                return provider.garbled("something that is no chat completion")

    async def _ask(
        self, client: "AsyncOpenAI", messages: Sequence[Message], answer: Answer, provider: Provider
    ) -> Reply | Setback:
        from openai import omit

        sent = cast("list[ChatCompletionMessageParam]", [_spoken(message) for message in messages])
        if self._manner == "whole":
            raw = await client.chat.completions.with_raw_response.create(model=self._model, messages=sent)
            return _read_whole(raw.http_response, answer, provider)
        usage = self._manner == "stream with usage"
        stream = await client.chat.completions.create(
            model=self._model,
            messages=sent,
            stream=True,
            stream_options={"include_usage": True} if usage else omit,
        )
        async with stream:
            if _media_type(stream.response) != "text/event-stream":
                # Some servers ignore `stream` and answer as a whole.
                await stream.response.aread()
                return _read_whole(stream.response, answer, provider)
            async for chunk in stream:
                _take(cast(object, chunk), answer)
        if not answer.end and not said_done(stream.response):
            return provider.interrupted("the stream ended early")
        return answer.reply()


def _spoken(message: Message) -> dict[str, object]:
    """Return a message in the protocol's words: a text, or a list of parts where it has media."""
    if not message.media:
        return {"role": message.role, "content": message.content}
    parts: list[dict[str, object]] = [{"type": "text", "text": message.content}]
    for media in message.media:
        parts.append({"type": "text", "text": f"[{label(media)}]"})
        parts.append(_part(media))
    return {"role": message.role, "content": parts}


def _part(media: Media) -> dict[str, object]:
    data = b64encode(media.data).decode("ascii")
    if media.media_type in SOUNDS:
        sound = {"data": data, "format": "wav" if media.media_type == "audio/wav" else "mp3"}
        return {"type": "input_audio", "input_audio": sound}
    return {"type": "image_url", "image_url": {"url": f"data:{media.media_type};base64,{data}"}}


class _Lenient(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def _plain_text(content: JsonValue) -> JsonValue:
    """Join content that comes as a list of typed parts; parts that are no text (reasoning) are left out."""
    if not isinstance(content, list):
        return content
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    return "".join(part for part in parts if isinstance(part, str))


class _Part(_Lenient):
    content: Annotated[str | None, BeforeValidator(_plain_text)] = None
    refusal: str | None = None


class _Choice(_Lenient):
    delta: _Part | None = None
    message: _Part | None = None
    finish_reason: str | None = None


class _Details(_Lenient):
    cached_tokens: int | None = None


class _Usage(_Lenient):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Completion(_Lenient):
    """A completion or one chunk of it: the two differ in `message` and `delta` only."""

    choices: tuple[_Choice, ...] | None = None
    usage: _Usage | None = None
    model: str | None = None


def _take(data: object, answer: Answer) -> None:
    """Add a completion or a chunk to the answer. Raises ValueError for something else."""
    if isinstance(data, BaseModel):
        data = data.model_dump(warnings=False)
    completion = _Completion.model_validate(data)
    answer.model = completion.model or answer.model
    if completion.usage is not None:
        # Nothing is asked or said in no tokens: servers that do not count report 0.
        answer.input_tokens = completion.usage.prompt_tokens or None
        answer.output_tokens = completion.usage.completion_tokens or None
        answer.cached_tokens = (completion.usage.prompt_tokens_details or _Details()).cached_tokens
    for choice in (completion.choices or ())[:1]:
        part = choice.delta or choice.message or _Part()
        answer.refusal += part.refusal or ""
        answer.end = choice.finish_reason or answer.end
        answer.add(part.content or "")


def _read_whole(response: "httpx2.Response", answer: Answer, provider: Provider) -> Reply | Setback:
    kind = _media_type(response)
    if not kind.endswith("json"):
        return provider.garbled(f"{kind or 'an unnamed type'} instead of a chat completion")
    data = response.json()
    if isinstance(data, dict) and message_in(cast(object, data)) and "choices" not in data:
        return provider.interrupted(message_in(cast(object, data)))
    try:
        _take(cast(object, data), answer)
    except ValidationError:
        return provider.garbled("JSON that is no chat completion")
    return answer.reply()


def _media_type(response: "httpx2.Response") -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _rejects_streaming(status: int, body: object) -> bool:
    return status in (400, 404, 405, 415, 422, 501) and bool(re.search(r"\bstream", str(body)[:10_000], re.IGNORECASE))


def _cause(error: Exception) -> str:
    """Return what lies under the SDK's `Connection error.`"""
    cause = error.__cause__ or error
    return str(cause) or type(cause).__name__
