import keyword

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from taskmatrix.core import names

NAMES = st.text(min_size=1, max_size=30) | st.text("_hspuU0f.- /aclsform", min_size=1, max_size=12)


@given(NAMES)
@example("class")
@example("class_")
@example("__init__")
@example("_u41_")
@example("a_h_b")
@example("3d")
@example("_")
def test_every_name_has_an_identifier_from_which_it_comes_back(name: str) -> None:
    encoded = names.identifier(name)
    assert encoded.isidentifier()
    assert not keyword.iskeyword(encoded)
    assert names.original(encoded) == name


@given(NAMES, NAMES)
def test_two_names_never_share_an_identifier(one: str, other: str) -> None:
    assert (names.identifier(one) == names.identifier(other)) == (one == other)
    assert (names.module(one) == names.module(other)) == (one == other)


@given(NAMES | st.sampled_from(sorted(names.STANDARD_MODULES)))
def test_a_package_never_hides_a_module_of_the_standard_library(package: str) -> None:
    module = names.module(package)
    assert module not in names.STANDARD_MODULES
    assert names.package_of(module) == package


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("create_slide", "create_slide"),
        ("createSlide", "createSlide"),
        ("user.profile.get", "user__profile__get"),
        ("az acat onboard", "az_s_acat_s_onboard"),
        ("--no-wait", "_h__h_no_h_wait"),
        ("repos/get", "repos_p_get"),
        ("3d", "_u33_d"),
        ("from", "from_"),
        ("größe", "gr_uf6__udf_e"),
    ],
)
def test_common_names_stay_readable(name: str, identifier: str) -> None:
    assert names.identifier(name) == identifier


def test_an_empty_name_has_no_identifier() -> None:
    with pytest.raises(ValueError, match="empty"):
        names.identifier("")


@pytest.mark.parametrize("name", ["createSlide", "create_slide", "create-slide", "Create Slide", "CREATE_SLIDE"])
def test_a_name_has_the_same_words_however_it_is_written(name: str) -> None:
    assert names.words(name) == ["create", "slide"]


def test_words_split_at_capitals_and_digits() -> None:
    assert names.words("getHTTPResponse2xx") == ["get", "http", "response", "2", "xx"]
    assert names.words("öffneDatei3 in Zürich") == ["öffne", "datei", "3", "in", "zürich"]


@given(st.text())
def test_words_are_lower_case_and_never_empty(text: str) -> None:
    assert all(word and word == word.lower() for word in names.words(text))
