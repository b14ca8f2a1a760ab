"""Hashes parts of frames: PDQ's bits of a plainly shrunken picture, eight orientations from one transform."""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.fingerprints.pdq import COSINES, GRID, WAVES

Grey = NDArray[np.uint8]
Bits = NDArray[np.uint8]
Waves = NDArray[np.float32]

_COSINES: Final = COSINES.astype(np.float32)
_FLIP: Final = ((-1.0) ** np.arange(1, WAVES + 1)).astype(np.float32)
_MIDDLE: Final = (WAVES * WAVES - 1) // 2


def hashed(parts: Iterable[Grey]) -> list[tuple[Bits, int]]:
    """Return 32 bytes and the quality (0-100) of each part (H × W grey)."""
    grids = _grids(parts)
    return list(zip(_bits(_waves(grids)), _qualities(grids), strict=True))


def turned_hashes(parts: Iterable[Grey]) -> list[tuple[Bits, int]]:
    """Return 8 × 32 bytes, in the order of `Orientation`, and the quality of each part."""
    grids = _grids(parts)
    upright = _waves(grids)
    across, down = upright * _FLIP, upright * _FLIP[:, np.newaxis]
    both = across * _FLIP[:, np.newaxis]
    turned = np.stack(
        [upright, _swap(down), both, _swap(across), across, _swap(both), down, _swap(upright)], axis=1
    )
    bits = _bits(turned.reshape(-1, WAVES, WAVES)).reshape(len(grids), 8, -1)
    return list(zip(bits, _qualities(grids), strict=True))


def _grids(parts: Iterable[Grey]) -> Waves:
    """Shrink every part to 64 × 64."""
    small = [cv2.resize(part, (GRID, GRID), interpolation=cv2.INTER_AREA) for part in parts]
    return np.stack(small).astype(np.float32)


def _waves(grids: Waves) -> Waves:
    """Return 16 × 16 coefficients for each grid."""
    return np.asarray(_COSINES @ grids @ _COSINES.T, np.float32)


def _swap(waves: Waves) -> Waves:
    return waves.transpose(0, 2, 1)


def _bits(waves: Waves) -> Bits:
    """Return n × 32 bytes: which coefficients are above the median, as PDQ orders them."""
    flat = waves.reshape(len(waves), -1)
    median = np.partition(flat, _MIDDLE, axis=1)[:, _MIDDLE, np.newaxis]
    return np.packbits((flat > median)[:, ::-1], axis=1)


def _qualities(grids: Waves) -> list[int]:
    """Return 0-100 for each grid: how much changes from one sample to the next, as PDQ counts it."""
    down = np.abs(np.trunc(np.diff(grids, axis=1) * (100 / 255))).sum(axis=(1, 2))
    across = np.abs(np.trunc(np.diff(grids, axis=2) * (100 / 255))).sum(axis=(1, 2))
    return [min(100, int(total / 90)) for total in (down + across).tolist()]
