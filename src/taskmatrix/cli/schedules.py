"""`taskmatrix schedules`: what runs at its time, or when something happens."""

import json
import socket
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from taskmatrix.cli.failures import DONE, USAGE
from taskmatrix.cli.run import Json, conclude, print_json, until_stopped
from taskmatrix.cli.slots import given_values
from taskmatrix.cli.terminal import console, visible
from taskmatrix.cli.times import read_time
from taskmatrix.core.errors import ScheduleError, UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.orders import Schedule
    from taskmatrix.core.triggers import Trigger

app = typer.Typer(help="What runs at its time, or when something happens.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The schedule's name or id.", metavar="SCHEDULE")]

Instruction = Annotated[
    list[str] | None,
    typer.Argument(
        help="What to do, in plain words; with --template or --program, what its runs are called.",
        metavar="INSTRUCTION",
    ),
]

ProgramFile = Annotated[
    Path | None, typer.Option("--program", help="A file with the program; else a model writes it.")
]

UsedTemplate = Annotated[
    str | None, typer.Option("--template", metavar="TEMPLATE", help="Run this template, with the values of --set.")
]

SlotValues = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SLOT=VALUE", help="A value of the template, as Ann or {event.body.name}."),
]

_WAITS = "It waits for `taskmatrix worker`."


@app.command(name="list")
def list_schedules(as_json: Json = False) -> int:
    """List the schedules, the oldest first, and when each is due."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.schedules.store.all()
    if as_json:
        print(json.dumps([_told(schedule) for schedule in found]))
        return DONE
    for schedule in found:
        console().print(_line(schedule))
    if not found:
        console().print('no schedules yet; make one with taskmatrix "every day at 9 …", or taskmatrix schedules add')
    return DONE


@app.command()
def add(
    instruction: Instruction = None,
    at: Annotated[str | None, typer.Option("--at", help="Once: 2026-12-24T18:00.")] = None,
    every: Annotated[str | None, typer.Option("--every", help="Again and again: P1D, PT5M, P1M.")] = None,
    start: Annotated[
        str | None, typer.Option("--start", help="The first time of --every; else one of them on.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="The last moment of --every or --cron.")] = None,
    cron: Annotated[str | None, typer.Option("--cron", help="As cron does: '0 9 * * 1-5'.")] = None,
    on_topic: Annotated[str | None, typer.Option("--on-topic", help="When it is published under a topic.")] = None,
    on_webhook: Annotated[
        str | None, typer.Option("--on-webhook", help="When it is posted to a path: /orders.")
    ] = None,
    on_file: Annotated[
        str | None, typer.Option("--on-file", help="When a file appears or changes: 'in/*.csv'.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What to call it; else its id, or what it runs.")] = "",
    zone: Annotated[str, typer.Option("--zone", help="IANA time zone of its times; else this machine's.")] = "",
    program: ProgramFile = None,
    template: UsedTemplate = None,
    values: SlotValues = None,
    tenant: Annotated[str, typer.Option("--tenant", help="For whom; workers are shared fairly.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve everything; never overwrite a file.")] = False,
    directory: Annotated[
        Path | None, typer.Option("--directory", help="Where relative paths start; else the current folder.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="The model that writes the program.")] = None,
    as_json: Json = False,
) -> int:
    """Plan and check an instruction now, and keep its program until its time comes.

    Say when in the instruction, or by one of the options. What needs an approval waits for it then, as in any run.
    {event.path} and {event.body.NAME} stand for values of what has happened, also in texts of a program.
    """
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.watching import RunDisplay
    from taskmatrix.conversation import summarize

    waits_for = {"cron": cron, "topic": on_topic, "webhook": on_webhook, "file": on_file, "every": every, "at": at}
    named = {kind: option for kind, option in waits_for.items() if option}
    if len(named) > 1:
        raise UsageError("a schedule waits for one thing only", hint="add one schedule for each")
    trigger = _read(*next(iter(named.items())), start, until, zone, directory) if named else None
    given = template or (program.stem if program else "")
    said, name = " ".join(instruction or ()) or given, name or ("" if instruction else given)
    with TaskMatrix(model=model) as tm, RunDisplay(console()) as display:
        code = _code(tm, program, template, values or ())
        keep = partial(tm.schedule_sync, said, trigger, program=code, name=name, zone=zone)
        keep = partial(keep, assume_yes=yes, directory=directory, tenant=tenant)
        result = until_stopped(tm, lambda look: keep(watch=look), None if as_json else display.watch)
    status = print_json(result) if as_json else conclude(result)
    error = summarize(result).error
    return USAGE if error is not None and error.code in (ScheduleError.code, UsageError.code) else status


@app.command()
def show(name: Name, as_json: Json = False) -> int:
    """Show a schedule with its program, and what became of its last run."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        found = tm.schedules.store.find(name)
    if as_json:
        print(json.dumps(_told(found)))
        return DONE
    out = console()
    out.print(_line(found))
    out.print(f"  {visible(found.task.instruction)}")
    out.print(f"  zone {found.zone}, fired {found.fired} times, tenant {visible(found.task.tenant) or '(none)'}")
    if found.last_run:
        out.print(f"  last {found.last:%Y-%m-%d %H:%M:%S} UTC: taskmatrix runs show {found.last_run}")
    if found.task.program is not None:
        out.print("\n" + visible(found.task.program.code))
    return DONE


@app.command()
def pause(name: Name, as_json: Json = False) -> int:
    """Let a schedule wait for nothing."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        return _tell(tm.schedules.pause(name), as_json=as_json)


@app.command()
def resume(name: Name, as_json: Json = False) -> int:
    """Let a paused schedule go on from now; what was due meanwhile is left out."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        return _tell(tm.schedules.resume(name), as_json=as_json)


@app.command()
def remove(name: Name, as_json: Json = False) -> int:
    """Forget a schedule; its runs stay."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        tm.schedules.remove(name)
    print(json.dumps({"removed": name})) if as_json else console().print(f"Removed {visible(name)}.")
    return DONE


@app.command(name="run-now")
def run_now(name: Name, as_json: Json = False) -> int:
    """Queue a run of a schedule, due or not."""
    from taskmatrix.app import TaskMatrix

    with TaskMatrix() as tm:
        run_id = tm.schedules.run_now(name)
    print(json.dumps({"run": run_id})) if as_json else console().print(f"Queued run {run_id}. {_WAITS}")
    return DONE


def _code(tm: "TaskMatrix", program: Path | None, template: str | None, values: Sequence[str]) -> str | None:
    """Return the program that is to be kept; None where a model writes it. Raises UsageError, NotFoundError."""
    from taskmatrix.conversation import calling

    if (values and not template) or (template and program):
        raise UsageError(
            "--set gives the values of a --template, which is the program", hint="give both, no --program"
        )
    if template is None:
        return program.read_text() if program else None
    found = tm.templates.find(template).template
    return calling(found, given_values(found, values, None))


def _read(
    kind: str, option: str, start: str | None, until: str | None, zone: str, directory: Path | None
) -> "Trigger":
    """Read what a schedule waits for. Raises UsageError."""
    from taskmatrix.app.zones import known_zone, local_zone

    in_zone = ZoneInfo(known_zone(zone) if zone else local_zone())
    end: dict[str, JsonValue] = {"end": read_time(until, in_zone).isoformat()} if until else {}
    match kind:
        case "at":
            given: dict[str, JsonValue] = {"at": read_time(option, in_zone).isoformat()}
        case "every":
            first = read_time(start, in_zone).isoformat() if start else _first(option, in_zone)
            given = {"interval": option, "start": first, **end}
        case "cron":
            given = {"expression": option, **end}
        case "topic":
            given = {"topic": option}
        case "webhook":
            given = {"path": option}
        case _:
            given = {"pattern": str((directory or Path.cwd()).absolute() / option), "host": socket.gethostname()}
    return _trigger({"kind": kind, **given})


def _first(interval: str, zone: ZoneInfo) -> str:
    """The first time of an interval that begins to pass now."""
    from taskmatrix.core.triggers import Every, next_time

    now = datetime.now(zone).replace(microsecond=0)
    trigger = _trigger({"kind": "every", "interval": interval, "start": now.isoformat()})
    assert isinstance(trigger, Every)
    return (next_time(trigger, zone.key, now) or now).astimezone(zone).isoformat()


def _trigger(given: "dict[str, JsonValue]") -> "Trigger":
    from pydantic import ValidationError

    from taskmatrix.core.triggers import TRIGGER

    try:
        return TRIGGER.validate_python(given)
    except ValidationError as error:
        found = error.errors()[0]
        raise UsageError(
            f"{' '.join(str(part) for part in found['loc'][1:])}: {found['msg'].removeprefix('Value error, ')}",
            hint="taskmatrix schedules add --help",
        ) from error


def _tell(schedule: "Schedule", *, as_json: bool) -> int:
    print(json.dumps(_told(schedule))) if as_json else console().print(_line(schedule))
    return DONE


def _told(schedule: "Schedule") -> "JsonValue":
    return schedule.model_dump(mode="json")


def _line(schedule: "Schedule") -> str:
    due = f", due {schedule.due.astimezone(ZoneInfo(schedule.zone)):%Y-%m-%d %H:%M}" if schedule.due else ""
    return f"{visible(schedule.name)}  {schedule.state}  {visible(str(schedule.trigger))}{due} ({schedule.zone})"
