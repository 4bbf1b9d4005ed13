"""Writes the shipped cross-encoder as a checkpoint to start a training from, where those it was made of are gone.

    pip install -e '.[train]'
    python training/shipped_checkpoint.py OUT [--nats 2.5]

Its layers are those of the package, rounded to int8 per column: off by less than a training moves them. `--nats` gives
back what `shift_prior.py` took.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from cross_model import CrossEncoder
from onnx import numpy_helper

from taskmatrix.mcfm.embedded.encoder.cross_encoder import OTHER

FOLDER = Path(__file__).parent.parent / "src/taskmatrix/mcfm/embedded/encoder"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nats", type=float, default=2.5, help="by how much the log odds of the kind had fallen")
    given = parser.parse_args()
    state = CrossEncoder().state_dict()
    for name, value in shipped(FOLDER, state).items():
        if state[name].shape != value.shape:
            raise SystemExit(f"{name} is {tuple(value.shape)}, not {tuple(state[name].shape)}")
        state[name] = value
    state["kind.bias"][OTHER] += given.nats
    torch.save({"model": state, "done": 0, "total": 0}, given.out)


def shipped(folder: Path, known: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the weights of a folder as `export_cross_encoder.py` wrote it, by the names of `known`."""
    graph = onnx.load(str(folder / "cross_encoder.onnx")).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = dict[str, np.ndarray]()
    for name in (n.removesuffix(".int8") for n in stored if n.endswith(".int8")):
        names = [name] if not name.endswith("query") else [name, *(name[:-5] + n for n in ("key", "value"))]
        weights = (stored[f"{name}.int8"] * stored[f"{name}.scales"]).T
        for one, part in zip(names, np.split(weights, len(names)), strict=True):
            found[f"{one}.weight"] = part
        if f"{name}.biases" in stored:
            for one, part in zip(names, np.split(stored[f"{name}.biases"], len(names)), strict=True):
                found[f"{one}.bias"] = part
        else:
            found[f"{name}.bias"] = stored[f"{name.removesuffix('.dense')}.bias"]
    for name in (n for n in stored if n.endswith((".weight", ".bias")) and "intermediate" not in n):
        owner, _, part = name.rpartition(".")
        found[f"{owner.removesuffix('.LayerNorm')}.LayerNorm.{part}"] = stored[name]
    weights = {f"body.{name}": value for name, value in found.items()}
    heads = np.load(folder / "heads.npz")
    kind = known["body.embeddings.token_type_embeddings.weight"][0].numpy()
    weights["body.embeddings.position_embeddings.weight"] = heads["places"] - kind
    weights |= {name: heads[name] for name in heads.files if name != "places"}
    missing = {n for n in known if n not in weights and "word_embeddings" not in n and "token_type" not in n}
    if missing - {"body.embeddings.position_ids"}:
        raise SystemExit(f"{folder} lacks {sorted(missing)[:3]}")
    return {name: torch.from_numpy(np.array(value, np.float32)) for name, value in weights.items()}


if __name__ == "__main__":
    main()
