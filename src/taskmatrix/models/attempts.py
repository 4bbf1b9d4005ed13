"""How often and how long to try: retries with backoff under one deadline."""

import email.utils
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import anyio

from taskmatrix.core.errors import ModelAccessError, ModelAnswerError, ModelError
from taskmatrix.core.protocols import Reply
from taskmatrix.models.answers import ANOTHER, Answer

MAX_BACKOFF = 8.0


@dataclass(frozen=True, slots=True)
class Patience:
    """What a call may cost in time, in seconds.

    `retries` come after the first attempt, each after a pause that doubles from `backoff`, or the one the server
    asks for, up to `longest_wait`. `silence` is the longest wait for the next byte, `deadline` holds for
    everything together.
    """

    retries: int = 3
    backoff: float = 0.5
    longest_wait: float = 60.0
    silence: float = 300.0
    deadline: float = 600.0


@dataclass(frozen=True, slots=True)
class Setback:
    """What one attempt came to instead of a reply: the error to report, and whether to try `again`.

    `wait` is what the server asked for, in seconds.
    """

    error: ModelError
    again: bool = False
    wait: float | None = None


async def persist(attempt: Callable[[], Awaitable[Reply | Setback]], patience: Patience, answer: Answer) -> Reply:
    """Attempt until there is a reply, a setback that repeating cannot help, or no patience left.

    Raises ModelError (the last setback's): ModelAnswerError where the model had said anything.
    """
    try:
        return await _persist(attempt, patience, answer.name)
    except ModelAnswerError as error:
        error.answer = error.answer or answer.said
        raise
    except ModelAccessError:
        raise
    except ModelError as error:
        if answer.said:
            raise ModelAnswerError(error.message, answer=answer.said, hint=error.hint) from None
        raise


async def _persist(attempt: Callable[[], Awaitable[Reply | Setback]], patience: Patience, name: str) -> Reply:
    last: ModelError | None = None
    try:
        with anyio.fail_after(patience.deadline):
            for number in range(patience.retries + 1):
                outcome = await attempt()
                if isinstance(outcome, Reply):
                    return outcome
                last = outcome.error
                wait = pause(number, patience) if outcome.wait is None else outcome.wait
                if not outcome.again or number == patience.retries:
                    raise last
                left = anyio.current_effective_deadline() - anyio.current_time()
                if wait > min(patience.longest_wait, left):
                    raise ModelError(last.message, hint=f"wait {math.ceil(wait)} s, then try again, {ANOTHER}")
                await anyio.sleep(wait)
    except TimeoutError:
        said = f" (before that: {last.message})" if last else ""
        raise ModelError(
            f"{name} did not answer within {patience.deadline:g} s{said}",
            hint=f"try again, {ANOTHER}",
        ) from None
    raise AssertionError("the loop ends by return or raise")


def pause(number: int, patience: Patience) -> float:
    """Return the pause after attempt `number` (from 0), spread so that many clients do not return at once."""
    return min(patience.backoff * 2.0**number, MAX_BACKOFF) * random.uniform(0.75, 1.0)


def requested_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a response asks to wait (`Retry-After`: seconds or a date), or None.

    Source: RFC 9110, section 10.2.3; `retry-after-ms` is OpenAI's.
    """
    for header, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(header, "")) * unit
        except ValueError:
            continue
        if not math.isnan(seconds):
            return max(0.0, seconds) if seconds != math.inf else None
    parsed = email.utils.parsedate_tz(headers.get("retry-after", ""))
    if parsed is None:
        return None
    try:
        return max(0.0, email.utils.mktime_tz(parsed) - time.time())
    except (ValueError, OverflowError):
        return None
