"""Documents put aside on disk between checking them and writing them in one go."""

import json
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from taskmatrix.store import PreparedDocument, translated

IN_MEMORY = 16 * 1024 * 1024


class Spool:
    """A temporary file of prepared documents; small ones never reach the disk."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY, mode="w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        self._where = f"the temporary folder {tempfile.gettempdir()}"
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, row: PreparedDocument) -> None:
        """Put one aside. Raises StoreFullError, StoreError."""
        with translated(self._where):
            # JSON text holds no line break, so two lines hold one document.
            self._file.write(f"{json.dumps([row.package, row.name, row.digest])}\n{row.text}\n")
        self.count += 1

    def rows(self) -> Iterator[PreparedDocument]:
        """Give them back, in order. Raises StoreFullError, StoreError."""
        with translated(self._where):
            self._file.flush()
            self._file.seek(0)
        for head in self._file:
            package, name, digest = json.loads(head)
            yield PreparedDocument(package, name, self._file.readline().removesuffix("\n"), digest)
