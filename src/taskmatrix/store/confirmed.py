"""Instructions that somebody confirmed an API for: the index finds it by these words, too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from taskmatrix.core.errors import NotFoundError, UsageError
from taskmatrix.store.characters import holdable, storable
from taskmatrix.store.counter import renumber
from taskmatrix.store.database import Database
from taskmatrix.store.tables import apis, confirmed
from taskmatrix.store.wordings import Wording, wording_of

MOST_CONFIRMED = 200
"""Instructions kept for one API; the oldest go."""

_LONGEST_AUTHOR = 1_000


@dataclass(frozen=True, slots=True)
class ConfirmedInstruction:
    """An instruction that an API does, when it was confirmed last, and by whom."""

    package: str
    name: str
    instruction: str
    at: datetime
    by: str


class ConfirmedStore:
    """Keeps confirmed instructions. Each change gives the API a new change number, so that indexes follow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, package: str, name: str, instruction: str, *, by: str) -> bool:
        """Keep an instruction, durably; return whether it is new. One that is there counts as the newest again.

        Raises NotFoundError for an API that is not there, UsageError for an instruction without words, StoreError.
        """
        wording = _wording(instruction)
        with self._database.write() as connection:
            _require(connection, package, name)
            known = connection.execute(delete(confirmed).where(_is(package, name, wording))).rowcount
            row = {
                "package": package,
                "name": name,
                "digest": wording.digest,
                "instruction": wording.text,
                "at": datetime.now(UTC),
                "author": storable(by, _LONGEST_AUTHOR),
            }
            connection.execute(insert(confirmed), [row])
            if not known:
                _drop_oldest(connection, package, name)
                renumber(connection, package, apis.c.name == name)
        return not known

    def remove(self, package: str, name: str, instruction: str) -> bool:
        """Drop an instruction; return whether it was there. Raises UsageError, StoreError."""
        wording = _wording(instruction)
        if not holdable(package, name):
            return False
        with self._database.write() as connection:
            known = connection.execute(delete(confirmed).where(_is(package, name, wording))).rowcount
            if known:
                renumber(connection, package, apis.c.name == name)
        return known > 0

    def of(self, package: str, name: str) -> Sequence[ConfirmedInstruction]:
        """Return the instructions of an API, newest first."""
        if not holdable(package, name):
            return []
        wanted = select(confirmed).where(confirmed.c.package == package, confirmed.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(confirmed.c.number.desc())).all()
        return [ConfirmedInstruction(r.package, r.name, r.instruction, r.at, r.author) for r in rows]


def confirmed_between(connection: Connection, first: int, last: int) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the instructions, newest first, of the APIs whose last change lies between two numbers, both included."""
    if connection.execute(select(confirmed.c.number).limit(1)).first() is None:
        return {}
    wanted = (
        select(confirmed.c.package, confirmed.c.name, confirmed.c.instruction)
        .join(apis, and_(apis.c.package == confirmed.c.package, apis.c.name == confirmed.c.name))
        .where(apis.c.change >= first, apis.c.change <= last)
        .order_by(confirmed.c.number.desc())
    )
    found: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(wanted):
        found.setdefault((row.package, row.name), []).append(row.instruction)
    return {key: tuple(instructions) for key, instructions in found.items()}


def forget_confirmed(connection: Connection, package: str, names: Sequence[str]) -> None:
    """Drop what was confirmed for APIs that are removed."""
    connection.execute(delete(confirmed).where(confirmed.c.package == package, confirmed.c.name.in_(names)))


def _wording(instruction: str) -> Wording:
    found = wording_of(instruction)
    if found is None:
        raise UsageError("the instruction says nothing", hint="say it as one would ask for it: 'make a new slide'")
    return found


def _require(connection: Connection, package: str, name: str) -> None:
    wanted = select(apis.c.id).where(apis.c.package == package, apis.c.name == name)
    if not holdable(package, name) or connection.execute(wanted).first() is None:
        raise NotFoundError(f"there is no API {f'{package}.{name}'!r}")


def _is(package: str, name: str, wording: Wording) -> ColumnElement[bool]:
    return and_(confirmed.c.package == package, confirmed.c.name == name, confirmed.c.digest == wording.digest)


def _drop_oldest(connection: Connection, package: str, name: str) -> None:
    of_api = (confirmed.c.package == package, confirmed.c.name == name)
    wanted = select(confirmed.c.number).where(*of_api).order_by(confirmed.c.number.desc())
    oldest = connection.execute(wanted.offset(MOST_CONFIRMED).limit(1)).scalar()
    if oldest is not None:
        connection.execute(delete(confirmed).where(*of_api, confirmed.c.number <= oldest))
