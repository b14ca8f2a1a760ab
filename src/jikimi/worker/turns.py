"""Whose turn it is among the jobs that wait for first looks: second looks, and reading letters."""

import threading
from datetime import datetime, timedelta

from jikimi.review.worth import CLIPS_RANK, LETTERS_RANK, SECOND_LOOK_RANK


def has_passed(length: timedelta, since: datetime, now: datetime) -> bool:
    """Tell whether so long a time went by; also after the clock was set back, where nobody knows."""
    return not timedelta(0) <= now - since < length


class Turns:
    """Says how many jobs of one rank may begin, from any thread.

    They begin while nothing more urgent waits, `at_once` at the same time. However much waits, one begins
    every `share`: what is worth most waits for minutes under load, never for the load's end. What
    `gives_way` begins only then while the turns of a rank before it are all taken.
    """

    def __init__(
        self, rank: int, at_once: int, share: timedelta, now: datetime, *, gives_way: bool = False
    ) -> None:
        self.rank = rank
        self.gives_way = gives_way
        self.is_full = False
        self._free = threading.Semaphore(at_once)
        self._share = share
        self._began = now

    def is_due(self, now: datetime) -> bool:
        """Tell whether one should begin whatever else waits; also after the clock was set back."""
        return has_passed(self._share, self._began, now)

    def take(self, most: int, now: datetime) -> int:
        """Return for how many jobs there is a turn now, up to `most`; each must be given back.

        `is_full` then tells whether there was none.
        """
        self._began = now
        taken = 0
        while taken < most and self._free.acquire(blocking=False):
            taken += 1
        self.is_full = most > 0 and not taken
        return taken

    def give_back(self, number: int = 1) -> None:
        """End so many turns."""
        for _ in range(number):
            self._free.release()


def turns_of(readers: int, now: datetime) -> tuple[Turns, ...]:
    """Return the turns of every rank that waits, in the order in which they are asked.

    `readers` is how many files the sandbox reads at once. A clip keeps a reader busy for seconds, letters a
    program of their own: one of each at a time, and letters give way, since what they tell was found already.
    """
    return (
        Turns(SECOND_LOOK_RANK, readers, timedelta(seconds=1), now),
        Turns(CLIPS_RANK, 1, timedelta(minutes=1), now),
        Turns(LETTERS_RANK, 1, timedelta(minutes=1), now, gives_way=True),
    )
