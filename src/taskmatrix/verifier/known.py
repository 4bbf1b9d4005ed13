"""Reports of programs that were checked before: a schedule runs the same one again and again."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.programs import CheckReport, Plan

_MOST = 128
_LONGEST = 20_000
"""Characters of a program that is kept."""


@dataclass(frozen=True, slots=True)
class _Checked:
    documents: tuple[ApiDocument, ...]
    plan: Plan | None
    report: CheckReport


class KnownReports:
    """Keeps the reports of the programs checked last, each with what it was checked against."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, _Checked] = OrderedDict()

    def find(self, code: str, documents: Sequence[ApiDocument], plan: Plan | None) -> CheckReport | None:
        """Return the report of the same program against documents and a plan that say the same, or None."""
        with self._lock:
            known = self._kept.get(code)
            if known is None or known.documents != tuple(documents) or known.plan != plan:
                return None
            self._kept.move_to_end(code)
            return known.report

    def keep(self, code: str, documents: Sequence[ApiDocument], plan: Plan | None, report: CheckReport) -> None:
        """Keep a report, unless its check broke off: the next may not."""
        if len(code) > _LONGEST or any(finding.rule == "check-failed" for finding in report.findings):
            return
        with self._lock:
            self._kept[code] = _Checked(tuple(documents), plan, report)
            self._kept.move_to_end(code)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
