"""What the word index keeps of a document beside its terms: one text, from which a candidate is made again."""

from functools import lru_cache

from taskmatrix.selector.retrieval import Candidate
from taskmatrix.selector.tokens import distinct, stems
from taskmatrix.selector.words.texts import DocumentText

_PARTS = 4


def pack(package: str, name: str, owner: str, text: DocumentText) -> bytes:
    """Return the bytes that stand for a document. Stems hold no blanks and no line ends; names may hold anything."""
    parts = "\n".join(" ".join(part) for part in (text.name, distinct(text.summary), text.rest, text.confirmed))
    return f"{len(package)} {len(name)} {len(owner)} {package}{name}{owner}{parts}".encode("utf-8", "surrogatepass")


def unpack(stored: bytes, score: float = 0.0) -> Candidate:
    """Return the candidate that was packed. Raises ValueError for bytes that are none."""
    packages, names, owners, rest = stored.decode("utf-8", "surrogatepass").split(" ", 3)
    package_end = int(packages)
    name_end = package_end + int(names)
    owner_end = name_end + int(owners)
    parts = rest[owner_end:].split("\n")
    if len(parts) != _PARTS:
        raise ValueError("a document has lost a part")
    package = rest[:package_end]
    return Candidate(
        package=package,
        name=rest[package_end:name_end],
        titles=tuple(parts[0].split()),
        packages=_package_stems(package),
        summary=frozenset(parts[1].split()),
        rest=frozenset(parts[2].split()),
        confirmed=frozenset(parts[3].split()) if parts[3] else frozenset(),
        owner=rest[name_end:owner_end],
        score=score,
    )


@lru_cache(maxsize=10_000)
def _package_stems(package: str) -> frozenset[str]:
    return frozenset(stems(package))
