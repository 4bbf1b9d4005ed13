"""Train the weights of the embedded MCFM.

    python training/train_embedded.py --sets DIR… --corpus FILE… --out src/taskmatrix/mcfm/embedded/weights.npz

Sets are planning sets in the evaluation format; half of each is read, the other half measures. Needs numpy only; fixed
seed; a few CPU-minutes.
Two logistic regressions over hashed features, trained with Adagrad: (clause, API) and (parameter, value).
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from encoder_data import for_training

from taskmatrix.core.documents import ApiDocument, parse_document
from taskmatrix.core.errors import DocumentError
from taskmatrix.mcfm.embedded.composing import ranking, scoring
from taskmatrix.mcfm.embedded.composing.slots import Passage, slot_features
from taskmatrix.mcfm.embedded.documents.reading import ApiView, read_document
from taskmatrix.mcfm.embedded.instruction.clauses import Clause, leaves
from taskmatrix.mcfm.embedded.instruction.control import split_instruction
from taskmatrix.mcfm.embedded.instruction.language import content_stems, tokenize
from taskmatrix.mcfm.embedded.values.candidates import find_values
from taskmatrix.mcfm.embedded.values.converting import convert

NEGATIVES = 10
SEED = 7
CLOCK = datetime(2024, 1, 1, tzinfo=UTC)  # what "tomorrow" means must not depend on the day of training


@dataclass
class Example:
    passage: Passage
    phrase: ranking.Phrase
    view: ApiView
    arguments: dict[str, list]


def lines(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as handle:
        for line in handle:
            yield json.loads(line)


def load_documents(path: Path) -> Iterator[ApiDocument]:
    for data in lines(path):
        try:
            yield parse_document(data)
        except DocumentError:
            continue


def normal(value: object) -> object:
    if isinstance(value, str):
        return "".join(c for c in value.lower() if c not in " ,./-_*^'\"")
    if isinstance(value, list):
        return [normal(v) for v in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value


def matches(converted: object, accepted: Sequence[object]) -> bool:
    one = normal(converted)
    for gold in accepted:
        other = normal(gold)
        if one == other:
            return True
        if isinstance(other, str) and not isinstance(one, str):
            try:
                if one == normal(json.loads(str(gold))):
                    return True
            except ValueError:
                pass
    return False


def spans_of(text: str) -> list[Clause]:
    return leaves(split_instruction(text))


def passage_for(text: str, call: dict, view: ApiView) -> Passage:
    """The clauses in which the gold values of a call lie, with what is between them."""
    tokens, values = tokenize(text), find_values(text, CLOCK)
    clauses = spans_of(text)
    hits = []
    names = set(view.name_stems) | set(view.description_stems)
    for clause in clauses:
        inside = [v for v in values if clause.start <= v.start and v.end <= clause.end]
        score = 0.0
        for name, accepted in call["arguments"].items():
            parameter = view.parameter(name)
            if parameter and any(matches(convert(v, parameter), accepted) for v in inside):
                score += 2
        stems = content_stems(clause.text)
        score += sum(1 for s in stems if s in names) / (1 + len(stems))
        hits.append(score)
    best = max(range(len(clauses)), key=lambda i: hits[i])
    chosen = [i for i in range(len(clauses)) if i == best or hits[i] >= 2]
    start, end = clauses[min(chosen)].start, clauses[max(chosen)].end
    if len(clauses) <= 2 and len(chosen) == 1 and hits[best] < 2:
        start, end = 0, len(text)
    return Passage(
        text[start:end],
        tuple(t for t in tokens if start <= t.start and t.end <= end),
        tuple(v for v in values if start <= v.start and v.end <= end),
    )


def load_examples(folder: Path, limit: int, rng: random.Random) -> tuple[list[Example], list[ApiView]]:
    name = next(p for p in (folder / "apis.jsonl.gz", folder / "apis.jsonl") if p.exists())
    cases = list(lines(next(p for p in (folder / "cases.jsonl.gz", folder / "cases.jsonl") if p.exists())))
    views = {d.id: read_document(d) for d in load_documents(name)}
    cases = [c for c in cases if for_training(c["id"])]
    rng.shuffle(cases)
    examples = []
    for case in cases[:limit]:
        text = case.get("instruction") or case["messages"][-1]["content"]
        if case.get("messages") and case["messages"][-1]["role"] != "user":
            continue
        for call in case["expected"]:
            view = views.get(call["api"])
            if view is None or not text.strip():
                continue
            passage = passage_for(text, call, view)
            examples.append(
                Example(passage, ranking.read_phrase(passage.tokens, passage.values), view, call["arguments"])
            )
    return examples, list(views.values())


def frequency(corpora: Sequence[Path], rng: random.Random) -> np.ndarray:
    counts = np.zeros(1 << scoring.FREQUENCY_BITS)
    total = 0
    for path in corpora:
        for data in lines(path):
            if rng.random() > 0.35:
                continue
            text = f"{data['name']} {data.get('description') or ''}"[:600]
            text += " ".join(p["name"] for p in data.get("parameters", [])[:20])
            for stem in set(content_stems(text.replace("_", " "))):
                counts[scoring.bucket(stem, scoring.FREQUENCY_BITS)] += 1
            total += 1
    return np.log((total + 1) / (counts + 1)).astype(np.float32)


def rank_rows(examples: list[Example], pools: list[list[ApiView]], idf, rng: random.Random) -> tuple[list, list]:
    rows, labels = [], []
    index: dict[int, dict[str, list[ApiView]]] = {}
    for pool in pools:
        table = defaultdict(list)
        for view in pool:
            for stem in {*view.name_stems, *view.description_stems}:
                table[stem].append(view)
        index[id(pool)] = table
    for example, pool in examples:
        rows.append(ranking.rank_features(example.phrase, example.view, idf))
        labels.append(1.0)
        near = Counter()
        for stem in set(example.phrase.stems):
            hits = index[id(pool)].get(stem, [])
            for view in hits if len(hits) < 40 else rng.sample(hits, 40):
                near[id(view)] += idf(stem)
        by_id = {id(v): v for v in pool}
        hard = [by_id[i] for i, _ in near.most_common(NEGATIVES + 4)]
        easy = rng.sample(pool, min(len(pool), 4))
        for view in [v for v in hard if v is not example.view][:NEGATIVES] + [
            v for v in easy if v is not example.view
        ]:
            rows.append(ranking.rank_features(example.phrase, view, idf))
            labels.append(0.0)
    return rows, labels


def slot_rows(examples: list[Example], rng: random.Random) -> tuple[list, list]:
    rows, labels = [], []
    for example in examples:
        passage = example.passage
        around = {id(v): passage.around(v) for v in passage.values}
        for parameter in example.view.parameters:
            if parameter.choices or parameter.type == "bool":
                continue
            accepted = example.arguments.get(parameter.name, [])
            positive, negative = [], []
            for value in passage.values:
                converted = convert(value, parameter)
                if converted is not None:
                    (positive if matches(converted, accepted) else negative).append(value)
            if len(negative) > 24:
                negative = rng.sample(negative, 24)
            for group, label in ((positive, 1.0), (negative, 0.0)):
                for value in group:
                    rows.append(slot_features(parameter, value, passage, example.view, around[id(value)]))
                    labels.append(label)
    return rows, labels


def train(rows: list[list[str]], labels: list[float], bits: int, *, epochs: int, l2: float, seed: int) -> np.ndarray:
    """Logistic regression by Adagrad over minibatches; rows may differ in length."""
    width = max(map(len, rows))
    size = 1 << bits
    matrix = np.full((len(rows), width), size, dtype=np.int64)
    for i, row in enumerate(rows):
        matrix[i, : len(row)] = [scoring.bucket(f, bits) for f in row]
    y = np.asarray(labels, dtype=np.float64)
    weights, squares = np.zeros(size + 1), np.full(size + 1, 1e-2)
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        loss = 0.0
        for batch in np.array_split(rng.permutation(len(rows)), max(1, len(rows) // 256)):
            cells = matrix[batch]
            p = 1 / (1 + np.exp(-np.clip(weights[cells].sum(1), -30, 30)))
            loss -= float(np.log(np.where(y[batch] > 0.5, p, 1 - p) + 1e-12).sum())
            error = (p - y[batch])[:, None].repeat(width, 1)
            gradient = np.bincount(cells.ravel(), error.ravel(), minlength=size + 1)[: size + 1]
            touched = np.unique(cells)
            g = gradient[touched] / 8 + l2 * weights[touched]
            squares[touched] += g * g
            weights[touched] -= 0.12 * g / np.sqrt(squares[touched])
            weights[size] = 0.0
        print(f"  epoch {epoch + 1}: log loss {loss / len(rows):.4f}", flush=True)
    return weights[:size].astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", type=Path, required=True)
    parser.add_argument("--corpus", nargs="*", type=Path, default=[])
    parser.add_argument("--limit", type=int, default=1500, help="cases per set")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rng = random.Random(SEED)
    freq = frequency(options.corpus or [next(s.glob("apis.jsonl*")) for s in options.sets], rng)
    table = scoring.Weights(np.zeros(1), np.zeros(1), freq)
    examples, pools = [], []
    for folder in options.sets:
        found, pool = load_examples(folder, options.limit, rng)
        print(folder.name, len(found), "calls", flush=True)
        pools.append(pool)
        examples += [(e, pool) for e in found]
    rows, labels = rank_rows(examples, pools, table.idf, rng)
    print("rank rows", len(rows), flush=True)
    ranks = train(rows, labels, scoring.RANK_BITS, epochs=8, l2=1e-4, seed=SEED)
    rows, labels = slot_rows([e for e, _ in examples], rng)
    print("slot rows", len(rows), "positive", int(sum(labels)), flush=True)
    slots = train(rows, labels, scoring.SLOT_BITS, epochs=6, l2=2e-4, seed=SEED)
    np.savez_compressed(
        options.out, slots=slots.astype(np.float16), ranks=ranks.astype(np.float16), frequency=freq.astype(np.float16)
    )
    print("wrote", options.out, options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
