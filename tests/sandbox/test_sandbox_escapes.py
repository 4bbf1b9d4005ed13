"""Attempts to reach what lies outside: files, processes, the network, the kernel, the host's objects.

An attempt may fail in any way; it succeeds if a canary is seen, changed, reached or killed.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sandbox_attempts import ATTEMPTS, GROUPS

from taskmatrix.core.errors import SandboxError
from taskmatrix.core.protocols import Limits

SECRET = "canary-3f9c1"
LIMITS = Limits(seconds=10, memory_bytes=64 * 1024 * 1024)


@dataclass
class Canaries:
    """What must not be reached, and whether it was."""

    folder: Path
    listening: socket.socket
    unix: socket.socket
    victim: "subprocess.Popen[bytes]"

    @property
    def names(self) -> str:
        """Python that gives an attempt the names it uses."""
        return "\n".join(
            f"{name} = {value!r}"
            for name, value in {
                "PATH": str(self.folder / "canary.txt"),
                "MARK": str(self.folder / "mark"),
                "PORT": self.listening.getsockname()[1],
                "ADDRESS": self.unix.getsockname(),
                "VICTIM": self.victim.pid,
                "HOST": os.getpid(),
                "got": None,
            }.items()
        )

    def reached(self, shown: str, error: str = "") -> set[str]:
        """Return what an attempt reached, by what it showed and by how things stand; then set them right again."""
        found: set[str] = set()
        if SECRET in shown or SECRET in error or "SECRET" in shown:
            found.add("secret")
        mark, canary = self.folder / "mark", self.folder / "canary.txt"
        if mark.exists() or mark.is_symlink():
            found.add("mark")
            mark.unlink() if not mark.is_dir() else mark.rmdir()
        if not canary.exists() or canary.read_text() != SECRET:
            found.add("file")
            canary.write_text(SECRET)
        for name, server in (("network", self.listening), ("socket", self.unix)):
            with suppress(BlockingIOError):
                server.accept()[0].close()
                found.add(name)
        if self.victim.poll() is not None:
            found.add("process")
            self.replace_victim()
        return found

    def replace_victim(self) -> None:
        """End the process, and start another in its place."""
        self.end()
        self.victim = _victim()

    def end(self) -> None:
        """End the process."""
        self.victim.kill()
        self.victim.communicate()


def _victim() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "600"], env={"CANARY": SECRET})


@pytest.fixture(scope="module")
def canaries(tmp_path_factory) -> Iterator[Canaries]:
    folder = tmp_path_factory.mktemp("outside")
    (folder / "canary.txt").write_text(SECRET)
    os.environ["CANARY"] = SECRET
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(socket.AF_UNIX) as unix:
        listening.setblocking(False)
        unix.bind(f"\0taskmatrix-{os.getpid()}")
        unix.listen()
        unix.setblocking(False)
        kept = Canaries(folder, listening, unix, _victim())
        yield kept
        kept.end()
    del os.environ["CANARY"]


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_reaches_nothing_outside(each, canaries, name):
    shown = error = ""
    try:
        ran = each.run(f"{canaries.names}\n{ATTEMPTS[name]}\nprint(got)\nstr(got)", limits=LIMITS)
        shown = f"{ran.value} {ran.printed}"
        assert all(call.function in ("take", "names", "count") for call in ran.calls)
    except SandboxError as failed:
        error = failed.message
    assert canaries.reached(shown, error) == set()


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("ways to os: os by builtins", "secret"),
        ("ways to os: os by subclasses", "secret"),
        ("files: open", "secret"),
        ("files: openat by number", "secret"),
        ("files: new file", "mark"),
        ("files: os.truncate", "file"),
        ("environment: environ by os", "secret"),
        ("environment: environ of the process", "secret"),
        ("processes: subprocess shell", "mark"),
        ("processes: os.fork", "secret"),
        ("processes: kill the victim", "process"),
        ("network: connect by os", "network"),
        ("network: abstract socket", "socket"),
        ("kernel: executable memory", "secret"),
        ("host objects: deleter", "file"),
    ],
)
def test_the_same_attempts_do_reach_it_where_nothing_holds_them(canaries, name, reached):
    code = f"{canaries.names}\n{ATTEMPTS[name]}\nprint(got)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    if reached == "process":
        canaries.victim.wait()
    assert reached in canaries.reached(done.stdout), done.stderr


def test_there_are_at_least_a_hundred_and_fifty_attempts_in_all_groups():
    assert len(ATTEMPTS) >= 150 and all(len(attempts) >= 10 for attempts in GROUPS.values())


def test_a_host_function_is_reached_only_by_a_call_the_host_sees(each):
    ran = each.run("import tools\nf = tools.take\ng = [f][0]\nexec('g(1)')\neval('f(2)')\n(lambda h: h(3))(f)")
    assert [call.args for call in ran.calls] == [(1,), (2,), (3,)]


def test_functions_that_were_not_offered_cannot_be_called(each):
    with pytest.raises(SandboxError, match=r"ImportError|AttributeError"):
        each.run("from tools import hidden\nhidden()")
    with pytest.raises(SandboxError, match="AttributeError"):
        each.run("import tools\ntools.hidden()")


def test_a_program_of_the_whole_language_has_one_descriptor_and_no_environment(cpython, each):
    code = (
        "o = print.__self__.__import__('os')\nfound = []\nfor d in range(4096):\n    try:\n        o.get_blocking(d)\n"
        "        found.append(d)\n    except OSError as e:\n        if e.errno != 9: found.append(d)\n"
        "[sorted(o.environ), len(found)]"
    )
    assert cpython is not None
    from sandbox_bench import Bench

    environment, _ = Bench(cpython).run(code).value
    assert environment == ["LC_ALL", "PYTHONHASHSEED", "TZ"]


def test_the_process_of_a_program_ends_with_its_host(cpython, tmp_path):
    code = (
        "import anyio, os, signal\nfrom taskmatrix.core.protocols import Limits\n"
        "from taskmatrix.sandbox.cpython import CpythonSandbox\n"
        "async def main():\n"
        "    sandbox = CpythonSandbox()\n"
        "    async with sandbox.start('while True: pass', [], Limits(seconds=600), print) as run:\n"
        "        print(sandbox._nursery._parent.pid, flush=True)\n"
        "        with anyio.move_on_after(0.1): await run.advance({})\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "anyio.run(main)"
    )
    assert cpython is not None
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    parent = int(done.stdout)
    handle = None
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(parent)
    if handle is not None:  # readable once the process has ended
        import select

        assert select.select([handle], [], [], 20)[0]
        os.close(handle)
