"""Says what it means that points agree: how sure, which edit, and where the reference is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import Fingerprint, Found, How, Orientation, Tier
from jikimi.vault.points import ORB, Points
from jikimi.vault.verify import Fit, Matrix, moved


@dataclass(frozen=True, slots=True)
class Bar:
    """What a match must reach: weight of the points that agree, and over how much they are spread."""

    strength: float
    cover: float


BARS: Final = {Tier.LIKELY: Bar(28, 0.2), Tier.POSSIBLE: Bar(18, 0.2)}
"""Of 3,000 edits of unknown pictures none reached 12 with such a spread, one 17 without; 99.5 % of copies
reach 28."""

HALF_BELIEVED: Final = 28
"""With this strength the score is one half."""

SAMPLES: Final = 24
WHOLE_SEEN: Final = 0.96
FULL_FRAME: Final = 0.9
STRAIGHT: Final = 3
QUARTER: Final = 90
SLANT: Final = 0.15

CORNERS: Final = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
FLIP: Final = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def agreement(
    reference: str, case: str, fingerprint: Fingerprint, asked: Points, kept: Points, found: Fit
) -> Found | None:
    """Return the answer for a reference that lies so in the asked picture; None when too little agrees.

    `distance` is in how many percent of what should be visible nothing agrees. Never `certain`: a shared
    layout can agree very well, so a person looks at every match that rests on points alone.
    """
    for tier, bar in BARS.items():
        if found.strength >= bar.strength and found.cover >= bar.cover:
            how = _how(fingerprint, asked, kept, found, round(100 * (1 - bar.cover)))
            return Found(reference, case, tier, found.strength / (found.strength + HALF_BELIEVED), how)
    return None


def _degrees(movement: Matrix) -> float:
    """Return by how much the movement turns, clockwise, -180 to 180."""
    return float(np.degrees(np.arctan2(movement[1, 0], movement[0, 0])))


def _how(fingerprint: Fingerprint, asked: Points, kept: Points, found: Fit, threshold: int) -> How:
    """Describe the agreement; places are turned back if the asked picture was mirrored before."""
    shares = np.diag([1 / asked.width, 1 / asked.height, 1]) @ found.movement
    shares = shares @ np.diag([kept.width, kept.height, 1.0])
    is_mirrored = fingerprint.orientation is Orientation.MIRRORED
    if is_mirrored:
        shares = FLIP @ shares
    shares /= shares[2, 2]
    return How(
        ORB,
        round(100 * (1 - found.cover)),
        threshold,
        _edit(shares, found.movement, is_mirrored=is_mirrored),
        found.inliers,
        tuple(float(value) for value in moved(shares, CORNERS).ravel()),
        tuple(float(value) for value in shares.ravel()),
    )


def _edit(shares: Matrix, movement: Matrix, *, is_mirrored: bool) -> str:
    """Name what was done: "cropped", "mirrored, rotated 15", "part of a larger picture" and the like."""
    steps = ["mirrored"] if is_mirrored else []
    turned = round(_degrees(movement)) * (-1 if is_mirrored else 1)
    nearest_quarter = round(turned / QUARTER) * QUARTER
    turned = (nearest_quarter if abs(turned - nearest_quarter) <= STRAIGHT else turned) % 360
    if turned:
        steps.append(f"rotated {turned}")
    if abs(shares[2, 0]) + abs(shares[2, 1]) > SLANT:
        steps.append("seen at a slant")
    if _share_inside(shares) < WHOLE_SEEN:
        steps.append("cropped")
    if _share_inside(np.asarray(np.linalg.inv(shares), np.float64)) < FULL_FRAME:
        steps.append("part of a larger picture")
    return ", ".join(steps) or "changed in places"


def _share_inside(shares: Matrix) -> float:
    """Return which part of the unit square the movement leaves within the unit square."""
    steps = (np.arange(SAMPLES) + 0.5) / SAMPLES
    grid: NDArray[np.float64] = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    ends = moved(shares, grid)
    return float(((ends >= 0) & (ends <= 1)).all(axis=1).mean())
