import sys

COMMAND = (sys.executable, "-m", "taskmatrix")
"""How the tests start the real command."""
