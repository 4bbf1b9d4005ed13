"""The grades of registered APIs: what `apis show` and `apis search` print beside them."""

from collections.abc import Iterable, Mapping, Sequence

from taskmatrix.api_platform.quality.examples import check_examples
from taskmatrix.api_platform.quality.findings import LintFinding
from taskmatrix.api_platform.quality.grades import Grading, grading
from taskmatrix.api_platform.quality.lint import glance
from taskmatrix.core.documents import ApiDocument
from taskmatrix.store import Catalogue, CheckStore, Database


def grades_of(database: Database, documents: Iterable[ApiDocument]) -> Mapping[str, Grading]:
    """Return the grading of each document, by `package.name`; cheap enough for the results of a search.

    Examples are not type-checked here: one that was run, was.
    """
    return {d.id: grading_of(database, d, [*glance(d), *check_examples(d)]) for d in documents}


def grading_of(database: Database, document: ApiDocument, findings: Sequence[LintFinding]) -> Grading:
    """Return the grading of a registered document with these findings: its checks and its quarantine count as well."""
    entry = Catalogue(database).entry(document.package, document.name)
    return grading(
        document,
        findings,
        CheckStore(database).last(document.package, document.name, 1),
        quarantined=entry.quarantined if entry is not None else None,
    )
