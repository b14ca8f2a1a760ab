"""Proposes references whose numbers, given by a neural network, point the same way as a picture's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.errors import BadMedia
from jikimi.model.fingerprint import LIKENESS, LONGEST_HASH, MOST_NUMBERS, Fingerprint, Orientation, View
from jikimi.model.ports import IndexEntry

CANDIDATES: Final = 3
"""References proposed for each view that is asked about."""

FIRST_ROOM: Final = 256
BLOCK: Final = 4096
"""Rows that are compared at a time: their numbers fit into the processor's cache."""

Rows = NDArray[np.int8]
Candidates = Mapping[Orientation, frozenset[str]]


def is_askable(fingerprint: Fingerprint) -> bool:
    """Tell whether this holds a network's numbers."""
    return fingerprint.algorithm.startswith(LIKENESS)


def is_kept(fingerprint: Fingerprint) -> bool:
    """Tell whether a reference keeps this: upright, not magnified."""
    is_plain = fingerprint.view is not View.CLOSE and fingerprint.orientation is Orientation.UPRIGHT
    return is_plain and is_askable(fingerprint)


class LikenessBank:
    """Numbers of every reference in force, by network, searchable by many threads; a byte a number.

    It proposes, it never finds: what it names is laid over the picture like every other candidate. So a
    search that meets a change half way may only miss or try a reference too many.
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self._sheets: dict[str, _Sheet] = {}

    def apply(self, entries: Iterable[IndexEntry]) -> None:
        """Take in lines of the log, in order; of one reference the last line holds.

        Raises BadMedia for damaged numbers, before anything has changed.
        """
        newest = {entry.reference: entry for entry in entries}
        coming = [
            (entry.reference, one.algorithm, _row(one.value))
            for entry in newest.values()
            for one in entry.fingerprints
            if is_kept(one)
        ]
        with self._writing:
            sheets = dict(self._sheets)
            for _, algorithm, row in coming:
                sheets.setdefault(algorithm, _Sheet(len(row))).check(row)
            for sheet in sheets.values():
                for reference in newest:
                    sheet.wipe(reference)
            self._sheets = sheets
            for reference, algorithm, row in coming:
                sheets[algorithm].add(reference, row)

    def nearest(self, fingerprints: Sequence[Fingerprint]) -> Candidates:
        """Return which references to lay over the picture, by how it was turned when they came near."""
        found: dict[Orientation, frozenset[str]] = {}
        sheets = self._sheets
        for one in fingerprints:
            sheet = sheets.get(one.algorithm)
            if sheet is not None:
                near = sheet.nearest(_row(one.value), CANDIDATES)
                found[one.orientation] = found.get(one.orientation, frozenset()) | near
        return found


@dataclass(frozen=True, slots=True)
class _Room:
    """Rows, n × numbers, and one over the length of each, n."""

    rows: Rows
    shares: NDArray[np.float32]


class _Sheet:
    """Rows of one network. Rows of who has left are zero and are used again."""

    def __init__(self, numbers: int) -> None:
        self._owners: list[str | None] = []
        self._places: dict[str, list[int]] = {}
        self._free: list[int] = []
        self._room = _Room(np.zeros((FIRST_ROOM, numbers), np.int8), np.zeros(FIRST_ROOM, np.float32))

    def check(self, row: Rows) -> None:
        """Raise BadMedia for a row of another length."""
        if len(row) != self._room.rows.shape[1]:
            raise BadMedia("a network gave other numbers than before; fingerprint the picture again")

    def add(self, reference: str, row: Rows) -> None:
        """Write one row."""
        if not self._free:
            self._make_room()
        place = self._free.pop()
        self._room.rows[place] = row
        self._room.shares[place] = _share(row)
        self._owners[place] = reference
        self._places.setdefault(reference, []).append(place)

    def wipe(self, reference: str) -> None:
        """Overwrite all rows of one reference."""
        for place in self._places.pop(reference, []):
            self._owners[place] = None
            self._room.rows[place] = 0
            self._room.shares[place] = 0
            self._free.append(place)

    def nearest(self, row: Rows, most: int) -> frozenset[str]:
        """Return the owners of the `most` rows that point most nearly the same way."""
        self.check(row)
        count = len(self._owners)  # before the rows, of which there are never fewer
        rows, shares = self._room.rows[:count], self._room.shares[:count]
        asked = row.astype(np.float32)
        alike = np.empty(count, np.float32)
        for first in range(0, count, BLOCK):
            part = slice(first, first + BLOCK)
            # einsum, not a matrix product: callers bring their own threads, BLAS's would only spin.
            alike[part] = np.einsum("rn,n->r", rows[part].astype(np.float32), asked) * shares[part]
        best = np.argpartition(-alike, most - 1)[:most] if most < count else np.arange(count)
        owners = (self._owners[place] for place in best.tolist() if alike[place] > 0)
        return frozenset(owner for owner in owners if owner is not None)

    def _make_room(self) -> None:
        """Use the rows that are left, or twice as many; who is reading keeps the old ones."""
        first, room = len(self._owners), self._room
        if first == len(room.rows):
            twice = (np.concatenate([old, np.zeros_like(old)]) for old in (room.rows, room.shares))
            self._room = _Room(*twice)
        self._free = list(range(len(self._room.rows) - 1, first - 1, -1))
        self._owners += [None] * len(self._free)


def _row(value: bytes) -> Rows:
    """Read a value; BadMedia for what our own code would not have written."""
    if not LONGEST_HASH < len(value) <= MOST_NUMBERS:
        raise BadMedia("the network's numbers are damaged; fingerprint the picture again")
    return np.frombuffer(value, np.int8)


def _share(row: Rows) -> float:
    """Return one over the row's length, 0 for a row of zeros."""
    length = float(np.linalg.norm(row.astype(np.float32)))
    return 1 / length if length else 0.0
