"""Holds the points of many references so that the nearest to any point are found without looking at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault.points import RECORD, Bits, Points, points_from
from jikimi.vault.sorted_bits import InList, addresses, indexed

PROBES: Final = 2
"""Lists looked through for each point that is asked about."""

SMALLEST_SORTED: Final = 1024
"""A picture asks with hundreds of points: read one by one, 2,000 take as long as 200,000 in lists."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Size:
    """The grid on which a reference's points were found, in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PointShelf:
    """Points of references side by side, reference after reference; nothing on it ever moves.

    `places` (ascending) says whose they are, `starts` where each one's points begin, one more at the end.
    `lists` are views on the descriptors where the index keeps them: point r is row `row_of[r]` of list
    `list_of[r]`. `middles` is the coarse index that a sorted one needs as long as it lives.
    """

    index: faiss.IndexBinary
    middles: faiss.IndexBinary
    places: NDArray[np.int64]
    sizes: tuple[Size, ...]
    starts: Rows
    x: NDArray[np.uint16]
    y: NDArray[np.uint16]
    octaves: NDArray[np.uint8]
    angles: NDArray[np.uint8]
    list_of: NDArray[np.uint16]
    row_of: InList
    lists: tuple[Bits, ...]

    @property
    def size(self) -> int:
        """Return how many points there are, wiped ones included."""
        return len(self.x)


@dataclass(frozen=True, slots=True)
class Stock:
    """What goes on a shelf for one reference."""

    place: int
    size: Size
    records: NDArray[np.void]


def shelve(stocks: Sequence[Stock]) -> PointShelf:
    """Put the points of references on a new shelf; their places must ascend."""
    records = np.concatenate([stock.records for stock in stocks])
    bits = np.ascontiguousarray(records["bits"])
    starts = np.concatenate([[0], np.cumsum([len(stock.records) for stock in stocks])]).astype(np.int64)
    middles, index, list_of = indexed(bits, PROBES, SMALLEST_SORTED)
    row_of, lists = addresses(index, list_of)
    return PointShelf(
        index,
        middles,
        np.array([stock.place for stock in stocks], np.int64),
        tuple(stock.size for stock in stocks),
        starts,
        records["x"].copy(),
        records["y"].copy(),
        records["octave"].copy(),
        records["angle"].copy(),
        list_of,
        row_of,
        lists,
    )


def joined(shelves: Iterable[PointShelf]) -> PointShelf:
    """Copy several shelves, oldest first, onto one, leaving out the references that were wiped."""
    stocks = [stock for shelf in shelves for stock in _stocks_of(shelf)]
    return shelve([stock for stock in stocks if stock.records["bits"].any()])


def points_at(shelf: PointShelf, which: int) -> Points:
    """Return the points of the `which`-th reference on the shelf."""
    records = _records_at(shelf, which)
    size = shelf.sizes[which]
    return points_from(records, len(records), size.width, size.height)


def nearest(shelf: PointShelf, bits: Bits, count: int) -> tuple[NDArray[np.int32], Rows]:
    """Return distances in bits and rows of the nearest points: q × count each, row -1 where there is none."""
    # Callers bring their own threads; OpenMP's would only wait for each other.
    faiss.omp_set_num_threads(1)
    apart, rows = shelf.index.search(bits, count)
    return apart, rows


def wipe(shelf: PointShelf, place: int) -> None:
    """Overwrite everything that belongs to one place, in memory, at once. Searches may be under way."""
    which = int(np.searchsorted(shelf.places, place))
    if which == len(shelf.places) or shelf.places[which] != place:
        return
    mine = slice(shelf.starts[which], shelf.starts[which + 1])
    for number, row in zip(shelf.list_of[mine], shelf.row_of[mine], strict=True):
        shelf.lists[number][row] = 0
    for column in (shelf.x, shelf.y, shelf.octaves, shelf.angles):
        column[mine] = 0


def _stocks_of(shelf: PointShelf) -> list[Stock]:
    """Take the references of a shelf down again."""
    return [
        Stock(int(place), shelf.sizes[which], _records_at(shelf, which))
        for which, place in enumerate(shelf.places)
    ]


def _records_at(shelf: PointShelf, which: int) -> NDArray[np.void]:
    """Gather the records of one reference."""
    mine = slice(shelf.starts[which], shelf.starts[which + 1])
    records = np.empty(shelf.starts[which + 1] - shelf.starts[which], RECORD)
    records["x"], records["y"] = shelf.x[mine], shelf.y[mine]
    records["octave"], records["angle"] = shelf.octaves[mine], shelf.angles[mine]
    lists = shelf.lists
    addresses = zip(shelf.list_of[mine].tolist(), shelf.row_of[mine].tolist(), strict=True)
    records["bits"] = [lists[number][row] for number, row in addresses]
    return records
