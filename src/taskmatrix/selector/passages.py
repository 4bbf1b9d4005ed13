"""What the encoder reads of a document: one short text, the telling parts first."""

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.prose import read_prose, tell

MAX_DESCRIPTION = 400
"""Characters of the description: with name, package and parameters about what the encoder reads (96 tokens)."""

SHORT = 120
"""Characters of a description that is read in its own order: notices come first in longer ones."""

MAX_PARAMETERS = 16


def read_passage(document: ApiDocument) -> str:
    """Return the text that stands for a document among the vectors."""
    description = document.description
    told = read_prose(description) if len(description) < SHORT else " ".join(tell(description))
    return passage(document.package, document.name, told, [parameter.name for parameter in document.parameters])


def passage(package: str, name: str, description: str, parameters: list[str]) -> str:
    """Return the text for the parts of a document; names are written as words (`createSlide` → create slide).

    Training reads documents by it, too.
    """
    parts = [f"{_spelled(name)}. {package}: {' '.join(description[: 2 * MAX_DESCRIPTION].split())[:MAX_DESCRIPTION]}"]
    if parameters:
        parts.append("Parameters: " + ", ".join(_spelled(p) for p in parameters[:MAX_PARAMETERS]))
    return " ".join(parts)


def _spelled(name: str) -> str:
    return " ".join(names.words(name[:200])) or name[:200]
