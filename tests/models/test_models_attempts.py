import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.models.attempts import MAX_BACKOFF, Patience, pause, requested_wait


def test_the_pauses_double_up_to_a_limit():
    patience = Patience(backoff=0.5)
    assert [0.75 * 0.5 * 2**n <= pause(n, patience) <= 0.5 * 2**n for n in range(4)] == [True] * 4
    assert pause(1_000, patience) <= MAX_BACKOFF


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_the_wait_a_server_asks_for_is_read(headers, seconds):
    assert requested_wait(headers) == seconds


def test_a_wait_given_as_a_date_is_counted_from_now():
    at = email.utils.formatdate(time.time() + 3600, usegmt=True)
    assert 3500 < (requested_wait({"retry-after": at}) or 0) <= 3600


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(value):
    wait = requested_wait({"retry-after": value})
    assert wait is None or wait >= 0
