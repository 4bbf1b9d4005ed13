"""`ExecutionContext`: what one call of a run may use besides its arguments."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import ApiFileError, NotFoundError
from taskmatrix.core.protocols import BlobStore
from taskmatrix.executor.claims import Claims, OutputExists
from taskmatrix.executor.contents import fingerprint_of
from taskmatrix.executor.files import absolute, read_file, write_file


class ExecutionContext:
    """Implements `RunContext` for one call.

    `state` and `claims` are this call's own copies: the executor keeps them if the call succeeds. `question` is
    set when the call met a file that is in its way.
    """

    def __init__(
        self,
        *,
        run_id: str,
        directory: Path,
        clock: Callable[[], datetime],
        blobs: BlobStore,
        state: dict[str, JsonValue],
        claims: Claims,
    ) -> None:
        self._run_id = run_id
        self._directory = directory
        self._clock = clock
        self._blobs = blobs
        self._state = state
        self.claims = claims
        self.artifacts: list[Artifact] = []
        self.question: OutputExists | None = None

    @property
    def run_id(self) -> str:
        """The run the call belongs to."""
        return self._run_id

    @property
    def now(self) -> datetime:
        """The run's clock, with its time zone."""
        return self._clock()

    @property
    def directory(self) -> Path:
        """The user's working directory."""
        return self._directory

    @property
    def state(self) -> dict[str, JsonValue]:
        """This package's session state in this run."""
        return self._state

    def put_blob(self, data: bytes) -> str:
        """Keep bytes; return their digest."""
        return self._blobs.put(data)

    def get_blob(self, digest: str) -> bytes:
        """Return bytes kept before. Raises ApiFileError if they are gone."""
        try:
            return self._blobs.get(digest)
        except NotFoundError as error:
            raise ApiFileError(f"what this run kept as {digest[:12]}… is gone", hint="run it again") from error

    def read_input(self, path: str) -> bytes:
        """Read a file the user named, which the run may replace while it stays as it is. Raises ApiFileError."""
        found = absolute(self._directory, path)
        data = read_file(found, path)
        self.claims.own(found, fingerprint_of(data))
        return data

    def claim_output(self, path: str) -> str:
        """Say that this run will write `path`; return the path to write to. Raises ApiFileError."""
        asked = absolute(self._directory, path)
        try:
            target = self.claims.claim(asked, path)
        except OutputExists as question:
            self.question = question
            raise
        return path if target == asked else str(Path(path).with_name(target.name))

    def write_output(self, path: str, data: bytes, media_type: str) -> Artifact:
        """Write a file in one step and record it as an artifact. Raises ApiFileError."""
        asked = self.claims.asked_for(absolute(self._directory, path))
        try:
            target = self.claims.claim(asked, path)
            digest = self._blobs.put(data)
            try:
                write_file(target, data, path, replaces=self.claims.expected(target))
            except FileExistsError as error:  # it appeared or changed after it was claimed
                raise self.claims.question(asked, target) from error
        except OutputExists as question:
            self.question = question
            raise
        self.claims.own(target, fingerprint_of(data))
        artifact = Artifact(name=target.name, media_type=media_type, digest=digest, size=len(data), path=str(target))
        self.artifacts.append(artifact)
        return artifact
