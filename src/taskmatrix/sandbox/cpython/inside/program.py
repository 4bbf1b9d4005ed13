"""One program in its process: from the host's first message to its last value."""

import ast
import inspect
import os
import sys
from types import CodeType, ModuleType, TracebackType
from typing import Any

from taskmatrix.sandbox.cpython.inside import clock, library
from taskmatrix.sandbox.cpython.inside.locks import Locks, OpenDoorError
from taskmatrix.sandbox.cpython.inside.pipe import Pipe
from taskmatrix.sandbox.cpython.inside.waiting import FILE, Answers, line_at, run, wait_for_host
from taskmatrix.sandbox.values import MAX_SIZE, NotJsonError, TooLargeError, to_json

_VALUE = "_value_of_the_last_line"


class HostFunction:
    """An API as a program sees it: calling it asks the host."""

    def __init__(self, module: str, name: str, answers: Answers) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = module
        self._answers = answers

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the API and wait for its answer."""
        return self._answers.call(self.__module__, self.__name__, line_at(inspect.currentframe()), args, kwargs)

    async def call_together(self, line: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the API; other calls can be made meanwhile."""
        return await self._answers.call_together(self.__module__, self.__name__, line, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def follow(locks: Locks) -> None:
    """Receive a program, close all doors, and run it."""
    pipe = Pipe()
    order = pipe.receive()
    if order["seed"]:
        clock.repeat_chance(order["seed"])
    if order["now"]:
        clock.stop_clock(order["now"])
    pipe.room = order["output_bytes"]
    sys.stdout = sys.stderr = pipe  # pyright: ignore[reportAttributeAccessIssue]  # as much of a file as print needs
    answers = Answers(pipe)
    offered = {name: _module(name, functions, answers) for name, functions in order["modules"].items()}
    wait_for_host(answers)
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": library.builtins_for(offered)}
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        locks.close(order["seconds"], order["memory_bytes"])
    except OpenDoorError as error:
        pipe.send("refused", message=str(error))
        return
    try:
        code = _compiled(order["code"])
        _carry_out(code, namespace)
        value = to_json(namespace.get(_VALUE), where="the program's last value", most=MAX_SIZE)
        pipe.send("done", value=value)
    except TooLargeError as error:
        pipe.send("limit", limit="memory", message=str(error), line=0)
    except NotJsonError as error:
        pipe.send("no-json", message=str(error))
    except MemoryError:
        namespace.clear()
        pipe.send("limit", limit="memory", message="MemoryError: the program's memory is used up", line=0)
    except RecursionError as error:
        line = _line_of(error.__traceback__)
        pipe.send("limit", limit="recursion", message=f"RecursionError: {error}", line=line)
    except BaseException as error:  # noqa: BLE001  # whatever the program raises is its outcome
        pipe.send("error", message=_said(error), line=_line_of(error.__traceback__))
    os._exit(0)


def _module(name: str, functions: list[str], answers: Answers) -> ModuleType:
    module = ModuleType(name)
    for function in functions:
        setattr(module, function, HostFunction(name, function, answers))
    return module


def _compiled(text: str) -> CodeType:
    """Compile a program so that the value of its last line is kept."""
    tree = ast.parse(text, FILE)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        kept = ast.Assign([ast.Name(_VALUE, ast.Store())], last.value)
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(kept, last))
    return compile(tree, FILE, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _carry_out(code: CodeType, namespace: dict[str, Any]) -> None:
    if not code.co_flags & inspect.CO_COROUTINE:
        exec(code, namespace)  # noqa: S102  # that is what this process is for
        return

    async def main() -> None:
        await eval(code, namespace)  # noqa: S307

    run(main())


def _line_of(trace: TracebackType | None) -> int:
    line = 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _said(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as other:  # noqa: BLE001  # an exception's text is the program's too
        text = f"(its text raises {type(other).__name__})"
    if isinstance(error, SyntaxError) and error.msg:
        text = error.msg
    name = type(error).__name__
    return f"{name}: {text[:10_000]}" if text else name
