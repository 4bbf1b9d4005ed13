"""The word index: a `tantivy` folder, or memory where no folder can be used."""

import json
import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.search import ANYTHING, SearchFilter
from taskmatrix.selector.keys import key_of, owner_of
from taskmatrix.selector.queries import WordQuery
from taskmatrix.selector.retrieval import Candidate
from taskmatrix.selector.states import IndexDamagedError, IndexState
from taskmatrix.selector.words.entries import pack, unpack
from taskmatrix.selector.words.texts import read_document, wording_of

if TYPE_CHECKING:
    from tantivy import DocAddress, Document, Index, IndexWriter, Occur, Query, Schema, Searcher

FORMAT = 3
"""Grows whenever an index written before could not be used any more."""

CONFIRMED = 1.0
"""What a word weighs that stands in an instruction confirmed for a document, beside what it weighs in the text."""

MOST_TERMS = 16
"""Of a longer query the words that tell most are looked up: the time goes by how many documents hold them."""

_STATE_KEY = "state"
_HEAP_BYTES = 50_000_000
_KEPT_RARITIES = 200_000


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
            data = json.loads(_stored(searcher, found[0][1], "state"))
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

    def search(
        self, query: WordQuery, limit: int, where: SearchFilter = ANYTHING, beside: Sequence[str] = ()
    ) -> list[Candidate]:
        """Return the documents that hold most of the query's words, best first.

        A document for which this very query was confirmed comes first. Of `where`, `allows` is not asked. `beside`
        names owners, as `owner_of` does, whose documents are left out.
        """
        from tantivy import Query

        if not query.terms or limit < 1:
            return []
        with _damage_noticed():
            searcher = self._index.searcher()
            # A boost hides from the index that it may skip documents that cannot be among the best.
            telling = sorted(query.terms, key=lambda t: -t.weight * self.rarity(t.stem))[:MOST_TERMS]
            plain = [(self._term("text", t.stem), t.weight) for t in telling]
            terms = [term if weight == 1 else Query.boost_query(term, weight) for term, weight in plain]
            for term in query.terms:
                if searcher.doc_freq("confirmed", term.stem):
                    weight = CONFIRMED * term.weight * self.rarity(term.stem)
                    terms.append(Query.const_score_query(self._term("confirmed", term.stem), weight))
            narrow = self._narrow(where, beside)
            hits = searcher.search(_combined(terms, narrow), limit, count=False).hits
            scored = [(float(score), address) for score, address in hits]
            wording = wording_of(query)
            if wording and searcher.doc_freq("wording", wording):
                said = searcher.search(_combined([self._term("wording", wording)], narrow), limit, count=False).hits
                scored = _lifted(scored, [address for _, address in said])[:limit]
            return [unpack(_stored(searcher, address), score) for score, address in scored]

    def get(self, keys: Iterable[int]) -> list[Candidate]:
        """Return the documents of these keys that are there, in no order."""
        from tantivy import Query

        wanted = [_key_term(key) for key in keys]
        if not wanted:
            return []
        with _damage_noticed():
            searcher = self._index.searcher()
            query = Query.const_score_query(Query.term_set_query(self._schema, "key", wanted), 0.0)
            found = searcher.search(query, len(wanted), count=False).hits
            return [unpack(_stored(searcher, address)) for _, address in found]

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
        """Whether any document holds a stem, or was confirmed for an instruction that does."""
        with _damage_noticed():
            searcher = self._index.searcher()
            return searcher.doc_freq("text", stem) > 0 or searcher.doc_freq("confirmed", stem) > 0

    def size(self) -> int:
        """Return how many documents there are."""
        with _damage_noticed():
            return max(self._index.searcher().num_docs - 1, 0)

    def _term(self, field: str, text: str) -> "Query":
        from tantivy import Query

        return Query.term_query(self._schema, field, text, "freq" if field == "text" else "basic")

    def _narrow(self, where: SearchFilter, beside: Sequence[str]) -> "list[tuple[Occur, Query]]":
        """Return the clauses that keep a search to what it may find."""
        from tantivy import Occur, Query

        allowed = (("package", where.packages), ("owner", where.owners), ("effects", where.effects))
        clauses = [
            (Occur.Must, Query.const_score_query(Query.term_set_query(self._schema, field, _terms(texts)), 0.0))
            for field, texts in allowed
            if texts
        ]
        if beside:
            clauses.append((Occur.MustNot, Query.term_set_query(self._schema, "owner", _terms(beside))))
        return clauses


class IndexUpdate:
    """One transaction on the index: nothing of it is seen before `commit`."""

    def __init__(self, writer: "IndexWriter") -> None:
        self._writer = writer

    def add(self, document: ApiDocument, owner: str = "", confirmed: Sequence[str] = ()) -> None:
        """Add a document that is not in the index, with its owner, if any, and what was confirmed for it."""
        with _damage_noticed():
            self._writer.add_document(_entry(document, owner, confirmed))

    def remove(self, package: str, name: str) -> None:
        """Remove a document, if it is there."""
        with _damage_noticed():
            self._writer.delete_documents_by_term("key", _key_term(key_of(package, name)))

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
    for name in ("key", "package", "owner", "effects", "wording"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("confirmed", tokenizer_name="whitespace", index_option="basic")
    for name in ("document", "state", f"format{FORMAT}"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


def _entry(document: ApiDocument, owner: str, confirmed: Sequence[str]) -> "Document":
    from tantivy import Document

    text = read_document(document, confirmed)
    entry = Document()
    entry.add_text("key", _key_term(key_of(document.package, document.name)))
    for field, (tag,) in (
        ("package", _terms([document.package])),
        ("owner", _terms([owner_of(document.package, owner)])),
        ("effects", _terms([document.effects.kind])),
    ):
        entry.add_text(field, tag)
    entry.add_text("text", text.weighted())
    if text.confirmed:
        entry.add_text("confirmed", " ".join(text.confirmed))
        for wording in text.wordings:
            entry.add_text("wording", wording)
    entry.add_bytes("document", pack(document.package, document.name, owner, text))
    return entry


def _combined(terms: "Sequence[Query]", narrow: "Sequence[tuple[Occur, Query]]") -> "Query":
    """Return a query for documents that hold any of the terms, within what `narrow` lets through."""
    from tantivy import Occur, Query

    wanted = Query.boolean_query([(Occur.Should, term) for term in terms])
    return Query.boolean_query([(Occur.Must, wanted), *narrow]) if narrow else wanted


def _lifted(
    scored: "list[tuple[float, DocAddress]]", first: "Sequence[DocAddress]"
) -> "list[tuple[float, DocAddress]]":
    """Return the hits with those of `first` above all others."""
    places = {(a.segment_ord, a.doc): n for n, (_, a) in enumerate(scored)}
    best = scored[0][0] if scored else 1.0
    told = [(places.pop((a.segment_ord, a.doc), None), a) for a in first]
    lifted = [(best + (0.0 if place is None else scored[place][0]), address) for place, address in told]
    return sorted(lifted, key=lambda hit: -hit[0]) + [scored[n] for n in places.values()]


def _key_term(key: int) -> str:
    return f"{key:016x}"


def _terms(texts: Iterable[str]) -> list[str]:
    """Return names as terms: by number, since a name may be longer than a term can be, or hold half characters."""
    return [_key_term(key_of("", text)) for text in texts]


def _stored(searcher: "Searcher", address: "DocAddress", field: str = "document") -> bytes:
    stored = searcher.doc(address).get_first(field)
    if not isinstance(stored, bytes):
        raise IndexDamagedError("a document has lost a part")
    return stored


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
