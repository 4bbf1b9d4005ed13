"""The reader against Figure 10 of the paper (arXiv 2303.16434), character by character."""

from pptx import Presentation
from pptx.util import Emu

FIGURE_10 = """\
Page: 3
 Title: Microsoft
 Contents:
 Founder: Bill Gates and Paul Allen
 Location: Redmond, Washington
 Mission: To empower every person and every organization on the planet to achieve more
 Products: Windows, Office, Xbox, Bing, Skype, Surface, HoloLens, Dynamics 365
 Subsidiaries: LinkedIn, GitHub, Mojang, Skype Technologies, Yammer

 Visual Positions:
 A text box of title, height=1325, width=10515, it's position: left=838, top=365, right=11353, down=1690
 A text box of content, height=4351, width=10515, it's position: left=838, top=1825, right=11353, down=6176
 A picture, height=4572, width=4572, it's position: left=3810, top=1143, right=8382, down=5715
"""


def test_a_page_reads_exactly_as_figure_10(desk, picture) -> None:
    lines = FIGURE_10.splitlines()
    desk.do("new_presentation", path="companies", title="Big Tech")
    desk.do("create_slide")
    desk.do("create_slide")
    desk.do("select_title")
    desk.do("insert_text", text=lines[1].removeprefix(" Title: "))
    desk.do("select_content")
    for line in lines[3:8]:
        desk.do("insert_text", text=line.strip())
    desk.do("insert_picture", path=picture(), left=3810, top=1143, width=4572, height=4572)
    assert desk.do("read_presentation").split("\n\nPage: 3\n")[-1] == FIGURE_10.removeprefix("Page: 3\n")


def test_right_and_down_are_summed_before_they_are_rounded(desk) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(Emu(1600), Emu(2600), Emu(3600), Emu(4600)).text_frame.text = "x"
    deck.save(desk.directory / "odd.pptx")
    desk.do("open_presentation", path="odd.pptx")
    line = desk.do("read_presentation").splitlines()[-1]
    assert line == " A text box, height=4, width=3, it's position: left=1, top=2, right=5, down=7"


def test_pages_follow_each_other_after_an_empty_line(desk, companies) -> None:
    desk.do("open_presentation", path=companies)
    pages = desk.do("read_presentation").split("\n\nPage: ")
    assert [page.splitlines()[0].removeprefix("Page: ") for page in pages] == ["1", "2", "3"]
    assert " Contoso\n Fabrikam\n Northwind Traders\n\n Visual Positions:" in pages[1]


def test_a_deck_without_slides_reads_as_nothing(desk) -> None:
    desk.do("new_presentation", path="empty")
    assert desk.do("read_presentation") == ""
