"""`ExecutionContext`: what one call of a run may use besides its arguments."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import JsonValue

from taskmatrix.core.artifacts import Artifact
from taskmatrix.core.errors import ApiFileError, ApiLimitError, NotFoundError
from taskmatrix.core.protocols import BlobStore
from taskmatrix.executor.claims import Claims, OutputExists
from taskmatrix.executor.contents import NOTHING, fingerprint_of
from taskmatrix.executor.files import absolute, read_file, write_file

MAX_KEPT_BYTES = 64 * 1024 * 1024
"""A larger file that a run replaces is not kept, so that replacing it cannot be taken back."""


class ExecutionContext:
    """Implements `RunContext` for one call.

    `state` and `claims` are this call's own copies: the executor keeps them if the call succeeds. `question` is
    set when the call met a file that is in its way. `before` says by path what the files it wrote held: the blob,
    empty where there was no file; what cannot be kept is not in it.
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
        key: str = "",
        attempt: int = 1,
    ) -> None:
        self._run_id = run_id
        self._key = key
        self._attempt = attempt
        self._directory = directory
        self._clock = clock
        self._blobs = blobs
        self._state = state
        self.claims = claims
        self.artifacts: list[Artifact] = []
        self.question: OutputExists | None = None
        self.before: dict[str, str] = {}
        self._closed = False

    def close(self) -> None:
        """Write nothing more: the call was given up, although something may still work on it."""
        self._closed = True

    @property
    def run_id(self) -> str:
        """The run the call belongs to."""
        return self._run_id

    @property
    def key(self) -> str:
        """The idempotency key of the call."""
        return self._key

    @property
    def attempt(self) -> int:
        """How often the call has been sent, this time included."""
        return self._attempt

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
            before = self._before(target)
            if self._closed:
                raise ApiLimitError(f"{path!r} was not written: the call had been given up")
            try:
                write_file(target, data, path, replaces=self.claims.expected(target))
            except FileExistsError as error:  # it appeared or changed after it was claimed
                raise self.claims.question(asked, target) from error
        except OutputExists as question:
            self.question = question
            raise
        self.claims.own(target, fingerprint_of(data))
        # What the call wrote there before is its own affair: taking it back leads to what was there at first.
        if before is not None and all(made.path != str(target) for made in self.artifacts):
            self.before[str(target)] = before
        artifact = Artifact(name=target.name, media_type=media_type, digest=digest, size=len(data), path=str(target))
        self.artifacts.append(artifact)
        return artifact

    def _before(self, target: Path) -> str | None:
        """Keep what is at a path; return its blob, empty for nothing, None for what is too large or not to be had."""
        expected = self.claims.expected(target)
        if expected == NOTHING:
            return NOTHING
        try:
            if target.stat().st_size > MAX_KEPT_BYTES:
                return None
            kept = self._blobs.put(target.read_bytes())
        except OSError:
            return None
        return kept if kept == expected else None
