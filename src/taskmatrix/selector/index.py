"""The word index: a `tantivy` folder, or memory where no folder can be used."""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.queries import WordQuery
from taskmatrix.selector.texts import read_document
from taskmatrix.selector.tokens import distinct, stems

if TYPE_CHECKING:
    from tantivy import Document, Index, IndexWriter, Query, Schema

FORMAT = 1
"""Grows whenever an index written before could not be used any more."""

_STATE_KEY = "\x01state"
_HEAP_BYTES = 50_000_000
_LONGEST_TERM = 4_000
_KEPT_RARITIES = 200_000


class IndexDamagedError(Exception):
    """The folder holds no index of ours, or one that cannot be read. It is derived data: build it again."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index has followed the catalogue, and which API the last change was about."""

    change: int = 0
    package: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found by its words, with the stems of its parts."""

    package: str
    name: str
    score: float
    titles: tuple[str, ...]
    packages: frozenset[str]
    summary: frozenset[str]
    rest: frozenset[str]


class WordIndex:
    """Adds, removes and finds documents by their words. Raises IndexDamagedError from any method."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._schema = _schema()
        self._rarities: dict[str, float] = {}
        with _damage_noticed():
            self._index = _open(self._schema, folder)
            self._index.reload()

    def state(self) -> IndexState:
        """Return how far the index has followed the catalogue; loads what other processes have written."""
        with _damage_noticed():
            self._index.reload()
            self._rarities = {}
            searcher = self._index.searcher()
            found = searcher.search(self._term("key", _STATE_KEY), 1, count=False).hits
            if not found:
                return IndexState()
            data = json.loads(_decode(searcher.doc(found[0][1]).get_first("state")))
            return IndexState(int(data["change"]), str(data["package"]), str(data["name"]))

    def writer(self) -> "IndexUpdate | None":
        """Begin an update, or return None if another process is writing."""
        with _damage_noticed():
            try:
                return IndexUpdate(self._index.writer(_HEAP_BYTES, 1))
            except ValueError as error:
                if "LockBusy" in str(error):
                    return None
                raise

    def search(self, query: WordQuery, limit: int, packages: Sequence[str] = ()) -> list[Hit]:
        """Return the documents that hold most of the query's words, best first."""
        from tantivy import Occur, Query

        if not query.terms or limit < 1:
            return []
        with _damage_noticed():
            terms = [(Occur.Should, Query.boost_query(self._term("text", t.stem), t.weight)) for t in query.terms]
            wanted = Query.boolean_query(terms)
            if packages:
                inside = [(Occur.Should, self._term("package", _term_text(p))) for p in packages]
                wanted = Query.boolean_query(
                    [(Occur.Must, wanted), (Occur.Must, Query.const_score_query(Query.boolean_query(inside), 0.0))]
                )
            searcher = self._index.searcher()
            found = searcher.search(wanted, limit, count=False).hits
            return [_hit(float(score), searcher.doc(address)) for score, address in found]

    def rarity(self, stem: str) -> float:
        """Return how much a stem tells in this catalogue: its inverse document frequency, as in BM25."""
        known = self._rarities.get(stem)
        if known is None:
            with _damage_noticed():
                searcher = self._index.searcher()
                count, size = searcher.doc_freq("text", stem), max(searcher.num_docs - 1, 0)
            known = math.log1p((size - count + 0.5) / (count + 0.5))
            if len(self._rarities) < _KEPT_RARITIES:
                self._rarities[stem] = known
        return known

    def knows(self, stem: str) -> bool:
        """Whether any document holds a stem."""
        with _damage_noticed():
            return self._index.searcher().doc_freq("text", stem) > 0

    def size(self) -> int:
        """Return how many documents there are."""
        with _damage_noticed():
            return max(self._index.searcher().num_docs - 1, 0)

    def _term(self, field: str, text: str) -> "Query":
        from tantivy import Query

        return Query.term_query(self._schema, field, text, "freq" if field == "text" else "basic")


class IndexUpdate:
    """One transaction on the index: nothing of it is seen before `commit`."""

    def __init__(self, writer: "IndexWriter") -> None:
        self._writer = writer

    def add(self, document: ApiDocument) -> None:
        """Add a document that is not in the index."""
        with _damage_noticed():
            self._writer.add_document(_entry(document))

    def remove(self, package: str, name: str) -> None:
        """Remove a document, if it is there."""
        with _damage_noticed():
            self._writer.delete_documents_by_term("key", _key(package, name))

    def clear(self) -> None:
        """Remove everything."""
        with _damage_noticed():
            self._writer.delete_all_documents()

    def commit(self, state: IndexState) -> None:
        """Make the update durable and visible, together with how far it has followed the catalogue."""
        from tantivy import Document

        with _damage_noticed():
            self._writer.delete_documents_by_term("key", _STATE_KEY)
            entry = Document()
            entry.add_text("key", _STATE_KEY)
            data = {"change": state.change, "package": state.package, "name": state.name}
            entry.add_bytes("state", json.dumps(data).encode())
            self._writer.add_document(entry)
            self._writer.commit()

    def close(self) -> None:
        """Let other processes write."""
        with _damage_noticed():
            self._writer.wait_merging_threads()


def discard(folder: Path) -> None:
    """Remove an index folder that cannot be used, whatever it is."""
    # Renaming first takes it away from other processes in one step.
    aside = folder.with_name(f"{folder.name}.damaged-{os.getpid()}")
    with suppress(FileNotFoundError):
        folder.rename(aside)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink(missing_ok=True)


def _open(schema: "Schema", folder: Path | None) -> "Index":
    from tantivy import Index

    if folder is None:
        return Index(schema)
    folder.mkdir(parents=True, exist_ok=True)
    return Index(schema, path=str(folder))


@cache
def _schema() -> "Schema":
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("package", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    for name in ("identity", "summary", "rest", "state", f"format{FORMAT}"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def _entry(document: ApiDocument) -> "Document":
    from tantivy import Document

    text = read_document(document)
    entry = Document()
    entry.add_text("key", _key(document.package, document.name))
    entry.add_text("package", _term_text(document.package))
    entry.add_text("text", text.weighted())
    entry.add_bytes("identity", _encode(_identity(document.package, document.name)))
    entry.add_bytes("summary", _encode(" ".join(distinct(text.summary))))
    rest = distinct((*text.description, *text.parameters, *text.details, *text.examples))
    entry.add_bytes("rest", _encode(" ".join(rest)))
    return entry


def _hit(score: float, entry: "Document") -> Hit:
    length, _, names = _decode(entry.get_first("identity")).partition(" ")
    package, name = names[: int(length)], names[int(length) + 1 :]
    rest = _decode(entry.get_first("rest")).split()
    return Hit(
        package=package,
        name=name,
        score=score,
        titles=tuple(stems(name)),
        packages=frozenset(stems(package)),
        summary=frozenset(_decode(entry.get_first("summary")).split()),
        rest=frozenset(rest),
    )


def _key(package: str, name: str) -> str:
    return _term_text(_identity(package, name))


def _identity(package: str, name: str) -> str:
    return f"{len(package)} {package} {name}"


def _term_text(text: str) -> str:
    """Return a text that the index can hold as one term: a long one by its hash."""
    encoded = _encode(text)
    if len(encoded) > _LONGEST_TERM or b"\xed" in encoded:  # half characters, which no term can hold, start so
        return "\x02" + hashlib.sha256(encoded).hexdigest()
    return text


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(stored: object) -> str:
    if not isinstance(stored, bytes):
        raise IndexDamagedError("a document has lost a part")
    return stored.decode("utf-8", "surrogatepass")


@contextmanager
def _damage_noticed() -> Generator[None]:
    """Turn what a damaged folder makes the index raise into IndexDamagedError."""
    try:
        yield
    except (ValueError, OSError, KeyError) as error:
        raise IndexDamagedError(str(error)) from error
    except BaseException as error:
        # A corrupt file can make the native code panic, which no `except Exception` sees.
        if type(error).__name__ == "PanicException":
            raise IndexDamagedError(str(error)) from None
        raise
