"""Post-conditions: what the documents of the calls say must be so after the run, looked up and compared."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from taskmatrix.core.documents import ApiDocument, Ensured
from taskmatrix.core.effects import Feed
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Fact
from taskmatrix.core.paths import fill, levels, words_of
from taskmatrix.core.protocols import Value
from taskmatrix.core.sensitivity import marked, marks, of_parameter, texts_in
from taskmatrix.executor.compensations import MISSING, Made, fed
from taskmatrix.executor.outcomes.coverage import Filling, as_name, overlap
from taskmatrix.executor.outcomes.deeds import Deed, Deeds, Restore
from taskmatrix.executor.outcomes.differences import down, same
from taskmatrix.executor.outcomes.looking import Observer, Unread, Visit
from taskmatrix.executor.outcomes.states import filling_of, patterns_of
from taskmatrix.executor.outcomes.wording import Wording


@dataclass(frozen=True, slots=True)
class Condition:
    """A post-condition of one call, with its own values; `wrong` says why it cannot be looked up."""

    deed: Deed
    ensured: Ensured
    filling: Filling
    read: ApiDocument | None
    arguments: Mapping[str, JsonValue]
    path: Sequence[str]
    wanted: object = MISSING
    wrong: str = ""

    @property
    def question(self) -> str:
        """What is read: two conditions with the same question are about the same thing."""
        return json.dumps([self.read.id if self.read else self.ensured.read, self.arguments], sort_keys=True)

    @property
    def key(self) -> tuple[str, Sequence[str]]:
        """What it is about: of several calls that say something of it, the last one counts."""
        return self.question, self.path

    def holds(self, given: object) -> bool:
        """Whether what was read is as it should be."""
        found = down(given, self.path)
        if self.ensured.absent:
            return found is MISSING
        if self.ensured.equals is not None:
            return same(found, self.wanted)
        return found is not MISSING and (self.ensured.contains is None or contains(found, self.wanted))


def contains(found: object, wanted: object) -> bool:
    """Whether a text holds a text, a list an item, an object a field of that name or all fields of another."""
    match found:
        case str():
            return isinstance(wanted, str) and wanted in found
        case list():
            return any(same(item, wanted) for item in cast("list[object]", found))
        case dict():
            fields = cast("dict[str, object]", found)
            if isinstance(wanted, dict):
                parts = cast("dict[str, object]", wanted)
                return all(same(fields.get(name, MISSING), value) for name, value in parts.items())
            return isinstance(wanted, str) and wanted in fields
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Conditions:
    """Looks up the post-conditions of a run's calls."""

    deeds: Deeds
    restore: Restore
    wording: Wording
    visit: Visit
    observer: Observer

    async def check(self) -> Sequence[Fact]:
        """Return a fact for each condition that still says something."""
        every = [one for deed in self.deeds.calls if _counts(deed) for one in self._conditions(deed)]
        last = {one.key: one for one in every}
        facts: list[Fact] = []
        for one in every:
            if one is not last[one.key] and not _adds(one, last[one.key]):
                continue
            fact = await self._fact(one, last)
            if fact is not None:
                facts.append(fact)
        return facts

    def _conditions(self, deed: Deed) -> Iterator[Condition]:
        for ensured in deed.document.ensures:
            try:
                filling = filling_of(deed, self.restore)
                yield self._condition(deed, ensured, filling)
            except NotFoundError as error:
                nothing = Condition(deed, ensured, Filling({}), None, {}, (str(deed.number),), wrong=error.message)
                yield nothing

    def _condition(self, deed: Deed, ensured: Ensured, filling: Filling) -> Condition:
        read = self.observer.reader(deed.document.package, ensured.read)
        made = Made(cast("Mapping[str, JsonValue]", filling.arguments), cast(JsonValue, filling.result))
        wanted_from = ensured.equals or ensured.contains
        wanted = MISSING if wanted_from is None else fed(wanted_from, made)
        given = {name: fed(feed, made) for name, feed in ensured.arguments.items()}
        missing = [feed for name, feed in ensured.arguments.items() if given[name] is MISSING]
        if wanted_from is not None and wanted is MISSING:
            missing.append(wanted_from)
        path, unclear = _filled(ensured.path, filling)
        wrong = ""
        if read is None:
            wrong = f"there is no API {ensured.read!r} in {deed.document.package!r}"
        elif missing:
            wrong = f"its {missing[0].origin} holds no {missing[0].path!r}"
        elif unclear:
            wrong = f"nothing says what the {words_of(unclear)} is"
        elif leak := _leak(deed.document, read, ensured.arguments, given, self.wording):
            wrong = f"{read.id} would be told a secret, as {leak!r}"
        arguments = cast("dict[str, JsonValue]", {k: v for k, v in given.items() if v is not MISSING})
        return Condition(deed, ensured, filling, read, arguments, path, wanted, wrong)

    async def _fact(self, one: Condition, last: Mapping[tuple[str, Sequence[str]], Condition]) -> Fact | None:
        fact = Fact(text=self._says(one), state="verified", call=one.deed.number, api=one.deed.document.id)
        found = await self._read(one)
        if isinstance(found, Unread):
            return fact.model_copy(update={"state": "unverified", "why": self.wording.text(found.why)})
        if one.holds(found.value):
            return fact
        try:
            doubt = self._changed_since(one, last)
        except NotFoundError as error:
            doubt = error.message
        if doubt is not None:  # a later call had every right to make it otherwise
            return fact.model_copy(update={"state": "unverified", "why": doubt}) if doubt else None
        if one.read is not None and isinstance(found.value, dict | list | str):
            self.wording.learn(marked(found.value, marks(one.read.returns)))
        there = down(found.value, one.path)
        why = "it is there" if one.ensured.absent else f"found was {self.wording.value(there)}"
        if one.deed.told:  # another way was planned from that, which answers for itself
            return fact.model_copy(
                update={"state": "unverified", "why": f"{why}; another round was planned from that"}
            )
        return fact.model_copy(update={"state": "false", "why": why})

    async def _read(self, one: Condition) -> Value | Unread:
        if one.wrong or one.read is None:
            return Unread(one.wrong)
        session = self.deeds.sessions.get(one.read.package, {})
        return await self.observer.look(one.read, one.arguments, session, self.visit)

    def _changed_since(self, one: Condition, last: Mapping[tuple[str, Sequence[str]], Condition]) -> str | None:
        """Say which later call may have changed what a condition is about: empty for one that says so, None for none.

        Calls that only add to the same thing are none.
        """
        region = self._region(one)
        adding = last[one.key].deed.document.id if last[one.key] is not one else ""
        doubt: str | None = None
        for later in self.deeds.of(one.deed.document.package):
            if later.number <= one.deed.number or later.document.id == adding:
                continue
            if later.changes is None or (region is None and later.changes):
                doubt = f"call {later.number}, {later.document.id}, may have changed it since"
            elif later.changes and region is not None and overlap(region, patterns_of(later, self.restore)):
                return ""
        return doubt

    def _region(self, one: Condition) -> Sequence[tuple[frozenset[str] | None, ...]] | None:
        """Return where in its package's state lies what a condition is about; None where nobody says."""
        about = self.observer.package(one.deed.document.package)
        if about is not None and one.read is not None and about.state in (one.read.name, one.read.id):
            return [tuple(frozenset((name,)) for name in one.path)]
        return None if one.deed.changes is None else list(patterns_of(one.deed, self.restore))

    def _says(self, one: Condition) -> str:
        if one.ensured.says:
            return self.wording.sentence(one.ensured.says, one.filling)
        what = self.wording.path(one.path) or "what it gives"
        if one.ensured.absent:
            return self.wording.text(f"{one.ensured.read}: there is no {what}")
        if one.wanted is MISSING:
            return self.wording.text(f"{one.ensured.read}: {what} is there")
        verb = "is" if one.ensured.equals is not None else "holds"
        return self.wording.text(f"{one.ensured.read}: {what} {verb} {self.wording.value(one.wanted)}")


def _counts(deed: Deed) -> bool:
    """Whether a call promised something that is still to be so, in whatever round it was made."""
    return deed.done and not deed.undone and not deed.undoing


def _adds(one: Condition, last: Condition) -> bool:
    """Whether two conditions about the same thing hold side by side: both say what it must hold, not what it is."""
    return one.ensured.contains is not None and last.ensured.contains is not None


def _filled(path: str, filling: Filling) -> tuple[Sequence[str], str]:
    """Return a path with its values, and the first placeholder of which nothing is known."""
    unclear: list[str] = []

    def say(place: str) -> str:
        found = filling.value(place)
        if not isinstance(found, str | int | float):
            unclear.append(place)
        return as_name(found)

    filled = tuple(fill(level, say) for level in levels(path))
    return filled, unclear[0] if unclear else ""


def _leak(
    document: ApiDocument, read: ApiDocument, feeds: Mapping[str, Feed], given: Mapping[str, object], wording: Wording
) -> str:
    """Return the parameter that would be told a secret without being made for one."""
    for name, value in given.items():
        parameter, first = read.parameter(name), feeds[name].path.partition(".")[0]
        origin = document.parameter(first) if feeds[name].origin == "argument" else None
        secret = (origin is not None and of_parameter(origin) == "secret") or any(
            wording.text(text) != text for text in texts_in(cast(JsonValue, value))
        )
        if secret and (parameter is None or of_parameter(parameter) != "secret"):
            return name
    return ""
