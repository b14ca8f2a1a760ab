"""Lets the points of an asked picture vote for references: many alike, turned and sized alike, count most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

SAME: Final = 28
"""Bits within which two points show the same drawing, not the same kind of corner."""

SEVERAL: Final = 3
"""A point that references of so many unrelated cases have says nothing about any of them."""

TURNS: Final = 16
SIZES: Final = 10
WHOLE_TURN: Final = 256
ROUNDING: Final = 1e-6
"""Sums of the same votes in another order differ by less."""

Votes = list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What on a shelf is nearest to each asked point: bits apart and its rows, n × 6; -1 for none."""

    shelf: PointShelf
    apart: NDArray[np.int32]
    rows: NDArray[np.int64]


def neighbours(shelf: PointShelf, asked: Points) -> Neighbours:
    """Look every asked point up on one shelf."""
    return Neighbours(shelf, *nearest(shelf, asked.bits, NEIGHBOURS))


def places_of(near: Neighbours, rows: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return which reference of the shelf each of its rows belongs to."""
    return np.searchsorted(near.shelf.starts, rows, side="right") - 1


def shared_points(near: Sequence[Neighbours], owner_of: Callable[[int], str | None]) -> NDArray[np.bool_]:
    """Tell which asked points look like points that references of several owners have: nobody's own.

    Letters, buttons and watermarks do. Pictures of one case may well share a room, and one picture may be
    in several cases: `owner_of` says whose a place of the bank is, None where nothing is left.
    """
    is_same = [(one.apart <= SAME) & (one.rows >= 0) for one in near]
    several = np.flatnonzero(np.sum([one.sum(axis=1) for one in is_same], axis=0) >= SEVERAL)
    is_shared = np.zeros(len(near[0].apart), np.bool_)
    for point in several:
        places = (
            int(one.shelf.places[which])
            for one, same in zip(near, is_same, strict=True)
            for which in places_of(one, one.rows[point, same[point]])
        )
        owners = {owner_of(place) for place in places} - {None}
        is_shared[point] = len(owners) >= SEVERAL
    return is_shared


def votes_for(
    near: Neighbours, asked: Points, is_shared: NDArray[np.bool_], most: int, fewest: float
) -> Votes:
    """Return up to `most` references on the shelf with at least `fewest` votes: votes, which; best first.

    A neighbour counts by how much nearer it is than the last of the neighbours: what looks like points of
    many references speaks for none. Votes are counted apart for each turn and change of size (Jégou, Douze,
    Schmid: "Hamming embedding and weak geometric consistency", ECCV 2008). Shared points have no vote.
    """
    shelf, apart, rows = near.shelf, near.apart, near.rows
    weight = 1 - apart / np.maximum(apart[:, -1:], 1) + LEAST
    asking, rank = np.nonzero((apart <= FARTHEST) & (rows >= 0) & ~is_shared[:, np.newaxis])
    if len(asking) == 0:
        return []
    row, voice = rows[asking, rank], weight[asking, rank]
    which = places_of(near, row)
    # No bin holds more than all votes of its reference together: few references need theirs told apart.
    hopeful = np.flatnonzero((np.bincount(which, voice) >= fewest - ROUNDING)[which])
    asking, row, which, voice = asking[hopeful], row[hopeful], which[hopeful], voice[hopeful]
    if len(which) == 0:
        return []
    turn = ((asked.angles[asking] - shelf.angles[row]) % WHOLE_TURN * TURNS // WHOLE_TURN).astype(np.intp)
    size = ((asked.octaves[asking] - shelf.octaves[row]) // 2 + SIZES // 2 - 1).astype(np.intp)
    return _best(which, turn, size, voice, most, fewest)


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
