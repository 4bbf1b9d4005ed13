"""Commands of a conversation at the questions of its turns: what is for the chat is no answer."""

import re
from collections.abc import Callable, Mapping

COMMAND = re.compile(r"/([a-z]+|\?)(?:\s+(.*))?", re.S)

_STOP, _LEAVE = ("stop",), ("quit", "exit")
_LATER = ("attach", "outline", "undo", "new")
"""Known, and nothing for the middle of a turn. Any other word with a slash may be a path, and so an answer."""


class Answers:
    """Reads answers to the questions of one turn. `shown` are the commands that can be carried out meanwhile.

    /stop ends the turn as Ctrl-C does; /quit leaves it waiting as Ctrl-D does, and sets `leaves`.
    """

    def __init__(self, shown: Mapping[str, Callable[[], None]]) -> None:
        self._shown = shown
        self.leaves = False

    def __call__(self, question: str) -> str:
        """Return the next line that is no command. Raises KeyboardInterrupt for /stop, EOFError for /quit."""
        from taskmatrix.cli.approving import read_line

        while True:
            typed = read_line(question)
            command = COMMAND.fullmatch(typed.strip())
            name = command[1] if command is not None else ""
            if name in _STOP:
                raise KeyboardInterrupt
            if name in _LEAVE:
                self.leaves = True
                raise EOFError
            if name in self._shown:
                self._shown[name]()
            elif name in _LATER:
                print(f"  /{name} waits until this is answered, or until /stop ends the turn")
            else:
                return typed
