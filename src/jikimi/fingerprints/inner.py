"""Finds the photograph inside a screenshot, a meme or a page, so that what surrounds it is not remembered.

Paper, that is a grey value shared by a large part of the whole picture to within what JPEG changes, hardly
occurs in photographs; letters and buttons are thin on it. What is densely anything else is the photograph.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

SAME: Final = 3
"""Grey levels by which JPEG moves the colour of paper."""

PAPER: Final = 0.04
"""A grey value is paper if this share of all pixels has it, give or take one level."""

SHARP: Final = 0.6
"""Of all pixels within five levels of paper, this share is within one: skies and walls are not so even."""

PAPERS: Final = 4
WINDOW: Final = 11
"""Pixels around each pixel over which density is measured, on a grid of 256."""

STRIDE: Final = 2
"""Every second pixel of a grid of 512 is looked at."""

DENSE: Final = 0.5
SMALLEST: Final = 0.08
"""A photograph fills at least this share of the page, or the page is remembered as a whole."""

SQUARE: Final = 0.5
"""A photograph fills at least this share of the rectangle around it; its own even parts look like paper."""

WHOLE: Final = 0.97


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle in pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


def photograph_in(grey: Grey) -> Window:
    """Return where the photograph is in a picture of about 512 pixels; everything if it is one itself."""
    everything = Window(0, 0, grey.shape[1], grey.shape[0])
    grey = np.ascontiguousarray(grey[::STRIDE, ::STRIDE])
    height, width = grey.shape
    paper = _paper(grey)
    if not paper.any():
        return everything
    ink = np.where(paper[grey], np.float32(0), np.float32(1))
    dense = cv2.blur(ink, (WINDOW, WINDOW), borderType=cv2.BORDER_REPLICATE) >= DENSE
    count, _, parts, _ = cv2.connectedComponentsWithStats(dense.astype(np.uint8), connectivity=4)
    if count <= 1:
        return everything
    left, top, across, down, filled = (int(value) for value in max(parts[1:], key=lambda part: int(part[4])))
    area = across * down
    if area < SMALLEST * width * height or area > WHOLE * width * height or filled < SQUARE * area:
        return everything
    return Window(STRIDE * left, STRIDE * top, STRIDE * (left + across), STRIDE * (top + down))


def _paper(grey: Grey) -> NDArray[np.bool_]:
    """Return for each of the 256 grey values whether it is the colour of paper."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    paper = np.zeros(256, np.bool_)
    for _ in range(PAPERS):
        around = np.convolve(counts, np.ones(3), "same")
        peak = int(around.argmax())
        if around[peak] < PAPER * grey.size:
            break
        near = slice(max(0, peak - SAME), peak + SAME + 1)
        paper[near] = around[peak] >= SHARP * counts[max(0, peak - 5) : peak + 6].sum()
        counts[near] = 0
    return paper
