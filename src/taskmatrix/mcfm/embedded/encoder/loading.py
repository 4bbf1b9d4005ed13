"""Loads the cross-encoder that ships with TaskMatrix, or one that feedback has moved."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from taskmatrix.core.errors import EncoderUnavailableError
from taskmatrix.mcfm.embedded.encoder.cross_encoder import CrossEncoder, Heads
from taskmatrix.models.encoder import encoder_folder

if TYPE_CHECKING:
    import numpy as np

MODEL, HEADS = "cross_encoder.onnx", "heads.npz"
_REINSTALL = "reinstall taskmatrix to get the embedded model back, or set another model with --model"

_loaded: dict[Path, CrossEncoder] = {}
_loading = threading.Lock()


def load_cross_encoder(folder: Path | None = None) -> CrossEncoder:
    """Return the cross-encoder in a folder (default: the one that ships with TaskMatrix), loaded once a process.

    Raises:
        EncoderUnavailableError: a file is missing, truncated or foreign, or a library is not there.
    """
    where = (folder or Path(__file__).parent).resolve()
    with _loading:
        if where not in _loaded:
            _loaded[where] = _load(where)
        return _loaded[where]


def _load(folder: Path) -> CrossEncoder:
    from taskmatrix.models.encoder.words import WORDS, WordTable

    shared = encoder_folder()
    try:
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(shared / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        heads = read_heads(folder / HEADS)
        return CrossEncoder(
            tokenizer, WordTable(shared / WORDS), _Layers(cast("Any", onnxruntime), folder / MODEL), heads
        )
    except ImportError as error:
        raise EncoderUnavailableError(
            f"the embedded model needs a library that cannot be loaded: {error}",
            hint="pip install onnxruntime tokenizers, or set another model with --model",
        ) from error
    except Exception as error:  # the libraries raise bare exceptions for a file they cannot read
        raise EncoderUnavailableError(
            f"the embedded model in {str(folder)!r} cannot be read: {str(error)[:200]}", hint=_REINSTALL
        ) from error


def read_heads(file: Path) -> Heads:
    """Return the heads in a file, as float32."""
    import numpy as np

    with np.load(file, allow_pickle=False) as data:
        return Heads({name: data[name].astype(np.float32) for name in data.files})


class _Layers:
    """The layers in onnxruntime, one thread, without its optimiser: the graph is written as it would leave it."""

    def __init__(self, runtime: Any, model: Path) -> None:
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        self._session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def __call__(self, rows: "np.ndarray") -> "np.ndarray":
        return self._session.run(["states"], {"rows": rows})[0]
