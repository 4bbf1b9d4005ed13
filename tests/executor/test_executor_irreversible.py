import pytest

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.programs import CheckReport
from taskmatrix.executor.irreversible import find_irreversible, why_irreversible


def document(effects: object, kind: str = "http", name: str = "do_it") -> ApiDocument:
    return parse_document(
        {
            "package": "shop",
            "name": name,
            "description": "Do it.",
            "parameters": [],
            "effects": effects,
            "source": {"kind": kind},
        }
    )


def nothing(api: str) -> ApiDocument | None:
    return document("write", name="back") if api == "shop.back" else None


@pytest.mark.parametrize(
    ("effects", "kind", "why"),
    [
        ("read", "http", None),
        ("destructive", "http", "it cannot be taken back"),
        ("physical", "http", "it moves something in the world"),
        ("write", "http", "nothing is declared that takes it back"),
        (None, "http", "nothing is declared that takes it back"),
        ({"kind": "write", "idempotent": True}, "http", None),
        ({"kind": "destructive", "idempotent": True}, "http", "it cannot be taken back"),
        ({"kind": "destructive", "undo": "back"}, "http", None),
        ({"kind": "write", "undo": "gone"}, "http", "there is no API 'shop.gone', which is said to take it back"),
        ("write", "entry-point", None),
        ("write", "python", "nothing is declared that takes it back"),
    ],
)
def test_what_nothing_takes_back_is_irreversible(effects: object, kind: str, why: str | None) -> None:
    assert why_irreversible(document(effects, kind), nothing, {"shop": "folder"}) == why


def test_an_installed_package_that_does_more_than_write_files_gets_no_leave_for_it() -> None:
    assert why_irreversible(document("write", "entry-point"), nothing, {"shop": None}) is not None


def test_each_api_is_announced_once_with_the_lines_of_its_calls() -> None:
    documents = [document("destructive"), document("read", name="look")]
    report = CheckReport(calls=("shop.look", "shop.do_it", "shop.do_it", "shop.do_it"), lines=(1, 2, 5, 5))
    (one,) = find_irreversible(report, documents, nothing, {})
    assert (one.api, one.lines, one.why) == ("shop.do_it", (2, 5), "it cannot be taken back")
