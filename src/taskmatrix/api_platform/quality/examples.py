"""The examples of a document: do they parse, call the API itself, and with arguments that it takes."""

from collections.abc import Iterator, Mapping, Sequence

from taskmatrix.api_platform.quality.calls import Example, argument_faults, read_example, with_imports
from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import Finding
from taskmatrix.core.protocols import Sandbox
from taskmatrix.core.stubs import render_modules

MOST_EXAMPLES = 20
"""Examples that are looked at; who has more has shown enough."""


def check_examples(
    document: ApiDocument, siblings: Sequence[ApiDocument] = (), sandbox: Sandbox | None = None
) -> Iterator[LintFinding]:
    """Yield what is wrong with the examples; with a sandbox, what its type checker says as well."""
    by_name = {d.name: d for d in (*siblings, document)}
    for index, text in enumerate(document.examples[:MOST_EXAMPLES]):
        path = f"examples.{index}"
        example = read_example(document, text, [name for name in by_name if name != document.name])
        if example is None:
            yield finding("example.no-python", path, f"{_brief(text)} is no Python call")
        elif isinstance(example, Finding):
            yield finding("example.syntax", path, f"{_brief(text)}: {example.message}")
        else:
            faults = list(_call_faults(document, example, by_name, path))
            yield from faults
            if not faults and sandbox is not None:
                yield from _type_faults(document, example, by_name, sandbox, path)


def runnable(document: ApiDocument, siblings: Sequence[ApiDocument]) -> Sequence[Example]:
    """Return the examples that are Python and call the API rightly, as far as the text shows."""
    by_name = {d.name: d for d in (*siblings, document)}
    found: list[Example] = []
    for text in document.examples[:MOST_EXAMPLES]:
        example = read_example(document, text, [name for name in by_name if name != document.name])
        if isinstance(example, Example) and not list(_call_faults(document, example, by_name, "")):
            found.append(example)
    return found


def _call_faults(
    document: ApiDocument, example: Example, by_name: Mapping[str, ApiDocument], path: str
) -> Iterator[LintFinding]:
    if document.name not in example.apis:
        others = ", ".join(sorted(example.apis)) or "something else"
        yield finding("example.other-api", path, f"{_brief(example.code)} calls {others}, not {document.name!r}")
    for call in example.calls:
        for fault in argument_faults(by_name[call.api], call.node):
            yield finding("example.arguments", path, f"{call.api} {fault}")


def _type_faults(
    document: ApiDocument, example: Example, by_name: Mapping[str, ApiDocument], sandbox: Sandbox, path: str
) -> Iterator[LintFinding]:
    used = [by_name[name] for name in sorted(example.apis)]
    program = with_imports(example, document.package)
    for found in sandbox.check(program, render_modules(used)):
        if found.severity == "error":
            yield finding("example.types", path, f"{found.message} [{found.rule}]")


def _brief(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 60 else flat[:57] + "…")
