"""The rows of packages, inside one transaction. Every package of an API has one: the selector lists them first."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from taskmatrix.core.documents import Package
from taskmatrix.store.prepared import prepare_package
from taskmatrix.store.tables import apis, packages

_KEYS = 400


@dataclass(slots=True)
class PackageRows:
    """Makes sure that packages are there; new ones get `owner` and `source_id`."""

    connection: Connection
    owner: str | None
    source_id: int | None
    skeleton: Callable[[str], str]
    _owners: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def know(self, names: Iterable[str]) -> Mapping[str, str | None]:
        """Make sure that packages have a row; return who owns each, and others seen before."""
        unsure = sorted(set(names) - self._owners.keys())
        for start in range(0, len(unsure), _KEYS):
            some = unsure[start : start + _KEYS]
            wanted = select(packages.c.name, packages.c.owner).where(packages.c.name.in_(some))
            found = {row.name: row.owner for row in self.connection.execute(wanted)}
            rows = [self._row(n, json.dumps({"name": n}, ensure_ascii=False)) for n in some if n not in found]
            if rows:
                self.connection.execute(insert(packages), rows)
            self._owners |= {name: found.get(name, self.owner) for name in some}
        return self._owners

    def describe(self, package: Package) -> None:
        """Keep what is said of a package. Raises DocumentError."""
        text = prepare_package(package)
        change: dict[str, object] = {"document": text}
        if self.source_id is not None:
            change["source_id"] = self.source_id
        done = self.connection.execute(update(packages).where(packages.c.name == package.name).values(change))
        if not done.rowcount:
            self.connection.execute(insert(packages), [self._row(package.name, text)])

    def _row(self, name: str, text: str) -> dict[str, object]:
        return {
            "name": name,
            "document": text,
            "owner": self.owner,
            "skeleton": self.skeleton(name),
            "source_id": self.source_id,
        }


def drop_empty(connection: Connection, source_id: int) -> None:
    """Drop the packages that a source brought and that hold no API any more."""
    full = exists().where(apis.c.package == packages.c.name)
    connection.execute(delete(packages).where(packages.c.source_id == source_id, ~full))


def list_skeletons(connection: Connection, skeleton: str) -> Sequence[str]:
    """Return the packages that share a look-alike form."""
    wanted = select(packages.c.name).where(packages.c.skeleton == skeleton).order_by(packages.c.name)
    return connection.execute(wanted).scalars().all()


def fill_skeletons(connection: Connection, skeleton: Callable[[str], str]) -> None:
    """Give a look-alike form to the packages that are older than it."""
    names = connection.execute(select(packages.c.name).where(packages.c.skeleton == "")).scalars().all()
    rows = [{"n": name, "s": skeleton(name) or name} for name in names]
    if rows:
        change = update(packages).where(packages.c.name == bindparam("n")).values(skeleton=bindparam("s"))
        connection.execute(change, rows)


def lacks_skeletons(connection: Connection) -> bool:
    """Tell whether some package has no look-alike form yet."""
    return connection.execute(select(packages.c.name).where(packages.c.skeleton == "").limit(1)).first() is not None
