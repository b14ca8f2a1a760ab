"""Votes for where in which reference a sound may come from: pairs of peaks that lie at the same distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.vault.sound_pairs import OCTAVE, Pairs, hashes_of, pairs_of
from jikimi.vault.sound_shelf import NOBODY, SoundShelf

STEP: Final = 1.025
"""Tempi and pitches that are tried lie so far apart; half of it still finds."""

SLOWEST, FASTEST = -12, 9
DEEPEST, HIGHEST = -3, 3
"""Steps down and up: tempo 0.74 to 1.25, pitch alone 0.93 to 1.08."""

PIECE: Final = 938
"""Frames (15 s) that vote together: over longer ones a wrong tempo drifts out of the bins."""

BIN: Final = 8
"""Frames in one bin of places to come from: 128 ms."""

BUDGET: Final = 160_000
"""Places looked at for each tempo and pitch. The rarest kinds of pairs come first: they say most."""

KIND_BITS: Final = 19
ALIKE: Final = 12
"""One step of tempo or pitch, in 256ths of an octave."""

BEFORE_NEXT: Final = 1800
"""Frames before a sound in which its beginning is meant; a piece is no longer than that at any tempo."""

FEWEST_VOTES: Final = 5
ASKED_FAN: Final = 12
SLACK: Final = 1.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where a piece may come from: frame `begin` of the asked is frame `at` of the shelf, at this speed."""

    votes: int
    shelf: int
    which: int
    at: int
    begin: int
    tempo: float
    pitch: float


def grid() -> list[tuple[float, float]]:
    """Return tempi and pitches to try: both alike (speed), tempo alone, pitch alone."""
    tempi = [STEP**step for step in range(SLOWEST, FASTEST + 1)]
    pitches = [STEP**step for step in range(DEEPEST, HIGHEST + 1) if step]
    return (
        [(tempo, tempo) for tempo in tempi]
        + [(tempo, 1.0) for tempo in tempi if tempo != 1.0]
        + [(1.0, pitch) for pitch in pitches]
    )


def candidates_in(shelves: Sequence[SoundShelf], peaks: NDArray[np.void], most: int) -> list[Candidate]:
    """Return where the asked sound may come from: at most so many places, as many of each piece of it."""
    found: list[Candidate] = []
    frames = peaks["frame"]
    last = int(frames[-1]) if len(frames) else 0
    begins = range(0, max(1, last - PIECE // 2), PIECE)
    each = most // len(begins)
    whole = max(1, sum(len(shelf.times) for shelf in shelves))
    budgets = [BUDGET * len(shelf.times) // (whole * len(begins)) for shelf in shelves]
    for begin in begins:
        end = begin + PIECE if begin + PIECE * 1.5 <= last else last + 1
        pairs = pairs_of(peaks[(frames >= begin) & (frames < end)], ASKED_FAN, SLACK)
        some = [
            one
            for number, shelf in enumerate(shelves)
            for tempo, pitch in grid()
            for one in _voted(_Asking(shelf, number, begin, budgets[number], each), pairs, tempo, pitch)
        ]
        found += _unlike(sorted(some, key=lambda one: -one.votes), each)
    return found


@dataclass(frozen=True, slots=True)
class _Asking:
    """Which shelf is asked for the piece that begins at this frame, and how much of it."""

    shelf: SoundShelf
    number: int
    begin: int
    budget: int
    most: int


def _voted(asking: _Asking, pairs: Pairs, tempo: float, pitch: float) -> list[Candidate]:
    """Count votes at one tempo and pitch."""
    shelf, begin = asking.shelf, asking.begin
    hashes, is_in_reach = hashes_of(pairs, tempo, pitch)
    kinds, times = hashes[is_in_reach], pairs.times[is_in_reach] - begin
    lows = shelf.starts[kinds].astype(np.int64)
    counts = shelf.starts[kinds + 1] - lows
    order = np.argsort(counts)
    order = order[: np.searchsorted(np.cumsum(counts[order]), asking.budget, "right")]
    lows, counts = lows[order], counts[order]
    total = int(counts.sum())
    if total < FEWEST_VOTES:
        return []
    shifts = np.round(times[order] * tempo).astype(np.int64)
    rows = np.arange(total) + np.repeat(lows - np.cumsum(counts) + counts, counts)
    where = shelf.times[rows]
    came = (where.astype(np.int64) - np.repeat(shifts, counts)) // BIN
    # A kind of pair has one vote for a place: the same two notes again and again are no surer than once.
    marks = (came << KIND_BITS | np.repeat(kinds[order], counts))[where != NOBODY]
    marks.sort()
    is_first = np.ones(len(marks), np.bool_)
    np.not_equal(marks[1:], marks[:-1], out=is_first[1:])
    bins = marks[is_first] >> KIND_BITS
    if not len(bins):
        return []
    changes = np.concatenate([[0], np.nonzero(np.diff(bins))[0] + 1, [len(bins)]])
    places, votes = bins[changes[:-1]], np.diff(changes)
    both = votes.copy()
    is_next = np.diff(places) == 1
    both[:-1][is_next] += votes[1:][is_next]
    if (best := np.nonzero(both >= FEWEST_VOTES)[0]).size > asking.most:
        best = best[np.argpartition(-both[best], asking.most)[: asking.most]]
    found = []
    for row in best:
        at = int(places[row] * BIN + (BIN if both[row] > votes[row] else BIN // 2))
        which = _owner(shelf, at)
        found.append(Candidate(int(both[row]), asking.number, which, at, begin, tempo, pitch))
    return found


def _owner(shelf: SoundShelf, at: int) -> int:
    """Return which reference on the shelf is at this frame; one that begins a little later if none is."""
    which = int(np.searchsorted(shelf.begins, at, "right")) - 1
    if which < 0:
        return 0
    # In the gap behind a sound the next one is meant: the asked one begins before it.
    is_behind = shelf.begins[which + 1] - at < BEFORE_NEXT if which + 1 < len(shelf.places) else False
    return which + 1 if is_behind else which


def _unlike(candidates: Sequence[Candidate], most: int) -> list[Candidate]:
    """Leave out what says nearly the same as one with more votes."""
    taken: list[Candidate] = []
    for one in candidates:
        if len(taken) == most:
            break
        is_new = all(
            abs(one.at - other.at) > 4 * BIN
            or one.shelf != other.shelf
            or abs(np.log2(one.tempo / other.tempo)) * OCTAVE > ALIKE
            or abs(np.log2(one.pitch / other.pitch)) * OCTAVE > ALIKE
            for other in taken
        )
        if is_new:
            taken.append(one)
    return taken
