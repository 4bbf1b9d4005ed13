"""The standard library as programs may use it: loaded before the doors are closed."""

import builtins
import importlib
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

MODULES = frozenset(
    """__future__ abc array asyncio base64 binascii bisect calendar cmath collections collections.abc colorsys
    configparser contextlib copy csv dataclasses datetime decimal difflib enum fnmatch fractions functools graphlib
    hashlib heapq hmac html html.entities html.parser io itertools json keyword math numbers operator pprint random re
    reprlib statistics string struct textwrap time tomllib types typing unicodedata urllib urllib.parse uuid warnings
    weakref xml xml.etree xml.etree.ElementTree zlib""".split()
)
"""What a program may import. None of them does anything outside the process by itself."""

_BEHIND = """_io _strptime encodings.ascii encodings.cp1252 encodings.idna encodings.latin_1 encodings.utf_16
    encodings.utf_8_sig asyncio.base_events asyncio.events asyncio.runners locale resource select selectors
    traceback""".split()
"""What the others load when it is first needed, which is too late then."""

OUTSIDE = ("open", "input", "breakpoint", "exit", "quit", "help", "copyright", "credits", "license")
"""Built-in names that no program has."""


_READY = MODULES | {*_BEHIND}
"""Some of the library asks for the rest in the name of the program."""


def load() -> None:
    """Import all that programs may import; afterwards nothing can be found any more."""
    for name in sorted(_READY):
        importlib.import_module(name)
    sys.path.clear()
    sys.path_importer_cache.clear()
    sys.dont_write_bytecode = True


def builtins_for(offered: Mapping[str, ModuleType]) -> dict[str, Any]:
    """Return the builtins of a program that may import `offered` besides the library.

    What they lack would lead nowhere; that it cannot is the kernel's doing, not theirs.
    """
    names = {name: value for name, value in vars(builtins).items() if name not in OUTSIDE}
    load_module = builtins.__import__

    def find(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: tuple[str, ...] = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and name in offered:
            return offered[name]
        if level or name not in _READY:
            raise ModuleNotFoundError(f"the module {name!r} cannot be imported here")
        return load_module(name, globals, locals, fromlist, 0)

    names["__import__"] = find
    return names
