"""Keeps the number of shelves small: what every bank of shelves does when a new one comes."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

GROWTH: Final = 8
"""A shelf is joined to the one before it when that is less than this many times as large."""


class Sized(Protocol):
    """A shelf, as far as its size matters."""

    @property
    def size(self) -> int:
        """Return how many rows there are, wiped ones included."""
        ...


S = TypeVar("S", bound=Sized)


def grown(shelves: tuple[S, ...], newest: S, join: Callable[[tuple[S, ...]], S | None]) -> tuple[S, ...]:
    """Return the shelves with one more, joined with those before it that are not much larger.

    `join` copies shelves, oldest first, onto one without what was wiped; None when nothing is left.
    """
    first, size = len(shelves), newest.size
    while first and shelves[first - 1].size < GROWTH * size:
        first -= 1
        size += shelves[first].size
    if first == len(shelves):
        return (*shelves, newest)
    one = join((*shelves[first:], newest))
    return shelves[:first] if one is None else (*shelves[:first], one)
