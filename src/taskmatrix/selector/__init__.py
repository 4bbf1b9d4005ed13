"""Finds the APIs that can do a step, or says that nothing fits: index, search, ranking."""

from taskmatrix.selector.feed import Catalogue, Change
from taskmatrix.selector.words import ApiSelector

__all__ = ["ApiSelector", "Catalogue", "Change"]
