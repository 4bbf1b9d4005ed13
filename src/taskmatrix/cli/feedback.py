"""`taskmatrix feedback`: say whether a run did what was meant."""

from typing import Annotated, Literal

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.run import Json
from taskmatrix.cli.terminal import console

LONGEST_TEXT = 10_000


def feedback(
    run_id: Annotated[str, typer.Argument(help="The run's id, or its beginning or end.", metavar="RUN")],
    verdict: Annotated[Literal["up", "down"], typer.Argument(help="up: it did what was meant; down: it did not.")],
    text: Annotated[list[str] | None, typer.Argument(help="What was wrong, or right.")] = None,
    as_json: Json = False,
) -> int:
    """Say whether a run did what was meant."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        said = tm.say(run_id, verdict, " ".join(text or ())[:LONGEST_TEXT])
    if as_json:
        print(said.model_dump_json())
    else:
        console().print(f"Kept with run {said.run}. Thank you.")
    return DONE
