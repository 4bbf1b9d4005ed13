"""What a chat model is offered: the typed stubs of the selected APIs, bounded in size and stable in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, CompositionRule, Package
from taskmatrix.core.paths import told
from taskmatrix.core.schemas import TypeWriter
from taskmatrix.core.stubs import clean, render_function, render_modules

MAX_CHARACTERS = 26_000
"""All stubs together: about 8,000 tokens, whatever the number of registered APIs."""
SMALLEST = 150
"""Characters. With less room than that left, no further document is tried."""
MAX_DOCUMENT_CHARACTERS = 6_000
MAX_PROSE_CHARACTERS = 400
MAX_PACKAGE_CHARACTERS = 2_000
MAX_RULES_CHARACTERS = 8_000

_RULES = {
    "before": "call {apis} earlier in the program{again}",
    "after": "call {apis} later in the program{again}",
    "feeds": "`{parameter}` takes {field} of {apis}",
    "once": "at most one call in the program",
    "lines": "no line of `{parameter}` is longer than {most} characters, unless the user gave it so: break lines",
}
_AGAIN = {"before": ", and again after each call of {until}", "after": ", and before the next call of {until}"}


@dataclass(frozen=True, slots=True)
class Offer:
    """The text for the prompt, the documents it shows, and how many did not fit."""

    text: str
    documents: tuple[ApiDocument, ...]
    left_out: int = 0


def render_offer(documents: Sequence[ApiDocument], packages: Iterable[Package] = ()) -> Offer:
    """Render documents, given best first, as far as they fit.

    A document that is long beyond measure is shown abridged. Modules and functions come in the order of their
    names, so that the same offer gives the same text and a provider's prompt cache holds.
    """
    kept: list[ApiDocument] = []
    room = MAX_CHARACTERS
    for document in documents:
        if room < SMALLEST:
            break
        shown, size = _fitting(document)
        if size <= room:
            kept.append(shown)
            room -= size
    kept.sort(key=lambda d: (names.module(d.package), names.function(d.name)))
    abridged = [_abridge_package(p) for p in packages]
    blocks = [
        f"```python\n# {m.name}: import its functions with `from {m.name} import …`\n{m.stub}```"
        for m in render_modules(kept, abridged)
    ]
    for title, lines in (
        ("Rules for calling these APIs (calls of earlier turns count):", _rules(kept)),
        ("Afterwards, as will be checked:", _ensured(kept)),
    ):
        shown = _within(MAX_RULES_CHARACTERS, lines)
        if shown:
            blocks.append(f"{title}\n" + "\n".join(shown))
    return Offer("\n\n".join(blocks), tuple(kept), len(documents) - len(kept))


def _fitting(document: ApiDocument) -> tuple[ApiDocument, int]:
    size = _size(document)
    if size <= MAX_DOCUMENT_CHARACTERS:
        return document, size
    shorter = document.model_copy(
        update={
            "description": _clip(document.description),
            "composition": _clip(document.composition),
            "parameters": tuple(
                p.model_copy(update={"description": _clip(p.description)}) for p in document.parameters
            ),
            "returns": document.returns.model_copy(update={"description": _clip(document.returns.description)}),
            "errors": tuple(e.model_copy(update={"description": _clip(e.description)}) for e in document.errors[:8]),
            "examples": tuple(e for e in document.examples[:2] if len(e) <= MAX_PROSE_CHARACTERS),
        }
    )
    return shorter, _size(shorter)


def _size(document: ApiDocument) -> int:
    writer = TypeWriter()
    text = render_function(document, writer)
    return len(text) + sum(len(c) + 2 for c in writer.classes)


def _clip(text: str) -> str:
    return text if len(text) <= MAX_PROSE_CHARACTERS else text[:MAX_PROSE_CHARACTERS].rstrip() + " …"


def _abridge_package(package: Package) -> Package:
    cut = {
        "description": package.description[:MAX_PACKAGE_CHARACTERS],
        "composition": package.composition[:MAX_PACKAGE_CHARACTERS],
    }
    return package.model_copy(update=cut)


def _within(room: int, lines: Iterable[str]) -> list[str]:
    """Return the lines that fit; the verifier knows the others as well."""
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            shown.append("- … and more")
            break
        shown.append(line)
    return shown


def _rules(documents: Sequence[ApiDocument]) -> Iterator[str]:
    """Say the machine-checked rules in words, as far as they speak of APIs on offer."""
    printed = {d.id: printed_name(d) for d in documents}
    said: dict[str, list[str]] = {}
    for document in documents:
        for rule in document.rules:
            apis, until = (
                [printed[r] for r in map(document.resolve, named) if r in printed] for named in (rule.apis, rule.until)
            )
            text = _rule(rule, apis, until)
            if text:
                said.setdefault(text, []).append(f"`{printed[document.id]}`")
    for text, about in said.items():
        yield f"- {', '.join(dict.fromkeys(about))}: {text}"


def _rule(rule: CompositionRule, apis: Sequence[str], until: Sequence[str]) -> str:
    if rule.kind in ("before", "after", "feeds") and not apis:
        return ""
    again = _AGAIN.get(rule.kind, "") if until else ""
    return _RULES[rule.kind].format(
        apis=_either(apis),
        again=again.format(until=_either(until)),
        parameter=names.identifier(rule.parameter) if rule.parameter else "an argument",
        field=f"`{rule.field}`" if rule.field else "the result",
        most=rule.most,
    )


def _either(apis: Sequence[str]) -> str:
    return " or ".join(f"`{api}`" for api in apis)


def _ensured(documents: Sequence[ApiDocument]) -> Iterator[str]:
    """Say what is checked of the world after the run, where its owner says it in words."""
    for document in documents:
        for ensured in document.ensures:
            if ensured.says.strip():
                yield f"- `{printed_name(document)}`: {_clip(clean(told(ensured.says)))}"


def printed_name(document: ApiDocument) -> str:
    """Return `module.function`, as action code names the API."""
    return f"{names.module(document.package)}.{names.function(document.name)}"
