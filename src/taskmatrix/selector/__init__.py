"""Finds the APIs that can do a step, or says that nothing fits: index, search, ranking."""

from taskmatrix.selector.api_selector import ApiSelector
from taskmatrix.selector.feed import Catalogue, Change
from taskmatrix.selector.retrieval import EmbeddingStatus, Index, Vectors, WordsStatus

__all__ = [
    "ApiSelector",
    "Catalogue",
    "Change",
    "EmbeddingStatus",
    "Index",
    "Vectors",
    "WordsStatus",
]
