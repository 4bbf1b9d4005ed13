"""`taskmatrix worker` and `taskmatrix events`: what waits is run, and told that something has happened."""

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from taskmatrix.cli.failures import DONE
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.core.events import RunStatus

events = typer.Typer(help="Tell schedules that something has happened.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


def worker(
    once: Annotated[bool, typer.Option("--once", help="End when nothing is due or queued any more.")] = False,
    concurrency: Annotated[int, typer.Option("--concurrency", "-c", min=1, max=1_000, help="Runs at once.")] = 16,
    per_minute: Annotated[
        int | None, typer.Option("--per-minute", min=1, help="Runs that all workers together begin (PostgreSQL).")
    ] = None,
    webhooks: Annotated[
        int | None,
        typer.Option("--webhooks", min=0, max=65535, help="Port of this machine to listen for webhooks on."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Fire schedules and take up queued runs, until it is stopped.

    Ctrl-C ends it when the runs in hand have ended, twice at once; other workers then go on with them. With
    TASKMATRIX_DATABASE_URL on PostgreSQL and the [cluster] extra, any number of machines share the work.
    """
    import anyio

    from taskmatrix.app import TaskMatrix
    from taskmatrix.app.webhooks import listen
    from taskmatrix.app.worker import Worker

    tm = TaskMatrix()
    tell = partial(_tell, as_json=as_json)
    working = Worker(tm, concurrency=concurrency, once=once, per_minute=per_minute, tell=tell)
    with listen(tm, webhooks) as port:
        if not as_json:
            at = f", listening for webhooks on http://127.0.0.1:{port}" if port else ""
            console().print(f"Working for {visible(tm.database.where)}{at}. Ctrl-C ends it.")
        anyio.run(working.work)
    return DONE


@events.command()
def publish(
    topic: Annotated[str, typer.Argument(metavar="TOPIC")],
    payload: Annotated[str | None, typer.Argument(metavar="JSON", help="What comes with it.")] = None,
    as_json: Json = False,
) -> int:
    """Queue a run for every schedule that waits for a topic."""
    from pydantic import ValidationError

    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.triggers import OnTopic

    try:
        waited_for = OnTopic(topic=topic)
        given: JsonValue = json.loads(payload) if payload is not None else None
    except (ValidationError, ValueError) as error:
        raise UsageError(f"this cannot be published: {error}", hint="give a topic and JSON in quotes") from error
    with TaskMatrix() as tm:
        queued = tm.schedules.happened(waited_for, given)
    if as_json:
        print(json.dumps({"runs": [*queued]}))
    elif queued:
        console().print(f"Queued {', '.join(queued)}. They wait for `taskmatrix worker`.")
    else:
        console().print(f"No schedule waits for {visible(topic)!r}.")
    return DONE


def _tell(run_id: str, status: "RunStatus", *, as_json: bool) -> None:
    print(json.dumps({"run": run_id, "status": status}) if as_json else f"{run_id}  {status}", flush=True)
