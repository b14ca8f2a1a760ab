"""Takes sound apart into what is heard when and how high: band energies and peaks of the spectrum."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import (
    SOUND_BANDS,
    SOUND_DEEPEST,
    SOUND_FINE,
    SOUND_HIGHEST,
    SOUND_HOP,
    SOUND_LOWEST,
    SOUND_MARGIN,
    SOUND_PEAK,
    SOUND_RATE,
)

Samples = NDArray[np.float32]
Levels = NDArray[np.float32]

BAND_WINDOW: Final = 2048
PEAK_WINDOW: Final = 1024
BLOCK: Final = 512
"""Windows that are taken apart at once: what is held does not grow with the sound."""

PEAK_BLOCK: Final = 60 * SOUND_RATE // SOUND_HOP
AROUND: Final = (11, 15)
"""A peak is the highest of so many windows and so many lines of the spectrum."""

DEEPEST, HIGHEST = (round(hertz * PEAK_WINDOW / SOUND_RATE) for hertz in (SOUND_DEEPEST * 1.05, 3700.0))
FAINTEST: Final = 4.0
"""Power below which no line of the spectrum counts: less than the last bit of a sample."""

PEAK: Final = np.dtype(list(SOUND_PEAK))


def powers(samples: Samples, window: int, hop: int) -> Iterator[Levels]:
    """Yield power spectra of windows a hop apart, BLOCK × (window / 2 + 1) at once; 1 is a bit's noise."""
    if len(samples) < window:
        return
    shape = np.hanning(window).astype(np.float32)
    shape /= np.sqrt((shape**2).sum())
    views = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]
    for begin in range(0, len(views), BLOCK):
        # OpenCV's transform of many rows takes a fifth of the time of NumPy's.
        packed = cv2.dft(views[begin : begin + BLOCK] * shape, flags=cv2.DFT_ROWS)
        yield _power_of(np.asarray(packed, np.float32))


def _power_of(packed: Levels) -> Levels:
    """Return the power of each line of spectra that are packed as real, (real, imaginary)…, real."""
    squares = packed * packed
    power = np.empty((len(squares), squares.shape[1] // 2 + 1), np.float32)
    power[:, 0], power[:, -1] = squares[:, 0], squares[:, -1]
    np.add(squares[:, 1:-1:2], squares[:, 2:-1:2], out=power[:, 1:-1])
    return power


def band_energies(samples: Samples, hop: int) -> Levels:
    """Return the energy of every quarter of a band, margins included: windows × SOUND_FINE, linear."""
    width = np.log(SOUND_HIGHEST / SOUND_LOWEST) / (SOUND_BANDS + 1)
    steps = np.arange(SOUND_FINE + 1) / 4 - SOUND_MARGIN
    edges = SOUND_LOWEST * np.exp(width * steps) * BAND_WINDOW / SOUND_RATE
    whole = edges.astype(np.int64)
    part = (edges - whole).astype(np.float32)
    found = [np.zeros((0, SOUND_FINE), np.float32)]
    for power in powers(samples, BAND_WINDOW, hop):
        below = np.zeros((len(power), power.shape[1] + 1), np.float64)
        np.cumsum(power, axis=1, out=below[:, 1:])
        at_edges = below[:, whole] + part * power[:, whole]
        found.append(np.diff(at_edges, axis=1).astype(np.float32))
    return np.concatenate(found)


def peaks_of(samples: Samples, a_second: int) -> NDArray[np.void]:
    """Return the strongest peaks of each second, as records in order of time."""
    found = [np.zeros(0, PEAK)]
    spectra = list(_levels(samples))
    if not spectra:
        return found[0]
    # Lines are levelled over a minute at a time, so that neither a humming line nor an equaliser takes all.
    for begin in range(0, len(spectra), PEAK_BLOCK // BLOCK):
        levels = np.concatenate(spectra[begin : begin + PEAK_BLOCK // BLOCK])
        found.append(_peaks_in(levels, begin * BLOCK, a_second))
    return np.concatenate(found)


def _levels(samples: Samples) -> Iterator[Levels]:
    """Yield logarithms of the spectra's lines from DEEPEST to HIGHEST, and one line more on either side."""
    for power in powers(samples, PEAK_WINDOW, SOUND_HOP):
        yield np.log(power[:, DEEPEST - 1 : HIGHEST + 1] + FAINTEST)


def _peaks_in(levels: Levels, first: int, a_second: int) -> NDArray[np.void]:
    """Pick the peaks of a stretch that begins at window `first`."""
    even = levels - levels.mean(axis=0)
    highest = cv2.dilate(even, np.ones(AROUND, np.uint8))
    is_peak = (even >= highest) & (even > 0) & (levels > np.log(4 * FAINTEST))
    is_peak[:, [0, -1]] = False
    frames, lines = np.nonzero(is_peak)
    strengths = even[frames, lines]
    seconds = frames * SOUND_HOP // SOUND_RATE
    order = np.lexsort((-strengths, seconds))
    starts = np.searchsorted(seconds[order], seconds[order])
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order)) - starts
    chosen = ranks < a_second
    frames, lines, ranks = frames[chosen], lines[chosen], ranks[chosen]
    left, middle, right = (levels[frames, lines + step] for step in (-1, 0, 1))
    bend = np.minimum(left + right - 2 * middle, -1e-3)
    exact = lines + np.clip((left - right) / (2 * bend), -0.5, 0.5) + DEEPEST - 1
    records = np.zeros(len(frames), PEAK)
    records["frame"] = frames + first
    hertz = exact * SOUND_RATE / PEAK_WINDOW
    records["pitch"] = np.clip(np.round(256 * np.log2(hertz / SOUND_DEEPEST)), 0, 65535)
    records["rank"] = ranks
    return records
