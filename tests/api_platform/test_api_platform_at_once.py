"""Several processes that change one registry at the same time, in both databases."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest

from databases import DatabasePlace
from forked import Forked, ForkedCommands
from taskmatrix.api_platform import ApiRegistry
from taskmatrix.api_platform.publishing import Owners
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import AuditLog

AtOnce = Callable[[str, Sequence[str]], AbstractContextManager[list[Forked]]]

START = """
import json, pathlib, sys
from taskmatrix.api_platform import ApiRegistry, import_apis
from taskmatrix.api_platform.publishing import Actor, Publisher
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import StaleVersionError, TaskMatrixError
from taskmatrix.store import open_database

def document(package, name="send", description="d"):
    return ApiDocument(package=package, name=name, description=description, parameters=())

registry = ApiRegistry(open_database(sys.argv[2] or None, pathlib.Path(sys.argv[1])))
me = sys.argv[3]
publisher = Publisher(registry, Actor(me))
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def at_once(database_place: DatabasePlace, forked_commands: ForkedCommands) -> AtOnce:
    """Run code in a process for each name, all let go at one moment."""
    return partial(_at_once, database_place, forked_commands)


@contextmanager
def _at_once(place: DatabasePlace, commands: ForkedCommands, code: str, whom: Sequence[str]) -> Iterator[list[Forked]]:
    given = (str(place.home), place.url or "")
    processes = [commands.talk(*given, name, code=START + code) for name in whom]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def said(at_once: AtOnce, code: str, whom: Sequence[str]) -> list[str]:
    """Return what each of the processes printed at its end."""
    with at_once(code, whom) as processes:
        ended = [process.communicate() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(processes)
    return ended


def owned(place: DatabasePlace, *names: str) -> None:
    with place.open() as database:
        for name in names:
            Owners(database).add(name)


REGISTER = """
outcomes = []
for number in range(25):
    try:
        outcomes.append(publisher.register(document(f"p{number}", description=me)).outcome)
    except TaskMatrixError as error:
        outcomes.append(error.code)
print(json.dumps(outcomes))
"""


def test_of_two_owners_who_register_one_name_at_once_one_gets_it(
    database_place: DatabasePlace, at_once: AtOnce
) -> None:
    owned(database_place, "ada", "eve")
    by_ada, by_eve = (json.loads(text) for text in said(at_once, REGISTER, ["ada", "eve"]))
    assert all(sorted(pair) == ["added", "forbidden"] for pair in zip(by_ada, by_eve, strict=True))
    with database_place.open() as database:
        registry = ApiRegistry(database)
        for number, outcome in enumerate(by_ada):
            entry = registry.entry(f"p{number}", "send")
            assert entry is not None
            winner = "ada" if outcome == "added" else "eve"
            assert (entry.owner, entry.revision, entry.document.description) == (winner, 1, winner)
        records = [r.outcome for r in AuditLog(database).read(1_000) if r.action == "register"]
        assert sorted(records) == ["done"] * 25 + ["refused"] * 25
        assert [c.number for c in registry.changes(0)] == list(range(1, 26))


REPEAT = """
print(json.dumps([str(publisher.register(document("p"), idempotency_key="k")) for _ in range(5)]))
"""


def test_a_request_that_is_repeated_at_once_is_carried_out_once(
    database_place: DatabasePlace, at_once: AtOnce
) -> None:
    owned(database_place, "ada")
    answers = [json.loads(text) for text in said(at_once, REPEAT, ["ada"] * 3)]
    assert len({answer for some in answers for answer in some}) == 1
    with database_place.open() as database:
        assert len([r for r in AuditLog(database).read() if r.action == "register"]) == 1


COUNT_UP = """
for _ in range(10):
    while True:
        entry = registry.entry("p", "send")
        more = document("p", description=str(int(entry.document.description) + 1))
        try:
            publisher.update(more, expected=entry.revision)
            break
        except StaleVersionError:
            pass
"""


def test_no_update_is_lost_where_the_version_is_named(database_place: DatabasePlace, at_once: AtOnce) -> None:
    owned(database_place, "ada")
    with database_place.open() as database:
        registry = ApiRegistry(database)
        registry.register(ApiDocument(package="p", name="send", description="0", parameters=()))
        registry.catalogue.give("p", None, "ada")
        said(at_once, COUNT_UP, ["ada"] * 3)
        history = registry.catalogue.history("p", "send")
    assert [(r.number, r.document.description) for r in history] == [(n + 1, str(n)) for n in range(31)]


IMPORT_OR_REGISTER = """
if me == "importer":
    lines = pathlib.Path(sys.argv[1]).with_name("apis.jsonl")
    for turn in range(3):
        about = {"package": "bulk", "description": f"turn {turn}", "parameters": []}
        rows = (about | {"name": str(n)} for n in range(2_500))
        lines.write_text("".join(json.dumps(row) + "\\n" for row in rows))
        list(import_apis(registry, str(lines)))
else:
    for number in range(20):
        publisher.register(document("mail", str(number), me))
        if number % 2:
            publisher.remove(f"mail.{number}")
"""


def test_who_follows_the_change_feed_misses_nothing_of_an_import_and_of_owners(
    database_place: DatabasePlace, at_once: AtOnce
) -> None:
    owned(database_place, "ada")
    seen: dict[tuple[str, str], str | None] = {}
    last = 0

    def follow(registry: ApiRegistry) -> int:
        since = last
        for change in registry.changes(since, limit=700):
            assert change.number > since
            since = change.number
            seen[change.package, change.name] = change.document and change.document.digest()
        return since

    with database_place.open() as database:
        registry = ApiRegistry(database)
        with at_once(IMPORT_OR_REGISTER, ["importer", "ada"]) as processes:
            while any(process.poll() is None for process in processes):
                last = follow(registry)
            assert [process.returncode for process in processes] == [0, 0]
        while last < registry.latest_change():
            last = follow(registry)
        there = {(d.package, d.name): d.digest() for d in registry.documents()}
    assert {key: digest for key, digest in seen.items() if digest is not None} == there
    assert [name for (package, name), digest in seen.items() if package == "mail" and digest is None] == [
        str(n) for n in range(1, 20, 2)
    ]
    assert len(there) == 2_510
    assert last == 3 * 2_500 + 30
