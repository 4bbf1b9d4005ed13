"""What of this machine can confine a program: the kernel's Landlock, else bubblewrap; the filter of calls always."""

import ctypes
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Literal

from taskmatrix.core.errors import SandboxUnavailableError

Walls = Literal["landlock", "bubblewrap"]

_CREATE_RULESET = 444
_VERSION = 1
_PR_GET_SECCOMP = 21
_MACHINES = ("x86_64", "aarch64")


@cache
def walls(machine: str = "") -> Walls:
    """Return what keeps files and processes away here. Raises SandboxUnavailableError, naming what is missing.

    `machine` is the kind of processor, this one's if empty.
    """
    if not sys.platform.startswith("linux") or (machine or platform.machine()) not in _MACHINES:
        raise _unavailable(f"it needs Linux on {' or '.join(_MACHINES)}", "run such programs there")
    c = ctypes.CDLL(None, use_errno=True)
    if c.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) < 0:
        raise _unavailable("the kernel has no seccomp filters", "use a kernel with CONFIG_SECCOMP_FILTER")
    if c.syscall(_CREATE_RULESET, None, 0, _VERSION) >= 1:
        return "landlock"
    if _bubblewrap_works():
        return "bubblewrap"
    raise _unavailable(
        "the kernel has no Landlock, and bubblewrap is missing or may not make namespaces",
        "use Linux 5.13 or later with `landlock` among its `lsm=`, or install bubblewrap (`apt install bubblewrap`)",
    )


def within(walls: Walls, command: list[str], folders: list[Path]) -> list[str]:
    """Return the command that runs `command` behind the walls; bubblewrap shows it `folders` alone."""
    if walls == "landlock":
        return command
    shown = [Path("/usr"), Path("/lib"), Path("/lib64"), *folders]
    binds = [word for path in dict.fromkeys(shown) if path.exists() for word in ("--ro-bind", str(path), str(path))]
    return ["bwrap", "--unshare-all", "--cap-drop", "ALL", *binds, "--proc", "/proc", "--chdir", "/", "--", *command]


def _bubblewrap_works() -> bool:
    program = shutil.which("bwrap")
    if program is None:
        return False
    tried = subprocess.run(
        [program, "--unshare-all", "--ro-bind", "/", "/", "true"], capture_output=True, stdin=subprocess.DEVNULL
    )
    return tried.returncode == 0


def _unavailable(why: str, hint: str) -> SandboxUnavailableError:
    return SandboxUnavailableError(f"programs of the whole Python language cannot be run here: {why}", hint=hint)
