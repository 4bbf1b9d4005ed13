"""The APIs on offer as a program can name them."""

import difflib
from collections.abc import Iterable, Sequence

from taskmatrix.core import names
from taskmatrix.core.documents import ApiDocument


class Offers:
    """The documents on offer, by module and function name."""

    def __init__(self, documents: Iterable[ApiDocument]) -> None:
        self.modules: dict[str, dict[str, ApiDocument]] = {}
        for document in documents:
            functions = self.modules.setdefault(names.module(document.package), {})
            functions[names.function(document.name)] = document

    def find(self, module: str, function: str) -> ApiDocument | None:
        """Return the document behind `module.function`, or None."""
        return self.modules.get(module, {}).get(function)

    def holders(self, function: str) -> Sequence[str]:
        """Return the modules that have a function of this name."""
        return [module for module, functions in self.modules.items() if function in functions]

    def nearest_modules(self, module: str) -> Sequence[str]:
        """Return up to three module names that look like `module`; all of them if there are few."""
        close = difflib.get_close_matches(module, self.modules, n=3, cutoff=0.5)
        return close or (sorted(self.modules) if len(self.modules) <= 8 else [])

    def nearest_functions(self, function: str, module: str | None = None) -> Sequence[str]:
        """Return up to three `module.function` that look like `function`, those of `module` first."""
        own = self.modules.get(module, {}) if module else {}
        found = [f"{module}.{name}" for name in _close(function, own)]
        for other, functions in self.modules.items():
            if other != module:
                found += [f"{other}.{name}" for name in _close(function, functions)]
        return found[:3]


def _close(name: str, choices: Iterable[str]) -> Sequence[str]:
    """Return similar names, by spelling first and then by shared words."""
    options = list(choices)
    close = difflib.get_close_matches(name, options, n=3, cutoff=0.6)
    if close:
        return close
    wanted = set(names.words(name))
    shared = [(len(wanted & set(names.words(option))), option) for option in options]
    return [option for count, option in sorted(shared, key=lambda s: (-s[0], s[1])) if count][:3]
