"""Knows a picture again when only a part of it is left, or when it is a part of another picture.

Points are found and described as in Rublee, Rabaud, Konolige, Bradski: "ORB: an efficient alternative to
SIFT or SURF", ICCV 2011 (OpenCV's implementation).
"""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from jikimi.fingerprints.inner import Window, photograph_in
from jikimi.fingerprints.local import CELLS, FULL, RECORD, Grey, cells_of, packed, resized, spread
from jikimi.model.fingerprint import STEP, Fingerprint, Kind, Orientation, Picture, View

OCTAVES: Final = 8
FAINTEST: Final = 8
"""Grey levels by which a point must stand out: blurred and dark pictures have no stronger ones."""

KEPT_FROM: Final = 1
"""References keep points from this octave on: copies are smaller more often than larger."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How closely a picture is looked at: pixels on its longer side, points looked for, points taken."""

    side: int
    candidates: int
    points: int


PLAIN: Final = Grid(512, 1000, 600)
CLOSE: Final = Grid(1024, 2400, 1500)


@dataclass(frozen=True, slots=True)
class Orb:
    """Points of the whole picture: what a reference keeps, and the first look at what was found."""

    name: str = field(default="orb", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=False, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return one fingerprint, or none of a picture without points.

        Its quality is the share of the picture, in percent, that has points. A reference below about 20
        (a plain wall, a blur) can hardly be found by its points, only by its hash.
        """
        return _fingerprints(self.name, _luma(picture), PLAIN)


@dataclass(frozen=True, slots=True)
class OrbAgain:
    """The second look: the mirrored picture, and the picture magnified for what is small in it."""

    name: str = field(default="orb", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=True, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return up to two fingerprints; none of them is kept of a reference."""
        luma = _luma(picture)
        mirrored = np.asarray(cv2.flip(luma, 1), np.uint8)
        return [
            *_fingerprints(self.name, luma, CLOSE, View.CLOSE),
            *_fingerprints(self.name, mirrored, PLAIN, orientation=Orientation.MIRRORED),
        ]


def _luma(picture: Picture) -> Grey:
    """Return the picture's grey values, height × width."""
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)


def _fingerprints(
    name: str,
    luma: Grey,
    grid: Grid,
    view: View = View.WHOLE,
    orientation: Orientation = Orientation.UPRIGHT,
) -> list[Fingerprint]:
    """Find points spread over the picture and pack them, those a reference keeps first."""
    grey = resized(luma, grid.side)
    height, width = grey.shape
    finder = cv2.ORB_create(
        nfeatures=grid.candidates, scaleFactor=STEP, nlevels=OCTAVES, fastThreshold=FAINTEST
    )
    seen, bits = finder.detectAndCompute(grey, None)
    if not seen:
        return []
    found = np.array([(*point.pt, point.response, point.octave, point.angle) for point in seen], np.float32)
    order = spread(found[:, :2], found[:, 2], width, height)[: grid.points]
    found, bits = found[order], bits[order]
    is_kept = _is_inside(found, photograph_in(grey)) if view is View.WHOLE else np.ones(len(found), np.bool_)
    order = np.lexsort((found[:, 3] < KEPT_FROM, ~is_kept))
    points = np.zeros(len(order), RECORD)
    points["x"] = found[order, 0] * (FULL / width)
    points["y"] = found[order, 1] * (FULL / height)
    points["octave"] = found[order, 3]
    points["angle"] = found[order, 4] * (256 / 360) % 256
    points["bits"] = bits[order]
    value = packed(points, int(is_kept.sum()), width, height)
    quality = 100 * len(np.unique(cells_of(found[:, :2], width, height))) // CELLS**2
    return [Fingerprint(name, value, quality, view, orientation)]


def _is_inside(found: np.ndarray[tuple[int, int], np.dtype[np.float32]], window: Window) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell for each point whether it is in the photograph."""
    x, y = found[:, 0], found[:, 1]
    return (x >= window.left) & (x < window.right) & (y >= window.top) & (y < window.bottom)
