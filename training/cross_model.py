"""The cross-encoder in torch: MiniLM layers under pointer heads. `export_cross_encoder.py` writes it as ONNX."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from cross_rows import Row
from torch import nn
from train_encoder import load

from taskmatrix.mcfm.embedded.encoder.sequences import ROLES, SHAPES, takes_list

KINDS, WIDTH, HIDDEN = 7, 96, 384
SPAN, CHOICE = 1, 2


@dataclass(slots=True)
class Batch:
    """Rows padded to one length, and their parameters to one number: (rows, length) and (rows, parameters, …)."""

    ids: torch.Tensor
    roles: torch.Tensor
    shapes: torch.Tensor
    mask: torch.Tensor
    said: torch.Tensor
    fit: torch.Tensor
    more: torch.Tensor
    at: torch.Tensor
    kinds: torch.Tensor
    starts: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    marks: torch.Tensor
    offered: torch.Tensor
    listed: torch.Tensor
    weight: torch.Tensor

    def to(self, device: str) -> "Batch":
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


def padded(length: int) -> int:
    """Return the length to which rows of a length are filled up."""
    return -(-length // 16) * 16


def collate(rows: Sequence[Row], chance: np.random.Generator) -> Batch:
    """Pad rows; of several spans that will do, one is drawn for the end. Kinds of no parameter are -1."""
    length = padded(max(len(r.ids) for r in rows))
    many = max(1, *(len(r.kinds) for r in rows))
    ids, roles, shapes = (np.zeros((len(rows), length), np.int64) for _ in range(3))
    mask, said = np.zeros((len(rows), length), bool), np.zeros((len(rows), length), bool)
    starts, marks, offered = (np.zeros((len(rows), many, length), bool) for _ in range(3))
    start, end, at = (np.zeros((len(rows), many), np.int64) for _ in range(3))
    kinds, listed = np.full((len(rows), many), -1), np.zeros((len(rows), many), bool)
    for index, row in enumerate(rows):
        size, count = len(row.ids), len(row.kinds)
        ids[index, :size], roles[index, :size], shapes[index, :size] = row.ids, row.roles, row.shapes
        mask[index, :size] = True
        said[index, 1 : 1 + row.said] = True
        kinds[index, :count], at[index, :count] = row.kinds, row.places
        listed[index, :count] = takes_list(row.roles[row.places])
        for parameter, first, last in chance.permutation(row.spans):
            starts[index, parameter, first] = True
            start[index, parameter], end[index, parameter] = first, last
        marks[index, row.marks[:, 0], row.marks[:, 1]] = True
        offered[index, row.offered[:, 0], row.offered[:, 1]] = True
    fit, more, weight = (np.array([getattr(r, n) for r in rows], np.float32) for n in ("fit", "more", "weight"))
    arrays = (ids, roles, shapes, mask, said, fit, more, at, kinds, starts, start, end, marks, offered, listed, weight)
    return Batch(*(torch.from_numpy(a) for a in arrays))


class CrossEncoder(nn.Module):
    """Hidden states of an instruction with a document, and the heads over them."""

    def __init__(self, precision: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.precision = precision
        self.body, _ = load()
        self.roles = nn.Embedding(ROLES, HIDDEN)
        self.shapes = nn.Embedding(SHAPES, HIDDEN)
        for table in (self.roles, self.shapes):
            nn.init.normal_(table.weight, std=0.02)
        self.kind = nn.Linear(HIDDEN, KINDS)
        self.fit = nn.Linear(HIDDEN, 2)
        self.start_query, self.end_query, self.choice_query = (nn.Linear(HIDDEN, WIDTH) for _ in range(3))
        self.start_key, self.end_key, self.choice_key = (nn.Linear(HIDDEN, WIDTH, bias=False) for _ in range(3))
        self.end_start = nn.Linear(HIDDEN, WIDTH, bias=False)

    def hidden(self, batch: Batch) -> torch.Tensor:
        """Return (rows, length, 384) float32; the layers run in `precision`."""
        words = self.body.embeddings.word_embeddings(batch.ids)
        words = words + self.roles(batch.roles) + self.shapes(batch.shapes)
        with torch.autocast(batch.ids.device.type, dtype=self.precision, enabled=self.precision != torch.float32):
            return self.body(inputs_embeds=words, attention_mask=batch.mask.long()).last_hidden_state.float()

    def loss(self, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the sum of the losses of all heads, and each by name."""
        hidden = self.hidden(batch)
        outer = self.fit(hidden[:, 0])
        binary = nn.functional.binary_cross_entropy_with_logits
        fit = binary(outer[:, 0], batch.fit, reduction="none")
        more = binary(outer[:, 1], batch.more.clamp(min=0), reduction="none") * (batch.more >= 0)
        marks = taken(hidden, batch.at)
        kinds = self.kind(marks).transpose(1, 2)
        kind = nn.functional.cross_entropy(kinds, batch.kinds, reduction="none", ignore_index=-1)
        said = batch.said[:, None]
        start = marginal(self.scores(self.start_query(marks), self.start_key(hidden)), said, batch.starts)
        asked = self.end_query(marks) + self.end_start(taken(hidden, batch.start))
        after = torch.arange(hidden.shape[1], device=hidden.device) >= batch.start[..., None]
        ends = nn.functional.one_hot(batch.end, hidden.shape[1]).bool()
        end = marginal(self.scores(asked, self.end_key(hidden)), said & after, ends)
        chosen = self.scores(self.choice_query(marks), self.choice_key(hidden))
        choice = torch.where(
            batch.listed, shared(chosen, batch.offered, batch.marks), marginal(chosen, batch.offered, batch.marks)
        )
        parts = {
            "fit": fit,
            "more": more,
            "kind": kind.sum(1),
            "start": (start * (batch.kinds == SPAN)).sum(1),
            "end": (end * (batch.kinds == SPAN)).sum(1),
            "choice": (choice * (batch.kinds == CHOICE)).sum(1),
        }
        means = {name: (value * batch.weight).mean() for name, value in parts.items()}
        return sum(means.values()), {name: float(value.detach()) for name, value in means.items()}

    def scores(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Return (rows, parameters, length)."""
        return queries @ keys.transpose(1, 2) / WIDTH**0.5


def taken(hidden: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Return the states at places: (rows, parameters, 384)."""
    return hidden.gather(1, places[..., None].expand(-1, -1, hidden.shape[2]))


def marginal(scores: torch.Tensor, allowed: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return minus the logarithm of the probability that falls on any right place."""
    everything = torch.logsumexp(scores.masked_fill(~allowed, -1e4), -1)
    return everything - torch.logsumexp(scores.masked_fill(~(right & allowed), -1e4), -1)


def shared(scores: torch.Tensor, allowed: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return minus the mean logarithm of the probabilities of all right places: each is to get its share."""
    everything = torch.logsumexp(scores.masked_fill(~allowed, -1e4), -1)
    wanted = right & allowed
    return everything - (scores * wanted).sum(-1) / wanted.sum(-1).clamp(min=1)
