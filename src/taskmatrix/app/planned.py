"""What stands for model and selector where a run is planned: going on with it asks neither, so neither is loaded."""

from collections.abc import Callable

from taskmatrix.core.errors import UsageError
from taskmatrix.core.events import ModelReplied
from taskmatrix.core.outlines import Outline
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Found, Request, Selection
from taskmatrix.core.search import ANYTHING, SearchFilter


class Planned:
    """Implements `Mcfm` and `Selector` by raising UsageError."""

    name = "none"

    async def outline(self, request: Request, listen: Callable[[ModelReplied], None]) -> Outline:
        """Propose nothing."""
        raise _planned()

    async def write(self, request: Request, listen: Callable[[ModelReplied], None]) -> Program:
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
