"""The state of packages before and after a run, and what changed in it that no call was to change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from taskmatrix.core.documents import Package
from taskmatrix.core.errors import NotFoundError
from taskmatrix.core.events import Fact
from taskmatrix.core.programs import CheckReport
from taskmatrix.core.protocols import Value
from taskmatrix.core.sensitivity import marked, marks
from taskmatrix.executor.outcomes.coverage import Coverage, Filling, Pattern, pattern
from taskmatrix.executor.outcomes.deeds import Deed, Deeds, Restore, State
from taskmatrix.executor.outcomes.differences import Change, differences
from taskmatrix.executor.outcomes.looking import Observer, Unread, Visit, keep, kept
from taskmatrix.executor.outcomes.wording import Wording

MOST_TOLD = 20
"""Changes beyond the request that are told one by one."""


class Before(BaseModel):
    """How packages were before a run: blobs of what their `state` APIs gave, and why others gave nothing."""

    model_config = ConfigDict(frozen=True)

    states: dict[str, str] = Field(default_factory=dict[str, str], description="package → digest")
    unread: dict[str, str] = Field(default_factory=dict[str, str], description="package → why")

    def __or__(self, later: "Before") -> "Before":
        """Return both; where they tell of the same package, the earlier one counts."""
        known = self.states.keys() | self.unread.keys()
        return Before(
            states=self.states | {name: text for name, text in later.states.items() if name not in known},
            unread=self.unread | {name: text for name, text in later.unread.items() if name not in known},
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing the states found."""

    facts: tuple[Fact, ...] = ()
    beyond: tuple[str, ...] = ()


def packages_to_read(report: CheckReport, observer: Observer) -> tuple[Package, ...]:
    """Return the packages that a program may change and that say how their state is read."""
    called = [document for api in report.calls if (document := observer.find(api)) is not None]
    names = dict.fromkeys(document.package for document in called if document.effects.kind != "read")
    about = (observer.package(name) for name in names)
    return tuple(package for package in about if package is not None and package.state is not None)


async def read_state(package: Package, state: State, visit: Visit, observer: Observer) -> Value | Unread:
    """Read how a package is now, with its session state in the run."""
    name = package.state or ""
    document = observer.reader(package.name, name)
    if document is None:
        return Unread(f"there is no API {name!r} in {package.name!r}")
    return await observer.look(document, {}, state, visit)


async def read_before(
    packages: Iterable[Package], sessions: Mapping[str, State], visit: Visit, observer: Observer
) -> Before:
    """Read how packages are before the first call of a run. What fails is told, and keeps nothing from running."""
    states: dict[str, str] = {}
    unread: dict[str, str] = {}
    for package in packages:
        found = await read_state(package, sessions.get(package.name, {}), visit, observer)
        if isinstance(found, Unread):
            unread[package.name] = found.why
        else:
            states[package.name] = keep(found.value, observer.blobs)
    return Before(states=states, unread=unread)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Compares how packages are with how they were before."""

    deeds: Deeds
    restore: Restore
    wording: Wording
    visit: Visit
    observer: Observer

    async def compare(self, before: Before) -> Compared:
        """Return what was found of all packages that were read before the run."""
        facts: list[Fact] = []
        beyond: list[str] = []
        for name in sorted(before.states.keys() | before.unread.keys()):
            about, deeds = self.observer.package(name), self.deeds.of(name)
            touched = name in self.deeds.failed or any(deed.changes != () for deed in deeds)
            if about is None or not touched:
                continue
            try:
                found = await self._package(about, deeds, before)
            except NotFoundError as error:
                found = Unread(error.message)
            if isinstance(found, Unread):
                facts.append(_unjudged(name, self.wording.text(found.why)))
            elif found:
                beyond += [self.wording.change(name, change) for change in found]
            else:
                facts.append(Fact(text=f"Nothing else changed in {name}", state="verified", api=name))
        told = beyond[:MOST_TOLD]
        more = [f"and {len(beyond) - MOST_TOLD:,} more"] if len(beyond) > MOST_TOLD else []
        return Compared(tuple(facts), (*told, *more))

    async def _package(self, about: Package, deeds: Sequence[Deed], before: Before) -> Sequence[Change] | Unread:
        """Return what changed in one package that nothing was to change."""
        silent = next((deed for deed in deeds if deed.changes is None), None)
        if silent is not None:
            return Unread(f"{silent.document.id} does not say what it changes")
        if about.name in before.unread:
            return Unread(before.unread[about.name])
        start: JsonValue = kept(before.states[about.name], self.observer.blobs)
        found: list[Change] = []
        for stretch in _stretches(deeds):
            ending = stretch.replaced_by
            session = self.deeds.sessions.get(about.name, {}) if ending is None else ending.earlier
            end = await read_state(about, session, self.visit, self.observer)
            if isinstance(end, Unread):
                return end
            self._learn(about, start, end.value)
            allowed = Coverage([*self._patterns(stretch.deeds), *(pattern(p, Filling({})) for p in about.volatile)])
            found += [one for change in differences(start, end.value) for one in allowed.uncovered(change)]
            if ending is not None:
                shown = await read_state(about, ending.session, self.visit, self.observer)
                if isinstance(shown, Unread):
                    return shown
                start = shown.value
        return found

    def _patterns(self, deeds: Iterable[Deed]) -> Iterator[Pattern]:
        for deed in deeds:
            yield from patterns_of(deed, self.restore)

    def _learn(self, about: Package, *values: JsonValue) -> None:
        document = self.observer.reader(about.name, about.state or "")
        secret = marks(document.returns) if document is not None else ()
        for value in values:
            self.wording.learn(marked(value, secret))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Calls that worked on the same thing, until `replaced_by` put another in its place (`open_presentation`)."""

    deeds: Sequence[Deed]
    replaced_by: Deed | None = None


def _stretches(deeds: Sequence[Deed]) -> Iterator[_Stretch]:
    """Yield the stretches of a run.

    A call that may change everything, and left its package another session, opened something else: what is there now
    is no change of what was there. How both looked is read again from the sessions, since packages keep nothing else.
    """
    current: list[Deed] = []
    for deed in deeds:
        if deed.done and deed.session != deed.earlier and deed.changes in (("*",), ("",)):
            yield _Stretch(tuple(current), deed)
            current = []
        else:
            current.append(deed)
    yield _Stretch(tuple(current))


def patterns_of(deed: Deed, restore: Restore) -> Iterator[Pattern]:
    """Yield what a call may change, filled with its own values."""
    filling = filling_of(deed, restore)
    for path in deed.changes or ():
        yield pattern(path, filling)


def filling_of(deed: Deed, restore: Restore) -> Filling:
    """Return what placeholders of a call stand for. Raises NotFoundError where a large value is gone."""
    arguments = {name: restore(value) for name, value in deed.arguments.items()}
    return Filling.of(deed.document, arguments, restore(deed.result), deed.session)


def _unjudged(package: str, why: str) -> Fact:
    return Fact(text=f"Nothing else changed in {package}", state="unverified", api=package, why=why)
