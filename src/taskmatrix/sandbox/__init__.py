"""Runs and type-checks code that nobody trusts."""

from taskmatrix.sandbox.monty import MontySandbox

__all__ = ["MontySandbox"]
