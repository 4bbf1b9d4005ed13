import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from taskmatrix.cli import approving
from taskmatrix.cli.approving import TerminalAsker
from taskmatrix.cli.outlining import GO_ON, HOW, ask_outline
from taskmatrix.cli.terminal import console
from taskmatrix.cli.watching import RunDisplay
from taskmatrix.conversation.outline_edits import edit_outline, is_accepted
from taskmatrix.conversation.outline_text import outline_question
from taskmatrix.core.errors import RunCancelledError
from taskmatrix.core.events import QuestionAsked
from taskmatrix.core.outlines import Outline, Step

OUTLINE = Outline(steps=(Step(text="Look up the rooms", yields="the rooms"), Step(text="Switch each lamp on")))
QUESTION = outline_question(OUTLINE)


@pytest.fixture(autouse=True)
def no_editor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Return what sets the editor to a program that changes the file's `text`."""

    def use(change: str) -> None:
        script = tmp_path / "my editor.py"
        script.write_text(f"import sys\npath = sys.argv[-1]\ntext = open(path).read()\n{change}\n")
        monkeypatch.setenv("EDITOR", f"{sys.executable} '{script}' --wait")

    return use


def typing(*lines: str) -> Callable[[str], str]:
    left: Iterator[str] = iter(lines)

    def ask(_: str) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    return ask


@pytest.mark.parametrize("typed", ["", "  ", "ok"])
def test_enter_goes_on(typed):
    assert is_accepted(ask_outline(QUESTION, typing(typed)))


def test_words_are_the_answer_and_the_line_above_says_how(capsys):
    assert ask_outline(QUESTION, typing(" drop step 2 ")) == "drop step 2"
    assert ask_outline(QUESTION, typing("make it nicer")) == "make it nicer"
    assert HOW in capsys.readouterr().out


def test_what_cannot_be_done_is_said_and_asked_again(capsys):
    assert ask_outline(QUESTION, typing("drop step 9", "a\x1bb", "drop step 2")) == "drop step 2"
    out = capsys.readouterr().out
    assert "there is no step 9; the outline has 2 steps" in out
    assert "U+001B" in out and "\x1b" not in out


def test_the_editor_gets_the_outline_and_what_it_leaves_is_the_answer(editor):
    editor("assert '   yields: the rooms' in text\nopen(path, 'w').write(text.replace('2. Switch', '2. Dim'))")
    edited = edit_outline(OUTLINE, ask_outline(QUESTION, typing("e")))
    assert edited is not None
    assert edited.steps == (OUTLINE.steps[0], Step(text="Dim each lamp on"))


def test_an_outline_without_its_first_line_is_still_known_for_one(editor):
    editor("open(path, 'w').write('1. Sing\\n')")
    edited = edit_outline(OUTLINE, ask_outline(QUESTION, typing("edit")))
    assert edited is not None
    assert edited.steps == (Step(text="Sing"),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("pass", "nothing was changed"),
        ("sys.exit(3)", "status 3"),
        ("open(path, 'w').close()", "no step is left"),
        ("open(path, 'wb').write(b'1. \\xff\\xfe')", "UTF-8"),
        ("open(path, 'w').write('1. ' + 'x' * 2_000_000)", "too long"),
        ("import os; os.remove(path)", "cannot be read"),
    ],
)
def test_an_editor_that_leaves_nothing_usable_changes_nothing(editor, capsys, change, said):
    editor(change)
    assert ask_outline(QUESTION, typing("e", "")) == GO_ON
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "said"), [("", "no editor is set"), ("/no/such/editor", "cannot be started"), ("'open", "no command")]
)
def test_without_an_editor_it_says_what_to_do(monkeypatch, capsys, command, said):
    monkeypatch.setenv("VISUAL", command)
    assert ask_outline(QUESTION, typing("e", "")) == GO_ON
    assert said in capsys.readouterr().out


def test_at_an_outline_ctrl_d_leaves_the_run_waiting_and_ctrl_c_ends_it(monkeypatch):
    monkeypatch.setattr(approving, "is_somebody_there", lambda: True)

    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    asked = QuestionAsked(number=1, question=QUESTION)
    with RunDisplay(console(), live=False) as display:
        assert anyio.run(TerminalAsker(display, typing()), asked) is None
        assert anyio.run(TerminalAsker(display, typing("")), asked) == GO_ON
        with pytest.raises(RunCancelledError):
            anyio.run(TerminalAsker(display, interrupt), asked)
