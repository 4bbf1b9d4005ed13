"""`taskmatrix apis call`: call one API by hand, as a run of its own."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from taskmatrix.cli.failures import print_warning, status_of_run
from taskmatrix.cli.terminal import console, visible
from taskmatrix.core.errors import UsageError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from taskmatrix.app import TaskMatrix
    from taskmatrix.core.documents import ApiDocument
    from taskmatrix.core.events import Event, Run


def call(
    name: Annotated[str, typer.Argument(metavar="NAME", help="package.name of the API.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[PARAMETER=VALUE]…", help="Texts as they are, all else as JSON.")
    ] = None,
    json_arguments: Annotated[
        str | None, typer.Option("--arguments", metavar="JSON", help="All arguments as one JSON object; - reads it.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write an image or other content to this file.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve the call; never overwrite a file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole run as one JSON object.")] = False,
) -> int:
    """Call one API and print its result. What changes something is asked about, as in any run."""
    from taskmatrix.app import TaskMatrix
    from taskmatrix.cli.approving import TerminalApprover
    from taskmatrix.cli.run import conclude, print_json, until_stopped
    from taskmatrix.cli.undoing import offer_undo
    from taskmatrix.cli.watching import RunDisplay

    with TaskMatrix() as tm:
        # Where there is no such API, the call says so.
        document = tm.registry.find(name)
        values = {**_read_json(json_arguments), **read_pairs(document, arguments or ())}
        if as_json:
            return print_json(until_stopped(tm, lambda watch: tm.call_sync(name, values, assume_yes=yes, watch=watch)))
        with RunDisplay(console(sys.stderr)) as display:
            approver = TerminalApprover(display)

            def show_questions(event: "Event") -> None:
                # The call is known to whoever made it; what is asked about it is not.
                if event.type in ("approval_requested", "approval_answered"):
                    display.watch(event)

            result = until_stopped(
                tm,
                lambda watch: tm.call_sync(name, values, assume_yes=yes, approver=approver, watch=watch),
                show_questions,
            )
        if result.status != "done":
            status = conclude(result)
            offer_undo(tm, result)
            return status
        _print_result(result, output, tm)
        return status_of_run(result.status)


def read_pairs(document: "ApiDocument | None", pairs: Sequence[str]) -> "Mapping[str, JsonValue]":
    """Return the arguments written as `parameter=value`. Raises UsageError for what is no pair."""
    values: dict[str, JsonValue] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{pair!r} is no argument", hint="write parameter=value, as in path=tech.pptx")
        values[name] = _value(document, name, text)
    return values


def _value(document: "ApiDocument | None", name: str, text: str) -> "JsonValue":
    parameter = document.parameter(name) if document is not None else None
    if parameter is not None and parameter.type.get("type") == "string":
        return text
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _read_json(text: str | None) -> "Mapping[str, JsonValue]":
    if text is None:
        return {}
    try:
        value = json.loads(sys.stdin.read() if text == "-" else text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"--arguments is no JSON: {error}", hint="""write --arguments '{"path": "a.pptx"}'"""
        ) from None
    if not isinstance(value, dict):
        raise UsageError("--arguments is no JSON object", hint="""write --arguments '{"path": "a.pptx"}'""")
    return cast("dict[str, JsonValue]", value)


def _print_result(result: "Run", output: Path | None, tm: "TaskMatrix") -> None:
    from taskmatrix.core.events import CallDone

    done = next((event for event in reversed(result.events) if isinstance(event, CallDone)), None)
    if done is None or done.result is None:
        return
    value = done.result
    digest = value.get("digest") if isinstance(value, dict) and "media_type" in value else None
    if output is not None:
        if not isinstance(digest, str):
            raise UsageError("the result is no content that could be a file", hint="leave --output out")
        output.write_bytes(tm.blobs.get(digest))
        print(visible(str(output)))
        return
    if digest is not None:
        print_warning("this is a handle of the content; --output FILE writes it to a file")
    print(visible(value) if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False))
