"""Trains the cross-encoder of the embedded MCFM on planning sets.

    pip install -e '.[train]'
    python training/train_cross_encoder.py WORK --sets SET[:CASES[:NEGATIVES[:half[:other]]]] … [--epochs N]

WORK keeps the rows and a checkpoint every 200 steps: the same command goes on from the last one, on CPU or one GPU.
A set is a folder in the evaluation format; CASES limits what is read of it, NEGATIVES is how many APIs that are not
called come with a case; `half` leaves out those of which `for_training` says that they measure; `other` reads cases
with other values (`other_values.py`). Cases whose id hashes to 0 of 20 are held out and measured at the end.
"""

import argparse
import hashlib
import pickle
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
from cross_model import Batch, CrossEncoder, collate, padded
from cross_rows import SEED, Row, RowMaker, load_tokenizer, read_set
from encoder_data import for_training
from other_values import OtherValues
from resuming import Resumable
from torch import nn

TOKENS_A_BATCH, RATE, HEAD_RATE, WARMUP = 4_600, 1.2e-4, 8e-4, 0.04
CHECKPOINT_EVERY = 200
TOKENIZER = Path(__file__).parent.parent / "src/taskmatrix/models/encoder/tokenizer.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--start", type=Path, default=None, help="a checkpoint whose weights to begin with")
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seed", type=int, default=SEED, help="another one reads other cases in another order")
    parser.add_argument("--precision", choices=("bfloat16", "float32"), default="bfloat16", help="of the layers")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    trained, held = gather(given.sets, given.work / "rows.pickle", given.seed)
    plan = schedule(trained, given.epochs, given.seed)
    tokens = sum(len(r.ids) for r in trained) / 1e6
    say(f"{len(trained)} rows, {tokens:.1f} M tokens, {len(plan)} steps, {len(held)} held out")
    model = CrossEncoder(getattr(torch, given.precision))
    if given.start is not None:
        model.load_state_dict(torch.load(given.start, map_location="cpu", weights_only=True)["model"])
    train(model, trained, plan, given.work / "checkpoint.pt", given.rate, held)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def gather(sets: list[str], cache: Path, seed: int = SEED) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on and those held out; made once, then read from the cache."""
    if cache.exists():
        with cache.open("rb") as file:
            names, trained, held = pickle.load(file)
        if names != sets:
            raise SystemExit(f"{cache} holds the rows of other sets: remove it")
        return trained, held
    maker, trained, held = RowMaker(load_tokenizer(TOKENIZER), seed), [], []
    for told in sets:
        folder, limit, negatives, half, other = (*told.split(":"), "", "", "", "")[:5]
        pool, cases = read_set(Path(folder))
        random.Random(seed).shuffle(cases)
        cases = [c for c in cases if not half or for_training(c["id"])]
        values, before = OtherValues(cases, pool, seed) if other else None, len(trained)
        for case in cases[: int(limit) if limit else None]:
            if values is not None and not is_held(case["id"]):
                case = values.exchanged(case)
            rows = maker.rows(case, pool, float(negatives or 0.8), Path(folder).name)
            (held if is_held(case["id"]) else trained).extend(rows)
        say(f"{Path(folder).name}: {len(cases)} cases, {len(trained) - before} rows")
    with cache.open("wb") as file:
        pickle.dump((sets, trained, held), file)
    return trained, held


def is_held(case: str) -> bool:
    return int(hashlib.sha256(str(case).encode()).hexdigest()[:8], 16) % 20 == 0


def schedule(rows: list[Row], epochs: float, seed: int = SEED) -> list[list[int]]:
    """Return the batches of all epochs in random order, of rows of like length: few shapes, for which the kernels of
    a CPU are made once.
    """
    chance = np.random.default_rng(seed)
    plan: list[list[int]] = []
    by_length: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        by_length.setdefault(padded(len(row.ids)), []).append(index)
    for _ in range(int(np.ceil(epochs))):
        batches: list[list[int]] = []
        for length, indexes in sorted(by_length.items()):
            size = max(1, TOKENS_A_BATCH // length)
            order = list(chance.permutation(indexes))
            batches += [order[n : n + size] for n in range(0, len(order), size)]
        chance.shuffle(batches)
        plan += batches
    return plan[: int(len(plan) * epochs / np.ceil(epochs))]


def train(
    model: CrossEncoder, rows: list[Row], plan: list[list[int]], checkpoint: Path, rate: float, held: list[Row]
) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    for parameter in model.body.embeddings.word_embeddings.parameters():
        parameter.requires_grad = False  # shared with the encoder of the selector, where they do not move either
    model.to(device).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0  # random numbers take a third of the time on a CPU, and no row is seen often
    for layer in model.body.encoder.layer:
        layer.attention.self.dropout_prob = 0.0
    body = [p for n, p in model.named_parameters() if n.startswith("body.") and p.requires_grad]
    heads = [p for n, p in model.named_parameters() if not n.startswith("body.")]
    groups = [{"params": body, "lr": rate}, {"params": heads, "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    total = len(plan)
    training = Resumable(model, optimiser, total, warmup=WARMUP, checkpoint=checkpoint, device=device)
    started, wall, average, tokens = time.process_time(), time.time(), {}, 0
    for step in range(training.done, total):
        torch.manual_seed(SEED + step)  # so that a resumed training drops out the same
        batch = collate([rows[i] for i in plan[step]], np.random.default_rng(SEED + step)).to(device)
        value, parts = model.loss(batch)
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_([*body, *heads], 1.0)
        training.step()
        tokens += batch.ids.numel()
        average = {n: 0.98 * average.get(n, v) + 0.02 * v for n, v in parts.items()}
        if (step + 1) % 50 == 0:
            shown = " ".join(f"{n} {v:.3f}" for n, v in average.items())
            speed = tokens / (time.process_time() - started)
            say(f"{step + 1}/{total} {shown} | {speed:.0f} tokens/CPU-s, {time.time() - wall:.0f} s")
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == total:
            training.save()
    measure(model, held, device)


@torch.no_grad()
def measure(model: CrossEncoder, held: list[Row], device: str) -> None:
    """Print the losses on rows that were held out, by set."""
    model.eval()
    for source in sorted({r.source for r in held}):
        rows = [r for r in held if r.source == source]
        sums: dict[str, float] = {}
        for start in range(0, len(rows), 16):
            batch: Batch = collate(rows[start : start + 16], np.random.default_rng(0)).to(device)
            _, parts = model.loss(batch)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value * min(16, len(rows) - start) / len(rows)
        say(f"held out {source} ({len(rows)}): " + " ".join(f"{n} {v:.3f}" for n, v in sums.items()))


if __name__ == "__main__":
    main()
