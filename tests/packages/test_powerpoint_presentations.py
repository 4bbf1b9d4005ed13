import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pptx import Presentation

from taskmatrix.core.errors import ApiArgumentError, ApiFileError, ApiStateError
from taskmatrix.packages.powerpoint.decks import dump_deck, new_deck, parse_deck
from taskmatrix.testing import LocalContext, call


def test_a_new_presentation_with_a_title_has_one_slide_that_shows_it(desk) -> None:
    assert desk.do("new_presentation", path="plan", title="The plan") == {"path": "plan.pptx", "slides": 1}
    deck = desk.deck()
    assert [s.shapes.title.text for s in deck.slides] == ["The plan"]
    assert deck.core_properties.title == "The plan"
    assert (desk.directory / "plan.pptx").exists()


def test_a_new_presentation_without_a_title_has_no_slide(desk) -> None:
    assert desk.do("new_presentation", path="plan.pptx")["slides"] == 0
    with pytest.raises(ApiStateError, match="no slide yet"):
        desk.do("select_title")


def test_nothing_is_written_before_saving_and_the_original_stays_until_then(desk, companies) -> None:
    before = (desk.directory / companies).read_bytes()
    desk.do("open_presentation", path=companies)
    desk.do("create_slide")
    assert (desk.directory / companies).read_bytes() == before
    desk.do("save_presentation")
    assert len(Presentation(desk.directory / companies).slides) == 4


def test_opening_and_saving_without_a_change_gives_the_same_bytes(desk, companies) -> None:
    before = (desk.directory / companies).read_bytes()
    assert desk.do("open_presentation", path="members") == {"path": "members.pptx", "slides": 3}
    desk.do("save_presentation")
    assert (desk.directory / companies).read_bytes() == before


def test_an_existing_file_that_was_not_opened_is_not_overwritten(desk, companies) -> None:
    before = (desk.directory / companies).read_bytes()
    assert desk.do("new_presentation", path=companies, title="Other")["path"] == "members-2.pptx"
    desk.do("save_presentation")
    assert (desk.directory / companies).read_bytes() == before
    assert (desk.directory / "members-2.pptx").exists()


def test_saving_as_goes_on_with_the_new_file(desk, companies) -> None:
    before = (desk.directory / companies).read_bytes()
    desk.do("open_presentation", path=companies)
    desk.do("delete_slide", slide_id=1)
    assert desk.do("save_presentation", path="copy").endswith("copy.pptx")
    desk.do("delete_slide", slide_id=1)
    desk.do("save_presentation")
    assert len(Presentation(desk.directory / "copy.pptx").slides) == 1
    assert (desk.directory / companies).read_bytes() == before


def test_unsaved_changes_are_not_lost_by_opening_another(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    desk.do("open_presentation", path=companies)
    desk.do("create_slide")
    for api in ("open_presentation", "new_presentation"):
        with pytest.raises(ApiStateError, match="not saved"):
            desk.do(api, path=companies)
    desk.do("save_presentation")
    desk.do("open_presentation", path=companies)


@pytest.mark.parametrize("path", ["", "  ", "folder/", "report.pdf", "report.ppt", "no/such/folder/x.pptx", "a\0b"])
def test_an_impossible_name_is_refused_before_any_work(desk, path) -> None:
    with pytest.raises((ApiArgumentError, ApiFileError)):
        desk.do("new_presentation", path=path)
    assert desk.context.state == {}


def test_a_dot_in_a_name_is_no_other_format(desk) -> None:
    assert desk.do("new_presentation", path="report v1.2")["path"] == "report v1.2.pptx"


@pytest.mark.parametrize("api", ["save_presentation", "create_slide", "read_slide", "count_slides", "select_title"])
def test_without_a_presentation_an_api_says_what_to_call_first(desk, api) -> None:
    with pytest.raises(ApiStateError, match="no presentation is open") as caught:
        desk.do(api)
    assert "open_presentation" in caught.value.hint


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def without(part: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(dump_deck(new_deck()))) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
    return data.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BAD = {
    "empty": (b"", "empty"),
    "text": (b"Dear all,", "not a PowerPoint file"),
    "old": (OLE, "old binary format"),
    "locked": (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "zip": (zipped(a=b"1"), "no presentation"),
    "word": (zipped(**{"[Content_Types].xml": b"wordprocessingml.document.main+xml"}), "no presentation"),
    "template": (zipped(**{"[Content_Types].xml": b"presentationml.template.main+xml"}), "template"),
    "half": (dump_deck(new_deck())[:9000], "damaged"),
    "partless": (without("ppt/presentation.xml"), "damaged"),
    "masterless": (without("ppt/slideMasters/slideMaster1.xml"), "damaged"),
    "torn": (dump_deck(new_deck()).replace(b"PK\x01\x02", b"PK\x09\x09"), "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_deck_is_refused_with_the_reason(desk, name) -> None:
    data, reason = BAD[name]
    (desk.directory / f"{name}.pptx").write_bytes(data)
    with pytest.raises(ApiFileError, match=f"'{name}.pptx'.*{reason}"):
        desk.do("open_presentation", path=f"{name}.pptx")
    assert desk.context.state == {}


def test_a_missing_deck_is_named(desk) -> None:
    with pytest.raises(ApiFileError, match=r"nowhere\.pptx"):
        desk.do("open_presentation", path="nowhere.pptx")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 17_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6))
def test_a_deck_with_broken_bytes_opens_or_is_refused_and_nothing_else(changes) -> None:
    data = bytearray(dump_deck(new_deck()))
    for position, piece in changes:
        data[position : position + len(piece)] = piece
    try:
        parse_deck(bytes(data), "broken.pptx")
    except ApiFileError as error:
        assert "broken.pptx" in str(error)


def test_a_deck_that_would_unpack_without_end_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("taskmatrix.packages.powerpoint.decks.LARGEST", 10_000)
    with pytest.raises(ApiFileError, match="unpack"):
        parse_deck(dump_deck(new_deck()), "bomb.pptx")


def test_a_failed_save_leaves_the_old_file_and_the_state(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    desk.do("create_slide")

    class FullDisk(LocalContext):
        def write_output(self, path, data, media_type):
            raise ApiFileError(f"{path!r} cannot be written: no space left on device")

    from taskmatrix.packages.powerpoint.presentations import save_presentation

    full = FullDisk(desk.directory)
    full.state, full.blobs = dict(desk.context.state), desk.context.blobs
    before = (desk.directory / companies).read_bytes()
    with pytest.raises(ApiFileError, match="no space"):
        call(save_presentation, full)
    assert full.state == desk.context.state
    assert (desk.directory / companies).read_bytes() == before
