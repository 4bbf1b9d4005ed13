"""Finds the APIs that can do a step, or says that nothing fits: index, search, ranking."""

from taskmatrix.selector.api_selector import FITS, ApiSelector
from taskmatrix.selector.embedding import Embedding, EmbeddingStatus
from taskmatrix.selector.feed import Catalogue, Change

__all__ = ["FITS", "ApiSelector", "Catalogue", "Change", "Embedding", "EmbeddingStatus"]
