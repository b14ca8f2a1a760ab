"""Holds the points of many references so that the nearest to any point are found without looking at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault.points import BITS, RECORD, Bits, Points, points_from

BYTES: Final = BITS // 8
SMALLEST_SORTED: Final = 16_384
"""Fewer points than this are compared one by one: that is as quick, and exact."""

LIST_LENGTH: Final = 512
MOST_LISTS: Final = 4096
LEARNT_FROM: Final = 32
"""Points a list's middle is learnt from."""

ROUNDS: Final = 2
PROBES: Final = 2
"""Lists looked through for each point that is asked about."""

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
    row_of: NDArray[np.uint32]
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
    middles, index, list_of = _sorted_index(bits) if len(bits) >= SMALLEST_SORTED else _plain_index(bits)
    row_of, lists = _addresses(index, list_of)
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


Indexed = tuple[faiss.IndexBinary, faiss.IndexBinary, NDArray[np.uint16]]
"""The coarse index (of a plain one: itself), the index, and which of its lists each point is in."""


def _plain_index(bits: Bits) -> Indexed:
    """Return an index that compares with every point: one list."""
    index = faiss.IndexBinaryFlat(BITS)
    index.add(bits)
    return index, index, np.zeros(len(bits), np.uint16)


def _sorted_index(bits: Bits) -> Indexed:
    """Return an index of lists of similar points."""
    count = min(MOST_LISTS, len(bits) // LIST_LENGTH)
    middles = _plain_index(_middles(bits, count))[0]
    faiss.omp_set_num_threads(1)
    list_of = middles.search(bits, 1)[1][:, 0].astype(np.uint16)
    index = faiss.IndexBinaryIVF(middles, BITS, count)
    index.own_fields = False
    index.is_trained = True
    index.nprobe = min(PROBES, count)
    order = np.argsort(list_of, kind="stable")
    ends = np.searchsorted(list_of[order], np.arange(count + 1))
    for number in range(count):
        ids = order[ends[number] : ends[number + 1]]
        if len(ids):
            codes = bits[ids]
            index.invlists.add_entries(number, len(ids), faiss.swig_ptr(ids), faiss.swig_ptr(codes))
    index.ntotal = len(bits)
    return middles, index, list_of


def _middles(bits: Bits, count: int) -> Bits:
    """Return `count` descriptors that lie in the midst of many: a few rounds of k-means by majority."""
    sample = bits[:: max(1, len(bits) // (count * LEARNT_FROM))]
    middles = np.ascontiguousarray(sample[:: len(sample) // count][:count])
    ones = np.unpackbits(sample, axis=1)
    for _ in range(ROUNDS):
        nearest_one = _plain_index(middles)[0].search(sample, 1)[1][:, 0]
        order = np.argsort(nearest_one, kind="stable")
        used, first = np.unique(nearest_one[order], return_index=True)
        sums = np.add.reduceat(ones[order], first, axis=0, dtype=np.int32)
        members = np.diff(np.append(first, len(order)))[:, np.newaxis]
        middles[used] = np.packbits(2 * sums > members, axis=1)
    return middles


def _addresses(
    index: faiss.IndexBinary, list_of: NDArray[np.uint16]
) -> tuple[NDArray[np.uint32], tuple[Bits, ...]]:
    """Return where in its list each point is, and views on the lists as the index holds them."""
    if not isinstance(index, faiss.IndexBinaryIVF):
        vector = index.xb  # type: ignore[attr-defined]  # bound at run time
        flat: Bits = faiss.rev_swig_ptr(vector.data(), len(list_of) * BYTES)
        return np.arange(len(list_of), dtype=np.uint32), (flat.reshape(-1, BYTES),)
    row_of = np.empty(len(list_of), np.uint32)
    views = []
    for number in range(index.nlist):
        length = index.invlists.list_size(number)
        if length == 0:
            views.append(np.empty((0, BYTES), np.uint8))
            continue
        ids = faiss.rev_swig_ptr(index.invlists.get_ids(number), length)
        row_of[ids] = np.arange(length)
        codes = faiss.rev_swig_ptr(index.invlists.get_codes(number), length * BYTES)
        views.append(codes.reshape(-1, BYTES))
    return row_of, tuple(views)
