import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from databases import DatabasePlace
from forked import ForkedCommands
from taskmatrix.api_platform import ApiRegistry, import_apis, load_package, restore, sync
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import ImportRefusedError, NotFoundError

Install = Callable[..., Path]

CODE = '''
from taskmatrix import ApiPackage, api

@api(effects="read")
def plus(a: int, b: int) -> int:
    """Add."""
    return a + b

@api(effects="read")
def minus(a: int, b: int) -> int:
    """Subtract."""
    return a - b

package = ApiPackage(name="tm_example", description="Small sums.", functions=[plus, minus])
'''


def touch(file: Path, code: str) -> None:
    file.write_text(code)
    later = file.stat().st_mtime_ns + 1_000_000_000
    os.utime(file, ns=(later, later))
    for name in [n for n in sys.modules if n == file.stem]:
        del sys.modules[name]


def ids(registry: ApiRegistry) -> list[str]:
    return [d.id for d in registry.documents("tm_example")]


def test_an_installed_package_is_registered(registry: ApiRegistry, install: Install) -> None:
    install("tm_example_dist", CODE, package="tm_example")
    counts = sync(registry).counts
    assert counts.added >= 2
    assert ids(registry) == ["tm_example.minus", "tm_example.plus"]
    found = registry.package("tm_example")
    assert found is not None
    assert found.description == "Small sums."


def test_nothing_is_imported_or_written_when_nothing_changed(registry: ApiRegistry, install: Install) -> None:
    install("tm_example_dist", CODE, package="tm_example")
    sync(registry)
    before = registry.latest_change()
    del sys.modules["tm_example_dist"]
    assert sync(registry).counts.added == 0
    assert "tm_example_dist" not in sys.modules
    assert registry.latest_change() == before


def test_a_new_version_updates_adds_and_removes(registry: ApiRegistry, install: Install) -> None:
    file = install("tm_example_dist", CODE, package="tm_example")
    sync(registry)
    touch(file, CODE.replace("minus", "times").replace("Add.", "Add two numbers."))
    counts = sync(registry).counts
    assert (counts.added, counts.updated, counts.removed) == (1, 1, 1)
    assert ids(registry) == ["tm_example.plus", "tm_example.times"]


def test_what_a_user_removed_stays_removed_until_it_is_imported_again(registry: ApiRegistry, install: Install) -> None:
    file = install("tm_example_dist", CODE, package="tm_example")
    sync(registry)
    registry.remove("tm_example.plus")
    touch(file, CODE + "\n# changed\n")
    sync(registry)
    assert ids(registry) == ["tm_example.minus"]
    (report,) = import_apis(registry, "tm_example")
    assert (report.kind, report.counts.added) == ("package", 1)
    assert ids(registry) == ["tm_example.minus", "tm_example.plus"]


def test_a_document_of_the_users_own_is_left_alone(registry: ApiRegistry, install: Install) -> None:
    own = ApiDocument(package="tm_example", name="plus", description="mine", parameters=())
    registry.register(own)
    install("tm_example_dist", CODE, package="tm_example")
    sync(registry)
    assert registry.find("tm_example.plus") == own
    assert ids(registry) == ["tm_example.minus", "tm_example.plus"]


def test_what_an_uninstalled_package_brought_goes_with_it(registry: ApiRegistry, install: Install) -> None:
    file = install("tm_example_dist", CODE, package="tm_example")
    sync(registry)
    (file.parent / "tm_example_dist-1.0.dist-info" / "entry_points.txt").unlink()
    assert sync(registry).counts.removed == 2
    assert registry.package("tm_example") is None


BROKEN = {
    "raise RuntimeError('no licence')": "no licence",
    "import nothing_of_that_name": "nothing_of_that_name",
    "def broken(:": "SyntaxError",
    "raise SystemExit(1)": "SystemExit",
    "package = 5": "no ApiPackage",
    CODE.replace('"tm_example"', '"other"'): "no ApiPackage of that name",
    CODE.replace('"""Add."""', "pass"): "description is missing",
    CODE.replace("[plus, minus]", "[len]"): "has no @api",
    CODE.replace("a: int, b: int", "a: 'Missing', b: int"): "Missing",
    "pass": "has no attribute",
}


@pytest.mark.parametrize("code", BROKEN, ids=lambda code: BROKEN[code])
def test_a_broken_package_is_told_and_the_others_work(registry: ApiRegistry, install: Install, code: str) -> None:
    install("tm_broken_dist", code, package="tm_example")
    install("tm_good_dist", CODE.replace("tm_example", "tm_good"), package="tm_good")
    problems = {p.name: p.reason for p in sync(registry).problems}
    assert BROKEN[code] in problems["tm_example"]
    assert "tm_good" not in problems
    assert registry.find("tm_good.plus") is not None
    assert registry.count("tm_example") == 0


def test_of_two_packages_with_one_name_one_is_used_and_the_other_told(registry: ApiRegistry, install: Install) -> None:
    install("tm_first_dist", CODE, package="tm_example")
    install("tm_second_dist", CODE, package="tm_example")
    problems = [p.reason for p in sync(registry).problems if p.name == "tm_example"]
    assert len(problems) == 1
    assert registry.count("tm_example") == 2


def test_a_package_is_loaded_by_name_once(install: Install) -> None:
    install("tm_example_dist", CODE, package="tm_example")
    assert load_package("tm_example") is load_package("tm_example")


def test_a_package_that_is_not_installed_is_not_found(registry: ApiRegistry) -> None:
    with pytest.raises(NotFoundError, match="not installed"):
        load_package("tm_nothing")
    with pytest.raises(NotFoundError):
        restore(registry, "tm_nothing")


def test_a_package_that_breaks_is_refused_when_it_is_asked_for(registry: ApiRegistry, install: Install) -> None:
    install("tm_broken_dist", "raise RuntimeError('no licence')", package="tm_example")
    with pytest.raises(ImportRefusedError, match="no licence"):
        list(import_apis(registry, "tm_example"))


def test_processes_that_sync_at_once_agree(
    database_place: DatabasePlace, install: Install, forked_commands: ForkedCommands
) -> None:
    file = install("tm_example_dist", CODE, package="tm_example")
    code = """
import sys, pathlib
sys.path.insert(0, sys.argv[2])
from taskmatrix.api_platform import ApiRegistry, sync
from taskmatrix.store import open_database
with open_database(sys.argv[3] or None, pathlib.Path(sys.argv[1])) as database:
    registry = ApiRegistry(database)
    sync(registry)
    print(registry.count("tm_example"))
"""
    arguments = [str(database_place.home), str(file.parent), database_place.url or ""]
    with ThreadPoolExecutor(3) as pool:
        ended = [pool.submit(forked_commands.run, *arguments, code=code).result for _ in range(3)]
        assert [(done().stdout, done().stderr) for done in ended] == [("2\n", "")] * 3
