from verifier_documents import DECK

from taskmatrix.core.programs import CheckReport, Finding
from taskmatrix.core.programs import Plan as Steps
from taskmatrix.core.protocols import Checked
from taskmatrix.sandbox import MontySandbox
from taskmatrix.verifier import ProgramVerifier
from taskmatrix.verifier.known import KnownReports


class Counting(MontySandbox):
    """Counts the checks that it makes; `found` is said instead of what it finds."""

    def __init__(self, found: Finding | None = None) -> None:
        super().__init__()
        self.checks = 0
        self.found = found

    def check(self, code, modules):
        self.checks += 1
        return Checked((self.found,)) if self.found else super().check(code, modules)


def test_the_same_program_is_checked_once():
    sandbox = Counting()
    verifier = ProgramVerifier(sandbox)
    reports = [verifier.check("1 + 'a'", DECK) for _ in range(3)]
    assert sandbox.checks == 1 and reports[0] == reports[1] == reports[2] and not reports[0].ok
    sandbox.close()


def test_another_text_another_document_and_another_plan_are_checked_anew():
    sandbox = Counting()
    verifier = ProgramVerifier(sandbox)
    changed = (DECK[0].model_copy(update={"description": "Something else."}), *DECK[1:])
    for code, documents, plan in (
        ("1", DECK, None),
        ("2", DECK, None),
        ("1", changed, None),
        ("1", DECK[1:], None),
        ("1", DECK, Steps(said="so")),
    ):
        verifier.check(code, documents, plan)
    assert sandbox.checks == 5
    sandbox.close()


def test_a_check_that_broke_off_is_made_again():
    sandbox = Counting(Finding(rule="check-failed", message="the check broke off"))
    verifier = ProgramVerifier(sandbox)
    for _ in range(2):
        assert not verifier.check("1", DECK).ok
    assert sandbox.checks == 2
    sandbox.close()


def test_only_so_many_reports_are_kept_and_those_used_last():
    known, report = KnownReports(), CheckReport()
    known.keep("first", (), None, report)
    for number in range(200):
        known.keep(str(number), (), None, report)
        assert known.find("first", (), None) is report
    assert known.find("0", (), None) is None and known.find("199", (), None) is report
    known.keep("x" * 100_000, (), None, report)
    assert known.find("x" * 100_000, (), None) is None
