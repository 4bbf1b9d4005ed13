"""Which steps of the outline a program does something for."""

import re
from collections.abc import Sequence

from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Selection

_STEP = re.compile(r"^\s*# (\d+)\. ")


def steps_left_out(selection: Selection, program: Program) -> Sequence[str]:
    """Return the steps that no API fits and that the program does nothing for either.

    Programs say which step their lines belong to with a comment: the step's number and its words.
    """
    done = _steps_done(program.code)
    unmet = [(number, step) for number, step in enumerate(selection.steps, start=1) if not step.choices]
    return [step.step for number, step in unmet if number not in done]


def _steps_done(code: str) -> set[int]:
    done: set[int] = set()
    current: int | None = None
    for line in code.splitlines():
        found = _STEP.match(line)
        if found:
            current = int(found[1])
        elif current is not None and line.strip() and not line.lstrip().startswith("#"):
            done.add(current)
    return done
