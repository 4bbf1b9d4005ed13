"""The API platform: registry, importers, installed packages, callers."""

from taskmatrix.api_platform.callers import ApiCallers, FunctionCaller, caller_for
from taskmatrix.api_platform.entry_points import PackageProblem, load_package
from taskmatrix.api_platform.importers.reports import ImportProblem, ImportReport, Progress
from taskmatrix.api_platform.imports import import_apis
from taskmatrix.api_platform.registry import ApiRegistry, Registration, Removal
from taskmatrix.api_platform.upkeep import Synced, restore, sync

__all__ = [
    "ApiCallers",
    "ApiRegistry",
    "FunctionCaller",
    "ImportProblem",
    "ImportReport",
    "PackageProblem",
    "Progress",
    "Registration",
    "Removal",
    "Synced",
    "caller_for",
    "import_apis",
    "load_package",
    "restore",
    "sync",
]
