"""What stands for model and selector where a run is planned: going on with it asks neither, so neither is loaded."""

from taskmatrix.core.errors import UsageError
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Found, Listen, Request, Selection
from taskmatrix.core.search import ANYTHING, SearchFilter


class Planned:
    """Implements `Mcfm` and `Selector` by raising UsageError."""

    name = "none"

    async def outline(self, request: Request, listen: Listen) -> Outline:
        """Propose nothing."""
        raise _planned()

    async def write(self, request: Request, listen: Listen) -> Program:
        """Write nothing."""
        raise _planned()

    def search(self, query: str, *, limit: int = 10, where: SearchFilter = ANYTHING, explain: bool = False) -> Found:
        """Find nothing."""
        raise _planned()

    def select(self, outline: Outline, *, instruction: str = "", limit: int = 24) -> Selection:
        """Select nothing."""
        raise _planned()


def _planned() -> UsageError:
    return UsageError("the run is planned already")
