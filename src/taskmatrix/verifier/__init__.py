"""Proof before running."""
