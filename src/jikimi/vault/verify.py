"""Lays one picture over another by the points they share, and says how well they agree and where.

Two pictures agree when many points look alike AND one movement, turn and stretch takes them all from their
places in the reference to their places in the asked picture.
"""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import STEP
from jikimi.vault.points import Points
from jikimi.vault.weights import weights

Matrix = NDArray[np.float64]
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]

ALIKE: Final = 64
"""Bits that may differ between two views of one point, where geometry says that they are one."""

ALIKE_AT_FIRST: Final = 74
"""The same, where each of two points is the other's nearest."""

FEWEST: Final = 4
"""Fewer points than this are no agreement at all."""

NEAR: Final = 8.0
"""Pixels of the asked grid by which a point may miss its place."""

TURN: Final = 20
"""How far, in 256ths of a turn, the angle of a point may be off."""

OCTAVES: Final = 2.6
"""How far the size of a point may be off, in steps of the pyramid."""

SMALLEST, LARGEST = 0.08, 10.0
"""How much smaller or larger than the reference the copy may be, grid to grid."""

STEEPEST: Final = 5.0
"""How many times farther away than its middle plane a corner may seem."""

ENOUGH_FOR_SLANT: Final = 12
"""With fewer points than this only a move, a turn and a change of size are believed."""

SPREAD_CELLS: Final = 5
ANGLE_BINS: Final = 16
SIZE_BINS: Final = 16
GRAIN: Final = 6
MARGIN: Final = 8
WHOLE_TURN: Final = 256


@dataclass(frozen=True, slots=True)
class Fit:
    """How a reference lies in the asked picture.

    `inliers` agree (points in one spot count once), `strength` weighs them (see `weights`), `cover` is the
    part of the reference's visible cells (of 5 × 5) that hold one. `movement` is 3 × 3, from pixels of the
    reference's grid to pixels of the asked one.
    """

    inliers: int
    strength: float
    cover: float
    movement: Matrix


@dataclass(frozen=True, slots=True)
class _Offsets:
    """How far pairs of points are from agreeing with a movement that enlarges `size` times.

    In pixels of the asked grid, 256ths of a turn, and steps of the pyramid.
    """

    size: float
    miss: NDArray[np.float64]
    twist: NDArray[np.float64]
    growth: NDArray[np.float64]


def fit(asked: Points, kept: Points) -> Fit | None:
    """Lay the reference over the asked picture; None when nothing agrees."""
    if min(len(asked), len(kept)) < FEWEST:
        return None
    apart = differences(asked, kept)
    movement = _first_movement(asked, kept, apart)
    if movement is None:
        return None
    alike = _places_in(apart <= ALIKE)
    for slack in (2.0, 1.0):
        pairs = _in_place(asked, kept, apart, alike, movement, slack)
        if pairs is None:
            return None
        refined = _movement_of(asked, kept, pairs)
        if refined is None:
            return None
        movement = refined
    pairs = _in_place(asked, kept, apart, alike, movement, 1.0)
    return None if pairs is None else _judged(asked, kept, apart, pairs, movement)


def _places_in(chosen: NDArray[np.bool_]) -> Pairs:
    """Return the rows and columns of an n × m table that are chosen: as `nonzero`, in a third of its time."""
    rows, columns = np.divmod(np.flatnonzero(chosen), chosen.shape[1])
    return rows, columns


def differences(asked: Points, kept: Points) -> NDArray[np.int32]:
    """Return how many bits differ between each asked and each kept point: n × m."""
    apart = np.empty((len(asked), len(kept)), np.int32)
    pointers = (faiss.swig_ptr(asked.bits), faiss.swig_ptr(kept.bits))
    faiss.hammings(  # type: ignore[attr-defined]  # bound at run time
        *pointers, len(asked), len(kept), asked.bits.shape[1], faiss.swig_ptr(apart)
    )
    return apart


def _first_movement(asked: Points, kept: Points, apart: NDArray[np.int32]) -> Matrix | None:
    """Find the movement that most mutual nearest points agree on, among those turned and sized alike."""
    theirs = apart.argmin(axis=1)
    mine = np.arange(len(asked))
    is_mutual = (apart.argmin(axis=0)[theirs] == mine) & (apart[mine, theirs] <= ALIKE_AT_FIRST)
    mine, theirs = mine[is_mutual], theirs[is_mutual]
    turn = ((asked.angles[mine] - kept.angles[theirs]) % WHOLE_TURN * ANGLE_BINS // WHOLE_TURN).astype(
        np.intp
    )
    size = ((asked.octaves[mine] - kept.octaves[theirs]) // 2 + SIZE_BINS // 2).astype(np.intp)
    votes = np.zeros((ANGLE_BINS, SIZE_BINS), np.intp)
    np.add.at(votes, (turn, size), 1)
    votes += np.roll(votes, -1, axis=0)
    votes += np.roll(votes, -1, axis=1)
    best_turn, best_size = np.unravel_index(votes.argmax(), votes.shape)
    if votes[best_turn, best_size] < FEWEST:
        return None
    agree = ((turn - best_turn) % ANGLE_BINS <= 1) & ((size - best_size) % SIZE_BINS <= 1)
    return _similarity(kept.places[theirs[agree]], asked.places[mine[agree]])


def _similarity(start: NDArray[np.float32], end: NDArray[np.float32]) -> Matrix | None:
    """Return the move, turn and change of size that takes most of n × 2 places to their ends."""
    # OpenCV draws its samples from a generator it seeds itself, always alike.
    found: Any = cv2.estimateAffinePartial2D(
        start, end, method=cv2.RANSAC, ransacReprojThreshold=1.5 * NEAR, maxIters=500
    )[0]
    return None if found is None else np.vstack([found, [0.0, 0.0, 1.0]])


def _in_place(
    asked: Points,
    kept: Points,
    apart: NDArray[np.int32],
    alike: Pairs,
    movement: Matrix,
    slack: float,
) -> Pairs | None:
    """Return the pairs that look alike and lie where the movement puts them, each point used once."""
    offsets = _offsets(asked, kept, alike, movement)
    if not SMALLEST < offsets.size < LARGEST:
        return None
    reach = slack * NEAR * min(1.5, max(0.6, offsets.size))
    is_in_place = (offsets.miss <= reach) & (np.abs(offsets.twist) <= TURN)
    is_in_place &= np.abs(offsets.growth) <= OCTAVES
    mine, theirs = alike[0][is_in_place], alike[1][is_in_place]
    nearest_first = np.argsort(apart[mine, theirs], kind="stable")
    mine, theirs = mine[nearest_first], theirs[nearest_first]
    for side in (0, 1):
        once = np.unique((mine, theirs)[side], return_index=True)[1]
        once.sort()
        mine, theirs = mine[once], theirs[once]
    return None if len(mine) < FEWEST else (mine, theirs)


def _offsets(asked: Points, kept: Points, pairs: Pairs, movement: Matrix) -> _Offsets:
    """Measure how far pairs of points are from where, how and how large the movement puts them."""
    mine, theirs = pairs
    linear = movement[:2, :2]
    size = max(float(np.sqrt(abs(np.linalg.det(linear)))), 1e-9)
    turned = np.arctan2(linear[1, 0], linear[0, 0]) * WHOLE_TURN / (2 * np.pi)
    half = WHOLE_TURN / 2
    twist = (asked.angles[mine] - kept.angles[theirs] - turned + half) % WHOLE_TURN - half
    growth = asked.octaves[mine] - kept.octaves[theirs] - np.log(size) / np.log(STEP)
    away = asked.places[mine] - moved(movement, kept.places)[theirs]
    return _Offsets(size, np.hypot(away[:, 0], away[:, 1]), twist, growth)


def _movement_of(asked: Points, kept: Points, pairs: Pairs) -> Matrix | None:
    """Return the movement that fits these pairs best; slanted only where enough points bear it out."""
    end, start = asked.places[pairs[0]], kept.places[pairs[1]]
    if len(end) >= ENOUGH_FOR_SLANT:
        slanted: Any = cv2.findHomography(start, end, 0)[0]
        if slanted is not None and _is_photographable(slanted, kept):
            return np.asarray(slanted, np.float64)
    return _similarity(start, end)


def _is_photographable(movement: Matrix, kept: Points) -> bool:
    """Tell whether a slanted view keeps the reference in front of the camera, unfolded and not mirrored."""
    corners = np.array([[0, 0], [kept.width, 0], [kept.width, kept.height], [0, kept.height]], np.float64)
    depth = corners @ movement[2, :2] + movement[2, 2]
    is_in_front = (depth > 1 / STEEPEST).all() and (depth < STEEPEST).all()
    return bool(is_in_front and np.linalg.det(movement[:2, :2]) > 0)


def moved(movement: Matrix, places: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return where the movement takes n × 2 places."""
    ends = places @ movement[:, :2].T + movement[:, 2]
    depth: NDArray[np.float64] = ends[:, 2:]
    seen: NDArray[np.float64] = ends[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)  # noqa: PLR2004  (never by 0)
    return seen


def _judged(asked: Points, kept: Points, apart: NDArray[np.int32], pairs: Pairs, movement: Matrix) -> Fit:
    """Weigh what agrees, and say over how much of what should be visible it is spread."""
    mine, theirs = pairs
    offsets = _offsets(asked, kept, pairs, movement)
    grain = np.maximum(STEP ** asked.octaves[mine], offsets.size * STEP ** kept.octaves[theirs])
    weight = weights(apart[mine, theirs], offsets.miss / grain, offsets.twist, offsets.growth)
    spots = (asked.places[mine] // GRAIN).astype(np.int64) @ np.array([1, 1 << 20])
    best = np.zeros(len(np.unique(spots)))
    np.maximum.at(best, np.unique(spots, return_inverse=True)[1], weight)
    inliers = min(len(best), _spots(kept.places[theirs]))
    ends = moved(movement, kept.places)
    limits = np.array([asked.width - MARGIN, asked.height - MARGIN])
    is_visible = ((ends > MARGIN) & (ends < limits)).all(axis=1)
    # The points of a photograph on a page fill a part of the page only.
    corner = kept.places.min(axis=0)
    cell = (kept.places.max(axis=0) - corner) / SPREAD_CELLS + 1e-6
    cells = np.clip((kept.places - corner) / cell, 0, SPREAD_CELLS - 1).astype(np.intp) @ np.array(
        [1, SPREAD_CELLS]
    )
    expected = np.bincount(cells[is_visible], minlength=SPREAD_CELLS**2) >= FEWEST - 1
    held = np.bincount(cells[theirs], minlength=SPREAD_CELLS**2) > 0
    cover = float(held[expected].mean()) if expected.any() else 0.0
    return Fit(inliers, float(best.sum()), cover, movement)


def _spots(places: NDArray[np.float32]) -> int:
    """Count places, those within a few pixels of each other as one."""
    return len(np.unique((places // GRAIN).astype(np.int32), axis=0))
