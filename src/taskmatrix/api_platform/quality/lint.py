"""The linter: coded findings over the parts of an API's document."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from taskmatrix.api_platform.quality.composing import Exists, check_composition
from taskmatrix.api_platform.quality.ensuring import check_changes, check_ensures, check_view
from taskmatrix.api_platform.quality.examples import check_examples
from taskmatrix.api_platform.quality.findings import LintFinding
from taskmatrix.api_platform.quality.parts import check_parts
from taskmatrix.api_platform.quality.texts import scan_texts
from taskmatrix.api_platform.quality.undoing import check_limits, check_undo
from taskmatrix.core.documents import ApiDocument, Package
from taskmatrix.core.protocols import Sandbox


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a document.

    `siblings` are the documents of its package, or those that matter; `names` the names of all APIs of the package;
    `exists` looks an API up anywhere; `sandbox` type-checks examples; `package` is the package's own document. What
    is missing is not checked.
    """

    siblings: Sequence[ApiDocument] = ()
    names: Collection[str] | None = None
    exists: Exists | None = None
    sandbox: Sandbox | None = None
    package: Package | None = None


def glance(document: ApiDocument) -> Sequence[LintFinding]:
    """Check parts and texts, but no examples: cheap enough for every document of an import."""
    return [*check_parts(document), *check_limits(document), *scan_texts(document)]


def lint(document: ApiDocument, around: Surroundings | None = None) -> Sequence[LintFinding]:
    """Check everything: parts, texts, examples, and whose APIs the composition names. Errors come first."""
    around = around or Surroundings()
    siblings = [d for d in around.siblings if d.package == document.package and d.name != document.name]
    found = [
        *glance(document),
        *check_examples(document, siblings, around.sandbox),
        *check_composition(document, around.names, around.exists),
        *check_undo(document, around.names, siblings),
        *check_ensures(document, around.names, siblings, around.package),
        *check_changes(document, around.package),
        *check_view(document, around.package),
    ]
    return sorted(found, key=lambda f: ("error", "warning", "hint").index(f.severity))
