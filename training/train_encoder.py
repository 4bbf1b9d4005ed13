"""Fine-tunes all-MiniLM-L6-v2 on API retrieval and exports it as int8 ONNX.

    pip install -e '.[train]'
    python training/train_encoder.py DATA WORK [--without SET …] [--steps N] [--export FOLDER]

DATA holds `retrieval/`, `planning/` and `corpus/`. WORK keeps a checkpoint every 100 steps: the same command goes on
from the last one, on CPU or one GPU. `--without azure_cli tldr` leaves sets out, so that they measure. Of every set
only the cases whose id hashes to an even number are read; the others measure.

Loss: InfoNCE over a batch with its own documents as negatives (van den Oord et al. 2018), queries that share a
document masked, batches made of groups from one package so that near neighbours are told apart; on the first 256
dimensions and on all 384 (Kusupati et al. 2022, Matryoshka), of which 256 are shipped.
"""

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from base_weights import base_folder
from encoder_data import SETS, Pair, gather
from resuming import Resumable
from tokenizers import Tokenizer
from torch import nn
from transformers import BertConfig, BertModel

BATCH, GROUP, QUERY_TOKENS, PASSAGE_TOKENS, CHUNK = 96, 4, 40, 72, 24
DIMENSIONS = (256, 384)
TEMPERATURE, RATE, WARMUP, SEED = 0.05, 5e-5, 0.06, 7
CHECKPOINT_EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--without", nargs="*", default=[], choices=sorted(SETS))
    parser.add_argument("--steps", type=int, default=None, help="stop after so many steps (default: one epoch)")
    parser.add_argument("--export", type=Path, default=None, help="write the encoder's files here")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    pairs = gather(given.data, [name for name in SETS if name not in given.without])
    batches = list(in_batches(pairs))[: given.steps]
    print(f"{len(pairs)} pairs, {len(batches)} steps", file=sys.stderr, flush=True)
    model, tokenizer = load()
    train(model, tokenizer, pairs, batches, given.work / "checkpoint.pt")
    if given.export is not None:
        from export_encoder import export

        export(model, given.export, given.data)


def load() -> tuple[BertModel, Tokenizer]:
    from safetensors.torch import load_file

    folder = base_folder()
    model = BertModel(BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False)
    weights = {name.removeprefix("bert."): value for name, value in load_file(folder / "model.safetensors").items()}
    missing, _ = model.load_state_dict(weights, strict=False)
    if missing and set(missing) != {"embeddings.position_ids"}:
        raise SystemExit(f"the base weights lack {missing}")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    return model, tokenizer


def in_batches(pairs: Sequence[Pair]) -> Iterator[list[int]]:
    """Yield batches of indexes: groups from one package together, in random order."""
    chance = random.Random(SEED)
    packages: dict[str, list[int]] = defaultdict(list)
    for index, pair in enumerate(pairs):
        packages[pair.package].append(index)
    groups = []
    for members in packages.values():
        chance.shuffle(members)
        groups += [members[n : n + GROUP] for n in range(0, len(members), GROUP)]
    chance.shuffle(groups)
    order = [index for group in groups for index in group]
    for start in range(0, len(order) - BATCH + 1, BATCH):
        yield order[start : start + BATCH]


def train(
    model: BertModel, tokenizer: Tokenizer, pairs: Sequence[Pair], batches: Sequence[list[int]], checkpoint: Path
) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    for parameter in model.embeddings.word_embeddings.parameters():
        parameter.requires_grad = False  # half of all weights, and rare words would be moved by single examples
    model.to(device).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.05
    learned = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    total = len(batches)
    training = Resumable(model, optimiser, total, warmup=WARMUP, checkpoint=checkpoint, device=device)
    done = training.done
    started, average = time.process_time(), 0.0
    for step in range(done, total):
        torch.manual_seed(SEED + step)  # so that a resumed training drops out the same
        batch = [pairs[index] for index in batches[step]]
        with torch.autocast(device, dtype=torch.bfloat16):
            asked = embed(model, tokenizer, [p.query for p in batch], QUERY_TOKENS)
            found = embed(model, tokenizer, [p.passage for p in batch], PASSAGE_TOKENS)
        value = loss(asked.float(), found.float(), [p.api for p in batch])
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        training.step()
        average = value.item() if step == done else 0.98 * average + 0.02 * value.item()
        if (step + 1) % CHECKPOINT_EVERY == 0 or step + 1 == total:
            spent = time.process_time() - started
            print(f"step {step + 1}/{total}  loss {average:.3f}  {spent:.0f} CPU-s", file=sys.stderr, flush=True)
            training.save()
    model.to("cpu").eval()


def embed(model: BertModel, tokenizer: Tokenizer, texts: Sequence[str], tokens: int) -> torch.Tensor:
    """Return the mean of the last hidden states, one row a text."""
    tokenizer.enable_truncation(tokens)
    device = next(model.parameters()).device
    # Texts of like length together: half of the work would be padding otherwise.
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    means = []
    for start in range(0, len(order), CHUNK):
        read = tokenizer.encode_batch([texts[index] for index in order[start : start + CHUNK]])
        ids = torch.tensor(np.array([r.ids for r in read]), device=device)
        mask = torch.tensor(np.array([r.attention_mask for r in read]), device=device)
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
        means.append((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))
    return torch.cat(means)[torch.tensor(np.argsort(order), device=device)]


def loss(asked: torch.Tensor, found: torch.Tensor, apis: Sequence[str]) -> torch.Tensor:
    """Return InfoNCE in both directions; another query of the same API is no negative."""
    same = torch.tensor([[a == b for b in apis] for a in apis], device=asked.device)
    same.fill_diagonal_(False)
    target = torch.arange(len(apis), device=asked.device)
    values = []
    for size in DIMENSIONS:
        q, d = nn.functional.normalize(asked[:, :size], dim=1), nn.functional.normalize(found[:, :size], dim=1)
        scores = (q @ d.T / TEMPERATURE).masked_fill(same, -1e4)
        back = nn.functional.cross_entropy(scores.T, target)
        values.append(nn.functional.cross_entropy(scores, target) + 0.3 * back)
    return torch.stack(values).mean()


if __name__ == "__main__":
    main()
