from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from memory_catalogue import OFFICE, MemoryCatalogue, make_document
from small_catalogue import CATALOGUE

from taskmatrix.core.outlines import Outline, Step
from taskmatrix.core.protocols import Selection, Selector
from taskmatrix.core.search import SearchFilter
from taskmatrix.selector import ApiSelector
from taskmatrix.selector.api_selector import WHOLE_PACKAGE


def names(selector: ApiSelector, query: str, **options: object) -> list[str]:
    return [match.document.id for match in selector.search(query, **options)]  # type: ignore[arg-type]


def select(selector: Selector, *steps: str, instruction: str = "", limit: int = 24) -> Selection:
    return selector.select(Outline(steps=tuple(Step(text=s) for s in steps)), instruction=instruction, limit=limit)


@pytest.mark.parametrize(
    ("query", "api"),
    [
        ("create slides", "deck.createSlide"),
        ("please add a slide", "deck.createSlide"),
        ("put a picture on it", "deck.insert_picture"),
        ("send an email to Anna", "mail.send-message"),
        ("what will the weather be in Paris", "weather.get.forecast"),
        ("CONVERTING CURRENCIES", "money.convert_currency"),
    ],
)
def test_an_api_is_found_by_its_words_in_any_form(catalogue: MemoryCatalogue, query: str, api: str) -> None:
    assert names(ApiSelector(catalogue, None), query)[0] == api


def test_scores_are_probabilities_and_fall(catalogue: MemoryCatalogue) -> None:
    matches = ApiSelector(catalogue, None).search("create a slide with a picture")
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_why_names_the_words_as_they_were_written_and_where_they_stand(catalogue: MemoryCatalogue) -> None:
    matches = ApiSelector(catalogue, None).search("creating slides with a title in my presentation")
    assert matches[0].why == "name: creating, slides; description: presentation; details: title"


def test_a_search_can_be_kept_to_packages(catalogue: MemoryCatalogue) -> None:
    selector = ApiSelector(catalogue, None)
    assert names(selector, "open a file", where=SearchFilter(packages=("mail", "weather"))) == []
    assert set(names(selector, "find the forecast", where=SearchFilter(packages=("mail",)))) == {"mail.search_inbox"}
    assert "deck.save" in names(selector, "write to a file", where=SearchFilter(packages=("mail", "deck")))


def test_a_request_of_several_steps_finds_an_api_for_each(catalogue: MemoryCatalogue) -> None:
    found = names(ApiSelector(catalogue, None), "Get the forecast for Rome. Then send an e-mail to Anna.", limit=2)
    assert set(found) == {"weather.get.forecast", "mail.send-message"}


def test_what_is_in_quotes_counts_less_than_what_is_asked(catalogue: MemoryCatalogue) -> None:
    query = 'add a slide titled "send e-mail about weather forecast currency"'
    assert names(ApiSelector(catalogue, None), query)[0] == "deck.createSlide"


@pytest.mark.parametrize(
    "query",
    [
        *[
            'name:"',
            "AND (",
            "*",
            "+slide -slide",
            "slide~2^8",
            "[a TO b]",
            "\\",
            "\x00\x01",
            "🎉🎉",
            "שקופית חדשה",
            "",
        ],
        *["\ud800", "slide\ud800", "a" * 1_000_000, "slide " * 170_000, "\n" * 1_000_000, '"' * 100_000],
    ],
)
def test_any_query_is_answered(catalogue: MemoryCatalogue, query: str) -> None:
    selector = ApiSelector(catalogue, None)
    assert len(selector.search(query)) <= 10
    assert len(select(selector, query, instruction=query).steps) == 1


@given(st.text(), st.integers(-2, 20), st.lists(st.text(), max_size=2))
def test_a_search_never_raises(query: str, limit: int, packages: list[str]) -> None:
    selector = ApiSelector(MemoryCatalogue(OFFICE), None)
    assert len(selector.search(query, limit=limit, where=SearchFilter(packages=tuple(packages)))) <= max(limit, 0)


def test_documents_of_any_names_can_be_indexed() -> None:
    odd = ["x" * 70_000, "a\x00b", "🎉", " ", "né", "AND", "한국어"]
    catalogue = MemoryCatalogue([make_document(name, name, "a strange thing " * 3000) for name in odd])
    selector = ApiSelector(catalogue, None)
    assert len(selector.search("strange thing", limit=20)) == len(odd)
    for name in odd:
        catalogue.remove(name, name)
    assert not selector.search("strange thing")


def test_nothing_fits_is_an_answer(catalogue: MemoryCatalogue) -> None:
    selection = select(ApiSelector(catalogue, None), "tune the piano", "create a slide")
    assert selection.unmet == ("tune the piano",)
    assert selection.steps[1].choices[0].api == "deck.createSlide"


def test_the_nearest_names_are_told_where_nothing_fits() -> None:
    described = "Reports everything about water levels, tides, currents, buoys and harbour entries worldwide."
    catalogue = MemoryCatalogue([make_document("sea", f"read_station_{n}_levels", described) for n in range(30)])
    selection = select(ApiSelector(catalogue, None), "sing a lullaby for the second hand water boiler")
    assert selection.unmet
    assert selection.documents == ()
    assert len(selection.nearest) == 3


@pytest.mark.parametrize(
    "aside", ["Also", "Hey,", "oh, and", "I'm planning a trip to Japan.", "As the owner of a bar"]
)
def test_what_is_said_beside_the_request_needs_no_api(catalogue: MemoryCatalogue, aside: str) -> None:
    selector = ApiSelector(catalogue, None)
    selection = select(selector, aside, "create a slide", instruction=f"{aside} create a slide")
    assert selection.unmet == ()
    assert selection.steps[0].choices[0].api == "deck.createSlide"
    assert select(selector, aside, instruction=aside).unmet == (aside,), "alone, it is all there is"


def test_an_empty_catalogue_fits_nothing() -> None:
    selection = select(ApiSelector(MemoryCatalogue(), None), "create a slide", instruction="create a slide")
    assert selection.documents == ()
    assert selection.unmet == ("create a slide",)


def test_a_small_package_that_does_the_work_is_offered_whole(catalogue: MemoryCatalogue) -> None:
    selection = select(ApiSelector(catalogue, None), "create a slide", "insert a picture")
    assert {d.id for d in selection.documents} >= {d.id for d in OFFICE if d.package == "deck"}
    assert selection.documents[0].id in ("deck.createSlide", "deck.insert_picture")


def test_what_composition_instructions_refer_to_comes_along() -> None:
    rule = {"kind": "before", "apis": ["begin.session"]}
    crowd = [make_document("big", f"paint_{n}", f"Paint number {n}.") for n in range(WHOLE_PACKAGE)]
    catalogue = MemoryCatalogue(
        [
            *crowd,
            make_document("big", "draw circle", "Draw a circle.", rules=[rule], composition="Then call `finish`."),
            make_document("big", "begin.session", "Log in.", composition="Needs get_token() first, see also `none`."),
            make_document("big", "finish", "Ends."),
            make_document("big", "get_token", "Asks the user."),
        ]
    )
    selection = select(ApiSelector(catalogue, None), "draw a circle", limit=3)
    offered = [d.name for d in selection.documents]
    assert offered[0] == "draw circle"
    assert {"begin.session", "finish", "get_token"} <= set(offered)
    assert len(offered) <= 3 + 3


def test_each_step_of_a_query_that_nothing_fits_is_told_and_noted() -> None:
    class Log:
        noted: ClassVar[list[str]] = []

        def unmet(self, step: str, nearest: Sequence[str], *, origin: str = "run") -> None:
            self.noted.append(step)

        def close(self) -> None: ...

    selector = ApiSelector(MemoryCatalogue(CATALOGUE), None, demand=Log())
    found = selector.search("Convert an amount to another currency. Then groom the unicorn. Finally sharpen a pencil.")
    assert found.fits
    assert found[0].document.id == "money.convert_currency"
    assert found.unmet == ("Then groom the unicorn.", "Finally sharpen a pencil.")
    assert Log.noted == list(found.unmet)
    none = selector.search("Groom the unicorn, then sharpen a pencil, then polish the moon")
    assert not none.fits
    assert len(none.unmet) == 3
    assert selector.search("convert currency").unmet == ()


@pytest.mark.timeout(30)
def test_long_gaps_and_quotes_that_never_end_cost_nothing(catalogue: MemoryCatalogue) -> None:
    selector = ApiSelector(catalogue, None)
    for filler in (" ", "\t", "\r", "\u00a0", "\n ", "“", '"', "'", " '", ", ", "then ", ", and then"):
        selector.search("x," + filler * 20_000 + "x")


@pytest.mark.parametrize("query", ["🌱🌱", "*", "?!", "\u200b", "the", "()"])
def test_nothing_fits_a_query_without_words(catalogue: MemoryCatalogue, query: str) -> None:
    selector = ApiSelector(catalogue, None)
    selector.embedding.catch_up()
    assert not selector.search(query).fits
    assert not selector.search(query)


def test_every_step_gets_its_turn_before_the_limit_is_reached() -> None:
    crowd = [make_document("p", f"create_slide_{n}", "Create a slide.") for n in range(WHOLE_PACKAGE + 1)]
    catalogue = MemoryCatalogue([*crowd, make_document("q", "send_mail", "Send a mail.")])
    selection = select(ApiSelector(catalogue, None), "create a slide", "send a mail", limit=4)
    assert "q.send_mail" in [d.id for d in selection.documents]
    assert len(selection.documents) == 4


def test_the_same_documents_in_a_folder_and_in_memory_give_the_same_answers(
    catalogue: MemoryCatalogue, tmp_path: Path
) -> None:
    kept, held = ApiSelector(catalogue, tmp_path), ApiSelector(catalogue, None)
    for query in ("create a slide", "send mail", "forecast", "nothing of the kind"):
        assert names(kept, query) == names(held, query)
