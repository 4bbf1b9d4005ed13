"""What of Python the sandbox does not run, and what to write instead."""

import ast
import builtins
import importlib
import sys
from collections.abc import Iterator, Set

from taskmatrix.core.programs import Finding
from taskmatrix.sandbox.cpython.inside.library import MODULES as FULL_MODULES
from taskmatrix.sandbox.cpython.inside.library import OUTSIDE
from taskmatrix.sandbox.gaps import Gap, gaps

MODULES = frozenset(
    """asyncio base64 binascii bisect collections copy csv dataclasses datetime decimal functools hashlib itertools
    json math random re time tomllib typing unicodedata""".split()
)
"""The modules of the standard library that a program may import: those that run, and reach nothing outside it."""

_OUTSIDE = frozenset(
    """builtins code codeop concurrent ctypes dbm email ensurepip faulthandler fcntl fileinput ftplib gc getpass glob
    http imaplib imp importlib inspect io linecache logging mailbox marshal mmap multiprocessing netrc nntplib nt
    ntpath os pathlib pdb pickle pkgutil platform poplib posix posixpath pty pwd readline resource runpy sched select
    selectors shelve shutil signal site smtplib socket socketserver sqlite3 ssl subprocess sys syslog tarfile
    telnetlib tempfile termios threading tty urllib venv webbrowser winreg xmlrpc zipfile zipimport""".split()
)
"""Modules for files, processes, the network and the interpreter. The sandbox has some, without what they do."""

RUNS_UNTYPED = frozenset(
    """map filter format getattr hasattr setattr FileExistsError FileNotFoundError ImportError IsADirectoryError
    ModuleNotFoundError NotADirectoryError PermissionError UnboundLocalError UnicodeDecodeError
    UnicodeEncodeError""".split()
)
"""Built-in names that run, though the type checker does not know them."""

_TYPED_ONLY = frozenset("exit quit help copyright credits license EnvironmentError IOError".split())

_INSTEAD = {
    "yield": "collect the items in a list and return it",
    "del": "build a new dict or list without the item, or use .pop(key)",
    "class inheritance": "write one class, or functions over dicts; raise ValueError or RuntimeError as they are",
    "decorators on methods": "write a plain method or a function",
    "except*": "use except",
    "type aliases": "use the type itself",
    "import *": "name what you import",
    "async for": "use a plain for loop",
    "async with": "call open and close yourself, with try/finally",
    "relative imports": "import the package by its name",
    "super()": "write one class without a base",
    **dict.fromkeys(("exit", "quit"), "let the program end, or raise RuntimeError(message)"),
    **dict.fromkeys(("EnvironmentError", "IOError"), "use OSError"),
}

_REFUSED = " cannot be used here"
_NOWHERE = frozenset("relative imports,import *,exit,quit,help,copyright,credits,license".split(","))
_MEMBERS_OUTSIDE = frozenset(
    """create_subprocess_exec create_subprocess_shell open_connection open_unix_connection start_server
    start_unix_server""".split()
)
"""What the whole language cannot do either."""

_MODULES_INSTEAD = {
    "statistics": "write sum(values) / len(values)",
    "string": "write the characters out",
    "textwrap": "join the lines yourself",
    "enum": "use plain constants",
    "uuid": "use hashlib or a counter",
    "__future__": "leave the line out: annotations are never evaluated",
    "abc": "write plain functions",
    "types": "use typing",
}


def unsupported(tree: ast.AST) -> Iterator[Finding]:
    """Yield a finding for each construct that the sandbox cannot run, in text order."""
    found = [Gap(node, name, _INSTEAD.get(name, "")) for node in ast.walk(tree) for name in _constructs(node)]
    for gap in sorted([*found, *gaps(tree)], key=lambda gap: (_line(gap.node), _column(gap.node))):
        yield Finding(
            rule="unsupported-syntax",
            message=f"{gap.name}{_REFUSED}",
            line=_line(gap.node),
            column=_column(gap.node) + 1,
            hint=gap.instead,
        )


def runs_in_full(finding: Finding) -> bool:
    """Whether what a finding refuses does run on the whole language."""
    text = finding.message
    if finding.rule == "unsupported-syntax":
        return text.removesuffix(_REFUSED) not in _NOWHERE
    if finding.rule == "unresolved-reference":
        name = _quoted(text, 0)
        return hasattr(builtins, name) and name not in OUTSIDE
    if finding.rule in ("unresolved-import", "unresolved-attribute"):
        module, member = _quoted(text, 0), _quoted(text, 1)
        if module not in FULL_MODULES:
            return False
        return not member or (hasattr(importlib.import_module(module), member) and member not in _MEMBERS_OUTSIDE)
    return False


def _quoted(text: str, index: int) -> str:
    """Return the nth text between backticks, or nothing."""
    return "".join(text.split("`")[2 * index + 1 : 2 * index + 2])


def missing_modules(tree: ast.AST, offered: Set[str]) -> Iterator[Finding]:
    """Yield a finding for each import of a module of Python's own that no program may import."""
    for node in ast.walk(tree):
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported = [node.module]
        for module in imported:
            top = module.split(".")[0]
            if top in sys.stdlib_module_names | {"__future__"} and top not in MODULES | offered:
                yield Finding(
                    rule="unresolved-import",
                    message=_refusal(module),
                    line=_line(node),
                    column=_column(node) + 1,
                    hint=module_hint(module),
                )


def _refusal(module: str) -> str:
    outside = ", which reaches outside the program," if module.split(".")[0] in _OUTSIDE else ""
    return f"the module `{module}`{outside} cannot be imported here"


def module_hint(module: str) -> str:
    """Say what to do instead of importing a module that no program may import."""
    top = module.split(".")[0]
    if top in _OUTSIDE:
        return "call an API on offer instead: programs reach files, processes and the network through APIs alone"
    instead = _MODULES_INSTEAD.get(top)
    return instead or f"modules that can be imported: {', '.join(sorted(MODULES))}, and the packages on offer"


def member_hint(module: str) -> str:
    """Say what to do instead of using a member that a module of Python's own has elsewhere."""
    if module == "asyncio":
        return "asyncio has run, gather, sleep and to_thread here; gather(to_thread(api, …), …) makes calls together"
    return "do without it, or write it out" if module in MODULES else ""


def _constructs(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Yield() | ast.YieldFrom():
            yield "yield"
        case ast.Delete():
            yield "del"
        case ast.ClassDef():
            yield from _class_constructs(node)
        case ast.TryStar():
            yield "except*"
        case ast.AsyncFor():
            yield "async for"
        case ast.AsyncWith():
            yield "async with"
        case ast.ImportFrom() if node.level:
            yield "relative imports"
        case ast.ImportFrom() if any(alias.name == "*" for alias in node.names):
            yield "import *"
        case ast.Call(func=ast.Name(id="super")):
            yield "super()"
        case ast.Name(id=name, ctx=ast.Load()) if name in _TYPED_ONLY:
            yield name
        case _ if type(node).__name__ == "TypeAlias":  # a node that Python 3.11 does not have
            yield "type aliases"
        case _:
            pass


def _class_constructs(node: ast.ClassDef) -> Iterator[str]:
    if node.bases or node.keywords:
        yield "class inheritance"
    if any(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.decorator_list for part in node.body):
        yield "decorators on methods"


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _column(node: ast.AST) -> int:
    return getattr(node, "col_offset", 0)
