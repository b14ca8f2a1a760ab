"""Finds references by their sound: whatever codec, noise, music or speed came upon it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from jikimi.model.fingerprint import SOUND_RATE, SOUND_WORD, Fingerprint, Found
from jikimi.model.ports import IndexEntry
from jikimi.vault.growth import grown
from jikimi.vault.sound_fit import HALF, Fit, Line, Sums, best_line, fit, linear
from jikimi.vault.sound_shared import alone, shared_rows
from jikimi.vault.sound_shelf import (
    FRAMES_A_WORD,
    SoundShelf,
    Stock,
    joined,
    shelve,
    stock_of,
    wipe,
    words_of,
)
from jikimi.vault.sound_tiers import answer_of, tier_of
from jikimi.vault.sound_value import Asked, asked_in, is_asked, is_kept, kept_in
from jikimi.vault.sound_votes import BUDGET, PIECE, Candidate, candidates_in
from jikimi.vault.tiers import sureness

CANDIDATES: Final = 40
"""Places that are compared bit by bit for each fingerprint that is asked with."""

ROWS_A_FRAME: Final = HALF / FRAMES_A_WORD
SHORTEST_ROWS: Final = round(3 * SOUND_RATE / SOUND_WORD) * HALF
"""Rows of the asked sound (3 s) along which a line is looked for, at least."""

WHOLE_ROWS: Final = 60 * SOUND_RATE // SOUND_WORD * HALF
"""Rows of a sound that is worth a whole search."""

HOPEFUL: Final = 0.3
"""Strength that a piece must reach before the whole is compared; what is possible asks for twice as much."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose sound stands at a place."""

    reference: str
    case: str


class SoundBank:
    """Sounds of every reference in force, searchable by many threads while others come and go.

    An hour of reference takes about 1.2 MB. Shelves never move; small ones are joined as they pile up; a
    withdrawn reference is overwritten at once. `group_of` names the group of related cases a case is in.
    """

    def __init__(self, group_of: Callable[[str], str] = str) -> None:
        self._group_of = group_of
        self._writing = Lock()
        self._replacements = 0
        self._known: list[_Known | None] = []
        self._places: dict[str, int] = {}
        self._shelves: tuple[SoundShelf, ...] = ()

    def __len__(self) -> int:
        return len(self._places)

    def apply(self, entries: Iterable[IndexEntry]) -> None:
        """Take in lines of the log, in order; of one reference the last line holds.

        A reference whose sound is replaced can be found throughout. Raises BadMedia for a damaged
        fingerprint, before anything has changed.
        """
        newest = {entry.reference: entry for entry in entries}
        with self._writing:
            stocks, known = self._read(newest.values())
            leaving = [self._places.pop(name) for name in newest if name in self._places]
            for stock, one in zip(stocks, known, strict=True):
                self._known.append(one)
                self._places[one.reference] = stock.place
            if stocks:
                self._shelves = grown(self._shelves, shelve(stocks), lambda some: joined(some, self._gone()))
            self._replacements += bool(leaving)
            for place in leaving:
                self._known[place] = None
                for shelf in self._shelves:
                    wipe(shelf, place)

    def tidy(self) -> None:
        """Copy the shelves that somebody has left, so that nothing is left there of who did."""
        with self._writing:
            gone = self._gone()
            fresh = (
                joined([shelf], gone) if gone.intersection(shelf.places.tolist()) else shelf
                for shelf in self._shelves
            )
            self._shelves = tuple(shelf for shelf in fresh if shelf is not None)

    def search(self, fingerprints: Sequence[Fingerprint]) -> list[Found]:
        """Return at most one answer a reference, the surest first; raises BadMedia for damaged ones."""
        asked = [asked_in(one.value) for one in fingerprints if is_asked(one)]
        if not asked:
            return []
        replacements = self._replacements
        answers = self._answers(asked)
        if replacements != self._replacements:
            # Who read the old shelves while a reference changed places may have met it in neither.
            with self._writing:
                answers = self._answers(asked)
        best: dict[str, Found] = {}
        for answer in answers:
            known = best.get(answer.reference)
            if known is None or sureness(answer) < sureness(known):
                best[answer.reference] = answer
        return sorted(best.values(), key=sureness)

    def _answers(self, asked: Sequence[Asked]) -> list[Found]:
        """Ask for each part of the asked sound in turn; what several cases have is nobody's own."""
        shelves, known = self._shelves, self._known
        answers = []
        for one, share in shares(asked):
            claims = [
                (whose, found)
                for place, found in fits(shelves, one, share)
                if (whose := known[place]) is not None and tier_of(found) is not None
            ]
            is_shared = shared_rows(
                [(self._group_of(whose.case), found) for whose, found in claims], len(one.energies)
            )
            for whose, found in claims:
                answer = answer_of(whose.reference, whose.case, one.begin, found, alone(found, is_shared))
                if answer is not None:
                    answers.append(answer)
        return answers

    def _read(self, entries: Iterable[IndexEntry]) -> tuple[list[Stock], list[_Known]]:
        """Read the sounds of new references; those without any are left out."""
        stocks: list[Stock] = []
        known = []
        for entry in entries:
            for fingerprint in filter(is_kept, entry.fingerprints):
                stocks.append(stock_of(len(self._known) + len(stocks), kept_in(fingerprint.value)))
                known.append(_Known(entry.reference, entry.case))
                break
        return stocks, known

    def _gone(self) -> set[int]:
        return {place for place, one in enumerate(self._known) if one is None}


def shares(asked: Sequence[Asked]) -> Iterator[tuple[Asked, float]]:
    """Yield each part of the asked sound with how much of a search's cost it may take: 1 for a whole one.

    Short parts of a long sound share the cost of one; a short sound alone is worth all of it.
    """
    for one in asked:
        yield one, min(1.0, max(1 / len(asked), len(one.energies) / WHOLE_ROWS))


def fits(shelves: Sequence[SoundShelf], asked: Asked, share: float = 1.0) -> list[tuple[int, Fit]]:
    """Return the place of each reference that may sound so, and where it does; a place may come twice."""
    candidates = candidates_in(shelves, asked.peaks, round(CANDIDATES * share), round(BUDGET * share))
    if not candidates or len(asked.energies) <= HALF:
        return []
    sums = linear(asked.energies)
    found = []
    for one in candidates:
        shelf = shelves[one.shelf]
        followed = _followed(sums, shelf, one)
        if followed is not None:
            found.append((int(shelf.places[one.which]), followed))
    return found


def _followed(sums: Sums, shelf: SoundShelf, one: Candidate) -> Fit | None:
    """Compare bit by bit at a candidate's place and speed: what voted first, then all of it."""
    kept = words_of(shelf, one.which)
    begin = int(one.begin * ROWS_A_FRAME)
    end = min(len(sums), begin + int(PIECE * ROWS_A_FRAME))
    if end - begin < SHORTEST_ROWS:
        begin = max(0, end - SHORTEST_ROWS)
    at = (one.at - int(shelf.begins[one.which])) / FRAMES_A_WORD
    at += one.tempo * (begin - one.begin * ROWS_A_FRAME) / HALF
    piece = sums[begin:end]
    line = best_line(piece, kept, Line(one.tempo, one.pitch, at))
    found = fit(piece, kept, line)
    if found is None or found.strength < HOPEFUL:
        return None
    return fit(sums, kept, Line(line.tempo, line.pitch, line.shift - line.tempo * begin / HALF))


def compare(asked: Sequence[Fingerprint], reference: Sequence[Fingerprint]) -> Found | None:
    """Compare one sound with one reference; keys in the answer are empty."""
    answers = []
    for kept_one in filter(is_kept, reference):
        shelves = (shelve([stock_of(0, kept_in(kept_one.value))]),)
        for one in (asked_in(each.value) for each in asked if is_asked(each)):
            answers += [answer_of("", "", one.begin, found, found) for _, found in fits(shelves, one)]
    return min((answer for answer in answers if answer is not None), key=sureness, default=None)
