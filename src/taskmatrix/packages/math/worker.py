"""The worker process: one request a line on standard input, one answer a line on standard output.

Run as `python -m taskmatrix.packages.math.worker`. It is given nothing but checked expressions, holds no state
between requests, and ends with its standard input. The process that started it ends it when it takes too long.
"""

import json
import resource
import sys
from typing import TextIO

from taskmatrix.core.errors import ApiArgumentError, ApiError
from taskmatrix.packages.math.operations import OPERATIONS

MEMORY = 2 * 2**30
"""Bytes of address space."""


def answer(request: dict[str, object]) -> dict[str, object]:
    """Do what a request asks; errors become part of the answer."""
    arguments = request["arguments"]
    try:
        return {"result": OPERATIONS[str(request["operation"])](**arguments)}  # pyright: ignore
    except ApiArgumentError as error:
        return {"error": error.message, "hint": error.hint, "argument": True}
    except ApiError as error:
        return {"error": error.message, "hint": error.hint}
    except (MemoryError, RecursionError):
        return {"error": "this is too large to work out", "hint": "try a simpler expression"}
    except Exception as error:  # noqa: BLE001  the edge of the process; sympy raises many kinds for what it cannot do
        return {"error": f"this cannot be worked out ({type(error).__name__}: {str(error)[:200]})"}


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answer until there are no more requests."""
    for line in requests:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def main() -> None:
    """Take the limits, load sympy, say that it is ready, and serve."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.set_int_max_str_digits(0)
    import sympy  # noqa: F401  # pyright: ignore

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    serve(sys.stdin, sys.stdout)


if __name__ == "__main__":
    main()
