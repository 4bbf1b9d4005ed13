"""The structure of a document: are its parts there, and do they say something."""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from taskmatrix.api_platform.quality.findings import LintFinding, finding
from taskmatrix.api_platform.quality.schema_faults import schema_faults
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Parameter, Schema

MOST_PARAMETERS = 2_000
LONGEST_DESCRIPTION = 2_000
FEWEST_WORDS = 3

_FILLING = frozenset(
    "a an the this that these of for to in on by with from is are be it its and or any all given specified".split()
)
_PLAIN = frozenset("string integer number boolean array object null".split())
_TYPED = ("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "properties", "items")


def check_parts(document: ApiDocument) -> Iterator[LintFinding]:
    """Yield what is missing in a document, or says nothing."""
    yield from _description(document)
    yield from check_structure(document)
    for parameter in document.parameters:
        yield from _parameter(parameter)
    returns = document.returns
    if not returns.description and returns.type.get("type") != "null":
        yield finding("result.undescribed", "returns.description", "nothing is said about the result")
    if not returns.type:
        yield finding("result.untyped", "returns.schema", "the result has no type")
    if not document.examples:
        yield finding("example.missing", "examples", "there is no example")
    if not document.composition and not document.rules:
        yield finding("composition.missing", "composition", "nothing is said about what goes before and after")
    if document.effects.inferred:
        yield finding("effects.inferred", "effects", f"the effect {document.effects.kind!r} is inferred")


def check_structure(document: ApiDocument) -> Iterator[LintFinding]:
    """Yield what cannot be meant so: too many parameters, faulty schemas, defaults outside of them."""
    if len(document.parameters) > MOST_PARAMETERS:
        count = len(document.parameters)
        yield finding("parameter.many", "parameters", f"{count:,} parameters, {MOST_PARAMETERS:,} at most")
    for parameter in document.parameters:
        if parameter.type:
            yield from _schema(parameter.type, f"parameters.{parameter.name}.schema")
    if document.returns.type:
        yield from _schema(document.returns.type, "returns.schema")


def is_typed(schema: Schema) -> bool:
    """Whether a schema says something about the type."""
    return any(key in schema for key in _TYPED)


def repeats(text: str, name: str) -> bool:
    """Whether a text says nothing that the name does not say: `Get all vaults` of `GetVaults`."""
    if len(text) > 2 * len(name) + 24:
        return False
    said = {_stem(word) for word in re.findall(r"[^\W_]+", " ".join(names.words(text)))} - _FILLING
    return said <= {_stem(word) for word in names.words(name)}


def _description(document: ApiDocument) -> Iterator[LintFinding]:
    text = document.description
    if not text or text.isspace():
        yield finding("description.missing", "description", "there is no description")
        return
    if len(text) < 40 and len(text.split()) < FEWEST_WORDS:
        yield finding("description.short", "description", f"{text.strip()!r} has fewer than {FEWEST_WORDS} words")
    elif len(text) > LONGEST_DESCRIPTION:
        yield finding("description.long", "description", f"{len(text):,} characters")
    if repeats(text, document.name):
        yield finding("description.repeats-name", "description", "says no more than the name")


def _parameter(parameter: Parameter) -> Iterator[LintFinding]:
    name, schema, text = parameter.name, parameter.type, parameter.description
    if not schema or not is_typed(schema):
        yield finding("parameter.untyped", f"parameters.{name}.schema", f"{name!r} has no type")
    if not text or text.isspace():
        yield finding("parameter.undescribed", f"parameters.{name}.description", f"{name!r} is not described")
    elif len(text) <= len(name) + 12 and repeats(text, name):
        yield finding("parameter.repeats-name", f"parameters.{name}.description", f"{name!r}: says no more than it")


def _schema(schema: Schema, path: str) -> Iterator[LintFinding]:
    if len(schema) == 1 and _is_plain(schema.get("type")):
        return
    for fault in schema_faults(schema):
        if fault.path == "default":
            # None stands for "not given" in most of the world's documents.
            if schema.get("default") is not None:
                yield finding("parameter.default", f"{path}.default", f"outside of its schema: {fault.message}")
        else:
            yield finding("schema.fault", f"{path}.{fault.path}".rstrip("."), fault.message)


def _is_plain(declared: JsonValue) -> bool:
    return isinstance(declared, str) and declared in _PLAIN


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word
