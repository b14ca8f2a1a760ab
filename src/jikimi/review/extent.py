"""Where a reference lies in a picture, and which part of the reference the picture shows: plain geometry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Final

from jikimi.model.fingerprint import How

Spot = tuple[float, float]
Outline = tuple[Spot, ...]
Arrow = tuple[Spot, Spot]

FRAME: Final[Outline] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
"""A whole picture, as fractions of its width and height: top left, top right, bottom right, bottom left."""

NUMBERS: Final = 9
TINY: Final = 1e-9
ALL_BUT_A_HAIR: Final = 0.97
MIDDLE: Final[Spot] = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Extent:
    """How a reference and a picture overlap. Spots are fractions of width and height, shares 0 to 1.

    `outline` is the reference's edge in the picture, from its top left corner on, clockwise as seen in the
    reference; it may leave the picture. `covered` is what of it lies within the picture. `visible` is the
    same part as seen in the reference. `upward` leads from there straight up, tail and tip, and `turned` is
    the same arrow as seen in the picture.
    """

    outline: Outline
    covered: Outline
    visible: Outline
    upward: Arrow
    turned: Arrow
    covered_share: float
    visible_share: float

    @property
    def leaves_the_picture(self) -> bool:
        """Tell whether the reference goes on beyond the picture's edge, by more than a hair."""
        return self.visible_share < ALL_BUT_A_HAIR


def extent_of(how: How) -> Extent | None:
    """Return how reference and picture overlap; None where the match does not say, or says nonsense."""
    if len(how.homography) != NUMBERS or not all(map(isfinite, how.homography)):
        return None
    back = _inverse(how.homography)
    outline = _moved(how.homography, FRAME)
    if back is None or outline is None:
        return None
    covered = _within_frame(outline)
    visible = _moved(back, covered)
    if visible is None or not covered:
        return None
    upward = _upward_in(visible)
    turned = _moved(how.homography, upward)
    if turned is None:
        return None
    shares = min(1.0, _area(covered)), min(1.0, _area(visible))
    return Extent(outline, covered, visible, upward, (turned[0], turned[1]), *shares)


def proportion_of(how: How, reference: float) -> float | None:
    """Return the picture's width over its height, if the copy was not squeezed; None where it cannot be told.

    `reference` is the reference's own width over its height. The movement says how far one step across and
    one step down the reference lead in fractions of the picture; in pixels, both lead equally far.
    """
    if extent_of(how) is None or reference <= 0:
        return None
    x, y = MIDDLE
    a, b, c, d, e, f, g, h, i = how.homography
    depth = g * x + h * y + i
    across = (a * x + b * y + c) / depth
    down = (d * x + e * y + f) / depth
    to_right = hypot((a - g * across) / reference, b - h * across)
    to_below = hypot((d - g * down) / reference, e - h * down)
    return to_below / to_right if to_right > TINY and to_below > TINY else None


def _moved(numbers: Sequence[float], spots: Iterable[Spot]) -> Outline | None:
    """Return where nine numbers, row by row, take these spots; None if one of them lies behind the viewer."""
    a, b, c, d, e, f, g, h, i = numbers
    ends = []
    for x, y in spots:
        depth = g * x + h * y + i
        if depth < TINY:
            return None
        ends.append(((a * x + b * y + c) / depth, (d * x + e * y + f) / depth))
    return tuple(ends)


def _inverse(numbers: Sequence[float]) -> tuple[float, ...] | None:
    """Return the movement back, in front of the viewer as well; None if there is none."""
    a, b, c, d, e, f, g, h, i = numbers
    whole = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(whole) < TINY:
        return None
    parts = (
        e * i - f * h, c * h - b * i, b * f - c * e,
        f * g - d * i, a * i - c * g, c * d - a * f,
        d * h - e * g, b * g - a * h, a * e - b * d,
    )  # fmt: skip
    return tuple(part / whole for part in parts)


def _within_frame(outline: Outline) -> Outline:
    """Return what of an outline lies in the whole picture (Sutherland and Hodgman, CACM 17(1), 1974)."""
    spots = list(outline)
    for axis in (0, 1):
        for limit, sign in ((0.0, 1.0), (1.0, -1.0)):
            kept: list[Spot] = []
            for start, end in zip(spots, [*spots[1:], *spots[:1]], strict=True):
                from_start, from_end = sign * (start[axis] - limit), sign * (end[axis] - limit)
                if from_start >= 0:
                    kept.append(start)
                if (from_start < 0) != (from_end < 0):
                    share = from_start / (from_start - from_end)
                    kept.append(
                        (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
                    )
            spots = kept
    return tuple(spots)


def _upward_in(outline: Outline) -> Arrow:
    """Return an arrow through the middle of an outline's box, a third as long as the box is high."""
    columns, rows = zip(*outline, strict=True)
    across, middle = (min(columns) + max(columns)) / 2, (min(rows) + max(rows)) / 2
    reach = (max(rows) - min(rows)) / 6
    return (across, middle + reach), (across, middle - reach)


def _area(outline: Outline) -> float:
    """Return an outline's area (Gauss's shoelace)."""
    edges = zip(outline, [*outline[1:], *outline[:1]], strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in edges)) / 2
