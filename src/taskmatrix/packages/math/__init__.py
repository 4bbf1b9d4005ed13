"""Mathematics: exact answers from sympy, worked out in a process that can be stopped."""

from taskmatrix.packages.math.catalogue import package

__all__ = ["package"]
