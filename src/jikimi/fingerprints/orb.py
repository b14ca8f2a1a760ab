"""Knows a picture again when only a part of it is left, or when it is a part of another picture.

Points are found and described as in Rublee, Rabaud, Konolige, Bradski: "ORB: an efficient alternative to
SIFT or SURF", ICCV 2011 (OpenCV's implementation).
"""

from dataclasses import dataclass, field, replace
from typing import Final

import cv2
import numpy as np

from jikimi.fingerprints.inner import Window, photographs_in
from jikimi.fingerprints.local import Frame, Grey, Spots, fingerprint_of, resized, spread
from jikimi.model.fingerprint import LARGEST_GRID, STEP, Fingerprint, Kind, Orientation, Picture, View

OCTAVES: Final = 8
FAINTEST: Final = (14, 6)
"""Grey levels by which a point must stand out; the second where the first gives too few (dark, blurred)."""

ENOUGH: Final = 0.6
"""Share of the points looked for that must be found before fainter ones are looked for."""

KEPT_FROM: Final = 1
"""References keep points from this octave on: copies are smaller more often than larger."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How closely a picture is looked at: pixels on its longer side, points looked for, points taken."""

    side: int
    candidates: int
    points: int


NARROWEST: Final = 32
"""Pixels on the shorter side below which there is no room for a point and what is around it."""

PLAIN: Final = Grid(512, 1000, 600)
CLOSE: Final = Grid(1024, 2000, 1200)
FAR: Final = Grid(300, 600, 400)

MOST_PANELS: Final = 4
"""Panels of a collage that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Orb:
    """Points of the picture: what a reference keeps, and the first look at what was found."""

    name: str = field(default="orb", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=False, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return points of the whole, and of the photograph alone where the picture is a page around one.

        A reference keeps only the photograph's where there are both. Quality is the share of the part, in
        percent, that has points: a reference below about 20 (a plain wall, a blur) can hardly be found by
        its points, only by its hash. Nothing comes back for a picture without points.
        """
        luma = _luma(picture)
        grey = resized(luma, PLAIN.side)
        windows = photographs_in(grey)
        is_page = len(windows) == 1
        whole = fingerprint_of(
            self.name, _spots_in(grey, PLAIN), _whole(grey), View.WHOLE, is_kept=not is_page
        )
        return [*_photograph(self.name, luma, grey, windows[0]), *whole] if is_page else whole


@dataclass(frozen=True, slots=True)
class OrbAgain:
    """The second look: the mirrored picture, magnified for what is small in it, shrunk for close crops."""

    name: str = field(default="orb", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=True, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return up to seven fingerprints; a reference keeps none of them."""
        luma = _luma(picture)
        grey = resized(luma, PLAIN.side)
        windows = photographs_in(grey)[:MOST_PANELS]
        panels = windows if len(windows) > 1 else []
        close = resized(luma, CLOSE.side)
        mirrored = np.asarray(cv2.flip(grey, 1), np.uint8)
        turned = Orientation.MIRRORED
        far = resized(luma, FAR.side)
        found = [
            *fingerprint_of(self.name, _spots_in(far, FAR), _whole(far), View.WHOLE, is_kept=False),
            *fingerprint_of(self.name, _spots_in(close, CLOSE), _whole(close), View.CLOSE, is_kept=False),
            *fingerprint_of(
                self.name, _spots_in(mirrored, PLAIN), _whole(mirrored), View.WHOLE, turned, is_kept=False
            ),
        ]
        for panel in panels:
            found += [replace(one, view=View.CLOSE) for one in _photograph(self.name, luma, grey, panel)]
        return found


def _photograph(name: str, luma: Grey, grey: Grey, window: Window) -> list[Fingerprint]:
    """Look at one photograph on a page (a window in `grey`) as closely as at a whole picture."""
    scale = luma.shape[1] / grey.shape[1]
    left, top, right, bottom = (
        round(edge * scale) for edge in (window.left, window.top, window.right, window.bottom)
    )
    part = luma[top:bottom, left:right]
    side = min(PLAIN.side, LARGEST_GRID * max(part.shape) // max(luma.shape))
    scale = side / max(part.shape)
    frame = Frame(round(luma.shape[1] * scale), round(luma.shape[0] * scale), left * scale, top * scale)
    return fingerprint_of(name, _spots_in(resized(part, side), PLAIN), frame, View.TRIMMED, is_kept=True)


def _luma(picture: Picture) -> Grey:
    """Return the picture's grey values, height × width."""
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)


def _whole(grey: Grey) -> Frame:
    """Return the frame of a picture that is looked at as a whole."""
    return Frame(grey.shape[1], grey.shape[0], 0.0, 0.0)


def _spots_in(grey: Grey, grid: Grid) -> Spots:
    """Find points spread over the picture, those a reference would keep first."""
    height, width = grey.shape
    nothing = Spots(width, height, np.zeros((0, 4), np.float32), np.zeros((0, 32), np.uint8))
    if min(height, width) < NARROWEST:
        return nothing
    for faintest in FAINTEST:
        finder = cv2.ORB.create(
            nfeatures=grid.candidates, scaleFactor=STEP, nlevels=OCTAVES, fastThreshold=faintest
        )
        seen, bits = finder.detectAndCompute(grey, None)
        if len(seen) >= ENOUGH * grid.candidates:
            break
    if not seen:
        return nothing
    found = np.array([(*point.pt, point.octave, point.angle, point.response) for point in seen], np.float32)
    order = spread(found[:, :2], found[:, 4], width, height)[: grid.points]
    order = order[np.argsort(found[order, 2] < KEPT_FROM, kind="stable")]
    return Spots(width, height, found[order, :4], np.asarray(bits[order], np.uint8))
