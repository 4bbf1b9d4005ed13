"""Questions about a plan, and their answers bound to its calls.

An answer about a parameter becomes that argument wherever the plan lacks it; one that says no such thing is asked
for again, with what is expected.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from textwrap import shorten

from pydantic import JsonValue

from taskmatrix.core.errors import NeedsInputError
from taskmatrix.core.questions import Answered, Question
from taskmatrix.mcfm.embedded.documents.reading import ApiView, ParameterView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import Doubt, Plan, PlannedCall
from taskmatrix.mcfm.embedded.values.candidates import Candidate
from taskmatrix.mcfm.embedded.values.converting import convert_span, takes_moments
from taskmatrix.mcfm.embedded.values.impossible import impossible_moment

ASKS_BELOW = 0.12
"""A required argument less sure than this is asked for instead of used."""
LEAVE_OUT = "leave it out"
MOST_USES = 4
_SHOWN = 60
_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "yes or no",
    "list": "a list, such as: one, two, three",
    "dict": 'a JSON object, such as {"key": "value"}',
}
_POINTING = re.compile(r"\s*(?:the|this|that|any|some|another|which|my|your)\b\D{0,80}\bone\W*$", re.I)
"""`the last one`: not the number 1, though the word can be one."""
_QUOTES = "\"'`“”‘’"


def open_parameters(call: PlannedCall) -> tuple[str, ...]:
    """Return what a call needs and nothing said: the missing ones, else those that are little more than a guess."""
    return call.missing or tuple(name for name in call.arguments if _is_guess(call, name))


def about_parameter(view: ApiView, name: str, said: str = "") -> Question:
    """Return the question for an argument that a call needs; `said` is the instruction."""
    parameter = view.parameter(name)
    impossible = impossible_moment(said) if parameter is not None and takes_moments(parameter) else ""
    why = f"there is no {impossible}" if impossible else "the instruction does not say it"
    text = f"{view.id} needs {_described(view, name)}, and {why}"
    return Question(text, view.id, name, _choices(parameter))


def about_reading(call: PlannedCall, doubt: Doubt) -> Question:
    """Return the question which of two values an argument is meant to have."""
    known = call.arguments.get(doubt.parameter)
    one = known.source.text if isinstance(known, Filled) and known.source else ""
    other = doubt.other.source.text if doubt.other.source else str(doubt.other.value)
    text = f"what is {_described(call.view, doubt.parameter)} of {call.view.id}: {_brief(one)} or {_brief(other)}?"
    return Question(text, call.view.id, doubt.parameter, (one, other))


def about_step(words: str) -> Question:
    """Return the question for a step that no API does; the answer stands in its place."""
    return Question(f"no API on offer does this: {words!r}; what should be done about it?", step=words)


def about_value(words: str, plan: Plan, now: datetime | None = None) -> Question:
    """Return the question for a value that no call takes, with the parameters that could."""
    uses = [_use(call, p) for call, p in _takers(words, plan, now)]
    choices = (LEAVE_OUT, *dict.fromkeys(uses)) if uses else ()
    return Question(f"none of the calls takes {words}; what should be done with it?", value=words, choices=choices)


def bind(plan: Plan, answers: Sequence[Answered], now: datetime | None = None) -> Plan:
    """Give the calls of a plan what was answered about their parameters, and return it.

    Of two answers about one thing the later counts. Raises NeedsInputError for one that says nothing of the kind.
    """
    for answered in _latest(answers):
        question = answered.question
        if question.api is not None and question.parameter is not None:
            _bind_parameter(plan, answered, question.api, question.parameter, now)
        elif question.step is not None and answered.leaves_out:
            plan.unread = [words for words in plan.unread if words != question.step]
    return plan


def bind_unused(plan: Plan, answers: Sequence[Answered], now: datetime | None = None) -> Plan:
    """Do with what no call of a plan takes what was answered about it, and return the plan.

    What an answer about a parameter says again is taken with it. Raises NeedsInputError as `bind` does.
    """
    for answered in _latest(answers):
        question = answered.question
        if question.parameter is not None:
            plan.unused = tuple(words for words in plan.unused if not _says(answered.text, words))
        elif question.value is not None and question.value in plan.unused:
            _bind_value(plan, answered, question.value, now)
    return plan


def _latest(answers: Sequence[Answered]) -> list[Answered]:
    later = [answers[index + 1 :] for index in range(len(answers))]
    return [
        a for a, rest in zip(answers, later, strict=True) if not any(r.question.is_about(a.question) for r in rest)
    ]


def _bind_parameter(plan: Plan, answered: Answered, api: str, name: str, now: datetime | None) -> None:
    calls = [call for call in plan.calls() if call.view.id == api]
    parameter = calls[0].view.parameter(name) if calls else None
    if parameter is None:
        return
    value, wrong = _read(answered, parameter, now)
    if value is None:
        again = (
            f"{_brief(answered.text)} {wrong}; {api} needs {_described(calls[0].view, name)}: {_expected(parameter)}"
        )
        raise NeedsInputError(
            replace(answered.question, text=again, choices=_choices(parameter)), hint="answer with that, or in quotes"
        )
    lacking = [call for call in calls if name in call.missing or _is_guess(call, name) or _doubts(call, name)]
    for call in lacking or [call for call in calls if name not in call.arguments]:
        _give(call, name, value, answered.text)
        call.doubt = None if _doubts(call, name) else call.doubt


def _read(answered: Answered, parameter: ParameterView, now: datetime | None) -> tuple[JsonValue, str]:
    """The answer as the parameter wants it; else None, and what is wrong with it."""
    from taskmatrix.api_platform.validation import fault

    is_text = parameter.type in ("str", "Any") and not parameter.choices
    if is_text and answered.leaves_out and answered.text.strip()[:1] not in _QUOTES:
        # Whoever means these very words puts them in quotes.
        return None, "does not say it, and it cannot be left out"
    value = convert_span(answered.text, 0, len(answered.text), parameter, now)
    if value == 1 and _POINTING.match(answered.text) and "first" not in answered.text.lower():
        value = None
    if value is None:
        return None, "says no such thing"
    wrong = fault(parameter.parameter.type, parameter.written(value))
    return (None, f"does not fit ({wrong})") if wrong else (value, "")


def _bind_value(plan: Plan, answered: Answered, words: str, now: datetime | None) -> None:
    """Give a value that no call takes to the parameter that the answer names, or leave it out."""
    if not answered.leaves_out:
        taken = next(((c, p) for c, p in _takers(words, plan, now) if _names(answered.text, c, p)), None)
        if taken is None:
            again = f"{_brief(answered.text)} names nothing that takes {words}; what should be done with it?"
            question = about_value(words, plan, now)
            raise NeedsInputError(
                replace(question, text=again, choices=question.choices or (LEAVE_OUT,)), hint="choose one of these"
            )
        call, parameter = taken
        _give(call, parameter.name, convert_span(words, 0, len(words), parameter, now), words)
    plan.unused = tuple(unused for unused in plan.unused if unused != words)


def _give(call: PlannedCall, name: str, value: JsonValue, said: str) -> None:
    call.arguments[name] = Filled(value, Candidate(-1, -1, said, value, "phrase"), 1.0)
    call.missing = tuple(missing for missing in call.missing if missing != name)


def _says(answer: str, words: str) -> bool:
    """Whether an answer holds the words, as words of their own."""
    return bool(re.search(rf"(?<!\w){re.escape(words.strip(_QUOTES))}(?!\w)", answer))


def _takers(words: str, plan: Plan, now: datetime | None) -> list[tuple[PlannedCall, ParameterView]]:
    """The parameters, of the calls that the instruction asked for, that are free and can take a value."""
    found = (
        (call, parameter)
        for call in plan.calls()
        for parameter in call.view.parameters
        if not call.added
        and parameter.name not in call.arguments
        and convert_span(words, 0, len(words), parameter, now) is not None
    )
    return list(islice(found, MOST_USES))


def _use(call: PlannedCall, parameter: ParameterView) -> str:
    return f"use it as {parameter.name} of {call.view.id}"


def _names(answer: str, call: PlannedCall, parameter: ParameterView) -> bool:
    """Whether an answer names a parameter: as the choice that was shown, or by its name."""
    plain = f" {' '.join(answer.lower().replace('_', ' ').strip(' .!').split())} "
    name = " ".join(parameter.name.lower().replace("_", " ").strip("- ").split())
    return answer == _use(call, parameter) or f" {name} " in plain


def _doubts(call: PlannedCall, name: str) -> bool:
    return call.doubt is not None and call.doubt.parameter == name


def _is_guess(call: PlannedCall, name: str) -> bool:
    argument, parameter = call.arguments.get(name), call.view.parameter(name)
    return (
        isinstance(argument, Filled)
        and argument.confidence < ASKS_BELOW
        and parameter is not None
        and parameter.required
    )


def _choices(parameter: ParameterView | None) -> tuple[str, ...]:
    if parameter is None:
        return ()
    if parameter.type == "bool":
        return ("yes", "no")
    return tuple(str(choice) for choice in parameter.choices if choice is not None)


def _expected(parameter: ParameterView) -> str:
    choices = _choices(parameter)
    if choices and parameter.type != "bool":
        return "one of these"
    return _WANTED.get(parameter.type, "a text")


def _described(view: ApiView, name: str) -> str:
    parameter = view.parameter(name)
    text = parameter.text.strip().rstrip(".") if parameter else ""
    return f"{name!r} ({text})" if text else repr(name)


def _brief(text: str) -> str:
    return repr(shorten(text, _SHOWN, placeholder=" …"))
