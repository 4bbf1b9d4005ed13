from collections.abc import Sequence
from pathlib import Path

import pytest
from memory_catalogue import OFFICE, MemoryCatalogue, make_document

from taskmatrix.core.search import SearchFilter
from taskmatrix.selector.keys import key_of
from taskmatrix.selector.queries import read_query
from taskmatrix.selector.retrieval import Candidate
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.words.following import FollowingIndex
from taskmatrix.selector.words.index import WordIndex


def search(
    catalogue: MemoryCatalogue, query: str, where: SearchFilter | None = None, beside: Sequence[str] = ()
) -> list[Candidate]:
    index = FollowingIndex(catalogue, None)
    return index.use(lambda words: words.search(read_query(query), 10, where or SearchFilter(), beside))


def names(found: Sequence[Candidate]) -> list[str]:
    return [candidate.name for candidate in found]


@pytest.fixture
def shops() -> MemoryCatalogue:
    catalogue = MemoryCatalogue()
    catalogue.put(make_document("a", "pay_a", "Pay a bill.", effects="write"), owner="ada")
    catalogue.put(make_document("b", "pay_b", "Pay a bill.", effects="destructive"), owner="bob")
    catalogue.put(make_document("c", "pay_c", "Pay a bill.", effects="read"))
    return catalogue


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (SearchFilter(packages=("a", "c")), {"pay_a", "pay_c"}),
        (SearchFilter(owners=("bob",)), {"pay_b"}),
        (SearchFilter(owners=("package:c", "ada")), {"pay_a", "pay_c"}),
        (SearchFilter(effects=("read", "write")), {"pay_a", "pay_c"}),
        (SearchFilter(packages=("a",), effects=("read",)), set()),
        (SearchFilter(owners=("nobody",)), set()),
    ],
)
def test_a_search_finds_only_what_the_filter_lets_through(
    shops: MemoryCatalogue, where: SearchFilter, expected: set[str]
) -> None:
    assert set(names(search(shops, "pay a bill", where))) == expected


def test_a_search_looks_past_owners_and_packages(shops: MemoryCatalogue) -> None:
    assert names(search(shops, "pay a bill", beside=["ada", "package:c"])) == ["pay_b"]
    assert search(shops, "pay a bill", SearchFilter(owners=("ada",)), ["ada"]) == []


def test_a_candidate_has_the_stems_of_its_parts_and_its_owner() -> None:
    catalogue = MemoryCatalogue()
    document = make_document("post\nbox", "sendLetter", "Send a letter. Stamps are extra.", "address")
    catalogue.put(document, owner="ada", confirmed=("mail this note",))
    (found,) = search(catalogue, "letter")
    assert (found.package, found.name, found.owner) == ("post\nbox", "sendLetter", "ada")
    assert found.titles == ("send", "letter")
    assert (found.packages, found.summary) == ({"post", "box"}, {"send", "letter"})
    assert found.rest == {"stamp", "extra", "address"}
    assert found.confirmed == {"mail", "note"}
    assert found.score > 0


def test_documents_are_read_by_their_keys() -> None:
    index = FollowingIndex(MemoryCatalogue(OFFICE), None)
    keys = [key_of("deck", "save"), key_of("mail", "send-message"), key_of("no", "such")]
    found = index.use(lambda words: words.get(keys))
    assert {(c.package, c.name, c.score) for c in found} == {("deck", "save", 0.0), ("mail", "send-message", 0.0)}
    assert index.use(lambda words: words.get([])) == []


def test_an_instruction_confirmed_for_an_api_brings_it_first(catalogue: MemoryCatalogue) -> None:
    asked = "put the presentation away"
    assert "save" not in names(search(catalogue, asked))[:1]
    save = catalogue.get("deck", "save")
    assert save is not None
    catalogue.put(save, confirmed=("Something else", "Put the presentation away!"))
    assert names(search(catalogue, asked))[0] == "save"
    assert "save" not in names(search(catalogue, asked, SearchFilter(packages=("mail",))))


def test_a_confirmed_instruction_is_found_by_words_that_no_document_has(catalogue: MemoryCatalogue) -> None:
    save = catalogue.get("deck", "save")
    assert save is not None
    catalogue.put(save, confirmed=("stash it somewhere",))
    index = FollowingIndex(catalogue, None)
    assert index.use(lambda words: words.knows("stash"))
    assert names(search(catalogue, "stash the thing")) == ["save"]
    catalogue.put(save)
    assert search(catalogue, "stash the thing") == []


def test_a_change_of_owner_shows_at_the_next_search(shops: MemoryCatalogue) -> None:
    index = FollowingIndex(shops, None)
    wanted = SearchFilter(owners=("eve",))
    query = read_query("pay")
    assert index.use(lambda words: words.search(query, 10, wanted)) == []
    shops.put(make_document("a", "pay_a", "Pay a bill."), owner="eve")
    assert names(index.use(lambda words: words.search(query, 10, wanted))) == ["pay_a"]


@pytest.mark.parametrize("text", ["x" * 70_000, "\ud800", "\x00", "a\nb 5 5 5 c"])
def test_names_and_owners_of_any_kind_can_be_kept(tmp_path: Path, text: str) -> None:
    index = WordIndex(tmp_path / "words")
    update = index.writer()
    assert update is not None
    document = make_document("p", "n", "Ring a bell.").model_copy(update={"package": text, "name": text})
    update.add(document, owner=text)
    update.commit(IndexState(1, "p", "n"))
    update.close()
    index.state()
    (found,) = index.search(read_query("ring a bell"), 5, SearchFilter(packages=(text,), owners=(text,)))
    assert (found.package, found.name, found.owner) == (text, text, text)
    assert index.get([key_of(text, text)])[0].name == text
