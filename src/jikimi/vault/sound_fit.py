"""Lays an asked sound over a reference, bit by bit, and finds the speed, place and span that agree best."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import (
    SOUND_BANDS,
    SOUND_FINE,
    SOUND_HIGHEST,
    SOUND_LOWEST,
    SOUND_MARGIN,
    SOUND_RATE,
    SOUND_WORD,
)
from jikimi.vault.sound_value import Words

HALF: Final = 2
"""Rows of energies in the time of one word."""

REACH: Final = 5
"""Words by which a candidate may be off, to either side."""

TEMPI: Final = tuple(1 + 0.0055 * step for step in range(-2, 3))
PROMISING: Final = 0.13
"""Agreement at a coarse tempo below which no finer one is tried. Unrelated sounds
reach 0.1 in 15 s, copies 0.2."""

FINER: Final = (0.99725, 0.99862, 1.00138, 1.00275)
PITCHES: Final = (0.985, 1.015)
USUAL: Final = 0.12
"""Agreement (1: all bits, 0: half of them) that a span must exceed to grow."""

LOG_BAND: Final = float(np.log(SOUND_HIGHEST / SOUND_LOWEST)) / (SOUND_BANDS + 1)
"""Logarithm of the ratio of a band's edges."""

WORD_SECONDS: Final = SOUND_WORD / SOUND_RATE

Levels = NDArray[np.float32]
Sums = NDArray[np.float64]
Agreements = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """How time runs in the reference: word of the reference = tempo × row / HALF + shift; pitch apart."""

    tempo: float
    pitch: float
    shift: float


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a sound agrees: from word to word of the reference, and how much each does (NaN: silent)."""

    line: Line
    begin: int
    end: int
    same: Agreements = field(repr=False)

    @property
    def agreement(self) -> float:
        """Return how much agrees on average where the reference is heard: 1 all bits, 0 half of them."""
        heard = self.same[~np.isnan(self.same)]
        return float(heard.mean()) if len(heard) else 0.0

    @property
    def seconds(self) -> float:
        """Return how long the part of the reference is."""
        return (self.end - self.begin) * WORD_SECONDS

    @property
    def strength(self) -> float:
        """Return how hard this is to come by chance: agreement times the root of its seconds."""
        return self.agreement * float(np.sqrt(self.seconds))

    def part(self, begin: int, end: int) -> "Fit":
        """Return what of this lies between two words of the reference."""
        low, high = max(begin, self.begin), max(begin, min(end, self.end))
        return Fit(self.line, low, high, self.same[low - self.begin : high - self.begin])


def linear(energies: NDArray[np.uint8]) -> Sums:
    """Return sums over the bands up to each edge, rows × (SOUND_FINE + 1), from half decibels."""
    powers = np.float32(10.0) ** (energies.astype(np.float32) / 20)
    sums = np.zeros((len(powers), SOUND_FINE + 1), np.float64)
    np.cumsum(powers, axis=1, out=sums[:, 1:])
    return sums


def slopes(sums: Sums, pitch: float) -> Levels:
    """Return how much louder each band is than the next, rows × SOUND_BANDS, of sound that much higher."""
    quarters = 4 * np.log(pitch) / LOG_BAND
    edges = np.clip(4 * (np.arange(SOUND_BANDS + 2) + SOUND_MARGIN) + quarters, 0, SOUND_FINE)
    whole = np.minimum(edges.astype(np.int64), SOUND_FINE - 1)
    part = edges - whole
    at_edges = sums[:, whole] * (1 - part) + sums[:, whole + 1] * part
    bands: Levels = np.diff(at_edges, axis=1).astype(np.float32)
    return np.asarray(bands[:, :-1] - bands[:, 1:], np.float32)


def asked_words(slope: Levels, tempo: float, begin: float, count: int) -> Words:
    """Return words in the reference's time, HALF for each: from row `begin` on, 2 × `count` of them."""
    rows = begin + np.arange(-HALF, HALF * count) / tempo
    low = np.clip(np.floor(rows).astype(np.int64), 0, len(slope) - 2)
    part = np.clip(rows - low, 0, 1).astype(np.float32)[:, np.newaxis]
    levels = slope[low] * (1 - part) + slope[low + 1] * part
    bits = np.packbits(levels[HALF:] > levels[:-HALF], axis=1, bitorder="little")
    return np.ascontiguousarray(bits).view(np.uint32)[:, 0]


def agreements(kept: Words, asked: Words) -> Agreements:
    """Return of each pair of words how much agrees: 1 all bits, 0 half; 0 where the reference is silent."""
    same = 1 - np.bitwise_count(asked ^ kept).astype(np.float32) / (SOUND_BANDS // 2)
    return np.asarray(np.where(kept == 0, np.float32(0), same), np.float32)


def best_line(sums: Sums, kept: Words, start: Line) -> Line:
    """Return the line near `start` along which all rows agree best."""
    slope = slopes(sums, start.pitch)
    best = max((_shifted(slope, kept, start, start.tempo * one) for one in TEMPI), key=_first)
    if best[0] < PROMISING:
        return best[1]
    # A finer tempo, then the pitch.
    middle = best[1]
    best = max([best, *(_shifted(slope, kept, middle, middle.tempo * one) for one in FINER)], key=_first)
    for one in PITCHES:
        line = Line(best[1].tempo, start.pitch * one, best[1].shift)
        best = max(best, _shifted(slopes(sums, line.pitch), kept, line, line.tempo), key=_first)
    return best[1]


def _first(found: tuple[float, Line]) -> float:
    return found[0]


def _shifted(slope: Levels, kept: Words, line: Line, tempo: float) -> tuple[float, Line]:
    """Try places around a line, at this tempo: how much agrees, and where; it turns about the middle."""
    count = int(len(slope) * tempo / HALF)
    at = line.shift + (line.tempo - tempo) * len(slope) / 2 / HALF
    first = round(at) - REACH
    # The asked words lie on a grid of half words; its phase makes whole numbers of the reference's words.
    asked = asked_words(slope, tempo, (round(at) - at) * HALF / tempo, count)
    windows = np.lib.stride_tricks.sliding_window_view(_cut(kept, first, count + 2 * REACH + 1), count)
    best = (-1.0, line)
    for phase in range(HALF):
        phased = asked[phase::HALF][:count]
        heard = np.maximum((windows != 0).sum(axis=1), count // 3)
        score = agreements(windows, phased).sum(axis=1) / heard
        step = int(np.argmax(score))
        if score[step] > best[0]:
            moved = step - REACH - phase / HALF
            best = (float(score[step]), Line(tempo, line.pitch, at + moved))
    return best


def _cut(kept: Words, first: int, count: int) -> Words:
    """Return words from `first` on; silence before and behind the sound."""
    padded = np.zeros(count, np.uint32)
    low, high = max(first, 0), min(first + count, len(kept))
    if low < high:
        padded[low - first : high - first] = kept[low:high]
    return padded


def fit(sums: Sums, kept: Words, line: Line) -> Fit | None:
    """Follow a line through the whole of both sounds and return the span that agrees best."""
    length = len(sums)
    first = max(0, int(np.ceil(line.shift)))
    last = min(len(kept), int(line.tempo * (length - 1) / HALF + line.shift))
    if last - first < HALF:
        return None
    begin = (first - line.shift) * HALF / line.tempo
    asked = asked_words(slopes(sums, line.pitch), line.tempo, begin, last - first)[::HALF]
    same = agreements(kept[first:last], asked)
    low, high = _span(np.where(kept[first:last] == 0, 0, same - np.float32(USUAL)))
    if high <= low:
        return None
    heard = np.where(kept[first:last] == 0, np.float32(np.nan), same)
    return Fit(line, first + low, first + high, heard[low:high])


def _span(gains: NDArray[np.floating]) -> tuple[int, int]:
    """Return from where to where the sum is largest."""
    sums = np.concatenate([[0.0], np.cumsum(gains, dtype=np.float64)])
    lowest = np.minimum.accumulate(sums)
    high = int(np.argmax(sums - lowest))
    low = int(np.argmin(sums[: high + 1]))
    return low, high
