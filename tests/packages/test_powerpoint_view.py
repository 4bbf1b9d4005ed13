"""What a chat model is told of the open deck: the file, where the run is in it, then pages as in Figure 10."""

from pptx import Presentation

from taskmatrix.packages.powerpoint.views import LONGEST_VIEW


def test_the_view_names_the_file_the_current_page_and_what_is_selected_then_the_pages(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    desk.do("move_to_slide", slide_id=2)
    desk.do("select_content")
    head, _, pages = desk.do("read_view").partition("\n\n")
    assert head.splitlines() == [
        "Presentation: members.pptx, 3 slides, saved",
        "Current page: 2, Members",
        "Selected: A text box of content, which says: Contoso / Fabrikam / Northwind Traders",
    ]
    assert pages == desk.do("read_presentation")


def test_the_view_says_what_is_not_there(desk) -> None:
    assert desk.do("read_view") == ""
    desk.do("new_presentation", path="empty")
    assert desk.do("read_view") == "Presentation: empty.pptx, 0 slides, not saved"
    desk.do("create_slide")
    assert desk.do("read_view").splitlines()[:3] == [
        "Presentation: empty.pptx, 1 slide, not saved",
        "Current page: 1",
        "Selected: nothing",
    ]
    desk.do("select_title")
    assert "Selected: A text box of title, empty" in desk.do("read_view").splitlines()


def _long_deck(desk, slides: int, lines: int = 3) -> None:
    deck = Presentation()
    for number in range(1, slides + 1):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = f"Chapter {number}\n" + "and more " * 50
        slide.placeholders[1].text = "\n".join(f"line {number}.{line}" for line in range(lines))
    deck.save(desk.directory / "long.pptx")
    desk.do("open_presentation", path="long.pptx")


def test_of_a_long_deck_pages_near_the_current_one_are_told_whole_and_others_by_title(desk) -> None:
    _long_deck(desk, 300)
    desk.do("move_to_slide", slide_id=150)
    seen = desk.do("read_view")
    assert len(seen) <= LONGEST_VIEW + 100
    told = seen.split("\n\nPage: ")[0].splitlines() + seen.splitlines()
    assert " line 150.2" in told and " line 151.0" in told and " line 200.0" not in told
    assert any(line.startswith("Page: 160, Chapter 160 and more") for line in told)
    assert "more pages)" in seen and seen.index("Chapter 149") < seen.index("Chapter 150 and", 200)


def test_a_page_that_is_too_long_by_itself_is_cut(desk) -> None:
    _long_deck(desk, 2, lines=3_000)
    seen = desk.do("read_view")
    assert len(seen) <= LONGEST_VIEW + 100
    assert " line 1.0\n" in seen and "(cut here)" in seen and "Page: 2, Chapter 2" in seen
