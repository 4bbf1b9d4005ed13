"""What the slots of a template are called: as what they are for, and as nothing else in the program."""

import ast
import keyword
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from taskmatrix.conversation.templates.feeding import Program
from taskmatrix.conversation.templates.literals import Literal
from taskmatrix.conversation.templates.nouns import is_generic, names_said
from taskmatrix.core import names


def names_for(
    program: Program,
    groups: Sequence[Sequence[Literal]],
    taken: Iterable[str] = (),
    *,
    said: str = "",
    steps: Sequence[str] = (),
) -> list[str]:
    """Return a name for each group of literals, all different: that of what takes it, where it says something.

    For a parameter called `text` it is what the words of the user, or of a `step`, call the value.
    """
    known = _names_in(program.tree)
    arguments = {node.arg for node in ast.walk(program.tree) if isinstance(node, ast.arg)}
    given = set(taken)
    found: list[str] = []
    for group in groups:
        inside = any(program.is_inside_function(literal.node) for literal in group)
        others = given | known | names.BUILTINS | (arguments if inside else frozenset[str]())
        wanted = _wanted(group[0], said, steps)
        others -= {name for name in wanted if name not in given and _is_only_set_here(program, name, group)}
        name = next((name for name in wanted if _is_free(name, others)), None) or free_name(wanted[0], others)
        given.add(name)
        found.append(name)
    return found


def _wanted(literal: Literal, said: str, steps: Sequence[str]) -> list[str]:
    """Return what a slot may be called, the best first."""
    own = _slug(literal.use.name)
    better = [_slug(name) for name in names_said(literal, said, steps)] if is_generic(own) else []
    longer = [f"{name}_{own}" for name in better if not is_generic(name.rpartition("_")[2])]
    return list(dict.fromkeys([*better, *longer, own]))


def _is_free(name: str, others: AbstractSet[str]) -> bool:
    return name not in others and not keyword.iskeyword(name)


def free_name(name: str, others: AbstractSet[str]) -> str:
    """Return the name, with a number where it is another's."""
    free, number = name, 2
    while free in others:
        free, number = f"{name}_{number}", number + 1
    return free


def _names_in(tree: ast.Module) -> set[str]:
    """Return what the program itself gives a meaning to, arguments of its functions left out."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.alias():
                found.add(node.asname or node.name)
            case _:
                pass
    # An argument that is only used inside of its function does not stand in the way of a slot outside of it.
    return found - _only_arguments(tree)


def _only_arguments(tree: ast.Module) -> set[str]:
    arguments: set[str] = set()
    outside: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
            arguments |= own
            outside |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and inner.id not in own}
        else:
            outside |= {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return arguments - outside


def _is_only_set_here(program: Program, name: str, group: Sequence[Literal]) -> bool:
    """Whether the name is that of a variable that gets these literals, at the top of the program, and nothing else."""
    setting = [
        node
        for node in ast.walk(program.tree)
        if isinstance(node, ast.Name) and node.id == name and not _is_read(node)
    ]
    here = {id(program.around(literal.node)) for literal in group}
    plain = all(isinstance(program.around(node), ast.Assign | ast.AnnAssign) for node in setting)
    return len(setting) == 1 and plain and id(program.around(setting[0])) in here and _is_at_top(program, setting[0])


def _is_at_top(program: Program, node: ast.Name) -> bool:
    statement = program.around(node)
    return statement is not None and program.around(statement) is program.tree


def _is_read(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


def _slug(name: str) -> str:
    """Return the name as one that a slot can have."""
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower(), flags=re.ASCII).strip("_")[:40]
    return slug if slug and slug[0].isalpha() else f"value_{slug}".rstrip("_")
