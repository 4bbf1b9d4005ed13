"""A memory as the bytes of one `.npz` file, and back."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskmatrix.mcfm.embedded.learning.classifying import Classifier
from taskmatrix.mcfm.embedded.learning.memory import Memory
from taskmatrix.mcfm.embedded.learning.similarity import Nearness

if TYPE_CHECKING:
    import numpy as np

FORMAT = 3
READABLE = (1, 2, FORMAT)
"""Format 1 had no vectors, the weights of 1 and 2 are float16. Now they are whole numbers of one step for each class,
-127 to 127, which takes half the room.
"""


def to_bytes(memory: Memory) -> bytes:
    """Return a memory as the bytes of a file; the same memory gives the same bytes."""
    import numpy as np

    near = memory.nearness
    names = list(memory.models)
    told: dict[str, Any] = {
        "format": FORMAT,
        "examples": memory.examples,
        "models": [{"name": n, "features": list(m.features), "classes": m.classes} for n, m in memory.models.items()],
        "records": {n: r.tolist() for n, r in memory.records.items()},
        "words": list(near.weights.items()),
        "unknown": near.unknown,
        "tags": list(near.tagged),
    }
    arrays: dict[str, np.ndarray] = {
        "told": np.frombuffer(json.dumps(told, ensure_ascii=True).encode(), np.uint8),
        "lengths": near.lengths,
        **_joined("postings", [near.postings[w] for w in near.weights]),
        **_joined("tagged", list(near.tagged.values())),
    }
    for place, name in enumerate(names):
        arrays |= _rounded(f"weights{place}", memory.models[name].weights)
        arrays[f"links{place}"] = memory.models[name].links
        meant = memory.models[name].meant
        if meant is not None:
            arrays |= _rounded(f"meant{place}", meant)
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # pyright: ignore[reportArgumentType]
    return stream.getvalue()


NOT_RENAMED: Mapping[str, str] = {}


def from_bytes(data: bytes, renamed: Mapping[str, str] = NOT_RENAMED) -> Memory:
    """Return the memory in a file, its packages `renamed`. Raises ValueError for a file of another format."""
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        text = arrays["told"].tobytes().decode()
        for old, new in renamed.items():
            text = text.replace(f"{old}.", f"{new}.").replace(f'"role {old} ', f'"role {new} ')
            text = text.replace(f'"words {old}"', f'"words {new}"')
        told = json.loads(text)
        if told.get("format") not in READABLE:
            raise ValueError(f"format {told.get('format')!r} is none of {READABLE}")
        models = {
            made["name"]: Classifier(
                {f: i for i, f in enumerate(made["features"])},
                tuple(made["classes"]),
                _exact(f"weights{place}", arrays),
                arrays[f"links{place}"],
                _exact(f"meant{place}", arrays) if f"meant{place}" in arrays else None,
            )
            for place, made in enumerate(told["models"])
        }
        near = Nearness(
            dict(told["words"]),
            told["unknown"],
            dict(zip((w for w, _ in told["words"]), _split("postings", arrays), strict=True)),
            arrays["lengths"],
            dict(zip(told["tags"], _split("tagged", arrays), strict=True)),
        )
        records = {name: np.array(record, np.float32) for name, record in told["records"].items()}
    return Memory(models, records, near, told["examples"])


def _rounded(name: str, weights: "np.ndarray") -> "dict[str, np.ndarray]":
    import numpy as np

    steps = (np.abs(weights).max(0, initial=0) / 127).astype(np.float32)
    whole = np.rint(weights / np.where(steps > 0, steps, 1)).astype(np.int8)
    return {name: whole, f"{name} steps": steps}


def _exact(name: str, arrays: "Mapping[str, np.ndarray]") -> "np.ndarray":
    import numpy as np

    steps = arrays.get(f"{name} steps")
    return arrays[name].astype(np.float32) * (1 if steps is None else steps)


def _joined(name: str, parts: "Sequence[np.ndarray]") -> "dict[str, np.ndarray]":
    import numpy as np

    sizes = np.array([len(p) for p in parts], np.int32)
    return {name: np.concatenate([np.zeros(0, np.int32), *parts]), f"{name} sizes": sizes}


def _split(name: str, arrays: "Mapping[str, np.ndarray]") -> "list[np.ndarray]":
    import numpy as np

    return np.split(arrays[name], np.cumsum(arrays[f"{name} sizes"])[:-1]) if len(arrays[f"{name} sizes"]) else []
