"""YAML, read in a process of its own: a short text can expand without end, and reading takes its time."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from taskmatrix.api_platform.importers.reports import Progress
from taskmatrix.core.errors import ImportRefusedError

LARGEST = 16 * 1024 * 1024
"""Bytes of a YAML document."""

SECONDS = 60.0
"""How long reading one may take."""

_WORKER = Path(__file__).with_name("yaml_worker.py")
_STEP = 0.5
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LD_LIBRARY_PATH")
_HINT = "convert it to JSON, which is read much faster"


def yaml_to_json(data: bytes, location: str, tell: Progress, *, seconds: float = SECONDS) -> bytes:
    """Return a YAML document as JSON text. Raises ImportRefusedError with a code.

    Keys are taken as they are written (`on`, `404` and `2020-01-01` are texts), values as YAML 1.2 has them.
    """
    if len(data) > LARGEST:
        raise ImportRefusedError(
            f"{location}: {len(data) / 1024 / 1024:.0f} MB of YAML, {LARGEST // 1024 // 1024} at most",
            code="doc.invalid",
            hint=_HINT,
        )
    with subprocess.Popen(
        # -P: a file of the user's that happens to be called yaml.py is not loaded.
        [sys.executable, "-P", str(_WORKER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    ) as process:
        try:
            answer = _answer(process, data, tell, seconds)
        except subprocess.TimeoutExpired:
            raise ImportRefusedError(
                f"{location}: reading this YAML takes more than {seconds:g} seconds", code="doc.invalid", hint=_HINT
            ) from None
        finally:
            process.kill()
    return _content(answer, process.returncode, location)


def _answer(process: "subprocess.Popen[bytes]", data: bytes, tell: Progress, seconds: float) -> bytes:
    started = time.monotonic()
    given: bytes | None = data
    while True:
        tell("reading YAML", int(time.monotonic() - started), int(seconds))
        left = started + seconds - time.monotonic()
        try:
            answer, _ = process.communicate(given, timeout=max(min(_STEP, left), 0))
            return answer
        except subprocess.TimeoutExpired:
            given = None  # what was not yet written is written on
            if left <= 0:
                raise


def _content(answer: bytes, status: int, location: str) -> bytes:
    code, _, content = answer.partition(b"\n")
    if code == b"ok" and status == 0:
        return content
    if code and status == 0:
        raise ImportRefusedError(f"{location}: {content.decode()}", code=code.decode())
    deep = status in (-signal.SIGSEGV, -signal.SIGBUS)
    why = "is nested too deep" if deep else "needs more memory than allowed"
    raise ImportRefusedError(f"{location}: this YAML {why}", code="doc.invalid", hint=_HINT)
