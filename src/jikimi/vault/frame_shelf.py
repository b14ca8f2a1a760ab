"""Holds the frames of many reference clips so that the nearest to any frame are found without reading all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault.frame_rows import Bits, FrameRows, Seconds
from jikimi.vault.sorted_bits import BYTES, listed

PROBES: Final = 8
"""Lists looked through for each row that is asked about."""

LISTS: Final = 1024
"""At most: each row is compared with the middle of every list when a shelf is made, 100,000 rows an hour."""

AT_ONCE: Final = 1 << 20
"""Pairs of an asked and a kept row that are compared at once: all of them may be near, 20 bytes each."""

_A_SECOND: Final = 100
"""Steps in which it is kept how long a row lasts, as in its fingerprint."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrameShelf:
    """Rows of references, list after list of similar ones; nothing on it ever moves.

    List l of `middles`, the index of what lies in their midst, holds rows `ends[l]` to `ends[l + 1]`; in each
    list rows stand in the order of references. `places` (ascending) says whose they are, `firsts` where each
    one's frames begin, one more at the end. Row r is a part of frame `frames[r]`, which is shown at
    `times[frames[r]]`. Rows `lasting` (ascending) last `lasts` hundredths of a second, most no time at all.
    37 bytes a row and 4 a frame, which has up to ten rows.
    """

    middles: faiss.IndexBinary
    ends: Numbers
    places: Numbers
    firsts: Numbers
    times: Seconds
    frames: NDArray[np.uint32]
    lasting: NDArray[np.uint32]
    lasts: NDArray[np.uint16]
    seen: NDArray[np.uint8]
    bits: Bits

    @property
    def size(self) -> int:
        """Return how many rows there are, wiped ones included."""
        return len(self.frames)


@dataclass(frozen=True, slots=True)
class FrameStock:
    """What goes on a shelf for one reference."""

    place: int
    rows: FrameRows


@dataclass(frozen=True, slots=True)
class Near:
    """Rows near queries, side by side: which query, which row, how many bits apart."""

    queries: Numbers
    rows: Numbers
    distances: NDArray[np.int32]


def shelve(stocks: Sequence[FrameStock]) -> FrameShelf:
    """Put the rows of references on a new shelf; their places must ascend."""
    bits = np.concatenate([stock.rows.bits for stock in stocks])
    middles, list_of = listed(bits, LISTS)
    order = np.argsort(list_of, kind="stable")
    lengths = np.bincount(list_of, minlength=middles.ntotal)
    each = [np.unique(stock.rows.at, return_inverse=True) for stock in stocks]
    firsts = np.concatenate([[0], np.cumsum([len(times) for times, _ in each])]).astype(np.int64)
    frames = np.concatenate([first + which for first, (_, which) in zip(firsts, each, strict=False)])
    lasts = np.round(np.concatenate([stock.rows.lasts for stock in stocks])[order] * _A_SECOND)
    lasting = np.flatnonzero(lasts)
    return FrameShelf(
        middles,
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([stock.place for stock in stocks], np.int64),
        firsts,
        np.concatenate([times for times, _ in each]),
        frames[order].astype(np.uint32),
        lasting.astype(np.uint32),
        lasts[lasting].astype(np.uint16),
        np.concatenate([stock.rows.seen for stock in stocks])[order],
        bits[order],
    )


def joined(shelves: Iterable[FrameShelf]) -> FrameShelf | None:
    """Copy several shelves, oldest first, onto one, without the wiped references; None if nobody is left."""
    stocks = [
        FrameStock(int(place), rows_at(shelf, which))
        for shelf in shelves
        for which, place in enumerate(shelf.places)
    ]
    left = [stock for stock in stocks if stock.rows.bits.any()]
    return shelve(left) if left else None


def rows_at(shelf: FrameShelf, which: int) -> FrameRows:
    """Gather the rows of the `which`-th reference on the shelf, in order of time."""
    mine = _rows_of(shelf, which)
    mine = mine[np.lexsort((shelf.seen[mine], shelf.frames[mine]))]
    lasts = np.zeros(len(mine), np.float32)
    is_lasting, which_lasts = _lasting(shelf, mine)
    lasts[is_lasting] = shelf.lasts[which_lasts] / _A_SECOND
    return FrameRows(shelf.times[shelf.frames[mine]], lasts, shelf.seen[mine], shelf.bits[mine])


def owners_of(shelf: FrameShelf, rows: Numbers) -> Numbers:
    """Return which reference on the shelf each of these rows belongs to."""
    return np.searchsorted(shelf.firsts, shelf.frames[rows], side="right") - 1


def nearest(shelf: FrameShelf, bits: Bits, farthest: int) -> Near:
    """Return rows at most `farthest` bits from q × 32 bytes; of a sorted shelf, nearly all of them.

    They come query by query, the list that is nearest first. Lists are gone through one after the other with
    all who ask there, so that each is read from memory once.
    """
    # Callers bring their own threads; OpenMP's would only wait for each other.
    faiss.omp_set_num_threads(1)
    probes = min(PROBES, len(shelf.ends) - 1)
    wanted = shelf.middles.search(bits, probes)[1].reshape(-1)
    found = list(_near_in_lists(shelf, bits, wanted, probes, farthest))
    nothing = np.empty(0, np.int64)
    asking, rows, apart = (
        np.concatenate(columns) for columns in zip((nothing, nothing, nothing), *found, strict=True)
    )
    order = np.argsort(asking, kind="stable")
    return Near(asking[order] // probes, rows[order], apart[order].astype(np.int32))


def wipe(shelf: FrameShelf, place: int) -> None:
    """Overwrite everything that belongs to one place, in memory, at once. Searches may be under way."""
    which = int(np.searchsorted(shelf.places, place))
    if which == len(shelf.places) or shelf.places[which] != place:
        return
    mine = _rows_of(shelf, which)
    shelf.lasts[_lasting(shelf, mine)[1]] = 0
    shelf.times[shelf.firsts[which] : shelf.firsts[which + 1]] = 0
    for column in (shelf.bits, shelf.seen):
        column[mine] = 0


def _near_in_lists(
    shelf: FrameShelf, bits: Bits, wanted: Numbers, probes: int, farthest: int
) -> Iterator[tuple[Numbers, Numbers, NDArray[np.int32]]]:
    """Yield what is near in each list: place in `wanted` (lists, `probes` a query), row, bits apart."""
    order = np.argsort(wanted, kind="stable")
    who = np.searchsorted(wanted[order], np.arange(len(shelf.ends)))
    pairs, apart = np.empty((AT_ONCE, 2), np.int64), np.empty(AT_ONCE, np.int32)
    for number in np.unique(wanted).tolist():
        first, end = int(shelf.ends[number]), int(shelf.ends[number + 1])
        for begin in range(first, end, AT_ONCE):
            kept = shelf.bits[begin : min(end, begin + AT_ONCE)]
            step = AT_ONCE // len(kept)
            for start in range(int(who[number]), int(who[number + 1]), step):
                asking = order[start : min(start + step, int(who[number + 1]))]
                asked = bits[asking // probes]
                count = faiss.match_hamming_thres(  # type: ignore[attr-defined]  # bound at run time
                    faiss.swig_ptr(asked),
                    faiss.swig_ptr(kept),
                    len(asked),
                    len(kept),
                    farthest,
                    BYTES,
                    faiss.swig_ptr(pairs),
                    faiss.swig_ptr(apart),
                )
                near = pairs[:count]
                yield asking[near[:, 0]], begin + near[:, 1], apart[:count].copy()


def _lasting(shelf: FrameShelf, rows: Numbers) -> tuple[NDArray[np.bool_], Numbers]:
    """Tell which of these rows last, and where it stands for how long."""
    which = np.searchsorted(shelf.lasting, rows)
    is_lasting = which < len(shelf.lasting)
    is_lasting[is_lasting] = shelf.lasting[which[is_lasting]] == rows[is_lasting]
    return is_lasting, which[is_lasting]


def _rows_of(shelf: FrameShelf, which: int) -> Numbers:
    """Return the rows of the `which`-th reference on the shelf, list by list."""
    begins, ends = (_first_of(shelf, one) for one in (which, which + 1))
    counts = ends - begins
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.asarray(np.repeat(begins, counts) + within, np.int64)


def _first_of(shelf: FrameShelf, which: int) -> Numbers:
    """Return in each list the first row of the `which`-th reference or a later one, by one binary search."""
    first = shelf.firsts[which]
    low, high = shelf.ends[:-1].copy(), shelf.ends[1:].copy()
    while (is_open := low < high).any():
        middle = (low + high) // 2
        is_before = is_open & (shelf.frames[np.minimum(middle, shelf.size - 1)] < first)
        low = np.where(is_before, middle + 1, low)
        high = np.where(is_open & ~is_before, middle, high)
    return low
