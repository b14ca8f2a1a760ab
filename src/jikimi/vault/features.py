"""Finds references by points they share with a picture: cropped, turned, captioned or pasted in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType
from typing import Final

import numpy as np

from jikimi.model.fingerprint import MOST_KEPT_POINTS, Fingerprint, Found, Orientation, View
from jikimi.model.ports import IndexEntry
from jikimi.vault.frame_rows import is_frames
from jikimi.vault.growth import grown
from jikimi.vault.parts import agreement
from jikimi.vault.point_shelf import PointShelf, Size, Stock, joined, points_at, shelve, wipe
from jikimi.vault.points import ORB, chosen, records_in, unpack
from jikimi.vault.tiers import sureness
from jikimi.vault.verify import fit
from jikimi.vault.votes import neighbours, shared_points, surest, votes_for

CANDIDATES: Final = 6
"""References that are laid over the asked picture, for each of its local fingerprints."""

FEWEST_VOTES: Final = 4.0
"""True copies get 6 votes or more (99 % of them 9), unknown pictures 2 on average; 85 and 99 pictures, 2,500
references. With 2.5 five references were laid over an unknown picture, with 4 three."""


Candidates = Mapping[Orientation, frozenset[str]]
"""References that something else proposes, by how the asked picture was turned."""

NOBODY: Final[Candidates] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose points stand at a place."""

    reference: str
    case: str


def is_askable(fingerprint: Fingerprint) -> bool:
    """Tell whether this is a local fingerprint."""
    return fingerprint.algorithm == ORB


def is_kept(fingerprint: Fingerprint) -> bool:
    """Tell whether a reference may keep points of this: upright, not magnified."""
    is_plain = fingerprint.view is not View.CLOSE and fingerprint.orientation is Orientation.UPRIGHT
    return is_plain and is_askable(fingerprint)


def is_page(fingerprints: Iterable[Fingerprint]) -> bool:
    """Tell whether a photograph was cut out of the picture, which is then a page around it."""
    return any(is_askable(one) and one.view is View.TRIMMED for one in fingerprints)


def stock_of(place: int, fingerprint: Fingerprint) -> Stock:
    """Read what a reference keeps of a local fingerprint; raises BadMedia for a damaged one."""
    records, kept, width, height = records_in(fingerprint.value)
    return Stock(place, Size(width, height), records[: min(kept, MOST_KEPT_POINTS)])


class FeatureBank:
    """Points of every reference in force, searchable by many threads while others come and go.

    A reference takes about 14 KB. Shelves never move; small ones are joined as they pile up; a withdrawn
    reference is overwritten at once.
    """

    def __init__(self, group_of: Callable[[str], str] = str) -> None:
        """`group_of` names the group of cases that a case belongs to: they have pictures in common."""
        self._group_of = group_of
        self._writing = Lock()
        self._replacements = 0
        self._known: list[_Known | None] = []
        self._places: dict[str, list[int]] = {}
        self._shelves: tuple[PointShelf, ...] = ()

    def __len__(self) -> int:
        return len(self._places)

    def apply(self, entries: Iterable[IndexEntry]) -> None:
        """Take in lines of the log, in order; of one reference the last line holds.

        A reference whose fingerprints are replaced can be found throughout. Raises BadMedia for a damaged
        fingerprint, before anything has changed.
        """
        newest = {entry.reference: entry for entry in entries}
        with self._writing:
            stocks, known = self._read(newest.values())
            leaving = [place for name in newest for place in self._places.pop(name, ())]
            for stock, (reference, case) in zip(stocks, known, strict=True):
                self._known.append(_Known(reference, case))
                self._places.setdefault(reference, []).append(stock.place)
            if stocks:
                self._shelves = grown(self._shelves, shelve(stocks), joined)
            self._replacements += bool(leaving)
            for place in leaving:
                self._known[place] = None
                for shelf in self._shelves:
                    wipe(shelf, place)

    def search(self, fingerprints: Sequence[Fingerprint], proposed: Candidates = NOBODY) -> list[Found]:
        """Return at most one answer a reference, the surest first; raises BadMedia for damaged ones.

        Proposed references are laid over the picture besides those with most votes.
        """
        replacements = self._replacements
        answers = self._answers(fingerprints, proposed)
        if replacements != self._replacements:
            # Who read the old shelves while a reference changed places may have met it in neither.
            with self._writing:
                answers = self._answers(fingerprints, proposed)
        by_reference: dict[str, list[Found]] = {}
        for answer in answers:
            by_reference.setdefault(answer.reference, []).append(answer)
        return sorted((max(several, key=_sureness) for several in by_reference.values()), key=sureness)

    def _answers(self, fingerprints: Sequence[Fingerprint], proposed: Candidates) -> list[Found]:
        """Ask for each local fingerprint in turn."""
        shelves = self._shelves
        standing = {turned: self._standing(shelves, names) for turned, names in proposed.items()}
        return [
            answer
            for one in fingerprints
            if is_askable(one)
            for answer in self._seen(shelves, one, standing.get(one.orientation, frozenset()))
        ]

    def _standing(
        self, shelves: Sequence[PointShelf], references: Iterable[str]
    ) -> frozenset[tuple[int, int]]:
        """Return shelf and which, for each of these references that is there."""
        places = [place for reference in references for place in self._places.get(reference, ())]
        found = set()
        for number, shelf in enumerate(shelves):
            for place in places:
                which = int(np.searchsorted(shelf.places, place))
                if which < len(shelf.places) and shelf.places[which] == place:
                    found.add((number, which))
        return frozenset(found)

    def _seen(
        self, shelves: Sequence[PointShelf], fingerprint: Fingerprint, proposed: frozenset[tuple[int, int]]
    ) -> list[Found]:
        """Lay the references with most votes, and those proposed, over the asked picture."""
        asked = unpack(fingerprint.value)
        if len(asked) == 0:
            return []
        near = [neighbours(shelf, asked) for shelf in shelves]
        is_shared = shared_points(near, self._owner_of) if near else np.zeros(len(asked), np.bool_)
        votes = [
            (count, number, which)
            for number, one in enumerate(near)
            for count, which in votes_for(one, asked, is_shared, CANDIDATES, FEWEST_VOTES)
        ]
        if is_shared.any():
            asked = chosen(asked, ~is_shared)
        answers = []
        voted = surest(votes, CANDIDATES)
        for number, which in (*voted, *sorted(proposed.difference(voted))):
            shelf = shelves[number]
            known = self._known[shelf.places[which]]
            kept = points_at(shelf, which)
            found = None if known is None else fit(asked, kept)
            if known is None or found is None:
                continue
            answer = agreement(known.reference, known.case, fingerprint, asked, kept, found)
            if answer is not None:
                answers.append(answer)
        return answers

    def _owner_of(self, place: int) -> str | None:
        """Return to which group of cases the points at a place belong."""
        known = self._known[place]
        return None if known is None else self._group_of(known.case)

    def _read(self, entries: Iterable[IndexEntry]) -> tuple[list[Stock], list[tuple[str, str]]]:
        """Read the points of new references; those without any are left out. Clips keep several stills."""
        stocks: list[Stock] = []
        known = []
        for entry in entries:
            for fingerprint in filter(is_kept, entry.fingerprints):
                stock = stock_of(len(self._known) + len(stocks), fingerprint)
                if len(stock.records):
                    stocks.append(stock)
                    known.append((entry.reference, entry.case))
                    if not any(map(is_frames, entry.fingerprints)):
                        break
        return stocks, known


def compare(asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
    """Compare one picture with one reference by their points; keys in the answer are empty."""
    answers = []
    for kept_one in filter(is_kept, reference):
        stock = stock_of(0, kept_one)
        if not len(stock.records):
            continue
        kept = points_at(shelve([stock]), 0)
        for one in filter(is_askable, asked):
            points = unpack(one.value)
            found = fit(points, kept)
            if found is not None:
                answers.append(agreement("", "", one, points, kept, found))
    return max((answer for answer in answers if answer is not None), key=_sureness, default=None)


def _sureness(answer: Found) -> tuple[int, float]:
    """Return how sure an answer about one reference is: the larger, the surer."""
    return -answer.tier.rank, answer.score
