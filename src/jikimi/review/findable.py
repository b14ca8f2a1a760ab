"""How well a reference can be found, judged by what its fingerprints hold: said when it is added, not after.

The limits are those of the search: what it does not compare, it cannot find.
"""

import struct
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from jikimi.model.fingerprint import POINTS_HEADER, POINTS_VERSION, Fingerprint, Orientation, View

LOWEST_HASH_QUALITY: Final = 50
"""The search does not compare hashes of a lower quality; a test holds both to the same number."""

FEWEST_POINTS: Final = 100
"""Of crops of 0.6 × 0.6, 14 % were found where a reference keeps 40 to 99 points, 62 % with 100 to 199, and
94 % with more than 256 (200 photographs, many of them blurred); see docs/benchmarks.md."""

LOWEST_SPREAD: Final = 20
"""Percent of the picture's cells with a point: below this, most crops hold nothing to know them by."""


TIMED: Final = frozenset({"frames", "sound"})
"""What clips and sounds are known by: many frames with windows of each, or every twentieth of a second."""


class Findable(StrEnum):
    """Which copies of a reference can be found."""

    WELL = "whole, changed, cropped or pasted in"
    BY_HASH = "by its hash only: cropped or pasted-in copies will be missed"
    BY_POINTS = "by its points only: never as certain, and not in what was seen earlier"
    BY_BYTES = "by identical bytes only: it cannot be matched beyond them"

    @property
    def is_weak(self) -> bool:
        """Tell whether some copies will be missed that are found of other references."""
        return self is not Findable.WELL


def findable(fingerprints: Sequence[Fingerprint]) -> Findable:
    """Judge a reference by its fingerprints. Damaged ones count as none."""
    if any(one.algorithm in TIMED for one in fingerprints):
        return Findable.WELL
    has_points = any(_has_enough_points(one) for one in fingerprints)
    has_hash = any(_is_compared(one) for one in fingerprints)
    if has_points:
        return Findable.WELL if has_hash else Findable.BY_POINTS
    return Findable.BY_HASH if has_hash else Findable.BY_BYTES


def points_kept(fingerprints: Sequence[Fingerprint]) -> int:
    """Return how many points a reference keeps, however they are spread."""
    headers = [_header_of(one) for one in fingerprints]
    return max((header[2] for header in headers if header is not None), default=0)


def proportion_of_reference(fingerprints: Sequence[Fingerprint]) -> float | None:
    """Return the original's width over its height as its points tell it; None without points."""
    for one in fingerprints:
        header = _header_of(one)
        if header is not None:
            _, _, _, width, height = header
            return width / height if width and height else None
    return None


def _is_compared(fingerprint: Fingerprint) -> bool:
    is_upright = fingerprint.orientation is Orientation.UPRIGHT
    return fingerprint.algorithm == "pdq" and is_upright and fingerprint.quality >= LOWEST_HASH_QUALITY


def _has_enough_points(fingerprint: Fingerprint) -> bool:
    header = _header_of(fingerprint)
    if header is None or fingerprint.view is View.CLOSE or fingerprint.orientation is not Orientation.UPRIGHT:
        return False
    _, _, kept, _, _ = header
    return kept >= FEWEST_POINTS and fingerprint.quality >= LOWEST_SPREAD


def _header_of(fingerprint: Fingerprint) -> tuple[int, ...] | None:
    """Return layout, points, points kept, width and height; None for what holds no points."""
    if fingerprint.algorithm != "orb" or len(fingerprint.value) < struct.calcsize(POINTS_HEADER):
        return None
    header = struct.unpack_from(POINTS_HEADER, fingerprint.value)
    return header if header[0] == POINTS_VERSION else None
