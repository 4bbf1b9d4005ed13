"""Which expression a call gives for which parameter of an API."""

import ast
from collections.abc import Mapping

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.stubs import signature_order


def arguments_of(document: ApiDocument, call: ast.Call) -> Mapping[str, ast.expr]:
    """Return the expressions a call gives for the document's parameters; `*` and `**` give none."""
    given: dict[str, ast.expr] = {}
    for parameter, value in zip(signature_order(document), call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        given[parameter.name] = value
    known = {names.identifier(p.name): p.name for p in document.parameters}
    for keyword in call.keywords:
        if keyword.arg in known:
            given[known[keyword.arg]] = keyword.value
    return given
