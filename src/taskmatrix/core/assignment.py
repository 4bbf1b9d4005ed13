"""The assignment problem: rows to columns, one to one, with the greatest total weight."""

from collections.abc import Sequence

_INFINITY = float("inf")


def assign(weights: Sequence[Sequence[float]]) -> list[int | None]:
    """Return, for each row, its column in the one-to-one assignment of the greatest total weight.

    All pairs may be used; None for rows left over. The Hungarian method with potentials, O(rows² · columns).
    """
    if not weights or not weights[0]:
        return [None] * len(weights)
    if len(weights) > len(weights[0]):
        turned = assign([list(column) for column in zip(*weights, strict=True)])
        rows: list[int | None] = [None] * len(weights)
        for column, row in enumerate(turned):
            if row is not None:
                rows[row] = column
        return rows
    owner = _owners(weights)
    result: list[int | None] = [None] * len(weights)
    for column, row in enumerate(owner[1:]):
        if row:
            result[row - 1] = column
    return result


def _owners(weights: Sequence[Sequence[float]]) -> list[int]:
    """Return, for each column from 1 on, the row (from 1 on) that owns it; 0 for none. Column 0 is a start mark."""
    size, width = len(weights), len(weights[0])
    row_price, column_price = [0.0] * (size + 1), [0.0] * (width + 1)
    owner = [0] * (width + 1)
    for row in range(1, size + 1):
        owner[0], column = row, 0
        slack, way = [_INFINITY] * (width + 1), [0] * (width + 1)
        reached: set[int] = set()
        while owner[column]:
            reached.add(column)
            here = owner[column]
            open_columns = [other for other in range(1, width + 1) if other not in reached]
            for other in open_columns:
                cost = -weights[here - 1][other - 1] - row_price[here] - column_price[other]
                if cost < slack[other]:
                    slack[other], way[other] = cost, column
            following = min(open_columns, key=slack.__getitem__)
            step = slack[following]
            for other in reached:
                row_price[owner[other]] += step
                column_price[other] -= step
            for other in open_columns:
                slack[other] -= step
            column = following
        while column:
            owner[column], column = owner[way[column]], way[column]
    return owner
