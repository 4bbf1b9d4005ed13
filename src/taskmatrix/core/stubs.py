"""API documents as typed Python stubs.

One text serves three readers: the model that writes programs, the type checker that checks them and the person
who runs `taskmatrix apis show`. It holds all five parts of the document.
"""

import re
from collections.abc import Iterable, Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Package, Parameter
from taskmatrix.core.limits import read_limits
from taskmatrix.core.protocols import ModuleStub
from taskmatrix.core.schemas import TypeWriter

HEADER = "from typing import Any, Literal, NotRequired, TypedDict"


def signature_order(document: ApiDocument) -> list[Parameter]:
    """Return the parameters as a Python signature needs them: required ones first."""
    required = [p for p in document.parameters if is_required(p)]
    return required + [p for p in document.parameters if not is_required(p)]


def is_required(parameter: Parameter) -> bool:
    """Whether a call must give the parameter: a stated default makes it optional."""
    return parameter.required and not parameter.has_default


def render_function(document: ApiDocument, writer: TypeWriter) -> str:
    """Return the stub of one API; classes it needs are left in `writer`."""
    function = names.function(document.name)
    camel = "".join(word.capitalize() for word in names.words(document.name)) or "Api"
    signature = ", ".join(_parameter(p, camel, writer) for p in signature_order(document))
    returns = writer.expression(document.returns.type, f"{camel}Result", reading=True)
    return f"def {function}({signature}) -> {returns}:\n{_docstring(document)}\n    ..."


def _parameter(parameter: Parameter, camel: str, writer: TypeWriter) -> str:
    name = names.identifier(parameter.name)
    suffix = "".join(word.capitalize() for word in names.words(parameter.name))
    text = f"{name}: {writer.expression(parameter.type, camel + suffix)}"
    if is_required(parameter):
        return text
    if parameter.has_default and parameter.default is None:
        return f"{text} = None" if text.endswith(("None", "Any")) else f"{text} | None = None"
    if parameter.has_default and isinstance(parameter.default, str | int | float | bool):
        return f"{text} = {parameter.default!r}"
    return f"{text} = ..."


def _docstring(document: ApiDocument) -> str:
    lines = [clean(document.description) or clean(document.name)]
    function = names.function(document.name)
    if function != document.name:
        lines.append(f"Name: {clean(document.name)}")
    for parameter in document.parameters:
        name = names.identifier(parameter.name)
        label = name if name == parameter.name else f"{name} ({clean(parameter.name)})"
        if parameter.description:
            lines.append(f"{label}: {clean(parameter.description)}")
    if document.returns.description:
        lines.append(f"Returns: {clean(document.returns.description)}")
    lines += [f"Raises: {clean(e.name)}: {clean(e.description)}" for e in document.errors]
    lines += [f"Example: {clean(example)}" for example in document.examples]
    if document.composition:
        lines.append(f"Composition: {clean(document.composition)}")
    undo = f"; undo: {clean(str(document.effects.undo))}" if document.effects.undo else ""
    lines.append(f"Effect: {document.effects.kind}" + (" (inferred)" if document.effects.inferred else "") + undo)
    limits = str(read_limits(document.limits))
    lines += [f"Limits: {limits}"] if limits else []
    body = "\n".join([lines[0], "", *lines[1:]]).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if body.startswith('"'):
        body = " " + body
    text = "\n".join(f"    {line}".rstrip() for line in f'"""{body}'.split("\n"))
    return f'{text}\n    """'


def clean(text: str) -> str:
    """Fold white space and drop control and invisible characters, so that a text shows what it holds."""
    plain = text.replace("\n", " ").replace("\t", " ")
    if plain.isprintable():  # nearly always
        return " ".join(plain.split())
    visible = "".join(c for c in text if c in "\n\t" or (c.isprintable() and c not in _INVISIBLE))
    return re.sub(r"[ \t\n]+", " ", visible).strip()


_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff" + "".join(map(chr, range(0xE0000, 0xE0080)))


def render_module(package: str, documents: Sequence[ApiDocument], about: Package | None = None) -> ModuleStub:
    """Return the stub of a package holding these of its APIs, in the order given."""
    writer = TypeWriter(names={names.function(document.name) for document in documents})
    functions = [render_function(document, writer) for document in documents]
    head = [HEADER]
    if about is not None and (about.description or about.composition):
        text = " ".join(filter(None, (clean(about.description), clean(about.composition))))
        head.insert(0, '"""' + text.replace("\\", "\\\\").replace('"', "'") + '"""')
    stub = "\n\n".join(["\n".join(head), *writer.classes, *functions]) + "\n"
    return ModuleStub(names.module(package), stub, tuple(names.function(d.name) for d in documents))


def render_modules(documents: Iterable[ApiDocument], packages: Iterable[Package] = ()) -> list[ModuleStub]:
    """Return one module stub for each package among the documents."""
    about = {p.name: p for p in packages}
    grouped: dict[str, list[ApiDocument]] = {}
    for document in documents:
        grouped.setdefault(document.package, []).append(document)
    return [render_module(name, group, about.get(name)) for name, group in grouped.items()]
