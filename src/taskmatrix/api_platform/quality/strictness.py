"""What is refused at registration: a document that contradicts itself. Everything else is told, and taken."""

from urllib.parse import urlsplit

from taskmatrix.api_platform.publishing.naming import check_name
from taskmatrix.api_platform.quality.examples import check_examples
from taskmatrix.api_platform.quality.findings import is_poisoned
from taskmatrix.api_platform.quality.parts import check_structure
from taskmatrix.api_platform.quality.texts import scan_texts
from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.errors import DocumentError

_HINT = "taskmatrix apis lint --rules lists what is checked"


def strict(document: ApiDocument) -> None:
    """Refuse a document without a description, with wrong schemas, defaults or examples, or with invisible text.

    Raises DocumentError (`doc.invalid`, `example.invalid`, `name.charset`, `secret.in_doc`) with the path of the
    field. Examples that are no Python, such as shell lines, are not judged. Orders to a model are not refused but
    lead to quarantine: see `poison_in`.
    """
    if not document.description.strip():
        raise DocumentError(
            "description: there is none", path="description", hint="say in a sentence what the API does"
        )
    for parameter in document.parameters:
        check_name(parameter.name, f"parameters.{parameter.name[:40]!a}")
    refuse_secrets(document)
    for fault in check_structure(document):
        if fault.severity == "error":
            raise DocumentError(f"{fault.path}: {fault.message}", path=fault.path, hint=_HINT)
    for fault in scan_texts(document):
        if fault.code in ("text.invisible", "text.smuggled"):
            raise DocumentError(
                f"{fault.path}: {fault.message}", path=fault.path, hint="leave the invisible characters out"
            )
    for fault in check_examples(document):
        if fault.severity == "error":
            raise DocumentError(
                f"{fault.path}: {fault.message}", path=fault.path, code="example.invalid", hint="correct the example"
            )


def refuse_secrets(document: ApiDocument) -> None:
    """Refuse a credential that is written into the address of a document's server or into its security schemes."""
    from taskmatrix.api_platform.importers.openapi.literal_keys import CODE, key_in_schemes

    path = key_in_schemes(document.auth, "auth") if isinstance(document.auth, dict) else None
    server = (document.source.model_extra or {}).get("server")
    if path is None and isinstance(server, str) and _holds_user(server):
        path = "source.server"
    if path is not None:
        raise DocumentError(
            f"{path}: a credential is written into the document",
            path=path,
            code=CODE,
            hint="take it out of the document; give it with `taskmatrix apis credentials set`",
        )


def _holds_user(server: str) -> bool:
    try:
        return "@" in urlsplit(server).netloc
    except ValueError:
        return False


def poison_in(document: ApiDocument) -> str | None:
    """Return why a document belongs in quarantine: its texts hide something, or give orders. None if they do not."""
    found = scan_texts(document)
    if not is_poisoned(found):
        return None
    return "; ".join(f"{f.path} {f.message}" for f in found if f.severity == "error")
