"""A command that runs at a pseudo-terminal."""

import os
import select
from dataclasses import dataclass

from forked import Forked


@dataclass
class Session:
    process: Forked
    terminal: int
    seen: str = ""

    def expect(self, text: str, times: int = 1) -> None:
        """Read on until a text has appeared so often."""
        while self.seen.count(text) < times:
            piece = os.read(self.terminal, 4096)
            assert piece, self.seen
            self.seen += piece.decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def interrupt(self, text: str) -> None:
        """Press Ctrl-C until a text appears: one that comes just before Python waits for a key is not seen by it."""
        while text not in self.seen:
            self.type("\x03")
            while text not in self.seen and select.select([self.terminal], [], [], 1.0)[0]:
                self.seen += os.read(self.terminal, 4096).decode(errors="replace")

    def finish(self) -> int:
        """Read to the end and return the exit status."""
        try:
            while piece := os.read(self.terminal, 4096):
                self.seen += piece.decode(errors="replace")
        except OSError:  # the other side is closed
            pass
        return self.process.wait(timeout=60)
