import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmatrix.core.errors import ApiArgumentError, ApiFileError, ApiStateError
from taskmatrix.packages.powerpoint.pictures import _anchored

WIDE, HIGH = 9144000, 6858000  # the slides of the deck in `companies`


@pytest.fixture
def logo(desk, companies):
    desk.do("open_presentation", path=companies)
    desk.do("move_to_slide", slide_id=3)
    return desk


def box(desk) -> tuple[int, int, int, int]:
    (shape,) = [s for s in desk.deck().slides[2].shapes if hasattr(s, "image")]
    return shape.left, shape.top, shape.width, shape.height


LEFT, TOP, WIDTH, HEIGHT = 1_000_000, 2_000_000, 4_000_000, 1_000_000


@pytest.mark.parametrize(
    ("position", "left", "top"),
    [
        ("left", 0, TOP),
        ("right", WIDE - WIDTH, TOP),
        ("top", LEFT, 0),
        ("bottom", LEFT, HIGH - HEIGHT),
        ("center", (WIDE - WIDTH) // 2, (HIGH - HEIGHT) // 2),
        ("middle", (WIDE - WIDTH) // 2, (HIGH - HEIGHT) // 2),
        ("bottom right", WIDE - WIDTH, HIGH - HEIGHT),
        ("top left", 0, 0),
    ],
)
def test_a_picture_moved_to_an_edge_touches_it_and_keeps_the_rest(logo, position, left, top) -> None:
    result = logo.do("move_picture", position=position)
    assert box(logo) == (left, top, WIDTH, HEIGHT)
    assert (result["left"], result["right"]) == (left // 1000, (left + WIDTH) // 1000)


def test_a_picture_moves_to_units(logo) -> None:
    logo.do("move_picture", left=-20, top=333)
    assert box(logo) == (-20_000, 333_000, WIDTH, HEIGHT)
    logo.do("move_picture", top=5)
    assert box(logo) == (-20_000, 5_000, WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("change", "width", "height"),
    [
        ({"width_factor": 0.5}, WIDTH // 2, HEIGHT),
        ({"height_factor": 3}, WIDTH, 3 * HEIGHT),
        ({"size_factor": 0.25}, WIDTH // 4, HEIGHT // 4),
        ({"width": 777}, 777_000, HEIGHT),
        ({"width_factor": 1.5, "height": 10}, 6_000_000, 10_000),
    ],
)
def test_only_the_size_that_is_given_changes(logo, change, width, height) -> None:
    logo.do("resize_picture", **change)
    assert box(logo) == (LEFT, TOP, width, height)


def test_moving_and_resizing_give_the_same_in_either_order(logo) -> None:
    logo.do("move_picture", position="bottom right")
    logo.do("resize_picture", size_factor=0.5)
    after = box(logo)
    assert after == (WIDE - WIDTH // 2, HIGH - HEIGHT // 2, WIDTH // 2, HEIGHT // 2)
    logo.do("resize_picture", size_factor=2)
    logo.do("move_picture", left=LEFT // 1000, top=TOP // 1000)
    logo.do("resize_picture", size_factor=0.5)
    logo.do("move_picture", position="bottom right")
    assert box(logo) == after


@given(st.integers(-(10**7), 10**7), st.integers(1, 10**7), st.integers(1, 10**7))
def test_a_resized_picture_keeps_its_left_edge_or_the_right_edge_of_the_slide(start, size, new_size) -> None:
    result = _anchored(start, size, new_size, WIDE)
    assert result == start or (result + new_size == WIDE and abs(start + size - WIDE) <= 12700)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"width_factor": 0},
        {"width_factor": -1},
        {"size_factor": 1e300},
        {"width": 0},
        {"height": 10**9},
        {"width": 5, "size_factor": 2},
        {"size_factor": 2, "picture": 2},
        {"size_factor": 2, "picture": 0},
    ],
)
def test_a_size_that_cannot_be_is_refused_and_nothing_changes(logo, wrong) -> None:
    before = logo.context.state
    with pytest.raises(ApiArgumentError):
        logo.do("resize_picture", **wrong)
    assert logo.context.state == before


@pytest.mark.parametrize(
    "wrong", [{}, {"position": "right", "left": 3}, {"left": 10**7}, {"position": "up"}, {"left": 1, "picture": 9}]
)
def test_a_place_that_cannot_be_is_refused(logo, wrong) -> None:
    with pytest.raises(ApiArgumentError):
        logo.do("move_picture", **wrong)


def test_a_slide_without_a_picture_says_so(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    with pytest.raises(ApiStateError, match="slide 1 has no picture"):
        desk.do("move_picture", position="left")


def test_a_picture_fits_into_the_empty_content_box(desk, picture) -> None:
    desk.do("new_presentation", path="x")
    desk.do("create_slide")
    result = desk.do("insert_picture", path=picture(width=4000, height=1000))
    assert result["picture"] == 1
    assert result["left"] == 838 and result["right"] == 11353
    assert result["top"] >= 1825 and result["down"] <= 6176
    assert result["width"] == pytest.approx(4 * result["height"], abs=4)


def test_a_picture_goes_beside_text_and_keeps_small_sizes(desk, picture) -> None:
    desk.do("new_presentation", path="x")
    desk.do("create_slide")
    desk.do("select_content")
    desk.do("insert_text", text="words")
    result = desk.do("insert_picture", path=picture(width=20, height=20))
    assert result["left"] > 12192 / 2
    assert result["width"] == result["height"] < 300


def test_a_picture_keeps_its_proportions_when_one_size_is_given(desk, picture) -> None:
    desk.do("new_presentation", path="x", title="T")
    assert desk.do("insert_picture", path=picture(), width=3000)["height"] == 2000
    assert desk.do("insert_picture", path="logo.png", height=1000, position="top right") == {
        "picture": 2, "left": 10692, "top": 0, "width": 1500, "height": 1000, "right": 12192, "down": 1000,
    }  # fmt: skip
    shape = next(s for s in desk.deck().slides[0].shapes if hasattr(s, "image"))
    assert shape._element.nvPicPr.cNvPr.get("descr") == "logo.png"


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"<svg/>", b"GIF89a" + bytes(3)])
def test_a_file_that_is_no_picture_is_refused(desk, data) -> None:
    desk.do("new_presentation", path="x", title="T")
    (desk.directory / "bad.png").write_bytes(data)
    before = desk.context.state
    with pytest.raises(ApiFileError, match=r"bad\.png"):
        desk.do("insert_picture", path="bad.png")
    assert desk.context.state == before
