"""`taskmatrix apis`: owners, registering with a key, versions, and changes that wait."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("notebook")  # a home whose packages are registered already

Command = Callable[..., subprocess.CompletedProcess[str]]


def document(server: str = "https://a.example", **fields: Any) -> str:
    source = {"kind": "http", "method": "POST", "server": server, "path": "/send"}
    whole = {"package": "mail", "name": "send", "description": "Send a mail.", "parameters": [], "source": source}
    return json.dumps(whole | fields)


def test_from_an_owners_key_to_an_approved_change(taskmatrix: Command, work: Path) -> None:
    added = taskmatrix("apis", "owners", "add", "ada")
    key = added.stdout.strip()
    assert key.startswith("tm_")
    assert key not in added.stderr
    assert "shown this once" in added.stderr
    (work / "send.json").write_text(document())
    first = taskmatrix("apis", "register", "send.json", "--idempotency-key", "1", TASKMATRIX_API_KEY=key)
    assert (first.returncode, first.stdout) == (0, "mail.send: added, version 1\n")
    again = taskmatrix("apis", "register", "send.json", "--idempotency-key", "1", TASKMATRIX_API_KEY=key)
    assert again.stdout == first.stdout

    held = taskmatrix(
        "apis", "register", "-", "--json", stdin=document("https://evil.example"), TASKMATRIX_API_KEY=key
    )
    assert held.returncode == 3
    assert json.loads(held.stdout)["outcome"] == "held"
    assert "mail.send\tada\t" in taskmatrix("apis", "pending").stdout
    line = "source.server: https://a.example → https://evil.example"
    assert taskmatrix("apis", "diff", "mail.send").stdout == f"{line}\n"

    assert taskmatrix("apis", "approve", "mail.send").returncode == 2
    refused = taskmatrix("apis", "approve", "mail.send", "--yes", "--json", TASKMATRIX_API_KEY=key)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "forbidden"
    assert taskmatrix("apis", "approve", "mail.send", "--yes").stdout.startswith("mail.send: updated, version 2")
    versions = json.loads(taskmatrix("apis", "versions", "mail.send", "--json").stdout)["versions"]
    assert [(v["version"], v["by"], v["served"]) for v in versions] == [(1, "ada", False), (2, "operator", True)]
    records = json.loads(taskmatrix("apis", "audit", "--target", "mail.send", "--json").stdout)["records"]
    assert [(r["actor"], r["action"], r["outcome"]) for r in reversed(records)] == [
        ("ada", "register", "done"),
        ("ada", "register", "held"),
        ("ada", "approve", "refused"),
        ("operator", "approve", "done"),
    ]
    assert key not in json.dumps(records)


def test_an_update_names_the_version_it_was_made_for(taskmatrix: Command) -> None:
    taskmatrix("apis", "register", "-", stdin=document())
    done = taskmatrix("apis", "register", "-", "--expected", "1", stdin=document(description="two"))
    assert done.stdout == "mail.send: updated, version 2\n"
    late = taskmatrix("apis", "register", "-", "--expected", "1", "--json", stdin=document(description="three"))
    assert late.returncode == 1
    assert json.loads(late.stdout)["error"]["code"] == "version-conflict"
    assert taskmatrix("apis", "diff", "mail.send", "1", "2").stdout == "description: Send a mail. → two\n"


def test_handing_over_rejecting_and_revoking(taskmatrix: Command) -> None:
    ada = taskmatrix("apis", "owners", "add", "ada").stdout.strip()
    taskmatrix("apis", "owners", "add", "eve")
    taskmatrix("apis", "register", "-", "--key", ada, stdin=document())
    assert taskmatrix("apis", "transfer", "mail", "eve", "--key", ada).stdout == "mail is eve's now\n"
    eve = json.loads(taskmatrix("apis", "owners", "rotate", "eve", "--json").stdout)["key"]
    assert taskmatrix("apis", "register", "-", "--key", eve, stdin=document("https://b.example")).returncode == 3
    assert taskmatrix("apis", "reject", "mail.send", "--reason", "no").stdout == "rejected the change of mail.send\n"
    assert taskmatrix("apis", "owners", "revoke", "ada").stdout == "revoked the key of ada\n"
    assert "not valid" in taskmatrix("apis", "pending", "--key", ada).stderr
    owners = json.loads(taskmatrix("apis", "owners", "list", "--json").stdout)["owners"]
    assert [(o["name"], o["revoked"] is None) for o in owners] == [("ada", False), ("eve", True)]


def test_what_is_no_document_is_refused_with_a_code(taskmatrix: Command) -> None:
    bad_name = {"package": "mail", "name": "a\nb", "description": "", "parameters": []}
    for text, code in (
        ("null", "doc.invalid"),
        (json.dumps(bad_name), "name.charset"),
        (document(source={"kind": "python", "path": "x.py"}), "doc.invalid"),
    ):
        found = taskmatrix("apis", "register", "-", "--json", stdin=text)
        assert found.returncode == 1
        assert json.loads(found.stdout)["error"]["code"] == code
    assert taskmatrix("apis", "register", "nothing.json").returncode == 2
