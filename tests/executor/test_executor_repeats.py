"""Which calls are worth a question before they are made a second time."""

from pathlib import Path

import pytest

from taskmatrix.core.documents import parse_document
from taskmatrix.executor.repeats import MADE_BEFORE, STAYS_DONE, Repeats
from taskmatrix.store import FileBlobs


@pytest.mark.parametrize(
    ("effects", "kind", "sandbox", "asked"),
    [
        ("read", "http", None, False),
        ("write", "http", None, True),
        ({"kind": "write", "idempotent": True}, "http", None, False),
        ("write", "entry-point", None, True),
        ("write", "entry-point", "folder", False),
        ("destructive", "entry-point", "folder", True),
    ],
)
def test_only_what_a_second_time_makes_another_thing_is_asked_about(
    effects: object, kind: str, sandbox: str | None, asked: bool, tmp_path: Path
) -> None:
    document = parse_document(
        {
            "package": "shop",
            "name": "do_it",
            "description": "Do it.",
            "parameters": [],
            "effects": effects,
            "source": {"kind": kind},
        }
    )
    repeats = Repeats([("shop.do_it", {})], FileBlobs(tmp_path), {"shop": sandbox})
    assert repeats.decide(document, {}) is (MADE_BEFORE if asked else None)


@pytest.mark.parametrize(
    ("effects", "kind", "sandbox", "asked"),
    [
        ("read", "http", None, False),
        ("write", "http", None, True),
        ({"kind": "write", "inferred": True}, "http", None, True),
        ({"kind": "write", "undo": "take_back"}, "http", None, False),
        ({"kind": "write", "idempotent": True}, "http", None, False),
        ({"kind": "destructive", "idempotent": True}, "http", None, True),
        ("physical", "http", None, True),
        ("destructive", "entry-point", "folder", False),
    ],
)
def test_another_call_of_an_api_is_asked_about_where_nothing_takes_the_first_back(
    effects: object, kind: str, sandbox: str | None, asked: bool, tmp_path: Path
) -> None:
    document = parse_document(
        {
            "package": "shop",
            "name": "pay",
            "description": "Pay.",
            "parameters": [{"name": "note", "type": {"type": "string"}}],
            "effects": effects,
            "source": {"kind": kind},
        }
    )
    repeats = Repeats([("shop.pay", {"note": "rent"})], FileBlobs(tmp_path), {"shop": sandbox})
    assert repeats.decide(document, {"note": "the rent"}) is (STAYS_DONE if asked else None)
