"""What the type checker lets pass though the small interpreter does not run it, and what to write instead."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MISSING: Mapping[str, frozenset[str]] = {
    "collections": frozenset(("abc",)),
    "dataclasses": frozenset("Field InitVar KW_ONLY asdict astuple fields make_dataclass replace".split()),
    "datetime": frozenset("MAXYEAR MINYEAR UTC tzinfo".split()),
    "json": frozenset("JSONDecoder JSONEncoder decoder encoder".split()),
    "re": frozenset("DEBUG L LOCALE RegexFlag U UNICODE VERBOSE X purge subn".split()),
    "typing": frozenset(
        """AbstractSet AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO
        ByteString ChainMap Collection Concatenate Container ContextManager Coroutine Counter DefaultDict Deque
        ForwardRef Hashable IO ItemsView KeysView LiteralString MappingView Match MutableMapping MutableSequence
        MutableSet NamedTuple NewType NotRequired OrderedDict ParamSpec Pattern Required Reversible Sized SupportsAbs
        SupportsBytes SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound Text TextIO TypeAlias
        TypeGuard TypeVarTuple TypedDict Unpack ValuesView assert_never assert_type cast final get_args get_origin
        get_overloads get_type_hints is_typeddict no_type_check overload runtime_checkable""".split()
    ),
}
"""Members of modules that the type checker knows and the interpreter has not."""

_MEMBERS_INSTEAD = {
    "asdict": 'write the dict out: {"x": p.x}',
    "replace": "make a new object with its fields",
    "UTC": "use datetime.timezone.utc",
    "cast": "leave the cast out",
    "TypedDict": "annotate with dict[str, object]",
    "NamedTuple": "use a dataclass",
    "TypeAlias": "use the type itself",
}

_METHODS = frozenset(
    """__lt__ __le__ __gt__ __ge__ __ne__ __len__ __bool__ __format__ __getattr__ __setattr__ __getattribute__
    __class_getitem__ __new__ __del__ __bytes__ __reversed__ __iadd__ __isub__ __imul__ __itruediv__ __ifloordiv__
    __imod__ __ior__ __iand__ __ixor__ __delitem__ __delattr__ __missing__ __set_name__ __get__ __set__""".split()
)
"""Special methods of own classes that are never called."""

_ATTRIBUTES = frozenset(
    """__dict__ __cause__ __context__ __traceback__ __notes__ __mro__ __bases__ __subclasses__ __qualname__
    add_note with_traceback format_map maketrans""".split()
)
_TYPES = frozenset("str bytes int float list dict set frozenset tuple complex range".split())
_TYPE_METHODS = frozenset(("fromkeys", "fromhex"))
"""Methods that run when they are called on the type itself."""

_OPTIONS = {
    "dataclass": frozenset("order slots kw_only unsafe_hash match_args weakref_slot".split()),
    "field": frozenset("repr hash compare kw_only metadata".split()),
    "dumps": frozenset(("default", "cls")),
    "loads": frozenset("cls object_hook object_pairs_hook parse_float parse_int parse_constant".split()),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that does not run: what it is called, and what to write instead."""

    node: ast.AST
    name: str
    instead: str


def gaps(tree: ast.AST) -> Iterator[Gap]:
    """Yield each use of what the interpreter lacks and the type checker does not find, in no particular order."""
    functions = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=str(module), level=0) if module in _MISSING:
                for alias in node.names:
                    if alias.name in _MISSING[module]:
                        yield _member(node, module, alias.name)
            case ast.Attribute():
                yield from _attribute(node, functions)
            case ast.ClassDef():
                for part in node.body:
                    if isinstance(part, ast.FunctionDef) and part.name in _METHODS:
                        yield Gap(part, f"the method {part.name}", "write a plain method, and call it by its name")
            case ast.Call():
                yield from _call(node, functions)
            case _:
                pass


def _attribute(node: ast.Attribute, functions: set[str]) -> Iterator[Gap]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    if node.attr in _MISSING.get(owner, ()):
        yield _member(node, owner, node.attr)
    elif owner in _TYPES and not node.attr.startswith("_") and node.attr not in _TYPE_METHODS:
        instead = f"write `lambda x: x.{node.attr}()`, or call the method on a value"
        yield Gap(node, f"`{owner}.{node.attr}` as a function", instead)
    elif node.attr in _ATTRIBUTES:
        yield Gap(node, f"`{node.attr}`", "keep what you need in a variable or dict of your own")
    elif node.attr == "__name__" and owner in functions:
        yield Gap(node, "the name of a function", "write the name out as text")


def _call(node: ast.Call, functions: set[str]) -> Iterator[Gap]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    for keyword in node.keywords:
        if keyword.arg in _OPTIONS.get(name, ()):
            yield Gap(node, f"`{keyword.arg}=` of {name}", "leave it out, and do by hand what it would do")
    first = node.args[0] if node.args else None
    if name == "next" and isinstance(first, ast.GeneratorExp):
        yield Gap(node, "next() of a generator expression", "write next(iter([… for …]), None)")
    if name == "bytes" and isinstance(first, ast.List | ast.ListComp | ast.GeneratorExp):
        yield Gap(node, "bytes() of a list", "write a bytes literal, or encode text")
    if name == "sub" and any(_is_function(argument, functions) for argument in node.args):
        yield Gap(node, "re.sub with a function", "loop over re.finditer and join the parts")
    if name == "translate" and isinstance(node.func, ast.Attribute):
        yield Gap(node, "`translate`", "chain .replace(old, new)")


def _is_function(node: ast.expr, functions: set[str]) -> bool:
    return isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in functions)


def _member(node: ast.AST, module: str, name: str) -> Gap:
    return Gap(node, f"`{module}.{name}`", _MEMBERS_INSTEAD.get(name, "do without it"))
