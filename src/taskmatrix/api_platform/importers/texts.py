"""The bytes of a source of APIs: from a file or an address, unpacked, never more than a source may have."""

import gzip
import io
import re
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

from taskmatrix.api_platform.importers.reports import Progress
from taskmatrix.core.errors import ImportRefusedError
from taskmatrix.policy.origins import origin_of

LARGEST = 64 * 1024 * 1024
"""Bytes a source may have, unpacked."""

_PACKED = b"\x1f\x8b"
_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
_BLOCK = 1024 * 1024
_SECONDS = 30.0
_SECONDS_IN_ALL = 120.0
_MOST_REDIRECTS = 3
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a source holds. `base` is the URL that relative addresses in it are relative to, None for a file."""

    data: bytes = field(repr=False)
    location: str
    base: str | None = None


def is_address(location: str) -> bool:
    """Whether a location is a URL rather than a path."""
    return _ADDRESS.match(location) is not None


def read_source(location: str, tell: Progress) -> SourceText:
    """Read a path or an http(s) URL, gzip unpacked. Raises ImportRefusedError."""
    if is_address(location):
        raw, final = _fetched(location, tell)
        return SourceText(unpacked(raw, final), without_query(location), final)
    path = Path(location).expanduser()
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ImportRefusedError(
            f"{location!r} cannot be read: {getattr(error, 'strerror', error) or error}"
        ) from error
    return SourceText(unpacked(raw, str(path)), str(path.resolve()))


def unpacked(raw: bytes, location: str) -> bytes:
    """Return the content of a file that may be compressed. Raises ImportRefusedError for a bomb and for a zip."""
    if raw.startswith(_ZIPPED):
        raise ImportRefusedError(f"{location} is a zip archive", hint="unpack it and import the file in it")
    if not raw.startswith(_PACKED):
        return _within(raw, location)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            data = _within(_read(cast(BinaryIO, file)), location)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ImportRefusedError(
            f"{location} is cut short or damaged: {error}", hint="get the compressed file once more"
        ) from error
    if data.startswith((_PACKED, *_ZIPPED)):
        raise ImportRefusedError(f"{location} is packed twice", hint="unpack it and import the file in it")
    return data


def _read(file: BinaryIO) -> bytes:
    """Read in blocks, no further than one byte over the limit: a bomb is never unpacked."""
    blocks: list[bytes] = []
    size = 0
    while size <= LARGEST and (block := file.read(min(_BLOCK, LARGEST + 1 - size))):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _within(data: bytes, location: str) -> bytes:
    if len(data) > LARGEST:
        raise ImportRefusedError(
            f"{location} holds more than {LARGEST // 1024 // 1024} MB", hint="split it into several documents"
        )
    return data


@dataclass(frozen=True, slots=True)
class _Fetched:
    data: bytes
    next: str | None


def _fetched(location: str, tell: Progress) -> "tuple[bytes, str]":
    address = location
    for _ in range(_MOST_REDIRECTS + 1):
        if origin_of(address) is None:
            raise ImportRefusedError(
                f"{without_query(address)!r} is no plain http or https address",
                hint="leave user names out of it; give credentials with `taskmatrix credentials`",
            )
        found = _get(address, tell)
        if found.next is None:
            return found.data, address
        address = found.next
    raise ImportRefusedError(f"{without_query(location)} leads on more than {_MOST_REDIRECTS} times")


def _get(address: str, tell: Progress) -> _Fetched:
    import httpx2

    shown = without_query(address)
    # Encodings of the transport are not undone there: what is unpacked is counted, in `unpacked`.
    headers = {"Accept": "application/json, application/yaml, */*;q=0.5", "Accept-Encoding": "identity"}
    try:
        with (
            httpx2.Client(timeout=_SECONDS, headers=headers, follow_redirects=False) as client,
            client.stream("GET", address) as response,
        ):
            if response.is_redirect and "location" in response.headers:
                return _Fetched(b"", str(response.url.join(response.headers["location"])))
            if response.status_code != 200:
                raise ImportRefusedError(
                    f"{shown} answered {response.status_code}", hint="check the address, or download the file"
                )
            total = int(response.headers.get("content-length", "0") or 0)
            blocks: list[bytes] = []
            size, end = 0, time.monotonic() + _SECONDS_IN_ALL
            for block in response.iter_raw(_BLOCK):
                blocks.append(block)
                size += len(block)
                tell("fetching", size, total)
                if size > LARGEST:
                    break
                if time.monotonic() > end:
                    raise ImportRefusedError(f"{shown} takes too long to answer", hint="download the file")
            return _Fetched(b"".join(blocks), None)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ImportRefusedError(f"{shown} cannot be fetched: {error}", hint="download the file") from error


def without_query(address: str) -> str:
    """Return an address as it may be shown and stored: queries and user names hold keys."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.partition("?")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
