"""What the README shows is what happens."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pptx import Presentation

from databases import NO_BACKGROUND
from forked import ForkedCommands

Command = Callable[..., subprocess.CompletedProcess[str]]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PYTHON_BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = re.findall(r"(?m)^taskmatrix (.+)$", README)

SHREDDER = '''
from taskmatrix import RunContext, api


@api(effects="destructive")
def shred_note(path: str, *, context: RunContext) -> str:
    """Shred (destroy) a note for good.

    Args:
        path: The file of the note.
    """
    (context.directory / "shredded").write_text(path)
    return path
'''


def _environment(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TASKMATRIX_", "OPENAI_"))}
    return kept | NO_BACKGROUND | {"TASKMATRIX_HOME": str(tmp_path / "home")}


@pytest.fixture
def taskmatrix(tmp_path: Path, forked_commands: ForkedCommands) -> Command:
    """Run a command in the test's folder and return what it printed."""
    return partial(forked_commands.run, cwd=tmp_path, env=_environment(tmp_path))


def test_its_first_lines_say_what_it_is_and_whose_it_is_not() -> None:
    head = " ".join(README.splitlines()[:10])
    assert "independent implementation" in head
    assert "Liang et al., 2023" in head
    assert "not affiliated with the paper's authors or with Microsoft" in head


def test_the_main_job_makes_the_deck(tmp_path: Path, taskmatrix: Command) -> None:
    line = README.partition("<!-- the main job -->\n```\n")[2].partition("\n")[0]
    command = line.rpartition("&& ")[2]
    done = taskmatrix(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr
    deck = Presentation(str(tmp_path / "tech.pptx"))
    texts = [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in deck.slides]
    assert "Big Tech" in texts[0]
    assert "Microsoft" in texts[1]
    assert "Founder: Bill Gates and Paul Allen\nLocation: Redmond, Washington" in texts[1]


def test_the_function_it_shows_can_be_imported_found_and_used(tmp_path: Path, taskmatrix: Command) -> None:
    block = next(block for block in PYTHON_BLOCKS if "@api" in block)
    (tmp_path / "words.py").write_text(block)
    used = [shlex.split(c, comments=True) for c in COMMANDS if "words" in c]
    assert len(used) == 2
    for arguments in used:
        done = taskmatrix(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert "\n  6\n" in done.stdout


def test_the_python_it_shows_runs(tmp_path: Path) -> None:
    block = next(block for block in PYTHON_BLOCKS if "TaskMatrix()" in block)
    done = subprocess.run(
        [sys.executable, "-c", block],
        cwd=tmp_path,
        env=_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout.startswith("done "), done.stderr


def test_a_look_at_what_would_happen_changes_nothing(tmp_path: Path, taskmatrix: Command) -> None:
    (command,) = [c for c in COMMANDS if "--dry-run" in c]
    deck = Presentation()
    deck.slides.add_slide(deck.slide_layouts[0])
    listing = deck.slides.add_slide(deck.slide_layouts[1])
    listing.placeholders[1].text = "Contoso\nFabrikam"
    deck.save(str(tmp_path / "companies.pptx"))
    before = (tmp_path / "companies.pptx").read_bytes()
    done = taskmatrix(*shlex.split(command))
    assert done.returncode == 0, done.stderr
    assert "Check  passed" in done.stdout
    assert "companies.pptx" in done.stdout
    assert (tmp_path / "companies.pptx").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.suffix] == ["companies.pptx"]


AFTERWARDS = ("runs resume RUN", "runs undo RUN", "templates make RUN")


def test_a_run_is_taken_back_and_a_rule_is_added(tmp_path: Path, taskmatrix: Command) -> None:
    made = taskmatrix("run", 'Create a presentation tech.pptx with the title "Big Tech"', "--json")
    run = json.loads(made.stdout.splitlines()[-1])["id"]
    assert (tmp_path / "tech.pptx").exists()
    assert taskmatrix("runs", "resume", run).returncode == 2  # it has ended
    assert taskmatrix("runs", "undo", run, "--yes").returncode == 0
    assert not (tmp_path / "tech.pptx").exists()
    rule = next(c for c in COMMANDS if c.startswith("rules add"))
    assert taskmatrix(*shlex.split(rule)).returncode == 0


def test_a_run_is_gone_on_from_and_becomes_a_template(tmp_path: Path, taskmatrix: Command) -> None:
    made = taskmatrix("run", 'Create a presentation tech.pptx with the title "Big Tech"', "--json", "--yes")
    run = json.loads(made.stdout.splitlines()[-1])["id"]
    follow_up = next(c for c in COMMANDS if c.startswith("run -c"))
    assert "Changed tech.pptx." in taskmatrix(*shlex.split(follow_up, comments=True), "--yes").stdout
    for command in (c for c in COMMANDS if c.startswith("templates ")):
        words = [run if word == "RUN" else word for word in shlex.split(command, comments=True)]
        done = taskmatrix(*words, *(("--yes",) if words[1] == "run" else ()))
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert Presentation(str(tmp_path / "amazon.pptx")).slides[0].shapes.title.text == "Amazon"


def test_a_template_is_to_run_whenever_something_happens(taskmatrix: Command) -> None:
    made = taskmatrix("run", 'Create a presentation order.pptx with the title "Big Tech"', "--json", "--yes")
    run = json.loads(made.stdout.splitlines()[-1])["id"]
    slots = ("--slot", "title=customer", "--keep", "path")
    assert taskmatrix("templates", "make", run, "--name", "order-note", *slots).returncode == 0
    (command,) = [c for c in COMMANDS if c.startswith("schedules ")]
    done = taskmatrix(*shlex.split(command))
    assert done.returncode == 0, done.stderr
    (kept,) = json.loads(taskmatrix("schedules", "list", "--json").stdout)
    assert kept["trigger"]["kind"] == "webhook"


def test_a_run_that_waits_is_looked_at_answered_and_commented_on(tmp_path: Path, taskmatrix: Command) -> None:
    (tmp_path / "paper.py").write_text(SHREDDER)
    assert taskmatrix("apis", "import", "paper.py").returncode == 0
    waiting = taskmatrix("run", 'shred the note "x.txt"', "--json")
    assert waiting.returncode == 3, waiting.stderr
    run = json.loads(waiting.stdout.splitlines()[-1])["id"]
    used = [c for c in COMMANDS if (c == "runs list" or " RUN" in c) and not c.startswith(AFTERWARDS)]
    assert len(used) == 4
    for command in used:
        done = taskmatrix(*(run if word == "RUN" else word for word in shlex.split(command)))
        assert done.returncode == 0, (command, done.stderr)
        assert command.startswith("feedback") or run in done.stdout
    assert (tmp_path / "shredded").read_text() == "x.txt"


def test_apis_that_need_no_network_are_imported_found_and_called(taskmatrix: Command) -> None:
    used = [c for c in COMMANDS if any(word in c for word in CATALOGUES)]
    assert len(used) == 4
    for command in used:
        done = taskmatrix(*shlex.split(command, comments=True))
        assert done.returncode == 0, (command, done.stderr)
    assert done.stdout.strip() == "2"


def test_an_owner_publishes_and_the_operator_sees_what_changes(tmp_path: Path, taskmatrix: Command) -> None:
    """The commands of `A registry for many`, in an order in which they have something to do."""
    commands = {c.split("  ")[0].strip() for c in COMMANDS if _is_about_the_registry(c)}
    assert len(commands) == 14
    key = taskmatrix("apis", "owners", "add", "acme", "--json").stdout
    environment = {"$KEY": json.loads(key)["key"], "PACKAGE.NAME": "acme.find_part", "PACKAGE": "acme"}

    def follow(start: str, *more: str, status: int = 0) -> str:
        (command,) = [c for c in commands if c.startswith(start)]
        words = [environment.get(word, word) for word in shlex.split(command, comments=True)]
        done = taskmatrix(*words, *more)
        assert done.returncode == status, (command, done.stdout, done.stderr)
        return done.stdout

    part = {
        "package": "acme",
        "name": "find_part",
        "description": "Finds a spare part by its number.",
        "effects": "read",
        "parameters": [{"name": "number", "description": "Its number.", "schema": {"type": "string"}}],
        "source": {"kind": "http", "method": "GET", "server": "https://one.example.com", "path": "/part",
                   "parameters": {"number": {"in": "query"}}},
    }  # fmt: skip
    (tmp_path / "document.json").write_text(json.dumps(part))
    assert "added" in follow("apis register")
    (tmp_path / "document.json").write_text(json.dumps(part).replace("one.example", "two.example"))
    assert "waits" in follow("apis register", status=3)
    assert "acme.find_part" in follow("apis pending")
    assert "https://two.example.com" in follow("apis diff")
    follow("apis approve", "--yes")
    assert "two.example.com" in taskmatrix("apis", "show", "acme.find_part").stdout
    assert "acme.find_part" in follow("apis lint")
    assert "not checked" in follow("apis check")
    follow("apis generate")
    follow("apis sources")
    follow("apis export")
    assert (tmp_path / "all.jsonl.gz").exists()
    assert "acme.find_part" in follow("apis search")
    assert "look up a bolt" in follow("apis confirm")
    follow("apis unmet")
    assert "vectors: " in follow("apis index")


CATALOGUES = ("google:", "statistics", "middle value")


def _is_about_the_registry(command: str) -> bool:
    return command in README.partition("## A registry for many")[2].partition("## Settings")[0]


def test_every_command_that_needs_no_network_is_run_here() -> None:
    rest = [c for c in COMMANDS if "words" not in c and "--dry-run" not in c and not _is_about_the_registry(c)]
    rest = [
        c
        for c in rest
        if c != "runs list"
        and " RUN" not in c
        and not c.startswith(("templates ", "chat", "run -c", "schedules "))
        and not c.startswith("rules ")
        and not any(word in c for word in CATALOGUES)
    ]
    assert [c.partition(" ")[0] for c in rest] == ["apis", "apis", "run", "run"]
    assert "https://" in rest[0]
    assert "npx" in rest[1]
    assert "openai:NAME" in rest[2]
    assert "anthropic:NAME" in rest[3]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_it_shows_exists(taskmatrix: Command, command: str) -> None:
    words = shlex.split(command, comments=True)
    names = words[
        : 3
        if words[1:2] in (["owners"], ["sources"])
        else 2
        if words[0] in ("runs", "apis", "eval", "rules", "schedules", "templates")
        else 1
    ]
    if names[0] not in "run runs rules schedules apis eval feedback check templates chat".split():
        names = ["run"]
    options = {word for word in words if word.startswith("--")}
    done = taskmatrix(*names, "--help")
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in options)
