import importlib.util
import io
import zipfile
from importlib import resources
from pathlib import Path

from pptx import Presentation

from taskmatrix.packages.powerpoint.layouts import find_layout

SCRIPT = Path(__file__).parents[2] / "scripts/make_template.py"
SHIPPED = resources.files("taskmatrix.packages.powerpoint").joinpath("template.pptx").read_bytes()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_shipped_template_is_what_the_script_makes() -> None:
    spec = importlib.util.spec_from_file_location("make_template", SCRIPT)
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert parts(SHIPPED) == parts(script.make())


def test_the_template_is_16_to_9_and_blank_with_powerpoints_geometry() -> None:
    deck = Presentation(io.BytesIO(SHIPPED))
    assert (deck.slide_width, deck.slide_height) == (12192000, 6858000)
    assert len(deck.slides) == 0
    layout = find_layout(deck, "title and content")
    boxes = {p.placeholder_format.idx: (p.left, p.top, p.width, p.height) for p in layout.placeholders}
    assert boxes[0] == (838200, 365125, 10515600, 1325563)
    assert boxes[1] == (838200, 1825625, 10515600, 4351338)


def test_every_box_of_every_layout_lies_on_the_slide() -> None:
    deck = Presentation(io.BytesIO(SHIPPED))
    for layout in deck.slide_layouts:
        for box in layout.placeholders:
            assert box.left >= 0 and box.top >= 0
            assert box.left + box.width <= deck.slide_width, (layout.name, box.name)
            assert box.top + box.height <= deck.slide_height, (layout.name, box.name)
