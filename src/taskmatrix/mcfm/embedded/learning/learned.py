"""What is learned, as planning uses it: moved heads of the cross-encoder and a memory of examples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from taskmatrix.core.outlines import Outline
from taskmatrix.core.protocols import Request
from taskmatrix.mcfm.embedded.confidence import calibrated
from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Heads
from taskmatrix.mcfm.embedded.encoder.loading import load_cross_encoder
from taskmatrix.mcfm.embedded.learning.documented import documented
from taskmatrix.mcfm.embedded.learning.memory import Memory
from taskmatrix.mcfm.embedded.learning.platforms import platform_memories, registered_memories
from taskmatrix.mcfm.embedded.learning.recalling import Recall
from taskmatrix.mcfm.embedded.learning.rereading import Taught
from taskmatrix.mcfm.embedded.learning.sureness import MIDDLE, UNCHANGED, Sureness
from taskmatrix.mcfm.embedded.learning.units import whole
from taskmatrix.mcfm.embedded.plan import Plan

SHIPPED = "shipped"
"""The name of the weights that come with TaskMatrix."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A version of the embedded model: what it has beside or instead of what is shipped."""

    name: str = SHIPPED
    memory: Memory | None = None
    heads: Heads | None = None
    packages: frozenset[str] = frozenset()
    """The packages that corrections are about: their APIs are read with the moved heads."""
    sureness: Sureness = UNCHANGED
    reader: CrossEncoder | None = None
    """What reads, where it is not the one that is shipped."""

    def encoder(self) -> CrossEncoder:
        """Return the cross-encoder with the heads of this version. Raises EncoderUnavailableError."""
        shipped = self.reader or load_cross_encoder()
        return shipped if self.heads is None else Taught(shipped, self.heads, self.packages)

    def sure(self, plan: Plan, request: Request) -> float:
        """Return the probability that a plan is right; of what corrections are about they tell how often it was."""
        is_about = all(call.view.document.package in self.packages for call in plan.calls())
        sure = calibrated(plan)
        return self.sureness.of(sure, self.near(request)) if is_about and self.packages else sure

    def near(self, request: Request) -> float:
        """Return how near the words of a request are to an example (0…1)."""
        if self.memory is None:
            return MIDDLE
        return self.memory.near(whole(request.instruction, request.context.turns))

    def apis(self, request: Request, registered: Callable[[str], bool]) -> tuple[str, ...]:
        """Return the APIs that examples call for such a request, where a memory is sure enough; often none."""
        memories = [*self._own(), *registered_memories(registered, self._knows())]
        if not memories:
            return ()
        recall = Recall(memories, request.instruction, request.context.turns, _told(request.outline))
        return tuple(recall.offered())

    def recall(self, request: Request, views: Sequence[ApiView]) -> Recall | None:
        """Return what corrections, the documents' own examples and those that come with TaskMatrix say of a request;
        None where there are none.
        """
        documents = [v.document for v in views]
        written = documented(documents)
        memories = [*self._own(), *([written] if written else ()), *platform_memories(documents, self._knows())]
        if not memories:
            return None
        offered = {v.id: v for v in views}
        return Recall(memories, request.instruction, request.context.turns, _told(request.outline), offered)

    def _own(self) -> list[Memory]:
        return [self.memory] if self.memory is not None else []

    def _knows(self) -> frozenset[str]:
        """The packages whose platform the memory of corrections knows already."""
        return self.packages if self.memory is not None else frozenset()


def _told(outline: Outline | None) -> list[str]:
    """The steps of an outline that says more than the instruction."""
    return [s.text for s in outline.steps] if outline is not None and not outline.explicit else []


NOTHING_LEARNED = Learned()
