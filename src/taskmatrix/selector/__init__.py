"""Finds the APIs that can do a step, or says that nothing fits: index, search, ranking."""

from taskmatrix.selector.api_selector import LIKELIEST, ApiSelector, something_fits
from taskmatrix.selector.feed import Catalogue, Change
from taskmatrix.selector.retrieval import EmbeddingStatus, Index, Vectors, WordsStatus

__all__ = [
    "LIKELIEST",
    "ApiSelector",
    "Catalogue",
    "Change",
    "EmbeddingStatus",
    "Index",
    "Vectors",
    "WordsStatus",
    "something_fits",
]
