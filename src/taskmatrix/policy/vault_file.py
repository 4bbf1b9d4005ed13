"""The file of a vault: read as a whole, written as a whole, changed by one process at a time."""

import fcntl
import os
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from taskmatrix.core.errors import CredentialError
from taskmatrix.policy.credentials import CredentialKind


class Entry(BaseModel):
    """One credential: `env` names an environment variable, or `sealed` is the encrypted value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    scheme: str
    kind: CredentialKind = "value"
    hosts: tuple[str, ...] = ()
    env: str | None = None
    sealed: str | None = None

    @property
    def purpose(self) -> tuple[str, ...]:
        """What the value was given for; part of the ciphertext, so that editing the file cannot widen it."""
        return (self.package, self.scheme, self.kind, *self.hosts)

    def is_for(self, package: str, scheme: str) -> bool:
        """Whether this is a credential of a package's scheme."""
        return (self.package, self.scheme) == (package, scheme)


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["taskmatrix-credentials"] = "taskmatrix-credentials"
    version: Literal[1] = 1
    entries: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def _one_source_each(self) -> "_Content":
        if any((e.env is None) == (e.sealed is None) for e in self.entries):
            raise ValueError("an entry has either env or sealed")
        return self


class VaultFile:
    """Reads and writes the entries."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Sequence[Entry]:
        """Return the entries; none where there is no file. Raises CredentialError for one that is not ours."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CredentialError(f"{str(self._path)!r} cannot be read: {error.strerror}") from error
        try:
            return _Content.model_validate_json(data).entries
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the file"
        raise CredentialError(  # outside of `except`: the error of the parser quotes what it read
            f"{str(self._path)!r} is damaged or not ours (at {where}); it was left as it is",
            hint="move it away and set the credentials again",
        )

    @contextmanager
    def changing(self) -> Generator[list[Entry], None, None]:
        """Hold the file, hand out its entries, and write them back if they changed. Raises CredentialError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self._path.with_suffix(".lock").open("a")
        except OSError as error:
            raise CredentialError(f"{str(self._path)!r} cannot be written: {error.strerror}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self.read()
            entries = list(before)
            yield entries
            if entries != list(before):
                self._write(_Content(entries=tuple(entries)))

    def _write(self, content: _Content) -> None:
        text = content.model_dump_json(indent=2, exclude_none=True) + "\n"
        try:
            handle, aside = tempfile.mkstemp(dir=self._path.parent, prefix=".credentials-")  # made with mode 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                Path(aside).replace(self._path)
            except BaseException:
                Path(aside).unlink(missing_ok=True)
                raise
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise CredentialError(f"{str(self._path)!r} cannot be written: {error.strerror}") from error
