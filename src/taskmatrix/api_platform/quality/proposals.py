"""Missing parts of a document, written by rule from names, schemas, paths and neighbours.

What an owner wrote is never touched: only parts that are empty, or that were written here before, are filled. They are
listed in the document's `generated`.
"""

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.api_platform.quality.calls import Example, argument_faults, read_example, with_imports
from taskmatrix.api_platform.quality.feeding import composition_of, find_feeds
from taskmatrix.api_platform.quality.parts import is_typed
from taskmatrix.api_platform.quality.sample_values import sample
from taskmatrix.api_platform.quality.schema_faults import misfit
from taskmatrix.api_platform.quality.wording import describe_api, describe_parameter, describe_result
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter, Schema
from taskmatrix.core.protocols import Sandbox
from taskmatrix.core.stubs import is_required, render_modules, signature_order

LONGEST_EXAMPLE = 600


@dataclass(frozen=True, slots=True)
class Proposal:
    """A document with its missing parts written; `parts` are their paths, `diff` shows them line by line."""

    document: ApiDocument
    parts: tuple[str, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class Parts:
    """Texts for parts of a document, by path: `description`, `parameters.NAME.description`, `examples`, …"""

    texts: Mapping[str, str]
    types: Mapping[str, Schema]


def propose(
    document: ApiDocument, siblings: Sequence[ApiDocument] = (), sandbox: Sandbox | None = None
) -> Proposal | None:
    """Write what is missing, by rule; None where nothing is, or where nothing can be said.

    With a sandbox, an example is offered only if it passes the type checker.
    """
    near = [d for d in siblings if d.package == document.package and d.name != document.name]
    types = dict(_types(document, near))
    typed = fill(document, Parts({}, types))
    texts = dict(_texts(typed, near))
    if is_open(document, "examples") and (example := example_for(typed, sandbox)) is not None:
        texts["examples"] = example
    return proposal(document, Parts(texts, types))


def proposal(document: ApiDocument, parts: Parts) -> Proposal | None:
    """Return these parts as a proposal; those that the document has already are left out."""
    filled = fill(document, parts)
    changed = tuple(path for path in filled.generated if part(filled, path) != part(document, path))
    if not changed:
        return None
    return Proposal(filled, changed, readable_diff(document, filled))


def open_parts(document: ApiDocument) -> Sequence[str]:
    """Return the paths of the parts that may be written: those that are empty, or were written before."""
    paths = ["description", *(f"parameters.{p.name}.description" for p in document.parameters)]
    if document.returns.type.get("type") != "null":
        paths.append("returns.description")
    return [path for path in (*paths, "examples", "composition") if is_open(document, path)]


def is_open(document: ApiDocument, path: str) -> bool:
    """Whether nobody wrote a part: it is empty, or was generated."""
    if path == "composition" and document.rules and not document.composition:
        return False
    return not part(document, path) or path in document.generated


def part(document: ApiDocument, path: str) -> object:
    """Return what a document says at a path; None for a path it does not have."""
    if path.startswith("parameters."):
        name, _, field = path.removeprefix("parameters.").rpartition(".")
        parameter = document.parameter(name)
        if parameter is None:
            return None
        return parameter.type if field == "schema" else parameter.description.strip()
    if path == "returns.description":
        return document.returns.description.strip()
    return {
        "description": document.description.strip(),
        "examples": document.examples,
        "composition": document.composition.strip(),
    }.get(path)


def fill(document: ApiDocument, parts: Parts) -> ApiDocument:
    """Return the document with open parts filled and marked as generated; others are left as they are."""
    texts = {path: text for path, text in parts.texts.items() if text.strip() and is_open(document, path)}
    types = {name: s for name, s in parts.types.items() if _is_open_type(document, name)}
    parameters = [_filled(p, texts, types) for p in document.parameters]
    changes: dict[str, object] = {"parameters": tuple(parameters)}
    if "description" in texts:
        changes["description"] = texts["description"]
    if "returns.description" in texts:
        changes["returns"] = document.returns.model_copy(update={"description": texts["returns.description"]})
    if "examples" in texts:
        changes["examples"] = (texts["examples"],)
    if "composition" in texts:
        changes["composition"] = texts["composition"]
    marks = [*document.generated, *texts, *(f"parameters.{name}.schema" for name in types)]
    changes["generated"] = tuple(dict.fromkeys(marks))
    return document.model_copy(update=changes)


def keep_generated(served: ApiDocument, offered: ApiDocument) -> ApiDocument:
    """Return what a source offers now, with the parts that were generated for it and that it still leaves open."""
    still = [path for path in served.generated if is_open(offered, path)]
    texts = {path: _text_at(served, path) for path in still if not path.endswith(".schema")}
    types = {path.removeprefix("parameters.").removesuffix(".schema") for path in still if path.endswith(".schema")}
    filled = fill(offered, Parts(texts, {p.name: p.type for p in served.parameters if p.name in types}))
    # In the order there was: the same parts are the same document.
    return filled.model_copy(update={"generated": tuple(p for p in served.generated if p in filled.generated)})


def _text_at(document: ApiDocument, path: str) -> str:
    if path == "examples":
        return document.examples[0] if document.examples else ""
    return str(part(document, path) or "")


def readable_diff(before: ApiDocument, after: ApiDocument) -> str:
    """Return what differs between two documents, as a unified diff with a line for each part."""
    lines = difflib.unified_diff(_lines(before), _lines(after), before.id, f"{after.id} (proposed)", lineterm="", n=1)
    return "\n".join(lines)


def example_for(document: ApiDocument, sandbox: Sandbox | None = None) -> str | None:
    """Return a call with the arguments that must be given, in Python; None if none can be made that fits."""
    given = [(p, sample(p)) for p in signature_order(document) if is_required(p)]
    arguments = ", ".join(f"{names.identifier(p.name)}={value!r}" for p, value in given)
    text = f"{names.function(document.name)}({arguments})"
    example = read_example(document, text)
    if len(text) > LONGEST_EXAMPLE or not isinstance(example, Example) or not example.calls:
        return None
    if argument_faults(document, example.calls[0].node):
        return None
    if sandbox is not None:
        program = with_imports(example, document.package)
        if any(f.severity == "error" for f in sandbox.check(program, render_modules([document]))):
            return None
    return text


def _texts(document: ApiDocument, near: Sequence[ApiDocument]) -> Iterator[tuple[str, str]]:
    if is_open(document, "description"):
        yield "description", describe_api(document)
    for parameter in document.parameters:
        path = f"parameters.{parameter.name}.description"
        if is_open(document, path) and (said := _told(parameter, near) or describe_parameter(parameter, document)):
            yield path, said
    if is_open(document, "returns.description") and (said := describe_result(document)):
        yield "returns.description", said
    if is_open(document, "composition") and (feeds := find_feeds(document, near)):
        yield "composition", composition_of(feeds)


def _told(parameter: Parameter, near: Sequence[ApiDocument]) -> str:
    """Return what other APIs of the package say of a parameter of that name and type, where most of them agree.

    One voice alone is not taken: it may speak of that other API only.
    """
    said = Counter(
        other.description.strip()
        for document in near
        for other in document.parameters
        if other.name == parameter.name
        and other.description.strip()
        and f"parameters.{other.name}.description" not in document.generated
        and (not is_typed(parameter.type) or not is_typed(other.type) or other.type == parameter.type)
    )
    if not said:
        return ""
    text, count = said.most_common(1)[0]
    return text if count > 1 and 2 * count >= said.total() and len(text.split()) > 2 else ""


def _types(document: ApiDocument, near: Sequence[ApiDocument]) -> Iterator[tuple[str, Schema]]:
    for parameter in document.parameters:
        if not _is_open_type(document, parameter.name):
            continue
        types = [
            {k: v for k, v in p.type.items() if k != "default"}
            for d in near
            for p in d.parameters
            if p.name == parameter.name and is_typed(p.type) and f"parameters.{p.name}.schema" not in d.generated
        ]
        if types and all(t == types[0] for t in types):
            merged = types[0] | parameter.type
            if parameter.default is None or not misfit(parameter.default, merged):
                yield parameter.name, merged


def _is_open_type(document: ApiDocument, name: str) -> bool:
    parameter = document.parameter(name)
    return parameter is not None and not is_typed(parameter.type)


def _filled(parameter: Parameter, texts: Mapping[str, str], types: Mapping[str, Schema]) -> Parameter:
    changes: dict[str, object] = {}
    text = texts.get(f"parameters.{parameter.name}.description")
    if text is not None:
        changes["description"] = text
    if parameter.name in types:
        changes["type"] = types[parameter.name]
    return parameter.model_copy(update=changes) if changes else parameter


def _lines(document: ApiDocument) -> list[str]:
    shown: list[tuple[str, object]] = [("description", document.description)]
    for p in document.parameters:
        shown += [(f"parameters.{p.name}.description", p.description), (f"parameters.{p.name}.schema", p.type)]
    shown += [("returns.description", document.returns.description)]
    shown += [(f"examples.{i}", text) for i, text in enumerate(document.examples)]
    shown += [("composition", document.composition)]
    return [
        f"{path}: {value if isinstance(value, str) else json.dumps(value, sort_keys=True)}" for path, value in shown
    ]
