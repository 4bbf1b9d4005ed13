"""The command `taskmatrix`: commands and groups, and what an argument that is no command means."""

import difflib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from taskmatrix.cli import (
    apis,
    chat,
    chats,
    check,
    evaluate,
    feedback,
    learn,
    rules,
    run,
    runs,
    schedules,
    templates,
    worker,
)
from taskmatrix.cli.failures import (
    DONE,
    FAILED,
    INTERRUPTED,
    exit_status,
    print_error,
    print_error_json,
    show_error,
    start_logging,
)
from taskmatrix.cli.terminal import forgive_encoding, silence_output
from taskmatrix.core.errors import UsageError

_LEFT_BEHIND_SECONDS = 0.5
_OWN_OPTIONS = ("-h", "--help", "--version", "--debug", "--install-completion", "--show-completion")


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        """Run the command. Ctrl-C gets to the edge of the process, to be told there: typer would only exit."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stopped:
            raise typer.Abort from stopped


app = typer.Typer(
    name="taskmatrix",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="run")(run.run)
app.command(name="chat")(chat.chat)
app.add_typer(chats.app, name="chats")
app.add_typer(runs.app, name="runs")
app.add_typer(rules.app, name="rules")
app.add_typer(schedules.app, name="schedules")
app.add_typer(templates.app, name="templates")
app.command(name="worker")(worker.worker)
app.add_typer(worker.events, name="events")
app.command(name="feedback")(feedback.feedback)
app.command(name="check")(check.check)
app.add_typer(apis.app, name="apis")
app.add_typer(evaluate.app, name="eval")
app.add_typer(learn.app, name="learn")

COMMANDS = tuple("run chat chats runs rules schedules templates worker events feedback check apis eval learn".split())


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"taskmatrix {version('taskmatrix')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and log messages.")] = False,
) -> None:
    """Complete tasks by connecting foundation models with APIs.

    taskmatrix "INSTRUCTION" is short for taskmatrix run "INSTRUCTION".
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with its exit status."""
    forgive_encoding()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _interrupt)
    _end(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _end(status: int) -> None:
    """End the process, also where the function of a call that was given up never ends."""
    workers = [thread for thread in threading.enumerate() if thread.name == "AnyIO worker thread"]
    for thread in workers:
        thread.join(_LEFT_BEHIND_SECONDS)
    if any(thread.is_alive() for thread in workers):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _interrupt(_number: int, _frame: object) -> None:
    """End as Ctrl-C does, in good order: the journal says so."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as in what a script started in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def _run(given: list[str]) -> int:
    as_json = "--json" in given
    if "--debug" in given:  # wherever it stands
        given = [argument for argument in given if argument != "--debug"]
        os.environ["TASKMATRIX_DEBUG"] = "1"
    start_logging()
    try:
        status = app(_with_command(given), prog_name="taskmatrix", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:  # typer's word for Ctrl-C
        show_error(KeyboardInterrupt(), as_json=as_json)
        return INTERRUPTED
    except BrokenPipeError:
        silence_output()
        return FAILED
    except typer.TyperException as error:
        return _show_usage_error(error, as_json=as_json)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 — the edge of the process; shown and logged
        show_error(error, as_json=as_json)
        return exit_status(error)
    return status if isinstance(status, int) else DONE


def _show_usage_error(error: typer.TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)  # only that of a usage error knows its command
    command = context.command_path if context is not None else "taskmatrix"
    message, hint = error.format_message(), f"{command} --help says what it takes"
    if as_json:
        print_error_json(UsageError.code, message, hint)
    if message.startswith("Usage:"):  # a group without a command: typer raises its help
        print(message, file=sys.stderr)
    else:
        print_error(message, hint)
    return error.exit_code


def _with_command(given: list[str]) -> list[str]:
    """Put `run` before an instruction. Raises UsageError for a word that looks like a mistyped command."""
    if not given or given[0] in COMMANDS or given[0].partition("=")[0] in _OWN_OPTIONS:
        return given
    if given == ["help"]:
        return ["--help"]
    word = given[0].lower()
    meant = [] if " " in word else difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.66)
    if meant:
        raise UsageError(
            f"there is no command {given[0]!r}; did you mean {meant[0]!r}?",
            hint='an instruction that starts with this word is given as: taskmatrix run "…"',
        )
    return ["run", *given]
