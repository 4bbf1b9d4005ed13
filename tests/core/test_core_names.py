import builtins
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


@given(NAMES | st.sampled_from(sorted(names.BUILTINS)))
@example(".import.")
@example("list_")
@example("__import__")
def test_an_api_never_hides_a_builtin_and_its_name_comes_back(name: str) -> None:
    function = names.function(name)
    assert function.isidentifier()
    assert not keyword.iskeyword(function)
    assert not hasattr(builtins, function)
    assert names.original(function) == name


@given(NAMES)
@example("- Visio.Item")
@example("3d")
@example("__init__")
def test_no_api_is_private_to_its_module(name: str) -> None:
    assert not names.function(name).startswith("_")


@given(
    NAMES | st.sampled_from(["list", "list_", "_list", "eval", "eval_"]),
    NAMES | st.sampled_from(["api_u61_", "api_u61_list", "apia_list", "api_list"]),
)
def test_two_apis_never_share_a_function(one: str, other: str) -> None:
    assert (names.function(one) == names.function(other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "function"), [("eval", "eval_"), ("list", "list_"), ("class", "class_"), ("send", "send")]
)
def test_a_builtin_gets_a_trailing_underscore(name: str, function: str) -> None:
    assert names.function(name) == function


def test_every_builtin_of_this_python_is_known() -> None:
    known = names.BUILTINS | set(keyword.kwlist)
    assert {name for name in vars(builtins) if name != "_"} <= known


@pytest.mark.parametrize("name", ["id", "type", "format", "input"])
def test_parameters_keep_the_names_of_builtins(name: str) -> None:
    assert names.identifier(name) == name


@given(NAMES | st.sampled_from([*sorted(names.STANDARD_MODULES), "print", "eval", "print_"]))
def test_a_package_never_hides_a_module_of_the_standard_library(package: str) -> None:
    module = names.module(package)
    assert module not in names.STANDARD_MODULES | names.BUILTINS
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
