import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pptx import Presentation
from pydantic import JsonValue

from taskmatrix.packages.powerpoint import package
from taskmatrix.packages.powerpoint.session import forget_parsed
from taskmatrix.testing import LocalContext, call


class Desk:
    """Calls the package's APIs one by one, each in a context that knows only what the last one stored."""

    def __init__(self, directory: Path) -> None:
        self.context = LocalContext(directory)
        self.directory = directory

    def do(self, api: str, **arguments: JsonValue) -> JsonValue:
        forget_parsed()
        self.context = self.context.resumed()
        return call(package.definitions[api].function, self.context, **arguments)

    def deck(self):
        """Return the saved deck, read by python-pptx alone."""
        self.do("save_presentation")
        return Presentation(self.context.artifacts[-1].path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., str]:
    def make(name: str = "logo.png", width: int = 300, height: int = 200) -> str:
        data = io.BytesIO()
        Image.new("RGB", (width, height), "navy").save(data, "PNG")
        (tmp_path / name).write_bytes(data.getvalue())
        return name

    return make


@pytest.fixture
def companies(tmp_path: Path) -> str:
    """A deck in python-pptx's own 4:3 template: title slide, list, picture."""
    deck = Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Overview"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "Members"
    second.placeholders[1].text = "Contoso\nFabrikam\n\nNorthwind Traders"
    data = io.BytesIO()
    Image.new("RGB", (400, 100), "green").save(data, "PNG")
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Logo"
    third.shapes.add_picture(io.BytesIO(data.getvalue()), 1_000_000, 2_000_000, 4_000_000, 1_000_000)
    deck.save(tmp_path / "members.pptx")
    return "members.pptx"
