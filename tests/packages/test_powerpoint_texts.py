import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_AUTO_SIZE
from pptx.util import Pt

from taskmatrix.core.errors import ApiArgumentError, ApiStateError
from taskmatrix.packages.powerpoint import package
from taskmatrix.packages.powerpoint.elements import element_of, tag
from taskmatrix.packages.powerpoint.paragraphs import replace
from taskmatrix.testing import LocalContext, call


@pytest.fixture
def slide(desk):
    desk.do("new_presentation", path="x")
    desk.do("create_slide")
    return desk


def content(deck):
    return deck.slides[0].placeholders[1].text_frame


def test_the_first_text_fills_the_empty_box_and_the_next_goes_on_a_new_line(slide) -> None:
    slide.do("select_content")
    assert slide.do("insert_text", text="One") == "One"
    assert slide.do("insert_text", text="Two\r\nThree\n") == "One\nTwo\nThree"
    assert [p.text for p in content(slide.deck()).paragraphs] == ["One", "Two", "Three"]


def test_the_title_and_the_content_are_told_apart(slide) -> None:
    slide.do("select_title")
    slide.do("insert_text", text="Head")
    slide.do("select_content")
    slide.do("insert_text", text="Body")
    read = slide.do("read_slide", slide_id=1)
    assert (read["title"], read["contents"]) == ("Head", ["Body"])
    assert slide.do("select_title") == "Head"


@pytest.mark.parametrize("api", ["insert_text", "delete_text", "set_text_style"])
def test_without_a_selection_an_api_says_what_to_call_first(slide, api) -> None:
    arguments = {"insert_text": {"text": "x"}, "delete_text": {}, "set_text_style": {"bold": True}}[api]
    with pytest.raises(ApiStateError, match="no text box is selected on slide 1") as caught:
        slide.do(api, **arguments)
    assert "select_title" in caught.value.hint
    slide.do("select_title")
    slide.do("move_to_slide", slide_id=1)
    with pytest.raises(ApiStateError):
        slide.do(api, **arguments)


@pytest.mark.parametrize(("layout", "api"), [("blank", "select_title"), ("title only", "select_content")])
def test_a_slide_without_the_box_says_which_layouts_have_one(desk, layout, api) -> None:
    desk.do("new_presentation", path="x")
    desk.do("create_slide", layout=layout)
    with pytest.raises(ApiStateError, match="its layout is") as caught:
        desk.do(api)
    assert "'Title and Content'" in caught.value.hint


def test_the_two_sides_of_a_slide_are_selected_by_name(desk) -> None:
    desk.do("new_presentation", path="x")
    desk.do("create_slide", layout="two content")
    for side in ("right", "left"):
        desk.do("select_content", side=side)
        desk.do("insert_text", text=f"on the {side}")
    boxes = desk.deck().slides[0].placeholders
    assert [boxes[1].text_frame.text, boxes[2].text_frame.text] == ["on the left", "on the right"]


def test_the_subtitle_is_the_content_of_a_title_slide(desk) -> None:
    desk.do("new_presentation", path="x", title="T")
    desk.do("select_content")
    desk.do("insert_text", text="Sub")
    assert desk.deck().slides[0].placeholders[1].text_frame.text == "Sub"


def test_deleting_keeps_the_look_for_the_text_that_comes_next(slide) -> None:
    slide.do("select_content")
    slide.do("insert_text", text="Old\nlines")
    slide.do("set_text_style", size=40, bold=True, color="red")
    assert slide.do("delete_text") == "Old\nlines"
    assert slide.do("read_slide")["contents"] == []
    slide.do("insert_text", text="New")
    (paragraph,) = content(slide.deck()).paragraphs
    (run,) = paragraph.runs
    assert (run.text, run.font.size, run.font.bold) == ("New", Pt(40), True)
    assert run.font.color.rgb == RGBColor(255, 0, 0)


def test_a_new_line_looks_like_the_line_above_it(desk) -> None:
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[1])
    frame = page.placeholders[1].text_frame
    frame.text = "first"
    frame.paragraphs[0].level = 2
    frame.paragraphs[0].runs[0].font.italic = True
    deck.save(desk.directory / "look.pptx")
    desk.do("open_presentation", path="look")
    desk.do("select_content")
    desk.do("insert_text", text="second")
    last = content(desk.deck()).paragraphs[1]
    assert (last.level, last.runs[0].font.italic) == (2, True)


def test_a_style_changes_only_what_is_given(slide) -> None:
    slide.do("select_title")
    slide.do("insert_text", text="Head")
    assert slide.do("set_text_style", italic=True, underline=True) == 1
    assert slide.do("set_text_style", underline=False, size=33.5) == 1
    font = slide.deck().slides[0].shapes.title.text_frame.paragraphs[0].runs[0].font
    assert (font.italic, font.underline, font.bold, font.size) == (True, False, None, Pt(33.5))


@pytest.mark.parametrize("wrong", [{}, {"size": 0}, {"size": -3}, {"size": 1e9}, {"color": "nocolor"}])
def test_a_style_that_cannot_be_is_refused(slide, wrong) -> None:
    slide.do("select_title")
    with pytest.raises(ApiArgumentError):
        slide.do("set_text_style", **wrong)


@pytest.mark.parametrize("text", ["", "\n\n", "   "])
def test_inserting_nothing_is_refused(slide, text) -> None:
    slide.do("select_title")
    with pytest.raises(ApiArgumentError, match="no text"):
        slide.do("insert_text", text=text)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe"])
def test_a_character_that_no_file_can_hold_is_named(slide, character) -> None:
    slide.do("select_title")
    with pytest.raises(ApiArgumentError, match=f"U\\+{ord(character):04X} at position 2"):
        slide.do("insert_text", text=f"a{character}b")


@settings(max_examples=50)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), max_size=60)
)
def test_any_text_comes_back_as_it_was_written(tmp_path_factory, text) -> None:
    context = LocalContext(tmp_path_factory.mktemp("texts"))
    apis = {name: d.function for name, d in package.definitions.items()}
    call(apis["new_presentation"], context, path="x")
    call(apis["create_slide"], context)
    call(apis["select_content"], context)
    if not text.strip():
        return
    call(apis["insert_text"], context, text=text)
    call(apis["save_presentation"], context)
    deck = Presentation(io.BytesIO(context.blobs[context.artifacts[-1].digest]))
    assert content(deck).text == text


def test_long_text_is_shrunk_until_it_fits_and_short_text_is_not(slide) -> None:
    slide.do("select_content")
    slide.do("insert_text", text="short")
    assert fit_of(slide) is None
    slide.do(
        "insert_text", text="\n".join("a line that has quite a few words in it, to fill the row" for _ in range(14))
    )
    scale = int(fit_of(slide).get("fontScale"))
    assert 25_000 <= scale < 100_000
    slide.do("delete_text")
    slide.do("insert_text", text="short again")
    assert fit_of(slide).get("fontScale") is None


def fit_of(slide):
    box = slide.deck().slides[0].placeholders[1]
    return next(element_of(box).iter(tag("a:normAutofit")), None)


def test_a_box_that_is_set_not_to_shrink_is_left_alone(desk) -> None:
    deck = Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[1])
    page.placeholders[1].text_frame.auto_size = MSO_AUTO_SIZE.NONE
    deck.save(desk.directory / "fixed.pptx")
    desk.do("open_presentation", path="fixed")
    desk.do("select_content")
    desk.do("insert_text", text="\n".join(["many words"] * 40))
    assert next(element_of(desk.deck().slides[0].placeholders[1]).iter(tag("a:normAutofit")), None) is None


def test_words_are_replaced_everywhere_and_counted(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    desk.do("create_slide")
    desk.do("insert_table", rows=[["Contoso", "Contoso Contoso"]])
    assert desk.do("replace_text", old="Contoso", new="Adatum") == 4
    assert desk.do("read_slide", slide_id=2)["contents"][0] == "Adatum"
    assert desk.do("read_slide", slide_id=4)["tables"] == [[["Adatum", "Adatum Adatum"]]]


@pytest.mark.parametrize(("old", "hint"), [("contoso", "it is written 'Contoso' there"), ("Nobody", "must match")])
def test_words_that_are_not_there_are_an_error_that_tells_how_they_are_written(desk, companies, old, hint) -> None:
    desk.do("open_presentation", path=companies)
    before = desk.do("read_presentation")
    with pytest.raises(ApiArgumentError, match=f"'{old}' is on no slide of") as caught:
        desk.do("replace_text", old=old, new="x")
    assert hint in (caught.value.hint or "") and desk.do("read_presentation") == before


@pytest.mark.parametrize(("old", "new"), [("", "x"), ("a\nb", "x"), ("a", "b\nc"), ("a", "\x01")])
def test_a_replacement_that_cannot_be_is_refused(desk, companies, old, new) -> None:
    desk.do("open_presentation", path=companies)
    with pytest.raises(ApiArgumentError):
        desk.do("replace_text", old=old, new=new)


@given(st.lists(st.text("ab ", max_size=4), min_size=1, max_size=5), st.text("ab", min_size=1, max_size=3))
def test_replacing_over_runs_of_different_look_equals_replacing_in_the_whole(pieces, old) -> None:
    deck = Presentation()
    frame = deck.slides.add_slide(deck.slide_layouts[1]).placeholders[1].text_frame
    paragraph = frame.paragraphs[0]
    for number, piece in enumerate(pieces):
        run = paragraph.add_run()
        run.text, run.font.bold = piece, bool(number % 2)
    whole = paragraph.text
    element = next(p for p in element_of(deck.slides[0]).iter(tag("a:p")) if p.findall(tag("a:r")))
    assert replace(element, old, "X") == whole.count(old)
    assert paragraph.text == whole.replace(old, "X")
