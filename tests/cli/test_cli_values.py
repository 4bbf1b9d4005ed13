import io
import json
import wave
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from taskmatrix.executor.looks import columns_of, look_of, look_of_bytes

Command = Callable[..., CompletedProcess[str]]

DESK = '''
import io
import wave
from taskmatrix import RunContext, api
from taskmatrix.core.artifacts import Artifact


@api(effects="read")
def table(rows: int) -> list[dict[str, object]]:
    """Give a table of so many rows."""
    return [{"name": f"n{n}", "size": n} for n in range(rows)]


@api(effects="read")
def text(length: int) -> str:
    """Give a text of a length, with a colour in it."""
    return "\\x1b[31m" + "x" * length


@api(effects="write")
def picture(path: str, context: RunContext) -> Artifact:
    """Draw a picture."""
    from PIL import Image
    data = io.BytesIO()
    Image.new("RGB", (32, 20)).save(data, "PNG")
    return context.write_output(path, data.getvalue(), "image/png")


@api(effects="destructive")
def burn(path: str) -> str:
    """Burn a picture."""
    return path


@api(effects="read")
def stub() -> dict[str, str]:
    """Give something that looks like what the journal holds of a large value."""
    return {"$blob": "0" * 64, "preview": "x"}
'''


@pytest.fixture
def call(here: Command, work: Path) -> Callable[..., str]:
    """Call an API of the small package `desk`; give the id of the run."""
    (work / "desk.py").write_text(DESK)
    assert here("apis", "import", "desk.py").returncode == 0

    def one(*arguments: str) -> str:
        run: str = json.loads(here("apis", "call", "--json", *arguments).stdout)["id"]
        return run

    return one


def test_a_call_is_shown_with_what_is_known_of_it(here: Command, call: Callable[..., str]) -> None:
    run = call("desk.table", "rows=2")
    shown = here("runs", "show", run, "--call", "1").stdout
    assert "Call 1  desk.table  done in " in shown and "result: table of 2 rows: name, size" in shown
    assert [line.split() for line in shown.splitlines()[-3:]] == [["name", "size"], ["n0", "0"], ["n1", "1"]]
    told = json.loads(here("runs", "show", run, "--call", "1", "--json").stdout)
    assert (told["status"], told["attempts"], told["arguments"], told["key"]) == ("done", 1, {"rows": 2}, f"{run}-1")
    missing = here("runs", "show", run, "--call", "2")
    assert missing.returncode == 2 and "its calls are 1" in missing.stderr


def test_a_large_value_is_a_preview_with_a_handle_and_there_in_full(
    here: Command, call: Callable[..., str], work: Path
) -> None:
    run = call("desk.text", "length=2000000")
    shown = here("runs", "show", run, "--call", "1").stdout
    assert "result: text of 2,000,005 characters, 2.0 MB" in shown and "\x1b" not in shown
    handle = shown.partition("handle ")[2][:12]
    for what in ((handle,), ("call", "1")):
        file = work / f"whole-{len(what)}.json"
        assert here("runs", "value", run, *what, "--out", file.name).returncode == 0
        assert json.loads(file.read_text()) == "\x1b[31m" + "x" * 2_000_000
    again = here("runs", "value", run, handle, "--out", "whole-1.json")
    assert again.returncode == 2 and "exists already" in again.stderr


def test_what_a_run_made_is_shown_as_what_it_is(here: Command, call: Callable[..., str], work: Path) -> None:
    run = call("desk.picture", "path=p.png")
    shown = here("runs", "show", run, "--call", "1").stdout
    size = (work / "p.png").stat().st_size
    assert f"made: p.png, PNG image, 32 × 20 pixels, {size} bytes at {work / 'p.png'}" in shown
    assert "p.png: PNG image, 32 × 20 pixels" in here("runs", "value", run, "p.png").stdout
    assert here("runs", "value", run, "p.png", "--out", "copy.png").returncode == 0
    assert (work / "copy.png").read_bytes() == (work / "p.png").read_bytes()
    told = json.loads(here("runs", "value", run, "p.png", "--json").stdout)
    assert told["media_type"] == "image/png" and told["base64"]


def test_a_paused_run_can_be_looked_into(here: Command, call: Callable[..., str]) -> None:
    run = call("desk.burn", "path=\x1b[31mred")
    shown = here("runs", "show", run, "--call", "1").stdout
    assert "waiting" in shown and "\\x1b[31mred" in shown and "answered: open" in shown and "\x1b" not in shown
    assert "has no result: it is waiting" in here("runs", "value", run, "call", "1").stderr


@pytest.mark.parametrize("what", [("abc",), ("0" * 64,), ("call", "x"), ("call", "1", "2"), ("",)])
def test_a_value_that_is_not_there_is_a_clear_error(
    here: Command, call: Callable[..., str], what: tuple[str, ...]
) -> None:
    done = here("runs", "value", call("desk.table", "rows=1"), *what)
    assert done.returncode in (1, 2) and "error: " in done.stderr and "Traceback" not in done.stderr


def test_a_result_that_looks_like_a_stub_is_kept_as_it_is(here: Command, call: Callable[..., str]) -> None:
    told = json.loads(here("runs", "value", call("desk.stub"), "call", "1", "--json").stdout)
    assert told["value"] == {"$blob": "0" * 64, "preview": "x"}


def test_values_are_told_by_what_they_are() -> None:
    assert look_of([{"a": 1, "b": 2}] * 3) == "table of 3 rows: a, b"
    assert columns_of([{"a": 1}, {"b": 1}]) == columns_of([]) == columns_of([1]) == columns_of({"a": 1}) == ()
    assert [look_of(v) for v in ("ab", [1], {"a": 1}, None, True, 1.5)] == [
        "text of 2 characters",
        "list of 1 item",
        "object with 1 key",
        "nothing",
        "yes or no",
        "number",
    ]


def test_bytes_are_told_by_their_header() -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\0\0" * 12_000)
    assert look_of_bytes(sound.getvalue(), "audio/wav") == "audio (wav), 1.5 seconds, 24 kB"
    flac = b"fLaC" + bytes(14) + ((44100 << 44) | 88200).to_bytes(8, "big") + bytes(20)
    assert look_of_bytes(flac, "audio/flac") == "audio (flac), 2.0 seconds, 46 bytes"
    assert look_of_bytes(b"ID3", "audio/mpeg") == "audio (mpeg), 3 bytes"
    assert look_of_bytes(b"RIFF", "audio/wav") == "audio (wav), 4 bytes"
    assert look_of_bytes(b"%PDF", "application/pdf; x=y") == "PDF document, 4 bytes"
    assert look_of_bytes(b"no picture", "image/png") == "image (png), 10 bytes"
    assert look_of_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 8, "image/png") == "image (png), 16 bytes"
    assert look_of_bytes(b"", "") == "data, 0 bytes"
