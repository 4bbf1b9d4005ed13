"""Proof before running: syntax, unknown APIs, types, composition rules, effects."""

from taskmatrix.verifier.checker import ProgramVerifier

__all__ = ["ProgramVerifier"]
