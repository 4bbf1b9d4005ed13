"""The command line."""

from taskmatrix.cli.main import main

__all__ = ["main"]
