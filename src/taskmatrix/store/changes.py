"""The writing side of the catalogue, inside one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update

from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.store.counter import ChangeNumbers
from taskmatrix.store.package_rows import PackageRows
from taskmatrix.store.pending import Held, PendingRows
from taskmatrix.store.prepared import PreparedDocument, prepare, read_document
from taskmatrix.store.records import Completion, Judge, Preference, PutCounts
from taskmatrix.store.removal import SERVED, SUPERSEDED, Removal
from taskmatrix.store.sources import Entered, Meetings
from taskmatrix.store.tables import KEYS_AT_ONCE, apis, removed, revisions

_Key = tuple[str, str]
_Served = Row[str, str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf documents are put, from where, and which of them must wait or give way."""

    by: str
    skeleton: Callable[[str], str]
    owner: str | None = None
    source: Entered | None = None
    whole: bool = False
    judge: Judge | None = None
    prefer: Preference | None = None
    inherit: Preference | None = None
    complete: Completion | None = None

    @property
    def source_id(self) -> int | None:
        """The number of the source, or None."""
        return None if self.source is None else self.source.id


class Writer:
    """Puts and removes documents in one open write transaction, numbering every change."""

    def __init__(self, connection: Connection, terms: Terms) -> None:
        self._connection = connection
        self._terms = terms
        self._now = datetime.now(UTC)
        self._numbers = ChangeNumbers(connection)
        self._pending = PendingRows(connection)
        self._packages = PackageRows(connection, terms.owner, terms.source_id, terms.skeleton)
        self._removal = Removal(connection, self._numbers, self._pending)
        self._counts = PutCounts()
        self._meetings: Meetings | None = None
        if terms.source is not None and terms.source.known and terms.whole:
            self._meetings = Meetings(connection, terms.source.id, self._numbers.start)

    def put(self, documents: Sequence[PreparedDocument]) -> None:
        """Add or replace documents; of one that comes twice, the last counts."""
        wanted = {document.key: document for document in documents}
        before = self._served(list(wanted))
        new = [d for key, d in wanted.items() if key not in before]
        same = [key for key, d in wanted.items() if key in before and before[key].digest == d.digest]
        offered = [d for key, d in wanted.items() if key in before and before[key].digest != d.digest]
        changed = self._sift(offered, before)
        if new:
            self._add(new)
        if changed:
            self._replace(changed)
        self._adopt([key for key in same if _is_of_old(before[key])])
        self._pending.settle([*same, *(d.key for d in changed)])
        if self._meetings is not None:
            self._meetings.note(key for key in wanted if key in before)
        self._counts += PutCounts(len(new), len(changed), len(documents) - len(new) - len(offered))

    def describe(self, package: Package) -> None:
        """Keep what is said of a package. Raises DocumentError."""
        self._packages.describe(package)

    def remove(self, package: str, names: Iterable[str]) -> None:
        """Remove APIs of a package, leaving a tombstone for each that was there."""
        self._removal.remove(package, names)

    def remove_where(self, condition: ColumnElement[bool]) -> None:
        """Remove all APIs of which a condition holds."""
        self._removal.remove_where(condition)

    def quarantine(self, package: str, name: str, reason: str | None) -> None:
        """Put an API into quarantine or let it out; the feed tells of both."""
        change = update(apis).where(apis.c.package == package, apis.c.name == name)
        self._connection.execute(change.values(quarantined=reason, change=self._numbers.next()))

    def remove_stale(self) -> None:
        """Remove what the source no longer offers, if it was put as a whole."""
        if self._meetings is not None:
            for page in self._meetings.stale():
                by_package: dict[str, list[str]] = {}
                for package, name in page:
                    by_package.setdefault(package, []).append(name)
                for package, names in by_package.items():
                    self._removal.remove(package, names)

    def finish(self) -> PutCounts:
        """Keep the last change number; return what was done."""
        if self._meetings is not None:
            self._meetings.close()
        self._numbers.keep()
        return self._counts + PutCounts(removed=self._removal.count)

    def _served(self, keys: Sequence[_Key]) -> Mapping[_Key, _Served]:
        found: dict[_Key, _Served] = {}
        # Asked by `id`, since SQLite scans the whole table for pairs. Others printed alike do no harm.
        for start in range(0, len(keys), KEYS_AT_ONCE):
            ids = [f"{package}.{name}" for package, name in keys[start : start + KEYS_AT_ONCE]]
            wanted = select(apis.c.package, apis.c.name, apis.c.digest, apis.c.source_id, apis.c.author)
            rows = self._connection.execute(wanted.where(apis.c.id.in_(ids)))
            found |= {(row.package, row.name): row for row in rows}
        return found

    def _sift(self, offered: Sequence[PreparedDocument], before: Mapping[_Key, _Served]) -> Sequence[PreparedDocument]:
        """Return those that may replace what is served; hold others back for the operator, leave the rest."""
        terms = self._terms
        foreign = {d.key for d in offered if terms.source is not None and before[d.key].source_id != terms.source_id}
        asking = terms.prefer is not None or terms.inherit is not None
        open_to_all = [d for d in offered if d.key not in foreign or asking]
        kept = len(offered) - len(open_to_all)
        if terms.judge is None and not foreign:
            return open_to_all
        accepted: list[PreparedDocument] = []
        held: list[Held] = []
        texts = self._texts([d.key for d in open_to_all])
        for document in open_to_all:
            served, instead = read_document(texts[document.key]), read_document(document.text)
            if document.key in foreign and not self._may_take(before[document.key], served, instead):
                kept += 1
                continue
            if terms.complete is not None and (completed := terms.complete(served, instead)) is not instead:
                document, instead = prepare(completed), completed
                if document.digest == before[document.key].digest:
                    self._pending.settle([document.key])
                    self._counts += PutCounts(unchanged=1)
                    continue
            reason = terms.judge(served, instead) if terms.judge is not None else None
            if reason is None:
                accepted.append(document)
            else:
                held.append(Held(document, reason))
        self._pending.hold(held, terms.by, terms.source_id)
        self._counts += PutCounts(held=len(held), kept=kept)
        return accepted

    def _may_take(self, row: _Served, served: ApiDocument, instead: ApiDocument) -> bool:
        """Say whether a source may have what is not its own."""
        terms = self._terms
        if terms.prefer is not None and terms.prefer(served, instead):
            return True
        return _is_of_old(row) and terms.inherit is not None and terms.inherit(served, instead)

    def _texts(self, keys: Sequence[_Key]) -> Mapping[_Key, str]:
        found: dict[_Key, str] = {}
        for start in range(0, len(keys), KEYS_AT_ONCE):
            ids = [f"{package}.{name}" for package, name in keys[start : start + KEYS_AT_ONCE]]
            wanted = select(apis.c.package, apis.c.name, apis.c.document).where(apis.c.id.in_(ids))
            found |= {(row.package, row.name): row.document for row in self._connection.execute(wanted)}
        return found

    def _add(self, documents: Sequence[PreparedDocument]) -> None:
        owners = self._packages.know(d.package for d in documents)
        freed = self._freed(documents)
        owner = self._terms.owner
        rows = [
            self._row(d)
            | {
                "revision": freed.get(d.key, 0) + 1,
                "owner": None if owner == owners[d.package] else owner,
            }
            for d in documents
        ]
        self._connection.execute(insert(apis), rows)
        if freed:
            back = delete(removed).where(removed.c.package == bindparam("p"), removed.c.name == bindparam("n"))
            self._connection.execute(back, [{"p": package, "n": name} for package, name in freed])

    def _freed(self, documents: Sequence[PreparedDocument]) -> Mapping[_Key, int]:
        """Return the last revision of those names that had an API before."""
        by_package: dict[str, list[str]] = {}
        for document in documents:
            by_package.setdefault(document.package, []).append(document.name)
        names = list(by_package)
        if len(names) == 1:
            return self._freed_in(names[0], by_package[names[0]])
        found: dict[_Key, int] = {}
        for start in range(0, len(names), KEYS_AT_ONCE):
            some = names[start : start + KEYS_AT_ONCE]
            wanted = select(removed.c.package).where(removed.c.package.in_(some)).distinct()
            for package in self._connection.execute(wanted).scalars().all():
                found |= self._freed_in(package, by_package[package])
        return found

    def _freed_in(self, package: str, names: Sequence[str]) -> dict[_Key, int]:
        found: dict[_Key, int] = {}
        for start in range(0, len(names), KEYS_AT_ONCE):
            some = names[start : start + KEYS_AT_ONCE]
            wanted = select(removed.c.name, removed.c.revision).where(
                removed.c.package == package, removed.c.name.in_(some)
            )
            found |= {(package, row.name): row.revision for row in self._connection.execute(wanted)}
        return found

    def _replace(self, documents: Sequence[PreparedDocument]) -> None:
        this = (apis.c.package == bindparam("p"), apis.c.name == bindparam("n"))
        keys = [{"p": d.package, "n": d.name} for d in documents]
        self._connection.execute(insert(revisions).from_select(SUPERSEDED, select(*SERVED).where(*this)), keys)
        change = update(apis).where(*this).values(revision=apis.c.revision + 1)
        rows = [self._row(d) | key for d, key in zip(documents, keys, strict=True)]
        self._connection.execute(change, rows)

    def _row(self, document: PreparedDocument) -> dict[str, object]:
        return {
            "package": document.package,
            "name": document.name,
            "id": f"{document.package}.{document.name}",
            "document": document.text,
            "digest": document.digest,
            "change": self._numbers.next(),
            "updated": self._now,
            "author": self._terms.by,
            "source_id": self._terms.source_id,
        }

    def _adopt(self, keys: Sequence[_Key]) -> None:
        """Let the source have what was imported from it before sources were kept: the very same documents."""
        if self._terms.source is None or not keys:
            return
        this = (apis.c.package == bindparam("p"), apis.c.name == bindparam("n"))
        change = update(apis).where(*this).values(source_id=self._terms.source_id, author=self._terms.by)
        self._connection.execute(change, [{"p": package, "n": name} for package, name in keys])


def _is_of_old(row: _Served) -> bool:
    """Say whether a row is from before sources and authors were kept."""
    return row.source_id is None and not row.author
