"""A template's program as a function of its slots, whose names do not clash with those of a program around it."""

import ast
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import cast

from taskmatrix.conversation.templates.naming import free_name
from taskmatrix.conversation.templates.rendering import literal
from taskmatrix.core.schemas import TypeWriter
from taskmatrix.core.templates import Slot, Template

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_PLAIN = frozenset(("str", "int", "float", "bool", "list", "dict", "None"))

Imported = dict[str, str]
"""What a name is imported as → `module` or `module:name`."""


@dataclass(frozen=True, slots=True)
class Function:
    """The text of a function, and the imports that go before it."""

    code: str
    imports: tuple[str, ...]


def as_function(
    template: Template, tree: ast.Module, name: str, taken: AbstractSet[str], around: Imported
) -> Function:
    """Return a template's program as a function called `name`: what its last expression gives is what it returns.

    `taken` are the names of the program around it, `around` its imports. Raises ValueError where that cannot be.
    """
    body = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    if any(isinstance(node, _WAITING) for statement in body for node in _same_scope(statement)):
        raise ValueError(f"the template {template.name!r} waits outside of a function, so no program can call it")
    imported = imports_of(tree)
    own = {slot.name for slot in template.slots} | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    clashing = {n for n in bound_in(tree) - set(imported) - own if n in taken}
    clashing |= {n for n, source in imported.items() if n in taken and around.get(n) != source}
    used = set(taken) | own | bound_in(tree) | set(imported)
    renamed: dict[str, str] = {}
    for each in sorted(clashing):
        renamed[each] = free_name(each, used)
        used.add(renamed[each])
    renaming = _Renaming(renamed)
    changed = [cast("ast.stmt", renaming.visit(node)) for node in body]
    if changed and isinstance(changed[-1], ast.Expr):
        changed[-1] = ast.Return(changed[-1].value)
    made = cast("ast.FunctionDef", ast.parse("def template(): ...").body[0])
    made.name, made.args, made.body = name, _arguments(template), changed or made.body
    lines = [_import(source, name, renamed.get(name, name)) for name, source in imported.items()]
    return Function(ast.unparse(ast.fix_missing_locations(made)), tuple(lines))


def imports_of(tree: ast.Module) -> Imported:
    """Return what the program imports at its top."""
    found: Imported = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}:{alias.name}" for alias in node.names}
    return found


def bound_in(tree: ast.Module) -> set[str]:
    """Return the names that a program gives a meaning to, without its imports and arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name)
            case _:
                pass
    return found


def names_in(tree: ast.Module) -> set[str]:
    """Return all names that a program uses in any way."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return used | bound_in(tree) | set(imports_of(tree))


class _Renaming(ast.NodeTransformer):
    """Gives names other names, wherever they stand. What was global is the function's own now."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self._renamed = renamed

    def visit(self, node: ast.AST) -> ast.AST:
        node = self.generic_visit(node)
        if isinstance(node, ast.Global | ast.Nonlocal):
            return ast.Nonlocal(names=[self._renamed.get(name, name) for name in node.names])
        for field in ("id", "name", "rest"):
            value = getattr(node, field, None)
            if isinstance(value, str) and value in self._renamed:
                setattr(node, field, self._renamed[value])
        return node


def _same_scope(node: ast.AST) -> list[ast.AST]:
    """Return a node and all in it that is run with it."""
    if isinstance(node, _SCOPES):
        return [node]
    return [node, *(deep for inner in ast.iter_child_nodes(node) for deep in _same_scope(inner))]


def _arguments(template: Template) -> ast.arguments:
    required = [slot for slot in template.slots if not slot.has_default]
    optional = [slot for slot in template.slots if slot.has_default]
    return ast.arguments(
        posonlyargs=[],
        args=[ast.arg(slot.name, _annotation(slot)) for slot in (*required, *optional)],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[_expression(literal(slot.default)) for slot in optional],
    )


def _annotation(slot: Slot) -> ast.expr | None:
    """Return the type of a slot where it is a plain one: what calls take it is checked in any case."""
    writer = TypeWriter()
    text = writer.expression(slot.type, "Slot")
    node = _expression(text)
    plain = all(inner.id in _PLAIN for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return node if plain and not writer.classes else None


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _import(source: str, name: str, renamed: str) -> str:
    module, _, function = source.partition(":")
    text = f"from {module} import {function}" if function else f"import {module}"
    return text if renamed == (function or module) else f"{text} as {renamed}"
