import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.models.endpoint import SHOWN_CHARACTERS, Endpoint, is_loopback

KEY = "sk-very-secret-4711"


@pytest.mark.parametrize(
    "url",
    ["http://localhost:1/v1", "http://127.0.0.1/v1", "http://127.9.9.9", "http://[::1]:8/v1", "http://a.localhost"],
)
def test_addresses_on_this_machine_are_known(url):
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.openai.com/v1", "http://localhost.example.org", "http://127.0.0.1.example.org", "http://[::", ""],
)
def test_other_addresses_are_not_taken_for_this_machine(url):
    assert not is_loopback(url)


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["", "\u200b", "\u2060", "\x00"]))
def test_no_text_shows_the_key_however_it_is_wrapped(before, after, between):
    hidden = between.join(KEY)
    shown = Endpoint("http://x", KEY).tidy(before + hidden + after)
    assert KEY not in shown and len(shown) <= SHOWN_CHARACTERS + 1


def test_a_placeholder_is_an_ordinary_word():
    assert Endpoint("http://x", "none").tidy("none of them fits") == "none of them fits"


def test_the_key_is_not_in_the_printed_form():
    assert KEY not in repr(Endpoint("http://x", KEY))


def test_an_html_page_is_not_quoted():
    assert Endpoint("http://x", KEY).tidy("\n<!DOCTYPE html><html>…") == "an HTML page"
