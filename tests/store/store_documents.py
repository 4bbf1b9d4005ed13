"""Documents for the tests of the catalogue."""

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.store import PreparedDocument, SourceRecord, prepare


def document(name: str, package: str = "mail", description: str = "d", **more: object) -> ApiDocument:
    return parse_document({"package": package, "name": name, "description": description, "parameters": [], **more})


def prepared(name: str, package: str = "mail", description: str = "d") -> PreparedDocument:
    return prepare(document(name, package, description))


def source(identity: str = "openapi:mail", **options: str) -> SourceRecord:
    return SourceRecord(identity, "openapi", f"/somewhere/{identity}", options)
