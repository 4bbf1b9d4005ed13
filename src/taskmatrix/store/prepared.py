"""Documents as they are stored."""

import json
from dataclasses import dataclass

from pydantic import ValidationError

from taskmatrix.core.documents import ApiDocument, Package, digest_of
from taskmatrix.core.errors import DocumentError, StoreError

LONGEST_IDENTITY = 2_500
"""Bytes of UTF-8 that package and name may have together: PostgreSQL's indexes hold some 2,700."""


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document as it is stored: its JSON text and the digest of what it says."""

    package: str
    name: str
    text: str
    digest: str

    @property
    def key(self) -> tuple[str, str]:
        """The identity."""
        return self.package, self.name


def prepare(document: ApiDocument) -> PreparedDocument:
    """Return the stored form of a document. Raises DocumentError for what cannot be stored."""
    try:
        data = document.to_json()
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
        prepared = PreparedDocument(document.package, document.name, text, digest_of(data))
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{document.id} holds a value that JSON cannot: {error}",
            code="encoding",
            hint="half of a surrogate pair is no character",
        ) from error
    except (ValueError, RecursionError) as error:
        raise DocumentError(
            f"{document.id} holds a value that JSON cannot: {error}",
            code="json.number" if isinstance(error, ValueError) else None,
            hint="infinity and not-a-number are no JSON",
        ) from error
    _check_names(document.package, document.name)
    return prepared


def prepare_package(package: Package) -> str:
    """Return the stored form of what is said of a package. Raises DocumentError for what cannot be stored."""
    try:
        text = json.dumps(package.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"what is said of the package {package.name!r} is no JSON: {error}") from error
    _check_names(package.name, "")
    return text


def read_document(text: str) -> ApiDocument:
    """Return a document from its stored form. Raises StoreError for one that was tampered with."""
    try:
        return ApiDocument.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(
            f"a stored document cannot be read: {text[:80]!r}", hint="remove that API and import it again"
        ) from error


def _check_names(package: str, name: str) -> None:
    if "\0" in package or "\0" in name:
        path, which = ("package", package) if "\0" in package else ("name", name)
        raise DocumentError(
            f"the name {which[:60]!r} holds a NUL character", path=path, code="name.charset", hint="leave it out"
        )
    if len(package.encode()) + len(name.encode()) > LONGEST_IDENTITY:
        raise DocumentError(
            f"the names {package[:30]!r} … and {name[:30]!r} … are too long",
            path="name" if name else "package",
            code="name.charset",
            hint=f"package and name may have {LONGEST_IDENTITY:,} bytes together",
        )
