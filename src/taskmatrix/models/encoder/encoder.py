"""Texts to vectors: a fine-tuned MiniLM as int8 ONNX, made by `training/export_encoder.py`.

One text is run at a time. On a CPU that is as fast as batches (no padding), and activations are quantised run by run:
in a batch, the vector of a text would depend on its neighbours.
"""

import hashlib
import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.models.encoder.words import WORDS

if TYPE_CHECKING:
    import numpy as np
    from tokenizers import Tokenizer

DIMENSIONS = 256
MODEL, TOKENIZER, DESCRIPTION = "encoder.onnx", "tokenizer.json", "encoder.json"

MOST_TOKENS = 128
"""Positions that the exported graph knows."""

MOST_CHARACTERS = 4_000
"""What is read of a text before it is cut into tokens: 96 tokens are about 400 characters."""

FEW = 8
"""Passages below which threads are not worth their start."""

NICENESS = 10
"""How far the threads that encode passages stand back behind the rest."""

_REINSTALL = "reinstall taskmatrix to get the encoder back; until then searches go by words alone"


class TokenLimits(BaseModel):
    """How many tokens are read of a text, with the two that mark its ends."""

    model_config = ConfigDict(frozen=True)

    query: int = Field(ge=3, le=MOST_TOKENS)
    passage: int = Field(ge=3, le=MOST_TOKENS)


class EncoderDescription(BaseModel):
    """What `encoder.json` says. `name` tells its vectors from those of others; `model`, `words` and `tokenizer` begin
    the SHA-256 of the files.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=12, max_length=64)
    model: str = Field(min_length=12, max_length=64)
    words: str = Field(min_length=12, max_length=64)
    tokenizer: str = Field(min_length=12, max_length=64)
    dimensions: int = Field(ge=DIMENSIONS, le=DIMENSIONS)
    tokens: TokenLimits
    centre: tuple[float, ...] = Field(min_length=DIMENSIONS, max_length=DIMENSIONS)


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`."""

    def run(self, names: Sequence[str], given: Mapping[str, object], /) -> "Sequence[np.ndarray]":
        """Return the named outputs."""
        ...


class TextEncoder:
    """Encodes queries and passages. Threads may share one; a text gets the same vector whatever is beside it.

    `name` tells encoders apart: vectors of different names do not compare. `centre` ((256,) float32) is the mean of
    the vectors of many passages; codes of one bit a dimension are of what lies beyond it.
    """

    def __init__(self, description: EncoderDescription, session: Session, tokenizer: "Tokenizer") -> None:
        import numpy as np

        self.name = description.name
        self.centre = np.array(description.centre, np.float32)
        self._tokens = description.tokens
        self._session = session
        self._tokenizer = tokenizer

    def encode_queries(self, texts: Sequence[str]) -> "np.ndarray":
        """Return (n, 256) float32, one row of unit length a text. Any text will do, an empty one too."""
        return self._stack([self._encode(text, self._tokens.query) for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> "np.ndarray":
        """Return (n, 256) float32 as for queries, of more of each text. Many are shared among the cores."""
        limit = self._tokens.passage
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
        if len(texts) < FEW:
            return self._stack([self._encode(text, limit) for text in texts])
        with ThreadPoolExecutor(cores, "encoder", initializer=_stand_back) as pool:
            return self._stack(list(pool.map(partial(self._encode, limit=limit), texts)))

    def _encode(self, text: str, limit: int) -> "np.ndarray":
        import numpy as np

        # Half a surrogate pair is no UTF-8, which the tokenizer reads.
        read = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        ids = self._tokenizer.encode(read).ids
        if len(ids) > limit:
            ids = [*ids[: limit - 1], ids[-1]]
        return self._session.run(["vectors"], {"ids": np.array([ids], np.int64)})[0][0]

    def _stack(self, rows: "Sequence[np.ndarray]") -> "np.ndarray":
        import numpy as np

        return np.stack(rows) if rows else np.empty((0, DIMENSIONS), np.float32)


_loaded: dict[Path, TextEncoder] = {}
_loading = threading.Lock()


def encoder_folder() -> Path:
    """Return where the files of the encoder lie that ships with TaskMatrix."""
    return Path(__file__).parent


def load_encoder(folder: Path | None = None) -> TextEncoder:
    """Return the encoder in a folder (default: the one that ships with TaskMatrix), loaded once a process.

    Raises:
        EncoderUnavailableError: a file is missing, truncated or foreign, or a library is not there.
    """
    where = (folder or encoder_folder()).resolve()
    with _loading:
        if where not in _loaded:
            _loaded[where] = _load(where)
        return _loaded[where]


def _load(folder: Path) -> TextEncoder:
    try:
        described = EncoderDescription.model_validate_json((folder / DESCRIPTION).read_bytes())
    except OSError as error:
        raise _unreadable(folder / DESCRIPTION, error) from error
    except ValidationError as error:
        raise EncoderUnavailableError(
            f"{str(folder / DESCRIPTION)!r} does not describe an encoder: {error.errors()[0]['msg']}", hint=_REINSTALL
        ) from error
    _check(folder / MODEL, described.model)
    _check(folder / WORDS, described.words)
    _check(folder / TOKENIZER, described.tokenizer)
    try:
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
        from tokenizers import Tokenizer
    except ImportError as error:
        raise EncoderUnavailableError(
            f"the encoder needs a library that cannot be loaded: {error}",
            hint="pip install onnxruntime tokenizers; until then searches go by words alone",
        ) from error
    try:
        session = _open(cast("Any", onnxruntime), folder / MODEL)
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # both libraries raise bare exceptions for a file they cannot read
        raise EncoderUnavailableError(
            f"the encoder in {str(folder)!r} cannot be run: {str(error)[:200]}", hint=_REINSTALL
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return TextEncoder(described, session, tokenizer)


def _open(runtime: Any, model: Path) -> Session:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph is written in the operators that the optimiser would put there.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _check(file: Path, digest: str) -> None:
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(file, error) from error
    if not found.startswith(digest):
        raise EncoderUnavailableError(
            f"{str(file)!r} is truncated or of another encoder than {DESCRIPTION} describes", hint=_REINSTALL
        )


def _unreadable(file: Path, error: OSError) -> EncoderUnavailableError:
    return EncoderUnavailableError(f"{str(file)!r} cannot be read: {error.strerror}", hint=_REINSTALL)


def _stand_back() -> None:
    if hasattr(os, "setpriority"):  # on Linux a thread has a niceness of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
