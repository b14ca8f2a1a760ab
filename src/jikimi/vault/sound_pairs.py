"""Joins peaks of a sound in pairs: how high, how far apart in pitch and in time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

OCTAVE: Final = 256
WIDEST: Final = OCTAVE
"""Farthest apart in pitch: an octave."""

PITCH_STEP: Final = OCTAVE // 16
APART_STEP: Final = OCTAVE // 24
NEAREST, FARTHEST = 3, 63
"""Frames apart, in the reference's time."""

PITCHES: Final = 80
APARTS: Final = 2 * (WIDEST // APART_STEP) + 3
TIMES: Final = 64
HASHES: Final = PITCHES * APARTS * TIMES
"""How many kinds of pairs there are."""

LOOKED_THROUGH: Final = 60
"""Peaks after the first of a pair among which the second may be."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of peaks: when and how high the first is, how much later and higher the second; n of each.

    `rank` is how many peaks of the same second are stronger than the fainter of the two.
    """

    times: Ints
    pitches: Ints
    later: Ints
    higher: Ints
    rank: Ints

    def __len__(self) -> int:
        return len(self.times)


def pairs_of(peaks: NDArray[np.void], fan: int, slack: float = 1.0) -> Pairs:
    """Join each peak with the next `fan` in reach; `slack` widens the reach for sound at other tempi."""
    times, pitches = peaks["frame"].astype(np.int64), peaks["pitch"].astype(np.int64)
    ranks = peaks["rank"].astype(np.int64)
    partners = np.zeros(len(times), np.int64)
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, min(LOOKED_THROUGH, len(times))):
        later = times[step:] - times[:-step]
        higher = np.abs(pitches[step:] - pitches[:-step])
        is_near = (later >= NEAREST / slack) & (later <= FARTHEST * slack) & (higher <= WIDEST)
        chosen = np.nonzero(is_near & (partners[:-step] < fan))[0]
        partners[chosen] += 1
        firsts.append(chosen)
        seconds.append(chosen + step)
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    return Pairs(
        times[first],
        pitches[first],
        times[second] - times[first],
        pitches[second] - pitches[first],
        np.maximum(ranks[first], ranks[second]),
    )


def hashes_of(
    pairs: Pairs, tempo: float = 1.0, pitch: float = 1.0
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the kind of each pair before it was played so much faster and higher; which are in reach."""
    lowered = pairs.pitches - round(OCTAVE * float(np.log2(pitch)))
    later = np.round(pairs.later * tempo).astype(np.int64)
    rows = lowered // PITCH_STEP
    is_in_reach = (rows >= 0) & (rows < PITCHES) & (later >= NEAREST) & (later <= FARTHEST)
    columns = np.round(pairs.higher / APART_STEP).astype(np.int64) + APARTS // 2
    return (rows * APARTS + columns) * TIMES + later, is_in_reach
