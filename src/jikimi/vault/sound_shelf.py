"""Holds the sounds of many references: their words, and where each kind of pair of peaks occurs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from jikimi.model.fingerprint import SOUND_HOP, SOUND_WORD
from jikimi.vault.sound_pairs import HASHES, hashes_of, pairs_of
from jikimi.vault.sound_value import Kept, Words

FAN: Final = 3
"""Pairs kept for each peak of a reference."""

GAP: Final = 2048
"""Frames (33 s) between one sound and the next: what begins before a sound is not taken for its neighbour."""

FRAMES_A_WORD: Final = SOUND_WORD / SOUND_HOP
NOBODY: Final = np.uint32(0xFFFFFFFF)
"""Stands where a pair of a withdrawn reference was."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What goes on a shelf for one reference: its place, its words, kinds and times (frames) of its pairs."""

    place: int
    words: Words
    hashes: NDArray[np.uint32]
    times: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class SoundShelf:
    """Sounds one after the other on one line of time; nothing on it ever moves.

    Reference i of the shelf belongs to `places[i]` (ascending), begins at frame `begins[i]` and at word
    `firsts[i]`; both have one more at the end. Pairs of kind h occur at `times[starts[h]:starts[h + 1]]`.
    """

    places: NDArray[np.int64]
    begins: NDArray[np.int64]
    firsts: NDArray[np.int64]
    words: Words
    starts: NDArray[np.uint32]
    times: NDArray[np.uint32]

    @property
    def size(self) -> int:
        """Return how many words there are, wiped ones included."""
        return len(self.words)


def stock_of(place: int, kept: Kept) -> Stock:
    """Prepare one reference for a shelf."""
    pairs = pairs_of(kept.peaks, FAN)
    hashes, is_in_reach = hashes_of(pairs)
    return Stock(
        place,
        kept.words,
        hashes[is_in_reach].astype(np.uint32),
        pairs.times[is_in_reach].astype(np.uint32),
    )


def shelve(stocks: Sequence[Stock]) -> SoundShelf:
    """Put references on a new shelf; their places must ascend."""
    lengths = np.array([int(len(stock.words) * FRAMES_A_WORD) + GAP for stock in stocks], np.int64)
    begins = np.concatenate([[GAP], GAP + np.cumsum(lengths)])
    hashes = np.concatenate([stock.hashes for stock in stocks])
    times = np.concatenate(
        [stock.times + np.uint32(begin) for stock, begin in zip(stocks, begins[:-1], strict=True)]
    )
    both = np.sort(hashes.astype(np.uint64) << np.uint64(32) | times)
    starts = np.searchsorted(both, np.arange(HASHES + 1, dtype=np.uint64) << np.uint64(32))
    return SoundShelf(
        np.array([stock.place for stock in stocks], np.int64),
        begins,
        np.concatenate([[0], np.cumsum([len(stock.words) for stock in stocks])]).astype(np.int64),
        np.concatenate([stock.words for stock in stocks]),
        starts.astype(np.uint32),
        both.astype(np.uint32),
    )


def joined(shelves: Iterable[SoundShelf], gone: Collection[int] = ()) -> SoundShelf | None:
    """Copy several shelves, oldest first, onto one, leaving out these places; None when nobody is left."""
    stocks = [stock for shelf in shelves for stock in _stocks_of(shelf) if stock.place not in gone]
    return shelve(stocks) if stocks else None


def words_of(shelf: SoundShelf, which: int) -> Words:
    """Return the words of the `which`-th reference on the shelf, as they stand there."""
    return shelf.words[shelf.firsts[which] : shelf.firsts[which + 1]]


def wipe(shelf: SoundShelf, place: int) -> None:
    """Overwrite everything that belongs to one place, in memory, at once. Searches may be under way."""
    which = int(np.searchsorted(shelf.places, place))
    if which == len(shelf.places) or shelf.places[which] != place:
        return
    words_of(shelf, which)[:] = 0
    begin, end = shelf.begins[which], shelf.begins[which + 1]
    shelf.times[(shelf.times >= begin) & (shelf.times < end)] = NOBODY


def _stocks_of(shelf: SoundShelf) -> list[Stock]:
    """Take the references of a shelf down again."""
    alive = shelf.times != NOBODY
    starts = shelf.starts.astype(np.int64)
    hashes = np.repeat(np.arange(HASHES, dtype=np.uint32), starts[1:] - starts[:-1])[alive]
    times = shelf.times[alive]
    order = np.argsort(times, kind="stable")
    hashes, times = hashes[order], times[order]
    ends = np.searchsorted(times, shelf.begins)
    return [
        Stock(
            int(place),
            words_of(shelf, which).copy(),
            hashes[ends[which] : ends[which + 1]],
            (times[ends[which] : ends[which + 1]] - shelf.begins[which]).astype(np.uint32),
        )
        for which, place in enumerate(shelf.places)
    ]
