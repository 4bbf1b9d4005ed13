from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import anyio
import pytest
from pydantic import JsonValue

from taskmatrix.core.protocols import HostCall, Limits, ModuleStub, Raised, Value
from taskmatrix.sandbox import MontySandbox

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
    """Runs whole programs in the sandbox of the test session."""

    def __init__(self, sandbox: MontySandbox) -> None:
        self.sandbox = sandbox

    def run(self, code: str, answer: Answer = echo, limits: Limits = DEFAULT, modules=(TOOLS,)) -> Ran:
        ran, printed = Ran(), list[str]()

        async def main() -> None:
            try:
                async with self.sandbox.start(code, modules, limits, printed.append) as run:
                    step = await run.advance(None)
                    while isinstance(step, HostCall):
                        ran.calls.append(step)
                        result = answer(step)
                        step = await run.advance(result if isinstance(result, Raised) else Value(result))
                    ran.value = step.value
            finally:
                ran.printed = "".join(printed)

        anyio.run(main)
        return ran

    def check(self, code: str, modules=(TOOLS,)):
        return list(self.sandbox.check(code, modules))


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[MontySandbox]:
    sandbox = MontySandbox()
    yield sandbox
    anyio.run(sandbox.aclose)


@pytest.fixture
def bench(_sandbox: MontySandbox) -> Bench:
    return Bench(_sandbox)
