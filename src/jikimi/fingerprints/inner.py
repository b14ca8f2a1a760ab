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

LIVELY: Final = 0.3
"""Not more than the rest of a photograph has the colours of paper: a coloured bar is none."""

GAP: Final = 3
FAINT: Final = 0.2
"""Less ink than this around a pixel, 3 × 3, and it belongs to the gap between two photographs."""

ALIKE: Final = 0.4
"""The parts of a collage are at least this share of the largest one."""

SQUARE: Final = 0.5
"""A photograph fills at least this share of the rectangle around it; its own even parts look like paper."""

SOLID: Final = 0.55
"""The outermost lines of a photograph are at least so dense; a line with an avatar and a name is not."""

THICK: Final = 7
"""Lines over which that is averaged."""

WHOLE: Final = 0.97
"""What fills more than this share of the page has nothing around it."""

SPILL: Final = 5
"""Grey levels over which skies and walls spread."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle in pixels; `right` and `bottom` are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


def photographs_in(grey: Grey) -> list[Window]:
    """Return where the photographs are in a picture of about 512 pixels, the largest first.

    One is the photograph on a page; several are a collage; [] means that the picture is one itself.
    """
    small = np.ascontiguousarray(grey[::STRIDE, ::STRIDE])
    papers = _papers(small)
    if not papers:
        return []
    busy = _ink(small, np.any(papers, axis=0))
    best = _dense_parts(busy)
    if not best and len(papers) > 1:
        # A dark photograph has even parts of its own: one colour alone may be the page's.
        best = _by_one_colour(small, papers, busy)
    return [Window(*(STRIDE * edge for edge in (one.left, one.top, one.right, one.bottom))) for one in best]


def _by_one_colour(grey: Grey, papers: list[NDArray[np.bool_]], busy: NDArray[np.float32]) -> list[Window]:
    """Return the photographs as the colour shows them that tells them from the page most clearly."""
    best: list[Window] = []
    clearest = 0.0
    for paper in papers:
        ink = _ink(grey, paper)
        found = [one for one in _dense_parts(ink) if _mean_in(busy, one) >= LIVELY]
        clarity = _clarity(ink, found) if found else 0.0
        if clarity > clearest:
            best, clearest = found, clarity
    return best


def _ink(grey: Grey, paper: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return 1 for each pixel that is not paper."""
    return np.where(paper[grey], np.float32(0), np.float32(1))


def _clarity(ink: NDArray[np.float32], windows: list[Window]) -> float:
    """Return how full of ink the windows are, plus how free of it the rest is: 0 to 2."""
    is_inside = np.zeros(ink.shape, np.bool_)
    for one in windows:
        is_inside[one.top : one.bottom, one.left : one.right] = True
    return float(ink[is_inside].mean() + 1 - ink[~is_inside].mean())


def _dense_parts(ink: NDArray[np.float32]) -> list[Window]:
    """Return the dense parts that look like photographs on a page, the largest first."""
    dense = cv2.blur(ink, (WINDOW, WINDOW), borderType=cv2.BORDER_REPLICATE) >= DENSE
    # The gaps of a collage are narrow, but nothing at all is in them.
    dense &= cv2.blur(ink, (GAP, GAP), borderType=cv2.BORDER_REPLICATE) >= FAINT
    parts = cv2.connectedComponentsWithStats(dense.astype(np.uint8), connectivity=4)[2][1:]
    found = []
    for left, top, across, down, filled in parts.tolist():
        if filled >= max(SQUARE * across * down, SMALLEST * ink.size):
            one = _tightened(ink, Window(left, top, left + across, top + down))
            if SMALLEST * ink.size <= _area(one) <= WHOLE * ink.size:
                found.append(one)
    found.sort(key=_area, reverse=True)
    return [one for one in found if _area(one) >= ALIKE * _area(found[0])]


def _mean_in(values: NDArray[np.floating], window: Window) -> float:
    return float(values[window.top : window.bottom, window.left : window.right].mean())


def _area(window: Window) -> int:
    return (window.right - window.left) * (window.bottom - window.top)


def _tightened(ink: NDArray[np.float32], window: Window) -> Window:
    """Cut away thin lines at the edges: names, buttons and outlines that touch the photograph."""
    left, top, right, bottom = window.left, window.top, window.right, window.bottom
    first, last = _solid(ink[top:bottom, left:right].mean(axis=1))
    top, bottom = top + first, top + last
    if top >= bottom:
        return Window(left, top, left, top)
    first, last = _solid(ink[top:bottom, left:right].mean(axis=0))
    return Window(left + first, top, left + last, bottom)


def _solid(density: NDArray[np.float32]) -> tuple[int, int]:
    """Return first and end of the lines that are left when thin ones are cut away at both ends."""
    # The outline of a box is dense, too, but thin.
    solid = np.flatnonzero(np.convolve(density, np.ones(THICK) / THICK, "same") >= SOLID)
    return (int(solid[0]), int(solid[-1]) + 1) if solid.size else (0, 0)


def _papers(grey: Grey) -> list[NDArray[np.bool_]]:
    """Return for each colour of paper which of the 256 grey values are it."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    papers = []
    for _ in range(PAPERS):
        around = np.convolve(counts, np.ones(3), "same")
        peak = int(around.argmax())
        if around[peak] < PAPER * grey.size:
            break
        near = slice(max(0, peak - SAME), peak + SAME + 1)
        if around[peak] >= SHARP * counts[max(0, peak - SPILL) : peak + SPILL + 1].sum():
            papers.append(np.zeros(256, np.bool_))
            papers[-1][near] = True
        counts[near] = 0
    return papers
