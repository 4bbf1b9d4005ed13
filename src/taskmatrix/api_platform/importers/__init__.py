"""Importers: from what people have to API documents, each with a source by which it can be called."""

from taskmatrix.api_platform.importers.detect import Detected, detect
from taskmatrix.api_platform.importers.jsonl import import_jsonl
from taskmatrix.api_platform.importers.python import import_file, import_module
from taskmatrix.api_platform.importers.reports import ImportProblem, ImportReport, Progress

__all__ = [
    "Detected",
    "ImportProblem",
    "ImportReport",
    "Progress",
    "detect",
    "import_file",
    "import_jsonl",
    "import_module",
]
