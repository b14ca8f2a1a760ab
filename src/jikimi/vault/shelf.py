"""Holds rows of fingerprints that never move, so that many can search while others are added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault.tiers import PDQ_BITS, PDQ_BYTES

Rows = NDArray[np.uint8]
Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Fingerprints side by side: n × 32 bytes, whose they are (ascending), whether a border was cut away."""

    index: faiss.IndexBinaryFlat
    places: Places
    trimmed: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Return how many rows there are, withdrawn ones included."""
        return len(self.places)

    @property
    def rows(self) -> Rows:
        """Return the fingerprints themselves, n × 32 bytes, not copied."""
        vector = self.index.xb  # type: ignore[attr-defined]  # bound at run time
        flat: Rows = faiss.rev_swig_ptr(vector.data(), self.size * PDQ_BYTES)
        return flat.reshape(self.size, PDQ_BYTES)


@dataclass(frozen=True, slots=True)
class Hit:
    """One row near a query: which query, whose row, which view, how many bits apart."""

    query: int
    place: int
    is_trimmed: bool
    distance: int


def shelve(rows: Rows, places: Places, trimmed: NDArray[np.bool_]) -> Shelf:
    """Put n × 32 bytes on a new shelf; `places` must ascend."""
    index = faiss.IndexBinaryFlat(PDQ_BITS)
    if len(rows):
        index.add(rows)
    return Shelf(index, places, trimmed)


def joined(shelves: Sequence[Shelf]) -> Shelf:
    """Copy several shelves, oldest first, onto one, leaving out the rows that were wiped."""
    rows = np.concatenate([shelf.rows for shelf in shelves])
    places = np.concatenate([shelf.places for shelf in shelves])
    trimmed = np.concatenate([shelf.trimmed for shelf in shelves])
    keep = rows.view(np.uint64).any(axis=1)
    return shelve(rows[keep], places[keep], trimmed[keep])


def wipe(shelf: Shelf, place: int) -> None:
    """Overwrite the rows of one place with zeros, in memory, at once. Searches may be under way.

    No picture worth comparing has this value: PDQ sets half of its bits.
    """
    first, last = np.searchsorted(shelf.places, np.array([place, place + 1], shelf.places.dtype))
    if first < last:
        shelf.rows[first:last] = 0


def hits(shelf: Shelf, queries: Rows, farthest: int) -> Iterator[Hit]:
    """Yield every row at most `farthest` bits from a query (q × 32 bytes), on the calling thread alone."""
    # Callers bring their own threads; OpenMP's would only wait for each other.
    faiss.omp_set_num_threads(1)
    ends, distances, found = shelf.index.range_search(queries, farthest + 1)
    asking = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
    for query, row, distance in zip(asking.tolist(), found.tolist(), distances.tolist(), strict=True):
        yield Hit(query, int(shelf.places[row]), bool(shelf.trimmed[row]), int(distance))
