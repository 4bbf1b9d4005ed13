"""Running whole programs in a sandbox, with an answer for each of their calls."""

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
from pydantic import JsonValue

from taskmatrix.core.protocols import ANY_ORIGIN, HostCall, Limits, ModuleStub, Origin, Raised, Sandbox, Value
from taskmatrix.sandbox.stepping import answer_each

TOOLS = ModuleStub(
    "tools",
    "from typing import Any\n"
    "def take(value: Any = ..., **more: Any) -> Any: ...\n"
    "def names() -> list[str]: ...\n"
    "def count(text: str, times: int = 1) -> int: ...\n",
    ("take", "names", "count"),
)

DEFAULT = Limits()

Answer = Callable[[HostCall], JsonValue | Raised]


def echo(call: HostCall) -> JsonValue:
    return call.args[0] if call.args else None


@dataclass
class Ran:
    value: JsonValue = None
    calls: list[HostCall] = field(default_factory=list)
    printed: str = ""


class Bench:
    """Runs whole programs in a sandbox of the test session."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def run(
        self,
        code: str,
        answer: Answer = echo,
        limits: Limits = DEFAULT,
        modules=(TOOLS,),
        origin: Origin = ANY_ORIGIN,
    ) -> Ran:
        ran, printed = Ran(), list[str]()

        async def take(call: HostCall) -> Value | Raised:
            ran.calls.append(call)
            result = answer(call)
            return result if isinstance(result, Raised) else Value(result)

        async def main() -> None:
            try:
                async with self.sandbox.start(code, modules, limits, printed.append, origin) as run:
                    ran.value = (await answer_each(run, take)).value
            finally:
                ran.printed = "".join(printed)

        anyio.run(main)
        return ran

    def check(self, code: str, modules=(TOOLS,)):
        return list(self.sandbox.check(code, modules))
