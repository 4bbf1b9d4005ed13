"""Versions of what was learned, in a folder each; one is in use, and any other can be again.

    FOLDER/active.json      {"name": "v2"}
    FOLDER/v2/memory.jsonl  the examples, meta.json what is known of them; memory.npz and heads.npz where learned

A version is written aside and renamed when it is whole and on disk, so that a kill at any moment leaves the versions
as they were; `active.json` is replaced in one step. Digests in `meta.json` are checked on loading.
"""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from taskmatrix.core.errors import NotFoundError, StoreError
from taskmatrix.mcfm.embedded.encoder.cross_encoder import Heads
from taskmatrix.mcfm.embedded.encoder.loading import read_heads
from taskmatrix.mcfm.embedded.learning.examples import Example, as_line, read_example
from taskmatrix.mcfm.embedded.learning.keeping import from_bytes, to_bytes
from taskmatrix.mcfm.embedded.learning.learned import NOTHING_LEARNED, SHIPPED, Learned
from taskmatrix.mcfm.embedded.learning.sureness import UNCHANGED, Sureness

EXAMPLES, MEMORY, HEADS, META, ACTIVE = "memory.jsonl", "memory.npz", "heads.npz", "meta.json", "active.json"
_ASIDE = ".new-"
_BACK = "taskmatrix learn rollback shipped goes back to the weights that came with TaskMatrix"


class Version(BaseModel):
    """What is known of a version: `files` are SHA-256 by name, `gate` is the decision with its figures."""

    model_config = ConfigDict(frozen=True)

    name: str
    parent: str
    at: datetime
    examples: int
    data: str = Field(description="SHA-256 of the examples")
    files: dict[str, str]
    packages: tuple[str, ...] = ()
    sureness: tuple[float, float, float] | None = None
    adopted: bool = False
    gate: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])


class Versions:
    """The versions in a folder, which need not exist. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: Learned = NOTHING_LEARNED
        self._lock = threading.Lock()

    def all(self) -> list[Version]:
        """Return the versions, oldest first; folders that hold none are left out."""
        found: list[Version] = []
        for meta in sorted(self.folder.glob(f"v*/{META}")):
            try:
                found.append(Version.model_validate_json(meta.read_bytes()))
            except (OSError, ValidationError):
                continue
        return sorted(found, key=lambda v: (v.at, v.name))

    @property
    def active(self) -> str:
        """The name of the version in use. Raises StoreError where that cannot be read."""
        try:
            return str(json.loads((self.folder / ACTIVE).read_bytes())["name"])
        except FileNotFoundError:
            return SHIPPED
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{str(self.folder / ACTIVE)!r} cannot be read: {error}", hint=_BACK) from error

    def activate(self, name: str) -> None:
        """Use a version, or `shipped`. Raises NotFoundError, and StoreError for one that is damaged."""
        if name != SHIPPED:
            self.load(name)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / ACTIVE, json.dumps({"name": name}).encode())

    def learned(self) -> Learned:
        """Return the version in use, loaded once. Raises StoreError for one that is damaged."""
        name = self.active
        with self._lock:
            if self._loaded.name != name:
                self._loaded = NOTHING_LEARNED if name == SHIPPED else self.load(name)
            return self._loaded

    def load(self, name: str) -> Learned:
        """Return a version. Raises NotFoundError, and StoreError where a file is missing or not as it was written."""
        version = self.find(name)
        data = {file: self._checked(version, file) for file in version.files}
        try:
            memory = from_bytes(data[MEMORY]) if MEMORY in data else None
            heads = read_heads(self.folder / name / HEADS) if HEADS in data else None
        except (ValueError, KeyError, OSError) as error:
            raise StoreError(f"the learned weights {name!r} cannot be read: {error}", hint=_BACK) from error
        sureness = Sureness(*version.sureness) if version.sureness is not None else UNCHANGED
        return Learned(name, memory, heads, frozenset(version.packages), sureness)

    def examples(self, name: str) -> list[Example]:
        """Return what a version was taught, nothing for `shipped`. Raises NotFoundError, StoreError."""
        if name == SHIPPED:
            return []
        text = self._checked(self.find(name), EXAMPLES).decode()
        return [read_example(json.loads(line)) for line in text.splitlines()]

    def find(self, name: str) -> Version:
        """Return what is known of a version. Raises NotFoundError."""
        found = next((v for v in self.all() if v.name == name), None)
        if found is None:
            raise NotFoundError(f"there are no learned weights {name!r}", hint="taskmatrix learn versions lists them")
        return found

    def add(
        self,
        examples: Sequence[Example],
        learned: Learned,
        parent: str,
        gate: Mapping[str, JsonValue],
        *,
        adopted: bool,
    ) -> Version:
        """Keep a version under a new name, without using it. Raises StoreError."""
        lines = "".join(as_line(example) + "\n" for example in examples).encode()
        data = {EXAMPLES: lines}
        if learned.memory is not None:
            data[MEMORY] = to_bytes(learned.memory)
        if learned.heads is not None:
            data[HEADS] = _heads_bytes(learned.heads)
        sureness = learned.sureness
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in data.items()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            aside = self.folder / f"{_ASIDE}{os.getpid()}-{threading.get_ident()}"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            for name, content in data.items():
                _write(aside / name, content)
            while True:
                name = f"v{1 + max((_number(f.name) for f in self.folder.iterdir()), default=0)}"
                version = Version(
                    name=name, parent=parent, at=datetime.now(UTC), examples=len(examples),
                    data=digests[EXAMPLES], files=digests, adopted=adopted, gate=dict(gate),
                    packages=tuple(sorted(learned.packages)),
                    sureness=(sureness.slope, sureness.shift, sureness.nearness),
                )  # fmt: skip
                _write(aside / META, version.model_dump_json(indent=1).encode())
                try:
                    aside.rename(self.folder / name)
                except FileExistsError:
                    continue
                except OSError:
                    if (self.folder / name).exists():  # another process took the name
                        continue
                    raise
                _sync(self.folder)
                return version
        except OSError as error:
            raise StoreError(f"what was learned cannot be kept in {str(self.folder)!r}: {error}") from error

    def _checked(self, version: Version, name: str) -> bytes:
        try:
            content = (self.folder / version.name / name).read_bytes()
        except OSError as error:
            raise StoreError(f"the learned weights {version.name!r} lack {name}: {error}", hint=_BACK) from error
        if hashlib.sha256(content).hexdigest() != version.files.get(name):
            raise StoreError(f"{name} of the learned weights {version.name!r} is not as it was written", hint=_BACK)
        return content


def _number(name: str) -> int:
    return int(name[1:]) if name.startswith("v") and name[1:].isdigit() else 0


def _heads_bytes(heads: Heads) -> bytes:
    import io

    import numpy as np

    stream = io.BytesIO()
    np.savez(stream, **{n: a.astype(np.float16) for n, a in heads.arrays.items()})  # pyright: ignore[reportArgumentType]
    return stream.getvalue()


def _write(file: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a loss of power."""
    aside = file.with_name(f"{file.name}.{os.getpid()}.part")
    with aside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(file)
    _sync(file.parent)


def _sync(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # a system whose folders cannot be opened
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)
