"""What documents mark as secret reaches no model again: neither in another round nor in the next turn."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue
from told_runs import call, told

from taskmatrix import TaskMatrix, api
from taskmatrix.conversation.compaction import Summary, extend_summary
from taskmatrix.conversation.secrecy import hidden_in
from taskmatrix.conversation.turns import line_of
from taskmatrix.core.api import definition_of
from taskmatrix.core.errors import ApiArgumentError
from taskmatrix.core.events import RoundStarted, WorldRead
from taskmatrix.policy.credentials import Secret
from taskmatrix.policy.redaction import Redactor

Open = Callable[..., TaskMatrix]

KEY = "sk-SWORDFISH-123"
TOKEN = "tok-MARLIN-4567"
SECRET: dict[str, JsonValue] = {"x-sensitivity": "secret"}
NESTED: dict[str, JsonValue] = {
    "properties": {"user": {"type": "string"}, "key": {"type": "string", "format": "password"}}
}


@api(package="vault", effects="read")
def make_key(name: str) -> Annotated[str, Field(json_schema_extra=SECRET)]:
    """Make a key.

    Args:
        name: Whose key.
    """
    return KEY


@api(package="vault", effects="read")
def log_in(name: str, key: Annotated[str, Field(json_schema_extra=SECRET)]) -> str:
    """Log in with a key.

    Args:
        name: Who.
        key: The key.
    """
    if name == "nobody":
        raise ApiArgumentError(f"the key {key!r} is refused")
    return f"session of {name} with {key}"


@api(package="vault", effects="read")
def connect(options: Annotated[dict[str, str], Field(json_schema_extra=NESTED)]) -> str:
    """Connect with options: user and key.

    Args:
        options: The options.
    """
    raise ApiArgumentError(f"no connection for {options}")


VAULT = (make_key, log_in, connect)
END = ("1. Make a key", "```python\nfrom vault import make_key\nmake_key('b')\n1\n```")


def _open(open_ledger: Open, code: str) -> TaskMatrix:
    written = f"```python\nfrom vault import connect, log_in, make_key\n{code}\n```"
    tm = open_ledger("1. Make a key and log in", written, *END)
    for function in VAULT:
        tm.register(function)
    return tm


def _reason(tm: TaskMatrix) -> str:
    run = tm.run_sync("make a key and log in", assume_yes=True)
    (started,) = [event for event in run.events if isinstance(event, RoundStarted)]
    return started.reason


def test_another_round_is_told_no_secret_of_calls_results_and_errors(open_ledger: Open) -> None:
    reason = _reason(_open(open_ledger, "key = make_key('a')\nlog_in('a', key)\nlog_in('nobody', key)"))
    assert reason.splitlines() == [
        "Done already:",
        '- vault.make_key(name="a") gave "***"',
        '- vault.log_in(name="a", key="***") gave "session of a with ***"',
        '- vault.log_in(name="nobody", key="***") failed: the key \'***\' is refused',
        "It went wrong: the key '***' is refused",
    ]


def test_a_secret_inside_of_an_argument_is_one_too(open_ledger: Open) -> None:
    reason = _reason(_open(open_ledger, f"connect({{'user': 'bob', 'key': {KEY!r}}})"))
    assert '"user": "bob"' in reason and "no connection for" in reason
    assert KEY not in reason


def test_the_next_turn_is_told_no_secret(open_ledger: Open, tmp_path: Path) -> None:
    tm = _open(open_ledger, "log_in('a', make_key('a'))")
    chat = tm.chats.start(directory=tmp_path)
    run = tm.run_sync("make a key and log in", conversation=chat.id, assume_yes=True)
    assert run.status == "done" and KEY in str(run.events)
    tm.registry.remove("vault.log_in")  # what it was then is what counts
    context = tm.chats.context_before(chat.id, 2)
    assert dict(context.turns[0].calls[1].arguments) == {"name": "a", "key": "***"}
    assert context.turns[1].text == "session of a with ***"


def test_lines_of_older_turns_and_the_summary_hold_no_secret() -> None:
    run = told(f"log in with {KEY}", call(1, "vault.log_in", name="a", key=KEY), failed=f"{KEY} is refused")
    definition = definition_of(log_in)
    assert definition is not None
    secrets = Redactor(hidden_in(run.events, {"vault.log_in": definition.document("vault")}))
    assert line_of(run, secrets) == "log in with *** → It failed: *** is refused; called vault.log_in"
    assert KEY not in extend_summary(Summary(), {1: run}, 1, secrets).text


def test_of_an_api_that_nobody_knows_any_more_everything_is_secret() -> None:
    run = told("log in", call(1, "vault.log_in", name="ann", key=KEY))
    assert set(hidden_in(run.events, {})) == {"ann", KEY}
    assert not set(hidden_in(run.events, {}, "private")) - {"ann", KEY}


def test_the_beginning_of_a_large_secret_is_one_too() -> None:
    beginning = f'{{"key": "{KEY}'
    held: JsonValue = {"$blob": "1" * 64, "look": "text, 2 MB", "preview": beginning}
    definition = definition_of(connect)
    assert definition is not None
    run = told("connect", call(1, "vault.connect", options=held))
    assert set(hidden_in(run.events, {"vault.connect": definition.document("vault")})) == {beginning}


def test_what_packages_say_of_the_world_holds_no_secret(open_ledger: Open, tmp_path: Path) -> None:
    made = f"new_presentation('a.pptx', title='Keys: {KEY} and {TOKEN}')\nsave_presentation()"
    deck = f"from powerpoint import new_presentation, save_presentation\n{made}"
    programs = (
        f"from vault import log_in\nlog_in('a', {KEY!r})",
        deck,
        "from powerpoint import count_slides\ncount_slides()",
    )
    replies = [reply for code in programs for reply in ("1. Log in or make a presentation", f"```python\n{code}\n```")]
    tm = open_ledger(*replies)
    for function in VAULT:
        tm.register(function)
    tm.credentials.set_value("shop", "key", Secret(TOKEN), hosts=["https://shop.example:443"])
    chat = tm.chats.start(directory=tmp_path)
    log_in_run, *runs = [
        tm.run_sync(f"log in or make the presentation {turn}", conversation=chat.id, assume_yes=True)
        for turn in range(1, 4)
    ]
    assert log_in_run.status == "done" and KEY in str(log_in_run.events)
    assert [run.status for run in runs] == ["done", "done"], runs
    (seen,) = [event for event in runs[-1].events if isinstance(event, WorldRead)]
    assert "Current page: 1, Keys: *** and ***" in seen.text and " Title: Keys: *** and ***" in seen.text
    assert KEY not in str(runs[-1].events) and TOKEN not in str(runs[-1].events)
