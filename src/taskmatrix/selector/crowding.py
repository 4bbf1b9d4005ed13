"""Keeps owners from filling a search with the same thing said many times."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from taskmatrix.selector.keys import owner_of
from taskmatrix.selector.retrieval import Candidate

ALIKE = 0.8
"""Documents of one owner say the same if they share so much of all their stems (Jaccard), and their name."""

RATHER_ALIKE = 0.6
"""So much is enough where the query cannot tell them apart, and for an owner who crowds the pool anyway."""

SAME_SCORE, SAME_MEANING = 0.02, 0.03
"""A query cannot tell documents apart whose scores (as a share) and similarities to it differ by less."""

QUOTA = 3
"""How many of a group that says the same are kept: some differ in the one word that matters. Of a group of several
owners, too: a name of an owner costs nothing."""

CROWDING = 0.5
"""An owner crowds a pool if so much of it are the owner's repetitions; several do if so much of it are theirs."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is left of a pool: `kept`, best first, and for each how many repetitions of it were left out.

    `crowding` names the owners (or packages, as `owner_of` does) whose repetitions took the places of others.
    """

    kept: tuple[Candidate, ...]
    left_out: tuple[int, ...]
    crowding: tuple[str, ...]


def collapse(candidates: Sequence[Candidate]) -> Crowd:
    """Keep the best few of documents that say the same thing again, of one owner or of several. All others stay.

    What the operator imported (it has no owner) is thinned out only where it crowds the pool: large packages are
    full of APIs that hardly differ, and nobody put them there to be in the way.
    """
    ordered = _best_first(candidates)
    places: dict[str, list[int]] = {}
    for place, candidate in enumerate(ordered):
        places.setdefault(owner_of(candidate.package, candidate.owner), []).append(place)
    bits: dict[str, int] = {}
    left_out = [0] * len(ordered)
    kept: list[int] = []
    crowding: list[str] = []
    for owner, own in places.items():
        is_owned = bool(ordered[own[0]].owner)
        if len(own) <= QUOTA or (not is_owned and len(own) < CROWDING * len(ordered)):
            kept += own
            continue
        said = {place: _mask(ordered[place], bits) for place in own}
        groups = _group(ordered, said, strict=True)
        if _repetitions(groups) >= CROWDING * len(ordered):
            crowding.append(owner)
            # Who says the same so often is not believed that small differences matter.
            groups = [own] if is_owned else _group(ordered, said, strict=False)
        elif not is_owned:
            kept += own
            continue
        for group in groups:
            kept += group[:QUOTA]
            left_out[group[0]] = max(0, len(group) - QUOTA)
    kept, others = _shared_out(ordered, kept, bits, left_out)
    crowding += [owner for owner in others if owner not in crowding]
    return Crowd(
        kept=tuple(ordered[place] for place in kept),
        left_out=tuple(left_out[place] for place in kept),
        crowding=tuple(crowding),
    )


def _shared_out(
    ordered: Sequence[Candidate], kept: Sequence[int], bits: dict[str, int], left_out: list[int]
) -> tuple[list[int], list[str]]:
    """Return the places of `kept` in order, and which owners crowd the pool together by saying the same.

    Of what these repeat the best few are left: of each owner one, before any has a second.
    """
    said = {place: _mask(ordered[place], bits) for place in sorted(kept) if ordered[place].owner}
    found = _group(ordered, said, strict=False)
    groups = [group for group in found if len({ordered[place].owner for place in group}) > 1]
    if _repetitions(groups) < CROWDING * len(kept):
        return sorted(kept), []
    repeated = set[int]()
    for group in groups:
        earlier = Counter[str]()
        turns: list[tuple[int, int]] = []
        for place in group:
            turns.append((earlier[ordered[place].owner], place))
            earlier[ordered[place].owner] += 1
        repeated.update(place for _, place in sorted(turns)[QUOTA:])
        left_out[group[0]] += max(0, len(group) - QUOTA)
    crowding = (ordered[place] for group in groups for place in group)
    return sorted(set(kept) - repeated), [owner_of(c.package, c.owner) for c in crowding]


def _group(ordered: Sequence[Candidate], said: Mapping[int, int], *, strict: bool) -> list[list[int]]:
    """Return places that say the same as the first of their group, which is the best."""
    groups: list[list[int]] = []
    for place, mask in said.items():
        for group in groups:
            first = said[group[0]]
            common, union = (first & mask).bit_count(), (first | mask).bit_count()
            if common < RATHER_ALIKE * union:
                continue
            one, other = ordered[group[0]], ordered[place]
            if not strict or _told_alike(one, other) or (common >= ALIKE * union and _named_alike(one, other)):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _repetitions(groups: Sequence[Sequence[int]]) -> int:
    return sum(max(0, len(group) - QUOTA) for group in groups)


def _named_alike(one: Candidate, other: Candidate) -> bool:
    return {s for s in one.titles if s.isalpha()} == {s for s in other.titles if s.isalpha()}


def _told_alike(one: Candidate, other: Candidate) -> bool:
    """Whether the query speaks as much for one as for the other."""
    if abs((one.meaning or 0.0) - (other.meaning or 0.0)) > SAME_MEANING:
        return False
    return abs(one.score - other.score) <= SAME_SCORE * max(one.score, other.score)


def _best_first(candidates: Sequence[Candidate]) -> list[Candidate]:
    highest = max((c.score for c in candidates), default=0.0) or 1.0
    known = [c.meaning for c in candidates if c.meaning is not None]
    usual = sum(known) / len(known) if known else 0.0  # what has no vector yet is neither better nor worse for that
    return sorted(candidates, key=lambda c: -(c.score / highest + (usual if c.meaning is None else c.meaning)))


def _mask(candidate: Candidate, bits: dict[str, int]) -> int:
    """Return the stems that may tell a document from another as bits; a number in them does not."""
    mask = 0
    for stem in candidate.summary.union(candidate.rest, candidate.titles):
        bit = bits.get(stem)
        if bit is None:
            bit = bits[stem] = 1 << len(bits) if stem.isalpha() else 0
        mask |= bit
    return mask
