"""Programs of the whole language, which cannot be saved: a paused run goes on by running them again."""

from collections.abc import Iterator

import anyio
import pytest
from executor_stage import Stage, documents, store_journal

from taskmatrix.core.errors import SandboxUnavailableError
from taskmatrix.core.events import EVENT, CallDone, CallSent, Printed, RunPaused
from taskmatrix.core.programs import Program
from taskmatrix.executor import Job
from taskmatrix.sandbox import Sandboxes
from taskmatrix.sandbox.cpython.confinement import walls
from taskmatrix.verifier import ProgramVerifier

CODE = """
import asyncio, random
from desk import add
from shop import pay

def amounts():
    for n in (1, 2):
        yield n

print("begun")
lucky = random.random()
sums = await asyncio.gather(*[asyncio.to_thread(add, n, n) for n in amounts()])
total = pay(int(sum(sums)))
print("paid")
assert lucky == random.Random("r1").random()
[sums, total]
"""


class WholeStage(Stage):
    """A stage for programs of the whole language."""

    def job(self, code: str = "", *, yes: bool = False) -> Job:
        program = Program(code=code, backend="cpython")
        return Job("r1", program, documents(), self.directory, assume_yes=yes)


@pytest.fixture
def whole(tmp_path) -> Iterator[WholeStage]:
    try:
        walls()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    (tmp_path / "work").mkdir()
    sandboxes = Sandboxes(whole_language=True)
    yield WholeStage(tmp_path / "work", tmp_path / "home", sandboxes)
    anyio.run(sandboxes.aclose)


def test_its_check_says_that_it_needs_the_whole_language(whole):
    report = ProgramVerifier(whole.sandbox).check(CODE, documents())
    assert report.ok and report.backend == "cpython"
    assert report.calls == ("desk.add", "shop.pay")


def test_it_runs_with_calls_made_together(whole):
    outcome = whole.run(CODE, yes=True)
    assert outcome.error is None and outcome.value[0] == [2, 4]


def test_a_paused_run_goes_on_by_running_again_and_no_call_is_made_twice(whole, tmp_path):
    assert whole.run(CODE).status == "waiting"
    assert whole.of(RunPaused)[0].snapshot in ("", None)
    journal = store_journal(whole, tmp_path / "journal")
    before = len(whole.of(CallSent))

    later = WholeStage(whole.directory, whole.home, Sandboxes(whole_language=True), code=CODE)
    later.events = [EVENT.validate_json(line) for line in journal.read_text().splitlines()]
    outcome = later.resume("approve")
    later.sandbox.close()
    assert outcome.error is None and outcome.value[0] == [2, 4]
    assert (before, len(later.of(CallSent)), len(later.of(CallDone))) == (2, 3, 3)
    assert "".join(e.text for e in later.of(Printed)) == "begun\npaid\n"
