"""Finds captions that were edited, cut, embedded or reordered: rare sequences first, then a comparison.

A folded text is cut into grams of six bytes. Of those, the ones whose hash is 0 modulo 3 are kept on both
sides: the sketch "mod m" of Broder, On the resemblance and containment of documents (1997). It estimates which
share of a caption stands in a post wherever its parts went, which a MinHash of the same size does not, since
that compares whole texts only.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from jikimi.model.text import EvidenceClass, Identifier
from jikimi.text import views
from jikimi.text.reading import Reading

GRAM: Final = 6
KEPT: Final = 3
"""One gram in so many is kept."""

FACTOR: Final = np.uint32(0x9E3779B1)
COMMONEST: Final = 24
"""A gram that stands in more captions tells them apart no longer."""

CANDIDATES: Final = 6
FEWEST_GRAMS: Final = 3
LEAST_SHARE: Final = 0.1
CONTAINED: Final = 0.5
"""From this share of its grams on a caption is there, in whatever order."""

ALIKE: Final = 74.0
"""Or from this likeness on, in per cent of the characters (`rapidfuzz.fuzz.partial_ratio`)."""

LEAST_LENGTH: Final = 0.4
"""Of the caption's length; a shorter post is part of too many texts."""

FEWEST_LETTERS: Final = 18
"""Folded characters; less says nothing."""

Grams = npt.NDArray[np.uint32]


def sketch(folded: str) -> Grams:
    """Return the kept grams of a folded text, sorted, each once."""
    raw = np.frombuffer(folded.encode(), np.uint8).astype(np.uint32)
    if len(raw) < GRAM:
        return np.empty(0, np.uint32)
    size = len(raw) - GRAM + 1
    mixed = raw[:size].copy()
    for at in range(1, GRAM):
        mixed *= np.uint32(31 * 8 + 9)
        mixed += raw[at : at + size]
    mixed *= FACTOR
    mixed ^= mixed >> np.uint32(15)
    return np.unique(mixed[mixed % np.uint32(KEPT) == 0])


class Captions:
    """Captions of one shelf, by their grams; never changed once built."""

    def __init__(self, captions: Sequence[Identifier]) -> None:
        self._captions = tuple(captions)
        self._folded = tuple(views.fold(caption.text, views.PLAIN) for caption in captions)
        sketches = [sketch(folded) for folded in self._folded]
        grams = np.concatenate(sketches) if sketches else np.empty(0, np.uint32)
        owners = np.repeat(np.arange(len(sketches), dtype=np.int32), [len(s) for s in sketches])
        order = np.argsort(grams, kind="stable")
        keys, starts, counts = np.unique(grams[order], return_index=True, return_counts=True)
        rare = counts <= COMMONEST
        self._keys, self._starts, self._counts = (
            keys[rare],
            starts[rare].astype(np.int64),
            counts[rare].astype(np.int64),
        )
        self._owners = owners[order]
        self._sizes = np.bincount(self._owners[_ranges(self._starts, self._counts)], minlength=len(sketches))

    def finds(self, reading: Reading) -> Iterator[tuple[Identifier, EvidenceClass, int, int]]:
        """Yield the captions that a post says, and from where to where."""
        folded = reading.plain
        if len(folded) < FEWEST_LETTERS or not len(self._keys):
            return
        for number, share in self._candidates(folded):
            span = self._span(reading, number, share)
            if span:
                yield self._captions[number], EvidenceClass.CAPTION, *span

    def _candidates(self, folded: str) -> list[tuple[int, float]]:
        """Return the captions with most grams in common, and which share of theirs that is."""
        asked = sketch(folded)
        places = np.searchsorted(self._keys, asked)
        places[places == len(self._keys)] = 0
        held = places[self._keys[places] == asked]
        if len(held) < FEWEST_GRAMS:
            return []
        owners, counts = np.unique(
            self._owners[_ranges(self._starts[held], self._counts[held])], return_counts=True
        )
        best = np.argsort(-counts, kind="stable")[:CANDIDATES]
        return [
            (int(owners[at]), float(counts[at] / self._sizes[owners[at]]))
            for at in best
            if counts[at] >= FEWEST_GRAMS and counts[at] >= LEAST_SHARE * self._sizes[owners[at]]
        ]

    def _span(self, reading: Reading, number: int, share: float) -> tuple[int, int] | None:
        own, post = self._folded[number], reading.plain
        if share < CONTAINED and len(post) < LEAST_LENGTH * len(own):
            return None
        cutoff = 0.0 if share >= CONTAINED else ALIKE
        found = fuzz.partial_ratio_alignment(own, post, score_cutoff=cutoff)
        if found is None:
            return None
        _, origin = reading.traced("plain")
        return origin[found.dest_start], origin[max(found.dest_start, found.dest_end - 1)] + 1


def _ranges(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return start, start + 1 … for as many as counted, one range after the other."""
    if not len(counts):
        return np.empty(0, np.int64)
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    return offsets + np.arange(int(counts.sum()))
