import sys
from collections.abc import Callable
from subprocess import CompletedProcess

Command = Callable[..., CompletedProcess[str]]
"""Runs the real command with these arguments."""

COMMAND = (sys.executable, "-m", "taskmatrix")
"""How the tests start the real command."""
