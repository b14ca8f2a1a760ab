"""Finds the plain border around a picture, so that a frame or black bars do not hide it from the search."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]

PLAIN: Final = 5.0
"""Mean distance from the border's own grey, in grey levels, up to which a line of pixels is plain."""

DEEPEST_CUT: Final = 0.45
"""A plain strip deeper than this share of the side is part of the picture, not a border."""

THINNEST_CUT: Final = 0.01
"""A strip thinner than this share of the side is left alone: the fingerprint does not see it."""

SMALLEST_REST: Final = 0.25
"""What lies inside must fill this share of the area, or nothing is cut."""

RIPPLE: Final = 0.02
"""How far into a border, as a share of the side, a JPEG block carries the picture's edge."""

SHORTEST_RIPPLE: Final = 8
"""A JPEG block is eight pixels wide."""

SAMPLES: Final = 128
"""Pixels looked at on each line, at least."""

ROUNDS: Final = 2
"""Bars inside a frame need a second look."""


def inside_of_border(luma: Luma) -> Luma | None:
    """Return the part inside a plain border as a view on `luma` (height × width), or None without one.

    Each side is judged for itself: lines of pixels that stay near the grey of the outermost line belong
    to the border, which bears JPEG noise but no gradient, pattern or caption.
    """
    inner = luma
    for _ in range(ROUNDS):
        before = inner.size
        top, bottom = _plain_ends(inner[:, :: _step(inner.shape[1])])
        inner = inner[top : inner.shape[0] - bottom]
        columns = cv2.transpose(inner[:: _step(inner.shape[0])])
        left, right = _plain_ends(np.asarray(columns, np.uint8))
        inner = inner[:, left : inner.shape[1] - right]
        if inner.size == before:
            break
    if inner.size == luma.size or inner.size < SMALLEST_REST * luma.size:
        return None
    return inner


def _step(length: int) -> int:
    """Return how far apart the pixels to look at may be on a line this long."""
    return max(1, length // SAMPLES)


def _plain_ends(lines: Luma) -> tuple[int, int]:
    """Count the plain lines at the beginning and at the end."""
    height = lines.shape[0]
    reach = int(DEEPEST_CUT * height) + 1
    first = _plain_lines(lines[:reach], lines[0], height)
    last = _plain_lines(lines[height - reach :], lines[-1], height, from_the_end=True)
    return first, last


def _plain_lines(strip: Luma, edge: Luma, height: int, *, from_the_end: bool = False) -> int:
    """Count the plain lines of `strip` from its outer `edge` on; 0 where they are too few or too many."""
    grey = np.sort(edge)[edge.size // 2]
    if _distance(edge[np.newaxis], grey)[0] > PLAIN:
        return 0
    distance = _distance(strip, grey)
    if from_the_end:
        distance = distance[::-1]
    busy = np.flatnonzero(distance > PLAIN)
    if busy.size == 0:
        return 0
    plain = _start_of_picture(distance, int(busy[0]), height)
    return 0 if plain < THINNEST_CUT * height else plain


def _start_of_picture(distance: NDArray[np.float32], busy: int, height: int) -> int:
    """Return the first line of the picture, behind the ripples a coarse JPEG throws into the border."""
    ahead = distance[busy : busy + max(SHORTEST_RIPPLE, int(RIPPLE * height))]
    return busy + int(np.argmax(ahead > min(ahead.max() / 2, 3 * PLAIN)))


def _distance(lines: Luma, grey: np.uint8) -> NDArray[np.float32]:
    """Return each line's mean distance from `grey`."""
    samples = np.ascontiguousarray(lines)
    apart = cv2.absdiff(samples, np.full_like(samples, grey))
    return cv2.reduce(apart, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).astype(np.float32, copy=False)[:, 0]
