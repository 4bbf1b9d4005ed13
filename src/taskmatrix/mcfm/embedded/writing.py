"""A plan as action code."""

import keyword
import re
from collections.abc import Sequence
from textwrap import shorten

from taskmatrix.core import names
from taskmatrix.core.outlines import Outline
from taskmatrix.mcfm.embedded.filling import Filled
from taskmatrix.mcfm.embedded.plan import Argument, FromItem, FromResult, Loop, Node, Plan, PlannedCall


def write_code(plan: Plan, outline: Outline | None = None) -> str:
    """Return the program of a plan: imports, then the calls, with the outline's steps as comments."""
    calls = list(plan.calls())
    lines = [*_imports(calls), ""]
    writer = _Writer(plan, [s.text for s in outline.steps] if outline else [])
    writer.write(plan.nodes, "")
    answers = [writer.named[call] for call in _answers(plan) if call in writer.named]
    if answers:
        writer.lines.append(answers[0] if len(answers) == 1 else f"[{', '.join(answers)}]")
    return "\n".join([*lines, *writer.lines]) + "\n"


def _answers(plan: Plan) -> list[PlannedCall]:
    """The calls whose results answer the instruction: what was asked to be read, else the last call asked for."""
    top = [n for n in plan.nodes if isinstance(n, PlannedCall)]
    asked = [c for c in top if not c.added]
    used = {a.call for c in plan.calls() for a in c.arguments.values() if isinstance(a, FromResult)}
    used |= {loop.source.call for loop in _loops(plan.nodes)}
    told = [c for c in asked if c.view.document.effects.kind == "read" and not c.goes]
    told = [c for c in told if c not in used and c.view.document.returns.type.get("type") != "null"]
    final = asked[-1] if asked and asked[-1] is top[-1] else None
    if final is None or final in told:
        return told
    return [*told, final] if final.view.document.returns.type.get("type") != "null" else told


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


def _loops(nodes: Sequence[Node]) -> list[Loop]:
    return [inner for node in nodes if isinstance(node, Loop) for inner in (node, *_loops(node.body))]


def _noun(call: PlannedCall) -> str:
    """What a call gives, in a word: the last of its name, without its verb."""
    words = names.words(call.view.document.name.rsplit(".", 1)[-1])
    return words[-1] if len(words) > 1 else "result"


class _Writer:
    def __init__(self, plan: Plan, steps: Sequence[str]) -> None:
        self.lines: list[str] = []
        self.named: dict[PlannedCall, str] = {}
        self._steps = steps
        self._step = 0
        self._taken: set[str] = {name for c in plan.calls() for name in (_function(c), _module(c))}
        self._loops: dict[Loop, str] = {}
        self._used = {a.call for c in plan.calls() for a in c.arguments.values() if isinstance(a, FromResult)}
        self._used |= {loop.source.call for loop in _loops(plan.nodes)}
        self._calls = list(plan.calls())
        self._used.update(_answers(plan))

    def write(self, nodes: Sequence[Node], indent: str) -> None:
        """Append the lines of the nodes."""
        for node in nodes:
            if isinstance(node, Loop):
                self._loop(node, indent)
            else:
                self._comment(node, indent)
                self._call(node, indent)

    def _comment(self, call: PlannedCall, indent: str) -> None:
        if call.step > self._step and call.step <= len(self._steps):
            self._step = call.step
            text = " ".join(self._steps[call.step - 1].split())
            self.lines.append(f"{indent}# {call.step}. {shorten(text, 100, placeholder=' …')}")

    def _loop(self, loop: Loop, indent: str) -> None:
        variable = self._free(re.sub(r"\W+", "_", loop.item.lower()).strip("_") or "item")
        self._loops[loop] = variable
        self.lines.append(f"{indent}for {variable} in {self._result(loop.source)}:")
        self.write(loop.body, indent + "    ")

    def _call(self, call: PlannedCall, indent: str) -> None:
        function = _function(call)
        if _is_shared(call, self._calls):
            function = f"{_module(call)}.{function}"
        order = [p.name for p in call.view.parameters]
        given = sorted(call.arguments.items(), key=lambda item: order.index(item[0]))
        arguments = ", ".join(f"{names.identifier(name)}={self._argument(argument)}" for name, argument in given)
        text = f"{function}({arguments})"
        if call in self._used:
            self.named[call] = self._free(_noun(call))
            text = f"{self.named[call]} = {text}"
        self.lines.append(indent + text)

    def _argument(self, argument: Argument) -> str:
        if isinstance(argument, Filled):
            return repr(argument.value)
        return self._result(argument)

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
