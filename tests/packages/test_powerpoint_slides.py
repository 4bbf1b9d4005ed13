import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor

from taskmatrix.core.errors import ApiArgumentError, ApiStateError
from taskmatrix.packages.powerpoint import package
from taskmatrix.packages.powerpoint.colors import NAMES, parse_color
from taskmatrix.packages.powerpoint.decks import dump_deck, parse_deck
from taskmatrix.testing import LocalContext, call


def titles(deck) -> list[str]:
    return [s.shapes.title.text if s.shapes.title else "" for s in deck.slides]


@pytest.mark.parametrize(
    ("layout", "boxes"),
    [("title slide", 2), ("title and content", 2), ("section header", 2), ("two content", 3), ("comparison", 5),
     ("title only", 1), ("blank", 0)],
)  # fmt: skip
def test_a_slide_is_made_at_the_end_with_the_boxes_of_its_layout(desk, layout, boxes) -> None:
    desk.do("new_presentation", path="x", title="First")
    assert desk.do("create_slide", layout=layout) == 2
    slide = desk.deck().slides[1]
    assert len(list(slide.placeholders)) == boxes
    assert slide.slide_layout.name.lower() == layout


def test_layouts_are_found_by_kind_in_decks_of_other_languages(desk) -> None:
    deck = Presentation()
    for layout in deck.slide_layouts:
        layout.element.cSld.set("name", f"Folie {layout.name[::-1]}")
    deck.save(desk.directory / "deutsch.pptx")
    desk.do("open_presentation", path="deutsch.pptx")
    desk.do("create_slide")
    desk.do("select_content")


def test_a_deck_without_the_layout_says_which_it_has(desk) -> None:
    deck = Presentation()
    for layout in list(deck.slide_layouts)[2:]:
        deck.slide_layouts.remove(layout)
    deck.save(desk.directory / "bare.pptx")
    desk.do("open_presentation", path="bare.pptx")
    with pytest.raises(ApiArgumentError, match="comparison") as caught:
        desk.do("create_slide", layout="comparison")
    assert "Title and Content" in caught.value.hint


def test_an_unknown_layout_is_refused(desk) -> None:
    desk.do("new_presentation", path="x")
    with pytest.raises(ApiArgumentError, match="layout"):
        desk.do("create_slide", layout="fancy")


@pytest.mark.parametrize("slide_id", [0, -1, 4, 10**12])
@pytest.mark.parametrize("api", ["move_to_slide", "delete_slide", "read_slide"])
def test_a_slide_number_out_of_range_is_told_with_the_range(desk, companies, api, slide_id) -> None:
    desk.do("open_presentation", path=companies)
    with pytest.raises(ApiArgumentError) as caught:
        desk.do(api, slide_id=slide_id)
    assert str(caught.value) == f"slide {slide_id} is out of range: the deck has 3 slides (1 to 3)"


def test_deleting_keeps_the_current_slide_where_it_still_exists(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    desk.do("move_to_slide", slide_id=2)
    desk.do("select_content")
    assert desk.do("delete_slide", slide_id=1) == 2
    assert desk.do("read_slide")["title"] == "Members"
    desk.do("insert_text", text="Tailspin")
    assert desk.do("delete_slide", slide_id=1) == 1
    with pytest.raises(ApiStateError, match="no text box is selected"):
        desk.do("insert_text", text="lost")
    assert desk.do("delete_slide", slide_id=1) == 0
    with pytest.raises(ApiStateError, match="no slide"):
        desk.do("read_slide")
    assert desk.do("create_slide") == 1


def test_a_deleted_slide_leaves_nothing_behind(desk, companies) -> None:
    path = desk.directory / companies
    deck = Presentation(path)
    numbers = [slide.slide_id for slide in deck.slides]
    section = etree.SubElement(deck.element, "{http://schemas.microsoft.com/office/powerpoint/2010/main}sectionLst")
    for number in numbers:
        etree.SubElement(section, section.tag.replace("sectionLst", "sldId")).set("id", str(number))
    deck.save(path)
    desk.do("open_presentation", path=companies)
    desk.do("delete_slide", slide_id=3)
    saved = desk.deck()
    names = [str(part.partname) for part in saved.part.package.iter_parts()]
    assert "/ppt/slides/slide3.xml" not in names
    assert not any("/ppt/media/" in name for name in names)
    listed = [e.get("id") for e in saved.element.iter() if str(e.tag).endswith("main}sldId")]
    assert str(numbers[2]) not in listed
    assert listed.count(str(numbers[0])) == 2


def test_a_slide_made_after_deleting_one_overwrites_no_other(desk) -> None:
    desk.do("new_presentation", path="x", title="T")
    # All in one process, so that one python-pptx object lives through it.
    apis, context = package.definitions, desk.context
    call(apis["create_slide"].function, context)
    call(apis["select_title"].function, context)
    call(apis["insert_text"].function, context, text="second")
    call(apis["delete_slide"].function, context, slide_id=1)
    call(apis["create_slide"].function, context)
    assert titles(desk.deck()) == ["second", ""]


def test_notes_are_added_below_each_other(desk) -> None:
    desk.do("new_presentation", path="x", title="T")
    desk.do("insert_note", text="First")
    assert desk.do("insert_note", text="Second") == "First\nSecond"
    assert desk.do("read_slide")["notes"] == "First\nSecond"
    assert desk.deck().slides[0].notes_slide.notes_text_frame.text == "First\nSecond"


def test_a_background_color_is_set_on_one_slide_or_all(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    assert desk.do("set_background_color", color="Light-Blue") == 1
    deck = desk.deck()
    assert deck.slides[0].background.fill.fore_color.rgb == RGBColor(0xAD, 0xD8, 0xE6)
    assert deck.slides[1].follow_master_background
    assert desk.do("set_background_color", color="#abc", every_slide=True) == 3
    assert all(s.background.fill.fore_color.rgb == RGBColor(0xAA, 0xBB, 0xCC) for s in desk.deck().slides)


def test_every_color_name_is_a_color_and_other_words_are_refused() -> None:
    assert all(isinstance(parse_color(name.upper()), RGBColor) for name in NAMES)
    assert parse_color("darkblue") == parse_color("dark blue") == RGBColor(0, 0, 0x8B)
    for wrong in ("", "ultraviolet-ish", "#12", "#GGGGGG", "1234567"):
        with pytest.raises(ApiArgumentError, match="no color"):
            parse_color(wrong)


STEPS = st.lists(
    st.one_of(
        st.just(("create_slide", {})),
        st.integers(0, 6).map(lambda n: ("move_to_slide", {"slide_id": n})),
        st.integers(0, 6).map(lambda n: ("delete_slide", {"slide_id": n})),
        st.sampled_from([("select_title", {}), ("select_content", {}), ("delete_text", {})]),
        st.sampled_from([("insert_note", {"text": "n"}), ("insert_table", {"rows": [["c"]]})]),
        st.just(("set_background_color", {"color": "blue"})),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).map(lambda t: ("insert_text", {"text": t})),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(STEPS)
def test_a_run_that_resumes_at_every_call_makes_the_same_deck(tmp_path_factory, steps) -> None:
    directory = tmp_path_factory.mktemp("runs")
    one, other = LocalContext(directory), LocalContext(directory)
    apis = package.definitions
    call(apis["new_presentation"].function, one, path="a", title="T")
    call(apis["new_presentation"].function, other, path="b", title="T")
    for name, arguments in steps:
        other = other.resumed()
        results = []
        for context in (one, other):
            try:
                results.append(call(apis[name].function, context, **arguments))
            except (ApiArgumentError, ApiStateError) as error:
                results.append(str(error))
        assert results[0] == results[1]
    texts = []
    for context in (one, other.resumed()):
        texts.append(call(apis["read_presentation"].function, context))
        deck = parse_deck(context.blobs[context.state["document"]], "x")
        assert dump_deck(deck)
        assert 0 <= context.state["slide"] <= len(deck.slides)
    assert texts[0] == texts[1]


def test_a_table_takes_the_place_of_the_empty_content_box(desk) -> None:
    desk.do("new_presentation", path="x")
    desk.do("create_slide")
    assert desk.do("insert_table", rows=[["Year", "Sales"], ["2023"], ["2024", "12"]]) == 3
    assert desk.do("read_slide")["tables"] == [[["Year", "Sales"], ["2023", ""], ["2024", "12"]]]
    slide = desk.deck().slides[0]
    assert [s.has_table for s in slide.shapes] == [False, True]
    frame = slide.shapes[1]
    assert (frame.left, frame.top, frame.width) == (838200, 1825625, 10515600)


@pytest.mark.parametrize("rows", [[], [[]], [["x"] * 76], [["x"]] * 76, [["\x01"]]])
def test_a_table_that_cannot_be_is_refused_and_the_slide_stays_as_it_was(desk, rows) -> None:
    desk.do("new_presentation", path="x", title="T")
    before = desk.do("read_presentation")
    with pytest.raises(ApiArgumentError):
        desk.do("insert_table", rows=rows)
    assert desk.do("read_presentation") == before


def test_reading_finds_text_boxes_where_there_is_no_content_box(desk) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for top, text in ((3_000_000, "below"), (1_000_000, "above\vit")):
        slide.shapes.add_textbox(0, top, 1_000_000, 500_000).text_frame.text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 5_000_000, 100, 100).text_frame.text = "in a group"
    data = io.BytesIO()
    deck.save(data)
    (desk.directory / "free.pptx").write_bytes(data.getvalue())
    desk.do("open_presentation", path="free.pptx")
    read = desk.do("read_slide")
    assert read["title"] == ""
    assert read["contents"] == ["above it", "below", "in a group"]
    assert " A group, height=" in desk.do("read_presentation")


def test_boxes_are_told_apart_by_type_where_all_have_the_same_index(desk, companies) -> None:
    path = desk.directory / companies
    deck = Presentation(path)
    for slide in deck.slides:
        boxes = list(slide.placeholders)
        for box in boxes:
            mark = box._element.nvSpPr.nvPr.find("{http://schemas.openxmlformats.org/presentationml/2006/main}ph")
            mark.attrib.pop("idx", None)
        # Content first, as some programs write it.
        slide.shapes._spTree.append(boxes[0]._element)
    deck.save(path)
    desk.do("open_presentation", path=companies)
    assert desk.do("read_slide", slide_id=2)["title"] == "Members"
    desk.do("move_to_slide", slide_id=2)
    assert desk.do("select_title") == "Members"
    assert desk.do("select_content").startswith("Contoso")
    assert "A text box of content" in desk.do("read_presentation")
