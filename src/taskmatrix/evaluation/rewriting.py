"""Programs rewritten so that the results of calls are opaque: they can be passed on, but not looked into.

Inside the sandbox an opaque value is an object of a class in the prelude. Fields of it are opaque too. Whatever
would branch or iterate on one calls the host function `STOP`, which ends the recording.
"""

import ast
from collections.abc import Sequence

RECORDER = "taskmatrix_recorder"
STOP = "stop"
OPAQUE_CLASS = "TaskMatrixOpaque"
RESULT_MARK = "\ue000taskmatrix-result:"
"""What the host answers a call with, followed by the call's id: text, since only JSON crosses the border."""

TEXT_MARK = "\ue000taskmatrix-text:"
"""What an opaque value reads as text, followed by its id and field."""

CALL, FIELD = "taskmatrix_call", "taskmatrix_field"
"""The attributes of an opaque value, by which it is known when it is given as an argument."""

_CONVERTED = frozenset({"int", "float", "str"})
_KEPT_METHODS = frozenset({"get", CALL, FIELD})
_OPERATORS = "iter contains eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv mod rmod neg"


def rewrite(tree: ast.Module) -> str:
    """Return the code of a program with its prelude. The tree is changed in place."""
    methods = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    changed = _Rewriter(_modules(tree)).visit(tree)
    return prelude(sorted(methods)) + ast.unparse(ast.fix_missing_locations(changed)) + "\n"


def prelude(methods: Sequence[str] = ()) -> str:
    """Return the code that defines opaque values; besides `get` they have these methods, which end the recording."""
    stopping = [name for name in methods if name not in _KEPT_METHODS and name[0] != "_"]
    # The interpreter cannot leave the sandbox from inside an operator: those raise, and a handler gives it away.
    raising = [f"__{name}__" for name in _OPERATORS.split()]
    return "\n".join(
        [
            "from dataclasses import dataclass as _taskmatrix_dataclass",
            f"from {RECORDER} import {STOP} as _taskmatrix_stop",
            "@_taskmatrix_dataclass(eq=False)",
            f"class {OPAQUE_CLASS}:",
            f"    {CALL}: str",
            f"    {FIELD}: list",
            "    def __getitem__(self, key):",
            "        return _taskmatrix_inner(self, key)",
            "    def get(self, key=None, default=None):",
            "        return _taskmatrix_inner(self, key)",
            "    def __str__(self):",
            f"        return {TEXT_MARK!r} + self.{CALL} + ''.join(self.{FIELD})",
            "    __repr__ = __str__",
            *(f"    def {name}(self, *args, **kwargs):\n        _taskmatrix_stop()" for name in stopping),
            *(f"    def {name}(self, *args):\n        raise TypeError('{OPAQUE_CLASS}')" for name in raising),
            "def _taskmatrix_inner(value, key):",
            "    step = '.' + key if isinstance(key, str) else '[' + str(key) + ']'",
            f"    return {OPAQUE_CLASS}(value.{CALL}, value.{FIELD} + [step])",
            "def _taskmatrix_result(value):",
            f"    if isinstance(value, str) and value.startswith({RESULT_MARK!r}):",
            f"        return {OPAQUE_CLASS}(value[{len(RESULT_MARK)}:], [])",
            "    return value",
            "def _taskmatrix_field(value, name):",
            f"    opaque = isinstance(value, {OPAQUE_CLASS})",
            "    return _taskmatrix_inner(value, name) if opaque else getattr(value, name)",
            "def _taskmatrix_look(value):",
            f"    if isinstance(value, {OPAQUE_CLASS}):",
            "        _taskmatrix_stop()",
            "    return value",
            "def _taskmatrix_caught(error):",
            f"    if {OPAQUE_CLASS!r} in str(error):",
            "        _taskmatrix_stop()",
            "def _taskmatrix_convert(kind, value):",
            f"    return value if isinstance(value, {OPAQUE_CLASS}) else kind(value)",
            "",
        ]
    )


def _modules(tree: ast.Module) -> frozenset[str]:
    """Return the names that stand for imported modules."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.Import))
    return frozenset((alias.asname or alias.name).split(".")[0] for node in imports for alias in node.names)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, modules: frozenset[str]) -> None:
        self._modules = modules

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # A method stays a method: the prelude gives opaque values the methods that the program calls.
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        else:
            node.func = self.visit(node.func)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in _CONVERTED and len(node.args) == 1 and not node.keywords:
            return _call("convert", node.func, node.args[0])
        if name in ("bool", "isinstance") and node.args:
            node.args[0] = _call("look", node.args[0])
        return _call("result", node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        root: ast.expr = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and root.id in self._modules:
            return node
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        return _call("field", node.value, ast.Constant(node.attr))

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._looked(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._looked(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._looked(node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self._looked(node)

    def _looked(self, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> ast.AST:
        self.generic_visit(node)
        node.test = _call("look", node.test)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs = [_call("look", test) for test in node.ifs]
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values = [_call("look", value) for value in node.values]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        node.operand = _call("look", node.operand)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        node.left = _call("look", node.left)
        node.comparators = [_call("look", value) for value in node.comparators]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        node.type = node.type or ast.Name("Exception", ast.Load())
        node.name = node.name or "_taskmatrix_error"
        node.body.insert(0, ast.Expr(_call("caught", ast.Name(node.name, ast.Load()))))
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        # Patterns hold names and attributes that are no expressions: only what they are matched with is changed.
        node.subject = _call("look", self.visit(node.subject))
        for case in node.cases:
            case.guard = _call("look", self.visit(case.guard)) if case.guard is not None else None
            case.body = [self.visit(statement) for statement in case.body]
        return node


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(f"_taskmatrix_{function}", ast.Load()), list(arguments), [])
