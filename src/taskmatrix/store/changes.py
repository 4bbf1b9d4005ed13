"""The writing side of the catalogue, inside one transaction."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.errors import DocumentError
from taskmatrix.store.tables import apis, meta, packages, removed

_CHANGE = "change"
_KEYS = 400
"""Keys asked for at once: SQLite takes 32,766 parameters in a statement, old builds 999."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document as it is stored: its JSON text and the digest of what it says."""

    package: str
    name: str
    text: str
    digest: str

    @property
    def key(self) -> tuple[str, str]:
        """The identity."""
        return self.package, self.name


def prepare(document: ApiDocument) -> PreparedDocument:
    """Return the stored form of a document. Raises DocumentError for values that JSON cannot hold."""
    try:
        text = json.dumps(document.to_json(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
        return PreparedDocument(document.package, document.name, text, document.digest())
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{document.id} holds a value that JSON cannot: {error}",
            hint="infinity, not-a-number and half of a surrogate pair are no JSON",
        ) from error


@dataclass(frozen=True, slots=True)
class PutCounts:
    """What became of the documents that were put."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    def __add__(self, other: "PutCounts") -> "PutCounts":
        return PutCounts(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
        )


class Writer:
    """Puts and removes documents in one open write transaction, numbering every change."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._start = self._last = self.latest(connection)
        self._now = datetime.now(UTC)
        self._known_packages: set[str] = set()
        self._counts = PutCounts()

    @staticmethod
    def latest(connection: Connection) -> int:
        """Return the number of the newest change. In a write transaction no other can come in between."""
        value = connection.execute(select(meta.c.value).where(meta.c.key == _CHANGE).with_for_update()).scalar()
        return int(value or 0)

    def put(self, documents: Sequence[PreparedDocument]) -> None:
        """Add or replace documents; of one that comes twice, the last counts."""
        wanted = {document.key: document for document in documents}
        before = self._digests(list(wanted))
        new = [d for key, d in wanted.items() if key not in before]
        changed = [d for key, d in wanted.items() if key in before and before[key] != d.digest]
        if new:
            self._add(new)
        if changed:
            self._replace(changed)
        self._counts += PutCounts(len(new), len(changed), len(documents) - len(new) - len(changed))

    def describe(self, package: Package) -> None:
        """Keep what is said of a package."""
        text = json.dumps(package.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        self._connection.execute(delete(packages).where(packages.c.name == package.name))
        self._connection.execute(insert(packages), [{"name": package.name, "document": text}])
        self._known_packages.add(package.name)

    def remove(self, package: str, names: Iterable[str]) -> None:
        """Remove APIs of a package, leaving a tombstone for each that was there."""
        rest = iter(list(names))
        while some := list(islice(rest, _KEYS)):
            gone = delete(apis).where(apis.c.package == package, apis.c.name.in_(some)).returning(apis.c.name)
            found = sorted(self._connection.execute(gone).scalars())
            rows = [{"package": package, "name": name, "change": self._next()} for name in found]
            if rows:
                self._connection.execute(insert(removed), rows)
            self._counts += PutCounts(removed=len(rows))

    def finish(self) -> PutCounts:
        """Keep the last change number; return what was done."""
        if self._last != self._start:
            self._connection.execute(delete(meta).where(meta.c.key == _CHANGE))
            self._connection.execute(insert(meta), [{"key": _CHANGE, "value": str(self._last)}])
        return self._counts

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _digests(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        # Asked by `id`, since SQLite scans the whole table for pairs. Others printed alike do no harm.
        for start in range(0, len(keys), _KEYS):
            ids = [f"{package}.{name}" for package, name in keys[start : start + _KEYS]]
            wanted = select(apis.c.package, apis.c.name, apis.c.digest).where(apis.c.id.in_(ids))
            found |= {(row.package, row.name): row.digest for row in self._connection.execute(wanted)}
        return found

    def _add(self, documents: Sequence[PreparedDocument]) -> None:
        self._know({d.package for d in documents})
        self._connection.execute(insert(apis), [self._row(d) for d in documents])
        back = delete(removed).where(removed.c.package == bindparam("p"), removed.c.name == bindparam("n"))
        if self._connection.execute(select(removed.c.change).limit(1)).first() is not None:
            self._connection.execute(back, [{"p": d.package, "n": d.name} for d in documents])

    def _replace(self, documents: Sequence[PreparedDocument]) -> None:
        change = update(apis).where(apis.c.package == bindparam("p"), apis.c.name == bindparam("n"))
        rows = [self._row(d) | {"p": d.package, "n": d.name} for d in documents]
        self._connection.execute(change, rows)

    def _row(self, document: PreparedDocument) -> dict[str, object]:
        return {
            "package": document.package,
            "name": document.name,
            "id": f"{document.package}.{document.name}",
            "document": document.text,
            "digest": document.digest,
            "change": self._next(),
            "updated": self._now,
        }

    def _know(self, names: set[str]) -> None:
        """Make sure that every package has a row: the selector's first level lists them."""
        unsure = sorted(names - self._known_packages)
        for start in range(0, len(unsure), _KEYS):
            some = unsure[start : start + _KEYS]
            found = set(self._connection.execute(select(packages.c.name).where(packages.c.name.in_(some))).scalars())
            rows = [
                {"name": n, "document": json.dumps({"name": n}, ensure_ascii=False)} for n in some if n not in found
            ]
            if rows:
                self._connection.execute(insert(packages), rows)
        self._known_packages |= names
