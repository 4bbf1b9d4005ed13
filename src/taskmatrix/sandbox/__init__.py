"""Runs and type-checks code that nobody trusts."""
