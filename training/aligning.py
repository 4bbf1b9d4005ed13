"""Where in a text the values of a gold call stand: learning from corrections finds them in the same way."""

from taskmatrix.mcfm.embedded.learning.aligning import (
    CHOICE,
    FALSE,
    OMIT,
    OTHER,
    RESULT,
    SPAN,
    TRUE,
    UNKNOWN,
    Target,
    Text,
    target,
)

__all__ = ["CHOICE", "FALSE", "OMIT", "OTHER", "RESULT", "SPAN", "TRUE", "UNKNOWN", "Target", "Text", "target"]
