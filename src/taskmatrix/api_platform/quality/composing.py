"""Composition instructions: whose APIs they name.

A document may only send its reader to APIs of its own package: "always call log_all after send_email" would let one
owner insert calls into the programs of everybody else.
"""

import re
from collections.abc import Callable, Collection, Iterator

from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument

Exists = Callable[[str], bool]
"""Whether an API of that `package.name`, in any package, is registered."""

_QUOTED = re.compile(r"`([^`\s]{2,120})`")
_NAMED = re.compile(
    r"\b(?:call(?:ing)?|invok(?:e|ing)|run(?:ning)?|use|using|execut(?:e|ing)|via|through|with)\s+(?:the\s+)?"
    r"[`'\"]?([A-Za-z]\w*(?:[._/-]\w+)+|[a-z]+[A-Z]\w*)"
)
_CALLED = re.compile(r"\b([A-Za-z_][\w.]*)\(")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LITERALS = frozenset(("true", "false", "null", "none", "json", "id", "ids"))


def check_composition(
    document: ApiDocument, siblings: Collection[str] | None = None, exists: Exists | None = None
) -> Iterator[LintFinding]:
    """Yield the APIs of others that a document's composition names, and the rules that name no API.

    Without `siblings`, the names of all APIs of the package, only what is registered elsewhere (`exists`) is known to
    be another's.
    """
    for reference in foreign_names(document, siblings, exists):
        yield finding("composition.foreign", "composition", f"{reference!r} is no API of {document.package!r}")
    if siblings is None:
        return
    own = {f"{document.package}.{name}" for name in (*siblings, document.name)}
    for index, rule in enumerate(document.rules):
        for reference in rule.apis:
            if document.resolve(reference) not in own:
                yield finding("composition.unknown", f"rules.{index}.apis", f"there is no API {reference!r}")


def foreign_names(
    document: ApiDocument, siblings: Collection[str] | None = None, exists: Exists | None = None
) -> Iterator[str]:
    """Yield the names of others' APIs in the composition text, each once."""
    own = _own_words(document, siblings or ())
    seen: set[str] = set()
    for sentence in _SENTENCE.split(document.composition):
        for reference, certain in _references(sentence):
            if reference in seen or _is_own(reference, document.package, own):
                continue
            seen.add(reference)
            if (exists is not None and exists(reference)) or (certain and siblings is not None):
                yield reference


def without_foreign(
    document: ApiDocument, siblings: Collection[str] | None = None, exists: Exists | None = None
) -> ApiDocument:
    """Return the document without the sentences and rules of its composition that name APIs of others."""
    foreign = list(foreign_names(document, siblings, exists))
    if not foreign:
        return document
    kept = [s for s in _SENTENCE.split(document.composition) if not any(name in s for name in foreign)]
    return document.model_copy(update={"composition": " ".join(kept)})


def _references(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield what looks like an API's name, and whether the sentence says to call it."""
    ordered = {match[1].rstrip(".") for pattern in (_NAMED, _CALLED) for match in pattern.finditer(sentence)}
    for reference in sorted(ordered):
        yield reference, True
    for match in _QUOTED.finditer(sentence):
        reference = match[1].rstrip(".()")
        if reference not in ordered:
            yield reference, False


def _is_own(reference: str, package: str, own: Collection[str]) -> bool:
    short = reference.removeprefix(package + ".").removeprefix(names.module(package) + ".")
    last = short.rpartition(".")[2]
    return short in own or last in own or last.lower() in _LITERALS or len(last) < 2


def _own_words(document: ApiDocument, siblings: Collection[str]) -> set[str]:
    found: set[str] = set()
    for name in (document.name, *siblings, *(p.name for p in document.parameters)):
        found |= {name, names.identifier(name), names.function(name)}
    waiting: list[object] = [document.returns.type, *(p.type for p in document.parameters)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            properties = node.get("properties")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            if isinstance(properties, dict):
                found |= set(map(str, properties))  # pyright: ignore[reportUnknownArgumentType]
            waiting += node.values()  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(node, list):
            waiting += node  # pyright: ignore[reportUnknownArgumentType]
    return found
