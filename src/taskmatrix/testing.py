"""For people who test API packages of their own: a `RunContext` without a run, and calls as a run makes them.

from taskmatrix.testing import LocalContext, call

def test_adding_a_line(tmp_path):
    context = LocalContext(tmp_path)
    call(open_list, context, path="groceries.txt")
    assert call(add_line, context, text="bread") == 3
"""

import copy
import hashlib
import inspect
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from taskmatrix.core.api import definition_of
from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import ApiArgumentError, ApiFileError, UsageError

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])

OnExisting = Literal["rename", "overwrite", "refuse"]


class LocalContext:
    """A `RunContext` for one package: state and blobs in memory, files in `directory`.

    `on_existing` says what happens to an output that exists already and was neither opened nor written here: take
    a free name (as `--yes` does), overwrite it, or refuse. What was written is in `artifacts`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        run_id: str = "local",
        now: datetime | None = None,
        on_existing: OnExisting = "rename",
    ) -> None:
        self.directory = directory
        self.run_id = run_id
        self.key = f"{run_id}-1"
        self.attempt = 1
        self.now = now or datetime.now(UTC)
        self.on_existing: OnExisting = on_existing
        self.state: dict[str, JsonValue] = {}
        self.blobs: dict[str, bytes] = {}
        self.artifacts: list[Artifact] = []
        self._claimed: dict[Path, Path] = {}
        self._owned: set[Path] = set()

    def resumed(self) -> "LocalContext":
        """Return the context of the same run as another process would find it.

        The state goes through JSON, so that whatever a package keeps beside it shows as missing.
        """
        other = LocalContext(self.directory, run_id=self.run_id, now=self.now, on_existing=self.on_existing)
        other.state = _JSON.validate_json(json.dumps(self.state))
        other.blobs = dict(self.blobs)
        other.artifacts = list(self.artifacts)
        other._claimed, other._owned = dict(self._claimed), set(self._owned)
        return other

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their digest."""
        digest = hashlib.sha256(data).hexdigest()
        self.blobs[digest] = data
        return digest

    def get_blob(self, digest: str) -> bytes:
        """Return bytes kept before. Raises ApiFileError if they are gone."""
        if digest not in self.blobs:
            raise ApiFileError(f"no blob {digest!r} in this run")
        return self.blobs[digest]

    def read_input(self, path: str) -> bytes:
        """Read a file. Raises ApiFileError if it is missing, a directory, empty or unreadable."""
        place = self._place(path)
        try:
            data = place.read_bytes()
        except (OSError, ValueError) as error:
            raise ApiFileError(f"{path!r} cannot be read: {_reason(error)}", hint="check the path") from error
        if not data:
            raise ApiFileError(f"{path!r} is empty (zero bytes)")
        self._owned.add(place)
        return data

    def claim_output(self, path: str) -> str:
        """Return the path to write to for the path asked for. Raises ApiFileError if nothing can be written."""
        asked = self._place(path)
        target = self._claimed.get(asked, asked)
        if not target.parent.is_dir() or target.is_dir():
            raise ApiFileError(f"{path!r} cannot be written: no such folder, or a folder itself")
        if target.exists() and target not in self._owned:
            if self.on_existing == "refuse":
                raise ApiFileError(f"{path!r} exists already", hint="give another name")
            if self.on_existing == "rename":
                target = _free(asked)
        self._claimed[asked] = target
        self._owned.add(target)
        return path if target == asked else str(Path(path).with_name(target.name))

    def write_output(self, path: str, data: bytes, media_type: str) -> Artifact:
        """Write a file in one step and note it as an artifact. Raises ApiFileError."""
        target = self._place(path)
        if target not in self._claimed.values():
            target = self._place(self.claim_output(path))
        try:
            with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
                temporary = Path(file.name)
                try:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                    temporary.replace(target)
                except OSError:
                    temporary.unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise ApiFileError(f"{path!r} cannot be written: {_reason(error)}") from error
        self._owned.add(target)
        digest = self.put_blob(data)
        artifact = Artifact(name=target.name, media_type=media_type, digest=digest, size=len(data), path=str(target))
        self.artifacts.append(artifact)
        return artifact

    def _place(self, path: str) -> Path:
        if not path.strip() or "\0" in path:
            raise ApiFileError(f"{path!r} is no path", hint="name a file")
        return Path(os.path.realpath(self.directory / path))


def call(function: Callable[..., object], context: LocalContext | None = None, /, **arguments: JsonValue) -> JsonValue:
    """Call an API as a run does: arguments checked against its types, the result as JSON, no state after failure.

    Raises UsageError for a function without `@api` or an asynchronous one, ApiArgumentError for arguments that do
    not fit, and what the API raises.
    """
    definition = definition_of(function)
    if definition is None or inspect.iscoroutinefunction(function):
        raise UsageError(f"{function!r} is no plain function with @api", hint="await an asynchronous API yourself")
    own = definition.context_parameter
    values: dict[str, object] = {}
    for name, value in arguments.items():
        if name == own or name not in inspect.signature(function).parameters:
            raise ApiArgumentError(f"{definition.name} has no parameter {name!r}")
        try:
            values[name] = definition.adapter(name).validate_json(json.dumps(value))
        except ValidationError as error:
            raise ApiArgumentError(f"{definition.name}: {name} is {value!r}: {error.errors()[0]['msg']}") from error
    if own is None:
        return _as_json(definition.adapter("return"), function(**values))
    if context is None:
        raise UsageError(f"{definition.name} needs a context", hint="give a LocalContext")
    before = copy.deepcopy(context.state)
    try:
        result = _as_json(definition.adapter("return"), function(**values, **{own: context}))
        context.state = _JSON.validate_json(json.dumps(context.state))
    except BaseException:
        context.state = before
        raise
    return result


def _as_json(adapter: TypeAdapter[object], result: object) -> JsonValue:
    dumped: JsonValue = json.loads(json.dumps(adapter.dump_python(result, mode="json"), allow_nan=False))
    return dumped


def _free(path: Path) -> Path:
    number = 2
    while (found := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return found


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
