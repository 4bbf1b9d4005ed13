"""What an owner may not do to rise: through the whole selector, vectors and combiner included."""

import random

import pytest
from memory_catalogue import MemoryCatalogue, make_document
from small_catalogue import CATALOGUE, REQUESTS
from test_selector_stuffing import HONEST, POPULAR, SHOUT

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.search import SearchFilter
from taskmatrix.selector import ApiSelector

COPIES = 400
"""Enough to fill every pool, by words and by meaning, six times over."""

_FILLERS = "pro fast super ultra easy smart best prime quick plus max turbo deluxe premium simple free".split()


def ready(catalogue: MemoryCatalogue) -> ApiSelector:
    selector = ApiSelector(catalogue, None)
    selector.embedding.catch_up()
    return selector


def recall_at_5(selector: ApiSelector) -> float:
    hits = [api in [m.document.id for m in selector.search(request, limit=5)] for request, api in REQUESTS]
    return sum(hits) / len(hits)


@pytest.mark.parametrize(("spread", "owners"), [(False, 1), (True, 1), (True, 20)])
def test_near_duplicates_push_nobody_out(spread: bool, owners: int) -> None:
    catalogue, chance = MemoryCatalogue(CATALOGUE), random.Random(3)
    before = recall_at_5(ready(catalogue))
    words = REQUESTS[0][0]
    for number in range(COPIES):
        package = f"spam{number % 50}" if spread else "spam"
        name = f"{'_'.join(words.split())}_{chance.choice(_FILLERS)}{number}"
        catalogue.put(
            make_document(package, name, f"Can {words}, and {words}.", "amount", "to"), f"m{number % owners}"
        )
    selector = ready(catalogue)
    assert recall_at_5(selector) >= before - 0.005
    shown = selector.search(words, limit=10)
    assert sum(m.document.package.startswith("spam") for m in shown) <= 3


def place(document: ApiDocument, request: str) -> int:
    found = [m.document.package for m in ready(MemoryCatalogue([*CATALOGUE, document])).search(request, limit=30)]
    return found.index(document.package) if document.package in found else 30


@pytest.mark.parametrize(
    "stuffing",
    [
        " ".join(POPULAR),
        " ".join([SHOUT] * 1_000),
        ", ".join(POPULAR),
        " ".join(POPULAR[:20]),
        f"Keywords: {', '.join(POPULAR[:8])}",
    ],
)
def test_stuffing_a_description_does_not_lift_it(stuffing: str) -> None:
    package, name, text, parameter = HONEST
    plain, stuffed = (make_document(package, name, f"{text} {more}".strip(), parameter) for more in ("", stuffing))
    for request in ["ship a parcel", *(request for request, _ in REQUESTS[::5])]:
        before = place(plain, request)
        if before < 10:
            assert place(stuffed, request) >= before - 1


def test_a_search_asks_on_until_enough_are_allowed() -> None:
    asked: list[str] = []

    def allows(document: ApiDocument) -> bool:
        asked.append(document.name)
        return document.package == "music"

    matches = ready(MemoryCatalogue(CATALOGUE)).search("send a mail", limit=1, where=SearchFilter(allows=allows))
    assert [m.document.id for m in matches] == ["music.play_song"]
    assert len(asked) == len(set(asked))


def test_filters_hold_for_what_is_found_by_its_meaning_too() -> None:
    catalogue = MemoryCatalogue(CATALOGUE[:-1])
    catalogue.put(CATALOGUE[-1], "anna")
    selector = ready(catalogue)
    query = "how hot will it be outside tomorrow"
    assert {m.document.id for m in selector.search(query, where=SearchFilter(owners=("anna",)))} == {CATALOGUE[-1].id}
    packages = {m.document.package for m in selector.search(query, where=SearchFilter(packages=("home", "deck")))}
    assert packages == {"home", "deck"}
    assert not selector.search(query, where=SearchFilter(effects=("physical",)))
