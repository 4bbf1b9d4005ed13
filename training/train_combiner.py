"""Trains the selector's combiner across data sets and writes `combiner.onnx`.

    python training/train_combiner.py DATA WORK --questions ENCODER --commands ENCODER [--out FILE]

Each set is read with an encoder that was not trained on it, so that the combiner does not learn to trust vectors more
than they deserve on new documents: `--questions` is the encoder for the sets of questions and instructions (trained on
the command lines), `--commands` the one for tldr and azure_cli (trained on the questions). Every set gives queries
over all of its documents, over these within documents of the corpus, over small catalogues with and without the
document that answers, and queries of other sets over small catalogues; each set weighs the same. Only cases whose id
hashes to an even number are read. What is gathered is kept in WORK.

Printed: for each set, recall of a combiner that did not see it, beside BM25, the vectors and their fixed sum.
Loss: listwise softmax (Cao et al. 2007) for the order and cross-entropy for the probability, on one logit, which is
then fitted to how often the best of a pool is right (Platt 1999). Larger networks did worse on sets they had not seen.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from encoder_data import for_training
from torch import nn

from taskmatrix.core.documents import ApiDocument
from taskmatrix.core.search import ANYTHING
from taskmatrix.evaluation import load_retrieval_set
from taskmatrix.evaluation.sets import read_documents
from taskmatrix.models.encoder import TextEncoder, load_encoder
from taskmatrix.selector.features import FEATURES, read_features
from taskmatrix.selector.files import FileRetriever
from taskmatrix.selector.keys import key_of, tag_of
from taskmatrix.selector.passages import read_passage
from taskmatrix.selector.queries import read_query, split_query
from taskmatrix.selector.ranking import POOL
from taskmatrix.selector.retrieval import Query
from taskmatrix.selector.states import IndexState
from taskmatrix.selector.vectors.index import VectorIndex
from taskmatrix.selector.words.index import WordIndex

COMMANDS = ("retrieval/tldr", "retrieval/azure_cli")
QUESTIONS = tuple(
    "retrieval/metatool planning/seal_dev planning/toolalpaca planning/api_bank planning/nestful_dev "
    "planning/assistant planning/snips".split()
)
HAYSTACK, QUERIES, SMALL_CATALOGUES, SMALL_QUERIES, FOREIGN_QUERIES, SEED = 12_000, 500, 24, 12, 4, 11
WEIGHTS = {"all": 1.0, "hay": 1.0, "small": 0.7, "without": 0.4, "foreign": 0.7}
UNITS, FARTHEST, EPOCHS, RATE, WORDS_ONLY = 8, 4.0, 8, 3e-3, 0.25
TELLTALE = ("meaning lead", "unknown", "query length", "rivals", "name length", "document length")


@dataclass(frozen=True)
class Asked:
    text: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class Examples:
    """The candidates of one query: features (n, features), labels (n,), in which kind of catalogue."""

    kind: str
    features: np.ndarray
    labels: np.ndarray
    wanted: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--commands", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    gathered = {name: remembered(name, given) for name in (*COMMANDS, *QUESTIONS)}
    for name in gathered:
        without = train([rows for other, rows in gathered.items() if family(other) != family(name)])
        print(report(name, gathered[name], without), flush=True)
    model = train(list(gathered.values()))
    for name, rows in gathered.items():
        print("trained on all:", report(name, rows, model), flush=True)
    if given.out is not None:
        export(model, given.out)


def family(name: str) -> str:
    """Return what is held out together: both sets of command lines share their style."""
    return "commands" if name in COMMANDS else name


# Gathering


def remembered(name: str, given: argparse.Namespace) -> list[Examples]:
    file = given.work / f"{name.replace('/', '-')}.pt"
    if file.exists():
        return [Examples(**kept) for kept in torch.load(file, weights_only=False)]
    encoder = load_encoder(given.commands if name in COMMANDS else given.questions)
    rows = gather(given, name, encoder)
    torch.save([vars(row) for row in rows], file)
    return rows


def gather(given: argparse.Namespace, name: str, encoder: TextEncoder) -> list[Examples]:
    chance = random.Random(f"{SEED} {name}")
    data = given.data
    documents, asked = read_set(data, name)
    hay = [d for d in haystack(data) if d.id not in {d.id for d in documents}]
    vectors = encoded(hay, encoder, given.work / f"haystack-{encoder.name}.npy")
    vectors |= encoded(documents, encoder, given.work / f"{name.replace('/', '-')}-{encoder.name}.npy")
    chosen = chance.sample(asked, min(QUERIES, len(asked)))
    print(f"{name}: {len(documents)} documents, {len(chosen)} queries", file=sys.stderr, flush=True)
    rows = list(look("all", index(documents, vectors, encoder), chosen, encoder, chance))
    rows += look("hay", index([*documents, *hay], vectors, encoder), chosen, encoder, chance)
    others = [q for n in (*COMMANDS, *QUESTIONS) if n != name for q in chance.sample(*few(read_set(data, n)[1]))]
    for _ in range(SMALL_CATALOGUES):
        drawn = chance.sample(documents, min(len(documents), chance.choice([10, 20, 40, 80])))
        drawn += chance.sample(hay, chance.choice([0, 0, 20]))
        for query in chance.sample(asked, min(SMALL_QUERIES, len(asked))):
            rest = [d for d in drawn if d.id not in query.relevant]
            answers = [d for d in documents if d.id in query.relevant]
            rows += look("small", index([*rest, *answers], vectors, encoder), [query], encoder, chance)
            rows += look("without", index(rest, vectors, encoder), [query], encoder, chance)
        foreign = [replace(q, relevant=frozenset()) for q in chance.sample(others, 2 * FOREIGN_QUERIES)]
        rows += look("foreign", index(drawn, vectors, encoder), foreign, encoder, chance)
    return rows


def few(asked: Sequence[Asked]) -> tuple[Sequence[Asked], int]:
    return asked, min(40, len(asked))


def read_set(data: Path, name: str) -> tuple[list[ApiDocument], list[Asked]]:
    given = load_retrieval_set(data / name)
    asked: list[Asked] = []
    for case in given.cases:
        if for_training(case.id):
            parts = split_query(case.query) if len(set(case.relevant)) > 1 else [case.query]
            asked += [Asked(part, frozenset(case.relevant)) for part in parts]
    return list(given.documents.values()), asked


@cache
def haystack(data: Path) -> list[ApiDocument]:
    found = {d.id: d for file in sorted((data / "corpus").glob("*.gz")) for d in read_documents(file)}
    others = [d for d in found.values() if not d.package.startswith("Azure CLI")]
    return random.Random(SEED).sample(others, HAYSTACK)


def encoded(documents: Sequence[ApiDocument], encoder: TextEncoder, file: Path) -> dict[str, np.ndarray]:
    if file.exists() and len(found := np.load(file)) == len(documents):
        return dict(zip([d.id for d in documents], found, strict=True))
    found = encoder.encode_passages([read_passage(d) for d in documents])
    np.save(file, found)
    return dict(zip([d.id for d in documents], found, strict=True))


def index(documents: Sequence[ApiDocument], vectors: dict[str, np.ndarray], encoder: TextEncoder) -> FileRetriever:
    words = WordIndex(None)
    update = words.writer()
    assert update is not None
    for document in documents:
        update.add(document)
    update.commit(IndexState())
    update.close()
    words.state()
    near = VectorIndex(None, encoder.name, encoder.centre)
    put = near.writer()
    assert put is not None
    keys = np.array([key_of(d.package, d.name) for d in documents], np.uint64)
    tags = np.array([[tag_of(d.package), tag_of(d.package), tag_of(d.effects.kind)] for d in documents], np.uint32)
    put.put(keys, keys, tags, np.stack([vectors[d.id] for d in documents]))
    put.commit(IndexState())
    put.close()
    return FileRetriever(words, near)


def look(
    kind: str, where: FileRetriever, asked: Sequence[Asked], encoder: TextEncoder, chance: random.Random
) -> Iterator[Examples]:
    made = encoder.encode_queries([q.text for q in asked])
    for q, vector in zip(asked, made, strict=True):
        read = Query(q.text, read_query(q.text), None if chance.random() < WORDS_ONLY and kind != "hay" else vector)
        (candidates,) = where.candidates([read], POOL, ANYTHING)
        if candidates:
            labels = np.array([f"{c.package}.{c.name}" in q.relevant for c in candidates], np.float32)
            yield Examples(kind, read_features(where, read, candidates), labels, len(q.relevant))


# Training


class Combiner(nn.Module):
    """A linear part over all features, and a few units that see none that would tell them the data set."""

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.register_buffer("seen", torch.tensor([[float(name not in TELLTALE)] for name in FEATURES]))
        self.linear = nn.Linear(len(FEATURES), 1)
        self.inner = nn.Linear(len(FEATURES), UNITS)
        self.outer = nn.Linear(UNITS, 1, bias=False)
        self.register_buffer("slope", torch.ones(1))
        self.register_buffer("offset", torch.zeros(1))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        scaled = ((rows - self.mean) / self.spread).clamp(-FARTHEST, FARTHEST)
        order = self.linear(scaled) + self.outer(torch.tanh(self.inner(scaled * self.seen.T)))
        return (self.slope * order + self.offset).squeeze(-1)


def train(sets: Sequence[Sequence[Examples]]) -> Combiner:
    torch.manual_seed(SEED)
    chance = random.Random(SEED)
    weighted = []
    for rows in sets:
        counts = {kind: sum(r.kind == kind for r in rows) for kind in WEIGHTS}
        weighted += [(r, WEIGHTS[r.kind] / max(1, counts[r.kind])) for r in rows]
    scale = len(weighted) / sum(weight for _, weight in weighted)
    every = torch.tensor(np.vstack([r.features for r, _ in weighted]))
    model = Combiner(every.mean(0), every.std(0) + 1e-6)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    batch = 64
    steps = EPOCHS * (len(weighted) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for _ in range(EPOCHS):
        chance.shuffle(weighted)
        for start in range(0, len(weighted) - batch + 1, batch):
            chosen = weighted[start : start + batch]
            weights = torch.tensor([weight * scale for _, weight in chosen], dtype=torch.float32)
            value = loss(model, [r for r, _ in chosen], weights)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            schedule.step()
    calibrate(model.eval(), weighted)
    return model


def calibrate(model: Combiner, weighted: Sequence[tuple[Examples, float]]) -> None:
    """Make the logit of the best of a pool that of being right (Platt 1999); the order stays as it is."""
    best, right = [], []
    for row, _ in weighted:
        scores = model(torch.tensor(row.features)).detach()
        best.append(scores.max())
        right.append(float(row.labels[int(scores.argmax())]))
    given, wanted = torch.stack(best), torch.tensor(right)
    shares = torch.tensor([weight for _, weight in weighted], dtype=torch.float32)
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=100)

    def step() -> torch.Tensor:
        optimiser.zero_grad()
        entropy = nn.functional.binary_cross_entropy_with_logits(line[0] * given + line[1], wanted, weight=shares)
        entropy.backward()
        return entropy

    optimiser.step(step)
    model.slope.fill_(line[0].item())
    model.offset.fill_(line[1].item())


def loss(model: Combiner, rows: Sequence[Examples], weights: torch.Tensor) -> torch.Tensor:
    logits = model(torch.tensor(np.vstack([r.features for r in rows])))
    labels = torch.tensor(np.concatenate([r.labels for r in rows]))
    sizes = [len(r.labels) for r in rows]
    each = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    values = []
    for own, wanted, entropy in zip(logits.split(sizes), labels.split(sizes), each.split(sizes), strict=True):
        value = entropy.sum() / 4
        if wanted.any():
            value = value - own.log_softmax(0)[wanted > 0].mean()
        values.append(value)
    return (torch.stack(values) * weights).mean()


def report(name: str, rows: Sequence[Examples], model: Combiner) -> str:
    told = [f"{name:22}"]
    for kind in ("all", "hay"):
        chosen = [r for r in rows if r.kind == kind and r.features[:, 12].min() < 1]
        ways = {"bm25": lambda f: f[:, 6], "dense": lambda f: f[:, 9], "sum": lambda f: 0.4 * f[:, 6] + 0.6 * f[:, 9]}
        figures = {way: recalls(chosen, scorer) for way, scorer in ways.items()}
        figures["combiner"] = recalls(chosen, lambda f: model(torch.tensor(f)).detach().numpy())
        pool = np.mean([r.labels.sum() / r.wanted for r in chosen])
        told.append(f"{kind}: " + "  ".join(f"{way} {found}" for way, found in figures.items()) + f"  pool {pool:.3f}")
    return "\n    ".join(told)


def recalls(rows: Sequence[Examples], scorer) -> str:
    found = np.zeros(3)
    for row in rows:
        order = np.argsort(-scorer(row.features), kind="stable")
        found += [row.labels[order[:k]].sum() / row.wanted for k in (1, 5, 10)]
    return "/".join(f"{value:.3f}" for value in found / max(1, len(rows)))


def export(model: Combiner, file: Path) -> None:
    """Write the combiner as ONNX, by hand: three matrix products need no tracer."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def put(name: str, value: torch.Tensor) -> str:
        tensors.append(numpy_helper.from_array(value.detach().numpy().astype(np.float32), name))
        return name

    tensors: list[onnx.TensorProto] = []
    varied = (model.spread > 1e-5).float()[:, None]  # what never varied was never learned
    linear = model.linear.weight.T * model.slope * varied
    offset = model.linear.bias * model.slope + model.offset
    inner = model.inner.weight.T * model.seen * varied
    limits = (("low", -FARTHEST), ("high", FARTHEST))
    nodes = [
        helper.make_node("Sub", ["features", put("mean", model.mean)], ["centred"]),
        helper.make_node("Div", ["centred", put("spread", model.spread)], ["scaled"]),
        helper.make_node("Clip", ["scaled", *(put(n, torch.tensor(v)) for n, v in limits)], ["kept"]),
        helper.make_node("Gemm", ["kept", put("linear", linear), put("offset", offset)], ["straight"]),
        helper.make_node("Gemm", ["kept", put("inner", inner), put("bias", model.inner.bias)], ["units"]),
        helper.make_node("Tanh", ["units"], ["bent"]),
        helper.make_node("MatMul", ["bent", put("outer", model.outer.weight.T * model.slope)], ["curve"]),
        helper.make_node("Add", ["straight", "curve"], ["column"]),
        helper.make_node("Squeeze", ["column", "axes"], ["logits"]),
    ]  # fmt: skip
    tensors.append(numpy_helper.from_array(np.array([1], np.int64), "axes"))
    graph = helper.make_graph(
        nodes,
        "combiner",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(FEATURES)])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n"])],
        tensors,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(made)
    file.write_bytes(made.SerializeToString())


if __name__ == "__main__":
    main()
