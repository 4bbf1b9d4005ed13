"""Importers: from what people have to API documents, each with a source by which it can be called."""

from taskmatrix.api_platform.importers.reading import ImportOptions, Reading
from taskmatrix.api_platform.importers.reports import ImportProblem, ImportReport, Progress

__all__ = ["ImportOptions", "ImportProblem", "ImportReport", "Progress", "Reading"]
