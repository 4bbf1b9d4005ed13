"""Asking at the terminal whether an outline is right: Enter goes on, words edit it, `e` opens an editor."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from taskmatrix.cli.terminal import visible
from taskmatrix.core.errors import UsageError
from taskmatrix.core.questions import Question

GO_ON = "go on"
"""The answer that Enter stands for."""

HOW = 'Enter goes on; say what to change ("drop step 2", "2: new words", "put the logo first"); e opens your editor'

_LARGEST = 1_000_000
_EDITING = ("e", "edit", "editor")


def ask_outline(question: Question, ask: Callable[[str], str]) -> str:
    """Return the answer to a question about an outline: that it is right, or how to change it.

    What cannot be done is said, and asked for again. Raises EOFError and KeyboardInterrupt as `ask` does.
    """
    from taskmatrix.conversation.outline_edits import edit_outline
    from taskmatrix.conversation.outline_text import outline_asked
    from taskmatrix.conversation.questions import read_answer

    print(f"  {HOW}")
    while True:
        typed = ask("  go on, or what to change: ").strip()
        try:
            answer = edit_text(question) if typed.lower() in _EDITING else read_answer(question, typed)
            if answer is None:
                print("  nothing was changed")
                continue
            edit_outline(outline_asked(question), answer)  # what it says of a step that is not there, it says here
        except UsageError as error:
            print(f"  {visible(error.message)}; {visible(error.hint or '')}")
            continue
        return answer or GO_ON


def edit_text(question: Question) -> str | None:
    """Let the user edit an outline in an editor of theirs; None where nothing was changed.

    Raises UsageError where there is none, it fails, or what it leaves is no text.
    """
    from taskmatrix.conversation.outline_text import as_outline_text, text_asked

    before = text_asked(question)
    with tempfile.TemporaryDirectory(prefix="taskmatrix-") as folder:
        path = Path(folder) / "outline.txt"
        path.write_text(before, encoding="utf-8")
        _run_editor(editor_command(), path)
        try:
            if path.stat().st_size > _LARGEST:
                raise UsageError("what the editor left is too long for an outline", hint="keep it short")
            after = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"what the editor left cannot be read: {error}", hint="save it as UTF-8 text") from None
    return None if after == before else as_outline_text(after)


def editor_command() -> list[str]:
    """Return the user's editor (`$VISUAL`, else `$EDITOR`), with its options. Raises UsageError for none."""
    for name in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise UsageError(f"{name} is no command: {error}", hint=f"set {name} to an editor, such as nano") from None
        if command:
            return command
    raise UsageError("no editor is set", hint='set VISUAL or EDITOR (export EDITOR=nano), or say it: "2: new words"')


def _run_editor(command: list[str], path: Path) -> None:
    # A Ctrl-C typed there is the editor's; unlike "ignore", a function of ours is not handed on to it.
    before = signal.signal(signal.SIGINT, _leave_to_editor)
    try:
        status = subprocess.run([*command, str(path)], check=False).returncode
    except OSError as error:
        raise UsageError(
            f"the editor {command[0]!r} cannot be started: {error.strerror}", hint="set VISUAL or EDITOR to another"
        ) from None
    finally:
        signal.signal(signal.SIGINT, before)
    if status:
        raise UsageError(f"the editor ended with status {status}", hint="the outline is as it was; edit it again")


def _leave_to_editor(signal_number: int, frame: FrameType | None) -> None:
    """Do nothing."""
