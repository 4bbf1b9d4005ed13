"""A training that can be broken off: its rate over the steps, and a checkpoint to go on from."""

import sys
from pathlib import Path

import torch
from torch.optim.lr_scheduler import LambdaLR


class Resumable:
    """A model with its optimiser over `total` steps; `done` of them are behind it, by the checkpoint if there is one.

    The rate rises over the first `warmup` (a fraction) of the steps and falls in a line to 2 % of itself. Ends the
    process at the checkpoint of another training.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        optimiser: torch.optim.Optimizer,
        total: int,
        *,
        warmup: float,
        checkpoint: Path,
        device: str,
    ) -> None:
        self._parts = {
            "model": model,
            "optimiser": optimiser,
            "schedule": LambdaLR(
                optimiser, lambda s: min(1.0, (s + 1) / max(1, warmup * total)) * max(0.02, 1 - s / total)
            ),
        }
        self._optimiser, self._schedule = optimiser, self._parts["schedule"]
        self._total, self._checkpoint = total, checkpoint
        self.done = 0
        if checkpoint.exists():
            self._restore(device)

    def step(self) -> None:
        """Take the step that the gradients say, at the rate of its place."""
        self._optimiser.step()
        self._schedule.step()
        self.done += 1

    def save(self) -> None:
        """Write the checkpoint, aside first: one that is half-written replaces none."""
        aside = self._checkpoint.with_suffix(".new")
        state = {name: part.state_dict() for name, part in self._parts.items()}
        torch.save({**state, "done": self.done, "total": self._total}, aside)
        aside.replace(self._checkpoint)

    def _restore(self, device: str) -> None:
        state = torch.load(self._checkpoint, map_location=device, weights_only=True)
        if state["total"] != self._total:
            raise SystemExit(f"{self._checkpoint} is of another training ({state['total']} steps): remove it")
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self.done = state["done"]
        print(f"goes on after step {self.done}", file=sys.stderr, flush=True)
