"""What an importer hands over: a source's documents, before the registry has seen them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from taskmatrix.api_platform.importers.reports import ProblemList
from taskmatrix.core.documents import ApiDocument, Package


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a user may say about an import.

    `package` replaces the package the source gives itself. `server` is the base URL to call instead of the one a
    document states. `skip_invalid` leaves out what is no API document.
    """

    package: str | None = None
    server: str | None = None
    skip_invalid: bool = False


@dataclass(slots=True)
class Reading:
    """One source as an importer reads it.

    `identity` names the source wherever it lies (`openapi:https://api.example.com/v1 Pet Store`): importing what
    has the same identity again updates its APIs, and removes those it no longer has. `documents` may be a
    generator; it is read once, and may add to `notes` (imported in another form than written) and to `invalid`
    (left out) while it runs. `renamable` says that all documents belong to one package whose name the importer
    made up, so that another may be taken where it is in use by somebody else. `whole` says that the source is all
    there is under its identity, so that what it has no more is removed. `strict` says that the whole is refused for
    what is invalid in it, unless the user wants that left out. `line` is where the document given last was, in
    formats of one document a line. `tells` says that the importer itself reports how far it is.
    """

    identity: str
    kind: str
    location: str
    documents: Iterable[ApiDocument]
    packages: tuple[Package, ...] = ()
    renamable: bool = False
    whole: bool = True
    strict: bool = False
    line: int = 0
    tells: bool = False
    notes: ProblemList = field(default_factory=ProblemList)
    invalid: ProblemList = field(default_factory=ProblemList)
    duplicates: ProblemList = field(default_factory=ProblemList)
