"""What the index keeps of a document: the stems of its parts, and how much each part weighs."""

import re
from dataclasses import dataclass

from taskmatrix.core.documents import ApiDocument
from taskmatrix.selector.tokens import distinct, stems

MAX_TEXT = 20_000
"""Characters of one part that are read: nobody searches for what stands after that."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s")


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The stems of a document, part by part."""

    package: tuple[str, ...]
    name: tuple[str, ...]
    summary: tuple[str, ...]
    description: tuple[str, ...]
    parameters: tuple[str, ...]
    details: tuple[str, ...]
    examples: tuple[str, ...]

    def weighted(self) -> str:
        """Return all stems, each as often as its part weighs: term frequencies saturate together (BM25F).

        Source: Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields". The
        weights were measured, see `docs/design/selector-words.md`.
        """
        parts = (
            (self.name, 6),
            (self.package, 2),
            (self.summary, 2),
            (self.description, 2),
            (self.parameters, 2),
            (self.details, 1),
            (self.examples, 1),
        )
        return " ".join(stem for part, weight in parts for stem in part * weight)


def read_document(document: ApiDocument) -> DocumentText:
    """Return the stems of a document's parts."""
    sentences = _SENTENCE_END.split(document.description[:MAX_TEXT], maxsplit=1)
    summary = _stems(sentences[0])
    return DocumentText(
        package=_stems(document.package),
        name=_stems(document.name),
        summary=summary,
        description=summary + _stems(" ".join(sentences[1:])),
        parameters=_stems(" ".join(p.name for p in document.parameters)),
        details=_stems(" ".join(p.description for p in document.parameters)),
        examples=tuple(distinct(stems(" ".join(document.examples)[:MAX_TEXT]))),
    )


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stems(text[:MAX_TEXT]))
