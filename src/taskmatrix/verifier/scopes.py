"""What the names of a program hold at one point of a path, and which names may hold the same object."""

import ast
from collections.abc import Sequence

from taskmatrix.verifier.labels import ANY, NONE, Labels, at, union, within

Frame = dict[str, Labels]


class Scopes:
    """The frames of the functions being run, innermost last. `dead` says that the path has ended."""

    def __init__(self, tree: ast.AST) -> None:
        self.dead = False
        self._frames: list[Frame] = [{}]
        self._outer: list[set[str]] = [set()]
        self._mutated: list[Frame] = [{}]
        self._aliases = _aliases(tree)

    def enter(self, frame: Frame) -> None:
        """Begin a function with these parameters."""
        self._frames.append(frame)
        self._outer.append(set())
        self._mutated.append({})

    def leave(self) -> Frame:
        """End a function; return what was put into the objects its own names hold."""
        self._frames.pop()
        self._outer.pop()
        return self._mutated.pop()

    def declare(self, names: Sequence[str]) -> None:
        """Take names as those of an outer function (`global`, `nonlocal`)."""
        self._outer[-1].update(names)

    def get(self, name: str) -> Labels:
        """Return what a name holds."""
        return next((frame[name] for frame in reversed(self._frames) if name in frame), NONE)

    def holds(self, name: str) -> bool:
        """Whether a name was given a value on any path that leads here."""
        return any(name in frame for frame in self._frames)

    def put(self, target: ast.AST | None, labels: Labels) -> None:
        """Assign to a target; a name forgets what it held before."""
        match target:
            case ast.Name(id=name):
                own = name not in self._outer[-1]
                holders = [frame for frame in self._frames[:-1] if name in frame]
                (self._frames[-1] if own or not holders else holders[-1])[name] = labels
            case ast.Tuple() | ast.List():
                starred = any(isinstance(part, ast.Starred) for part in target.elts)
                for i, part in enumerate(target.elts):
                    self.put(part, at(labels, None if starred else str(i)))
            case ast.Starred():
                self.put(target.value, within(labels, ANY))
            case ast.Attribute() | ast.Subscript():
                self.mutate(target.value, within(labels, key_of(target) or ANY))
            case _:
                pass

    def mutate(self, node: ast.AST | None, labels: Labels) -> None:
        """Add to the object that an expression stands for, under every name that may hold it."""
        match node:
            case ast.Attribute() | ast.Subscript():
                self.mutate(node.value, within(labels, key_of(node) or ANY))
            case ast.Name(id=name):
                self._add(name, labels)
                for other in self._aliases.get(name, ()):
                    self._add(other, labels | within(labels, ANY))
            case _:
                pass

    def _add(self, name: str, labels: Labels) -> None:
        for frame, mutated in zip(reversed(self._frames), reversed(self._mutated), strict=True):
            if name in frame:
                frame[name] |= labels
                mutated[name] = mutated.get(name, NONE) | labels
                return
        self._frames[-1][name] = labels

    def save(self) -> list[Frame]:
        """Return a copy of all frames."""
        return [dict(frame) for frame in self._frames]

    def restore(self, *states: list[Frame]) -> None:
        """Go on where any of some paths ended; without any, the path is dead."""
        self.dead = not states
        if states:
            depth = len(self._frames)
            layers = zip(*(state[:depth] for state in states), strict=False)
            self._frames = [_joined(layer) for layer in layers]


def key_of(node: ast.Attribute | ast.Subscript) -> str | None:
    """Return the key that is read or written; None where only running tells."""
    match node:
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() | int() as key)) if not isinstance(key, bool):
            return str(key)
        case _:
            return None


def _joined(layer: Sequence[Frame]) -> Frame:
    if len(layer) == 1:
        return dict(layer[0])
    return {name: union(frame.get(name, NONE) for frame in layer) for name in {n for frame in layer for n in frame}}


def _aliases(tree: ast.AST) -> dict[str, set[str]]:
    """Return for each name the others that may hold the same object, or an object within it."""
    groups: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign():
                pairs = [(target, node.value) for target in node.targets]
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                pairs = [(node.target, node.iter)]
            case ast.NamedExpr() | ast.AnnAssign():
                pairs = [(node.target, node.value)]
            case _:
                continue
        for target, value in pairs:
            names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)} | _roots(value)
            merged = names.union(*(groups.get(name, set[str]()) for name in names))
            for name in merged if _roots(value) else ():
                groups[name] = merged
    return {name: group - {name} for name, group in groups.items()}


def _roots(node: ast.AST | None) -> set[str]:
    """Return the names whose objects an expression may hand on as they are."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            return _roots(value)
        case ast.IfExp(body=body, orelse=orelse):
            return _roots(body) | _roots(orelse)
        case ast.Call(func=ast.Attribute(value=value, attr="get" | "pop" | "setdefault" | "values" | "items")):
            return _roots(value)
        case _:
            return set()
