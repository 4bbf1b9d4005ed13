"""The gate: whether a candidate may take the place of the weights in use, decided on cases that neither was taught.

Both answer the same held-out cases. Of those on which they differ, how many would fall to the candidate's side by
chance alone is told by the exact sign test (McNemar's test on pairs).
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb

from pydantic import JsonValue

FEW = 8
"""With fewer held-out corrections it is enough that nothing got worse."""
WORSE, BETTER = 0.2, 0.2
"""Worse: fewer wins than losses, with a chance below this that the two are alike. Better: more wins, likewise."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Whether weights in use and candidate answer a case rightly. `is_new`: it is one of the held-out corrections."""

    active: bool
    candidate: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """Cases, how many each answers, where only one of them does, and the two-sided chance of that among equals."""

    cases: int
    active: int
    candidate: int
    won: int
    lost: int
    p: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to adopt the candidate, why, and the figures it rests on."""

    adopt: bool
    why: str
    corrections: Counted
    replayed: Counted

    def to_json(self) -> dict[str, JsonValue]:
        """Return what is kept with the weights."""
        return {
            "adopt": self.adopt,
            "why": self.why,
            "corrections": asdict(self.corrections),
            "replayed": asdict(self.replayed),
        }


def judge(pairs: Sequence[Pair]) -> Verdict:
    """Decide: not worse overall, and on held-out corrections better where there are enough of them."""
    new, old, both = count([p for p in pairs if p.is_new]), count([p for p in pairs if not p.is_new]), count(pairs)
    if both.lost > both.won and (both.p < WORSE or both.won == 0):
        return Verdict(
            False, f"it answers {both.lost} cases wrongly that were right, and {both.won} the other way", new, old
        )
    if old.lost > old.won and (old.p < WORSE or old.won == 0):
        return Verdict(False, f"it forgets: {old.lost} earlier cases turn wrong, {old.won} turn right", new, old)
    if new.cases >= FEW and new.won == new.lost and new.won == 0 and new.candidate < new.cases:
        return Verdict(False, "the held-out corrections are answered no better", new, old)
    if new.cases >= FEW and new.won and (new.won <= new.lost or new.p > BETTER) and new.candidate < new.cases:
        return Verdict(
            False, f"the held-out corrections are hardly answered better ({new.won} to {new.lost})", new, old
        )
    return Verdict(True, "not worse on what was right, and better or as good on the corrections", new, old)


def count(pairs: Sequence[Pair]) -> Counted:
    """Return the figures of some pairs."""
    won = sum(p.candidate and not p.active for p in pairs)
    lost = sum(p.active and not p.candidate for p in pairs)
    right = sum(p.active for p in pairs), sum(p.candidate for p in pairs)
    return Counted(len(pairs), *right, won, lost, round(sign_test(won, lost), 6))


def sign_test(won: int, lost: int) -> float:
    """Return the two-sided probability of so uneven a split of fair coins."""
    n, least = won + lost, min(won, lost)
    return min(1.0, 2 * sum(comb(n, k) for k in range(least + 1)) / 2**n) if n else 1.0
