import gzip
import json
import resource
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from databases import DatabasePlace
from forked import ForkedCommands
from taskmatrix.api_platform import ApiRegistry, ImportReport, caller_for, import_apis
from taskmatrix.api_platform.importers import lines, spool
from taskmatrix.core.errors import ApiNotCallableError, ImportRefusedError, StoreFullError
from taskmatrix.store import PutCounts


def line(name: str = "send", **more: object) -> str:
    return json.dumps({"package": "mail", "name": name, "description": "d", "parameters": []} | more)


def take(registry: ApiRegistry, path: Path, **options: bool) -> ImportReport:
    (report,) = import_apis(registry, str(path), **options)
    return report


def write(tmp_path: Path, *given: str | bytes) -> Path:
    path = tmp_path / "apis.jsonl"
    path.write_bytes(b"\n".join(g.encode() if isinstance(g, str) else g for g in given))
    return path


def test_a_file_is_imported_and_imported_again_without_duplicates(registry: ApiRegistry, tmp_path: Path) -> None:
    path = write(tmp_path, line("a", extra={"kept": 1}), "", line("b"))
    assert take(registry, path).counts == PutCounts(added=2)
    assert take(registry, path).counts == PutCounts(unchanged=2)
    found = registry.find("mail.a")
    assert found is not None
    assert found.to_json()["extra"] == {"kept": 1}


def test_a_compressed_file_is_known_by_its_content(registry: ApiRegistry, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(line().encode()))
    (tmp_path / "y.jsonl").write_bytes(gzip.compress(line("b").encode()))
    assert take(registry, tmp_path / "x.jsonl.gz").counts.added == 1
    assert take(registry, tmp_path / "y.jsonl").counts.added == 1


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(registry: ApiRegistry, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"\xef\xbb\xbf" + line("a").encode() + b"\r\n" + line("b").encode() + b"\r\n")
    assert take(registry, tmp_path / "x.jsonl").counts.added == 2


BAD = {
    "null": "package",
    "[]": "document",
    '"text"': "document",
    "{}": "package",
    "{": "no JSON",
    "not json": "no JSON",
    '{"package": "p", "name": "n", "description": "d"}': "parameters",
    '{"package": "", "name": "n", "description": "d", "parameters": []}': "package",
    '{"package": "p", "name": 5, "description": "d", "parameters": []}': "name",
    '{"package": "p", "name": "a", "name": "b", "description": "d", "parameters": []}': "given twice",
    '{"package": "p", "name": "n", "description": "d", "parameters": [], "x": NaN}': "NaN",
    '{"package": "p", "name": "n", "description": "d", "parameters": [], "x": 1e999}': "too large",
    '{"package": "p", "name": "n", "description": "d", "parameters": [], "x": ' + "9" * 5_000 + "}": "digits",
    '{"package": "p", "name": "n", "description": "\\ud800", "parameters": []}': "JSON cannot",
    '{"package": "p", "name": "n\\n", "description": "d", "parameters": []}': "control character",
    '{"package": "p", "name": "n", "description": "d", "parameters": [], "effects": "unheard of"}': "effects",
    "[" * 100_000: "deep",
    '{"x":' * 900 + "1" + "}" * 900: "deep",
}


@pytest.mark.parametrize("bad", BAD, ids=lambda text: text[:40])
def test_a_bad_line_is_named_with_its_reason_and_nothing_is_imported(
    registry: ApiRegistry, tmp_path: Path, bad: str
) -> None:
    path = write(tmp_path, line("a"), bad, line("b"))
    with pytest.raises(ImportRefusedError) as caught:
        take(registry, path)
    assert "line 2" in caught.value.message
    if bad != "null":
        assert BAD[bad] in caught.value.message
    assert registry.count() == registry.latest_change() == 0


@pytest.mark.parametrize("bad", [b"\xff\xfe{\x00", b'{"package": "\xff"}', b"\x00\x01\x02"])
def test_bytes_that_are_no_text_are_named_by_line(registry: ApiRegistry, tmp_path: Path, bad: bytes) -> None:
    with pytest.raises(ImportRefusedError, match="line 1"):
        take(registry, write(tmp_path, bad, line()))


def test_skipping_takes_the_good_lines_and_lists_the_others(registry: ApiRegistry, tmp_path: Path) -> None:
    report = take(registry, write(tmp_path, line("a"), "bad", line("b"), "{}"), skip_invalid=True)
    assert report.counts.added == 2
    assert [problem.line for problem in report.invalid] == [2, 4]
    assert report.invalid_count == 2


def test_many_bad_lines_are_counted_and_the_first_are_shown(registry: ApiRegistry, tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="3000 of 3001 lines") as caught:
        take(registry, write(tmp_path, line(), *["bad"] * 3_000))
    assert len(caught.value.message) < 2_000


def test_a_duplicate_is_told_by_line_and_the_first_counts(registry: ApiRegistry, tmp_path: Path) -> None:
    report = take(registry, write(tmp_path, line(description="first"), line("x"), line(description="second")))
    assert [str(p) for p in report.duplicates] == ["line 3: mail.send was in line 1 already"]
    found = registry.find("mail.send")
    assert found is not None
    assert found.description == "first"


def test_a_parameter_declared_twice_becomes_one_and_is_told(registry: ApiRegistry, tmp_path: Path) -> None:
    doubled = [
        {"name": "id", "description": "", "required": True, "schema": {}},
        {"name": "id", "description": "which", "required": False, "schema": {"type": "string"}},
        {"name": "x"},
    ]
    report = take(registry, write(tmp_path, line(parameters=doubled)))
    assert [str(n) for n in report.notes] == ["line 1: parameter 'id' was declared twice and became one"]
    found = registry.find("mail.send")
    assert found is not None
    assert [(p.name, p.description, p.required, p.type) for p in found.parameters] == [
        ("id", "which", True, {"type": "string"}),
        ("x", "", False, {}),
    ]


def test_another_package_can_be_given_to_all(registry: ApiRegistry, tmp_path: Path) -> None:
    (report,) = import_apis(registry, str(write(tmp_path, line("a"), line("b"))), package="mine")
    assert report.packages == ("mine",)
    assert [d.id for d in registry.documents()] == ["mine.a", "mine.b"]


@pytest.mark.parametrize("kind", ["python", "entry-point"])
def test_a_file_of_documents_cannot_point_at_code_of_this_machine(
    registry: ApiRegistry, tmp_path: Path, kind: str
) -> None:
    source = {"kind": kind, "module": "os", "function": "system", "package": "math"}
    report = take(registry, write(tmp_path, line("system", source=source)))
    assert report.note_count == 1
    found = registry.find("mail.system")
    assert found is not None
    with pytest.raises(ApiNotCallableError):
        caller_for(found)


def test_a_damaged_compressed_file_is_refused_as_a_whole(registry: ApiRegistry, tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(line(str(n)) for n in range(5_000)).encode())
    for number, content in enumerate(
        (whole[: len(whole) // 2], whole[:40] + b"\xff" * 40 + whole[80:], whole[:-4] + b"abcd")
    ):
        path = tmp_path / f"{number}.jsonl.gz"
        path.write_bytes(content)
        with pytest.raises(ImportRefusedError, match="cut short or damaged"):
            take(registry, path)
    assert registry.count() == 0


@pytest.mark.parametrize("content", [b"", b"\n\n \n"])
def test_a_file_without_documents_is_refused(registry: ApiRegistry, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImportRefusedError, match="holds no API document"):
        take(registry, write(tmp_path, content))


def test_a_line_beyond_all_bounds_is_refused_without_being_read_whole(
    registry: ApiRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 1_000)
    (tmp_path / "b.jsonl.gz").write_bytes(
        gzip.compress(line("a").encode() + b"\n" + b"0" * 5_000_000 + b"\n" + line("b").encode())
    )
    report = take(registry, tmp_path / "b.jsonl.gz", skip_invalid=True)
    assert report.counts.added == 2
    assert [problem.line for problem in report.invalid] == [2]


def test_progress_is_told_while_reading_and_writing(registry: ApiRegistry, tmp_path: Path) -> None:
    path = write(tmp_path, *(line(str(n)) for n in range(3_000)))
    told: list[tuple[str, int, int]] = []
    list(import_apis(registry, str(path), on_progress=lambda *step: told.append(step)))
    assert {what for what, _, _ in told} == {"reading", "writing"}
    assert told[-1] == ("writing", 3_000, 3_000)
    assert all(0 <= done <= total for _, done, total in told)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | st.just(line().encode()), max_size=5))
def test_whatever_a_file_holds_it_is_imported_or_refused(
    registry: ApiRegistry, tmp_path: Path, given_lines: list[bytes]
) -> None:
    path = write(tmp_path, *given_lines)
    try:
        take(registry, path)
    except ImportRefusedError as error:
        assert str(path) in error.message


def test_an_import_killed_while_it_writes_leaves_nothing_of_it(
    database_place: DatabasePlace, tmp_path: Path, forked_commands: ForkedCommands
) -> None:
    path = write(tmp_path, *(line(str(n)) for n in range(5_000)))
    code = """
import os, pathlib, sys
from taskmatrix.api_platform import ApiRegistry, import_apis
from taskmatrix.store import open_database
def tell(what, done, total):
    if what == "writing" and done >= 4000:
        os.kill(os.getpid(), 9)
registry = ApiRegistry(open_database(sys.argv[3] or None, pathlib.Path(sys.argv[1])))
list(import_apis(registry, sys.argv[2], on_progress=tell))
"""
    arguments = [str(database_place.home), str(path), database_place.url or ""]
    assert forked_commands.run(*arguments, code=code).returncode == -signal.SIGKILL
    with database_place.open() as database:
        registry = ApiRegistry(database)
        assert (registry.count(), registry.latest_change(), len(registry.packages())) == (0, 0, 0)
        assert take(registry, path).counts.added == 5_000


def test_a_full_temporary_folder_is_told_and_nothing_is_imported(
    registry: ApiRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    path = write(tmp_path, *(line(str(n)) for n in range(2_000)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
        with pytest.raises(StoreFullError, match="temporary folder"):
            take(registry, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    assert registry.count() == 0
