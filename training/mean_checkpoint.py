"""Writes the mean of the weights of two checkpoints of one training and what went on from it ("model soups").

    python training/mean_checkpoint.py FIRST SECOND OUT [--share 0.5]

`--share` is what the second one counts. Wortsman et al., 2022: the mean of weights that were tuned from one start
keeps what each of them knows.
"""

import argparse
from pathlib import Path

import torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("first", "second", "out"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--share", type=float, default=0.5)
    given = parser.parse_args()
    loaded = [torch.load(path, map_location="cpu", weights_only=True) for path in (given.first, given.second)]
    first, second = (state["model"] for state in loaded)
    if first.keys() != second.keys():
        raise SystemExit(f"{given.first} and {given.second} are of different models")
    means = {name: mean(first[name], second[name], given.share) for name in first}
    torch.save({"model": means, "done": loaded[1]["done"], "total": loaded[1]["total"]}, given.out)


def mean(first: torch.Tensor, second: torch.Tensor, share: float) -> torch.Tensor:
    return first * (1 - share) + second * share if first.is_floating_point() else second


if __name__ == "__main__":
    main()
