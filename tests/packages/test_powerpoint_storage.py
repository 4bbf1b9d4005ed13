import io
import os

import pytest
from PIL import Image
from pptx import Presentation

from taskmatrix.core.errors import ApiFileError
from taskmatrix.packages.powerpoint import package
from taskmatrix.packages.powerpoint.decks import new_deck
from taskmatrix.packages.powerpoint.session import forget_parsed
from taskmatrix.packages.powerpoint.storage import load_parts, store_parts
from taskmatrix.testing import LocalContext, call


@pytest.fixture
def noise(tmp_path) -> bytes:
    data = io.BytesIO()
    Image.frombytes("RGB", (300, 300), os.urandom(270_000)).save(data, "PNG")
    (tmp_path / "noise.png").write_bytes(data.getvalue())
    return data.getvalue()


def test_a_large_picture_is_kept_once_however_many_edits_follow(desk, noise) -> None:
    desk.do("new_presentation", path="x", title="T")
    desk.do("insert_picture", path="noise.png")
    before = sum(map(len, desk.context.blobs.values()))
    for number in range(10):
        desk.do("create_slide")
        desk.do("select_title")
        desk.do("insert_text", text=f"slide {number}")
    assert sum(map(len, desk.context.blobs.values())) - before < 20 * 50_000
    pictures = [s.image.blob for s in desk.deck().slides[0].shapes if hasattr(s, "image")]
    assert pictures == [noise]


def test_the_same_picture_on_two_slides_is_one_part_of_the_file_after_resuming(desk, noise) -> None:
    desk.do("new_presentation", path="x", title="T")
    desk.do("insert_picture", path="noise.png")
    desk.do("create_slide")
    desk.do("insert_picture", path="noise.png")
    names = {str(p.partname) for p in desk.deck().part.package.iter_parts() if "/media/" in p.partname}
    assert len(names) == 1


def test_saving_again_without_a_change_gives_the_same_bytes(desk, noise) -> None:
    desk.do("new_presentation", path="x", title="T")
    desk.do("insert_picture", path="noise.png")
    desk.do("save_presentation")
    first = (desk.directory / "x.pptx").read_bytes()
    desk.do("save_presentation")
    assert (desk.directory / "x.pptx").read_bytes() == first


def test_a_part_of_the_users_that_looks_like_a_pointer_stays_what_it_is(tmp_path) -> None:
    context = LocalContext(tmp_path)
    secret = context.put_blob(b"secret")
    deck = new_deck()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = io.BytesIO()
    Image.new("RGB", (2, 2)).save(data, "PNG")
    shape = slide.shapes.add_picture(data, 0, 0)
    fake = b"taskmatrix-blob:" + secret.encode()
    shape.part.related_part(shape._element.blip_rId).blob = fake
    deck.save(tmp_path / "trap.pptx")
    apis = {name: d.function for name, d in package.definitions.items()}
    for step in ("open_presentation", "create_slide", "create_slide", "save_presentation"):
        forget_parsed()
        call(apis[step], context, **({"path": "trap.pptx"} if step == "open_presentation" else {}))
    saved = Presentation(tmp_path / "trap.pptx")
    blobs = [p.blob for p in saved.part.package.iter_parts() if "/media/" in p.partname]
    assert blobs == [fake]


def test_a_blob_that_is_gone_is_a_file_error(tmp_path) -> None:
    context = LocalContext(tmp_path)
    digest = store_parts(new_deck(), context)
    assert len(load_parts(digest, context, "x").slides) == 0
    context.blobs.clear()
    with pytest.raises(ApiFileError):
        load_parts(digest, context, "x")
