import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_catalogue import make_document
from small_catalogue import CATALOGUE, REQUESTS

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.search import ANYTHING
from taskmatrix.selector.crowding import QUOTA, collapse
from taskmatrix.selector.queries import read_query
from taskmatrix.selector.retrieval import Candidate
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.words.index import WordIndex

POOL = 60
COPIES = 10_000
_FILLERS = "pro fast super ultra easy smart best prime quick plus max turbo deluxe premium simple free".split()


def build(documents: Sequence[ApiDocument], more: Iterator[ApiDocument] | None = None) -> WordIndex:
    index = WordIndex(None)
    update = index.writer()
    assert update is not None
    for document in documents:
        update.add(document)
    for document in more or ():
        update.add(document, "mallory")
    update.commit(IndexState(1, "p", "n"))
    update.close()
    index.state()
    return index


def found(index: WordIndex, request: str) -> list[Candidate]:
    """Search as the ranking does: what crowds the pool is asked for once, then the rest."""
    query = read_query(request)
    crowd = collapse(index.search(query, POOL))
    beside: list[str] = []
    while more := [owner for owner in crowd.crowding if owner not in beside]:
        beside += more
        crowd = collapse([*crowd.kept, *index.search(query, POOL, ANYTHING, beside)])
    return list(crowd.kept)


def recall_at_5(index: WordIndex) -> float:
    hits = [api in [f"{c.package}.{c.name}" for c in found(index, request)[:5]] for request, api in REQUESTS]
    return sum(hits) / len(hits)


def suffixed(document: ApiDocument) -> Iterator[ApiDocument]:
    for number in range(COPIES):
        yield make_document("spam", f"{document.name}_{number}", document.description, "amount", "to")


def swapped(document: ApiDocument) -> Iterator[ApiDocument]:
    chance = random.Random(7)
    words = document.description.split()
    for number in range(COPIES):
        text, filler = list(words), chance.choice(_FILLERS)
        text[chance.randrange(len(text))] = filler
        yield make_document("spam", f"{document.name}_{filler}{number}", " ".join(text), "amount", "to")


def spread(document: ApiDocument) -> Iterator[ApiDocument]:
    for number in range(COPIES):
        package = f"{_FILLERS[number % 16]}{number % 500}"
        yield make_document(package, f"{document.name}{number}", document.description, "amount", "to")


@pytest.mark.parametrize("copies", [suffixed, swapped, spread])
@pytest.mark.parametrize("request_number", [0, 17])
def test_ten_thousand_near_duplicates_of_one_owner_push_nobody_out(
    copies: Callable[[ApiDocument], Iterator[ApiDocument]], request_number: int
) -> None:
    # Made for one request: each matches it better than the API that does it.
    words = REQUESTS[request_number][0]
    bait = make_document("spam", "_".join(words.split()), f"Can {words}, and {words}.")
    assert recall_at_5(build(CATALOGUE, copies(bait))) >= recall_at_5(build(CATALOGUE)) - 0.005


def candidate(name: str, *more: str, owner: str = "", score: float = 1.0, meaning: float | None = None) -> Candidate:
    titles = tuple(name.split("_"))
    return Candidate(
        "p", name, titles, frozenset(), frozenset(titles), frozenset(more), frozenset(), owner, score, meaning
    )


def test_the_best_of_what_says_the_same_is_kept_and_the_rest_counted() -> None:
    said = [candidate(f"send_mail_{n}", "a", "b", owner="eve", score=n) for n in range(1, 11)]
    other = candidate("send_mail_0", "a", "b", owner="bob", score=5)
    crowd = collapse([*said, other])
    assert [(c.name, c.owner) for c in crowd.kept] == [
        ("send_mail_10", "eve"),
        ("send_mail_9", "eve"),
        ("send_mail_8", "eve"),
        ("send_mail_0", "bob"),
    ]
    assert crowd.left_out == (10 - QUOTA, 0, 0, 0)
    assert crowd.crowding == ("eve",)


def test_what_has_no_vector_yet_may_still_be_the_best_of_its_group() -> None:
    older = [candidate(f"send_mail_{n}", "a", "b", owner="eve", score=5, meaning=0.6) for n in range(1, 11)]
    newest = candidate("send_mail_0", "a", "b", owner="eve", score=9)
    assert newest in collapse([*older, newest]).kept


def test_the_same_verb_on_other_objects_is_not_the_same() -> None:
    objects = "user group role policy key bucket queue topic table stream".split()
    listed = [candidate(f"list_{name}", "account", "marker", score=n) for n, name in enumerate(objects, 1)]
    crowd = collapse(listed)
    assert len(crowd.kept) == len(objects)
    assert crowd.crowding == ()


def test_what_only_the_meaning_tells_apart_is_not_the_same() -> None:
    pages = [candidate(f"read_page_{word}", *"abcdefg", meaning=0.1 * n) for n, word in enumerate("stuvw")]
    assert len(collapse(pages).kept) == 5


@given(st.lists(st.builds(candidate, st.sampled_from(["a_b", "a_c", "d"]), score=st.floats(0, 9)), max_size=30))
def test_nothing_is_lost_but_repetitions(candidates: list[Candidate]) -> None:
    crowd = collapse(candidates)
    assert len(crowd.kept) + sum(crowd.left_out) == len(candidates)
    assert len(crowd.left_out) == len(crowd.kept)
