"""Knows a picture again when only a part of it is left, or when it is a part of another picture.

Points are found and described as in Rublee, Rabaud, Konolige, Bradski: "ORB: an efficient alternative to
SIFT or SURF", ICCV 2011 (OpenCV's implementation).
"""

from collections.abc import Sequence
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
        """Return the points of the picture, or of the photograph alone where it is a page around one.

        Two pages of one layout agree in letters and buttons, whatever they show. Quality is the share of the
        part, in percent, that has points: a reference below about 20 (a plain wall, a blur) can hardly be
        found by its points, only by its hash. Nothing comes back for a picture without points.
        """
        luma = _luma(picture)
        part = _photograph_in(luma, photographs_in(resized(luma, PLAIN.side)))
        return _points_of(self.name, part, PLAIN, part.view, is_kept=True)


@dataclass(frozen=True, slots=True)
class OrbAgain:
    """The second look: the mirrored picture, magnified for what is small in it, shrunk for close crops."""

    name: str = field(default="orb", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=True, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return up to seven fingerprints; a reference keeps none of them. Pages: of the photograph alone."""
        luma = _luma(picture)
        windows = photographs_in(resized(luma, PLAIN.side))
        part = _photograph_in(luma, windows)
        mirrored = _mirrored(part)
        panels = windows[:MOST_PANELS] if len(windows) > 1 else []
        found = [
            *_points_of(self.name, part, FAR, part.view),
            *_points_of(self.name, part, CLOSE, View.CLOSE),
            *_points_of(self.name, mirrored, PLAIN, part.view, Orientation.MIRRORED),
        ]
        for panel in panels:
            found += _points_of(self.name, _part_in(luma, panel), PLAIN, View.CLOSE)
        return found


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a picture of width × height pixels, and where its corner lies in it."""

    luma: Grey
    left: int
    top: int
    width: int
    height: int
    view: View


def _photograph_in(luma: Grey, windows: Sequence[Window]) -> _Part:
    """Return the photograph where the picture is a page around one, else the whole picture."""
    if len(windows) == 1:
        return _part_in(luma, windows[0])
    return _Part(luma, 0, 0, luma.shape[1], luma.shape[0], View.WHOLE)


def _part_in(luma: Grey, window: Window) -> _Part:
    """Return what lies in a window of the picture as it was when its longer side had 512 pixels."""
    scale = max(luma.shape) / PLAIN.side
    left, top, right, bottom = (
        round(edge * scale) for edge in (window.left, window.top, window.right, window.bottom)
    )
    return _Part(luma[top:bottom, left:right], left, top, luma.shape[1], luma.shape[0], View.TRIMMED)


def _mirrored(part: _Part) -> _Part:
    """Return the part as it lies in the mirrored picture."""
    left = part.width - part.left - part.luma.shape[1]
    return replace(part, luma=np.asarray(cv2.flip(part.luma, 1), np.uint8), left=left)


def _points_of(
    name: str,
    part: _Part,
    grid: Grid,
    view: View,
    orientation: Orientation = Orientation.UPRIGHT,
    *,
    is_kept: bool = False,
) -> list[Fingerprint]:
    """Look at a part as closely as at a whole picture; places are in the whole picture."""
    side = min(grid.side, LARGEST_GRID * max(part.luma.shape) // max(part.width, part.height))
    scale = side / max(part.luma.shape)
    frame = Frame(
        max(1, round(part.width * scale)),
        max(1, round(part.height * scale)),
        part.left * scale,
        part.top * scale,
    )
    spots = _spots_in(resized(part.luma, side), grid)
    return fingerprint_of(name, spots, frame, view, orientation, is_kept=is_kept)


def _luma(picture: Picture) -> Grey:
    """Return the picture's grey values, height × width."""
    return np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)


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
