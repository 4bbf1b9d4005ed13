"""sympy, loaded when first used and without types, which it does not have."""

from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

Symbolic: TypeAlias = Any
"""A sympy expression."""


@cache
def load_sympy() -> ModuleType:
    """Return the module sympy."""
    return import_module("sympy")
