"""Fits how sure the embedded model says it is: a logistic regression over figures of its plans.

    python training/train_confidence.py SET … --out src/taskmatrix/mcfm/embedded/confidence.json

A second one says how sure a refusal is. The cases of the SETs must not have been trained on. Each set counts the same,
however many cases it has. Prints the expected calibration error and the accuracy at half coverage, in five folds.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from taskmatrix.core.events import ModelReplied
from taskmatrix.core.programs import Program
from taskmatrix.core.protocols import Request
from taskmatrix.evaluation.measuring import measure_planning
from taskmatrix.mcfm.embedded import EmbeddedMcfm, plan_request
from taskmatrix.mcfm.embedded.confidence import FIGURES, REFUSAL, figures, refusal_figures

SHIPPED = Path(__file__).parent.parent / "src/taskmatrix/mcfm/embedded/confidence.json"

FOLDS, STEPS, RATE, L2 = 5, 4_000, 0.05, 2e-3


Row = tuple[tuple[float, ...], bool]
"""The figures of a plan, and whether it was right."""


class Watched(EmbeddedMcfm):
    """Keeps the figures of the plan of each instruction, those of plans without calls apart."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[str, int], tuple[float, ...]] = {}
        self.refused: dict[tuple[str, int], tuple[float, ...]] = {}

    async def write(self, request: Request, listen: Callable[[ModelReplied], None]) -> Program:
        plan = plan_request(request)
        key = request.instruction, len(request.context.turns)
        if any(not call.added for call in plan.calls()):
            self.seen[key] = figures(plan)
        else:
            self.refused[key] = refusal_figures(plan)
        return await super().write(request, listen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    plans: list[list[Row]] = []
    refusals: list[Row] = []
    for folder in given.sets:
        found, refused = rows_of(folder, given.limit)
        exact = np.mean([r for _, r in found])
        print(f"{folder.name}: {len(found)} plans, {exact:.3f} exact, {len(refused)} refusals", flush=True)
        plans.append(found)
        refusals += refused
    x, y, w = arrays(plans)
    fold = np.arange(len(y)) % FOLDS
    said = np.zeros(len(y))
    for k in range(FOLDS):
        said[fold == k] = sigmoid(x[fold == k] @ fit(x[fold != k], y[fold != k], w[fold != k]))
    half = y[np.argsort(-said)[: len(y) // 2]].mean()
    print(f"in folds: ece {calibration_error(said, y):.3f}, at half coverage {half:.3f}, in all {y.mean():.3f}")
    known = json.loads((given.out if given.out.exists() else SHIPPED).read_text())
    made = {name: round(float(value), 4) for name, value in zip(FIGURES, fit(x, y, w), strict=True)}
    # Figures that no plan of these sets has (of composed plans, say) keep their weights.
    made |= {name: known[name] for name, seen in zip(FIGURES, x.any(0), strict=True) if not seen and name in known}
    told = fit(*arrays([refusals]))
    made |= {name: round(float(value), 4) for name, value in zip(REFUSAL, told, strict=True)}
    given.out.write_text(json.dumps(made, indent=1) + "\n")


def rows_of(folder: Path, limit: int) -> tuple[list[Row], list[Row]]:
    """Return the plans with calls of a set, and those without."""
    watched = Watched()
    found, refused = list[Row](), list[Row]()
    for result in measure_planning(folder, watched, limit=limit):
        key = (result.case.request, len(result.case.turns))
        if key in watched.seen and result.answer.program is not None:
            found.append((watched.seen[key], result.exact))
        elif key in watched.refused and result.answer.program is None:
            refused.append((watched.refused[key], result.exact))
    return found, refused


def arrays(sets: list[list[Row]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return figures, whether right, and weights by which each set counts the same; their mean is 1."""
    weights = np.concatenate([np.full(len(rows), 1 / max(1, len(rows))) for rows in sets])
    rows = [row for found in sets for row in found]
    return np.array([f for f, _ in rows]), np.array([float(r) for _, r in rows]), weights / weights.mean()


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def fit(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    found, moment, second = np.zeros(x.shape[1]), np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for step in range(1, STEPS + 1):
        slope = x.T @ (w * (sigmoid(x @ found) - y)) / len(y) + L2 * found
        moment, second = 0.9 * moment + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        found -= RATE * (moment / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return found


def calibration_error(said: np.ndarray, right: np.ndarray) -> float:
    """Ten bins of equal width, as `taskmatrix eval` counts it."""
    bins = np.minimum((said * 10).astype(int), 9)
    return float(sum(abs(said[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins)))


if __name__ == "__main__":
    main()
