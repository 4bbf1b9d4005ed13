"""The plan between an instruction and its program: calls in order, loops, branches, and where every value is from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from taskmatrix.mcfm.embedded.documents.reading import ApiView
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.values.candidates import Candidate


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


@dataclass(frozen=True, slots=True)
class Doubt:
    """Another value that a parameter may be meant to take, nearly as likely as the one it takes."""

    parameter: str
    other: Filled


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
    joint: float | None = None
    """The probability of all its arguments together, those left out included; None where only each one's is known."""
    doubt: Doubt | None = None
    wanting: tuple[str, ...] = ()
    """The parameters that take the result of another call, before it is known of which."""

    @property
    def sources(self) -> list[Candidate]:
        """The values that its arguments were read from, those that stand nowhere in the text included."""
        return [a.source for a in self.arguments.values() if isinstance(a, Filled) and a.source is not None]


@dataclass(eq=False, slots=True)
class Loop:
    """`for item in source: body`. The source may be a part of the item of a loop around this one."""

    source: FromResult | FromItem
    item: str
    body: "list[Node]" = field(default_factory=lambda: [])
    step: int = 0

    @property
    def origin(self) -> FromResult:
        """The source as a part of a result; the list index 0 stands for any item of the loops around."""
        if isinstance(self.source, FromResult):
            return self.source
        outer = self.source.loop.origin
        return FromResult(outer.call, (*outer.path, 0, *self.source.path))


@dataclass(frozen=True, slots=True)
class Trait:
    """What has to be true of an item: that its field at `path` holds, or is `choice`."""

    path: tuple[str | int, ...]
    choice: str | None = None
    negated: bool = False


Operator = Literal["<", "<=", ">", ">=", "==", "!=", "in", "true", "empty"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; `true` and `empty` have no right. `in` looks for the right in the left.

    `counted`: how many there are is compared. `folded`: capitals do not matter. `nullable`: the left may be None.
    """

    left: FromResult | FromItem
    operator: Operator
    right: Argument | None = None
    negated: bool = False
    counted: bool = False
    folded: bool = False
    nullable: bool = False
    only: tuple[Trait, ...] = ()
    """Of a list only the items of which this is true count."""
    confidence: float = 0.9


@dataclass(eq=False, slots=True)
class Branch:
    """`if condition: body, else: otherwise`. All comparisons must hold, or `any_holds` of them."""

    condition: tuple[Comparison, ...]
    any_holds: bool = False
    negated: bool = False
    body: "list[Node]" = field(default_factory=lambda: [])
    otherwise: "list[Node]" = field(default_factory=lambda: [])
    step: int = 0


Node = PlannedCall | Loop | Branch


@dataclass(frozen=True, slots=True)
class Schedule:
    """When, or how often, the whole is to be done: `text` is the words that say so, at `start:end`.

    `at` is the (first) time of `once` and `every`, where it is known; `interval` the time between two runs of `every`
    as ISO 8601 writes it (`P1D`), `weekdays` the days of the week it runs on, Monday 0.
    """

    kind: Literal["once", "every", "until", "when"]
    text: str
    start: int
    end: int
    at: datetime | None = None
    interval: str = ""
    weekdays: tuple[int, ...] = ()


@dataclass(slots=True)
class Plan:
    """Nodes in the order in which they run."""

    nodes: list[Node] = field(default_factory=lambda: [])
    text: str = ""
    """The instruction that it is a plan for."""
    notes: list[str] = field(default_factory=list[str])
    unused: tuple[str, ...] = ()
    """What the instruction states and no call takes."""
    rival: float = 0.0
    """How well the best API fits that is not called."""
    unread: list[str] = field(default_factory=list[str])
    """Clauses that ask for something and that no call answers."""
    schedule: Schedule | None = None
    """When it is to be done, where the words say another time than now and no call takes them."""

    def calls(self) -> Iterator[PlannedCall]:
        """Yield every call once, in text order, those in loops and branches too."""
        yield from calls_of(self.nodes)

    def values(self) -> Iterator[Argument]:
        """Yield the arguments of all calls, and what conditions compare with."""
        yield from values_of(self.nodes)

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
        for branch in branches_of(self.nodes):
            for comparison in branch.condition:
                product *= comparison.confidence
        return product


def bodies(node: Node) -> Sequence[list[Node]]:
    """Return the lists of nodes inside a loop or a branch."""
    if isinstance(node, Loop):
        return (node.body,)
    return (node.body, node.otherwise) if isinstance(node, Branch) else ()


def calls_of(nodes: Sequence[Node]) -> Iterator[PlannedCall]:
    """Yield the calls of nodes, inner ones too, in text order."""
    for node in nodes:
        if isinstance(node, PlannedCall):
            yield node
        for body in bodies(node):
            yield from calls_of(body)


def loops_of(nodes: Sequence[Node]) -> Iterator[Loop]:
    """Yield the loops of nodes, outer ones first."""
    for node in nodes:
        if isinstance(node, Loop):
            yield node
        for body in bodies(node):
            yield from loops_of(body)


def branches_of(nodes: Sequence[Node]) -> Iterator[Branch]:
    """Yield the branches of nodes, outer ones first."""
    for node in nodes:
        if isinstance(node, Branch):
            yield node
        for body in bodies(node):
            yield from branches_of(body)


def values_of(nodes: Sequence[Node]) -> Iterator[Argument]:
    """Yield where the values of nodes come from: arguments, what is looped over, both sides of comparisons."""
    for call in calls_of(nodes):
        yield from call.arguments.values()
    for loop in loops_of(nodes):
        yield loop.source
    for branch in branches_of(nodes):
        for comparison in branch.condition:
            yield comparison.left
            if comparison.right is not None:
                yield comparison.right
