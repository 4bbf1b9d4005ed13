"""Writes a trained cross-encoder as int8 ONNX with its heads beside it, and measures what the rounding costs.

    pip install -e '.[train]'
    python training/export_cross_encoder.py CHECKPOINT FOLDER

FOLDER gets `cross_encoder.onnx` (rows of tokens to hidden states) and `heads.npz`. The rows of the words are those of
the encoder of the selector. The same weights give the same files.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from cross_model import HIDDEN, CrossEncoder
from export_encoder import CONTRIB, EPSILON, LAYERS, Graph
from onnx import TensorProto, helper


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    model = CrossEncoder()
    state = torch.load(given.checkpoint, map_location="cpu", weights_only=True)
    print(f"step {state['done']} of {state['total']}")
    model.load_state_dict(state["model"])
    given.folder.mkdir(parents=True, exist_ok=True)
    export(model.eval(), given.folder)


def export(model: CrossEncoder, folder: Path) -> None:
    onnx.save(BodyGraph(model.body).build(), str(folder / "cross_encoder.onnx"))
    weights = model.body.state_dict()
    heads = {n: p.detach().numpy() for n, p in model.named_parameters() if not n.startswith("body.")}
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    heads["places"] = (weights["embeddings.position_embeddings.weight"] + kind).numpy()
    np.savez(folder / "heads.npz", **{n: v.astype(np.float16) for n, v in heads.items()})
    print({f.name: f.stat().st_size for f in folder.iterdir()})


class BodyGraph(Graph):
    """Rows (1, length, 384) float32 before their layer norm → hidden states of the same shape.

    The inputs of a matrix product are rounded to int8 with one scale for all tokens. A few tokens have entries many
    times as large as those of the others, so each row is first divided by its largest entry, and the product
    multiplied by it again: a third of the rounding error is left.
    """

    def dense(self, values: str, names: Sequence[str], bias: bool = True) -> str:
        """Multiply by the weights of one layer, or of several side by side."""
        at = names[0]
        size = self.node("ReduceMax", [self.node("Abs", [values], f"{at}.sizes"), "last"], f"{at}.size")
        product = super().dense(self.node("Div", [values, size], f"{at}.even"), names, bias=False)
        product = self.node("Mul", [product, size], f"{at}.product")
        if not bias:
            return product
        biases = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        return self.node("Add", [product, self.constant(f"{at}.biases", biases)], f"{at}.sum")

    def add(self, values: str, more: str, at: str) -> str:
        """Add, then normalise: onnxruntime takes eight times as long for its operator that does both."""
        summed = self.node("Add", [values, more], f"{at}summed")
        return self.node("LayerNormalization", [summed, *self.norm(at)], f"{at}normed", axis=-1, epsilon=EPSILON)

    def build(self) -> onnx.ModelProto:
        norm = [
            self.constant(n, self.weights[n]) for n in ("embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias")
        ]
        values = self.node("LayerNormalization", ["rows", *norm], "normed", axis=-1, epsilon=EPSILON)
        self.constant("last", np.array([-1]))
        for layer in range(LAYERS):
            values = self.layer(f"encoder.layer.{layer}.", values)
        self.node("Identity", [values], "states")
        shape = [1, "length", HIDDEN]
        graph = helper.make_graph(
            self.nodes,
            "cross_encoder",
            [helper.make_tensor_value_info("rows", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("states", TensorProto.FLOAT, shape)],
            self.constants,
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
        made = helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="taskmatrix")
        onnx.checker.check_model(made)
        return made


if __name__ == "__main__":
    main()
