"""What is said not to be: flags that are denied or whose opposite is said, and what stands for nothing."""

from datetime import UTC, datetime

import pytest
from embedded_house import document
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.protocols import Context, Request
from taskmatrix.mcfm.embedded import plan_request
from taskmatrix.mcfm.embedded.documents.reading import read_document
from taskmatrix.mcfm.embedded.encoder.denying import denied_values
from taskmatrix.mcfm.embedded.learning.answering import calls_of
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED


def parameter(name: str, description: str, type: str = "string", required: bool = False, **schema: object) -> dict:
    return {"name": name, "description": description, "required": required, "schema": {"type": type, **schema}}


REPOSITORY = document(
    "create_repository",
    "Creates a new repository.",
    parameter("name", "Its name", required=True),
    parameter("private", "Whether the repository is private", "boolean"),
)
FILES = document(
    "list_files",
    "Lists the files in a folder.",
    parameter("folder", "The folder", required=True),
    parameter("descending", "Sort in descending order", "boolean"),
    parameter("include_hidden", "Show hidden files", "boolean"),
)
GRADES = document(
    "average_grade",
    "Average of several grades.",
    parameter("grades", "The grades", "array", required=True, items={"type": "number"}),
    parameter("drop_lowest", "Leave the lowest grade out", "boolean"),
)
FILM = document(
    "rent_movie",
    "Rents a movie.",
    parameter("title", "Title of the movie", required=True),
    parameter("subtitles", "Language of the subtitles (or None for no subtitles)"),
    parameter("limit", "Most results, 0 for no limit", "integer"),
)
SONGS = document(
    "find_songs",
    "Finds songs.",
    parameter("album", "Collection of the song"),
    parameter("year", "Year when the song was first released"),
)


def arguments(api: ApiDocument, instruction: str) -> dict:
    context = Context(now=datetime(2026, 11, 23, 9, tzinfo=UTC))
    plan = plan_request(Request(instruction, documents=(api,), context=context), NOTHING_LEARNED)
    [call] = calls_of(plan)
    return dict(call.arguments)


@pytest.mark.parametrize(
    ("api", "said", "expected"),
    [
        (REPOSITORY, "create a public repository called atlas", {"name": "atlas", "private": False}),
        (REPOSITORY, "create a private repository called atlas", {"name": "atlas", "private": True}),
        (REPOSITORY, "create a repository named atlas that is not private", {"name": "atlas", "private": False}),
        (REPOSITORY, "create a repository called public-data", {"name": "public-data"}),
        (FILES, "list files in src in ascending order", {"folder": "src", "descending": False}),
        (FILES, "list files in src in descending order", {"folder": "src", "descending": True}),
        (FILES, "list files in docs without any extra hidden ones", {"folder": "docs", "include_hidden": False}),
        (FILES, "list files in docs without hidden ones", {"folder": "docs", "include_hidden": False}),
        (GRADES, "average of 88, 92 and 61 without the lowest", {"grades": [88, 92, 61], "drop_lowest": True}),
        (FILM, "rent Dogman without subtitles", {"title": "Dogman", "subtitles": "None"}),
        (FILM, "rent Dogman, I don't need any subtitles", {"title": "Dogman", "subtitles": "None"}),
        (FILM, "rent Dogman with German subtitles", {"title": "Dogman", "subtitles": "German"}),
        (FILM, "rent Dogman with no limit", {"title": "Dogman", "limit": 0}),
        (SONGS, "find songs that were released in '18", {"year": "2018"}),
        (SONGS, "songs from eight years back", {"year": "2018"}),
        (SONGS, "songs from 1987", {"year": "1987"}),
    ],
)
def test_what_is_denied(api: ApiDocument, said: str, expected: dict):
    assert arguments(api, said) == expected


def denied(api: ApiDocument, text: str, start: int = 0) -> dict:
    found = denied_values(read_document(api).parameters, text, (start, len(text)))
    return {name: filled.value for name, filled in found.items()}


def test_a_yes_says_what_was_asked_before_it():
    asked = "user: pay Ann 5\nassistant: Make the repository public?\n"
    assert denied(REPOSITORY, asked + "Yes, that is right.", len(asked)) == {"private": False}
    assert denied(REPOSITORY, asked + "Sure.", len(asked)) == {"private": False}
    assert denied(REPOSITORY, asked + "Create one named boo.", len(asked)) == {}
    told = "user: make atlas public\nassistant: The public repository atlas was made.\n"
    assert denied(REPOSITORY, told + "Great, now make one called boo.", len(told)) == {}


@pytest.mark.parametrize(
    "said",
    [
        "hidden files, but no hidden folders",  # both are said: the words alone do not tell
        "not the files in src",
        "the door is open until noon",
    ],
)
def test_what_is_not_denied(said: str):
    assert denied(FILES, said) == {}


def test_a_flag_that_denies_by_itself_is_true_of_what_is_denied():
    skip = document("copy", "Copies.", parameter("exclude_hidden", "Leave hidden files out", "boolean"))
    assert denied(skip, "copy without hidden files") == {"exclude_hidden": True}
    assert denied(skip, "copy but do not exclude hidden files") == {}


def test_no_word_for_nothing_is_made_of_plain_prose():
    bare = document("f", "F.", parameter("note", "A note; needed for no reason", "string"))
    enum = document("f", "F.", parameter("cap", "0 for no cap", "integer", enum=[5, 10]))
    assert denied(bare, "without reason") == denied(enum, "with no cap") == {}


@given(st.text(max_size=200), st.integers(0, 250))
def test_any_text_can_be_read(text: str, start: int):
    for api in (REPOSITORY, FILES, FILM):
        views = read_document(api).parameters
        for filled in denied_values(views, text, (min(start, len(text)), len(text))).values():
            assert filled.source is not None
            assert text[filled.source.start : filled.source.end] == filled.source.text


def test_a_flag_whose_opposite_is_said_with_its_other_word_is_denied():
    poster = document("print", "Prints a poster.", parameter("double_sided", "Print on both sides", "boolean"))
    assert denied(poster, "25 posters, single-sided") == {"double_sided": False}
    assert denied(poster, "25 posters, double-sided") == {}
