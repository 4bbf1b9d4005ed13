"""Keeps the search tables of a PostgreSQL database in line with its catalogue: one node writes, all read."""

import logging
import threading
import time
from collections import Counter

from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.database.words import confirmed, worded, write_words
from taskmatrix.selector.feed import Catalogue, Change
from taskmatrix.selector.keys import digest_of, key_of, owner_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.words.entries import pack
from taskmatrix.selector.words.texts import read_document
from taskmatrix.store import search_rows, search_tables
from taskmatrix.store.database import Database
from taskmatrix.store.search_rows import SearchDocument
from taskmatrix.store.search_tables import SearchState

logger = logging.getLogger(__name__)

PAGE = 2_000
"""Changes read at once."""

BATCH = 20_000
"""Changes kept in one transaction: what a crash may cost, and how long a node waits for another."""

WAIT_SECONDS = 10.0
"""How long a search waits for another node that is writing, before it answers from what there is."""


class DatabaseFollower:
    """Follows the change feed into the tables. Safe to use from several threads, processes and nodes."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._filled = 0
        self._filling = 0

    def follow(self) -> None:
        """Bring the tables up to date, making them where there are none. Raises StoreError.

        Where another node is at it, wait for it, but not for as long as a first filling takes.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        with self._lock:
            while True:
                state, latest = self._position()
                if state is None:
                    search_tables.create_tables(self._database)
                elif state.change == latest and (state.indexed or self._index()):
                    return
                elif state.change != latest and self._advance(state, latest):
                    continue
                elif time.monotonic() > deadline:
                    logger.warning("another node is writing the search tables: searching what they hold so far")
                    return
                else:
                    time.sleep(0.02)

    def _position(self) -> tuple[SearchState | None, int]:
        # In one transaction, so that tables which other nodes write never seem to be ahead of the catalogue.
        with self._database.read() as connection:
            return search_tables.read_state(connection), self._catalogue.latest_change()

    def _index(self) -> bool:
        with self._database.write(durable=False, lock=None) as connection:
            if not search_tables.take_turn(connection):
                return False
            search_tables.index_words(connection)
            return True

    def _advance(self, state: SearchState, latest: int) -> bool:
        """Follow the next batch of changes; return False if another node is writing."""
        if state.change == 0:
            self._filled, self._filling = 0, latest
        changes = self._read(state.change)
        # Each page names an API once, but pages are read one after the other: the last one counts.
        last = {signed(key_of(change.package, change.name)): change for change in changes}
        gone = [key for key, change in last.items() if change.document is None]
        there = [describe(change, change.document) for change in last.values() if change.document is not None]
        with self._database.write(durable=False, lock=None) as connection:
            if not search_tables.take_turn(connection):
                return False
            now = search_tables.read_state(connection)
            if now is None or now.change != state.change:
                return True
            if state.change > latest:
                logger.warning("the search tables are ahead of the catalogue: filling them again")
                search_rows.clear_documents(connection)
                return True
            search_rows.remove_documents(connection, gone)
            # In tables that this node fills from the start nothing can be there before, but for what changed since.
            fresh = self._filled == state.change and bool(changes) and changes[-1].number <= self._filling
            search_rows.put_documents(connection, there, new=fresh)
            # What was changed again since the latest change was asked for has no entry of its own any more.
            reached = changes[-1].number if changes else latest
            search_rows.keep_change(connection, reached)
        self._filled = reached if self._filled == state.change else -1
        return True

    def _read(self, since: int) -> list[Change]:
        # Read before writing: inside the transaction, each statement would see another state of the catalogue.
        found: list[Change] = []
        while len(found) < BATCH and (page := self._catalogue.changes(since, PAGE)):
            found += page
            since = page[-1].number
        return found


def describe(change: Change, document: ApiDocument) -> SearchDocument:
    """Return a document as the tables hold it."""
    text = read_document(document, change.confirmed)
    counts = Counter(text.weighted().split())
    marks = [*map(confirmed, text.confirmed), *map(worded, text.wordings)]
    return SearchDocument(
        key=signed(key_of(change.package, change.name)),
        package=change.package,
        name=change.name,
        holder=owner_of(change.package, change.owner),
        effects=document.effects.kind,
        digest=signed(digest_of(read_passage(document))),
        length=counts.total(),
        words=write_words(counts, marks),
        stems=[*counts, *marks],
        packed=pack(change.package, change.name, change.owner, text),
    )


def signed(number: int) -> int:
    """Return an unsigned 64-bit number as PostgreSQL keeps it."""
    return number - (1 << 64) if number >= 1 << 63 else number
