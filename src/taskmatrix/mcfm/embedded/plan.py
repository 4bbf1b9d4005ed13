"""The plan between an instruction and its program: calls in order, loops, and where every argument comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from taskmatrix.mcfm.embedded.filling import Filled
from taskmatrix.mcfm.embedded.reading import ApiView


@dataclass(frozen=True, slots=True)
class FromResult:
    """The result of an earlier call, or the part of it at `path` (keys, and indexes into lists)."""

    call: "PlannedCall"
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class FromItem:
    """The item of the loop around the call, or the part of it at `path`."""

    loop: "Loop"
    path: tuple[str | int, ...] = ()


Argument = Filled | FromResult | FromItem


@dataclass(eq=False, slots=True)
class PlannedCall:
    """One call. `place` is where in the instruction it comes from, `confidence` that the API is the right one."""

    view: ApiView
    arguments: dict[str, Argument] = field(default_factory=dict[str, Argument])
    missing: tuple[str, ...] = ()
    place: int = 0
    step: int = 0
    confidence: float = 1.0
    added: bool = False
    """Whether the documents ask for the call, not the instruction."""
    about: tuple[str, ...] = ()
    """Stems of what the call is about, where no word beside its value says so."""
    goes: bool = False
    """Whether the call only goes where the others work: it opens a file, turns to a slide."""
    why: str = ""
    """What speaks for the API, in a few words for the user."""


@dataclass(eq=False, slots=True)
class Loop:
    """`for item in source: body`."""

    source: FromResult
    item: str
    body: "list[Node]" = field(default_factory=lambda: [])


Node = PlannedCall | Loop


@dataclass(slots=True)
class Plan:
    """Nodes in the order in which they run."""

    nodes: list[Node] = field(default_factory=lambda: [])
    notes: list[str] = field(default_factory=list[str])
    unused: tuple[str, ...] = ()
    """What the instruction states and no call takes."""
    unread: list[str] = field(default_factory=list[str])
    """Clauses that ask for something and that no call answers."""

    def calls(self) -> Iterator[PlannedCall]:
        """Yield every call once, in text order, those in loops too."""
        yield from _calls(self.nodes)

    @property
    def confidence(self) -> float:
        """The probability, as far as known, that every call and argument is right."""
        product = 0.3 ** (len(self.unused) + len(self.unread))
        for call in self.calls():
            if call.added:
                continue
            product *= call.confidence * 0.2 ** len(call.missing)
            for argument in call.arguments.values():
                product *= argument.confidence if isinstance(argument, Filled) else 0.8
        return product


def _calls(nodes: list[Node]) -> Iterator[PlannedCall]:
    for node in nodes:
        if isinstance(node, PlannedCall):
            yield node
        else:
            yield from _calls(node.body)
