"""Reads local fingerprints back into points: where in the picture, how large, how turned, what around."""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import LARGEST_GRID, MOST_POINTS, POINT, POINTS_HEADER, POINTS_VERSION

ORB: Final = "orb"
RECORD: Final = np.dtype(list(POINT))
HEADER: Final = struct.calcsize(POINTS_HEADER)
FULL: Final = 65535
COARSEST: Final = 7
BITS: Final = 256

Bits = NDArray[np.uint8]
Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Points:
    """Points of one picture: n × 2 pixels of its grid, n octaves, n angles (256 a turn), n × 32 bytes.

    `kept` is how many of them, from the first on, speak for the picture when it is a reference.
    """

    width: int
    height: int
    kept: int
    places: Numbers
    octaves: Numbers
    angles: Numbers
    bits: Bits

    def __len__(self) -> int:
        return len(self.bits)


def unpack(value: bytes) -> Points:
    """Read the value of a local fingerprint; BadMedia for what our own code would not have written."""
    records, kept, width, height = records_in(value)
    return points_from(records, kept, width, height)


def records_in(value: bytes) -> tuple[NDArray[np.void], int, int, int]:
    """Return the raw records, how many a reference keeps, and the grid's width and height in pixels."""
    if len(value) < HEADER:
        raise BadMedia("the local fingerprint is cut off; fingerprint the picture again")
    version, count, kept, width, height = struct.unpack_from(POINTS_HEADER, value)
    if version != POINTS_VERSION:
        raise BadMedia("the local fingerprint has another layout; fingerprint the picture again")
    is_sound = (
        count <= MOST_POINTS
        and kept <= count
        and 1 <= width <= LARGEST_GRID
        and 1 <= height <= LARGEST_GRID
        and len(value) == HEADER + count * RECORD.itemsize
    )
    if not is_sound:
        raise BadMedia("the local fingerprint is damaged; fingerprint the picture again")
    records = np.frombuffer(value, RECORD, offset=HEADER)
    if (records["octave"] > COARSEST).any():
        raise BadMedia("the local fingerprint is damaged; fingerprint the picture again")
    return records, kept, width, height


def points_from(records: NDArray[np.void], kept: int, width: int, height: int) -> Points:
    """Turn records into points of a grid of this size."""
    places = np.empty((len(records), 2), np.float32)
    places[:, 0] = records["x"] * (width / FULL)
    places[:, 1] = records["y"] * (height / FULL)
    return Points(
        width,
        height,
        kept,
        places,
        records["octave"].astype(np.float32),
        records["angle"].astype(np.float32),
        np.ascontiguousarray(records["bits"]),
    )


def chosen(points: Points, which: NDArray[np.bool_]) -> Points:
    """Return some of the points of a picture."""
    return Points(
        points.width,
        points.height,
        points.kept,
        points.places[which],
        points.octaves[which],
        points.angles[which],
        np.ascontiguousarray(points.bits[which]),
    )
