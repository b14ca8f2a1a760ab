"""Holds references that never move, so that many can search while others are added."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
from numpy.typing import NDArray

from jikimi.vault import multi_index
from jikimi.vault.contents import Columns, Contents, Rows
from jikimi.vault.tiers import PDQ_BITS, PDQ_BYTES

MANY: Final = 1024
"""Queries at once from which a shelf without tables gets some for just these: 60,000 rows take 0.1 s."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """References with their fingerprints. Nothing is added; who leaves is overwritten where it stands."""

    contents: Contents
    gone: NDArray[np.bool_]
    index: faiss.IndexBinaryFlat
    tables: multi_index.Tables | None

    @property
    def size(self) -> int:
        """Return how many PDQ rows there are, withdrawn ones included."""
        return len(self.contents.owners)

    @property
    def weight(self) -> int:
        """Return what copying it would cost: references or rows, whichever are more."""
        return max(self.size, len(self.gone))


@dataclass(frozen=True, slots=True)
class Hit:
    """One row near a query: which query, which reference of the shelf, which view, how many bits apart."""

    query: int
    owner: int
    is_trimmed: bool
    distance: int


def shelve(contents: Contents, indexed_from: int) -> Shelf:
    """Put references on a new shelf, with tables from so many rows on. The rows are copied once."""
    index = faiss.IndexBinaryFlat(PDQ_BITS)
    gone = np.zeros(contents.size, np.bool_)
    if not len(contents.rows):
        return Shelf(contents, gone, index, None)
    index.add(contents.rows)
    rows = _rows_in(index, len(contents.rows))
    tables = multi_index.tabulate(rows) if len(rows) >= indexed_from else None
    return Shelf(contents.with_rows(rows), gone, index, tables)


def hits(shelf: Shelf, queries: Rows, farthest: int) -> Iterator[Hit]:
    """Yield every row at most `farthest` bits from a query (q × 32 bytes), on the calling thread alone."""
    if not shelf.size:
        return
    tables = shelf.tables
    if tables is None and len(queries) >= MANY:
        tables = multi_index.tabulate(shelf.contents.rows)
    if tables is not None and farthest <= multi_index.FARTHEST:
        near = multi_index.look_up(tables, shelf.contents.rows, queries, farthest)
    else:
        near = _read_all(shelf, queries, farthest)
    columns = (near.queries.tolist(), near.rows.tolist(), near.distances.tolist())
    for query, row, distance in zip(*columns, strict=True):
        owner = int(shelf.contents.owners[row])
        if not shelf.gone[owner]:
            yield Hit(query, owner, bool(shelf.contents.trimmed[row]), distance)


def holders(shelf: Shelf, digest: bytes) -> list[int]:
    """Return the references of the shelf that have this SHA-256."""
    contents = shelf.contents
    words = np.frombuffer(digest, np.uint64)
    begin, end = (int(np.searchsorted(contents.digests[0], words[0], side)) for side in ("left", "right"))
    owners = (
        int(contents.digest_owners[n]) for n in range(begin, end) if (contents.digests[:, n] == words).all()
    )
    return [owner for owner in owners if not shelf.gone[owner]]


def owners_of(shelf: Shelf, references: Columns) -> list[int]:
    """Return where on the shelf references stand, given as 2 × n words; who is not there is left out."""
    firsts = shelf.contents.references[0]
    begin, end = (np.searchsorted(firsts, references[0], side) for side in ("left", "right"))
    return [
        place
        for n in np.flatnonzero(begin < end).tolist()
        for place in range(int(begin[n]), int(end[n]))
        if not shelf.gone[place] and shelf.contents.references[1, place] == references[1, n]
    ]


def wipe(shelf: Shelf, owner: int) -> None:
    """Forget one reference: overwrite its fingerprints in memory, at once. Searches may be under way.

    What is left until the shelf is copied is its label, and that somebody stood there.
    """
    contents = shelf.contents
    shelf.gone[owner] = True
    first, end = np.searchsorted(contents.owners, np.array([owner, owner + 1], contents.owners.dtype))
    if shelf.tables is not None:
        multi_index.forget(shelf.tables, contents.rows, range(int(first), int(end)))
    contents.rows[first:end] = 0
    for place in np.flatnonzero(contents.digest_owners == owner).tolist():
        # The first column is searched and must ascend, so it repeats what stands before.
        contents.digests[0, place] = contents.digests[0, place - 1] if place else 0
        contents.digests[1:, place] = 0


def _read_all(shelf: Shelf, queries: Rows, farthest: int) -> multi_index.Near:
    """Compare all rows with all queries."""
    # Callers bring their own threads; OpenMP's would only wait for each other.
    faiss.omp_set_num_threads(1)
    ends, distances, found = shelf.index.range_search(queries, farthest + 1)
    asking = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
    return multi_index.Near(asking, found, distances.astype(np.int64))


def _rows_in(index: faiss.IndexBinaryFlat, count: int) -> Rows:
    """Return the rows inside an index, n × 32 bytes, not copied. They live as long as the index."""
    flat: Rows = faiss.rev_swig_ptr(index.xb.data(), count * PDQ_BYTES)  # type: ignore[attr-defined]  # bound at run time
    return flat.reshape(count, PDQ_BYTES)
