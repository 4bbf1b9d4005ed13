"""What a provider's refusals mean: which error to report, with which hint, and whether to try again."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError
from taskmatrix.models.answers import ANOTHER
from taskmatrix.models.attempts import Setback, requested_wait
from taskmatrix.models.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Provider:
    """What the error texts need to know: `openai:NAME`, the key's variable and the address."""

    name: str
    variable: str
    endpoint: Endpoint

    @property
    def model(self) -> str:
        """The model's own name."""
        return self.name.partition(":")[2]

    def refused(self, status: int, body: object, headers: Mapping[str, str]) -> Setback:
        """Explain an HTTP status of 300 or more."""
        said = self.endpoint.tidy(message_in(body))
        what = f"{self.endpoint.shown} answered {status}" + (f": {said}" if said else "")
        if status == 400 and "content_filter" in _start(body):
            return Setback(ModelAnswerError(what, hint=f"put the instruction in other words, {ANOTHER}"))
        if status in (408, 409, 429) or status >= 500:
            if _spent(body):
                return Setback(ModelAccessError(what, hint=f"the account has no credit left: top it up, {ANOTHER}"))
            hint = f"the server is overloaded or limits how often you may ask: wait and try again, {ANOTHER}"
            return Setback(ModelError(what, hint=hint), again=status != 501, wait=requested_wait(headers))
        return Setback(ModelAccessError(what, hint=self._access_hint(status)))

    def _access_hint(self, status: int) -> str:
        if status in (401, 403):
            hint = f"check {self.variable}"
        elif status == 404:
            hint = f"check that the server has a model {self.model!r} and that its address is right (it ends in /v1)"
        elif status == 413:
            hint = "the request is larger than the server takes: shorten the instruction or the conversation"
        elif 300 <= status < 400:
            hint = "the server moved: use its new address"
        else:
            hint = f"the server does not take this request: check the model {self.model!r}"
        return f"{hint}, {ANOTHER}"

    def unreachable(self, cause: str) -> Setback:
        """Explain a connection that could not be made or broke."""
        why = self.endpoint.tidy(cause)
        text = f"no answer from {self.endpoint.shown}" + (f": {why}" if why else "")
        hint = "is the server running?" if self.endpoint.is_local else "check the network connection and the address"
        return Setback(ModelError(text, hint=f"{hint} {ANOTHER[0].upper()}{ANOTHER[1:]}"), again=True)

    def interrupted(self, cause: str) -> Setback:
        """Explain an answer that broke off."""
        why = self.endpoint.tidy(cause)
        text = f"{self.name} broke off in the middle of its answer" + (f": {why}" if why else "")
        return Setback(ModelError(text, hint=f"try again, {ANOTHER}"), again=True)

    def garbled(self, cause: str) -> Setback:
        """Explain an answer that does not speak the protocol."""
        return Setback(
            ModelAnswerError(
                f"{self.endpoint.shown} answered with {self.endpoint.tidy(cause)}",
                hint="check that the address is the API's own (it ends in /v1) and that no proxy answers instead, "
                + ANOTHER,
            )
        )


def message_in(body: object) -> str:
    """Return the words of an error body: `{"error": {"message": …}}`, `{"error": …}`, `{"message": …}`, text."""
    if isinstance(body, Mapping):
        fields: Mapping[str, JsonValue] = body  # pyright: ignore[reportUnknownVariableType]
        for key in ("error", "message", "detail"):
            if fields.get(key):
                return message_in(fields[key])
        return ""
    return body if isinstance(body, str) else ""


def _spent(body: object) -> bool:
    """Whether a 429 means that there is no credit, which waiting does not change."""
    return "insufficient_quota" in _start(body)


def _start(body: object) -> str:
    return str(body)[:10_000]
