"""TaskMatrix: complete tasks by connecting foundation models with millions of APIs.

Public names are resolved on first use, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.api import ApiPackage, api
    from taskmatrix.core.context import RunContext

__all__ = ["ApiPackage", "RunContext", "TaskMatrix", "api"]

_HOMES = {
    "ApiPackage": "taskmatrix.core.api",
    "RunContext": "taskmatrix.core.context",
    "TaskMatrix": "taskmatrix.app",
    "api": "taskmatrix.core.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'taskmatrix' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
