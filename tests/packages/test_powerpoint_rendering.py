"""Decks as an office program draws them: LibreOffice renders, poppler reads the pages back."""

import shutil
import subprocess
from pathlib import Path

import pytest

from taskmatrix.packages.powerpoint import package
from taskmatrix.testing import LocalContext, call

pytestmark = pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")),
    reason="needs LibreOffice and poppler (apt-get install libreoffice-impress poppler-utils)",
)


def pages(deck: Path, profile: Path) -> list[list[str]]:
    """The lines of text on each rendered page."""
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "pdf", deck.name],
        cwd=deck.parent,
        check=True,
        capture_output=True,
        timeout=110,
    )
    text = subprocess.run(
        ["pdftotext", "-layout", deck.with_suffix(".pdf").name, "-"],
        cwd=deck.parent,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [[line.strip(" •") for line in page.splitlines() if line.strip()] for page in text.split("\f")[:-1]]


def test_a_rendered_deck_shows_every_title_and_line_on_its_page(tmp_path):
    context = LocalContext(tmp_path)

    def do(name: str, **arguments: object) -> object:
        return call(package.definitions[name].function, context, **arguments)

    do("new_presentation", path="tour.pptx", title="Harbour tour")
    for title, lines in [("Morning", ["Fish market", "Lighthouse"]), ("Evening", ["Ferry back"])]:
        do("create_slide")
        do("select_title")
        do("insert_text", text=title)
        do("select_content")
        for line in lines:
            do("insert_text", text=line)
    do("save_presentation")
    assert pages(tmp_path / "tour.pptx", tmp_path / "profile") == [
        ["Harbour tour"],
        ["Morning", "Fish market", "Lighthouse"],
        ["Evening", "Ferry back"],
    ]
