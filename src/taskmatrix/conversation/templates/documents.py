"""A template as an API: found, shown and imported like any other, and put into the program before it is checked."""

import ast
from collections.abc import Sequence

from taskmatrix.conversation.templates.cases import example_of
from taskmatrix.conversation.templates.wording import generic
from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument, Package, Returns, Source
from taskmatrix.core.effects import Effect, EffectKind
from taskmatrix.core.templates import KIND, PACKAGE, Template
from taskmatrix.sandbox.parsing import parse
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.offers import Offers

ABOUT = Package(
    name=PACKAGE,
    description="Templates: tasks that were done before, whole, to be done again with other values.",
    composition="One call of a template does all of its task. Call no API beside it that it calls itself.",
)
"""What is said of the package of all templates."""

_ORDER: tuple[EffectKind, ...] = ("read", "write", "destructive", "physical")


def document_of(template: Template, documents: Sequence[ApiDocument]) -> ApiDocument:
    """Return the template as an API document; `documents` are those of the APIs that it calls."""
    words = [generic(template.description)]
    if template.description != " ".join(template.instruction.split()):
        words += [f"{number}. {generic(step.text)}" for number, step in enumerate(template.steps, start=1)]
    values = ", ".join(f"{slot.name}={example_of(slot)!r}" for slot in template.slots if not slot.has_default)
    return ApiDocument(
        package=PACKAGE,
        name=template.function,
        description=" ".join(words),
        parameters=tuple(slot.as_parameter() for slot in template.slots),
        returns=_returns(template, documents),
        examples=(f"{names.function(template.function)}({values})",),
        effects=strongest(documents),
        source=Source.model_validate({"kind": KIND, "template": template.name}),
    )


def template_of(document: ApiDocument) -> str | None:
    """Return the name of the template that a document stands for; None where it stands for none."""
    named = (document.source.model_extra or {}).get("template")
    return named if document.source.kind == KIND and isinstance(named, str) else None


def strongest(documents: Sequence[ApiDocument]) -> Effect:
    """Return the effect of calling all of these: the strongest kind that one of them has."""
    kind = _ORDER[max((_ORDER.index(document.effects.kind) for document in documents), default=0)]
    return Effect(kind=kind, inferred=any(d.effects.inferred for d in documents if d.effects.kind == kind))


def _returns(template: Template, documents: Sequence[ApiDocument]) -> Returns:
    """What the last call gives back, where the program ends with a call."""
    tree = parse(template.code)
    if not isinstance(tree, ast.Module) or not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return Returns()
    last = tree.body[-1].value
    called = Bindings(tree, Offers(documents)).api(last.func) if isinstance(last, ast.Call) else None
    return called.returns if called is not None else Returns()
