"""The live bank of identifiers: a large shelf, small ones for what is new, nothing that was withdrawn."""

import threading
from collections.abc import Iterable, Sequence
from typing import Final

from jikimi.model.text import Identifier, TextHit
from jikimi.text.entering import reason_to_refuse
from jikimi.text.reading import Reading, windows
from jikimi.text.shelf import Candidate, Shelf

NEWEST: Final = 24
"""Identifiers on the newest shelf; it is compiled again with every one that comes, in a few milliseconds."""

MOST_SHELVES: Final = 8
MUCH_LARGER: Final = 10
"""Times the others together: such a shelf is not compiled again with them."""


class LiveTextBank:
    """Finds identifiers in texts. What is entered or withdrawn is in force with the next text that is read.

    Reading is safe from several threads beside one that enters; it holds the interpreter, so for speed use
    processes.
    """

    def __init__(self, identifiers: Iterable[Identifier] = ()) -> None:
        self._lock = threading.Lock()
        self._live: dict[str, Identifier] = {}
        self._shelves: tuple[Shelf, ...] = ()
        self.enter(identifiers)

    def __len__(self) -> int:
        """Return how many identifiers are in force."""
        return len(self._live)

    def enter(self, identifiers: Iterable[Identifier]) -> dict[str, str]:
        """Take in identifiers; one whose key is known replaces it. Returns the refused: key to reason."""
        refused: dict[str, str] = {}
        taken: list[Identifier] = []
        for identifier in identifiers:
            reason = reason_to_refuse(identifier)
            if reason:
                refused[identifier.key] = reason
            elif self._live.get(identifier.key) != identifier:
                taken.append(identifier)
        with self._lock:
            *older, newest = self._shelves or (Shelf(()),)
            if newest.size < NEWEST:
                known = [i for i in newest.identifiers if self._live.get(i.key) is i]
                shelves = (*older, Shelf([*known, *taken]))
            else:
                shelves = (*older, newest, Shelf(taken))
            self._live.update({identifier.key: identifier for identifier in taken})
            self._shelves = tuple(shelf for shelf in shelves if shelf.size)
        return refused

    def withdraw(self, keys: Iterable[str]) -> None:
        """Find these no more, at once. They leave the shelves with the next `compact`."""
        with self._lock:
            for key in keys:
                self._live.pop(key, None)

    @property
    def wants_compacting(self) -> bool:
        """Tell whether `compact` would make reading faster or free what was withdrawn."""
        held = sum(shelf.size for shelf in self._shelves)
        return len(self._shelves) > MOST_SHELVES or held > len(self._live) * 1.1 + NEWEST

    def compact(self) -> None:
        """Compile one shelf of what is new, or of all in force; seconds for 100,000. Safe beside the others.

        The largest shelf stays as it is if nothing on it was withdrawn and it is much larger than the rest: a
        second one of its size would need as much memory again.
        """
        before = self._shelves
        kept = self._kept(before)
        old = [shelf for shelf in before if shelf not in kept]
        merged = Shelf([i for shelf in old for i in shelf.identifiers if self._live.get(i.key) is i])
        with self._lock:
            newer = tuple(shelf for shelf in self._shelves if shelf not in before)
            self._shelves = (*kept, *((merged,) if merged.size else ()), *newer)

    def _kept(self, shelves: tuple[Shelf, ...]) -> tuple[Shelf, ...]:
        largest = max(shelves, key=lambda shelf: shelf.size, default=None)
        rest = sum(shelf.size for shelf in shelves if shelf is not largest)
        if largest is None or not rest or largest.size < MUCH_LARGER * rest:
            return ()
        is_live = all(self._live.get(i.key) is i for i in largest.identifiers)
        return (largest,) if is_live else ()

    def scan(self, texts: Sequence[str]) -> list[list[TextHit]]:
        """Return what each text says, at most one hit an identifier: the surest, and of these the first."""
        return [self._scan(text) for text in texts]

    def _scan(self, text: str) -> list[TextHit]:
        best: dict[str, TextHit] = {}
        shelves = self._shelves
        for offset, part in windows(text):
            reading = Reading(part)
            folds = list(reading.folds())
            for shelf in shelves:
                for found in shelf.finds(reading, folds):
                    self._keep(best, found, offset)
        return sorted(best.values(), key=lambda hit: (hit.evidence.rank, hit.start, hit.identifier))

    def _keep(self, best: dict[str, TextHit], found: Candidate, offset: int) -> None:
        identifier, evidence, start, end = found
        if self._live.get(identifier.key) is not identifier:
            return
        held = best.get(identifier.key)
        if held is None or (evidence.rank, start + offset) < (held.evidence.rank, held.start):
            best[identifier.key] = TextHit(
                identifier.key, identifier.case, identifier.kind, evidence, start + offset, end + offset
            )
