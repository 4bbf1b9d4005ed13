"""Changing a program's text at nodes of its tree: all else of it stays, comments included."""

import ast
import io
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """New text in place of a node's."""

    node: ast.expr | ast.stmt
    text: str


def edited(code: str, edits: Sequence[Edit]) -> str:
    """Return the code with its edits. Nodes do not overlap; columns of a tree count bytes."""
    lines = code.encode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    data = code.encode()
    for edit in sorted(edits, key=lambda edit: (edit.node.lineno, edit.node.col_offset), reverse=True):
        node = edit.node
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        if not edit.text and isinstance(node, ast.stmt):  # a statement without a line of its own leaves none
            end += data[end:].startswith(b"\n")
        data = data[:start] + edit.text.encode() + data[end:]
    return data.decode()


def stands_alone(code: str, node: ast.stmt) -> bool:
    """Whether nothing else is on the lines of a statement."""
    lines = code.encode().splitlines()
    before = lines[node.lineno - 1][: node.col_offset]
    after = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
    return not before.strip() and not after.strip()


def with_comments(code: str, change: Callable[[str], str]) -> str:
    """Return the code with its comments changed; a code that cannot be read stays as it is."""
    lines = code.split("\n")
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(code).readline) if t.type == tokenize.COMMENT]
    except (tokenize.TokenError, SyntaxError):
        return code
    for token in reversed(tokens):
        row, column = token.start
        line = lines[row - 1]
        changed = " ".join(change(token.string).split("\n"))
        lines[row - 1] = line[:column] + changed + line[column + len(token.string) :]
    return "\n".join(lines)
