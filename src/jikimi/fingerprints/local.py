"""Picks points that stand out in a picture and packs them, so that parts of it can be found again."""

import struct
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import (
    MOST_POINTS,
    POINT,
    POINTS_HEADER,
    POINTS_VERSION,
    Fingerprint,
    Orientation,
    View,
)

Grey = NDArray[np.uint8]
Numbers = NDArray[np.float32]

RECORD: Final = np.dtype(list(POINT))
FULL: Final = 65535
CELLS: Final = 8
"""Points are spread over a grid of 8 × 8 cells."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Points found on a part of so many pixels: n × (x, y, octave, angle in degrees), n × 32 bytes."""

    width: int
    height: int
    found: Numbers
    bits: Grey


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a part lies in its picture: the picture's size and the part's corner, in pixels of the part."""

    width: int
    height: int
    left: float
    top: float


def resized(luma: Grey, longest: int) -> Grey:
    """Return the picture with its longer side at `longest` pixels: small ones are enlarged."""
    height, width = luma.shape
    factor = longest / max(height, width)
    if factor == 1:
        return luma
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(luma, size, interpolation=how), np.uint8)


def spread(places: Numbers, strength: Numbers, width: int, height: int) -> NDArray[np.intp]:
    """Return the order in which to take points (n × 2 pixels): the strongest of each cell, then the next.

    Without this a few square centimetres of foliage take all places and nothing is left to find a crop by.
    """
    cell = cells_of(places, width, height)
    by_cell = np.lexsort((-strength, cell))
    sorted_cells = cell[by_cell]
    first = np.searchsorted(sorted_cells, sorted_cells)
    rank = np.empty(len(cell), np.intp)
    rank[by_cell] = np.arange(len(cell)) - first
    return np.lexsort((-strength, rank))


def cells_of(places: Numbers, width: int, height: int) -> NDArray[np.intp]:
    """Return the number of the cell, 0 to 63, in which each point (n × 2 pixels) lies."""
    across = np.clip(places[:, 0] * CELLS / width, 0, CELLS - 1).astype(np.intp)
    down = np.clip(places[:, 1] * CELLS / height, 0, CELLS - 1).astype(np.intp)
    return down * CELLS + across


def fingerprint_of(
    name: str,
    spots: Spots,
    frame: Frame,
    view: View,
    orientation: Orientation = Orientation.UPRIGHT,
    *,
    is_kept: bool,
) -> list[Fingerprint]:
    """Pack points in the layout `POINT`; [] without any. Quality is the share of cells, in percent, with one.

    `is_kept` says whether a reference may keep these points.
    """
    count = min(len(spots.bits), MOST_POINTS)
    if count == 0:
        return []
    points = np.zeros(count, RECORD)
    x, y, octaves, angles = spots.found[:count].T
    points["x"] = np.clip((x + frame.left) * (FULL / frame.width), 0, FULL)
    points["y"] = np.clip((y + frame.top) * (FULL / frame.height), 0, FULL)
    points["octave"] = octaves
    points["angle"] = angles * (256 / 360) % 256
    points["bits"] = spots.bits[:count]
    kept = count if is_kept else 0
    header = struct.pack(POINTS_HEADER, POINTS_VERSION, count, kept, frame.width, frame.height)
    used = len(np.unique(cells_of(spots.found[:count], spots.width, spots.height)))
    return [Fingerprint(name, header + points.tobytes(), 100 * used // CELLS**2, view, orientation)]
