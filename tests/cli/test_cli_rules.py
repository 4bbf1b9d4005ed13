import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from cli_session import Session

Command = Callable[..., CompletedProcess[str]]
Start = Callable[..., Session]

pytestmark = pytest.mark.usefixtures("notebook")

SHRED = ("apis", "call", "notebook.shred_note", "path=memo.txt")


def test_rules_are_added_listed_tried_and_removed(here: Command) -> None:
    added = here("rules", "add", "refuse", "--api", "notebook.shred_note", "--arg", "path = *.txt", "--json")
    rule = json.loads(added.stdout)
    assert rule["words"] == "refuse calls of notebook.shred_note where path = *.txt"
    here("rules", "add", "ask", "--effect", "write", "--reason", "look first")
    listed = here("rules", "list").stdout.splitlines()
    assert listed[:3] == [
        "  1. ask write calls: look first  (your rule r2)",
        "  2. refuse calls of notebook.shred_note where path = *.txt  (your rule r1)",
        "  3. run read calls  (default)",
    ]
    tried = here("rules", "test", "notebook.shred_note", "--arg", "path=memo.txt", "--json")
    assert (json.loads(tried.stdout)["verdict"], json.loads(tried.stdout)["rule"]["id"]) == ("refuse", rule["id"])
    assert here("rules", "test", "notebook.shred_note", "--arg", "path=x").stdout.startswith("ask: it cannot")
    refused = here(*SHRED, "--yes")
    assert refused.returncode == 1 and "the policy refuses it" in refused.stderr
    assert here("rules", "remove", rule["id"]).returncode == 0
    assert here(*SHRED, "--yes").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "maybe"),
        ("add", "run", "--arg", "amount"),
        ("add", "run", "--effect", "odd"),
        ("add", "run", "--origin", "elsewhere"),
        ("remove", "x1"),
        ("remove", "r99999999999999999999"),
        ("test", "notebook"),
    ],
)
def test_a_rule_that_means_nothing_is_wrong_use(here: Command, arguments: tuple[str, ...]) -> None:
    assert here("rules", *arguments).returncode == 2
    assert len(json.loads(here("rules", "list", "--json").stdout)["rules"]) == 5


def test_what_is_not_there_cannot_be_removed_or_trusted(here: Command) -> None:
    assert "there is no permit 'p1'" in here("rules", "remove", "p1").stderr
    assert "there is no taskmatrix.toml" in here("rules", "trust").stderr


def test_a_projects_rules_are_marked_until_they_are_trusted(here: Command, work: Path) -> None:
    (work / "taskmatrix.toml").write_text('[[rules]]\nverdict = "run"\nreason = "\\u001b[31mred"')
    listed = here("rules", "list").stdout
    assert "  1. - run calls: \\x1b[31mred" in listed and "taskmatrix rules trust" in listed and "\x1b" not in listed
    assert here("rules", "trust").returncode == 0
    assert "  1. run calls" in here("rules", "list").stdout


def test_at_a_terminal_always_is_always(start: Start, here: Command) -> None:
    session = start(*SHRED)
    session.expect("approve / run / always / deny (Enter leaves the run waiting): ")
    assert "loses something, or cannot be taken back" in session.seen
    session.type("al\n")
    assert session.finish() == 0, session.seen
    assert here(*SHRED).returncode == 0
    permits = json.loads(here("rules", "list", "--json").stdout)["permits"]
    assert [(p["id"], p["arguments"]) for p in permits] == [("p1", '{"path": "memo.txt"}')]
    here("rules", "remove", "p1")
    assert here(*SHRED).returncode == 3


def test_waiting_runs_are_listed_alone_with_what_they_ask(here: Command) -> None:
    here("apis", "call", "notebook.count_words", "text=a b")
    here(*SHRED)
    (waiting,) = json.loads(here("runs", "list", "--waiting", "--json").stdout)
    assert waiting["asks"] == "notebook.shred_note: it cannot be taken back"
    assert here("runs", "approve", waiting["id"], "--with", "run").returncode == 0
    assert json.loads(here("runs", "list", "--waiting", "--json").stdout) == []


def test_an_approval_that_comes_too_late_fails_the_run(here: Command) -> None:
    here(*SHRED, TASKMATRIX_APPROVAL_HOURS="0.000001")
    (waiting,) = json.loads(here("runs", "list", "--waiting", "--json").stdout)
    assert waiting["asks"].startswith("expired: any answer ends the run")
    late = json.loads(here("runs", "approve", waiting["id"], "--json").stdout)
    assert (late["status"], late["error"]["code"]) == ("failed", "approval-expired")
    assert "call_sent" not in [event["type"] for event in late["events"]]
