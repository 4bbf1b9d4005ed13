import os
import pty
import shutil
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from cli_command import COMMAND, Command
from cli_session import Session

from databases import NO_BACKGROUND
from forked import ForkedCommands
from taskmatrix.core.errors import TaskMatrixError

BOUND = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")

NOTEBOOK = '''
from taskmatrix import RunContext, api
from taskmatrix.core.artifacts import Artifact


@api(effects="write")
def write_note(path: str, text: str, context: RunContext) -> Artifact:
    """Write a note (memo) to a file.

    Args:
        path: The file of the note.
        text: What the note says.
    """
    return context.write_output(path, text.encode(), "text/plain")


@api(effects="read")
def count_words(text: str) -> int:
    """Count the words of a text.

    Args:
        text: The text whose words are counted.
    """
    return len(text.split())


@api(effects="destructive")
def shred_note(path: str) -> str:
    """Shred (destroy) a note for good.

    Args:
        path: The file of the note.
    """
    return path
'''


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment with a home of its own and no setting of ours or of a model's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TASKMATRIX_", "OPENAI_", "ANTHROPIC_"))}
    return kept | NO_BACKGROUND | {"TASKMATRIX_HOME": str(tmp_path / "home"), "PYTHONUTF8": "1"}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return the folder in which commands run."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def taskmatrix(environment: dict[str, str], work: Path, forked_commands: ForkedCommands) -> Command:
    """Run the command in a process of its own and return what it printed.

    `bound` has the permissions of files hold for root too, who may otherwise write everywhere.
    """

    def run(
        *arguments: str, stdin: str = "", bound: bool = False, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        if not (bound and os.geteuid() == 0):
            return forked_commands.run(*arguments, cwd=work, env=environment | settings, stdin=stdin)
        return subprocess.run(
            [*BOUND, *COMMAND, *arguments],
            cwd=work,
            env=environment | settings,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


@pytest.fixture
def here(
    environment: dict[str, str], work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in this process, which takes a fraction of the time, and return what it printed."""
    from taskmatrix.cli.failures import show_error
    from taskmatrix.cli.main import app

    monkeypatch.chdir(work)
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            try:
                status = app(list(arguments), standalone_mode=False)
            except TaskMatrixError as error:
                show_error(error, as_json="--json" in arguments)
                status = error.exit_status
            except typer.TyperException as error:
                status = error.exit_code
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status or 0, printed.out, printed.err)

    return run


@pytest.fixture
def start(
    work: Path, environment: dict[str, str], forked_commands: ForkedCommands
) -> Iterator[Callable[..., Session]]:
    """Start the command at a terminal of its own."""
    opened: list[Session] = []

    def begin(*arguments: str, **settings: str) -> Session:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, 100))
        env = environment | {"TERM": "xterm-256color"} | settings
        process = forked_commands.start(arguments, [theirs] * 3, cwd=work, env=env, terminal=True)
        os.close(theirs)
        opened.append(Session(process, ours))
        return opened[-1]

    yield begin
    for session in opened:
        session.process.kill()
        os.close(session.terminal)


@pytest.fixture(scope="session")
def _registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "notebook.py").write_text(NOTEBOOK)
    settings = os.environ | {"TASKMATRIX_HOME": str(folder / "home")}
    subprocess.run([*COMMAND, "apis", "import", "notebook.py"], cwd=folder, env=settings, check=True)
    return folder / "home"


@pytest.fixture
def notebook(_registered: Path, tmp_path: Path) -> None:
    """Have the small package `notebook` of three APIs in the registry."""
    shutil.copytree(_registered, tmp_path / "home")
