"""Which files a program's calls would read, write and name, as far as its text tells."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.files import FileUse, file_use
from taskmatrix.core.programs import PlannedFile
from taskmatrix.verifier.arguments import arguments_of
from taskmatrix.verifier.bindings import Bindings
from taskmatrix.verifier.composition import wanted

_MOST = 50
"""Values that one expression may have; more are not listed."""

_Texts = tuple[str, ...]


def planned_files(tree: ast.Module, bindings: Bindings) -> tuple[PlannedFile, ...]:
    """Return the files of a program's calls, in text order.

    A call that leaves its file out means that of the call which its `before` rules want (`save` after `open`), or of
    its own API since then (`save` after `save` elsewhere).
    """
    known = _written_values(tree)
    named: list[tuple[str, _Texts | None]] = []
    found: list[PlannedFile] = []
    for document, node in _calls(tree, bindings):
        given = arguments_of(document, node) if isinstance(node, ast.Call) else dict[str, ast.expr]()
        for parameter in document.parameters:
            use = file_use(document, parameter)
            if use is None:
                continue
            expression = given.get(parameter.name)
            if isinstance(expression, ast.Constant) and expression.value is None:
                expression = None
            if expression is not None:
                values = _values(expression, known)
            elif isinstance(parameter.default, str):
                values = (parameter.default,)
            else:
                values = _opened(document, named)
            named.append((document.id, values))
            found += _planned(document, use, node.lineno, values, expression)
    return tuple(dict.fromkeys(found))


def _planned(
    document: ApiDocument, use: FileUse, line: int, values: _Texts | None, expression: ast.expr | None
) -> Iterator[PlannedFile]:
    if values is None:
        code = ast.unparse(expression) if expression is not None else ""
        yield PlannedFile(api=document.id, line=line, way=use.way, stated=use.stated, code=code)
    for path in values or ():
        yield PlannedFile(api=document.id, line=line, way=use.way, stated=use.stated, path=path)


def _opened(document: ApiDocument, named: Sequence[tuple[str, _Texts | None]]) -> _Texts | None:
    """Return the files of the last call of this API, or of those that must come before it, where some must."""
    before = frozenset(api for rule in document.rules if rule.kind == "before" for api in wanted(document, rule))
    settling = before | {document.id} if before else before
    return next((values for api, values in reversed(named) if api in settling), None)


def _calls(tree: ast.Module, bindings: Bindings) -> Sequence[tuple[ApiDocument, ast.expr]]:
    """Return the calls of APIs, in text order; an API that is handed on as a value counts as called there."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found: list[tuple[ApiDocument, ast.expr]] = []
    for node in ast.walk(tree):
        function = node.func if isinstance(node, ast.Call) else node
        if isinstance(node, ast.Call | ast.Name | ast.Attribute) and id(node) not in called:
            document = bindings.api(function) if isinstance(function, ast.expr) else None
            if document is not None:
                found.append((document, node))
    return sorted(found, key=lambda call: (call[1].lineno, call[1].col_offset))


def _written_values(tree: ast.Module) -> Mapping[str, _Texts]:
    """Return what names hold that are set once in the whole program, to texts that it writes down."""
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    taken = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    known: dict[str, _Texts] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values = _values(value, known)
            case ast.For(target=ast.Name(id=name), iter=ast.List(elts=items) | ast.Tuple(elts=items)):
                each = [_values(item, known) for item in items]
                values = tuple(text for texts in each for text in texts or ()) if all(each) else None
            case _:
                continue
        if values and len(values) <= _MOST and stored.count(name) == 1 and name not in taken:
            known[name] = values
    return known


def _values(node: ast.expr, known: Mapping[str, _Texts]) -> _Texts | None:
    """Return the texts that an expression may be; None where only running tells."""
    match node:
        case ast.Constant(value=str() | int() as value):
            return (str(value),)
        case ast.Name(id=name):
            return known.get(name)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_values(left, known), _values(right, known)]
        case ast.JoinedStr(values=pieces):
            parts = [_values(piece, known) for piece in pieces]
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return _values(inner, known)
        case ast.IfExp(body=body, orelse=orelse):
            ways = [_values(body, known), _values(orelse, known)]
            return tuple(text for texts in ways for text in texts or ()) if all(ways) else None
        case _:
            return None
    if not all(parts):
        return None
    joined = tuple("".join(texts) for texts in product(*(texts for texts in parts if texts)))
    return joined if len(joined) <= _MOST else None
