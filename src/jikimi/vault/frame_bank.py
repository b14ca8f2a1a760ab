"""Finds reference clips by their frames: whole, in part, cropped, framed, turned, faster or slower."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import Fingerprint, Found
from jikimi.model.ports import IndexEntry
from jikimi.vault.frame_rows import FrameRows, distances, is_frames, is_of_reference, rows_in
from jikimi.vault.frame_shelf import FrameShelf, FrameStock, joined, nearest, owners_of, rows_at, shelve, wipe
from jikimi.vault.frame_tiers import STILL_LIKELY, answer, is_another_take, still_answer
from jikimi.vault.frame_votes import FARTHEST, agreement, likely_groups
from jikimi.vault.growth import grown
from jikimi.vault.tiers import PDQ_BYTES, is_comparable, sureness

CANDIDATES: Final = 8
"""References that are laid over the asked clip."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose rows stand at a place."""

    reference: str
    case: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Answers, surest first, and the references of which perhaps another take is seen."""

    answers: list[Found]
    doubted: frozenset[str]


@dataclass(frozen=True, slots=True)
class _View:
    """What one reference laid over the asked clip shows."""

    reference: str
    answer: Found | None
    is_doubted: bool


class FrameBank:
    """Frames of every reference clip in force, searchable by many threads while others come and go.

    An hour of reference takes 4 to 5.5 MB. Shelves never move; small ones are joined as they pile up; a
    withdrawn reference is overwritten at once.
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self._replacements = 0
        self._known: list[_Known | None] = []
        self._places: dict[str, int] = {}
        self._shelves: tuple[FrameShelf, ...] = ()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, reference: str) -> bool:
        return reference in self._places

    def apply(self, entries: Iterable[IndexEntry]) -> None:
        """Take in lines of the log, in order; of one reference the last line holds.

        A reference that is replaced can be found throughout. Raises BadMedia for a damaged fingerprint,
        before anything has changed.
        """
        newest = {entry.reference: entry for entry in entries}
        with self._writing:
            kept = [(entry, _kept(entry.fingerprints)) for entry in newest.values()]
            coming = [(entry, rows) for entry, rows in kept if rows is not None and len(rows)]
            leaving = [self._places.pop(name) for name in newest if name in self._places]
            stocks = []
            for entry, rows in coming:
                stocks.append(FrameStock(len(self._known), rows))
                self._places[entry.reference] = len(self._known)
                self._known.append(_Known(entry.reference, entry.case))
            if stocks:
                self._shelves = grown(self._shelves, shelve(stocks), joined)
            self._replacements += bool(leaving)
            for place in leaving:
                self._known[place] = None
                for shelf in self._shelves:
                    wipe(shelf, place)

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first; raises BadMedia for damaged ones."""
        return self.search_closely(fingerprints).answers

    def search_closely(self, fingerprints: Sequence[Fingerprint]) -> Seen:
        """Return what `search` does, and of which references perhaps another take is seen."""
        if not self._shelves:
            return Seen([], frozenset())
        replacements = self._replacements
        views = list(self._views(fingerprints))
        if replacements != self._replacements:
            # Who read the old shelves while a reference changed places may have met it in neither.
            with self._writing:
                views = list(self._views(fingerprints))
        best: dict[str, Found] = {}
        for found in sorted((one.answer for one in views if one.answer is not None), key=sureness):
            best.setdefault(found.reference, found)
        return Seen(list(best.values()), frozenset(one.reference for one in views if one.is_doubted))

    def _views(self, fingerprints: Sequence[Fingerprint]) -> Iterator[_View]:
        """Ask for clips, or for a picture that may be a still of one."""
        shelves = self._shelves
        clips = [one for one in fingerprints if is_frames(one) and not is_of_reference(one)]
        for clip in clips:
            yield from self._of_clip(shelves, rows_in(clip))
        if not clips:
            stills = [one for one in fingerprints if is_comparable(one)]
            for found in self._of_stills(shelves, stills):
                yield _View(found.reference, found, is_doubted=False)

    def _of_clip(self, shelves: Sequence[FrameShelf], asked: FrameRows) -> Iterator[_View]:
        """Lay the references with most near rows over the asked clip."""
        if not len(asked):
            return
        suspects = []
        for number, shelf in enumerate(shelves):
            near = nearest(shelf, asked.bits, FARTHEST)
            owners = owners_of(shelf, near.rows)
            for which, weight in _heaviest(owners, near.queries, asked, near.distances):
                mine = owners == which
                groups = likely_groups(
                    asked.seen[near.queries[mine]], shelf.seen[near.rows[mine]], near.distances[mine]
                )
                suspects.append((weight, number, which, groups))
        for _, number, which, groups in sorted(suspects, key=lambda one: -one[0])[:CANDIDATES]:
            known = self._known[int(shelves[number].places[which])]
            found = agreement(asked, rows_at(shelves[number], which), groups)
            if known is not None and found is not None:
                said = answer(known.reference, known.case, found)
                yield _View(known.reference, said, is_doubted=is_another_take(found))

    def _of_stills(self, shelves: Sequence[FrameShelf], stills: Sequence[Fingerprint]) -> Iterator[Found]:
        """Compare a picture with single frames."""
        if not stills:
            return
        bits = np.frombuffer(b"".join(one.value for one in stills), np.uint8).reshape(-1, PDQ_BYTES)
        for shelf in shelves:
            near = nearest(shelf, bits, STILL_LIKELY)
            owners = owners_of(shelf, near.rows)
            for which in np.unique(owners).tolist():
                mine = np.flatnonzero(owners == which)
                one = int(mine[np.argmin(near.distances[mine])])
                known, row = self._known[int(shelf.places[which])], int(near.rows[one])
                if known is not None:
                    turn = stills[int(near.queries[one])].orientation
                    place = (int(shelf.seen[row]), float(shelf.times[shelf.frames[row]]))
                    yield still_answer(known.reference, known.case, int(near.distances[one]), turn, *place)


def compare(asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Seen:
    """Compare one clip or picture with one reference clip; keys in the answer are empty.

    A reference clip may be what is asked too: of what was seen earlier only hashes of stills are left.
    """
    rows = _kept(asked)
    if rows is not None:
        found = _still_among(rows, [one for one in reference if is_comparable(one)])
        return Seen([] if found is None else [found], frozenset())
    if _kept(reference) is None:
        return Seen([], frozenset())
    bank = FrameBank()
    bank.apply([IndexEntry(1, "", "", tuple(reference))])
    return bank.search_closely(asked)


def _still_among(rows: FrameRows, stills: Sequence[Fingerprint]) -> Found | None:
    """Compare one reference clip with the hashes of stills of another."""
    if not len(rows) or not stills:
        return None
    bits = np.frombuffer(b"".join(one.value for one in stills), np.uint8).reshape(-1, PDQ_BYTES)
    apart = distances(bits, rows.bits)
    still, row = divmod(int(apart.argmin()), len(rows))
    if apart[still, row] > STILL_LIKELY:
        return None
    place = (int(rows.seen[row]), float(rows.at[row]))
    return still_answer("", "", int(apart[still, row]), stills[still].orientation, *place)


def _kept(fingerprints: Sequence[Fingerprint]) -> FrameRows | None:
    """Return the rows a reference keeps, None of one that is no clip."""
    for one in fingerprints:
        if is_of_reference(one):
            return rows_in(one)
    return None


def _heaviest(
    owners: NDArray[np.int64], queries: NDArray[np.int64], asked: FrameRows, apart: NDArray[np.int32]
) -> list[tuple[int, float]]:
    """Return the references with most frames of the asked clip near one of theirs, heaviest first."""
    order = np.argsort(apart, kind="stable")
    frame = np.searchsorted(np.unique(asked.at), asked.at)[queries[order]]
    _, first = np.unique((owners[order] << 20) | frame, return_index=True)
    chosen = order[first]
    totals = np.bincount(owners[chosen], 1 - apart[chosen] / (FARTHEST + 8))
    best = np.argsort(-totals)[:CANDIDATES]
    return [(int(which), float(totals[which])) for which in best if totals[which] > 0]
