import io
import json
import os
import pty
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_command import COMMAND

from taskmatrix.cli import main

CANARY = "c4n4ry-s3cr3t"
KEY = {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://login.example/token", "scopes": {}}}}


def line(package, name, auth, server="https://api.example/v1"):
    source = {"kind": "http", "method": "GET", "server": server, "path": "/x", "security": [{s: []} for s in auth]}
    document = {"package": package, "name": name, "description": "Do it.", "parameters": [], "auth": auth}
    return json.dumps(document | {"source": source})


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def registered(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("apis")
    lines = [line("shop", "one", {"key": KEY}), line("shop", "two", {"key": KEY}, "https://eu.example")]
    lines += [line("bank", "pay", {"key": KEY, "oauth": OAUTH}), line("open", "read", {})]
    (folder / "apis.jsonl").write_text("\n".join(lines))
    settings = os.environ | {"TASKMATRIX_HOME": str(folder / "home")}
    subprocess.run([*COMMAND, "apis", "import", "apis.jsonl"], cwd=folder, env=settings, check=True)
    return folder / "home"


@pytest.fixture(autouse=True)
def home(registered, tmp_path, monkeypatch) -> Path:
    shutil.copytree(registered, tmp_path / "home")
    monkeypatch.setenv("TASKMATRIX_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command line in this process: the same code, and a tenth of the time."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.StringIO(stdin))
            for name, value in settings.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(list(arguments))
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, out, err)

    return run


def test_a_credential_goes_in_through_standard_input_and_never_comes_out(command, home) -> None:
    done = command("apis", "credentials", "set", "shop", "--stdin", stdin=CANARY + "\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "shop: key is kept for https://api.example, https://eu.example\n"
    listed = command("apis", "credentials", "list")
    assert listed.stdout == "shop\tkey\tvalue\tencrypted\thttps://api.example https://eu.example\n"
    everything = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert CANARY.encode() not in everything
    assert CANARY not in done.stdout + done.stderr + listed.stdout + listed.stderr
    removed = command("apis", "credentials", "remove", "shop", "--json")
    assert json.loads(removed.stdout) == {"status": "done", "removed": 1}
    assert command("apis", "credentials", "remove", "shop").returncode == 1


def test_a_variable_is_kept_by_name(command) -> None:
    done = command("apis", "credentials", "set", "shop", "--env", "SHOP_KEY", "--json", SHOP_KEY=CANARY)
    assert json.loads(done.stdout) == {
        "status": "done",
        "credentials": [
            {
                "package": "shop",
                "scheme": "key",
                "kind": "value",
                "source": "environment",
                "variable": "SHOP_KEY",
                "hosts": ["https://api.example", "https://eu.example"],
                "state": "set",
            }
        ],
    }
    assert "$SHOP_KEY (not set)" in command("apis", "credentials", "list").stdout
    warned = command("apis", "credentials", "set", "shop", "--env", "SHOP_KEY")
    assert "SHOP_KEY is not set now" in warned.stderr


def test_the_scheme_is_named_where_there_are_several(command) -> None:
    done = command("apis", "credentials", "set", "bank", "--stdin", stdin="x")
    assert done.returncode == 2
    assert "key (apiKey), oauth (oauth2)" in done.stderr
    done = command("apis", "credentials", "set", "bank", "--scheme", "nope", "--stdin", stdin="x")
    assert done.returncode == 2
    assert "it has key (apiKey), oauth (oauth2)" in done.stderr
    done = command("apis", "credentials", "set", "bank", "--scheme", "oauth", "--stdin", stdin="id:secret")
    assert done.stdout == "bank: oauth is kept for https://api.example, https://login.example\n"
    command("apis", "credentials", "set", "bank", "--scheme", "oauth", "--stdin", "--token", stdin="tok")
    assert "bank\toauth\tvalue\t" in command("apis", "credentials", "list").stdout


def test_another_host_is_added_beside_the_documents_own(command) -> None:
    command("apis", "credentials", "set", "shop", "--stdin", stdin="live")
    command("apis", "credentials", "set", "shop", "--stdin", "--host", "https://Sandbox.example/v2", stdin="test")
    hosts = [row.split("\t")[4] for row in command("apis", "credentials", "list").stdout.splitlines()]
    assert hosts == ["https://api.example https://eu.example", "https://sandbox.example"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["shop", "--env", "A", "--stdin"], "x", "contradict"),
        (["shop"], "x", "where is the credential"),
        (["shop", "--stdin"], "", "is missing"),
        (["shop", "--stdin"], " \n", "is missing"),
        (["shop", "--stdin"], f"{CANARY}\nmore", "one line"),
        (["shop", "--stdin"], f"{CANARY}\x00", "one line"),
        (["shop", "--stdin"], CANARY * 10_000, "characters at most"),
        (["shop", "--env", f"{CANARY}"], "", "no name of an environment variable"),
        (["shop", "--stdin", "--host", "nowhere"], "x", "no address of a server"),
        (["open", "--stdin"], "x", "know no credentials"),
        (["shop.one", "--stdin"], "x", "is an API, not a package"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error_that_repeats_no_secret(command, home, arguments, stdin, words) -> None:
    done = command("apis", "credentials", "set", *arguments, stdin=stdin)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert CANARY not in done.stdout + done.stderr
    assert not (home / "credentials.json").exists()


def test_an_unknown_package_is_not_found(command) -> None:
    done = command("apis", "credentials", "set", "shopp", "--stdin", stdin="x")
    assert done.returncode == 2
    assert "shopp" in done.stderr


def test_a_damaged_file_is_said_and_left(command, home) -> None:
    file = home / "credentials.json"
    file.write_text("{")
    for arguments in (["list"], ["set", "shop", "--stdin"], ["remove", "shop"]):
        done = command("apis", "credentials", *arguments, stdin="x")
        assert done.returncode == 1
        assert "damaged or not ours" in done.stderr
    assert file.read_text() == "{"


def test_at_a_terminal_the_secret_is_typed_unseen(environment, work: Path) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "apis", "credentials", "set", "shop"],
        cwd=work,
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,  # no other terminal to ask at
    ) as running:
        os.close(slave)
        seen = b""
        while b"The credential: " not in seen:  # the blank comes once nothing is echoed any more
            seen += os.read(master, 1024)
        os.write(master, f"{CANARY}\n".encode())
        while True:
            try:
                piece = os.read(master, 1024)
            except OSError:  # the other side is closed
                break
            if not piece:
                break
            seen += piece
        assert running.wait(30) == 0
    os.close(master)
    assert b"is kept for" in seen
    assert CANARY.encode() not in seen


def test_a_login_is_offered_only_where_the_api_has_one(command) -> None:
    done = command("apis", "login", "shop")
    assert done.returncode == 1
    assert "has no login in the browser" in done.stderr
    done = command("apis", "login", "shop", "--client-secret-stdin", stdin="x")
    assert done.returncode == 2
