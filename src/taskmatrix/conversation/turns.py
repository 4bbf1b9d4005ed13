"""A run as turns of its conversation: what was said, what was called for it, what came of it.

Everything is bounded, whatever a journal holds: texts are cut, of many calls some are kept, files are named by their
handles and never shown.
"""

import json
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from taskmatrix.conversation.secrecy import NO_SECRETS
from taskmatrix.conversation.summary import RunSummary, summarize
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.events import (
    CallDone,
    OutcomeChecked,
    QuestionAnswered,
    QuestionAsked,
    Run,
    RunStarted,
    UndoFinished,
)
from taskmatrix.core.protocols import Call, Turn
from taskmatrix.policy.redaction import Redactor

LONGEST_INSTRUCTION, LONGEST_REPLY, LONGEST_ANSWER, LONGEST_ARGUMENT = 3_000, 500, 2_000, 300
MOST_CALLS, MOST_FILES = 40, 20
LONGEST_LINE = 200
"""Characters of a turn that is told in one line."""

_SAID_SHORT = 130


def turns_of(run: Run, secrets: Redactor = NO_SECRETS) -> tuple[Turn, ...]:
    """Return what the user said (the instruction, replies to questions) and what the run answered, in order.

    The instruction has the calls that were made for it and not taken back, with their actual arguments; files follow
    the answer as handles, in a turn of role `tool`. Of a run that failed the calls are only named with the answer:
    what they opened is not open any more. `secrets` are cut out of all that is told.
    """

    def say(text: str, most: int) -> str:
        return _cut(secrets.text(text), most)

    told = summarize(run)
    calls = calls_of(told, secrets)
    said = [Turn("user", say(_instruction(told), LONGEST_INSTRUCTION), calls if told.status == "done" else ())]
    asked: dict[int, str] = {}
    for event in run.events:
        if isinstance(event, QuestionAsked):
            asked[event.number] = event.question.text
        elif isinstance(event, QuestionAnswered):
            said.append(Turn("assistant", say(asked.get(event.number, ""), LONGEST_REPLY)))
            said.append(Turn("user", say(event.answer, LONGEST_REPLY)))
    answered = _answer(told) if told.status == "done" or not calls else f"{_answer(told)}\n(it called {_named(calls)})"
    answer = Turn("assistant", say(answered, LONGEST_ANSWER))
    files = [secrets.text(_handle(artifact)) for artifact in told.artifacts[-MOST_FILES:]]
    return (*said, answer, Turn("tool", "\n".join(files))) if files else (*said, answer)


def short_turns_of(run: Run, secrets: Redactor = NO_SECRETS) -> tuple[Turn, ...]:
    """Return the run as one short turn, which still names what was called."""
    calls = tuple(Call(call.api) for call in calls_of(summarize(run)))
    return (Turn("user", line_of(run, secrets), calls if run.status == "done" else ()),)


def line_of(run: Run, secrets: Redactor = NO_SECRETS) -> str:
    """Return a run in one line: what was asked for, what was called or made."""
    told = summarize(run)
    made = [artifact.name for artifact in told.artifacts]
    called = _named(calls_of(told))
    did = f"made {', '.join(made)}" if made else f"called {called}" if called else ""
    if told.status != "done" or not did:
        did = "; ".join(filter(None, (_answer(told), did)))
    said = _cut(_one_line(secrets.text(told.instruction)), _SAID_SHORT)
    return _cut(f"{said} → {_one_line(secrets.text(did))}", LONGEST_LINE)


def calls_of(told: RunSummary, secrets: Redactor = NO_SECRETS) -> tuple[Call, ...]:
    """Return the calls that were made and not taken back, with their arguments cut to what is readable."""
    done = {event.call for event in told.events if isinstance(event, CallDone)} - _undone(told)
    made = [call for call in told.calls if call.call in done]
    if len(made) > MOST_CALLS:
        made = [*made[: MOST_CALLS // 2], *made[-MOST_CALLS // 2 :]]
    return tuple(Call(call.api, _brief(call.arguments, secrets), str(call.call)) for call in made)


def _named(calls: Iterable[Call]) -> str:
    return ", ".join(dict.fromkeys(call.api for call in calls))


def _instruction(told: RunSummary) -> str:
    started = next((event for event in told.events if isinstance(event, RunStarted)), None)
    given = [f"{one.name} ({one.media_type})" for one in started.attachments] if started else []
    return f"{told.instruction}\n(attached: {', '.join(given)})" if given else told.instruction


def _answer(told: RunSummary) -> str:
    """Return what became of a run, in words."""
    return "\n".join(filter(None, (_ending(told), *_amendments(told))))


def _ending(told: RunSummary) -> str:
    if told.question is not None:
        return f"It waits for an answer: {told.question.question.text}"
    if told.pending is not None:
        return f"It waits for an approval: {told.pending.reason}"
    if told.error is not None:
        word = "Stopped" if told.status == "cancelled" else "It failed"
        return f"{word}: {told.error.message}"
    return told.answer


def _amendments(told: RunSummary) -> Iterable[str]:
    """Yield what is to be said besides: what was found wrong afterwards, and what was taken back."""
    checked = [event for event in told.events if isinstance(event, OutcomeChecked)]
    if checked and not checked[-1].ok:
        wrong = [fact.text for fact in checked[-1].facts if fact.state == "false"]
        yield f"Not as it should be: {'; '.join((*wrong, *checked[-1].beyond))}"
    undone = sorted(_undone(told))
    if undone:
        yield f"Taken back afterwards: call {', '.join(map(str, undone))}"


def _undone(told: RunSummary) -> set[int]:
    finished = [event for event in told.events if isinstance(event, UndoFinished)]
    return {step.call for event in finished for step in event.steps if step.state == "undone"}


def _handle(artifact: Artifact) -> str:
    where = artifact.path or f"blob {artifact.digest}"
    return f"{artifact.name}: {artifact.media_type}, {where}"


def _brief(arguments: Mapping[str, JsonValue], secrets: Redactor) -> dict[str, JsonValue]:
    return {name: _brief_value(secrets.value(value)) for name, value in arguments.items()}


def _brief_value(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _cut(value, LONGEST_ARGUMENT)
    if isinstance(value, dict | list):
        text = json.dumps(value, ensure_ascii=False)
        return value if len(text) <= LONGEST_ARGUMENT else _cut(text, LONGEST_ARGUMENT)
    return value


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())
