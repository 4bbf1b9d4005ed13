"""Names of APIs in action code.

Documents keep names verbatim (`az acat onboard`, `--no-wait`, `user.profile.get`); Python wants
identifiers. `identifier` and `original` are inverse to each other, need no table and never map two names
to one. Escapes, chosen so that common names stay readable:

    .            __            user.profile    user__profile
    -            _h_           no-wait         no_h_wait
    space        _s_           az acat         az_s_acat
    /            _p_           repos/get       repos_p_get
    anything else that no identifier may hold, a leading digit, and an underscore that would read as one
    of these escapes: _uHEX_ with its code point    (3d → _u33_d)
    a Python keyword gets a trailing underscore     (from → from_)

    an API whose name would begin with an underscore, which no module gives away: api_u61_ and the name
                               (3d → api_u61__u33_d; no name reads so, since `a` needs no escape)

`function` and `module` name what action code imports. There a builtin gets a trailing underscore too (list → list_):
`from shop import list` must not change what `list(…)` means in the rest of the program. Parameters keep such names,
since `id=` and `type=` in a call hide nothing.
"""

import keyword
import re
from functools import lru_cache

_SHORT = {".": "__", "-": "_h_", " ": "_s_", "/": "_p_"}
_TOKEN = re.compile(r"_h_|_s_|_p_|_u([0-9a-f]+)_|__")
_PUBLIC = "api_u61_"
_LONG = {"_h_": "-", "_s_": " ", "_p_": "/", "__": "."}

STANDARD_MODULES = frozenset(
    """abc array ast asyncio base64 binascii bisect builtins calendar cmath collections contextlib copy csv
    dataclasses datetime decimal difflib enum fractions functools gc hashlib heapq html http inspect io
    itertools json logging math numbers operator os pathlib pickle platform queue random re secrets select
    shutil signal site socket sqlite3 statistics string struct subprocess sys tempfile textwrap threading
    time tomllib types typing typing_extensions unicodedata unittest urllib uuid warnings weakref xml
    zipfile zoneinfo""".split()
)
"""Modules a program may mean when it imports them: a package of that name is imported as `math_`."""

BUILTINS = frozenset(
    """ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError
    BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError
    ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning
    EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError FloatingPointError
    FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError
    IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
    NotADirectoryError NotImplemented NotImplementedError OSError OverflowError PendingDeprecationWarning
    PermissionError ProcessLookupError PythonFinalizationError RecursionError ReferenceError ResourceWarning
    RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError
    SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
    UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning WindowsError
    ZeroDivisionError __build_class__ __debug__ __doc__ __import__ __loader__ __name__ __package__ __spec__
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex
    copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr
    globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max
    memoryview min next object oct open ord pow print property quit range repr reversed round set setattr
    slice sorted staticmethod str sum super tuple type vars zip""".split()
)
"""The builtins of every Python version: spelled out, so that a saved program means the same under the next one."""


@lru_cache(maxsize=65_536)
def identifier(name: str) -> str:
    """Return the Python identifier that stands for the parameter `name` in action code."""
    if not name:
        raise ValueError("an empty name has no identifier")
    encoded = ""
    for index in range(len(name) - 1, -1, -1):
        encoded = _encode(name[index], first=index == 0, rest=encoded) + encoded
    return encoded + "_" if keyword.iskeyword(encoded) else encoded


def _encode(character: str, *, first: bool, rest: str) -> str:
    if character in _SHORT:
        return _SHORT[character]
    if character == "_":
        # Plain only where decoding could not take it for the start of an escape or for the suffix of a keyword.
        return "_" if rest and not _TOKEN.match("_" + rest) else "_u5f_"
    if character.isascii() and (character.isalpha() or (character.isdigit() and not first)):
        return character
    return f"_u{ord(character):x}_"


def function(name: str) -> str:
    """Return the name under which a program imports the API `name`: never a keyword, a builtin or a private name."""
    encoded = _imported(name)
    return _PUBLIC + encoded if encoded.startswith("_") else encoded


def _imported(name: str) -> str:
    encoded = identifier(name)
    return encoded + "_" if encoded in BUILTINS else encoded


def original(name: str) -> str:
    """Return the name that `identifier` or `function` mapped to `name`."""
    name = name.removeprefix(_PUBLIC)
    if name.endswith("_") and (keyword.iskeyword(name[:-1]) or name[:-1] in BUILTINS):
        name = name[:-1]
    return _TOKEN.sub(lambda m: _LONG[m.group()] if m.group() in _LONG else chr(int(m.group(1), 16)), name)


def module(package: str) -> str:
    """Return the module name under which a program imports `package`."""
    name = _imported(package)
    return name + "_" if name in STANDARD_MODULES else name


def package_of(module_name: str) -> str:
    """Return the package that `module` mapped to `module_name`."""
    if module_name.endswith("_") and module_name[:-1] in STANDARD_MODULES:
        return module_name[:-1]
    return original(module_name)


def words(name: str) -> list[str]:
    """Split a name into its lower-case words: `createSlide`, `create_slide` and `create-slide` are the same."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)(?=[A-Z][a-z])", r"\1\3 \2", name)
    return re.findall(r"[^\W\d_]+|\d+", spaced.lower())
