"""Votes for where in which reference a sound may come from: pairs of peaks that lie at the same distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.vault.sound_pairs import OCTAVE, Pairs, hashes_of, pairs_of
from jikimi.vault.sound_shelf import SoundShelf

STEP: Final = 1.025
"""Tempi and pitches that are tried lie so far apart; half of it still finds."""

SLOWEST, FASTEST = -12, 9
DEEPEST, HIGHEST = -3, 3
"""Steps down and up: tempo 0.74 to 1.25, pitch alone 0.93 to 1.08."""

USUAL_STEPS: Final = 4
SELDOM: Final = 0.5

PIECE: Final = 938
"""Frames (15 s) that vote together: over longer ones a wrong tempo drifts out of the bins."""

BIN_BITS: Final = 3
BIN: Final = 1 << BIN_BITS
"""Frames in one bin of places to come from: 128 ms."""

BUDGET: Final = 160_000
"""Places looked at for each tempo and pitch. The rarest kinds of pairs come first: they say most."""

COMMON: Final = 100_000
"""A kind of pair that occurs more often says nothing."""

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


def grid() -> list[tuple[float, float, float]]:
    """Return tempi and pitches to try: both alike (speed), tempo alone, pitch alone; and at what cost.

    The cost is a share of the budget: speeds within a tenth are the ones people use, and other sound on top
    of those is found only by looking at many places (100 hours, 10 s under music as loud: 20 of 20 found at
    the whole budget, 18 at half; 25 % faster without music: 10 of 10 at half).
    """
    steps = range(SLOWEST, FASTEST + 1)
    speeds = [(STEP**step, STEP**step, 1.0 if abs(step) <= USUAL_STEPS else SELDOM) for step in steps]
    tempi = [(STEP**step, 1.0, SELDOM) for step in steps if step]
    pitches = [(1.0, STEP**step, SELDOM) for step in range(DEEPEST, HIGHEST + 1) if step]
    return speeds + tempi + pitches


def candidates_in(
    shelves: Sequence[SoundShelf], peaks: NDArray[np.void], most: int, budget: int = BUDGET
) -> list[Candidate]:
    """Return where the asked sound may come from: at most so many places, as many of each piece of it.

    `budget` is how many places are looked at for each tempo and pitch.
    """
    found: list[Candidate] = []
    frames = peaks["frame"]
    last = int(frames[-1]) if len(frames) else 0
    begins = range(0, max(1, last - PIECE // 2), PIECE)
    each = most // len(begins)
    whole = max(1, sum(len(shelf.times) for shelf in shelves))
    budgets = [budget * len(shelf.times) // (whole * len(begins)) for shelf in shelves]
    for begin in begins:
        end = begin + PIECE if begin + PIECE * 1.5 <= last else last + 1
        pairs = pairs_of(peaks[(frames >= begin) & (frames < end)], ASKED_FAN, SLACK)
        some = [
            one
            for number, shelf in enumerate(shelves)
            for tempo, pitch, cost in grid()
            for one in _voted(
                _Asking(shelf, number, begin, round(cost * budgets[number]), each), pairs, tempo, pitch
            )
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
    lows = shelf.starts[kinds]
    counts = shelf.starts[kinds + 1] - lows
    rare = np.nonzero((counts > 0) & (counts <= _most_common(counts, asking.budget)))[0]
    kinds, lows, counts = kinds[rare], lows[rare], counts[rare].astype(np.int64)
    total = int(counts.sum())
    if total < FEWEST_VOTES:
        return []
    # All in 32 bits: this is most of what a search costs. No sound is earlier than GAP: nothing is negative.
    shifts = np.round(times[rare] * tempo).astype(np.uint32)
    ends = np.cumsum(counts)
    rows = np.arange(total, dtype=np.uint32)
    rows += np.repeat(lows - (ends - counts).astype(np.uint32), counts)
    came = shelf.times[rows]
    came -= np.repeat(shifts, counts)
    came >>= BIN_BITS
    places = _crowded(came, int(shelf.begins[-1]) >> BIN_BITS)
    if not len(places):
        return []
    bins, votes, is_later = _heard(came, places, np.repeat(kinds, counts), asking.most)
    at = (bins << BIN_BITS) + np.where(is_later, BIN, BIN // 2)
    return [
        Candidate(count, asking.number, _owner(shelf, frame), frame, begin, tempo, pitch)
        for count, frame in zip(votes.tolist(), at.tolist(), strict=True)
    ]


def _most_common(counts: NDArray[np.uint32], budget: int) -> int:
    """Return how often a kind may occur so that all kinds as rare together stay within the budget."""
    if not len(counts):
        return 0
    many = np.bincount(np.minimum(counts, COMMON))
    within = np.cumsum(many * np.arange(len(many))) <= budget
    return int(np.count_nonzero(within)) - 1


def _crowded(came: NDArray[np.uint32], end: int) -> NDArray[np.uint32]:
    """Return the bins that have, with the next one, at least FEWEST_VOTES; NOBODY lies behind `end`."""
    if len(came) < FEWEST_VOTES:
        return came[:0]
    ordered = np.sort(came)
    firsts = ordered[: 1 - FEWEST_VOTES]
    is_crowded = (ordered[FEWEST_VOTES - 1 :] - firsts <= 1) & (firsts < end)
    return np.unique(firsts[is_crowded])


def _heard(
    came: NDArray[np.uint32], places: NDArray[np.uint32], kinds: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the crowded bins in which most kinds of pairs speak, their votes, whether the next bin speaks.

    A kind of pair has one vote for a place: the same two notes again and again are no surer than once.
    """
    is_wanted = np.zeros(int(places[-1]) + 2, np.bool_)
    is_wanted[places] = is_wanted[places + np.uint32(1)] = True
    chosen = np.nonzero(came < len(is_wanted))[0]
    chosen = chosen[is_wanted[came[chosen]]]
    marks = came[chosen].astype(np.int64) << KIND_BITS | kinds[chosen]
    marks.sort()
    is_first = np.ones(len(marks), np.bool_)
    np.not_equal(marks[1:], marks[:-1], out=is_first[1:])
    bins = marks[is_first] >> KIND_BITS
    changes = np.concatenate([[0], np.nonzero(np.diff(bins))[0] + 1, [len(bins)]])
    bins, votes = bins[changes[:-1]], np.diff(changes)
    later = np.zeros_like(votes)
    later[:-1] = np.where(np.diff(bins) == 1, votes[1:], 0)
    best = np.nonzero(votes + later >= FEWEST_VOTES)[0]
    if len(best) > most:
        best = best[np.argpartition(-(votes + later)[best], most)[:most]]
    return bins[best], (votes + later)[best], later[best] > 0


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
