"""Holds the frames of many reference clips so that the nearest to any frame are found without reading all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault.frame_rows import Bits, FrameRows, Seconds
from jikimi.vault.sorted_bits import InList, addresses, indexed

PROBES: Final = 8
"""Lists looked through for each row that is asked about."""

LISTS: Final = 1024
"""At most: each row is compared with the middle of every list when a shelf is made, 100,000 rows an hour."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrameShelf:
    """Rows of references side by side, reference after reference; nothing on it ever moves.

    `places` (ascending) says whose they are, `starts` where each one's rows begin, one more at the end.
    Row r is row `row_of[r]` of list `list_of[r]`; `middles` is the coarse index that a sorted one needs.
    54 bytes a row.
    """

    index: faiss.IndexBinary
    middles: faiss.IndexBinary
    places: Numbers
    starts: Numbers
    at: Seconds
    lasts: Seconds
    seen: NDArray[np.uint8]
    list_of: NDArray[np.uint16]
    row_of: InList
    lists: tuple[Bits, ...]

    @property
    def size(self) -> int:
        """Return how many rows there are, wiped ones included."""
        return len(self.at)


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
    starts = np.concatenate([[0], np.cumsum([len(stock.rows) for stock in stocks])]).astype(np.int64)
    middles, index, list_of = indexed(bits, PROBES, LISTS)
    row_of, lists = addresses(index, list_of)
    return FrameShelf(
        index,
        middles,
        np.array([stock.place for stock in stocks], np.int64),
        starts,
        np.concatenate([stock.rows.at for stock in stocks]),
        np.concatenate([stock.rows.lasts for stock in stocks]),
        np.concatenate([stock.rows.seen for stock in stocks]),
        list_of,
        row_of,
        lists,
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
    """Gather the rows of the `which`-th reference on the shelf."""
    mine = slice(shelf.starts[which], shelf.starts[which + 1])
    lists = shelf.lists
    pairs = zip(shelf.list_of[mine].tolist(), shelf.row_of[mine].tolist(), strict=True)
    bits = np.array([lists[number][row] for number, row in pairs], np.uint8).reshape(-1, 32)
    return FrameRows(shelf.at[mine], shelf.lasts[mine], shelf.seen[mine], bits)


def nearest(shelf: FrameShelf, bits: Bits, farthest: int) -> Near:
    """Return rows at most `farthest` bits from q × 32 bytes; of a sorted shelf, nearly all of them."""
    # Callers bring their own threads; OpenMP's would only wait for each other.
    faiss.omp_set_num_threads(1)
    ends, apart, rows = shelf.index.range_search(bits, farthest + 1)
    asking = np.repeat(np.arange(len(bits)), np.diff(ends.astype(np.int64)))
    return Near(asking, rows, apart.astype(np.int32))


def wipe(shelf: FrameShelf, place: int) -> None:
    """Overwrite everything that belongs to one place, in memory, at once. Searches may be under way."""
    which = int(np.searchsorted(shelf.places, place))
    if which == len(shelf.places) or shelf.places[which] != place:
        return
    mine = slice(shelf.starts[which], shelf.starts[which + 1])
    for number, row in zip(shelf.list_of[mine], shelf.row_of[mine], strict=True):
        shelf.lists[number][row] = 0
    for column in (shelf.at, shelf.lasts, shelf.seen):
        column[mine] = 0
