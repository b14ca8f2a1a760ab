"""Sorts rows of 256 bits into lists of similar ones, so that the nearest are found without reading all."""

from math import isqrt
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
InList = NDArray[np.unsignedinteger[Any]]

BITS: Final = 256
BYTES: Final = BITS // 8
SMALLEST_SORTED: Final = 16_384
"""Fewer points than this are compared one by one: exact, and quick enough for few questions."""

LIST_LENGTH: Final = 512
"""Points in a list, at most; fewer where that leaves less to read: the middles are read, too."""

MOST_LISTS: Final = 4096
LEARNT_FROM: Final = 32
"""Points a list's middle is learnt from."""

ROUNDS: Final = 2


Indexed = tuple[faiss.IndexBinary, faiss.IndexBinary, NDArray[np.uint16]]
"""The coarse index (of a plain one: itself), the index, and which of its lists each point is in."""


def indexed(bits: Bits, probes: int, smallest_sorted: int) -> Indexed:
    """Index n × 32 bytes: few as they are, many in lists, of which `probes` are looked through at a query."""
    return _sorted_index(bits, probes) if len(bits) >= smallest_sorted else plain(bits)


def plain(bits: Bits) -> Indexed:
    """Return an index that compares with every point: one list."""
    index = faiss.IndexBinaryFlat(BITS)
    index.add(bits)
    return index, index, np.zeros(len(bits), np.uint16)


def listed(bits: Bits, most_lists: int) -> tuple[faiss.IndexBinary, NDArray[np.uint16]]:
    """Return the index of the lists' middles, and in which list each of n × 32 bytes belongs.

    Few rows are one list, in the middle of which nobody's row lies.
    """
    if len(bits) < SMALLEST_SORTED:
        return plain(np.zeros((1, BYTES), np.uint8))[0], np.zeros(len(bits), np.uint16)
    return _lists(bits, most_lists)


def _lists(bits: Bits, most_lists: int) -> tuple[faiss.IndexBinary, NDArray[np.uint16]]:
    """Return the index of the lists' middles, and in which list each row belongs."""
    count = min(most_lists, max(isqrt(len(bits)), len(bits) // LIST_LENGTH))
    middles = plain(_middles(bits, count))[0]
    faiss.omp_set_num_threads(1)
    return middles, middles.search(bits, 1)[1][:, 0].astype(np.uint16)


def _sorted_index(bits: Bits, probes: int) -> Indexed:
    """Return an index of lists of similar points."""
    middles, list_of = _lists(bits, MOST_LISTS)
    count = middles.ntotal
    index = faiss.IndexBinaryIVF(middles, BITS, count)
    index.own_fields = False
    index.is_trained = True
    index.nprobe = min(probes, count)
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
        nearest_one = plain(middles)[0].search(sample, 1)[1][:, 0]
        order = np.argsort(nearest_one, kind="stable")
        used, first = np.unique(nearest_one[order], return_index=True)
        sums = np.add.reduceat(ones[order], first, axis=0, dtype=np.int32)
        members = np.diff(np.append(first, len(order)))[:, np.newaxis]
        middles[used] = np.packbits(2 * sums > members, axis=1)
    return middles


def addresses(index: faiss.IndexBinary, list_of: NDArray[np.uint16]) -> tuple[InList, tuple[Bits, ...]]:
    """Return where in its list each point is, and views on the lists as the index holds them.

    Places are as narrow as the longest list allows: two bytes a point, in nearly every bank.
    """
    if not isinstance(index, faiss.IndexBinaryIVF):
        vector = index.xb  # type: ignore[attr-defined]  # bound at run time
        flat: Bits = faiss.rev_swig_ptr(vector.data(), len(list_of) * BYTES)
        return np.arange(len(list_of), dtype=_narrow(len(list_of))), (flat.reshape(-1, BYTES),)
    longest = int(np.bincount(list_of).max(initial=0))
    row_of = np.empty(len(list_of), _narrow(longest))
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


def _narrow(length: int) -> type[np.unsignedinteger[Any]]:
    """Return the type that holds every place in a list of this length."""
    return np.uint16 if length <= np.iinfo(np.uint16).max + 1 else np.uint32
