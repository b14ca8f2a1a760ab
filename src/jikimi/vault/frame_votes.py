"""Weighs how well two clips agree in time: frames vote for a speed and an offset."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.vault.frame_rows import FrameRows, distances

FARTHEST: Final = 64
"""Bits; of 5,005 pairs of unrelated clips the nearest two frames were 90 bits apart in 99.9 %."""

SPEEDS: Final = (1.0, 1.07, 0.93, 1.15, 0.87, 1.25, 0.8, 1.5, 0.67, 2.0, 0.5, -1.0)
"""How much faster the asked clip may run; -1 is backwards."""

BIN: Final = 0.6
"""Seconds within which times agree."""

GROUPS: Final = 8
"""Pairs of asked view and kept window that are looked at closely."""

NUDGES: Final = (-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6)
"""Seconds by which the voted offset may be wrong: votes are counted in bins."""

_ROOM: Final = 8.0
_NEW_FROM: Final = 24.0
_REPEATED: Final = 0.3
_PART: Final = 0.5
_MOST_PARTS: Final = 24
_APART: Final = 1.5
_SPREAD: Final = 1 << 20
_MARGIN: Final = 0.01
_NEAR_ENOUGH: Final = 0.3

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one asked view agrees with one window of a reference.

    `score` adds up the frames that agree, each by how near it is and how unlike the one before; `frames`
    counts them. `contrast` is by how many bits the frames are nearer where they agree than elsewhere in the
    reference: little where nothing moves. `sync` (-1 to 1) is how well what changes from frame to frame
    agrees; what stands still does not count, so that another take before the same background has little. None
    where fewer than two frames can be compared.
    """

    score: float
    frames: int
    distance: float
    contrast: float
    sync: float | None
    seen: int
    window: int
    speed: float
    query_span: tuple[float, float]
    reference_span: tuple[float, float]


def agreement(asked: FrameRows, kept: FrameRows, groups: Numbers) -> Agreement | None:
    """Return the best agreement among `groups`, each 16 × what was asked + window; None without one."""
    best: Agreement | None = None
    for group in groups.tolist():
        seen, window = group >> 4, group & 15
        found = _of_group(_only(asked, seen), _only(kept, window), seen, window)
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def likely_groups(seen: NDArray[np.uint8], windows: NDArray[np.uint8], apart: NDArray[np.int32]) -> Numbers:
    """Return the pairs of asked view and window with most near rows, given side by side, best first."""
    groups = (seen.astype(np.int64) << 4) | windows
    totals = np.bincount(groups, 1 - apart / (FARTHEST + _ROOM))
    order = np.argsort(-totals)[:GROUPS]
    return order[totals[order] > 0]


def _only(rows: FrameRows, seen: int) -> FrameRows:
    mine = rows.seen == seen
    return FrameRows(rows.at[mine], rows.lasts[mine], rows.seen[mine], rows.bits[mine])


def _of_group(asked: FrameRows, kept: FrameRows, seen: int, window: int) -> Agreement | None:
    """Vote for each speed; of all (speed, offset) the heaviest is right, if any is."""
    apart = distances(asked.bits, kept.bits)
    query, row = np.nonzero(apart <= FARTHEST)
    if not len(query):
        return None
    far = apart[query, row].astype(np.float64)
    weights = _novelty(asked)[query] * (1 - far / (FARTHEST + _ROOM))
    parts = np.minimum(_MOST_PARTS, 1 + (kept.lasts[row] / _PART).astype(np.int64))
    pair = np.repeat(np.arange(len(query)), parts)
    step = np.arange(len(pair)) - np.repeat(np.cumsum(parts) - parts, parts)
    when = kept.at[row][pair] + step * (kept.lasts[row] / np.maximum(1, parts - 1))[pair]
    order = np.argsort(-weights[pair], kind="stable")
    pair, when = pair[order], when[order]
    best, voters, speed = 0.0, np.empty(0, np.int64), 1.0
    for tried in SPEEDS:
        offsets = (when - tried * asked.at[query][pair]) / BIN
        for shift in (0.0, 0.5):
            score, chosen = _heaviest(np.floor(offsets + shift).astype(np.int64), query[pair], weights[pair])
            if score > best + 1e-6:
                best, voters, speed = score, chosen, tried
    if not len(voters):
        return None
    chosen_pairs, times = pair[voters], when[voters]
    mine = query[chosen_pairs]
    span = (float(asked.at[mine].min()), float((asked.at + asked.lasts)[mine].max()))
    return Agreement(
        best,
        len(mine),
        float(far[chosen_pairs].mean()),
        _contrast(apart, kept, mine, times, far[chosen_pairs]),
        _sync(asked, kept, span, speed, float(np.median(times - speed * asked.at[mine]))),
        seen,
        window,
        speed,
        span,
        (float(times.min()), float(times.max())),
    )


def _heaviest(bins: Numbers, query: Numbers, weights: Floats) -> tuple[float, Numbers]:
    """Return the heaviest bin's weight and its votes, one a query: votes must come heaviest first."""
    _, first = np.unique(bins * _SPREAD + query, return_index=True)
    names, which = np.unique(bins[first], return_inverse=True)
    totals = np.bincount(which, weights[first], len(names))
    winner = int(np.argmax(totals))
    return float(totals[winner]), first[which == winner]


def _novelty(asked: FrameRows) -> Floats:
    """Return how much each frame counts: a still scene counts once."""
    new = np.ones(len(asked))
    if len(asked) > 1:
        moved = np.bitwise_count(asked.bits[1:] ^ asked.bits[:-1]).sum(axis=1)
        new[1:] = np.minimum(1.0, _REPEATED + moved / _NEW_FROM)
    return new


def _contrast(
    apart: NDArray[np.uint16], kept: FrameRows, query: Numbers, times: NDArray[np.float32], far: Floats
) -> float:
    """Return by how many bits frames are nearer where they agree than anywhere else, on average."""
    gains = list(_gains(apart, kept, query, times, far))
    return float(np.mean(gains)) if gains else 0.0


def _gains(
    apart: NDArray[np.uint16], kept: FrameRows, query: Numbers, times: NDArray[np.float32], far: Floats
) -> Iterator[float]:
    for asking, time, distance in zip(query.tolist(), times.tolist(), far.tolist(), strict=True):
        elsewhere = (kept.at > time + _APART) | (kept.at + kept.lasts < time - _APART)
        if elsewhere.any():
            yield float(np.median(apart[asking, elsewhere])) - distance


def _sync(
    asked: FrameRows, kept: FrameRows, span: tuple[float, float], speed: float, offset: float
) -> float | None:
    """Return how well changes agree between two clips laid over each other, at the best of a few offsets.

    Each bit of each frame counts by how far it is from that bit's mean over all frames.
    """
    inside = (asked.at >= span[0] - _MARGIN) & (asked.at <= span[1] + _MARGIN)
    at, bits = asked.at[inside], np.unpackbits(asked.bits[inside], axis=1).astype(np.float32)
    best: float | None = None
    for nudge in NUDGES:
        rows, is_there = _rows_shown(kept, speed * at + (offset + nudge))
        if is_there.sum() > 1:
            one = bits[is_there]
            other = np.unpackbits(kept.bits[rows[is_there]], axis=1).astype(np.float32)
            found = _correlation(one - one.mean(axis=0), other - other.mean(axis=0))
            best = found if best is None else max(best, found)
    return best


def _rows_shown(kept: FrameRows, times: NDArray[np.float32]) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return which row is shown at each time, or nearest to it, and whether that is near enough."""
    before = np.maximum(0, np.searchsorted(kept.at, times, side="right") - 1)
    after = np.minimum(len(kept) - 1, before + 1)
    late, early = times - (kept.at + kept.lasts)[before], kept.at[after] - times
    rows = np.where((early < late) & (early >= 0), after, before)
    gap = np.maximum(kept.at[rows] - times, times - (kept.at + kept.lasts)[rows])
    return rows, gap <= _NEAR_ENOUGH


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size else 0.0
