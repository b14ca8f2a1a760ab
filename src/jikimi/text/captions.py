"""Finds captions that were edited, cut, embedded or reordered: rare sequences first, then a comparison.

A folded text is cut into grams of six bytes. Of those, the ones whose hash is 0 modulo 3 are kept on both
sides: the sketch "mod m" of Broder, On the resemblance and containment of documents (1997). It estimates
which
share of a caption stands in a post wherever its parts went, which a MinHash of the same size does not, since
that compares whole texts only.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
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

BASE: Final = np.uint32(257)
FACTOR: Final = np.uint32(0x9E3779B1)
COMMONEST: Final = 100
"""A gram that stands in more captions tells them apart no longer."""

CANDIDATES: Final = 8
FEWEST_GRAMS: Final = 2
LEAST_SHARE: Final = 0.15
"""Of the kept grams of the shorter text; less is not compared."""

FEWEST_COMMON: Final = 16
"""Grams in common, of all; less is a phrase that everybody uses."""

CONTAINED: Final = 0.62
"""From this share of the grams of the shorter text on, a caption is there, in whatever order."""

LEAST_CONTAINED: Final = 0.35
TELLING: Final = 0.3
ENOUGH: Final = 1.11
"""Or from this sum on: a share of at least so much, and `TELLING` times the logarithm of what its grams tell.
Half a sentence that few would write is as sure as most of one that many do."""

UNLISTED: Final = 0.7
"""What a gram tells that few sources write; one that n of them write tells 1 / (1 + n)."""

ALIKE: Final = 84.0
ALIKE_CONTAINED: Final = 0.4
"""Or from this likeness on, in per cent of the characters (`rapidfuzz.fuzz.partial_ratio`), and this
share."""

CUT: Final = 0.72
"""A post shorter than this, measured by the caption, is a part of it, or of any other text:"""

CUT_LEAST: Final = 0.4
CUT_CONTAINED: Final = 0.75
"""it must be at least this long, and this share of it must stand in the caption."""

Grams = npt.NDArray[np.uint32]


def grams(folded: str) -> Grams:
    """Return the hashes of all grams of a folded text, sorted, each once."""
    return np.unique(_hashes(folded.encode()))


def _hashes(raw_bytes: bytes) -> Grams:
    raw = np.frombuffer(raw_bytes, np.uint8).astype(np.uint32)
    if len(raw) < GRAM:
        return np.empty(0, np.uint32)
    size = len(raw) - GRAM + 1
    mixed = raw[:size].copy()
    for at in range(1, GRAM):
        mixed *= BASE
        mixed += raw[at : at + size]
    mixed *= FACTOR
    mixed ^= mixed >> np.uint32(15)
    return mixed


@cache
def commonplace() -> Grams:
    """Return the grams of phrases that everybody writes."""
    text = (files("jikimi.text") / "tables" / "phrases.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return np.unique(np.concatenate([grams(views.fold(line, views.PLAIN)) for line in lines]))


def telling(every: Grams) -> Grams:
    """Return the grams that are no commonplace."""
    common = commonplace()
    places = np.searchsorted(common, every)
    places[places == len(common)] = 0
    kept: Grams = every[common[places] != every]
    return kept


@cache
def written_by() -> tuple[Grams, npt.NDArray[np.float64]]:
    """Return the grams that several independent sources write, and what each still tells."""
    text = (files("jikimi.text") / "tables" / "grams.txt").read_text("utf-8")
    lines = [line.partition(" ") for line in text.splitlines() if not line.startswith("#")]
    hashed = [_hashes(row.encode())[:: GRAM + 1] for _, _, row in lines]  # each stands before one space
    told = [np.full(len(row), 1 / (1 + int(count))) for (count, _, _), row in zip(lines, hashed, strict=True)]
    every, first = np.unique(
        np.concatenate(hashed), return_index=True
    )  # of two with one hash, the more written
    return every, np.concatenate(told)[first]


def tells(common: Grams) -> float:
    """Return how much these grams tell together: at most `UNLISTED` each, less if many write them."""
    known, told = written_by()
    places = np.searchsorted(known, common)
    places[places == len(known)] = 0
    return float(np.where(known[places] == common, told[places], UNLISTED).sum())


def sketch(every: Grams) -> Grams:
    """Return the grams that are kept."""
    kept: Grams = every[every % np.uint32(KEPT) == 0]
    return kept


class Captions:
    """Captions of one shelf, by their grams; never changed once built."""

    def __init__(self, captions: Sequence[Identifier]) -> None:
        self._captions = tuple(captions)
        self._folded = tuple(views.fold(caption.text, views.PLAIN) for caption in captions)
        sketches = [sketch(telling(grams(folded))) for folded in self._folded]
        kept = np.concatenate(sketches)
        owners = np.repeat(np.arange(len(sketches), dtype=np.int32), [len(s) for s in sketches])
        order = np.argsort(kept, kind="stable")
        keys, starts, counts = np.unique(kept[order], return_index=True, return_counts=True)
        rare = counts <= COMMONEST
        self._keys, self._starts, self._counts = (
            keys[rare],
            starts[rare].astype(np.int64),
            counts[rare].astype(np.int64),
        )
        self._owners = owners[order]
        self._sizes = np.array([len(s) for s in sketches], np.int64)

    def finds(self, reading: Reading) -> Iterator[tuple[Identifier, EvidenceClass, int, int]]:
        """Yield the captions that a post says, and from where to where."""
        folded = reading.plain
        if len(folded) < FEWEST_COMMON + GRAM or not len(self._keys):
            return
        asked = telling(grams(folded))
        for number in self._candidates(sketch(asked)):
            if self._is_said(number, folded, asked):
                start, end = self._span(number, folded)
                _, origin = reading.traced("plain")
                yield self._captions[number], EvidenceClass.CAPTION, origin[start], origin[end - 1] + 1

    def _candidates(self, asked: Grams) -> list[int]:
        """Return the captions with most kept grams in common."""
        places = np.searchsorted(self._keys, asked)
        places[places == len(self._keys)] = 0
        held = places[self._keys[places] == asked]
        if len(held) < FEWEST_GRAMS:
            return []
        taken = self._owners[_ranges(self._starts[held], self._counts[held])]
        owners, counts = np.unique(taken, return_counts=True)
        shorter = np.minimum(self._sizes[owners], len(asked))
        enough = (counts >= FEWEST_GRAMS) & (counts >= LEAST_SHARE * shorter)
        owners, counts = owners[enough], counts[enough]
        return [int(owners[at]) for at in np.argsort(-counts, kind="stable")[:CANDIDATES]]

    def _is_said(self, number: int, folded: str, asked: Grams) -> bool:
        own = self._folded[number]
        known = telling(grams(own))
        shared = np.intersect1d(known, asked, assume_unique=True)
        common = len(shared)
        share = common / max(1, min(len(known), len(asked)))
        if len(folded) < CUT * len(own):
            return len(folded) >= CUT_LEAST * len(own) and share >= CUT_CONTAINED and common >= FEWEST_COMMON
        if common >= FEWEST_COMMON and (share >= CONTAINED or _tells_enough(share, shared)):
            return True
        likely = share >= ALIKE_CONTAINED and 2 * common >= FEWEST_COMMON
        return likely and fuzz.partial_ratio(own, folded, score_cutoff=ALIKE) > 0

    def _span(self, number: int, folded: str) -> tuple[int, int]:
        """Return where in the folded post the caption is most like it."""
        found = fuzz.partial_ratio_alignment(self._folded[number], folded)
        if found is None:
            return 0, len(folded)
        return found.dest_start, max(found.dest_start + 1, found.dest_end)


def _tells_enough(share: float, shared: Grams) -> bool:
    return share >= LEAST_CONTAINED and share + TELLING * math.log1p(tells(shared)) >= ENOUGH


def _ranges(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return start, start + 1 … for as many as counted, one range after the other."""
    if not len(counts):
        return np.empty(0, np.int64)
    offsets = np.repeat(starts - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    return offsets + np.arange(int(counts.sum()))
