"""The outcome of a run: what was verified of the world after it, and what changed that no call was to change."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import anyio
from pydantic import JsonValue

from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Event, Fact, FactState, OutcomeChecked
from taskmatrix.core.programs import CheckReport
from taskmatrix.executor.outcomes.conditions import Conditions
from taskmatrix.executor.outcomes.deeds import read_deeds
from taskmatrix.executor.outcomes.files import check_files
from taskmatrix.executor.outcomes.looking import Observer, Visit
from taskmatrix.executor.outcomes.states import Before, Comparison, packages_to_read, read_before
from taskmatrix.executor.outcomes.wording import Wording, secrets_of
from taskmatrix.executor.payloads import restore

MOST_FACTS = 200
"""Facts that are told one by one: those that are false first."""

MOST_SECONDS = 60.0
"""How long looking takes at most, after a run; what was not looked at by then is unverified."""

_ORDER: Mapping[FactState, int] = {"false": 0, "unverified": 1, "verified": 2}


async def observe(report: CheckReport, events: Sequence[Event], visit: Visit, observer: Observer) -> Before:
    """Read how the packages are that a checked program may change, before its first call.

    `events` are those of the run so far. The result is kept with the run: `check_outcome` compares with it, in any
    process.
    """
    packages = packages_to_read(report, observer)
    if not packages:
        return Before()
    try:
        sessions = read_deeds(events, observer.find, lambda value: restore(value, observer.blobs)).sessions
    except NotFoundError as error:
        return Before(unread={package.name: error.message for package in packages})
    return await read_before(packages, sessions, visit, observer)


async def check_outcome(events: Sequence[Event], before: Before, visit: Visit, observer: Observer) -> OutcomeChecked:
    """Return what can be said of the world after a run, by its journal. What cannot be looked at is unverified.

    All of its rounds are judged together: the post-conditions of the calls that were done and not undone, and how the
    states differ from `before`.
    """
    visit = replace(visit, until=min(visit.until, anyio.current_time() + MOST_SECONDS), seen={})
    files = await check_files(events, visit.directory)

    def have(value: JsonValue) -> JsonValue:
        return restore(value, observer.blobs)

    try:
        deeds = read_deeds(events, observer.find, have)
        wording = Wording(secrets_of(deeds.calls, have))
    except NotFoundError as error:
        return OutcomeChecked(facts=(Fact(text="What was called", state="unverified", why=error.message), *files))
    compared = await Comparison(deeds, have, wording, visit, observer).compare(before)
    conditions = await Conditions(deeds, have, wording, visit, observer).check()
    return OutcomeChecked(facts=_bounded([*conditions, *compared.facts, *files]), beyond=compared.beyond)


def _bounded(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return facts in order; of very many those that were verified are counted only."""
    if len(facts) <= MOST_FACTS:
        return tuple(facts)
    first = sorted(facts, key=lambda fact: _ORDER[fact.state])
    told, rest = first[: MOST_FACTS - 1], first[MOST_FACTS - 1 :]
    return (*told, Fact(text=f"{len(rest):,} more", state=rest[0].state))
