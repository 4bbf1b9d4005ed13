"""Writes a checkpoint in which "said nowhere" is less likely than its training made it.

    python training/shift_prior.py CHECKPOINT OUT [--nats 2.5]

Rows with a value unsaid (`unsaid_values.py`) are many times more frequent in training than such instructions are in
use. The log odds of the kind are lowered by a constant, as for any class whose share in use is another than in
training (Saerens, Latinne, Decaestecker: Adjusting the outputs of a classifier to new a priori probabilities, 2002).
"""

import argparse
from pathlib import Path

import torch

from taskmatrix.mcfm.embedded.encoder.cross_encoder import OTHER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nats", type=float, default=2.5, help="by how much the log odds fall")
    given = parser.parse_args()
    state = torch.load(given.checkpoint, map_location="cpu", weights_only=True)
    state["model"]["kind.bias"][OTHER] -= given.nats
    torch.save(state, given.out)


if __name__ == "__main__":
    main()
