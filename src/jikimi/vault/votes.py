"""Lets the points of an asked picture vote for references: many alike, turned and sized alike, count most."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.vault.point_shelf import PointShelf, nearest
from jikimi.vault.points import Points

NEIGHBOURS: Final = 6
"""How many nearest points of the bank are asked for, for each asked point."""

FARTHEST: Final = 70
"""Bits beyond which two points have nothing to do with each other."""

LEAST: Final = 0.02
"""What a neighbour counts at least: many weak voices that agree on turn and size are heard, too."""

TURNS: Final = 16
SIZES: Final = 10
WHOLE_TURN: Final = 256

Votes = list[tuple[float, int]]


def votes_for(shelf: PointShelf, asked: Points, most: int, fewest: float) -> Votes:
    """Return up to `most` references on the shelf with at least `fewest` votes: votes, which; best first.

    A neighbour counts by how much nearer it is than the last of the neighbours: what looks like points of
    many references (letters, buttons) speaks for none. Votes are counted apart for each turn and change of
    size (Jégou, Douze, Schmid: "Hamming embedding and weak geometric consistency", ECCV 2008).
    """
    apart, rows = nearest(shelf, asked.bits, NEIGHBOURS)
    weight = 1 - apart / np.maximum(apart[:, -1:], 1) + LEAST
    asking, rank = np.nonzero((apart <= FARTHEST) & (rows >= 0))
    if len(asking) == 0:
        return []
    row = rows[asking, rank]
    which = np.searchsorted(shelf.starts, row, side="right") - 1
    turn = ((asked.angles[asking] - shelf.angles[row]) % WHOLE_TURN * TURNS // WHOLE_TURN).astype(np.intp)
    size = ((asked.octaves[asking] - shelf.octaves[row]) // 2 + SIZES // 2 - 1).astype(np.intp)
    return _best(which, turn, size, weight[asking, rank], most, fewest)


def _best(
    which: NDArray[np.intp],
    turn: NDArray[np.intp],
    size: NDArray[np.intp],
    weight: NDArray[np.float64],
    most: int,
    fewest: float,
) -> Votes:
    """Count each vote in two neighbouring bins of turn and of size, and take each reference's best bin."""
    bins = [((which * TURNS + (turn + t) % TURNS) * SIZES + size + s) for t in (0, 1) for s in (0, 1)]
    used, place = np.unique(np.concatenate(bins), return_inverse=True)
    votes = np.bincount(place, np.tile(weight, len(bins)))
    references, first = np.unique(used // (TURNS * SIZES), return_index=True)
    best = np.maximum.reduceat(votes, first)
    order = np.argsort(-best, kind="stable")[:most]
    return [(float(best[one]), int(references[one])) for one in order if best[one] >= fewest]


def surest(votes: Sequence[tuple[float, int, int]], most: int) -> list[tuple[int, int]]:
    """Merge the votes of several shelves (votes, shelf, which): the `most` best as shelf, which."""
    best = sorted(votes, key=lambda vote: (-vote[0], vote[1], vote[2]))[:most]
    return [(shelf, which) for _, shelf, which in best]
