"""Knows a picture again after re-encoding, resizing, turning, mirroring or adding a plain border.

PDQ is the perceptual hash that platforms and hash banks exchange. Written from its published
description: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.border import inside_of_border
from jikimi.model.fingerprint import Fingerprint, Kind, Orientation, Picture, View

Grey = NDArray[np.uint8]
Grids = NDArray[np.float32]
Waves = NDArray[np.float64]
Size = tuple[int, ...]
"""Height and width."""

GRID: Final = 64
WAVES: Final = 16

SHORTEST_SIDE: Final = 5
"""A picture with fewer pixels along a side has nothing to hold on to (as in the reference)."""


@dataclass(frozen=True, slots=True)
class Pdq:
    """PDQ of the whole picture and of what is inside a plain border, each turned in all eight ways."""

    name: str = field(default="pdq", init=False)
    kind: Kind = field(default=Kind.IMAGE, init=False)
    is_second_look: bool = field(default=False, init=False)

    def fingerprint(self, body: bytes, picture: Picture) -> list[Fingerprint]:  # noqa: ARG002 - the port gives both
        """Return eight fingerprints a view, the upright one first, each with the view's quality.

        A view of quality 0 (one plain colour, a faint gradient) is left out: its bits are noise. Low
        qualities above 0 are kept, so that a person can be told why such a picture cannot be found.
        """
        luma = np.frombuffer(picture.luma, np.uint8).reshape(picture.height, picture.width)
        declared = (picture.original_height, picture.original_width)
        found = _of_view(self.name, luma, declared, View.WHOLE)
        inner = inside_of_border(luma)
        if inner is not None:
            rows, columns = (
                round(part * whole / seen)
                for part, whole, seen in zip(inner.shape, declared, luma.shape, strict=True)
            )
            found += _of_view(self.name, inner, (rows, columns), View.TRIMMED)
        return found


def pdq_of(luma: Grey, declared: Size | None = None) -> tuple[bytes, int]:
    """Return the 32 bytes that other PDQ users exchange as 64 hex digits, and the quality 0-100.

    `luma` is height × width, 8-bit grey (ITU-R BT.601). Where it was scaled down, `declared` is the file's
    own height and width: PDQ filters pictures at full size, and the filter's reach is rounded there.
    """
    grid = _sampled(luma, declared or luma.shape, both_ways=False)
    return _bits_of(_waves_of(grid)[np.newaxis])[0], _quality_of(grid)


def _of_view(name: str, luma: Grey, declared: Size, view: View) -> list[Fingerprint]:
    """Fingerprint one view in all orientations."""
    if min(luma.shape) < SHORTEST_SIDE:
        return []
    grids = _mirrored_grids(luma, declared)
    quality = _quality_of(grids[0])
    if quality == 0:
        return []
    values = _bits_of(_turned(_waves_of(grids)))
    return [
        Fingerprint(name, value, quality, view, orientation)
        for orientation, value in zip(Orientation, values, strict=True)
    ]


def _mirrored_grids(luma: Grey, declared: Size) -> Grids:
    """Return 4 × 64 × 64 samples: of the picture as it is, flipped left to right, top to bottom, and both.

    Mirrored pictures are sampled afresh: PDQ samples a little off the middle, so that changing signs in one
    block of coefficients instead (as the paper does) ends up to 32 bits from the mirrored picture's own hash.
    """
    both = _sampled(luma, declared, both_ways=True)
    return np.stack([both[:GRID, :GRID], both[:GRID, GRID:], both[GRID:, :GRID], both[GRID:, GRID:]])


def _sampled(luma: Grey, declared: Size, *, both_ways: bool) -> Grids:
    """Return 64 × 64 samples of the twice box-filtered picture; both ways: 128 × 128, flipped ones behind."""
    down = _squeezed(luma, *_taps(luma.shape[0], declared[0], both_ways=both_ways))
    across = _squeezed(np.ascontiguousarray(down.T), *_taps(luma.shape[1], declared[1], both_ways=both_ways))
    return across.T


def _squeezed(lines: Grey | Grids, index: NDArray[np.intp], weights: Grids) -> Grids:
    """Filter and sample along the first axis: n × m in, samples × m out."""
    # einsum, not a matrix product: BLAS would start threads, which the sandbox forbids.
    squeezed: Grids = np.einsum("ot,otm->om", weights, lines.take(index, axis=0))
    return squeezed


@lru_cache(maxsize=64)
def _taps(length: int, declared: int, *, both_ways: bool) -> tuple[NDArray[np.intp], Grids]:
    """Return which of `length` lines each of the 64 samples is made of, and how much of each.

    Lines of a picture that was scaled down stand for several of the `declared` ones. Both ways: 64 more
    samples, of the same lines read from the last to the first.
    """
    index, weights = _taps_at_full_size(max(length, declared))
    if declared > length:
        index, weights = _gathered(index * length // declared, weights, length)
    if not both_ways:
        return index, weights
    return np.concatenate([index, length - 1 - index]), np.concatenate([weights, weights])


def _gathered(index: NDArray[np.intp], weights: Grids, length: int) -> tuple[NDArray[np.intp], Grids]:
    """Add up what one line (of `length`) gives to one sample: 64 × m in, 64 × fewer out."""
    first = index.min(axis=1, keepdims=True)
    width = int((index - first).max()) + 1
    place = index - first + width * np.arange(GRID)[:, np.newaxis]
    summed = np.bincount(place.ravel(), weights.ravel(), GRID * width).reshape(GRID, width)
    return np.minimum(first + np.arange(width), length - 1), summed.astype(np.float32)


def _taps_at_full_size(length: int) -> tuple[NDArray[np.intp], Grids]:
    """Return which lines each of the 64 samples is made of, and how much of each.

    Two passes of a moving average and the choice of every n-th line are one linear map: the filtered
    line at a sampling place is a weighted sum of its neighbours. Averages near an edge divide by the
    lines that are there.
    """
    window = -(-length // (2 * GRID))
    ahead = (window + 2) // 2 - 1
    behind = window - 1 - ahead
    line = np.arange(length)
    first, last = np.maximum(line - behind, 0), np.minimum(line + ahead, length - 1)
    share = 1 / (last - first + 1)
    share_before = np.concatenate(([0.0], np.cumsum(share)))

    centre = ((np.arange(GRID) + 0.5) * length / GRID).astype(np.intp)[:, np.newaxis]
    tap = centre - 2 * behind + np.arange(2 * window - 1)
    lowest = np.maximum(first[centre], tap - ahead)
    highest = np.minimum(last[centre], tap + behind)
    is_real = (tap >= 0) & (tap < length) & (lowest <= highest)
    summed = share_before[np.clip(highest + 1, 0, length)] - share_before[np.clip(lowest, 0, length)]
    weights = np.where(is_real, summed * share[centre], 0.0)
    return np.clip(tap, 0, length - 1), weights.astype(np.float32)


def _quality_of(grid: Grids) -> int:
    """Return 0-100: how much the samples change from one to the next, as the reference counts it."""
    down = np.trunc(np.diff(grid, axis=0) * (100 / 255))
    across = np.trunc(np.diff(grid, axis=1) * (100 / 255))
    return min(100, int((np.abs(down).sum() + np.abs(across).sum()) / 90))


def _cosines() -> Waves:
    """Return 16 × 64: the rows of the cosine transform from the second on. No mean, no fine detail."""
    frequency = np.arange(1, WAVES + 1)[:, np.newaxis]
    place = 2 * np.arange(GRID) + 1
    cosines: Waves = np.sqrt(2 / GRID) * np.cos(np.pi / (2 * GRID) * frequency * place)
    return cosines


COSINES: Final = _cosines()


def _waves_of(grids: Grids) -> Waves:
    """Return 16 × 16 coefficients for each grid: vertical frequency by row, horizontal by column."""
    waves: Waves = COSINES @ grids.astype(np.float64) @ COSINES.T
    return waves


def _turned(mirrored: Waves) -> Waves:
    """Return the coefficients of the eight turned pictures, in the order of Orientation: 8 × 16 × 16.

    A clockwise quarter turn is the mirror from top to bottom, then a swap of rows and columns.
    """
    upright, across, down, both = mirrored
    return np.stack([upright, down.T, both, across.T, across, both.T, down, upright.T])


def _bits_of(stack: Waves) -> list[bytes]:
    """Return 32 bytes for each block of coefficients: bit i is set where coefficient i is above the median.

    The median is the lower of the two middle ones; the first coefficient is the last bit, as in the
    reference's hex text.
    """
    flat = stack.reshape(len(stack), -1)
    middle = (flat.shape[1] - 1) // 2
    median = np.partition(flat, middle, axis=1)[:, middle, np.newaxis]
    packed = np.packbits((flat > median)[:, ::-1], axis=1)
    return [row.tobytes() for row in packed]
