"""A plan as action code."""

import keyword
import re
from collections.abc import Iterator, Sequence
from textwrap import shorten

from taskmatrix.core import names
from taskmatrix.core.outlines import Outline
from taskmatrix.mcfm.embedded.filled import Filled
from taskmatrix.mcfm.embedded.plan import (
    Argument,
    Branch,
    Comparison,
    FromItem,
    FromResult,
    Loop,
    Node,
    Plan,
    PlannedCall,
    Trait,
    bodies,
    loops_of,
    values_of,
)
from taskmatrix.mcfm.embedded.results import part_of

_ONE = "one"
_BUILT_IN = frozenset(("len", "str", "print", _ONE))
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def write_code(plan: Plan, outline: Outline | None = None) -> str:
    """Return the program of a plan: imports, then the calls, with the outline's steps as comments."""
    calls = list(plan.calls())
    lines = [*_imports(calls), ""]
    writer = _Writer(plan, [s.text for s in outline.steps] if outline else [])
    writer.write(plan.nodes, "")
    answers = [writer.named[call] for call in _answers(plan) if call in writer.named] + writer.gathered
    if answers:
        writer.lines.append(answers[0] if len(answers) == 1 else f"[{', '.join(answers)}]")
    return "\n".join([*lines, *writer.lines]) + "\n"


def _answers(plan: Plan) -> list[PlannedCall]:
    """The calls whose results answer the instruction: what was asked to be read, else the last call asked for."""
    asked = [n for n in plan.nodes if isinstance(n, PlannedCall) and not n.added]
    told = _told(plan.nodes, _used(plan))
    final = asked[-1] if asked and asked[-1] is plan.nodes[-1] else None
    if final is None or final in told:
        return told
    return [*told, final] if _gives(final) else told


def _told(nodes: Sequence[Node], used: set[PlannedCall]) -> list[PlannedCall]:
    """The calls among nodes that read something nothing else takes."""
    calls = [n for n in nodes if isinstance(n, PlannedCall) and not n.added and not n.goes and n not in used]
    return [c for c in calls if c.view.document.effects.kind == "read" and _gives(c)]


def _gives(call: PlannedCall) -> bool:
    return call.view.document.returns.type.get("type") != "null"


def _used(plan: Plan) -> set[PlannedCall]:
    """The calls whose results other nodes take."""
    return {value.call for value in values_of(plan.nodes) if isinstance(value, FromResult)}


def _imports(calls: Sequence[PlannedCall]) -> list[str]:
    modules: dict[str, set[str]] = {}
    whole: set[str] = set()
    for call in calls:
        module, function = _module(call), _function(call)
        if _is_shared(call, calls):
            whole.add(module)
        else:
            modules.setdefault(module, set()).add(function)
    lines = [f"import {module}" for module in sorted(whole)]
    return lines + [
        f"from {module} import {', '.join(sorted(functions))}" for module, functions in sorted(modules.items())
    ]


def _module(call: PlannedCall) -> str:
    return names.module(call.view.document.package)


def _function(call: PlannedCall) -> str:
    return names.function(call.view.document.name)


def _is_shared(call: PlannedCall, calls: Sequence[PlannedCall]) -> bool:
    """Whether another package on the plan has a function of the same name."""
    return any(_function(c) == _function(call) and _module(c) != _module(call) for c in calls)


def _noun(call: PlannedCall) -> str:
    """What a call gives, in a word: the last of its name, without its verb."""
    words = names.words(call.view.document.name.rsplit(".", 1)[-1])
    return words[-1] if len(words) > 1 else "result"


def _holds(trait: Trait) -> str:
    field = _ONE + "".join(f"[{part!r}]" for part in trait.path)
    if trait.choice is not None:
        return f"{field} {'!=' if trait.negated else '=='} {trait.choice!r}"
    return f"not {field}" if trait.negated else field


def _all_bodies(node: Node) -> Iterator[Sequence[Node]]:
    for body in bodies(node):
        yield body
        for inner in body:
            yield from _all_bodies(inner)


class _Writer:
    def __init__(self, plan: Plan, steps: Sequence[str]) -> None:
        self.lines: list[str] = []
        self.named: dict[PlannedCall, str] = {}
        self.gathered: list[str] = []
        """The variables that hold what loops and branches read."""
        self._steps = steps
        self._step = 0
        self._taken: set[str] = {name for c in plan.calls() for name in (_function(c), _module(c))} | _BUILT_IN
        self._loops: dict[Loop, str] = {}
        self._calls = list(plan.calls())
        self._inner = _used(plan)
        self._used = self._inner | set(_answers(plan))
        self._gathers: dict[PlannedCall, tuple[str, bool]] = {}

    def write(self, nodes: Sequence[Node], indent: str) -> None:
        """Append the lines of the nodes."""
        for node in nodes:
            if not indent and not isinstance(node, PlannedCall):
                self._gather(node)
            if isinstance(node, Loop):
                self._loop(node, indent)
            elif isinstance(node, Branch):
                self._branch(node, indent)
            else:
                self._comment(node.step, indent)
                self._call(node, indent)

    def _gather(self, node: Node) -> None:
        """Make variables for what is read inside a loop or branch, which nothing else takes: it is the answer."""
        told = list(self._told_in(node))
        if not told:
            return
        if not any(loops_of([node])) and all(len(_told(body, self._inner)) <= 1 for body in _all_bodies(node)):
            name = self._free("answer")
            self.lines.append(f"{name} = None")
            self.gathered.append(name)
            self._gathers |= dict.fromkeys(told, (name, False))
            return
        names_of: dict[str, str] = {}
        for call in told:
            noun = _noun(call)
            if noun not in names_of:
                names_of[noun] = self._free(noun if noun.endswith("s") else f"{noun}s")
                self.lines.append(f"{names_of[noun]} = []")
                self.gathered.append(names_of[noun])
            self._gathers[call] = (names_of[noun], True)

    def _told_in(self, node: Node) -> Iterator[PlannedCall]:
        for body in bodies(node):
            yield from _told(body, self._inner)
            for inner in body:
                yield from self._told_in(inner)

    def _comment(self, step: int, indent: str) -> None:
        if self._step < step <= len(self._steps):
            self._step = step
            text = " ".join(self._steps[step - 1].split())
            self.lines.append(f"{indent}# {step}. {shorten(text, 100, placeholder=' …')}")

    def _loop(self, loop: Loop, indent: str) -> None:
        variable = self._free(re.sub(r"\W+", "_", loop.item.lower()).strip("_") or "item")
        self._loops[loop] = variable
        source = self._result(loop.source)
        self._comment(loop.step, indent)
        self.lines.append(f"{indent}for {variable} in {source}:")
        self.write(loop.body, indent + "    ")
        if not indent:
            # Nothing to go through is no failure, but nobody should take it for work done.
            self.lines += [f"if not {source}:", f"    print({f'There is no {loop.item}: nothing was done.'!r})"]

    def _branch(self, branch: Branch, indent: str) -> None:
        self._comment(branch.step, indent)
        condition = (" or " if branch.any_holds else " and ").join(map(self._comparison, branch.condition)) or "False"
        if branch.negated:
            single = len(branch.condition) == 1 and " " not in condition
            condition = f"not {condition}" if single else f"not ({condition})"
        self.lines.append(f"{indent}if {condition}:")
        self.write(branch.body, indent + "    ")
        if not branch.body:
            self.lines.append(f"{indent}    pass")
        if branch.otherwise:
            self.lines.append(f"{indent}else:")
            self.write(branch.otherwise, indent + "    ")

    def _comparison(self, comparison: Comparison) -> str:
        bare = left = self._result(comparison.left)
        if comparison.only:
            held = " and ".join(map(_holds, comparison.only))
            left = f"[{_ONE} for {_ONE} in {left} if {held}]"
        if comparison.counted:
            left = f"len({left})"
        elif comparison.folded:
            left = f"{left}.lower()"
        if comparison.operator in ("true", "empty"):
            negated = comparison.negated != (comparison.operator == "empty")
            text = f"not {left}" if negated else left
        elif comparison.right is not None:
            right = self._value(comparison.right)
            negated = comparison.negated
            if comparison.operator == "in":
                text = f"{right} {'not in' if negated else 'in'} {left}"
            else:
                operator = _OPPOSITE[comparison.operator] if negated else comparison.operator
                text = f"{left} {operator} {right}"
        else:
            text = left
        return f"({bare} is not None and {text})" if comparison.nullable else text

    def _call(self, call: PlannedCall, indent: str) -> None:
        function = _function(call)
        if _is_shared(call, self._calls):
            function = f"{_module(call)}.{function}"
        order = [p.name for p in call.view.parameters]
        given = sorted(call.arguments.items(), key=lambda item: order.index(item[0]))
        arguments = ", ".join(f"{names.identifier(name)}={self._argument(call, name, value)}" for name, value in given)
        text = f"{function}({arguments})"
        if call in self._gathers:
            name, is_list = self._gathers[call]
            text = f"{name}.append({text})" if is_list else f"{name} = {text}"
        elif call in self._used:
            self.named[call] = self._free(_noun(call))
            text = f"{self.named[call]} = {text}"
        self.lines.append(indent + text)

    def _argument(self, call: PlannedCall, name: str, argument: Argument) -> str:
        """The argument; what is no text becomes one where the parameter takes text."""
        text = self._value(argument)
        parameter = call.view.parameter(name)
        if isinstance(argument, Filled) and parameter is not None:
            return repr(parameter.written(argument.value))
        if isinstance(argument, Filled) or parameter is None or parameter.type != "str":
            return text
        part = part_of(argument)
        return f"str({text})" if part and part.type in ("int", "float", "bool", "list", "dict") else text

    def _value(self, argument: Argument) -> str:
        return repr(argument.value) if isinstance(argument, Filled) else self._result(argument)

    def _result(self, argument: FromResult | FromItem) -> str:
        base = self.named[argument.call] if isinstance(argument, FromResult) else self._loops[argument.loop]
        return base + "".join(f"[{part!r}]" for part in argument.path)

    def _free(self, name: str) -> str:
        name = name if name.isidentifier() and not keyword.iskeyword(name) else f"value_{name}"
        candidate, n = name, 2
        while candidate in self._taken:
            candidate, n = f"{name}_{n}", n + 1
        self._taken.add(candidate)
        return candidate
