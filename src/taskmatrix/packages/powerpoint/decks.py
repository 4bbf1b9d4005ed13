"""Decks as bytes and as python-pptx objects, with a clear reason when bytes are no deck."""

import io
import zipfile
import zlib
from importlib import resources
from typing import TYPE_CHECKING

from taskmatrix.core.errors import ApiFileError

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
MACRO_MEDIA_TYPE = "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
LARGEST = 2**30
"""Bytes a deck may hold when unpacked: more is a broken file or a trap."""

_ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, AttributeError, TypeError, EOFError)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def parse_deck(data: bytes, name: str) -> "Deck":
    """Return the deck that `data`, the content of the file `name`, holds.

    Raises ApiFileError, saying whether the file is empty, old, encrypted, damaged or something else.
    """
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    _refuse_other_files(data, name)
    try:
        deck = Presentation(io.BytesIO(data))
        # Parts are looked up when used: what is missing is to be found now, not in the middle of an edit.
        _ = [slide.slide_layout.slide_master for slide in deck.slides]
        _ = [list(master.slide_layouts) for master in deck.slide_masters]
    # lxml's errors are SyntaxErrors; python-pptx lets those of zip files and missing parts through.
    except (PythonPptxError, SyntaxError, LookupError, ValueError, *_ARCHIVE_ERRORS) as error:
        raise ApiFileError(
            f"{name!r} is damaged: a part of it cannot be read ({type(error).__name__})",
            hint="open it in PowerPoint or LibreOffice, let that repair it, and save it as .pptx",
        ) from error
    return deck


def _refuse_other_files(data: bytes, name: str) -> None:
    if not data:
        raise ApiFileError(f"{name!r} is empty (0 bytes)", hint="name a file that holds a presentation")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise ApiFileError(
                f"{name!r} is encrypted with a password", hint="remove the password in PowerPoint and try again"
            )
        raise ApiFileError(
            f"{name!r} is in PowerPoint's old binary format (.ppt)", hint="save it as .pptx and try again"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
            types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in archive.namelist() else b""
    except (ValueError, *_ARCHIVE_ERRORS) as error:
        raise ApiFileError(
            f"{name!r} is not a PowerPoint file, or is damaged: {error}", hint="name a presentation saved as .pptx"
        ) from error
    if unpacked > LARGEST:
        raise ApiFileError(f"{name!r} would unpack to {unpacked:,} bytes; at most {LARGEST:,} are read")
    if b"presentationml" not in types and b"ms-powerpoint" not in types:
        raise ApiFileError(f"{name!r} is a zip file, but no presentation", hint="name a presentation saved as .pptx")
    if b"presentationml.presentation.main" not in types and b"presentation.macroEnabled.main" not in types:
        raise ApiFileError(f"{name!r} is a template or a show", hint="save it as an ordinary presentation, .pptx")


def dump_deck(deck: "Deck") -> bytes:
    """Return the deck as the bytes of a .pptx file."""
    target = io.BytesIO()
    deck.save(target)
    return target.getvalue()


def new_deck() -> "Deck":
    """Return an empty deck of 16:9 with the usual layouts and no slide."""
    return parse_deck(
        resources.files("taskmatrix.packages.powerpoint").joinpath("template.pptx").read_bytes(), "template.pptx"
    )


def media_type(deck: "Deck") -> str:
    """Return the media type of the deck's file: macros make it another one."""
    return MACRO_MEDIA_TYPE if "macroEnabled" in deck.part.content_type else MEDIA_TYPE
