"""Runs and type-checks code that nobody trusts."""

from taskmatrix.sandbox.monty import MontySandbox
from taskmatrix.sandbox.sandboxes import Sandboxes

__all__ = ["MontySandbox", "Sandboxes"]
