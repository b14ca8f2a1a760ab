"""The live bank: every reference in force, searchable by many threads while others come and go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np

from jikimi.model.fingerprint import Fingerprint, Found, View
from jikimi.model.ports import IndexEntry
from jikimi.vault import tiers
from jikimi.vault.shelf import Shelf, hits, joined, shelve, wipe

GROWTH: Final = 8
"""A shelf is joined to the one before it when that is less than this many times as large."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is remembered of a reference besides its rows."""

    reference: str
    case: str
    digests: tuple[bytes, ...]


class LiveBank:
    """The port `Vault`, exact, in memory.

    Rows stand on shelves that never move. New ones go on a small shelf of their own, small shelves are
    joined as they pile up (so adding is cheap however large the bank), and a withdrawn reference loses its
    place at once and its rows are overwritten. Searches do not wait: they read the tuple of shelves
    once, and again only if a reference was replaced meanwhile.
    """

    def __init__(self) -> None:
        self._writing = Lock()
        self._seq = 0
        self._replacements = 0
        self._known: list[_Known | None] = []
        self._places: dict[str, int] = {}
        self._by_digest: dict[bytes, tuple[int, ...]] = {}
        self._shelves: tuple[Shelf, ...] = ()

    @property
    def seq(self) -> int:
        """Return the newest line of the reference log that is in force."""
        return self._seq

    def __len__(self) -> int:
        return len(self._places)

    def apply(self, entries: Sequence[IndexEntry]) -> None:
        """Take in lines of the log, in order; lines up to `seq` are known already and change nothing.

        A reference whose fingerprints are replaced can be found throughout: the new ones come first.
        """
        with self._writing:
            newest = {entry.reference: entry for entry in entries if entry.seq > self._seq}
            if not newest:
                return
            leaving = {name: self._places.pop(name) for name in newest if name in self._places}
            self._take_in([entry for entry in newest.values() if entry.fingerprints])
            self._replacements += any(newest[name].fingerprints for name in leaving)
            for place in leaving.values():
                self._withdraw(place)
            self._seq = max(entry.seq for entry in newest.values())

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first; [] when nothing is near."""
        replacements = self._replacements
        answers = self._answers(fingerprints)
        if replacements != self._replacements:
            # Who read the old shelves while a reference changed places may have met it in neither.
            with self._writing:
                answers = self._answers(fingerprints)
        by_reference: dict[str, list[Found]] = {}
        for answer in answers:
            by_reference.setdefault(answer.reference, []).append(answer)
        best = (tiers.simplest(several) for several in by_reference.values())
        return sorted((answer for answer in best if answer is not None), key=tiers.sureness)

    def compare(self, asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
        """Compare one picture with one reference, by the same rules; keys in the answer are empty."""
        return tiers.compare(asked, reference)

    def _answers(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return an answer for each fingerprint and row that agree."""
        digests = [one.value for one in fingerprints if one.algorithm == tiers.SHA256]
        answers = [
            tiers.identical(known.reference, known.case)
            for digest in digests
            for place in self._by_digest.get(digest, ())
            if (known := self._known[place]) is not None
        ]
        comparable = [one for one in fingerprints if tiers.is_comparable(one)]
        if not comparable:
            return answers
        queries = _rows(comparable)
        for shelf in self._shelves:
            for hit in hits(shelf, queries, tiers.FARTHEST):
                known = self._known[hit.place]
                if known is None:
                    continue
                view = View.TRIMMED if hit.is_trimmed else View.WHOLE
                answer = tiers.near(known.reference, known.case, comparable[hit.query], view, hit.distance)
                if answer is not None:
                    answers.append(answer)
        return answers

    def _take_in(self, entries: Iterable[IndexEntry]) -> None:
        """Give each reference a place and its rows a shelf, visible to searches when all is ready."""
        kept: list[Fingerprint] = []
        places: list[int] = []
        for entry in entries:
            digests = tuple(one.value for one in entry.fingerprints if one.algorithm == tiers.SHA256)
            place = len(self._known)
            self._known.append(_Known(entry.reference, entry.case, digests))
            self._places[entry.reference] = place
            for digest in digests:
                self._by_digest[digest] = (*self._by_digest.get(digest, ()), place)
            upright = [one for one in entry.fingerprints if tiers.is_kept(one)]
            kept += upright
            places += [place] * len(upright)
        if kept:
            trimmed = np.array([one.view is View.TRIMMED for one in kept])
            self._shelves = self._grown(shelve(_rows(kept), np.array(places, np.int32), trimmed))

    def _grown(self, newest: Shelf) -> tuple[Shelf, ...]:
        """Return the shelves with one more, joined with those before it that are not much larger."""
        first, size = len(self._shelves), newest.size
        while first and self._shelves[first - 1].size < GROWTH * size:
            first -= 1
            size += self._shelves[first].size
        if first == len(self._shelves):
            return (*self._shelves, newest)
        return (*self._shelves[:first], joined((*self._shelves[first:], newest)))

    def _withdraw(self, place: int) -> None:
        """Forget a reference: from here on no search returns it, and its fingerprints are overwritten."""
        known = self._known[place]
        self._known[place] = None
        if known is None:
            return
        for digest in known.digests:
            others = tuple(other for other in self._by_digest[digest] if other != place)
            if others:
                self._by_digest[digest] = others
            else:
                del self._by_digest[digest]
        for shelf in self._shelves:
            wipe(shelf, place)


def _rows(fingerprints: Sequence[Fingerprint]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Stack fingerprint values: n × 32 bytes."""
    flat = np.frombuffer(b"".join(one.value for one in fingerprints), np.uint8)
    return flat.reshape(len(fingerprints), tiers.PDQ_BYTES)
