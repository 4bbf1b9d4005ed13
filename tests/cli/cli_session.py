"""A command that runs at a pseudo-terminal."""

import os
import subprocess
from dataclasses import dataclass

# In a session of its own, the first terminal that a process opens becomes the one whose Ctrl-C reaches it.
ADOPT = "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"


@dataclass
class Session:
    process: subprocess.Popen[bytes]
    terminal: int
    seen: str = ""

    def expect(self, text: str) -> None:
        """Read on until a text has appeared."""
        while text not in self.seen:
            piece = os.read(self.terminal, 4096)
            assert piece, self.seen
            self.seen += piece.decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def finish(self) -> int:
        """Read to the end and return the exit status."""
        try:
            while piece := os.read(self.terminal, 4096):
                self.seen += piece.decode(errors="replace")
        except OSError:  # the other side is closed
            pass
        return self.process.wait(timeout=60)
