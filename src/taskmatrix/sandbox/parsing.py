"""Reading a program's text, whatever it holds."""

import ast
import warnings

from taskmatrix.core.programs import Finding

MAX_CODE_BYTES = 200_000
MAX_NESTING = 200


def parse(code: str) -> ast.Module | Finding:
    """Return the syntax tree of a program, or the finding that says why it has none."""
    if len(code) > MAX_CODE_BYTES:
        return Finding(
            rule="too-long",
            message=f"the program has {len(code)} characters, at most {MAX_CODE_BYTES} are checked",
            hint="move data out of the program, into files or arguments",
        )
    try:
        code.encode()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes and the like are no reason to refuse a program
            tree = ast.parse(code)
    except SyntaxError as error:
        return Finding(
            rule="invalid-syntax",
            message=error.msg or "invalid syntax",
            line=error.lineno or 0,
            column=max(error.offset or 0, 0),
        )
    except UnicodeEncodeError:
        return Finding(rule="invalid-syntax", message="the program holds half a character (a lone surrogate)")
    except (RecursionError, MemoryError, ValueError) as error:
        return Finding(
            rule="invalid-syntax",
            message=f"the program cannot be read: {error or type(error).__name__}",
            hint="write it with less nesting",
        )
    if _depth(tree) > MAX_NESTING:
        return Finding(
            rule="too-deep", message="the program is nested too deeply", hint="split long expressions and chains"
        )
    return tree


def _depth(tree: ast.AST) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return depth
