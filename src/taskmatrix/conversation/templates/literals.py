"""The literals of a program that come from what the user said."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from taskmatrix.conversation.templates.feeding import Program, Use
from taskmatrix.conversation.templates.wording import find
from taskmatrix.core.programs import Argument

_NOT_SAID = (ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.Expr, ast.MatchValue, ast.Slice)


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out in a program, with what it is for; `told` are the words that it is known to be read from."""

    node: ast.expr
    value: JsonValue
    use: Use
    told: str = ""


def literals_in(
    program: Program, wanted: Callable[[ast.expr, JsonValue], bool]
) -> Iterator[tuple[ast.expr, JsonValue]]:
    """Yield the literals that are wanted, in text order: whole lists first, and then nothing of them."""
    yield from _inside(program, program.tree, wanted)


def said_literals(program: Program, said: str, arguments: Sequence[Argument]) -> Sequence[Literal]:
    """Return the literals that stand in what was `said`, or that the program's writer says were read from there."""
    known = _Known(arguments)

    def wanted(node: ast.expr, value: JsonValue) -> bool:
        told = known.told(program.use(node), value)
        if told is None or not _says_something(value):
            return False
        return bool(find(said, value, told))

    found: list[Literal] = []
    for node, value in literals_in(program, wanted):
        use = program.use(node)
        found.append(Literal(node, value, use, known.told(use, value) or ""))
    return found


class _Known:
    """What a program's writer knows of its arguments: where each came from."""

    def __init__(self, arguments: Sequence[Argument]) -> None:
        self._arguments = arguments

    def told(self, use: Use, value: JsonValue) -> str | None:
        """Return the words that an argument was read from, empty where nobody knows; None where it was not said."""
        if use.document is None or use.parameter is None or use.items:
            return ""
        known = [a for a in self._arguments if (a.api, a.parameter) == (use.document.id, use.parameter.name)]
        if not known:
            return ""
        said = [a.text for a in known if a.origin in ("said", "event")]
        meant = next((text for text in said if find(text, value)), None)
        if meant is not None:
            return meant
        return said[0] if len(said) == 1 == len(known) else "" if said else None


def _inside(
    program: Program, node: ast.AST, wanted: Callable[[ast.expr, JsonValue], bool]
) -> Iterator[tuple[ast.expr, JsonValue]]:
    for inner in ast.iter_child_nodes(node):
        value = value_of(inner) if isinstance(inner, ast.expr) else None
        if (
            isinstance(inner, ast.expr)
            and value is not None
            and _can_be_named(program, inner)
            and wanted(inner, value)
        ):
            yield inner, value
        elif not isinstance(inner, ast.JoinedStr):
            yield from _inside(program, inner, wanted)


def value_of(node: ast.expr) -> JsonValue:
    """Return the value of a literal: a text, a number, or a list of such; None for anything else."""
    match node:
        case ast.Constant(value=str() | int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.List(elts=items, ctx=ast.Load()) if items:
            values = [value_of(item) for item in items]
            plain = all(isinstance(value, str | int | float) for value in values)
            return values if plain else None
        case _:
            return None


def _can_be_named(program: Program, node: ast.expr) -> bool:
    """Whether a name can stand in place of a literal: not in a pattern, for a key, or as a statement of its own."""
    outer = program.around(node)
    if isinstance(outer, ast.Dict) and node in outer.keys:
        return False
    return not isinstance(outer, _NOT_SAID)


def _says_something(value: JsonValue) -> bool:
    if isinstance(value, list):
        return all(map(_says_something, value))
    return not isinstance(value, str) or any(character.isalnum() for character in value)
